//! How far a client is with the server.

use crate::envelope::Envelope;
use crate::server::arriving::{Arriving, Content, Trouble};
use crate::server::store::Store;

/// How far a client is.
///
/// ```text
///  Start --EHLO/HELO--> Greeted --MAIL--> Envelope --DATA ... dot, BDAT LAST--> Greeted
///                          |                                                       ^
///                          +--MAIL, and no--> Refused --MAIL, and yes--> Envelope -+
/// ```
#[derive(Debug, Default)]
pub(crate) enum Stage {
    #[default]
    Start,
    Greeted,
    /// A message was refused. What belongs to it may be under way already, and is refused too.
    Refused,
    Envelope(Box<Transaction>),
}

/// A message, from MAIL to the end of its content.
#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) envelope: Envelope,
    /// What the client says that the content is made of.
    pub(crate) content: Content,
    /// Its addresses may go beyond ASCII.
    pub(crate) smtputf8: bool,
    pub(crate) chunks: Chunks,
}

/// How far a message is that comes in chunks (RFC 3030 2).
#[derive(Debug, Default)]
pub(crate) enum Chunks {
    /// None has come.
    #[default]
    Awaited,
    /// Some have.
    Begun(Arriving),
    /// One was refused, and so are all after it.
    Failed,
}

impl Transaction {
    /// Whether nothing of the content has come.
    pub(crate) fn awaits_content(&self) -> bool {
        matches!(self.chunks, Chunks::Awaited)
    }

    /// Whether a chunk was refused.
    pub(crate) fn has_failed(&self) -> bool {
        matches!(self.chunks, Chunks::Failed)
    }

    /// The message as it begins to arrive, or goes on.
    pub(crate) fn arriving(
        &mut self,
        store: &mut dyn Store,
        limit: Option<u64>,
    ) -> Result<Arriving, Trouble> {
        match std::mem::take(&mut self.chunks) {
            Chunks::Begun(message) => Ok(message),
            _ => Arriving::begin(store, &self.envelope, self.content, limit),
        }
    }
}

/// Whether the conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Go,
    /// What was said goes out, and no more.
    Stop,
    /// The same, and the client is left waiting.
    Stall,
}
