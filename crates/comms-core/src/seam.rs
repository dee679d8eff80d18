//! The seam: every call that a module, or a program, makes of the layer below.
//!
//! Each operation says in which steps it crosses; the steps are the cursor's.

use std::fmt;
use std::time::Duration;

use crate::below::Below;
use crate::clock::Clock;
use crate::cursor::Cursor;
use crate::deadline::Deadline;
use crate::error::{Error, Result, StackError};
use crate::event::{Level, Operation, Severity, What};
use crate::info::State;
use crate::layer::Layer;
use crate::lookup;
use crate::module::CommsModule;
use crate::payload::{Payload, Receipt};
use crate::property::Property;
use crate::spec::{Provides, Width};
use crate::value::Value;

impl Below for Cursor<'_> {
    #[inline]
    fn send(&mut self, payload: Payload<'_>) -> Result<Receipt> {
        let began = self.begin(Operation::Send, Some(payload));
        let result = self.cross(Operation::Send, |module, below| module.send(payload, below));
        if result.is_ok() {
            self.count(|counters, now| counters.sent(payload.len(), now));
        }
        self.end(Operation::Send, began, &[], result)
    }

    #[inline]
    fn receive(&mut self, into: &mut [u8]) -> Result<usize> {
        let began = self.begin(Operation::Receive, None);
        let result = self.cross(Operation::Receive, |module, below| module.receive(into, below));
        let received = into.get(..result.as_ref().copied().unwrap_or(0)).unwrap_or_default();
        self.count(|counters, now| counters.received(received.len(), now));
        self.end(Operation::Receive, began, received, result)
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
        self.end(Operation::ReceiveUntil, began, received, result)
    }

    fn flush(&mut self) -> Result<()> {
        if self.layers.is_empty() {
            return Ok(());
        }
        // What a layer holds is sent, and so held to the deadline; that nothing is held never fails.
        self.watched(Operation::Flush, |here| {
            here.check_connected(Operation::Flush)?;
            here.enter(|module, below| module.flush(below))
        })
    }

    fn pending(&self) -> usize {
        let passing = |layer: &&Layer| layer.module.spec().provides == Provides::SameAsBelow;
        let first = self.layers.iter().find(|layer| !passing(layer));
        let passed = self.layers.iter().take_while(passing);
        passed.chain(first).map(|layer| layer.module.pending()).sum()
    }

    fn unread(&mut self) -> Result<bool> {
        if self.layers.is_empty() {
            return Ok(false);
        }
        self.watched(Operation::Unread, |here| {
            here.cross(Operation::Unread, |module, below| module.unread(below))
        })
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
        if self.layers.iter().any(|layer| layer.module.is_over()) {
            self.release(usize::MAX);
        }
        let closed = |layer: &Layer| layer.seam.state != State::Connected;
        let Some(lowest) = self.layers.iter().rposition(closed) else { return Ok(()) };
        // What is open above it belongs to a connection that is gone.
        self.release(lowest);
        if lowest + 1 == self.layers.len() {
            self.shared.withheld.forget();
        }
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

    fn hide_received(&mut self) {
        self.shared.hides_received = true;
    }

    fn show_received(&mut self) {
        self.shared.hides_received = false;
    }

    fn withhold(&mut self, secret: &[u8]) {
        self.shared.withheld.add(secret);
    }

    fn blot(&self, octets: &mut [u8]) {
        self.shared.withheld.blot(octets);
    }

    fn stack_number(&self) -> u64 {
        self.shared.number
    }

    fn named(&self, error: Error) -> Error {
        match self.owner {
            Some(seam) => error.in_layer(&seam.name),
            None => error,
        }
    }

    fn note(&self, severity: Severity, level: Level, text: fmt::Arguments<'_>) {
        if let Some(seam) = self.owner.filter(|seam| !seam.sinks.is_empty()) {
            let what = What::Record { severity, level, text };
            seam.tell(self.shared, self.depth.saturating_sub(1), self.clock().now(), what);
        }
    }
}
