//! A place between two layers, from which the lower one is entered.
//!
//! A cursor stands above a row of layers. It checks that the layer it enters is connected, holds
//! the bottom to the deadline, tells the watchers, counts, and gives errors their layer; no module
//! does any of this, so none can forget it.

use std::fmt;
use std::time::{Duration, Instant};

use crate::below::Below;
use crate::deadline::{Deadline, Limit};
use crate::error::{Course, Error, Result, StackError};
use crate::event::{Operation, What};
use crate::info::{Counters, State};
use crate::layer::{Layer, Seam, Shared};
use crate::module::CommsModule;
use crate::payload::Payload;

/// A place in a stack, seen downwards: what the stack hands to each call of a module as
/// [`Below`].
pub struct Cursor<'a> {
    pub(crate) layers: &'a mut [Layer],
    pub(crate) shared: &'a mut Shared,
    /// The seam of the layer that looks down from here; `None` above the top.
    pub(crate) owner: Option<&'a Seam>,
    pub(crate) depth: usize,
    pub(crate) outer: &'a Limit,
    /// A limit that was brought forward here.
    pub(crate) own: Option<Limit>,
}

impl<'a> Cursor<'a> {
    /// A cursor above all `layers`.
    pub(crate) fn above(layers: &'a mut [Layer], shared: &'a mut Shared, limit: &'a Limit) -> Self {
        shared.now = None;
        Self { layers, shared, owner: None, depth: 0, outer: limit, own: None }
    }

    /// The cursor above layer `at`, counted from here.
    pub(crate) fn moved_to(self, at: usize) -> Self {
        let depth = self.depth + at;
        Self { layers: self.layers.get_mut(at..).unwrap_or_default(), depth, ..self }
    }

    /// The module below.
    pub(crate) fn module(&self) -> Option<&dyn CommsModule> {
        self.layers.first().map(|layer| layer.module.as_ref())
    }

    /// The module below, to change.
    pub(crate) fn module_mut(&mut self) -> Option<&mut dyn CommsModule> {
        self.layers.first_mut().map(|layer| layer.module.as_mut())
    }

    /// Does something in the layer below that is none of its common methods.
    pub(crate) fn run<T>(
        &mut self,
        call: impl FnOnce(&mut dyn CommsModule, &mut dyn Below) -> Result<T>,
    ) -> Result<T> {
        self.watched(Operation::Invoke, |here| here.cross(Operation::Invoke, call))
    }

    /// Does the part of each of the first `count` layers, from the bottom up to the first error.
    pub(crate) fn rise(
        &mut self,
        count: usize,
        operation: Operation,
        mut part: impl FnMut(&mut dyn CommsModule, &mut dyn Below) -> Result<()>,
        (during, then): (State, State),
    ) -> Result<()> {
        for at in (0..count).rev() {
            let mut here = self.at(at);
            here.settle(during);
            here.watched(operation, |here| {
                here.hold_bottom_to_deadline()?;
                here.enter(&mut part)
            })?;
            here.settle(then);
        }
        Ok(())
    }

    /// A cursor above layer `at`, counted from here.
    pub(crate) fn at(&mut self, at: usize) -> Cursor<'_> {
        Cursor {
            layers: self.layers.get_mut(at..).unwrap_or_default(),
            shared: self.shared,
            owner: self.owner,
            depth: self.depth + at,
            outer: self.own.as_ref().unwrap_or(self.outer),
            own: None,
        }
    }

    /// Enters the layer below, which must be connected, if there is time left for its bottom.
    #[inline]
    pub(crate) fn cross<T>(
        &mut self,
        operation: Operation,
        call: impl FnOnce(&mut dyn CommsModule, &mut dyn Below) -> Result<T>,
    ) -> Result<T> {
        self.check_connected(operation)?;
        self.hold_bottom_to_deadline()?;
        self.enter(call)
    }

    /// Nothing passes a layer that is not connected.
    #[inline]
    pub(crate) fn check_connected(&self, operation: Operation) -> Result<()> {
        let layer = self.layers.first().ok_or_else(|| StackError::none_below(operation.name()))?;
        if layer.seam.state == State::Connected {
            Ok(())
        } else {
            Err(StackError::NotConnected.into())
        }
    }

    /// Does something that carries no octets, with its begin and its end told.
    pub(crate) fn watched<T>(
        &mut self,
        operation: Operation,
        act: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let began = self.begin(operation, None);
        let result = act(self);
        self.end(operation, began, &[], result)
    }

    /// The bottom is asked nothing more once the time is up; the layers above never look.
    #[inline]
    pub(crate) fn hold_bottom_to_deadline(&self) -> Result<()> {
        if self.layers.len() == 1 {
            self.present().deadline.remaining(&*self.shared.clock)?;
        }
        Ok(())
    }

    /// Enters the layer below, whatever its state.
    #[inline]
    pub(crate) fn enter<T>(
        &mut self,
        call: impl FnOnce(&mut dyn CommsModule, &mut dyn Below) -> Result<T>,
    ) -> Result<T> {
        let outer = self.own.as_ref().unwrap_or(self.outer);
        let (layer, rest) = self.layers.split_first_mut().ok_or(StackError::NotConnected)?;
        let mut below = Cursor {
            layers: rest,
            shared: self.shared,
            owner: Some(&layer.seam),
            depth: self.depth + 1,
            outer,
            own: None,
        };
        let result = call(layer.module.as_mut(), &mut below);
        if self.layers.len() == 1 {
            self.shared.now = Some(self.shared.clock.now());
        }
        result
    }

    /// Counts what crossed the face above the layer below, at the one moment that is read in a call.
    #[inline]
    pub(crate) fn count(&mut self, change: impl FnOnce(&mut Counters, Instant)) {
        let now = self.shared.moment();
        if let Some(layer) = self.layers.first_mut() {
            change(&mut layer.seam.counters, now);
        }
    }

    /// Tells the watchers of the layer below, if there are any, that something begins.
    #[inline]
    pub(crate) fn begin(
        &self,
        operation: Operation,
        payload: Option<Payload<'_>>,
    ) -> Option<Instant> {
        let seam = self.layers.first().map(|layer| &layer.seam)?;
        if seam.sinks.is_empty() {
            return None;
        }
        let now = self.clock().now();
        let left = self.deadline().at().map(|at| at.saturating_duration_since(now));
        seam.tell(self.shared, self.depth, now, What::Begin { operation, payload, left });
        Some(now)
    }

    /// Lets a success that nobody watches pass at once.
    #[inline]
    pub(crate) fn end<T>(
        &mut self,
        operation: Operation,
        began: Option<Instant>,
        received: &[u8],
        result: Result<T>,
    ) -> Result<T> {
        match result {
            Ok(done) if began.is_none() => Ok(done),
            result => self.conclude(operation, began, received, result),
        }
    }

    /// Gives a failure its layer, and tells the watchers how it ended.
    #[cold]
    fn conclude<T>(
        &mut self,
        operation: Operation,
        began: Option<Instant>,
        received: &[u8],
        result: Result<T>,
    ) -> Result<T> {
        let limit = *self.present();
        let course = match operation {
            Operation::Send | Operation::Flush => Course::Sending,
            _ => Course::Received(self.received_by_bottom().saturating_sub(limit.received)),
        };
        let place = |error: Error| error.in_course(&limit.deadline, course);
        let Some(Layer { seam, .. }) = self.layers.first_mut() else { return result };
        let result = result.map_err(|error| place(error).in_layer(&seam.name));
        if let Some(began) = began {
            let withheld = &self.shared.withheld;
            let pieces;
            let received = if self.shared.hides_received {
                Payload::Secret(received)
            } else if received.is_empty() || withheld.is_empty() {
                Payload::Bytes(received)
            } else {
                pieces = withheld.marked(received, &mut seam.begun);
                Payload::Pieces(&pieces)
            };
            let failure = result.as_ref().err();
            let what = What::End { operation, began, received, failure };
            seam.tell(self.shared, self.depth, self.shared.clock.now(), what);
        }
        result
    }

    /// The limit that holds here.
    #[inline]
    pub(crate) fn present(&self) -> &Limit {
        self.own.as_ref().unwrap_or(self.outer)
    }

    /// A limit that begins now.
    pub(crate) fn limited(&self, budget: Duration, reason: &'static str) -> Limit {
        let deadline = Deadline::after(self.clock(), budget, reason);
        Limit { deadline, received: self.received_by_bottom() }
    }

    fn received_by_bottom(&self) -> u64 {
        self.layers.last().map_or(0, |layer| layer.seam.counters.traffic.bytes_received)
    }

    /// Lets go of the first `count` layers, without a word: what they still say goes nowhere.
    pub(crate) fn release(&mut self, count: usize) {
        let open = |layer: &&mut Layer| layer.seam.state != State::Disconnected;
        for layer in self.layers.iter_mut().take(count).filter(open) {
            layer.seam.state = State::Disconnecting;
        }
        for at in 0..count.min(self.layers.len()) {
            let mut here = self.at(at);
            if !here.is(State::Disconnected) {
                let _ = here.leave();
            }
        }
    }

    /// The layer's own part of disconnecting.
    pub(crate) fn leave(&mut self) -> Result<()> {
        self.settle(State::Disconnecting);
        let left = self.watched(Operation::Disconnect, |here| {
            here.enter(|module, below| module.disconnect(below))
        });
        self.settle(State::Disconnected);
        left
    }

    pub(crate) fn settle(&mut self, state: State) {
        if let Some(layer) = self.layers.first_mut() {
            layer.seam.state = state;
        }
    }

    pub(crate) fn is(&self, state: State) -> bool {
        self.layers.first().is_some_and(|layer| layer.seam.state == state)
    }
}

impl fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.layers.iter().map(|layer| &layer.seam.name)).finish()
    }
}
