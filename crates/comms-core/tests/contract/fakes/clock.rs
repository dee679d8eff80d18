//! A clock that is moved by hand.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use comms_core::Clock;

use crate::fakes::diary::lock;

/// A clock that stands still until it is moved; sleeping moves it.
#[derive(Debug)]
pub(crate) struct ManualClock {
    start: Instant,
    passed: Mutex<Duration>,
}

impl ManualClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), passed: Mutex::default() })
    }

    pub(crate) fn pass(&self, time: Duration) {
        *lock(&self.passed) += time;
    }

    /// How far it was moved.
    pub(crate) fn elapsed(&self) -> Duration {
        *lock(&self.passed)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.start + *lock(&self.passed)
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + *lock(&self.passed)
    }

    fn sleep(&self, duration: Duration) {
        self.pass(duration);
    }
}
