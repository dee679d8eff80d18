//! How large a message is (RFC 1870).

use std::fmt;
use std::str::FromStr;

use crate::parameter::digits::number;
use crate::parameter::error::ParameterError;

/// The size of a message in octets, as MAIL declares it: `SIZE=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Size {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let size = number(text, MOST_DIGITS).map(Self);
        size.ok_or_else(|| ParameterError::new("SIZE", "a number of octets", text))
    }
}

/// RFC 1870 4.
const MOST_DIGITS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_digits() {
        assert_eq!("0042".parse(), Ok(Size(42)));
        for bad in ["", "+1", "-1", "1 ", "1K", "99999999999999999999", "1\r\n", "1\0"] {
            assert!(bad.parse::<Size>().is_err(), "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_size_is_read_as_it_was_written(octets: u64) {
            assert_eq!(Size(octets).to_string().parse(), Ok(Size(octets)));
        }
    }
}
