//! A stack that is lent.

use std::fmt;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::deadline::Limit;
use crate::layer::Shared;
use crate::pool::room::Place;
use crate::stack::CommsStack;

/// A connected stack that was lent by a pool: it goes back when this is dropped.
///
/// It is given back as it is, between two requests, to be lent to somebody else; only a deadline
/// set by `limit` is taken away. One that is not connected any more, or is dropped by a panic, is
/// let go instead. Neither waits for anything, and neither says goodbye. Who does not know what
/// state it is in, after a dialogue that was left in the middle, [`discard`](Self::discard)s it.
pub struct Pooled {
    // Let go before its place is.
    stack: CommsStack,
    uses: u64,
    trusted: bool,
    place: Place,
}

impl Pooled {
    /// The stack in `place`, lent for the `uses`th time.
    pub(crate) fn new(stack: CommsStack, uses: u64, place: Place) -> Self {
        Self { stack, uses, trusted: true, place }
    }

    /// Lets go of the stack, without a goodbye: the pool connects another in its place.
    pub fn discard(mut self) {
        self.trusted = false;
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        // A panic may have come in the middle of a dialogue.
        let trusted = self.trusted && !thread::panicking();
        if trusted && self.stack.is_connected() {
            self.place.leave(take(&mut self.stack), self.uses);
        }
    }
}

impl Deref for Pooled {
    type Target = CommsStack;

    fn deref(&self) -> &CommsStack {
        &self.stack
    }
}

impl DerefMut for Pooled {
    fn deref_mut(&mut self) -> &mut CommsStack {
        &mut self.stack
    }
}

impl fmt::Debug for Pooled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pool = &self.place.room.name;
        f.debug_struct("Pooled")
            .field("pool", pool)
            .field("stack", &self.stack)
            .finish_non_exhaustive()
    }
}

/// Moves the stack out, without its deadline. What stays has no layers, and nobody sees it.
fn take(stack: &mut CommsStack) -> CommsStack {
    let clock = Arc::clone(&stack.shared.clock);
    let shared = Shared { number: 0, goodbye: Duration::ZERO, ..Shared::new(clock) };
    let hollow = CommsStack { layers: Vec::new(), shared, limit: Limit::NONE };
    let mut whole = mem::replace(stack, hollow);
    whole.unlimit();
    whole
}
