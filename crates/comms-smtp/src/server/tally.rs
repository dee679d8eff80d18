//! What all sessions of a server come to, also while they go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What an [`SmtpServer`](crate::SmtpServer), and all servers that were accepted from it, have done
/// so far. Clones see the same; it can be read while sessions go on.
///
/// ```
/// use comms_smtp::{MemoryStore, SmtpServer};
///
/// let server = SmtpServer::new(MemoryStore::new());
/// let tally = server.tally();
/// // ... the server is put into a stack, and listens ...
/// assert_eq!((tally.sessions(), tally.messages(), tally.recipients_refused()), (0, 0, 0));
/// ```
#[derive(Debug, Clone, Default)]
pub struct ServerTally {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    sessions: AtomicU64,
    messages: AtomicU64,
    recipients: AtomicU64,
    recipients_refused: AtomicU64,
}

impl ServerTally {
    /// Clients that were greeted.
    pub fn sessions(&self) -> u64 {
        self.counts.sessions.load(Ordering::Relaxed)
    }

    /// Messages that the store has kept.
    pub fn messages(&self) -> u64 {
        self.counts.messages.load(Ordering::Relaxed)
    }

    /// Recipients that were accepted, of messages kept or not.
    pub fn recipients(&self) -> u64 {
        self.counts.recipients.load(Ordering::Relaxed)
    }

    /// Recipients that were refused, for whatever reason.
    pub fn recipients_refused(&self) -> u64 {
        self.counts.recipients_refused.load(Ordering::Relaxed)
    }

    pub(crate) fn session(&self) {
        self.counts.sessions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn message(&self) {
        self.counts.messages.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn recipient(&self) {
        self.counts.recipients.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refusal(&self) {
        self.counts.recipients_refused.fetch_add(1, Ordering::Relaxed);
    }
}
