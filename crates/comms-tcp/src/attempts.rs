//! What was tried in vain, and what the system said to it.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The addresses that were tried, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempts(pub Vec<Attempt>);

/// In one line: `[::1]:25 connection refused; 127.0.0.1:25 no answer within 30 s`.
impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(i, Attempt { address, failure })| {
            f.write_str(if i > 0 { "; " } else { "" })?;
            write!(f, "{address} {failure}")
        })
    }
}

/// An address that was tried in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The address.
    pub address: SocketAddr,
    /// Why it failed.
    pub failure: Failure,
}

/// Why one address failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The system said so, most often for the peer.
    System(SystemError),
    /// Nothing had come back when the time ran out, this long after the attempt began.
    NoAnswer(Duration),
    /// The time ran out before its turn.
    NotTried,
    /// `local_address` is IPv4 and this is IPv6, or the other way round.
    OtherFamily,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System((&error).into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(error) => error.fmt(f),
            Self::NoAnswer(time) if *time < Duration::from_secs(1) => {
                write!(f, "no answer within {} ms", time.as_millis())
            }
            // Tenths will do: `30 s`, `29.7 s`.
            Self::NoAnswer(time) => {
                write!(f, "no answer within {} s", (time.as_secs_f64() * 10.0).round() / 10.0)
            }
            Self::NotTried => f.write_str("not tried"),
            Self::OtherFamily => f.write_str("not of the same family as local_address"),
        }
    }
}

/// What the operating system said, in plain words: `connection refused`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemError {
    kind: io::ErrorKind,
    words: String,
}

impl SystemError {
    /// The kind of error that it is.
    pub fn kind(&self) -> io::ErrorKind {
        self.kind
    }
}

impl From<&io::Error> for SystemError {
    fn from(error: &io::Error) -> Self {
        Self { kind: error.kind(), words: plain(&error.to_string()) }
    }
}

impl fmt::Display for SystemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl StdError for SystemError {}

/// `Connection refused (os error 111)` is `connection refused`.
fn plain(text: &str) -> String {
    let text = text.strip_prefix(LOOKUP).unwrap_or(text);
    let text = text.rsplit_once(" (os error ").map_or(text, |(words, _)| words);
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}

/// What the standard library puts before the resolver's own words.
const LOOKUP: &str = "failed to lookup address information: ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_resolver_says_is_told_without_ceremony() {
        assert_eq!(
            plain(&format!("{LOOKUP}Name or service not known")),
            "name or service not known"
        );
        assert_eq!(plain("Invalid argument (os error 22)"), "invalid argument");
        assert_eq!(plain(""), "");
    }
}
