//! What a client answers.

use std::fmt;
use std::fs;
use std::str::FromStr;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::Failure;

/// What the timed messages cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// How many they were.
    pub messages: usize,
    /// The time they took.
    pub time: Duration,
    /// Processor time of the whole client, its own and the system's on its behalf.
    pub processor: Duration,
    /// The most memory that the client ever held, in KiB; 0 where that is not known.
    pub peak: u64,
}

impl Report {
    /// Messages in a second.
    #[expect(clippy::cast_precision_loss, reason = "so many messages nobody sends")]
    pub fn rate(&self) -> f64 {
        self.messages as f64 / self.time.as_secs_f64()
    }

    /// Microseconds of processor for a message.
    #[expect(clippy::cast_precision_loss, reason = "so many messages nobody sends")]
    pub fn cost(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.messages as f64
    }

    /// The most memory, in KiB.
    #[expect(clippy::cast_precision_loss, reason = "so much memory nobody has")]
    pub fn memory(&self) -> f64 {
        self.peak as f64
    }
}

/// Runs `work`, which sends `messages`, and tells what it cost.
pub fn measured<E>(messages: usize, work: impl FnOnce() -> Result<(), E>) -> Result<Report, E> {
    let (began, before) = (Instant::now(), processor());
    work()?;
    let (time, processor) = (began.elapsed(), processor().saturating_sub(before));
    Ok(Report { messages, time, processor, peak: peak() })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (time, processor) = (self.time.as_nanos(), self.processor.as_nanos());
        write!(f, "{} {time} {processor} {}", self.messages, self.peak)
    }
}

impl FromStr for Report {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let numbers = text.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let &[messages, time, processor, peak] = numbers.as_slice() else {
            return Err(format!("not a report: {text:?}").into());
        };
        let (time, processor) = (Duration::from_nanos(time), Duration::from_nanos(processor));
        Ok(Self { messages: messages.try_into()?, time, processor, peak })
    }
}

/// Processor time of this process so far.
fn processor() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    let whole = |number: i64| u64::try_from(number).unwrap_or_default();
    Duration::from_secs(whole(now.tv_sec)) + Duration::from_nanos(whole(now.tv_nsec))
}

/// The most memory that this process ever held. `ru_maxrss` will not do: it begins with what the
/// parent held.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = peak.and_then(|peak| peak.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_being_printed() {
        let report = Report {
            messages: 20,
            time: Duration::from_micros(1500),
            processor: Duration::from_nanos(17),
            peak: 4096,
        };
        assert_eq!(report.to_string().parse::<Report>().ok(), Some(report));
        assert!("1 2 3".parse::<Report>().is_err());
    }

    #[test]
    fn memory_and_processor_are_those_of_this_process() {
        let report = measured(1, || {
            let began = Instant::now();
            while began.elapsed() < Duration::from_millis(2) {}
            Ok::<(), Failure>(())
        });
        let report = report.expect("work that does not fail");
        assert!(report.processor > Duration::ZERO && report.peak > 0, "{report:?}");
    }
}
