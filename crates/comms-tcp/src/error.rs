//! What goes wrong between this machine and its peer.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use comms_core::{DeadlinePassed, Error, ErrorClass};
use thiserror::Error as ThisError;

/// An error of [`Tcp`](crate::Tcp).
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum TcpError {
    /// The system knows no address of the host.
    #[error("no address is known for {}", host.escape_debug())]
    NoAddress {
        /// The host, as it was set.
        host: String,
        /// What the system said.
        source: SystemError,
    },
    /// No address of the host could be connected to.
    #[error("cannot connect to {} port {port}: {attempts}", host.escape_debug())]
    Unreachable {
        /// The host, as it was set.
        host: String,
        /// The port.
        port: u16,
        /// Every address, and why it failed.
        attempts: Attempts,
        /// The deadline, where that was what ended it.
        source: Option<DeadlinePassed>,
    },
    /// No address of the host could be listened at.
    #[error("cannot listen at {} port {port}: {attempts}", host.escape_debug())]
    CannotListen {
        /// The host, as it was set.
        host: String,
        /// The port.
        port: u16,
        /// Every address, and why it failed.
        attempts: Attempts,
    },
    /// The property `local_address` is no IP address.
    #[error("local_address is an IP address, not `{}`", found.escape_debug())]
    LocalAddress {
        /// What it was set to.
        found: String,
    },
    /// The peer closed the connection, and something was still to be said.
    #[error("the peer closed the connection")]
    Closed,
    /// The peer threw the connection away.
    #[error("the connection was reset by the peer")]
    Reset,
    /// This side said that it sends no more.
    #[error("this side has ended its sending")]
    SendingEnded,
    /// The system refused to go on.
    #[error("cannot {operation}")]
    System {
        /// What was being done.
        operation: &'static str,
        /// What the system said.
        source: SystemError,
    },
}

impl TcpError {
    /// What the failure of `operation` on a connection means.
    #[cold]
    pub(crate) fn of(operation: &'static str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::NotConnected => Self::Closed,
            io::ErrorKind::ConnectionReset => Self::Reset,
            _ => Self::System { operation, source: error.into() },
        }
    }

    /// A connection's failure is of the class `Connection`, whoever caused it; a deadline's of
    /// the class `Timeout`.
    fn class(&self) -> ErrorClass {
        match self {
            Self::Unreachable { source: Some(_), .. } => ErrorClass::Timeout,
            Self::LocalAddress { .. } | Self::SendingEnded => ErrorClass::Usage,
            _ => ErrorClass::Connection,
        }
    }
}

impl From<TcpError> for Error {
    fn from(cause: TcpError) -> Self {
        Self::new(cause.class(), cause)
    }
}

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

    fn unreachable(source: Option<DeadlinePassed>) -> TcpError {
        let refused = io::Error::from_raw_os_error(rustix::io::Errno::CONNREFUSED.raw_os_error());
        let attempts = Attempts(vec![
            Attempt { address: "[::1]:25".parse().unwrap(), failure: refused.into() },
            Attempt {
                address: "127.0.0.1:25".parse().unwrap(),
                failure: Failure::NoAnswer(Duration::from_millis(29_972)),
            },
            Attempt { address: "127.0.0.2:25".parse().unwrap(), failure: Failure::NotTried },
        ]);
        TcpError::Unreachable { host: "mail.example".to_owned(), port: 25, attempts, source }
    }

    #[test]
    fn every_address_is_told_in_one_line_and_in_plain_words() {
        assert_eq!(
            unreachable(None).to_string(),
            "cannot connect to mail.example port 25: [::1]:25 connection refused; \
             127.0.0.1:25 no answer within 30 s; 127.0.0.2:25 not tried"
        );
    }

    #[test]
    fn a_deadline_makes_it_a_timeout_and_anything_else_a_lost_connection() {
        let passed = comms_core::Deadline::NEVER.passed();
        assert_eq!(Error::from(unreachable(Some(passed))).class(), ErrorClass::Timeout);
        assert_eq!(Error::from(unreachable(None)).class(), ErrorClass::Connection);
        assert_eq!(Error::from(TcpError::Reset).class(), ErrorClass::Connection);
    }

    #[test]
    fn what_the_resolver_says_is_told_without_ceremony() {
        assert_eq!(
            plain(&format!("{LOOKUP}Name or service not known")),
            "name or service not known"
        );
        assert_eq!(plain("Invalid argument (os error 22)"), "invalid argument");
        assert_eq!(plain(""), "");
    }

    #[test]
    fn a_host_cannot_forge_a_line_of_a_log() {
        let error = TcpError::NoAddress {
            host: "a\r\nTcp: connected".to_owned(),
            source: (&io::Error::other("no")).into(),
        };
        assert_eq!(error.to_string(), "no address is known for a\\r\\nTcp: connected");
    }
}
