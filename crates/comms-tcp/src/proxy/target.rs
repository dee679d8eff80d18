//! Where a proxy is asked to connect to.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use thiserror::Error;

/// A host and a port that can be written into any proxy's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: Host,
    pub(crate) port: u16,
}

/// A host: an address, or a name that the proxy looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(Name),
}

/// ASCII letters, digits, `-`, `_` and `.`, and not too many of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Target {
    /// `host` is a name or an IP address; an IPv6 address may stand in brackets.
    pub(crate) fn new(host: &str, port: u16) -> Result<Self, HostProblem> {
        Ok(Self { host: Host::new(host)?, port })
    }

    /// As it stands in a URI and in HTTP (RFC 3986 3.2): `mail.example:25`, `[::1]:25`.
    pub(crate) fn authority(&self) -> String {
        match &self.host {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]:{}", self.port),
            host => format!("{host}:{}", self.port),
        }
    }
}

impl Host {
    fn new(text: &str) -> Result<Self, HostProblem> {
        let bracketed = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        if let Some(Ok(address)) = bracketed.map(str::parse::<Ipv6Addr>) {
            return Ok(Self::Address(address.into()));
        }
        match text.parse() {
            Ok(address) => Ok(Self::Address(address)),
            Err(_) => Name::new(text).map(Self::Name),
        }
    }
}

impl Name {
    fn new(text: &str) -> Result<Self, HostProblem> {
        if text.is_empty() {
            return Err(HostProblem::Missing);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        match text.chars().find(|c| !allowed(*c)) {
            Some(found) if found.is_alphanumeric() => Err(HostProblem::NotAscii { found }),
            Some(found) => Err(HostProblem::Forbidden { found }),
            None if text.len() > LONGEST => Err(HostProblem::TooLong { octets: text.len() }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The name, and its length in the one octet that SOCKS has for it.
    pub(crate) fn with_length(&self) -> (u8, &[u8]) {
        (u8::try_from(self.0.len()).unwrap_or(u8::MAX), self.0.as_bytes())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} port {}", self.host, self.port)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(Name(name)) => f.write_str(name),
        }
    }
}

/// Why a proxy cannot be asked for a host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HostProblem {
    /// There is none.
    #[error("it is not set")]
    Missing,
    /// It is longer than any request can say.
    #[error("it is {octets} octets long, and {LONGEST} are allowed")]
    TooLong {
        /// Its length.
        octets: usize,
    },
    /// A letter that DNS knows in another form only.
    #[error("`{found}` has to be written in its ASCII form (xn--...)")]
    NotAscii {
        /// The letter.
        found: char,
    },
    /// A character that could say something else to the proxy.
    #[error("it contains `{}`, which no name of a host does", found.escape_debug())]
    Forbidden {
        /// The first of them.
        found: char,
    },
}

/// RFC 1928 5: "the first octet of the address field contains the number of octets of name".
const LONGEST: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(host: &str) -> Result<String, HostProblem> {
        Target::new(host, 25).map(|target| target.authority())
    }

    #[test]
    fn names_and_addresses_are_told_apart_and_written_as_in_a_uri() {
        for (host, written) in [
            ("mail.example", "mail.example:25"),
            ("_dmarc-x.EXAMPLE.", "_dmarc-x.EXAMPLE.:25"),
            ("192.0.2.1", "192.0.2.1:25"),
            ("2001:db8::1", "[2001:db8::1]:25"),
            ("[2001:DB8::1]", "[2001:db8::1]:25"),
            ("::ffff:192.0.2.1", "[::ffff:192.0.2.1]:25"),
        ] {
            assert_eq!(authority(host).as_deref(), Ok(written), "{host}");
        }
        assert_eq!(Target::new("[::1]", 7).unwrap().to_string(), "::1 port 7");
    }

    #[test]
    fn nothing_that_a_proxy_could_take_for_more_than_a_name_is_a_host() {
        let controls = (0..=0x20).chain(0x7f..=0x9f).filter_map(char::from_u32);
        let signs = "/?#@:[]\\<>\"'%&;,=()|^`{}$!*+~\u{a0}\u{ad}\u{200b}\u{2028}\u{feff}".chars();
        for found in controls.chain(signs) {
            for host in [format!("a{found}"), format!("{found}a"), format!("a{found}b.example")] {
                assert_eq!(authority(&host), Err(HostProblem::Forbidden { found }), "{host:?}");
            }
        }
        let injected = authority("a.example:25 HTTP/1.1\r\nX: y");
        assert_eq!(injected, Err(HostProblem::Forbidden { found: ':' }));
        assert!(authority("[mail.example]").is_err());
        assert!(authority("[192.0.2.1]").is_err());
        assert!(authority("fe80::1%eth0").is_err());
    }

    #[test]
    fn a_wide_letter_never_narrows_to_a_line_end() {
        for found in ['\u{760d}', '\u{760a}', 'é', 'ｅ', '。'] {
            let problem = authority(&format!("a{found}b")).unwrap_err();
            let asks = [HostProblem::NotAscii { found }, HostProblem::Forbidden { found }];
            assert!(asks.contains(&problem), "{problem}");
        }
    }

    #[test]
    fn a_name_is_there_and_fits_its_length_octet() {
        assert_eq!(authority(""), Err(HostProblem::Missing));
        let longest = "x".repeat(255);
        let Host::Name(name) = Target::new(&longest, 1).unwrap().host else { panic!() };
        assert_eq!(name.with_length(), (255, longest.as_bytes()));
        assert_eq!(authority(&"x".repeat(256)), Err(HostProblem::TooLong { octets: 256 }));
    }
}
