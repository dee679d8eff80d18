//! The server's side of a stack: it listens, and each accepted peer gets a stack of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::below::Below;
use crate::closing::Closing;
use crate::error::{Result, StackError};
use crate::event::Operation;
use crate::info::{CommsInfo, State};
use crate::module::CommsModule;
use crate::property::Property;
use crate::stack::CommsStack;

/// A stack that listens. It is the prototype of the stacks that it hands out, and cannot send.
#[derive(Debug)]
pub struct CommsListener {
    prototype: CommsStack,
    accepted: u64,
    /// Time to wait for each peer.
    patience: Option<Duration>,
}

impl CommsStack {
    /// Takes its address and listens there, as the properties of its bottom say. If any layer
    /// fails, the address is given back.
    pub fn listen(mut self) -> Result<CommsListener> {
        if self.layers.iter().any(|layer| layer.seam.state != State::Disconnected) {
            return Err(StackError::Connected.into());
        }
        let all = self.depth();
        let mut cursor = self.cursor();
        let listens = cursor
            .rise(all, Operation::Bind, |module, below| module.bind(below), BOUND)
            .and_then(|()| {
                cursor.rise(all, Operation::Listen, |module, below| module.listen(below), LISTENING)
            });
        if let Err(first) = listens {
            cursor.release(all);
            return Err(first);
        }
        Ok(CommsListener { prototype: self, accepted: 0, patience: None })
    }
}

impl CommsListener {
    /// Waits for a peer, and gives the connected stack that serves it.
    pub fn accept(&mut self) -> Result<CommsStack> {
        let mut stack = self.take()?;
        stack.connect()?;
        Ok(stack)
    }

    /// Waits for a peer, and gives the stack that will serve it: its bottom is connected, and
    /// `connect` does the rest, on another thread perhaps.
    pub fn take(&mut self) -> Result<CommsStack> {
        let mut modules: Vec<Box<dyn CommsModule>> = Vec::new();
        let gather = |module: &mut dyn CommsModule, below: &mut dyn Below| {
            modules.insert(0, module.accept(below)?);
            Ok(())
        };
        if let Some(patience) = self.patience {
            self.prototype.limit(patience, "next peer");
        }
        let all = self.prototype.depth();
        self.prototype.cursor().rise(all, Operation::Accept, gather, LISTENING)?;
        self.accepted += 1;
        Ok(self.dress(CommsStack::of(modules)?))
    }

    /// Waits no longer than this for each peer, from now on; without it, for as long as it takes.
    pub fn limit(&mut self, budget: Duration) {
        self.patience = Some(budget);
    }

    /// A handle by which another thread ends the wait for peers. None where the bottom cannot.
    pub fn closing(&self) -> Option<Arc<dyn Closing>> {
        self.prototype.closing()
    }

    /// A property of the listening stack: the port it was given, say.
    pub fn get(&self, name: &str) -> Result<Property> {
        self.prototype.get(name)
    }

    /// The state and the counters of the listening stack itself; the peers' stacks have their own.
    pub fn info(&self) -> CommsInfo {
        self.prototype.info()
    }

    /// The state and the counters of one listening layer.
    pub fn info_of(&self, layer: &str) -> Result<CommsInfo> {
        self.prototype.info_of(layer)
    }

    /// How many peers it has taken so far.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Gives a new stack what its prototype has: clock, watchers, a number.
    fn dress(&self, mut stack: CommsStack) -> CommsStack {
        stack.shared.clock = Arc::clone(&self.prototype.shared.clock);
        stack.shared.number = self.prototype.shared.number.wrapping_add(self.accepted);
        stack.shared.goodbye = self.prototype.shared.goodbye;
        stack.shared.sinks.clone_from(&self.prototype.shared.sinks);
        for (layer, like) in stack.layers.iter_mut().zip(&self.prototype.layers) {
            layer.seam.sinks.clone_from(&like.seam.sinks);
        }
        if let Some(bottom) = stack.layers.last_mut() {
            bottom.seam.state = State::Connected;
        }
        stack
    }
}

impl fmt::Display for CommsListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.prototype.fmt(f)
    }
}

const BOUND: (State, State) = (State::Bound, State::Bound);
const LISTENING: (State, State) = (State::Listening, State::Listening);
