//! Content as a server reads it: to the dot, without the dots that were stuffed (RFC 5321 4.5.2).

use std::io;
use std::time::Duration;

use comms_core::{Below, Error, Result, StackError};

use crate::server::store::Incoming;

/// What became of the content.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was read to its end, and taken.
    Taken,
    /// It was read to its end, and was larger than the limit.
    TooLarge,
    /// It was read to its end, and the store failed.
    Failed(io::Error),
    /// The client went away before the end.
    Ended,
}

/// Content on its way from a client into a store.
#[derive(Debug)]
pub(crate) struct Content {
    /// The most octets that it may have.
    pub(crate) limit: Option<u64>,
    /// The time that the client has for a part of it.
    pub(crate) timeout: Duration,
    octets: u64,
    failure: Option<io::Error>,
}

impl Content {
    pub(crate) fn new(limit: Option<u64>, timeout: Duration) -> Self {
        Self { limit, timeout, octets: 0, failure: None }
    }

    /// Reads to the end, whatever becomes of it, in constant memory.
    pub(crate) fn receive(
        mut self,
        message: &mut dyn Incoming,
        below: &mut dyn Below,
    ) -> Result<Outcome> {
        let mut held = Vec::with_capacity(HOLD + LONGEST);
        let mut at_line_start = true;
        loop {
            if held.len() >= HOLD || self.octets == 0 {
                self.store(message, &held);
                held.clear();
                below.limit(self.timeout, "next part of the content");
            }
            let before = held.len();
            let is_line = match below.receive_until(b"\r\n", LONGEST, &mut held) {
                Ok(0) => return Ok(Outcome::Ended),
                Ok(_) => true,
                Err(error) if is_too_long(&error) => {
                    receive_part(&mut held, below)?;
                    false
                }
                Err(error) => return Err(error),
            };
            let line = held.get(before..).unwrap_or_default();
            if at_line_start && line == b".\r\n" {
                held.truncate(before);
                self.store(message, &held);
                return Ok(self.outcome());
            }
            if at_line_start && line.first() == Some(&b'.') {
                held.remove(before);
            }
            at_line_start = is_line;
        }
    }

    /// Hands octets to the store, unless it is known already that they are not wanted.
    fn store(&mut self, message: &mut dyn Incoming, octets: &[u8]) {
        self.octets += octets.len() as u64;
        if self.failure.is_none() && !self.is_too_large() && !octets.is_empty() {
            self.failure = message.write(octets).err();
        }
    }

    fn is_too_large(&self) -> bool {
        self.limit.is_some_and(|limit| self.octets > limit)
    }

    fn outcome(self) -> Outcome {
        if self.is_too_large() {
            return Outcome::TooLarge;
        }
        self.failure.map_or(Outcome::Taken, Outcome::Failed)
    }
}

/// Takes a part of a line that is longer than a line may be. It holds no line end, except perhaps
/// the first half of one at its end, so the rest of the line is no new line.
fn receive_part(held: &mut Vec<u8>, below: &mut dyn Below) -> Result<()> {
    let before = held.len();
    held.resize(before + LONGEST / 2, 0);
    let octets = below.receive(held.get_mut(before..).unwrap_or_default())?;
    held.truncate(before + octets);
    Ok(())
}

/// Whether a line did not end within its limit.
pub(crate) fn is_too_long(error: &Error) -> bool {
    matches!(error.cause::<StackError>(), Some(StackError::TooLong { .. }))
}

/// Octets that are gathered for one write to the store.
const HOLD: usize = 64 * 1024;

/// The longest line that is read in one go; longer ones are read in parts.
const LONGEST: usize = 8 * 1024;
