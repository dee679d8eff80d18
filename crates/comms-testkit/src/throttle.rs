//! A filter that makes the way to the peer narrow.

use std::time::{Duration, Instant};

use comms_core::{Below, CommsModule, ModuleSpec, Payload, Piece, Properties, Receipt, Result};

use crate::pieces;

/// A filter through which so many octets a second pass, each way, on the stack's clock.
///
/// Up to `burst` octets pass at once, where the way is free; it is then busy for as long as these
/// octets take. What comes next waits: a long payload goes in portions, so what was in time has
/// gone when a deadline ends the call. A receive that ends so loses nothing. All octets pass
/// unchanged; what must be below is a stream of octets. Above a line service, a line passes at once
/// however long it is, and the next one waits for its time.
///
/// Properties: `send_rate` and `receive_rate`, in octets a second, without limit unless set;
/// `burst` (1460).
///
/// ```
/// use std::time::Duration;
///
/// use comms_core::CommsStack;
/// use comms_testkit::{ManualClock, Script, Throttle};
///
/// let script = Script::new().expect_octets(1000);
/// let throttle = Throttle::new(100).burst(50);
/// let mut stack = CommsStack::builder().layer(throttle).layer(script).build()?;
/// let clock = ManualClock::new();
/// stack.set_clock(clock.clone());
/// stack.connect()?;
/// stack.send(&[0; 1000])?;
/// assert_eq!(clock.slept(), Duration::from_millis(9_500), "the last 50 are on their way");
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Throttle {
    properties: ThrottleProperties,
    down: Way,
    up: Way,
}

comms_core::properties! {
    /// What a [`Throttle`] can be told.
    #[derive(Debug, Clone)]
    pub struct ThrottleProperties {
        /// Octets a second that can be sent; as many as there are unless set.
        Always send_rate: Option<u64> = None,
        /// Octets a second that can be received; as many as there are unless set.
        Always receive_rate: Option<u64> = None,
        /// The most octets that pass at once.
        Always burst: usize = 1460,
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: ThrottleProperties::TABLE,
    ..ModuleSpec::filter("Throttle", "lets so many octets a second pass")
};

impl Throttle {
    /// A filter through which so many octets a second pass, each way.
    pub fn new(octets_per_second: u64) -> Self {
        Self::default().sending(octets_per_second).receiving(octets_per_second)
    }

    /// So many octets a second can be sent.
    pub fn sending(mut self, octets_per_second: u64) -> Self {
        self.properties.send_rate = Some(octets_per_second);
        self
    }

    /// So many octets a second can be received.
    pub fn receiving(mut self, octets_per_second: u64) -> Self {
        self.properties.receive_rate = Some(octets_per_second);
        self
    }

    /// So many octets pass at once, at least one.
    pub fn burst(mut self, octets: usize) -> Self {
        self.properties.burst = octets;
        self
    }

    fn portion(&self) -> usize {
        self.properties.burst.max(1)
    }

    fn forget(&mut self) {
        self.down = Way::default();
        self.up = Way::default();
    }
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    /// When what passed last has passed whole; `None` while nothing has.
    free_at: Option<Instant>,
}

impl Way {
    /// Waits until the way is free, or to the deadline.
    fn wait(&self, below: &mut dyn Below) -> Result<()> {
        let Some(free_at) = self.free_at else { return Ok(()) };
        let wait = free_at.saturating_duration_since(below.clock().now());
        if wait.is_zero() {
            return Ok(());
        }
        let deadline = below.deadline();
        if let Some(left) = deadline.remaining(below.clock())?
            && left < wait
        {
            below.clock().sleep(left);
            return Err(deadline.passed().into());
        }
        below.clock().sleep(wait);
        Ok(())
    }

    /// The way is busy for as long as `octets` take.
    fn occupy(&mut self, octets: usize, rate: Option<u64>, below: &dyn Below) {
        let Some(rate) = rate.filter(|_| octets > 0) else { return };
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        let nanos = u128::from(octets) * NANOS_PER_SECOND / u128::from(rate.max(1));
        let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.free_at = below.clock().now().checked_add(time);
    }
}

impl CommsModule for Throttle {
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
        let Some(rate) = self.properties.send_rate.filter(|_| !payload.is_empty()) else {
            return below.send(payload);
        };
        if let Payload::Object(_) = payload {
            return below.send(payload);
        }
        let mut rest: Vec<Piece<'_>> = payload.pieces().collect();
        while !rest.is_empty() {
            self.down.wait(below)?;
            let (portion, behind) = pieces::split(rest, self.portion());
            let portion = Payload::Pieces(&portion);
            below.send(portion)?;
            self.down.occupy(portion.len(), Some(rate), below);
            rest = behind;
            if !rest.is_empty() {
                // What is in time is on its way before anybody waits.
                below.flush()?;
            }
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let Some(rate) = self.properties.receive_rate.filter(|_| !into.is_empty()) else {
            return below.receive(into);
        };
        below.flush()?;
        self.up.wait(below)?;
        let most = into.len().min(self.portion());
        let octets = below.receive(into.get_mut(..most).unwrap_or_default())?;
        self.up.occupy(octets, Some(rate), below);
        Ok(octets)
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        if self.properties.receive_rate.is_some() {
            below.flush()?;
            self.up.wait(below)?;
        }
        let octets = below.receive_until(end, limit, into)?;
        self.up.occupy(octets, self.properties.receive_rate, below);
        Ok(octets)
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.forget();
        Ok(())
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        Ok(Box::new(Self { properties: self.properties.clone(), ..Self::default() }))
    }
}

const NANOS_PER_SECOND: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use comms_core::{CommsStack, ErrorClass};

    use super::*;
    use crate::clock::ManualClock;
    use crate::script::Script;
    use crate::transcript::Transcript;

    fn stack(throttle: Throttle, script: Script) -> (CommsStack, Transcript, Arc<ManualClock>) {
        let transcript = script.transcript();
        let mut stack = CommsStack::builder().layer(throttle).layer(script).build().unwrap();
        let clock = ManualClock::new();
        stack.set_clock(clock.clone());
        stack.connect().unwrap();
        (stack, transcript, clock)
    }

    #[test]
    fn each_way_has_its_own_rate_and_what_is_idle_saves_nothing_up() {
        let throttle = Throttle::new(10).receiving(20).burst(10);
        let script = Script::new().expect_octets(40).send("x".repeat(40));
        let (mut stack, _, clock) = stack(throttle, script);
        for _ in 0..2 {
            clock.advance(Duration::from_secs(60));
            let before = clock.slept();
            stack.send(&[b'x'; 20]).unwrap();
            assert_eq!(clock.slept(), before + Duration::from_secs(1));
        }
        let before = clock.slept();
        let mut read = 0;
        while read < 40 {
            read += stack.receive(&mut [0; 64]).unwrap();
        }
        assert_eq!(clock.slept(), before + Duration::from_millis(1500));
    }

    #[test]
    fn what_was_in_time_has_gone_when_a_deadline_ends_a_send() {
        let script = Script::new().expect_octets(1000);
        let (mut stack, transcript, clock) = stack(Throttle::new(100).burst(100), script);
        stack.limit(Duration::from_millis(2500), "block");
        let error = stack.send(&[b'x'; 1000]).unwrap_err();
        assert_eq!((error.layer(), error.class()), ("Throttle", ErrorClass::Timeout));
        assert_eq!(transcript.sent().len(), 300);
        assert_eq!(clock.slept(), Duration::from_millis(2500));
    }

    #[test]
    fn a_receive_that_ends_by_its_deadline_loses_nothing() {
        let (mut stack, _, clock) = stack(Throttle::new(1).burst(1), Script::new().send("abc"));
        let mut some = [0; 8];
        assert_eq!(stack.receive(&mut some).unwrap(), 1);
        stack.limit(Duration::from_millis(300), "reply");
        assert_eq!(stack.receive(&mut some).unwrap_err().class(), ErrorClass::Timeout);
        stack.unlimit();
        assert_eq!((stack.receive(&mut some).unwrap(), some[0]), (1, b'b'));
        assert_eq!(clock.slept(), Duration::from_secs(1));
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let script = Script::new().expect_octets(100_000).send("ok");
        let (mut stack, transcript, clock) = stack(Throttle::default(), script);
        stack.send(&vec![b'x'; 100_000]).unwrap();
        assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 2);
        assert_eq!((transcript.sends(), clock.slept()), (1, Duration::ZERO));
    }
}
