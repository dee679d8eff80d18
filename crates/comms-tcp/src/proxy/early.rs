//! What was received from a proxy: its answer, and what the target said right behind it.

use std::fmt;

use comms_core::{Below, Result, StackError};

/// Octets that were received and not yet used. A target that speaks first, as a mail server does,
/// may be heard in the same segment as the proxy's answer; not an octet of it is lost.
#[derive(Default)]
pub(crate) struct Early {
    octets: Vec<u8>,
}

impl Early {
    /// Forgets a connection that is gone.
    pub(crate) fn forget(&mut self) {
        self.octets.clear();
    }

    /// Receives at least one octet more of the proxy's answer.
    pub(crate) fn more(&mut self, below: &mut dyn Below) -> Result<()> {
        let mut some = [0; READ];
        let octets = below.receive(&mut some)?;
        if octets == 0 {
            let during = "before the proxy had answered".to_owned();
            return Err(StackError::Ended { during }.into());
        }
        self.octets.extend(some.iter().take(octets));
        Ok(())
    }

    /// The octets that are there.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Takes the first `octets` away.
    pub(crate) fn used(&mut self, octets: usize) {
        self.octets.drain(..octets.min(self.octets.len()));
    }

    /// Hands up what is there and fits; `None` when nothing is there any more.
    #[inline]
    pub(crate) fn hand_up(&mut self, into: &mut [u8]) -> Option<usize> {
        if self.octets.is_empty() {
            return None;
        }
        let octets = self.octets.len().min(into.len());
        for (slot, octet) in into.iter_mut().zip(self.octets.drain(..octets)) {
            *slot = octet;
        }
        Some(octets)
    }
}

/// Shows none of the octets: they are somebody else's.
impl fmt::Debug for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Early").field("octets", &self.octets.len()).finish()
    }
}

/// More than any SOCKS reply, and than most answers of HTTP proxies.
const READ: usize = 512;
