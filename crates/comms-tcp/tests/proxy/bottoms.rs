//! Bottoms and filters that a script cannot be.

use std::time::Duration;

use comms_core::{Below, CommsModule, ModuleSpec, Payload, Receipt, Result};

/// Says its portions one by one, whatever it hears, and then ends.
#[derive(Debug)]
pub(crate) struct Portions(pub(crate) Vec<Vec<u8>>);

static PORTIONS: ModuleSpec = ModuleSpec::bottom("Portions", "says its portions one by one");

impl CommsModule for Portions {
    fn spec(&self) -> &'static ModuleSpec {
        &PORTIONS
    }

    fn send(&mut self, _: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
        let Some(portion) = self.0.first_mut() else { return Ok(0) };
        let octets = portion.len().min(into.len());
        into[..octets].copy_from_slice(&portion[..octets]);
        portion.drain(..octets);
        if portion.is_empty() {
            self.0.remove(0);
        }
        Ok(octets)
    }
}

/// Says the same octets without end, and counts them.
#[derive(Debug)]
pub(crate) struct Endless {
    pub(crate) first: &'static [u8],
    pub(crate) then: &'static [u8],
    pub(crate) said: usize,
}

static ENDLESS: ModuleSpec = ModuleSpec::bottom("Endless", "does not come to an end");

impl CommsModule for Endless {
    fn spec(&self) -> &'static ModuleSpec {
        &ENDLESS
    }

    fn send(&mut self, _: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
        let octets = self.first.iter().chain(self.then.iter().cycle()).skip(self.said);
        for (slot, octet) in into.iter_mut().zip(octets) {
            *slot = *octet;
        }
        self.said += into.len();
        Ok(into.len())
    }
}

/// A way on which each octet takes its time.
#[derive(Debug)]
pub(crate) struct Drip(pub(crate) Duration);

static DRIP: ModuleSpec = ModuleSpec::filter("Drip", "lets each octet take its time");

impl CommsModule for Drip {
    fn spec(&self) -> &'static ModuleSpec {
        &DRIP
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        below.clock().sleep(self.0);
        let room = into.len().min(1);
        below.receive(&mut into[..room])
    }
}
