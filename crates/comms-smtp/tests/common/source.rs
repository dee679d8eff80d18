//! A peer that makes its octets as they are asked for.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use comms_core::{Below, CommsModule, ModuleSpec, Payload, Receipt, Result};

/// A bottom whose peer sends what `octet` says, without end, and reads everything.
pub(crate) struct Source {
    octet: fn(u64) -> u8,
    given: Arc<AtomicU64>,
    /// The time that each octet takes on the stack's clock; octets then come one by one.
    pause: Duration,
}

impl Source {
    pub(crate) fn new(octet: fn(u64) -> u8) -> Self {
        Self { octet, given: Arc::default(), pause: Duration::ZERO }
    }

    /// The same, slowly.
    pub(crate) fn every(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// How many octets it has given.
    pub(crate) fn given(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.given)
    }
}

static SPEC: ModuleSpec = ModuleSpec::bottom("Source", "makes octets as they are asked for");

impl CommsModule for Source {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn send(&mut self, _: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let mut octets = into.len();
        if !self.pause.is_zero() {
            octets = 1;
            let deadline = below.deadline();
            let left = deadline.remaining(below.clock())?.unwrap_or(Duration::MAX);
            below.clock().sleep(self.pause.min(left));
            if self.pause >= left {
                return Err(deadline.passed().into());
            }
        }
        for slot in into.iter_mut().take(octets) {
            *slot = (self.octet)(self.given.fetch_add(1, Ordering::Relaxed));
        }
        Ok(octets)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}
