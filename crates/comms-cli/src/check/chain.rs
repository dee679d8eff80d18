//! Certificates as a person reads them. Whether they are to be believed is the handshake's business.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::time::Time;

/// What one certificate says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Shown {
    pub(crate) subject: String,
    pub(crate) issuer: String,
    /// Hosts and addresses that it is for.
    pub(crate) names: Vec<String>,
    not_before: String,
    not_after: String,
    /// Negative once it has expired.
    pub(crate) days_left: i64,
    pub(crate) self_signed: bool,
}

impl Shown {
    /// What a certificate in DER says at `now`; none where it cannot be read.
    pub(crate) fn of(der: &[u8], now: SystemTime) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let tbs = certificate.tbs_certificate();
        let names = tbs.get_extension::<SubjectAltName>().ok().flatten();
        let names = names.map(|(_, names)| names.0).unwrap_or_default();
        let validity = tbs.validity();
        Some(Self {
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            names: names.iter().filter_map(name).collect(),
            not_before: validity.not_before.to_string(),
            not_after: validity.not_after.to_string(),
            days_left: days_left(validity.not_after, now),
            self_signed: tbs.subject() == tbs.issuer(),
        })
    }

    /// Whether one of its names is that of `host` (RFC 9525 6.3: `*` stands for one whole label).
    pub(crate) fn covers(&self, host: &str) -> bool {
        let rest = host.split_once('.').map(|(_, rest)| rest);
        let is_for = |name: &String| match name.strip_prefix("*.") {
            Some(domain) => rest.is_some_and(|rest| rest.eq_ignore_ascii_case(domain)),
            None => name.eq_ignore_ascii_case(host),
        };
        self.names.iter().any(is_for)
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        let left = match self.days_left {
            days if days < 0 => format!("expired {} days ago", -days),
            1 => "1 day left".to_owned(),
            days => format!("{days} days left"),
        };
        let to = &self.not_after;
        let issuer = if self.self_signed { "itself" } else { self.issuer.as_str() };
        let line = format!("{}, issued by {issuer}, until {to} ({left})", self.subject);
        match self.names.join(", ") {
            names if names.is_empty() => line,
            names => format!("{line}, for {names}"),
        }
    }
}

fn days_left(end: Time, now: SystemTime) -> i64 {
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let end = end.to_unix_duration();
    let days = |time: Duration| i64::try_from(time.as_secs() / SECONDS_A_DAY).unwrap_or(i64::MAX);
    match end.checked_sub(now) {
        Some(left) => days(left),
        // One that ended an hour ago has ended.
        None => -days(now.saturating_sub(end)) - 1,
    }
}

fn name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.to_string()),
        GeneralName::IpAddress(octets) => {
            let octets = octets.as_bytes();
            let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
            let found = v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from));
            found.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn a_certificate_tells_names_dates_and_issuer() {
        let names = ["mail.example", "*.x.example", "127.0.0.1"].map(str::to_owned);
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(2026, 1, 1);
        params.not_after = date_time_ymd(2026, 1, 31);
        let der = params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec();
        // 2026-01-21.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_768_953_600);
        let shown = Shown::of(&der, now).unwrap();
        assert_eq!(shown.names, ["mail.example", "*.x.example", "127.0.0.1"]);
        assert!(shown.self_signed);
        assert_eq!((shown.days_left, shown.not_after.as_str()), (10, "2026-01-31T00:00:00Z"));
        for (host, expected) in [
            ("mail.example", true),
            ("MAIL.example", true),
            ("a.x.example", true),
            ("a.b.x.example", false),
            ("x.example", false),
            ("127.0.0.1", true),
            ("other.example", false),
        ] {
            assert_eq!(shown.covers(host), expected, "{host}");
        }
        let later = now + Duration::from_secs(11 * SECONDS_A_DAY);
        assert_eq!(Shown::of(&der, later).unwrap().days_left, -2);
        assert!(Shown::of(&der, later).unwrap().line().contains("expired 2 days ago"));
    }

    #[test]
    fn octets_that_are_no_certificate_are_none_and_no_panic() {
        for octets in [&b""[..], b"x", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]] {
            assert_eq!(Shown::of(octets, SystemTime::now()), None);
        }
    }
}
