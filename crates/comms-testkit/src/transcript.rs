//! What a scripted dialogue came to.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::ScriptError;
use crate::scenario::player::Player;
use crate::scenario::record::Record;

/// What a client said to a [`Script`](crate::Script), to be looked at while the stack owns the
/// script, and after.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::Script;
///
/// let script = Script::new().expect_until("\r\n.\r\n").send("250 ok\r\n");
/// let transcript = script.transcript();
/// let mut stack = CommsStack::new(script)?;
/// stack.connect()?;
/// stack.send("Subject: hi\r\n\r\nho\r\n")?;
/// stack.send(".\r\n")?;
///
/// assert_eq!(transcript.contents(), [b"Subject: hi\r\n\r\nho\r\n.\r\n"]);
/// assert_eq!(transcript.sends(), 2);
/// assert_eq!(transcript.left(), ["S: \"250 ok\\r\\n\""]);
/// assert!(transcript.finished().is_err());
///
/// stack.receive(&mut [0; 64])?;
/// assert_eq!(transcript.text(), "C: Subject: hi\nC: \nC: ho\nC: .\nS: 250 ok\n");
/// transcript.finished()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Transcript {
    player: Arc<Mutex<Player>>,
}

impl Transcript {
    pub(crate) fn of(player: &Arc<Mutex<Player>>) -> Self {
        Self { player: Arc::clone(player) }
    }

    /// All octets that the client sent, on all connections, secret ones among them.
    pub fn sent(&self) -> Vec<u8> {
        self.lock().records.iter().flat_map(Record::sent).collect()
    }

    /// All octets that the client received, on all connections.
    pub fn received(&self) -> Vec<u8> {
        self.lock().records.iter().flat_map(Record::received).collect()
    }

    /// What the client sent on each connection.
    pub fn sent_on_each(&self) -> Vec<Vec<u8>> {
        self.lock().records.iter().map(Record::sent).collect()
    }

    /// What came for each `expect_until` and `expect_octets`, ends included.
    pub fn contents(&self) -> Vec<Vec<u8>> {
        self.lock().records.iter().flat_map(|record| record.contents.iter().cloned()).collect()
    }

    /// How often the client sent: each is a segment on a real wire.
    pub fn sends(&self) -> u64 {
        self.lock().records.iter().map(|record| record.sends).sum()
    }

    /// How often the client connected.
    pub fn connections(&self) -> usize {
        self.lock().records.len()
    }

    /// The dialogue as it went, `C: ` or `S: ` before each line, to be compared as a whole. It can
    /// be pasted: secret octets are shown as their number, control characters escaped. What had no
    /// CRLF at its end is marked `C=: ` or `S=: `.
    pub fn text(&self) -> String {
        self.lock().records.iter().map(Record::text).collect()
    }

    /// The steps that are not done, as the text form writes them.
    pub fn left(&self) -> Vec<String> {
        self.lock().left().iter().map(ToString::to_string).collect()
    }

    /// That all steps were done and all octets of the peer were read; or what went wrong first.
    /// What follows a `stall`, `close`, `reset` or cut on the same connection need not be done.
    pub fn finished(&self) -> Result<(), ScriptError> {
        self.lock().finished()
    }

    fn lock(&self) -> MutexGuard<'_, Player> {
        self.player.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows none of the octets: there may be secrets among them.
impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let player = self.lock();
        f.debug_struct("Transcript").field("steps_left", &player.left().len()).finish()
    }
}
