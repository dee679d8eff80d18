//! Arguments of commands, as types in which a line end cannot be expressed.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;

use crate::parameter::error::ParameterError;

/// Text that may stand in a command line: one line, printable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument(String);

impl Argument {
    /// Checks `text`, which must be printable and at most 1000 octets long.
    pub fn new(text: impl Into<String>) -> Result<Self, ArgumentError> {
        let text = text.into();
        if text.len() > LONGEST {
            return Err(ArgumentError::TooLong);
        }
        match text.char_indices().find(|(_, c)| c.is_control()) {
            Some((at, found)) => Err(ArgumentError::Control { at, found }),
            None => Ok(Self(text)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name that a client says in EHLO: a domain, or an address literal (RFC 5321 4.1.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeloName(String);

impl HeloName {
    /// Checks a domain or an address literal.
    pub fn new(name: &str) -> Result<Self, ArgumentError> {
        let of_domain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let is_domain = !name.is_empty() && name.chars().all(of_domain);
        let literal = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let address = literal.map(|inner| inner.strip_prefix("IPv6:").unwrap_or(inner));
        let is_literal = address.is_some_and(|address| address.parse::<IpAddr>().is_ok());
        if name.len() <= 255 && (is_domain || is_literal) {
            return Ok(Self(name.to_owned()));
        }
        Err(ArgumentError::NoName(name.escape_debug().to_string()))
    }

    /// The literal of this machine, for a channel that has no addresses.
    pub(crate) fn of_loopback() -> Self {
        Self::literal(IpAddr::from([127, 0, 0, 1]))
    }

    /// The literal of an address: `[192.0.2.1]`, `[IPv6:2001:db8::1]`.
    pub fn literal(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self(format!("[{address}]")),
            IpAddr::V6(address) => Self(format!("[IPv6:{address}]")),
        }
    }
}

impl fmt::Display for HeloName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why text cannot be an argument.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// It holds a control character, a line end perhaps.
    #[error("an argument holds the control character {found:?} at octet {at}")]
    Control {
        /// Where.
        at: usize,
        /// Which.
        found: char,
    },
    /// It does not fit into a command line.
    #[error("an argument is longer than {LONGEST} octets")]
    TooLong,
    /// The command would be longer than a line may be.
    #[error("with it the command is longer than 512 octets (RFC 5321 4.5.3.1.4)")]
    LongLine,
    /// It is no parameter of a command.
    #[error("it makes no sense")]
    Parameter(#[source] ParameterError),
    /// The command would be longer than any server has to take, extensions and all.
    #[error("with it the command has {octets} octets, and {longest} are the most")]
    LongCommand {
        /// How long it would be.
        octets: usize,
        /// How long it may be.
        longest: usize,
    },
    /// The parameter has a field of its own in the envelope, or comes from the message.
    #[error("{0} is settled by the message and the fields of its envelope")]
    Settled(String),
    /// The parameter is there already.
    #[error("{0} is there twice")]
    Twice(String),
    /// It is no name to greet with.
    #[error("`{0}` is neither a domain nor an address literal")]
    NoName(String),
}

/// A command line has 512 octets by RFC 5321 4.5.3.1.4; extensions make it longer.
const LONGEST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_cannot_be_an_argument() {
        for evil in ["a\r\nRSET", "a\rb", "a\nb", "a\0b", "a\x7fb", "a\u{85}b", "a\u{9b}b"] {
            assert!(matches!(Argument::new(evil), Err(ArgumentError::Control { at: 1, .. })));
            assert!(HeloName::new(evil).is_err());
        }
        assert!(Argument::new("x".repeat(1001)).is_err());
    }

    #[test]
    fn a_greeting_is_a_domain_or_a_literal() {
        for good in ["mail.example", "a", "[192.0.2.1]", "[IPv6:2001:db8::1]"] {
            assert_eq!(HeloName::new(good).unwrap().to_string(), good);
        }
        for bad in ["", "a b", "[x]", "a>b", "[192.0.2.1", "é.example"] {
            assert!(HeloName::new(bad).is_err(), "{bad}");
        }
    }
}
