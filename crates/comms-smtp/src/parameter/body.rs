//! What octets a message has (RFC 6152, RFC 3030).

use std::fmt;
use std::str::FromStr;

use crate::parameter::error::ParameterError;

/// What octets a message has, as MAIL declares it: `BODY=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BodyType {
    /// Lines of ASCII.
    SevenBit,
    /// Lines of any octets (RFC 6152).
    EightBitMime,
    /// Any octets, which need be no lines (RFC 3030 3).
    BinaryMime,
}

impl fmt::Display for BodyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SevenBit => "7BIT",
            Self::EightBitMime => "8BITMIME",
            Self::BinaryMime => "BINARYMIME",
        })
    }
}

impl FromStr for BodyType {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        match text.to_ascii_uppercase().as_str() {
            "7BIT" => Ok(Self::SevenBit),
            "8BITMIME" => Ok(Self::EightBitMime),
            "BINARYMIME" => Ok(Self::BinaryMime),
            _ => Err(ParameterError::new("BODY", "7BIT, 8BITMIME or BINARYMIME", text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_body_are_read_as_they_are_written_in_any_case() {
        for body in [BodyType::SevenBit, BodyType::EightBitMime, BodyType::BinaryMime] {
            assert_eq!(body.to_string().parse(), Ok(body));
            assert_eq!(body.to_string().to_ascii_lowercase().parse(), Ok(body));
        }
        for bad in ["", "8BIT", "7BIT ", "7BIT\r\n", "8BITMIME\0"] {
            assert!(bad.parse::<BodyType>().is_err(), "{bad:?}");
        }
    }
}
