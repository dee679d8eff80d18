//! A clock that moves by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use comms_core::Clock;

/// A clock that stands still until somebody advances it, or sleeps on it: sleeping takes no time
/// and moves the clock.
///
/// All threads that share it see it move. By the calendar it starts at 2026-01-02 03:04:05 UTC.
///
/// ```
/// use std::time::Duration;
///
/// use comms_core::{Clock, CommsStack, ErrorClass};
/// use comms_testkit::{ManualClock, Script};
///
/// let clock = ManualClock::new();
/// let mut stack = CommsStack::new(Script::new().stall())?;
/// stack.set_clock(clock.clone());
/// stack.connect()?;
///
/// stack.limit(Duration::from_secs(300), "greeting");
/// let error = stack.receive(&mut [0; 16]).unwrap_err();
/// assert_eq!(error.class(), ErrorClass::Timeout);
/// assert_eq!(clock.slept(), Duration::from_secs(300));
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug)]
pub struct ManualClock {
    start: Instant,
    /// Nanoseconds since the start.
    moved: AtomicU64,
    /// Nanoseconds of that which somebody slept.
    slept: AtomicU64,
}

impl ManualClock {
    /// A clock that stands at its start. Share it by cloning the `Arc`.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), moved: AtomicU64::new(0), slept: AtomicU64::new(0) })
    }

    /// Moves the clock. It goes no further than a century from its start.
    pub fn advance(&self, time: Duration) {
        add(&self.moved, time);
    }

    /// How far the clock has moved since its start.
    pub fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.moved.load(Ordering::SeqCst))
    }

    /// How long all sleeps took together.
    pub fn slept(&self) -> Duration {
        Duration::from_nanos(self.slept.load(Ordering::SeqCst))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.start.checked_add(self.elapsed()).unwrap_or(self.start)
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + START + self.elapsed()
    }

    fn sleep(&self, duration: Duration) {
        add(&self.slept, duration);
        self.advance(duration);
    }
}

fn add(total: &AtomicU64, time: Duration) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(CENTURY);
    let grow = |now: u64| Some(now.saturating_add(nanos).min(CENTURY));
    // The closure always gives a value, so there is no failure to look at.
    let _ = total.fetch_update(Ordering::SeqCst, Ordering::SeqCst, grow);
}

/// 2026-01-02 03:04:05 UTC.
const START: Duration = Duration::from_secs(1_767_323_045);

/// In nanoseconds: far enough for any test, and within what every platform's `Instant` can hold.
const CENTURY: u64 = 100 * 365 * 24 * 3600 * 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stands_still_until_it_is_moved() {
        let clock = ManualClock::new();
        let (now, wall) = (clock.now(), clock.wall());
        assert_eq!((clock.now(), clock.wall()), (now, wall));
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now() - now, Duration::from_secs(90));
        assert_eq!(clock.wall().duration_since(wall).unwrap(), Duration::from_secs(90));
    }

    #[test]
    fn sleeping_moves_the_clock_at_once_and_is_counted_apart() {
        let clock = ManualClock::new();
        clock.sleep(Duration::from_secs(3600));
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.slept(), Duration::from_secs(3600));
        assert_eq!(clock.elapsed(), Duration::from_secs(3601));
    }

    #[test]
    fn a_sleep_without_end_neither_panics_nor_turns_the_clock_back() {
        let clock = ManualClock::new();
        let now = clock.now();
        clock.sleep(Duration::MAX);
        clock.sleep(Duration::MAX);
        assert!(clock.now() > now);
    }
}
