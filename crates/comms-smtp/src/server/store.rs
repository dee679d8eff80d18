//! Where an embedded server puts what it receives.

use std::collections::VecDeque;
use std::fmt::{self, Debug};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use comms_mime::{ParseError, ParsedMessage};

use crate::envelope::{Envelope, Recipient};
use crate::server::origin::Origin;

/// Takes messages, one after another.
pub trait Store: Debug + Send {
    /// Begins a message.
    fn begin(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>>;

    /// Begins a message of which the client says that its content is no lines but octets, among
    /// which CR and LF are nothing special (RFC 3030). Stores that keep octets as they come need
    /// not tell it from others.
    fn begin_binary(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        self.begin(envelope)
    }

    /// The message that begins next comes in this session. Stores that do not tell need not care.
    fn note_origin(&mut self, origin: &Origin<'_>) {
        let _ = origin;
    }

    /// The store of another connection, into the same place.
    fn share(&self) -> Box<dyn Store>;
}

/// A message on its way into a store. Dropped before `keep`, it leaves nothing behind.
pub trait Incoming: Send {
    /// Takes the next octets of the content, without stuffed dots. Lines end in CRLF, unless the
    /// client sends others in chunks.
    fn write(&mut self, octets: &[u8]) -> io::Result<()>;

    /// The message is not for `recipient` after all, one of those of its envelope: a server of LMTP
    /// decides that for each once the content has come. Stores that do not keep the envelope need
    /// not care.
    fn refuse(&mut self, recipient: &Recipient) -> io::Result<()> {
        let _ = recipient;
        Ok(())
    }

    /// The content is complete: after this the message is not lost any more.
    fn keep(self: Box<Self>) -> io::Result<()>;
}

/// A message that was received.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// Who it is from and for.
    pub envelope: Envelope,
    /// Its octets as they came, without stuffed dots.
    pub content: Vec<u8>,
}

/// The content as text, and not as a number for each octet: a test that fails shows it.
impl Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("envelope", &self.envelope)
            .field("content", &format_args!("b\"{}\"", self.content.escape_ascii()))
            .finish()
    }
}

impl Received {
    /// What it says: its headers, its texts, its files.
    ///
    /// ```
    /// use comms_smtp::{Envelope, MemoryStore, Recipient, ReversePath, Store};
    ///
    /// let mut store = MemoryStore::new();
    /// let envelope = Envelope::new(ReversePath::Null, Vec::<Recipient>::new());
    /// let mut message = store.begin(&envelope)?;
    /// message.write(b"Subject: hello\r\n\r\nhi\r\n")?;
    /// message.keep()?;
    /// let received = store.messages();
    /// assert_eq!(received[0].parsed()?.subject().as_deref(), Some("hello"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parsed(&self) -> Result<ParsedMessage<'_>, ParseError> {
        ParsedMessage::new(&self.content)
    }
}

/// A store in memory, whose clones see the same messages. It keeps the newest 10 000.
///
/// ```
/// use comms_smtp::MemoryStore;
///
/// let store = MemoryStore::new();
/// assert!(store.messages().is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    shelf: Arc<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    messages: Mutex<VecDeque<Received>>,
    changed: Condvar,
}

impl MemoryStore {
    /// A store without messages.
    pub fn new() -> Self {
        Self::default()
    }

    /// All messages that it keeps, oldest first.
    pub fn messages(&self) -> Vec<Received> {
        self.lock().iter().cloned().collect()
    }

    /// Waits until it keeps at least `count` messages, and gives all of them; those that are there
    /// when `time` is over, where that comes first. It waits on the system's clock.
    pub fn wait_for(&self, count: usize, time: Duration) -> Vec<Received> {
        let fewer = |messages: &mut VecDeque<Received>| messages.len() < count;
        let waited = self.shelf.changed.wait_timeout_while(self.lock(), time, fewer);
        waited.unwrap_or_else(PoisonError::into_inner).0.iter().cloned().collect()
    }

    /// Forgets all messages.
    pub fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Received>> {
        self.shelf.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn begin(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        let message = Received { envelope: envelope.clone(), content: Vec::new() };
        Ok(Box::new(InMemory { store: self.clone(), message }))
    }

    fn share(&self) -> Box<dyn Store> {
        Box::new(self.clone())
    }
}

struct InMemory {
    store: MemoryStore,
    message: Received,
}

impl Incoming for InMemory {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.message.content.extend_from_slice(octets);
        Ok(())
    }

    fn refuse(&mut self, recipient: &Recipient) -> io::Result<()> {
        let recipients = &mut self.message.envelope.recipients;
        if let Some(at) = recipients.iter().position(|one| one == recipient) {
            recipients.remove(at);
        }
        Ok(())
    }

    fn keep(self: Box<Self>) -> io::Result<()> {
        let mut messages = self.store.lock();
        if messages.len() == KEPT {
            messages.pop_front();
        }
        messages.push_back(self.message);
        self.store.shelf.changed.notify_all();
        Ok(())
    }
}

/// A store that keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiscardStore;

impl Store for DiscardStore {
    fn begin(&mut self, _: &Envelope) -> io::Result<Box<dyn Incoming>> {
        Ok(Box::new(Self))
    }

    fn share(&self) -> Box<dyn Store> {
        Box::new(*self)
    }
}

impl Incoming for DiscardStore {
    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn keep(self: Box<Self>) -> io::Result<()> {
        Ok(())
    }
}

/// A test that runs for days must not fill the memory.
const KEPT: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::ReversePath;

    #[test]
    fn a_message_that_a_failing_test_shows_is_text_and_no_list_of_numbers() {
        let content = b"Subject: \xe4\r\n\r\n\"x\"\r\n".to_vec();
        let envelope = Envelope::new(ReversePath::Null, Vec::<Recipient>::new());
        let shown = format!("{:?}", Received { envelope, content });
        assert!(shown.ends_with(r#"content: b"Subject: \xe4\r\n\r\n\"x\"\r\n" }"#), "{shown}");
    }
}
