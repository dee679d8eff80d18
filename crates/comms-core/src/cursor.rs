//! The seam: the one place where a call passes from one layer to the next.
//!
//! A cursor stands above a row of layers. It checks that the layer it enters is connected, holds
//! the bottom to the deadline, tells the watchers, counts, and gives errors their layer; no module
//! does any of this, so none can forget it.

use std::fmt;
use std::time::{Duration, Instant};

use crate::below::Below;
use crate::clock::Clock;
use crate::deadline::{Deadline, Limit};
use crate::error::{Error, Result, StackError};
use crate::event::{Level, Operation, Severity, What};
use crate::info::{Counters, State};
use crate::layer::{Layer, Seam, Shared};
use crate::lookup;
use crate::module::CommsModule;
use crate::payload::{Payload, Receipt};
use crate::property::Property;
use crate::spec::Width;
use crate::value::Value;

/// A place in a stack, seen downwards: what the stack hands to each call of a module as
/// [`Below`].
pub struct Cursor<'a> {
    layers: &'a mut [Layer],
    shared: &'a mut Shared,
    /// The seam of the layer that looks down from here; `None` above the top.
    owner: Option<&'a Seam>,
    depth: usize,
    outer: &'a Limit,
    /// A limit that was brought forward here.
    own: Option<Limit>,
}

impl<'a> Cursor<'a> {
    /// A cursor above all `layers`.
    pub(crate) fn above(layers: &'a mut [Layer], shared: &'a mut Shared, limit: &'a Limit) -> Self {
        shared.now = None;
        Self { layers, shared, owner: None, depth: 0, outer: limit, own: None }
    }

    /// The module of layer `at`, counted from here, and the cursor below it.
    pub(crate) fn split(self, at: usize) -> Option<(&'a mut dyn CommsModule, Self)> {
        let depth = self.depth + at + 1;
        let (layer, rest) = self.layers.get_mut(at..)?.split_first_mut()?;
        let below = Self { layers: rest, owner: Some(&layer.seam), depth, ..self };
        Some((layer.module.as_mut(), below))
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
    fn at(&mut self, at: usize) -> Cursor<'_> {
        Cursor {
            layers: self.layers.get_mut(at..).unwrap_or_default(),
            shared: self.shared,
            owner: self.owner,
            depth: self.depth + at,
            outer: self.own.as_ref().unwrap_or(self.outer),
            own: None,
        }
    }

    /// Enters the layer below, which must be connected.
    #[inline]
    fn cross<T>(
        &mut self,
        operation: Operation,
        call: impl FnOnce(&mut dyn CommsModule, &mut dyn Below) -> Result<T>,
    ) -> Result<T> {
        let layer = self.layers.first().ok_or_else(|| StackError::none_below(operation.name()))?;
        if layer.seam.state != State::Connected {
            return Err(StackError::NotConnected.into());
        }
        self.hold_bottom_to_deadline()?;
        self.enter(call)
    }

    /// Does something that carries no octets, with its begin and its end told.
    fn watched<T>(
        &mut self,
        operation: Operation,
        act: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let began = self.begin(operation, None);
        let result = act(self);
        self.end(operation, began, Payload::Bytes(&[]), result)
    }

    /// The bottom is asked nothing more once the time is up; the layers above never look.
    #[inline]
    fn hold_bottom_to_deadline(&self) -> Result<()> {
        if self.layers.len() == 1 {
            self.present().deadline.remaining(&*self.shared.clock)?;
        }
        Ok(())
    }

    /// Enters the layer below, whatever its state.
    #[inline]
    fn enter<T>(
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
    fn count(&mut self, change: impl FnOnce(&mut Counters, Instant)) {
        let now = self.shared.moment();
        if let Some(layer) = self.layers.first_mut() {
            change(&mut layer.seam.counters, now);
        }
    }

    /// Tells the watchers of the layer below, if there are any, that something begins.
    #[inline]
    fn begin(&self, operation: Operation, payload: Option<Payload<'_>>) -> Option<Instant> {
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
    fn end<T>(
        &self,
        operation: Operation,
        began: Option<Instant>,
        received: Payload<'_>,
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
        &self,
        operation: Operation,
        began: Option<Instant>,
        received: Payload<'_>,
        result: Result<T>,
    ) -> Result<T> {
        let Some(layer) = self.layers.first() else { return result };
        let limit = self.present();
        let octets = self.received_by_bottom().saturating_sub(limit.received);
        let place = |error: Error| error.after_octets(&limit.deadline, octets);
        let result = result.map_err(|error| place(error).in_layer(&layer.seam.name));
        if let Some(began) = began {
            let failure = result.as_ref().err();
            let what = What::End { operation, began, received, failure };
            layer.seam.tell(self.shared, self.depth, self.clock().now(), what);
        }
        result
    }

    /// The limit that holds here.
    #[inline]
    fn present(&self) -> &Limit {
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
    fn leave(&mut self) -> Result<()> {
        self.settle(State::Disconnecting);
        let left = self.watched(Operation::Disconnect, |here| {
            here.enter(|module, below| module.disconnect(below))
        });
        self.settle(State::Disconnected);
        left
    }

    fn settle(&mut self, state: State) {
        if let Some(layer) = self.layers.first_mut() {
            layer.seam.state = state;
        }
    }

    fn is(&self, state: State) -> bool {
        self.layers.first().is_some_and(|layer| layer.seam.state == state)
    }
}

impl Below for Cursor<'_> {
    #[inline]
    fn send(&mut self, payload: Payload<'_>) -> Result<Receipt> {
        let began = self.begin(Operation::Send, Some(payload));
        let result = self.cross(Operation::Send, |module, below| module.send(payload, below));
        if result.is_ok() {
            self.count(|counters, now| counters.sent(payload.len(), now));
        }
        self.end(Operation::Send, began, Payload::Bytes(&[]), result)
    }

    #[inline]
    fn receive(&mut self, into: &mut [u8]) -> Result<usize> {
        let began = self.begin(Operation::Receive, None);
        let result = self.cross(Operation::Receive, |module, below| module.receive(into, below));
        let received = into.get(..result.as_ref().copied().unwrap_or(0)).unwrap_or_default();
        self.count(|counters, now| counters.received(received.len(), now));
        self.end(Operation::Receive, began, Payload::Bytes(received), result)
    }

    #[inline]
    fn receive_until(&mut self, end: &[u8], limit: usize, into: &mut Vec<u8>) -> Result<usize> {
        let began = self.begin(Operation::ReceiveUntil, None);
        let before = into.len();
        let result = self.cross(Operation::ReceiveUntil, |module, below| {
            module.receive_until(end, limit, into, below)
        });
        let received = into.get(before..).unwrap_or_default();
        self.count(|counters, now| counters.received(received.len(), now));
        self.end(Operation::ReceiveUntil, began, Payload::Bytes(received), result)
    }

    fn flush(&mut self) -> Result<()> {
        if self.layers.is_empty() {
            return Ok(());
        }
        self.watched(Operation::Flush, |here| {
            here.cross(Operation::Flush, |module, below| module.flush(below))
        })
    }

    fn pending(&self) -> usize {
        self.layers.iter().map(|layer| layer.module.pending()).sum()
    }

    fn noop(&mut self) -> Result<String> {
        self.watched(Operation::Noop, |here| {
            here.cross(Operation::Noop, |module, below| module.noop(below))
        })
    }

    fn reset(&mut self) -> Result<()> {
        if self.layers.is_empty() {
            return Ok(());
        }
        self.watched(Operation::Reset, |here| {
            here.cross(Operation::Reset, |module, below| module.reset(below))
        })
    }

    fn start_tls(&mut self) -> Result<()> {
        let open = self.is(State::Connected);
        self.watched(Operation::StartTls, |here| {
            let result = match here.layers.first().map_or(0, |layer| layer.module.pending()) {
                octets @ 1.. if open => Err(StackError::Injected { octets }.into()),
                _ => here.cross(Operation::StartTls, |module, below| module.start_tls(below)),
            };
            // Between plain and secure nothing may pass; only a plain "no" leaves things as they were.
            if open && result.as_ref().is_err_and(|error| !error.class().is_plain_no()) {
                here.release(usize::MAX);
            }
            result
        })
    }

    fn connect(&mut self) -> Result<()> {
        let closed = |layer: &Layer| layer.seam.state != State::Connected;
        let Some(lowest) = self.layers.iter().rposition(closed) else { return Ok(()) };
        // What is open above it belongs to a connection that is gone.
        self.release(lowest);
        let part = |module: &mut dyn CommsModule, below: &mut dyn Below| module.connect(below);
        let states = (State::Connecting, State::Connected);
        let risen = self.rise(lowest + 1, Operation::Connect, part, states);
        if risen.is_err() {
            self.release(usize::MAX);
        }
        risen
    }

    fn disconnect(&mut self) -> Result<()> {
        let before = self.own.replace(self.limited(self.shared.goodbye, "goodbye"));
        let mut outcome = Ok(());
        for at in 0..self.layers.len() {
            let mut here = self.at(at);
            if here.is(State::Connected) {
                outcome = outcome.and(here.flush());
            }
            if !here.is(State::Disconnected) {
                outcome = outcome.and(here.leave());
            }
        }
        self.own = before;
        outcome
    }

    fn invoke(&mut self, method: &str, args: &[Value]) -> Result<Value> {
        let (at, name) = lookup::method(self.layers, method)?;
        self.at(at).watched(Operation::Invoke, |here| {
            here.enter(|module, below| module.invoke(name, args, below))
        })
    }

    fn get(&self, name: &str) -> Result<Property> {
        lookup::get(self.layers, name)
    }

    fn set(&mut self, name: &str, value: Value) -> Result<()> {
        lookup::set(self.layers, name, value)
    }

    fn width(&self) -> Width {
        lookup::width(self.layers)
    }

    fn deadline(&self) -> Deadline {
        self.present().deadline
    }

    fn limit(&mut self, budget: Duration, reason: &'static str) {
        self.own = Some(self.limited(budget, reason).sooner(*self.outer));
    }

    fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    fn note(&self, severity: Severity, level: Level, text: fmt::Arguments<'_>) {
        if let Some(seam) = self.owner.filter(|seam| !seam.sinks.is_empty()) {
            let what = What::Record { severity, level, text };
            seam.tell(self.shared, self.depth.saturating_sub(1), self.clock().now(), what);
        }
    }
}

impl fmt::Debug for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.layers.iter().map(|layer| &layer.seam.name)).finish()
    }
}
