//! Time, as a stack is told it.

use std::fmt::Debug;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// A source of time. A stack asks it, and never the system, so that a test can move it by hand.
pub trait Clock: Debug + Send + Sync {
    /// The moment it is now, on a scale that never goes back.
    fn now(&self) -> Instant;

    /// The date and time of day it is now, for logs and headers.
    fn wall(&self) -> SystemTime;

    /// Lets `duration` pass.
    fn sleep(&self, duration: Duration);
}

/// The system's clock: what every stack starts with.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) {
        thread::sleep(duration);
    }
}
