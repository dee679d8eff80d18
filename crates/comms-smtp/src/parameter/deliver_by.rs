//! When a message has to be there (RFC 2852).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::parameter::digits::number;
use crate::parameter::error::ParameterError;

/// The time within which a message has to be delivered, and what is done if it is not: `BY=`.
///
/// ```
/// use std::time::Duration;
///
/// use comms_smtp::DeliverBy;
///
/// let minute = Duration::from_secs(60);
/// assert_eq!(DeliverBy::or_return(minute)?.to_string(), "60;R");
/// assert_eq!(DeliverBy::or_notify(minute)?.traced().to_string(), "60;NT");
/// assert!(DeliverBy::or_return(Duration::ZERO).is_err());
/// # Ok::<(), comms_smtp::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliverBy {
    seconds: i32,
    mode: DeliverByMode,
    traced: bool,
}

/// What is done with a message that cannot be delivered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliverByMode {
    /// It is returned, and delivered no more.
    Return,
    /// The sender is told, and it is delivered late.
    Notify,
}

impl DeliverBy {
    /// Within this time, of at least a second and whole ones, or not at all.
    pub fn or_return(time: Duration) -> Result<Self, ParameterError> {
        Self::within(time, DeliverByMode::Return)
    }

    /// Within this time, of whole seconds; if it takes longer the sender is told.
    pub fn or_notify(time: Duration) -> Result<Self, ParameterError> {
        Self::within(time, DeliverByMode::Notify)
    }

    /// The same, and each server on the way that passes it on without a promise says so.
    pub fn traced(self) -> Self {
        Self { traced: true, ..self }
    }

    /// The time in seconds. One that has passed on the way is negative; it never is to return.
    pub fn seconds(self) -> i32 {
        self.seconds
    }

    /// What is done if the time does not suffice.
    pub fn mode(self) -> DeliverByMode {
        self.mode
    }

    /// Whether servers tell that they passed it on without a promise.
    pub fn is_traced(self) -> bool {
        self.traced
    }

    fn within(time: Duration, mode: DeliverByMode) -> Result<Self, ParameterError> {
        let seconds = i32::try_from(time.as_secs()).ok();
        let by = seconds.and_then(|seconds| Self::checked(seconds, mode));
        by.ok_or_else(|| wrong(&format!("{} seconds", time.as_secs())))
    }

    fn checked(seconds: i32, mode: DeliverByMode) -> Option<Self> {
        let in_time = mode == DeliverByMode::Notify || seconds > 0;
        (in_time && seconds <= MOST).then_some(Self { seconds, mode, traced: false })
    }
}

impl fmt::Display for DeliverBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            DeliverByMode::Return => "R",
            DeliverByMode::Notify => "N",
        };
        write!(f, "{};{mode}{}", self.seconds, if self.traced { "T" } else { "" })
    }
}

/// `seconds;R` or `seconds;N`, with a `T` behind it or not.
impl FromStr for DeliverBy {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        parsed(text).ok_or_else(|| wrong(text))
    }
}

fn parsed(text: &str) -> Option<DeliverBy> {
    let (time, mode) = text.split_once(';')?;
    let (mode, traced) = match mode.to_ascii_uppercase().as_str() {
        "R" => (DeliverByMode::Return, false),
        "RT" => (DeliverByMode::Return, true),
        "N" => (DeliverByMode::Notify, false),
        "NT" => (DeliverByMode::Notify, true),
        _ => return None,
    };
    let late = time.strip_prefix('-');
    let digits = late.or(time.strip_prefix('+')).unwrap_or(time);
    let seconds = i32::try_from(number(digits, MOST_DIGITS)?).ok()?;
    let by = DeliverBy::checked(if late.is_some() { -seconds } else { seconds }, mode)?;
    Some(DeliverBy { traced, ..by })
}

fn wrong(found: &str) -> ParameterError {
    let expected = "up to 999999999 seconds, `;`, and R (not zero) or N, and T to be traced";
    ParameterError::new("BY", expected, found)
}

/// RFC 2852 4.
const MOST_DIGITS: usize = 9;

/// The largest number of so many digits.
const MOST: i32 = 999_999_999;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_to_deliver_is_read_by_the_grammar_of_rfc_2852() {
        let read = |text: &str| text.parse::<DeliverBy>().map(|by| by.to_string()).ok();
        assert_eq!(read("+120;nt").as_deref(), Some("120;NT"));
        assert_eq!(read("-1;N").as_deref(), Some("-1;N"));
        assert_eq!(read("0;N").as_deref(), Some("0;N"));
        for bad in [
            "",
            "1",
            "1;",
            ";R",
            "1;T",
            "1;X",
            "0;R",
            "-1;R",
            "1;RTT",
            "1;R ",
            " 1;R",
            "--1;N",
            "+-1;N",
            "1234567890;R",
            "1.5;R",
            "1;R\r\n",
            "1\0;R",
            "1;R;T",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_time_longer_than_nine_digits_cannot_be_asked_for() {
        assert!(DeliverBy::or_return(Duration::from_secs(999_999_999)).is_ok());
        for seconds in [1_000_000_000, u64::from(u32::MAX) + 2, u64::MAX] {
            assert!(DeliverBy::or_notify(Duration::from_secs(seconds)).is_err(), "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn any_time_to_deliver_is_read_as_it_was_written(
            seconds in -MOST..=MOST,
            back: bool,
            traced: bool,
        ) {
            let mode = if back { DeliverByMode::Return } else { DeliverByMode::Notify };
            if let Some(by) = DeliverBy::checked(seconds, mode) {
                let by = DeliverBy { traced, ..by };
                assert_eq!(by.to_string().parse(), Ok(by));
            }
        }
    }
}
