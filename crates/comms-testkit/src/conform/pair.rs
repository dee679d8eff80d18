//! Two stacks whose bottoms find each other.

use comms_core::{CommsListener, CommsModule, CommsStack, Provides, Result};

use crate::check::{Check, CheckHandle};

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

    /// Holds what was made to the rules of calling, above and below; a bottom has nothing below.
    pub(crate) fn checked(&mut self) -> Result<Vec<CheckHandle>> {
        let mut handles = Vec::new();
        for stack in self.stacks() {
            let (upper, lower) = Check::pair();
            handles.extend([upper.handle(), lower.handle()]);
            if stack.depth() > 1 {
                stack.insert(stack.depth() - 1, lower)?;
            }
            if stack.top().is_some_and(|top| top.spec().provides != Provides::Nothing) {
                stack.push(upper)?;
            }
        }
        Ok(handles)
    }

    /// Puts a filter above each bottom, where something stands there.
    pub(crate) fn above_bottoms<M: CommsModule>(
        &mut self,
        mut make: impl FnMut() -> M,
    ) -> Result<()> {
        for stack in self.stacks().filter(|stack| stack.depth() > 1) {
            stack.insert(stack.depth() - 1, make())?;
        }
        Ok(())
    }

    /// The stacks that are there before anybody connects.
    fn stacks(&mut self) -> impl Iterator<Item = &mut CommsStack> {
        let far = match &mut self.far {
            Far::Stack(far) => Some(far.as_mut()),
            Far::Listener(_) => None,
        };
        [&mut self.near].into_iter().chain(far)
    }
}
