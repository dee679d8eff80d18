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
    present: AtomicU64,
    messages: AtomicU64,
    recipients: AtomicU64,
    recipients_refused: AtomicU64,
}

impl ServerTally {
    /// Clients that were greeted.
    pub fn sessions(&self) -> u64 {
        self.counts.sessions.load(Ordering::Relaxed)
    }

    /// Clients that are served at present.
    pub fn present(&self) -> u64 {
        self.counts.present.load(Ordering::Relaxed)
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

    /// A client comes, and stays as long as what this gives.
    pub(crate) fn session(&self) -> Presence {
        self.counts.sessions.fetch_add(1, Ordering::Relaxed);
        self.counts.present.fetch_add(1, Ordering::Relaxed);
        Presence { counts: Arc::clone(&self.counts) }
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

/// A client is there.
#[derive(Debug)]
pub(crate) struct Presence {
    counts: Arc<Counts>,
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.counts.present.fetch_sub(1, Ordering::Relaxed);
    }
}
