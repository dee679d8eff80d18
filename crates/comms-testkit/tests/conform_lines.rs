//! The suite is run on line services: a whole one, and ones that break a rule.

use std::time::Duration;

use comms_core::{
    Below, CommsModule, CommsStack, ModuleSpec, Provides, Result, Service, StackError,
};
use comms_testkit::{Latency, Loopback, Pair, conform};

/// How a line service goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    LosesOnTimeout,
    KnowsNoLimit,
    EndsAnywhere,
    CutLineIsALine,
}

/// A line service, octet by octet.
#[derive(Debug)]
struct Lines {
    fault: Fault,
    line: Vec<u8>,
}

static SPEC: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS, Service::LINES]),
    ..ModuleSpec::filter("Lines", "provides lines")
};

impl Lines {
    fn new(fault: Fault) -> Self {
        Self { fault, line: Vec::new() }
    }
}

impl CommsModule for Lines {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let octets = self.line.len().min(into.len());
        if octets == 0 {
            return below.receive(into);
        }
        for (slot, octet) in into.iter_mut().zip(self.line.drain(..octets)) {
            *slot = octet;
        }
        Ok(octets)
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        if self.fault == Fault::LosesOnTimeout {
            self.line.clear();
        }
        let end = if self.fault == Fault::EndsAnywhere { b"y" } else { end };
        while !self.line.ends_with(end) {
            if self.line.len() >= limit && self.fault != Fault::KnowsNoLimit {
                return Err(StackError::TooLong { limit }.into());
            }
            let mut octet = [0];
            if below.receive(&mut octet)? == 0 {
                if self.line.is_empty() || self.fault == Fault::CutLineIsALine {
                    break;
                }
                return Err(StackError::Ended { during: "in a line".to_owned() }.into());
            }
            self.line.extend(octet);
        }
        into.append(&mut self.line);
        Ok(into.len())
    }

    fn pending(&self) -> usize {
        self.line.len()
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.line.clear();
        Ok(())
    }
}

#[test]
fn a_line_service_keeps_the_rules_and_so_does_a_latency_above_it() {
    conform::filter(|| Lines::new(Fault::None)).unwrap();
    conform::check(|| {
        let (near, far) = Loopback::pair();
        let over = |bottom| {
            let builder = CommsStack::builder().layer(Latency::new(Duration::from_micros(1)));
            builder.layer(Lines::new(Fault::None)).layer(bottom).build()
        };
        Ok(Pair::new(over(near)?, over(far)?))
    })
    .unwrap();
}

#[test]
fn a_line_service_that_breaks_a_rule_is_told_which() {
    for (fault, rule) in [
        (Fault::LosesOnTimeout, "lines arrive whole, within limits, and survive a time-out"),
        (Fault::KnowsNoLimit, "lines arrive whole, within limits, and survive a time-out"),
        (Fault::EndsAnywhere, "lines arrive whole, within limits, and survive a time-out"),
        (Fault::CutLineIsALine, "a line that is cut off by the end is an error"),
    ] {
        let violation = conform::filter(|| Lines::new(fault)).unwrap_err();
        assert_eq!(violation.rule, rule, "{fault:?}: {violation}");
    }
}
