//! The suite is run on the modules of this crate, and on modules that break its rules.

#![expect(clippy::indexing_slicing, reason = "a module that goes wrong may")]

use std::time::Duration;

use comms_core::{
    Below, CommsModule, CommsStack, ErrorClass, ModuleSpec, Payload, Receipt, Result,
};
use comms_testkit::{Latency, Loopback, Pair, Throttle, conform};

#[test]
fn a_loopback_keeps_the_rules() {
    conform::bottom(Loopback::pair).unwrap();
    conform::bottom(|| Loopback::pair_with_capacity(100)).unwrap();
}

#[test]
fn a_latency_keeps_the_rules() {
    conform::filter(|| Latency::new(Duration::from_micros(1))).unwrap();
}

#[test]
fn a_throttle_keeps_the_rules() {
    conform::filter(Throttle::default).unwrap();
    conform::filter(|| Throttle::new(1 << 32)).unwrap();
}

/// How a filter goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Reverses,
    Corrupts,
    Unmarks,
    Holds,
    HoldsInDebug,
    EndsEarly,
    KeepsOld,
    TakesObjects,
    TimeoutIsEnd,
    AlwaysPending,
    SwallowsFailure,
    WantsMany,
    Invents,
}

/// A filter that buffers what is sent, or goes wrong.
#[derive(Debug)]
struct Faulty {
    fault: Fault,
    held: Held,
    last: Option<u8>,
}

#[derive(Default)]
struct Held {
    octets: Vec<u8>,
    shown: bool,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.shown { self.octets.fmt(f) } else { f.write_str("Held") }
    }
}

static SPEC: ModuleSpec = ModuleSpec::filter("Faulty", "goes wrong");

impl Faulty {
    fn new(fault: Fault) -> Self {
        let held = Held { octets: Vec::new(), shown: fault == Fault::HoldsInDebug };
        Self { fault, held, last: None }
    }
}

impl CommsModule for Faulty {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if let Payload::Object(_) = payload {
            return if self.fault == Fault::TakesObjects {
                Ok(Receipt::TAKEN)
            } else {
                below.send(payload)
            };
        }
        let mut octets: Vec<u8> =
            payload.pieces().flat_map(|piece| piece.octets().to_vec()).collect();
        match self.fault {
            Fault::Reverses => octets.reverse(),
            Fault::Corrupts if octets.len() > 9_000 => {
                for octet in &mut octets {
                    *octet ^= 1;
                }
            }
            Fault::Unmarks => return below.send(Payload::Bytes(&octets)),
            Fault::None | Fault::Holds | Fault::HoldsInDebug => {
                self.held.octets.extend(octets);
                return Ok(Receipt::TAKEN);
            }
            Fault::SwallowsFailure => {
                let _ = below.send(payload);
                return Ok(Receipt::TAKEN);
            }
            _ => return below.send(payload),
        }
        below.send(Payload::Secret(&octets))
    }

    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        let held = std::mem::take(&mut self.held.octets);
        below.send(Payload::Secret(&held))?;
        below.flush()
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if matches!(self.fault, Fault::None | Fault::HoldsInDebug) {
            self.flush(below)?;
        }
        if self.fault == Fault::EndsEarly && into.len() == 7 {
            return Ok(0);
        }
        if let (Fault::KeepsOld, Some(old), Some(first)) = (self.fault, self.last, into.first_mut())
        {
            *first = old;
            self.last = None;
            return Ok(1);
        }
        match below.receive(into) {
            Err(error)
                if self.fault == Fault::Invents && error.class() == ErrorClass::Connection =>
            {
                into[..4].copy_from_slice(b"pong");
                Ok(4)
            }
            Ok(1) if self.fault == Fault::WantsMany && into.len() == 999 => Ok(0),
            Err(_) if self.fault == Fault::TimeoutIsEnd => Ok(0),
            other => other,
        }
    }

    fn pending(&self) -> usize {
        usize::from(self.fault == Fault::AlwaysPending)
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.last = Some(b'?');
        Ok(())
    }
}

#[test]
fn a_buffer_keeps_the_rules_and_so_does_a_latency_above_it() {
    conform::filter(|| Faulty::new(Fault::None)).unwrap();
    conform::check(|| {
        let (near, far) = Loopback::pair();
        let over = |bottom| {
            let builder = CommsStack::builder().layer(Latency::new(Duration::from_micros(1)));
            builder.layer(Faulty::new(Fault::None)).layer(bottom).build()
        };
        Ok(Pair::new(over(near)?, over(far)?))
    })
    .unwrap();
}

#[test]
fn a_module_that_breaks_a_rule_is_told_which() {
    for (fault, rule) in [
        (Fault::Reverses, "octets arrive in order however they are split"),
        (Fault::Corrupts, "a transfer may be larger than every buffer"),
        (Fault::Unmarks, "a secret arrives, and no watcher and no Debug shows it"),
        (Fault::Holds, "what is held is flushed before its sender waits"),
        (Fault::HoldsInDebug, "a secret arrives, and no watcher and no Debug shows it"),
        (Fault::EndsEarly, "octets arrive in order however they are split"),
        (Fault::KeepsOld, "a disconnected stack can connect again, and nothing old is left"),
        (Fault::TakesObjects, "an object that nobody takes is an error of usage"),
        (Fault::TimeoutIsEnd, "a disconnected stack can connect again, and nothing old is left"),
        (Fault::AlwaysPending, "nothing is pending once all was read"),
        (Fault::Invents, "an operation that fails below is an error, and all is let go"),
        (Fault::SwallowsFailure, "a peer that is gone is an error of the connection"),
        (Fault::WantsMany, "octets arrive in order where one passes below at a time"),
    ] {
        let violation = conform::filter(|| Faulty::new(fault)).unwrap_err();
        assert_eq!(violation.rule, rule, "{fault:?}: {violation}");
    }
}
