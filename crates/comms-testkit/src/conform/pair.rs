//! Two stacks whose bottoms find each other.

use comms_core::{CommsListener, CommsStack};

/// Two stacks that connect to each other, for one rule. Neither is connected yet.
#[derive(Debug)]
pub struct Pair {
    pub(crate) near: CommsStack,
    pub(crate) far: Far,
}

/// The other side of a pair.
#[derive(Debug)]
pub(crate) enum Far {
    /// It connects as well.
    Stack(Box<CommsStack>),
    /// It waits for the near side, and makes a stack for it.
    Listener(Box<CommsListener>),
}

impl Pair {
    /// Two stacks that are connected at the same time, each on a thread of its own.
    pub fn new(near: CommsStack, far: CommsStack) -> Self {
        Self { near, far: Far::Stack(Box::new(far)) }
    }

    /// A stack that connects to the address at which `listener` listens.
    pub fn listening(near: CommsStack, listener: CommsListener) -> Self {
        Self { near, far: Far::Listener(Box::new(listener)) }
    }
}
