//! The octets of SOCKS version 5 (RFC 1928) and of its user and password (RFC 1929). No I/O.
//!
//! What a proxy says is parsed from the octets that have arrived so far: `None` as long as there
//! are too few, then the value and the number of octets that it took.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use thiserror::Error;

use crate::proxy::target::{Host, Target};

/// What was parsed, and how many octets it took; `None` where more octets are needed.
pub type Socks5Parsed<T> = Result<Option<(T, usize)>, Socks5Nonsense>;

/// The client's first words: what it can do to say who it is (RFC 1928 3).
pub(crate) fn greeting(offered: &[Socks5Method]) -> Vec<u8> {
    let count = u8::try_from(offered.len()).unwrap_or(u8::MAX);
    [VERSION, count].into_iter().chain(offered.iter().map(|method| method.code())).collect()
}

/// Who asks (RFC 1929 2); `None` where one of the two is too long to be said.
pub(crate) fn user_and_password(user: &str, password: &str) -> Option<Vec<u8>> {
    let mut octets = vec![NEGOTIATION];
    for text in [user, password] {
        octets.push(u8::try_from(text.len()).ok()?);
        octets.extend_from_slice(text.as_bytes());
    }
    Some(octets)
}

/// The request to connect to `target` (RFC 1928 4).
pub(crate) fn connect_to(target: &Target) -> Vec<u8> {
    let mut octets = vec![VERSION, CONNECT, RESERVED];
    match &target.host {
        Host::Address(IpAddr::V4(address)) => {
            octets.push(IPV4);
            octets.extend(address.octets());
        }
        Host::Address(IpAddr::V6(address)) => {
            octets.push(IPV6);
            octets.extend(address.octets());
        }
        Host::Name(name) => {
            let (length, name) = name.with_length();
            octets.extend([NAME, length]);
            octets.extend_from_slice(name);
        }
    }
    octets.extend(target.port.to_be_bytes());
    octets
}

/// How a client says who it is: the proxy's choice among what was offered (RFC 1928 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Socks5Method {
    /// Not at all.
    Nothing,
    /// By user and password.
    UserAndPassword,
    /// By nothing that was offered: the proxy wants none of it.
    NoneOfThese,
    /// By something else.
    Other(u8),
}

impl Socks5Method {
    /// The choice in what the proxy has said so far.
    pub fn parse(octets: &[u8]) -> Socks5Parsed<Self> {
        version(octets, VERSION)?;
        let Some([_, code]) = octets.first_chunk() else { return Ok(None) };
        let method = match *code {
            0x00 => Self::Nothing,
            0x02 => Self::UserAndPassword,
            0xff => Self::NoneOfThese,
            other => Self::Other(other),
        };
        Ok(Some((method, 2)))
    }

    /// Its number.
    pub fn code(self) -> u8 {
        match self {
            Self::Nothing => 0x00,
            Self::UserAndPassword => 0x02,
            Self::NoneOfThese => 0xff,
            Self::Other(code) => code,
        }
    }
}

/// Whether a user and a password are right (RFC 1929 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Socks5Verdict {
    /// They are.
    Accepted,
    /// They are not.
    Refused,
}

impl Socks5Verdict {
    /// The verdict in what the proxy has said so far.
    pub fn parse(octets: &[u8]) -> Socks5Parsed<Self> {
        version(octets, NEGOTIATION)?;
        let Some([_, status]) = octets.first_chunk() else { return Ok(None) };
        let verdict = if *status == SUCCEEDED { Self::Accepted } else { Self::Refused };
        Ok(Some((verdict, 2)))
    }
}

/// What became of the request (RFC 1928 6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Socks5Reply {
    /// The proxy is connected with the target.
    Connected {
        /// From where, as far as it says: `192.0.2.1:4711`. A name in it is escaped.
        from: String,
    },
    /// It is not, for the reason of this number.
    Refused(u8),
}

impl Socks5Reply {
    /// The reply in what the proxy has said so far. A refusal is clear from its second octet, and
    /// some proxies say no more than that.
    pub fn parse(octets: &[u8]) -> Socks5Parsed<Self> {
        version(octets, VERSION)?;
        match octets.get(1) {
            None => return Ok(None),
            Some(&SUCCEEDED) => {}
            Some(&code) => return Ok(Some((Self::Refused(code), octets.len().min(WHOLE_REFUSAL)))),
        }
        let Some((&kind, rest)) = octets.get(3..).and_then(<[u8]>::split_first) else {
            return Ok(None);
        };
        let from = match kind {
            IPV4 => address(rest.first_chunk::<4>().map(|it| Ipv4Addr::from(*it).into()), rest, 4),
            IPV6 => {
                address(rest.first_chunk::<16>().map(|it| Ipv6Addr::from(*it).into()), rest, 16)
            }
            NAME => name(rest),
            found => return Err(Socks5Nonsense::Kind { found }),
        };
        Ok(from.map(|(from, octets)| (Self::Connected { from }, 4 + octets)))
    }

    /// The reason of a refusal in words.
    pub fn words(code: u8) -> &'static str {
        match code {
            0x00 => "succeeded",
            0x01 => "it failed, and does not say why",
            0x02 => "its rules do not allow it",
            0x03 => "the network is unreachable",
            0x04 => "the host is unreachable",
            0x05 => "the connection was refused",
            0x06 => "the time to live ran out on the way",
            0x07 => "it does not know how to connect",
            0x08 => "it does not take this type of address",
            _ => "for a reason that RFC 1928 does not know",
        }
    }
}

/// Something that no SOCKS5 proxy says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Socks5Nonsense {
    /// An answer of another version, or of another protocol.
    #[error("an answer began with octet {found:#04x}, and {expected:#04x} was due")]
    Version {
        /// What it began with.
        found: u8,
        /// What it had to begin with.
        expected: u8,
    },
    /// A choice that was not offered.
    #[error("it chose method {found:#04x}, which was not offered")]
    Method {
        /// Its number.
        found: u8,
    },
    /// An address of no known type.
    #[error("its reply has an address of type {found:#04x}")]
    Kind {
        /// The type.
        found: u8,
    },
}

fn version(octets: &[u8], expected: u8) -> Result<(), Socks5Nonsense> {
    match octets.first() {
        Some(&found) if found != expected => Err(Socks5Nonsense::Version { found, expected }),
        _ => Ok(()),
    }
}

/// An address of `octets` octets at the beginning of `rest`, and the port behind it.
fn address(address: Option<IpAddr>, rest: &[u8], octets: usize) -> Option<(String, usize)> {
    let port = port(rest.get(octets..)?)?;
    Some((SocketAddr::new(address?, port).to_string(), octets + PORT))
}

/// A name behind its length, and the port behind it.
fn name(rest: &[u8]) -> Option<(String, usize)> {
    let (&length, rest) = rest.split_first()?;
    let (name, rest) = rest.split_at_checked(length.into())?;
    Some((format!("{}:{}", name.escape_ascii(), port(rest)?), 1 + name.len() + PORT))
}

fn port(octets: &[u8]) -> Option<u16> {
    octets.first_chunk().map(|port| u16::from_be_bytes(*port))
}

const VERSION: u8 = 5;
/// The version of RFC 1929.
const NEGOTIATION: u8 = 1;
const CONNECT: u8 = 1;
const RESERVED: u8 = 0;
const SUCCEEDED: u8 = 0;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;
/// Octets of a port.
const PORT: usize = 2;
/// A refusal with an IPv4 address, as most proxies send it. What follows a refusal does not matter.
const WHOLE_REFUSAL: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(octets: &[u8]) -> Option<(Socks5Reply, usize)> {
        Socks5Reply::parse(octets).unwrap()
    }

    fn connected(from: &str, octets: usize) -> (Socks5Reply, usize) {
        (Socks5Reply::Connected { from: from.to_owned() }, octets)
    }

    #[test]
    fn a_reply_is_taken_once_it_is_whole_and_not_an_octet_more() {
        let mut v6 = vec![5, 0, 0, 4];
        v6.extend(Ipv6Addr::LOCALHOST.octets());
        v6.extend([0, 25]);
        let named = [&[5, 0, 0, 3, 7], &b"a.b\r\n\"c"[..], &[0x12, 0x67]].concat();
        let nobody = [5, 0, 0, 3, 0, 0, 0];
        for (octets, from) in [
            (&[5, 0, 0, 1, 192, 0, 2, 1, 0x12, 0x67][..], "192.0.2.1:4711"),
            (&v6, "[::1]:25"),
            (&named, r#"a.b\r\n\"c:4711"#),
            (&nobody, ":0"),
        ] {
            for part in 0..octets.len() {
                assert_eq!(reply(&octets[..part]), None, "{part} of {octets:?}");
            }
            assert_eq!(reply(octets), Some(connected(from, octets.len())));
            let more = [octets, b"220 early"].concat();
            assert_eq!(reply(&more), Some(connected(from, octets.len())));
        }
    }

    #[test]
    fn the_longest_reply_has_a_name_of_255_octets() {
        let octets = [&[5, 0, 0, 3, 255][..], &[b'x'; 255], &[0, 1]].concat();
        assert_eq!(reply(&octets[..261]), None);
        assert_eq!(reply(&octets).unwrap().1, 262);
    }

    #[test]
    fn a_refusal_is_clear_from_its_second_octet() {
        assert_eq!(reply(&[5]), None);
        for code in 1..=255 {
            assert_eq!(reply(&[5, code]), Some((Socks5Reply::Refused(code), 2)));
            let whole = [5, code, 0, 1, 0, 0, 0, 0, 0, 0, 9];
            assert_eq!(reply(&whole), Some((Socks5Reply::Refused(code), 10)));
        }
    }

    #[test]
    fn nonsense_is_known_by_its_first_wrong_octet() {
        let found = Socks5Reply::parse(b"HTTP").unwrap_err();
        assert_eq!(found.to_string(), "an answer began with octet 0x48, and 0x05 was due");
        assert!(Socks5Method::parse(b"H").is_err());
        assert!(Socks5Verdict::parse(&[5]).is_err());
        let found = Socks5Reply::parse(&[5, 0, 0, 2]).unwrap_err();
        assert_eq!(found, Socks5Nonsense::Kind { found: 2 });
    }

    #[test]
    fn a_choice_and_a_verdict_are_two_octets_each() {
        for code in 0..=255 {
            let (method, octets) = Socks5Method::parse(&[5, code, 9]).unwrap().unwrap();
            assert_eq!((method.code(), octets), (code, 2));
            let (verdict, octets) = Socks5Verdict::parse(&[1, code, 9]).unwrap().unwrap();
            assert_eq!((verdict == Socks5Verdict::Accepted, octets), (code == 0, 2));
        }
        assert_eq!(Socks5Method::parse(&[5]), Ok(None));
        assert_eq!(Socks5Verdict::parse(&[]), Ok(None));
    }

    #[test]
    fn a_user_or_password_that_no_length_octet_can_count_is_not_sent() {
        let longest = "x".repeat(255);
        assert_eq!(user_and_password(&longest, &longest).unwrap().len(), 513);
        assert_eq!(user_and_password("u", &"x".repeat(256)), None);
        assert_eq!(user_and_password(&"é".repeat(128), ""), None);
        assert_eq!(user_and_password("u", "").unwrap(), [1, 1, b'u', 0]);
    }

    #[test]
    fn no_octets_at_all_make_the_parsers_panic_or_take_more_than_there_is() {
        let mut state = 1_u32;
        for _ in 0..20_000 {
            let mut octets = vec![5, 0, 0];
            for _ in 0..state % 300 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                octets.push(state.to_be_bytes()[0] % 8);
            }
            state = state.wrapping_add(1);
            if let Ok(Some((_, taken))) = Socks5Reply::parse(&octets) {
                assert!(taken <= octets.len());
            }
        }
    }
}
