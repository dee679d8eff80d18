//! How urgent a message is (RFC 6710).

use std::fmt;
use std::str::FromStr;

use crate::parameter::error::ParameterError;

/// How urgent a message is to the servers on its way: `MT-PRIORITY=`, from -9 to 9.
///
/// ```
/// use comms_smtp::Priority;
///
/// let urgent = Priority::new(4)?;
/// assert!(urgent > Priority::NORMAL);
/// assert_eq!(urgent.to_string(), "4");
/// assert!(Priority::new(10).is_err());
/// # Ok::<(), comms_smtp::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(i8);

impl Priority {
    /// As urgent as a message that says nothing of it.
    pub const NORMAL: Self = Self(0);

    /// A level from -9 to 9, of which 9 is the most urgent.
    pub fn new(level: i8) -> Result<Self, ParameterError> {
        if (LEAST..=MOST).contains(&level) {
            return Ok(Self(level));
        }
        Err(wrong(&level.to_string()))
    }

    /// The level.
    pub fn level(self) -> i8 {
        self.0
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One digit, with a minus before it if it is not zero.
impl FromStr for Priority {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let of_grammar = match text.as_bytes() {
            [b'0'..=b'9'] | [b'-', b'1'..=b'9'] => text.parse().ok(),
            _ => None,
        };
        of_grammar.map(Self).ok_or_else(|| wrong(text))
    }
}

fn wrong(found: &str) -> ParameterError {
    ParameterError::new("MT-PRIORITY", "a number from -9 to 9", found)
}

/// RFC 6710 2.
const LEAST: i8 = -9;

/// RFC 6710 2.
const MOST: i8 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_priority_is_read_as_it_was_written_and_there_are_nineteen() {
        let all = (i8::MIN..=i8::MAX).filter_map(|level| Priority::new(level).ok());
        let all = all.collect::<Vec<_>>();
        assert_eq!(all.len(), 19);
        for priority in all {
            assert_eq!(priority.to_string().parse(), Ok(priority));
        }
    }

    #[test]
    fn what_the_grammar_does_not_have_is_no_priority() {
        for bad in ["", "-", "-0", "+1", "10", "-10", "01", " 1", "1 ", "1\r\n", "٣", "1\0"] {
            assert!(bad.parse::<Priority>().is_err(), "{bad:?}");
        }
    }
}
