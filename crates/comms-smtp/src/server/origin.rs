//! Where a message comes from: the session, as the server knows it.

use std::fmt;

use comms_core::{Below, Value};

use crate::channel::Channel;

/// The session in which a message comes, as the server knows it.
///
/// A store is shown it by [`Store::note_origin`](crate::Store::note_origin).
pub struct Origin<'a> {
    below: &'a dyn Below,
    user: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Origin<'a> {
    pub(crate) fn new(below: &'a dyn Below, user: Option<&'a str>, name: Option<&'a str>) -> Self {
        Self { below, user, name }
    }

    /// The stack's number in events: a trace knows the session by it.
    pub fn stack(&self) -> u64 {
        self.below.stack_number()
    }

    /// The client's address, where the bottom has one.
    pub fn peer(&self) -> Option<String> {
        match self.below.get("peer").ok()?.value? {
            Value::Text(peer) => Some(peer),
            _ => None,
        }
    }

    /// What the client called itself when it greeted.
    pub fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// Who the client has shown to be.
    pub fn user(&self) -> Option<&'a str> {
        self.user
    }

    /// Whether it comes over TLS.
    pub fn is_secure(&self) -> bool {
        Channel::of(self.below) == Channel::Secure
    }
}

impl fmt::Debug for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Origin");
        shown.field("stack", &self.stack()).field("peer", &self.peer());
        shown.field("name", &self.name).field("user", &self.user).finish()
    }
}
