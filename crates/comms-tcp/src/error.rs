//! What goes wrong between this machine and its peer, or a proxy between them.

use std::fmt;
use std::io;

use comms_core::{DeadlinePassed, Error, ErrorClass};
use thiserror::Error as ThisError;

use crate::attempts::{Attempts, SystemError};
use crate::proxy::http_wire::HttpNonsense;
use crate::proxy::socks5_wire::Socks5Nonsense;
use crate::proxy::target::HostProblem;

/// An error of [`Tcp`](crate::Tcp), or of `Unix`.
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
    /// The property `path` is nothing that a socket can have as its address.
    #[error("`path` is the path of a unix socket, not `{}`", found.escape_debug())]
    Path {
        /// What it was set to.
        found: String,
    },
    /// Nobody could be connected to at the path of a unix socket.
    #[error("cannot connect to {}", path.escape_debug())]
    UnreachablePath {
        /// The path, as it was set.
        path: String,
        /// What the system said.
        source: SystemError,
    },
    /// The path of a unix socket could not be listened at.
    #[error("cannot listen at {}", path.escape_debug())]
    CannotListenAtPath {
        /// The path, as it was set.
        path: String,
        /// What the system said.
        source: SystemError,
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
            Self::LocalAddress { .. } | Self::Path { .. } | Self::SendingEnded => ErrorClass::Usage,
            _ => ErrorClass::Connection,
        }
    }
}

impl From<TcpError> for Error {
    fn from(cause: TcpError) -> Self {
        Self::new(cause.class(), cause)
    }
}

/// An error of [`Socks5`](crate::Socks5) or of [`HttpConnect`](crate::HttpConnect).
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum ProxyError {
    /// The property `host` is nothing that a proxy can be asked for.
    #[error("`host` is the name or the IP address of the target, not `{}`", host.escape_debug())]
    Host {
        /// What it was set to.
        host: String,
        /// What is wrong with it.
        source: HostProblem,
    },
    /// The property `user` or `password` cannot be told to this proxy.
    #[error("`{property}` {problem}")]
    Credentials {
        /// Which of the two.
        property: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The proxy did not connect to the target.
    #[error("the proxy did not connect to {target}: {words}")]
    Refused {
        /// The target.
        target: String,
        /// The code of a SOCKS reply (RFC 1928 6), or the status of an HTTP response.
        code: u16,
        /// The code in words, or what the proxy said; control characters are escaped.
        words: String,
    },
    /// The proxy serves nobody who does not say who asks.
    #[error("the proxy wants to know who asks: set `user` and `password`")]
    CredentialsWanted,
    /// The proxy does not believe who asks.
    #[error("the proxy refused the user and the password")]
    CredentialsRefused,
    /// The proxy wants to know who asks, and not in a way that is known here.
    #[error("the proxy wants to know who asks, and not by user and password{}", Takes(.takes.as_deref()))]
    OtherCredentialsWanted {
        /// What it takes, where it says so: `Negotiate, NTLM`.
        takes: Option<String>,
    },
    /// What answers is no SOCKS5 proxy, or a broken one.
    #[error("what answers is no SOCKS5 proxy")]
    NotSocks5 {
        /// What it said.
        source: Socks5Nonsense,
    },
    /// What answers is no HTTP proxy, or a broken one.
    #[error("what answers is no HTTP proxy")]
    NotHttp {
        /// What it said.
        source: HttpNonsense,
    },
}

impl ProxyError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Host { .. } | Self::Credentials { .. } => ErrorClass::Usage,
            Self::Refused { .. } => ErrorClass::Connection,
            Self::CredentialsWanted
            | Self::CredentialsRefused
            | Self::OtherCredentialsWanted { .. } => ErrorClass::Authentication,
            Self::NotSocks5 { .. } | Self::NotHttp { .. } => ErrorClass::Protocol,
        }
    }
}

impl From<ProxyError> for Error {
    fn from(cause: ProxyError) -> Self {
        Self::new(cause.class(), cause)
    }
}

impl From<Socks5Nonsense> for ProxyError {
    fn from(source: Socks5Nonsense) -> Self {
        Self::NotSocks5 { source }
    }
}

impl From<HttpNonsense> for ProxyError {
    fn from(source: HttpNonsense) -> Self {
        Self::NotHttp { source }
    }
}

/// `: it takes NTLM`, or nothing.
struct Takes<'a>(Option<&'a str>);

impl fmt::Display for Takes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |takes| write!(f, ": it takes {takes}"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::attempts::{Attempt, Failure};

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
    fn a_host_cannot_forge_a_line_of_a_log() {
        let error = TcpError::NoAddress {
            host: "a\r\nTcp: connected".to_owned(),
            source: (&io::Error::other("no")).into(),
        };
        assert_eq!(error.to_string(), "no address is known for a\\r\\nTcp: connected");
    }
}
