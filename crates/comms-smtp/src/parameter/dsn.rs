//! What a sender wants to be told about delivery (RFC 3461).

use std::fmt;
use std::str::FromStr;

use crate::parameter::error::ParameterError;
use crate::parameter::xtext::{Xtext, decoded};

/// When a sender wants to be told: `NOTIFY=` (RFC 3461 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notify {
    /// Never.
    Never,
    /// On these occasions; on none of them is never.
    On {
        /// When it was delivered.
        success: bool,
        /// When it could not be.
        failure: bool,
        /// When it takes long.
        delay: bool,
    },
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::On { success, failure, delay } = *self else { return f.write_str("NEVER") };
        let words = [(success, "SUCCESS"), (failure, "FAILURE"), (delay, "DELAY")];
        let words = words.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect::<Vec<_>>();
        f.write_str(if words.is_empty() { "NEVER" } else { "" })?;
        f.write_str(&words.join(","))
    }
}

/// `success,failure,delay` in any choice, or `never`.
impl FromStr for Notify {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        if text.eq_ignore_ascii_case("never") {
            return Ok(Self::Never);
        }
        let (mut success, mut failure, mut delay) = (false, false, false);
        for word in text.split(',') {
            match word.to_ascii_uppercase().as_str() {
                "SUCCESS" => success = true,
                "FAILURE" => failure = true,
                "DELAY" => delay = true,
                _ => {
                    let expected = "SUCCESS, FAILURE, DELAY between commas, or NEVER alone";
                    return Err(ParameterError::new("NOTIFY", expected, word));
                }
            }
        }
        Ok(Self::On { success, failure, delay })
    }
}

/// How much of a message a notification holds: `RET=` (RFC 3461 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ret {
    /// All of it.
    Full,
    /// Its headers.
    Headers,
}

impl fmt::Display for Ret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "FULL",
            Self::Headers => "HDRS",
        })
    }
}

impl FromStr for Ret {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        match text.to_ascii_uppercase().as_str() {
            "FULL" => Ok(Self::Full),
            "HDRS" => Ok(Self::Headers),
            _ => Err(ParameterError::new("RET", "FULL or HDRS", text)),
        }
    }
}

/// The envelope's name in notifications: `ENVID=` (RFC 3461 4.4).
///
/// ```
/// use comms_smtp::EnvelopeId;
///
/// let id = EnvelopeId::new("order 7+8")?;
/// assert_eq!(id.to_string(), "order+207+2B8");
/// assert_eq!("order+207+2B8".parse::<EnvelopeId>()?.as_str(), "order 7+8");
/// assert!(EnvelopeId::new("order\r\nRSET").is_err());
/// # Ok::<(), comms_smtp::ParameterError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EnvelopeId(String);

impl EnvelopeId {
    /// A name of printable ASCII, of at most 100 characters once it is encoded.
    pub fn new(id: impl Into<String>) -> Result<Self, ParameterError> {
        let id = Self(id.into());
        let printable = id.0.chars().all(|c| matches!(c, ' '..='~'));
        if id.0.is_empty() || !printable || id.to_string().len() > LONGEST_ENVID {
            let expected = "1 to 100 printable characters of ASCII, as xtext";
            return Err(ParameterError::new("ENVID", expected, &id.0));
        }
        Ok(id)
    }

    /// The name, not encoded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// As `xtext`.
impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Xtext(&self.0).fmt(f)
    }
}

/// Reads `xtext`; a name that is not encoded is for `new`.
impl FromStr for EnvelopeId {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        match decoded(text) {
            Some(id) => Self::new(id),
            None => Err(ParameterError::new("ENVID", "xtext", text)),
        }
    }
}

/// RFC 3461 4.4.
const LONGEST_ENVID: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_words_of_rfc_3461_are_read_and_written() {
        let notify = "failure,Success".parse::<Notify>().unwrap();
        assert_eq!(notify.to_string(), "SUCCESS,FAILURE");
        assert_eq!("never".parse(), Ok(Notify::Never));
        assert_eq!("HDRS".parse(), Ok(Ret::Headers));
        for bad in ["never,success", "", "success,", "success, delay", "delay\r\n", "delay\0"] {
            assert!(bad.parse::<Notify>().is_err(), "{bad:?}");
        }
        for bad in ["", "hdrs ", "headers", "full\n"] {
            assert!(bad.parse::<Ret>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_occasion_at_all_is_never() {
        let none = Notify::On { success: false, failure: false, delay: false };
        assert_eq!(none.to_string(), "NEVER");
    }

    #[test]
    fn an_envelope_id_is_printable_and_fits() {
        for evil in ["a\r\nRSET", "a\rb", "a\nb", "a\0b", "a\x7fb", "a\u{85}b", "a\tb", "é"] {
            assert!(EnvelopeId::new(evil).is_err(), "{evil:?}");
            assert!(Xtext(evil).to_string().parse::<EnvelopeId>().is_err(), "{evil:?}");
        }
        assert!(EnvelopeId::new("").is_err());
        assert!(EnvelopeId::new("x".repeat(100)).is_ok());
        assert!(EnvelopeId::new("x".repeat(101)).is_err());
        assert!(EnvelopeId::new("+".repeat(34)).is_err());
    }

    proptest! {
        #[test]
        fn any_notify_is_read_as_it_was_written(success: bool, failure: bool, delay: bool) {
            prop_assume!(success || failure || delay);
            let notify = Notify::On { success, failure, delay };
            assert_eq!(notify.to_string().parse(), Ok(notify));
        }

        #[test]
        fn any_envelope_id_is_read_as_it_was_written(id in "[ -~]{1,100}") {
            if let Ok(id) = EnvelopeId::new(id) {
                let written = id.to_string();
                assert!(written.len() <= 100 && !written.contains([' ', '=']));
                assert_eq!(written.parse(), Ok(id));
            }
        }
    }
}
