//! A filter that makes the way to the peer long.

use std::mem;
use std::time::{Duration, Instant};

use comms_core::{Below, CommsModule, ModuleSpec, Payload, Properties, Receipt, Result};

/// A filter that adds a round-trip time, and counts the round trips: with it, "one round trip per
/// message" is an exact assertion.
///
/// The first receive after a send waits on the stack's clock until a round trip after it began has
/// passed. All octets pass unchanged; what must be below is a stream of octets. Connecting costs
/// nothing here. A deadline that ends in the middle of a round trip ends the call, and the next
/// call waits for the rest.
///
/// Properties: `round_trip` (100 ms) and, read-only, `round_trips`.
///
/// ```
/// use std::time::Duration;
///
/// use comms_core::{CommsStack, Value};
/// use comms_testkit::{Latency, ManualClock, Script};
///
/// let script = Script::parse("S: 220 a\nC: NOOP\nC: NOOP\nS: 250 b\nS: 250 c")?;
/// let clock = ManualClock::new();
/// let latency = Latency::new(Duration::from_millis(250));
/// let mut stack = CommsStack::builder().layer(latency).layer(script).build()?;
/// stack.set_clock(clock.clone());
/// stack.connect()?;
/// stack.receive(&mut [0; 64])?;
/// stack.send("NOOP\r\n")?;
/// stack.send("NOOP\r\n")?;
/// stack.receive(&mut [0; 64])?;
/// assert_eq!(stack.get("round_trips")?.value, Some(Value::Integer(1)));
/// assert_eq!(clock.elapsed(), Duration::from_millis(250));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Latency {
    properties: LatencyProperties,
    sent: bool,
    /// When the answer to what was sent can be here.
    due: Option<Instant>,
}

comms_core::properties! {
    /// What a [`Latency`] can be told and asked.
    #[derive(Debug, Clone)]
    pub struct LatencyProperties {
        /// How long the way to the peer and back takes.
        Always round_trip: Duration = Duration::from_millis(100),
        /// How often the client has waited for it, on all connections together.
        ReadOnly round_trips: u64 = 0,
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: LatencyProperties::TABLE,
    ..ModuleSpec::filter("Latency", "adds a round-trip time, and counts the round trips")
};

impl Latency {
    /// A filter with this round-trip time.
    pub fn new(round_trip: Duration) -> Self {
        let mut latency = Self::default();
        latency.properties.round_trip = round_trip;
        latency
    }

    /// How often the client has waited for a round trip, on all connections together.
    pub fn round_trips(&self) -> u64 {
        self.properties.round_trips
    }

    /// Waits for what is left of the round trip that the last send began.
    fn travel(&mut self, below: &mut dyn Below) -> Result<()> {
        if self.sent {
            // What a layer below holds is on its way before anybody waits for the answer.
            below.flush()?;
        }
        let now = below.clock().now();
        if mem::take(&mut self.sent) {
            self.properties.round_trips += 1;
            self.due = now.checked_add(self.properties.round_trip);
        }
        let Some(due) = self.due else { return Ok(()) };
        let way = due.saturating_duration_since(now);
        let deadline = below.deadline();
        if let Some(left) = deadline.remaining(below.clock())?
            && left < way
        {
            below.clock().sleep(left);
            return Err(deadline.passed().into());
        }
        below.clock().sleep(way);
        self.due = None;
        Ok(())
    }

    fn forget(&mut self) {
        self.sent = false;
        self.due = None;
    }
}

impl CommsModule for Latency {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.forget();
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        self.sent |= !payload.is_empty();
        below.send(payload)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if !into.is_empty() {
            self.travel(below)?;
        }
        below.receive(into)
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        self.travel(below)?;
        below.receive_until(end, limit, into)
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.forget();
        Ok(())
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        Ok(Box::new(Self::new(self.properties.round_trip)))
    }
}

#[cfg(test)]
mod tests {
    use comms_core::{CommsStack, ErrorClass, Value};

    use super::*;
    use crate::clock::ManualClock;
    use crate::script::Script;

    const TRIP: Duration = Duration::from_millis(100);

    fn stack(dialogue: &str) -> (CommsStack, std::sync::Arc<ManualClock>) {
        let script = Script::parse(dialogue).unwrap();
        let mut stack =
            CommsStack::builder().layer(Latency::new(TRIP)).layer(script).build().unwrap();
        let clock = ManualClock::new();
        stack.set_clock(clock.clone());
        stack.connect().unwrap();
        (stack, clock)
    }

    #[test]
    fn only_the_first_receive_after_a_send_takes_a_round_trip() {
        let (mut stack, clock) = stack("S: 1\nC: a\nS: 2\nread\nC: b\nS: 3");
        let mut one = [0; 1];
        for _ in 0..3 {
            stack.receive(&mut one).unwrap();
        }
        assert_eq!(clock.elapsed(), Duration::ZERO);
        for round in 1..=2 {
            stack.send(if round == 1 { "a\r\n" } else { "b\r\n" }).unwrap();
            for _ in 0..3 {
                stack.receive(&mut one).unwrap();
            }
            assert_eq!(clock.elapsed(), TRIP * round);
        }
        assert_eq!(stack.get("round_trips").unwrap().value, Some(Value::Integer(2)));
    }

    #[test]
    fn a_deadline_on_the_way_ends_the_call_and_the_next_call_waits_for_the_rest() {
        let (mut stack, clock) = stack("C: a\nS: 2");
        stack.send("a\r\n").unwrap();
        stack.limit(Duration::from_millis(30), "reply");
        let error = stack.receive(&mut [0; 8]).unwrap_err();
        assert_eq!((error.layer(), error.class()), ("Latency", ErrorClass::Timeout));
        assert_eq!(clock.elapsed(), Duration::from_millis(30));
        stack.unlimit();
        assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 3);
        assert_eq!(clock.elapsed(), TRIP);
        assert_eq!(stack.get("round_trips").unwrap().value, Some(Value::Integer(1)));
    }
}
