//! What goes wrong between two peers that want a secure channel.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use comms_core::{Error, ErrorClass};
use thiserror::Error as ThisError;

/// An error of [`Tls`](crate::Tls).
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate is for others.
    #[error("the certificate is for {}, not {expected}", listed(.presented))]
    WrongName {
        /// The name that was asked for.
        expected: String,
        /// The names of the certificate.
        presented: Vec<String>,
    },
    /// The certificate is too old.
    #[error("the certificate expired{}", dated(" on ", .on.as_deref()))]
    Expired {
        /// Its last day, where known.
        on: Option<String>,
    },
    /// The certificate is from the future.
    #[error("the certificate is not valid{}: is this machine's clock right?", dated(" before ", .before.as_deref()))]
    NotYetValid {
        /// Its first day, where known.
        before: Option<String>,
    },
    /// Nobody who is trusted has issued the certificate.
    #[error("the certificate was issued by an unknown authority: name it with ca_file")]
    UnknownIssuer,
    /// The certificate names a trusted authority, which has not signed it.
    #[error(
        "the certificate is not signed as it says: \
         its authority has another key than the one that is trusted, or it is forged"
    )]
    BadSignature,
    /// The certificate has no issuer but itself.
    #[error("the certificate is self-signed: name it with ca_file, if you trust it")]
    SelfSigned,
    /// The certificate is an authority's own.
    #[error(
        "the certificate is an authority's own, and not a server's: \
         set verify to none and name its key with pin, if you trust it"
    )]
    AuthorityItself,
    /// The peer has another key than the one that was pinned.
    #[error("the server's key is {found}, not the one that pin asks for")]
    WrongKey {
        /// What `pin` would be for it.
        found: String,
    },
    /// The certificate has another flaw.
    #[error("the certificate cannot be accepted")]
    Certificate {
        /// Which.
        source: Reason,
    },
    /// The peer showed no certificate.
    #[error("the peer showed no certificate, and one is asked for")]
    NoCertificate,
    /// The peer does not accept us.
    #[error("the peer refused: {alert}{advice}")]
    Refused {
        /// Its alert, in words: `certificate required`.
        alert: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// The peer ended the connection with an alert.
    #[error("the peer sent an alert: {alert}{advice}")]
    Alert {
        /// The alert, in words: `handshake failure`.
        alert: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// The server does not speak TLS here.
    #[error(
        "the server greeted in plain text: \"{greeting}\": use STARTTLS (submission://, port 587)"
    )]
    PlainGreeting {
        /// The first line, made harmless.
        greeting: String,
    },
    /// The client does not speak TLS here.
    #[error("the client began in plain text: \"{words}\"")]
    PlainClient {
        /// Its first line, made harmless.
        words: String,
    },
    /// The server waits as well.
    #[error("nothing came: is this a port for STARTTLS?")]
    Silent {
        /// The deadline.
        source: Error,
    },
    /// The peers do not agree, or one of them broke the rules.
    #[error("the peers do not agree")]
    Protocol {
        /// In what.
        source: Reason,
    },
    /// The peer left before the channel was secure.
    #[error("the peer closed the connection in the middle of the TLS handshake")]
    EndedInHandshake,
    /// The connection ended without a goodbye: what came may not be all.
    #[error("the connection was cut off: no close_notify")]
    CutOff,
    /// An earlier send did not go through.
    #[error("an earlier send failed half-way: nothing can be sent behind it")]
    SendBroken,
    /// TLS was asked for where it is active.
    #[error("the channel is secure already")]
    AlreadySecure,
    /// Nothing says whose certificate it must be.
    #[error("whose certificate to expect is unknown: set server_name")]
    NoServerName,
    /// The name is none.
    #[error("`{}` is neither a host's name nor an IP address", found.escape_debug())]
    ServerName {
        /// What it was.
        found: String,
    },
    /// The property `pin` is no SHA-256.
    #[error("pin is the base64 of a SHA-256, which `{}` is not", found.escape_debug())]
    Pin {
        /// What it was.
        found: String,
    },
    /// A file cannot be read.
    #[error("cannot read {property} `{}`", path.escape_debug())]
    File {
        /// The property that names it.
        property: &'static str,
        /// Its path.
        path: String,
        /// Why.
        source: Reason,
    },
    /// A file does not hold what it should.
    #[error("there is no {what} (PEM) in {property} `{}`", path.escape_debug())]
    Missing {
        /// What should be in it.
        what: &'static str,
        /// The property that names it.
        property: &'static str,
        /// Its path.
        path: String,
    },
    /// One of two properties that go together is not set.
    #[error("{needed} is not set, and is needed {purpose}")]
    Incomplete {
        /// The property.
        needed: &'static str,
        /// What for.
        purpose: &'static str,
    },
    /// What was configured cannot be used.
    #[error("cannot use {what}")]
    Unusable {
        /// What: `certificate and key`.
        what: &'static str,
        /// Why.
        source: Reason,
    },
    /// The channel cannot be bound in this way.
    #[error("there is no channel binding {kind} here: {why}")]
    NoBinding {
        /// The kind that was asked for.
        kind: String,
        /// Why not.
        why: &'static str,
    },
}

impl TlsError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::WrongName { .. }
            | Self::Expired { .. }
            | Self::NotYetValid { .. }
            | Self::UnknownIssuer
            | Self::BadSignature
            | Self::SelfSigned
            | Self::AuthorityItself
            | Self::WrongKey { .. }
            | Self::Certificate { .. }
            | Self::NoCertificate
            | Self::Refused { .. } => ErrorClass::Authentication,
            Self::Alert { .. }
            | Self::PlainGreeting { .. }
            | Self::PlainClient { .. }
            | Self::Protocol { .. } => ErrorClass::Protocol,
            Self::Silent { .. } => ErrorClass::Timeout,
            Self::EndedInHandshake | Self::CutOff | Self::SendBroken => ErrorClass::Connection,
            Self::AlreadySecure
            | Self::NoServerName
            | Self::ServerName { .. }
            | Self::Pin { .. }
            | Self::File { .. }
            | Self::Missing { .. }
            | Self::Incomplete { .. }
            | Self::Unusable { .. }
            | Self::NoBinding { .. } => ErrorClass::Usage,
        }
    }
}

impl From<TlsError> for Error {
    fn from(cause: TlsError) -> Self {
        Self::new(cause.class(), cause)
    }
}

/// What the library or the system says, in its own words.
#[derive(Clone)]
pub struct Reason(Arc<dyn StdError + Send + Sync>);

impl Reason {
    pub(crate) fn new(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self(Arc::new(cause))
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Without control characters: a part of it may be the peer's.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        text.chars().try_for_each(|c| {
            if c.is_control() { c.escape_default().fmt(f) } else { f.write_char(c) }
        })
    }
}

impl StdError for Reason {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [first, second, third, _, ..] => format!("{first}, {second}, {third} and others"),
        few => few.join(", "),
    }
}

fn dated(words: &str, date: Option<&str>) -> String {
    date.map_or_else(String::new, |date| format!("{words}{date}"))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_certificate_of_many_names_is_told_in_one_line() {
        let names = |count: usize| {
            let presented = (0..count).map(|n| format!("n{n}.example")).collect();
            TlsError::WrongName { expected: "mail.example".to_owned(), presented }.to_string()
        };
        assert_eq!(names(0), "the certificate is for nobody, not mail.example");
        assert_eq!(names(1), "the certificate is for n0.example, not mail.example");
        assert_eq!(
            names(9),
            "the certificate is for n0.example, n1.example, n2.example and others, not mail.example"
        );
    }

    #[test]
    fn a_reason_cannot_forge_a_line_of_a_log() {
        let reason = Reason::new(io::Error::other("a\r\nTls: all is well \u{1b}[31m"));
        assert_eq!(reason.to_string(), r"a\r\nTls: all is well \u{1b}[31m");
    }
}
