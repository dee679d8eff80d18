//! When a call has to be over, and why.

use std::fmt;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::clock::Clock;

/// The moment by which a call must have ended, with the budget it came from and the reason of that
/// budget ("greeting", "end of data").
///
/// A deadline travels down the stack with each call. A layer can bring it forward for the layers
/// below it, never put it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    at: Option<Instant>,
    budget: Duration,
    reason: &'static str,
}

impl Deadline {
    /// No deadline at all.
    pub const NEVER: Self = Self { at: None, budget: Duration::MAX, reason: "call" };

    /// The deadline `budget` from now, for `reason`: a noun that fits into "the time for the
    /// *greeting* ran out". A budget too long for the clock is no deadline.
    pub fn after(clock: &dyn Clock, budget: Duration, reason: &'static str) -> Self {
        Self { at: clock.now().checked_add(budget), budget, reason }
    }

    /// The moment itself; `None` where there is no deadline.
    pub fn at(&self) -> Option<Instant> {
        self.at
    }

    /// The time that was given in whole.
    pub fn budget(&self) -> Duration {
        self.budget
    }

    /// What the time was given for.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The one of the two that ends first.
    pub fn sooner(self, other: Self) -> Self {
        match (self.at, other.at) {
            (Some(mine), Some(theirs)) if theirs < mine => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// What is left: `None` for as long as it takes, otherwise more than zero; or that it passed.
    pub fn remaining(&self, clock: &dyn Clock) -> Result<Option<Duration>, DeadlinePassed> {
        let Some(at) = self.at else { return Ok(None) };
        let left = at.saturating_duration_since(clock.now());
        if left.is_zero() {
            return Err(self.passed());
        }
        Ok(Some(left))
    }

    /// The error that says that this deadline passed.
    pub fn passed(&self) -> DeadlinePassed {
        let (reason, budget) = (self.reason, self.budget);
        DeadlinePassed { reason, budget, octets: None, sending: false }
    }
}

/// A deadline, with what the bottom had received when it was set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) deadline: Deadline,
    pub(crate) received: u64,
}

impl Limit {
    /// No limit at all.
    pub(crate) const NONE: Self = Self { deadline: Deadline::NEVER, received: 0 };

    /// The one of the two that ends first.
    pub(crate) fn sooner(self, other: Self) -> Self {
        if self.deadline.sooner(other.deadline) == self.deadline { self } else { other }
    }
}

/// A deadline passed: which budget ended, and how far the peer had come.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub struct DeadlinePassed {
    /// What the time was given for.
    pub reason: &'static str,
    /// How much was given.
    pub budget: Duration,
    /// Octets that the bottom received within the budget; the seam fills them in where something was
    /// to be received.
    pub octets: Option<u64>,
    /// It passed while octets were on their way down, and the peer took no more; the seam knows.
    pub sending: bool,
}

impl fmt::Display for DeadlinePassed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the time for the {} ({}) ran out", self.reason, seconds(self.budget))?;
        match self.octets {
            _ if self.sending => f.write_str(" while sending"),
            None => Ok(()),
            Some(0) => f.write_str(", nothing arrived"),
            Some(1) => f.write_str(" after 1 octet"),
            Some(octets) => write!(f, " after {octets} octets"),
        }
    }
}

/// `90 s`, `1.5 s`, `20 ms`: as a person would write it.
pub(crate) fn seconds(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        return format!("{} ms", time.as_millis());
    }
    format!("{} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn the_sooner_deadline_wins_and_keeps_its_reason() {
        let long = Deadline::after(&SystemClock, Duration::from_secs(300), "greeting");
        let short = Deadline::after(&SystemClock, Duration::from_secs(2), "connect");
        assert_eq!(long.sooner(short).reason(), "connect");
        assert_eq!(short.sooner(long).reason(), "connect");
        assert_eq!(Deadline::NEVER.sooner(long).reason(), "greeting");
        assert_eq!(long.sooner(Deadline::NEVER).reason(), "greeting");
    }

    #[test]
    fn a_budget_without_end_is_no_deadline() {
        let endless = Deadline::after(&SystemClock, Duration::MAX, "call");
        assert_eq!(endless.remaining(&SystemClock), Ok(None));
    }

    #[test]
    fn a_passed_deadline_says_which_budget_and_how_far() {
        let over = Deadline::after(&SystemClock, Duration::ZERO, "end of data");
        let mut passed = over.remaining(&SystemClock).unwrap_err();
        assert_eq!(passed.to_string(), "the time for the end of data (0 ms) ran out");
        passed.octets = Some(12);
        passed.budget = Duration::from_millis(1500);
        assert_eq!(
            passed.to_string(),
            "the time for the end of data (1.5 s) ran out after 12 octets"
        );
    }
}
