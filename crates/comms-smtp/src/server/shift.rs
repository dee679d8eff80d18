//! Whether a server's session may be ended, as seen from another thread.

use std::sync::atomic::{AtomicBool, Ordering};

/// What a session and who runs it tell each other.
///
/// The session says that it waits and then looks whether it is over; the other side says that it is
/// over and then looks whether the session waits. So one of the two sees it in any case.
#[derive(Debug)]
pub(crate) struct Shift {
    /// Nothing of a message is under way: the client thinks about what to say next.
    waits: AtomicBool,
    is_over: AtomicBool,
}

impl Default for Shift {
    fn default() -> Self {
        Self { waits: AtomicBool::new(true), is_over: AtomicBool::new(false) }
    }
}

impl Shift {
    /// The session waits for a command outside of a message, unless it is over.
    pub(crate) fn wait(&self) {
        self.waits.store(true, Ordering::SeqCst);
    }

    /// The session has something to do.
    pub(crate) fn work(&self) {
        self.waits.store(false, Ordering::SeqCst);
    }

    /// Whether no further command is to be heard.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Lets no further message begin; whether the session waits, and may be ended now.
    pub(crate) fn end(&self) -> bool {
        self.is_over.store(true, Ordering::SeqCst);
        self.waits.load(Ordering::SeqCst)
    }
}
