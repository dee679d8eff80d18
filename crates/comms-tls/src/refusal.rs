//! What the library's errors mean to the one who reads them.

use rustls::{AlertDescription, CertificateError, Error};

use crate::date;
use crate::error::{Reason, TlsError};
use crate::verifier::Flaw;

impl TlsError {
    /// What `error` means, where the peer was to be `expected`.
    #[cold]
    pub(crate) fn of(error: Error, expected: &str) -> Self {
        match error {
            Error::InvalidCertificate(flaw) => of_certificate(flaw, expected),
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::AlertReceived(alert) => of_alert(alert),
            other => Self::Protocol { source: Reason::new(other) },
        }
    }
}

fn of_certificate(flaw: CertificateError, expected: &str) -> TlsError {
    match flaw {
        CertificateError::Expired => TlsError::Expired { on: None },
        CertificateError::ExpiredContext { not_after, .. } => {
            TlsError::Expired { on: Some(date::day(not_after)) }
        }
        CertificateError::NotValidYet => TlsError::NotYetValid { before: None },
        CertificateError::NotValidYetContext { not_before, .. } => {
            TlsError::NotYetValid { before: Some(date::day(not_before)) }
        }
        CertificateError::UnknownIssuer => TlsError::UnknownIssuer,
        CertificateError::BadSignature => TlsError::BadSignature,
        CertificateError::NotValidForName => TlsError::WrongName {
            expected: expected.to_owned(),
            presented: vec![OTHERS.to_owned()],
        },
        CertificateError::NotValidForNameContext { presented, .. } => TlsError::WrongName {
            expected: expected.to_owned(),
            presented: presented.iter().map(|name| plain_name(name)).collect(),
        },
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(Flaw::SelfSigned) => TlsError::SelfSigned,
            Some(Flaw::WrongKey(found)) => TlsError::WrongKey { found: found.clone() },
            // A type of a library that we don't name; its text is its name.
            None if other.0.to_string() == "CaUsedAsEndEntity" => TlsError::AuthorityItself,
            None => TlsError::Certificate { source: Reason::new(other) },
        },
        flaw => TlsError::Certificate { source: Reason::new(Error::InvalidCertificate(flaw)) },
    }
}

fn of_alert(alert: AlertDescription) -> TlsError {
    let words = words(alert);
    match alert {
        AlertDescription::CertificateRequired => TlsError::Refused { alert: words, advice: SHOW },
        AlertDescription::NoCertificate
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => TlsError::Refused { alert: words, advice: "" },
        AlertDescription::ProtocolVersion => TlsError::Alert { alert: words, advice: VERSION },
        // TLS 1.2 has no alert of its own for it (RFC 5246 7.4.6).
        AlertDescription::HandshakeFailure => TlsError::Alert { alert: words, advice: PERHAPS },
        AlertDescription::UnrecognisedName => TlsError::Alert { alert: words, advice: NAME },
        AlertDescription::NoApplicationProtocol => TlsError::Alert { alert: words, advice: ALPN },
        _ => TlsError::Alert { alert: words, advice: "" },
    }
}

/// `HandshakeFailure` is `handshake failure`.
fn words(alert: AlertDescription) -> String {
    let mut words = String::new();
    for c in format!("{alert:?}").replace("CA", "Ca").chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// `DnsName("other.example")` is `other.example`, `IpAddress(192.0.2.1)` is `192.0.2.1`.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"').escape_debug().to_string()
}

const OTHERS: &str = "others";
const SHOW: &str = ": set client_certificate and client_key";
const VERSION: &str = ": it speaks no version of TLS that min_version allows";
const PERHAPS: &str =
    ": no common version or cipher, or it asks for a client certificate (client_certificate)";
const NAME: &str = ": it does not know the name that was asked for (server_name)";
const ALPN: &str = ": it speaks none of the protocols offered (alpn)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_told_in_words() {
        assert_eq!(words(AlertDescription::HandshakeFailure), "handshake failure");
        assert_eq!(words(AlertDescription::UnknownCA), "unknown ca");
        assert_eq!(words(AlertDescription::BadRecordMac), "bad record mac");
    }

    #[test]
    fn names_of_certificates_are_told_as_they_are_written() {
        assert_eq!(plain_name(r#"DnsName("other.example")"#), "other.example");
        assert_eq!(plain_name("IpAddress(192.0.2.1)"), "192.0.2.1");
        assert_eq!(plain_name("x"), "x");
    }
}
