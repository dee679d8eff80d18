//! How long a server keeps a message before it sends it on (RFC 4865).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::parameter::digits::number;
use crate::parameter::error::ParameterError;
use crate::parameter::utc_time::UtcTime;

/// How long a server keeps a message before it sends it on: `HOLDFOR=` or `HOLDUNTIL=`, of which a
/// message has one. The display is the whole parameter.
///
/// ```
/// use std::time::Duration;
///
/// use comms_smtp::{Hold, HoldInterval};
///
/// let hour = Hold::For(HoldInterval::new(Duration::from_secs(3600))?);
/// assert_eq!(hour.to_string(), "HOLDFOR=3600");
/// let new_year = Hold::Until("2027-01-01T00:00:00Z".parse()?);
/// assert_eq!(new_year.to_string(), "HOLDUNTIL=2027-01-01T00:00:00Z");
/// # Ok::<(), comms_smtp::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hold {
    /// For so long from when the server has it.
    For(HoldInterval),
    /// Until then.
    Until(UtcTime),
}

/// A time to hold a message for: whole seconds, from 1 to 999 999 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoldInterval(u32);

impl HoldInterval {
    /// Checks a time; a part of a second is not counted.
    pub fn new(time: Duration) -> Result<Self, ParameterError> {
        let seconds = u32::try_from(time.as_secs()).ok().filter(|n| (1..=MOST).contains(n));
        seconds.map(Self).ok_or_else(|| wrong(&format!("{} seconds", time.as_secs())))
    }

    /// The time.
    pub fn time(self) -> Duration {
        Duration::from_secs(self.0.into())
    }
}

impl fmt::Display for HoldInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One to nine digits, the first of which is not zero.
impl FromStr for HoldInterval {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let seconds = number(text, MOST_DIGITS).filter(|_| !text.starts_with('0'));
        let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
        seconds.map(Self).ok_or_else(|| wrong(text))
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::For(interval) => write!(f, "HOLDFOR={interval}"),
            Self::Until(time) => write!(f, "HOLDUNTIL={time}"),
        }
    }
}

/// The whole parameter.
impl FromStr for Hold {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        match text.split_once('=') {
            Some((keyword, interval)) if keyword.eq_ignore_ascii_case("HOLDFOR") => {
                interval.parse().map(Self::For)
            }
            Some((keyword, time)) if keyword.eq_ignore_ascii_case("HOLDUNTIL") => {
                time.parse().map(Self::Until)
            }
            _ => Err(ParameterError::new("a hold", "HOLDFOR= or HOLDUNTIL=", text)),
        }
    }
}

/// How long a server holds messages at most: what stands behind FUTURERELEASE in its greeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HoldLimits {
    /// The longest time.
    pub interval: Option<HoldInterval>,
    /// The last moment.
    pub until: Option<UtcTime>,
}

impl HoldLimits {
    /// Reads both; one that makes no sense is none.
    pub(crate) fn of(parameters: &str) -> Self {
        let mut words = parameters.split_ascii_whitespace();
        let interval = words.next().and_then(|word| word.parse().ok());
        Self { interval, until: words.next().and_then(|word| word.parse().ok()) }
    }

    /// The limit that `hold` goes beyond, if it does.
    pub(crate) fn exceeded_by(&self, hold: Hold) -> Option<Hold> {
        match hold {
            Hold::For(time) => self.interval.filter(|most| time > *most).map(Hold::For),
            Hold::Until(time) => self.until.filter(|last| time > *last).map(Hold::Until),
        }
    }
}

fn wrong(found: &str) -> ParameterError {
    ParameterError::new("HOLDFOR", "from 1 to 999999999 seconds", found)
}

/// RFC 4865 3.
const MOST_DIGITS: usize = 9;

/// The largest number of so many digits.
const MOST: u32 = 999_999_999;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_hold_is_for_a_time_or_until_one_and_never_both() {
        let until = "holduntil=2027-01-01T00:00:00Z".parse::<Hold>().unwrap();
        assert_eq!(until.to_string(), "HOLDUNTIL=2027-01-01T00:00:00Z");
        for bad in [
            "",
            "60",
            "HOLDFOR=",
            "HOLDFOR=0",
            "HOLDFOR=01",
            "HOLDFOR=+1",
            "HOLDFOR=1234567890",
            "HOLDFOR=1 HOLDUNTIL=2027-01-01T00:00:00Z",
            "HOLDFOR=1\r\n",
            "HOLDFOR=1\0",
            "HOLDUNTIL=60",
            "HOLDUNTIL=2027-01-01T00:00:00Z\n",
            "HOLD=1",
        ] {
            assert!(bad.parse::<Hold>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_limit_that_makes_no_sense_is_none() {
        let both = HoldLimits::of("86400 2027-01-01T00:00:00Z");
        assert_eq!(both.interval, "86400".parse().ok());
        assert_eq!(both.until, "2027-01-01T00:00:00Z".parse().ok());
        for odd in ["", "x", "0", "-1 tomorrow", "0 2027-01-01"] {
            assert_eq!(HoldLimits::of(odd), HoldLimits::default(), "{odd:?}");
        }
    }

    #[test]
    fn each_kind_of_hold_has_its_own_limit() {
        let limits = HoldLimits::of("60 2027-01-01T00:00:00Z");
        let exceeded = |text: &str| limits.exceeded_by(text.parse().unwrap());
        assert_eq!(exceeded("HOLDFOR=60"), None);
        assert_eq!(exceeded("HOLDFOR=61"), "HOLDFOR=60".parse().ok());
        assert_eq!(exceeded("HOLDUNTIL=2027-01-01T00:00:00Z"), None);
        assert!(exceeded("HOLDUNTIL=2027-01-01T00:00:01Z").is_some());
    }

    proptest! {
        #[test]
        fn any_hold_is_read_as_it_was_written(seconds in 1..=MOST) {
            let hold = Hold::For(HoldInterval(seconds));
            assert_eq!(hold.to_string().parse(), Ok(hold));
            let time = std::time::UNIX_EPOCH + Duration::from_secs(seconds.into());
            let hold = Hold::Until(UtcTime::try_from(time).unwrap());
            assert_eq!(hold.to_string().parse(), Ok(hold));
        }
    }
}
