//! The octets of HTTP's CONNECT (RFC 9110 9.3.6, RFC 9112) and of its response. No I/O.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::proxy::target::Target;

/// The request to connect to `target`, up to the first header that may be secret.
pub(crate) fn connect_to(target: &Target) -> String {
    let authority = target.authority();
    format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n")
}

/// Who asks, as the scheme `Basic` says it (RFC 7617 2).
pub(crate) fn basic(user: &str, password: &str) -> String {
    STANDARD.encode(format!("{user}:{password}"))
}

/// The head of a response to CONNECT, from the octets as they come. There is no body that would
/// matter: behind a head that says yes the target speaks.
///
/// Interim responses (RFC 9110 15.2) are passed over. All together must fit into 8 KiB and 100
/// lines, and the work is the same however the octets are split.
#[derive(Debug, Default)]
pub struct ConnectHead {
    line: Vec<u8>,
    octets: usize,
    lines: usize,
    status: Option<u16>,
    status_line: String,
    schemes: Vec<String>,
}

impl ConnectHead {
    /// Takes octets up to the end of the head: how many belong to it, once it is whole.
    pub fn take(&mut self, octets: &[u8]) -> Result<Option<usize>, HttpNonsense> {
        for (at, octet) in octets.iter().enumerate() {
            self.octets += 1;
            if self.octets > MOST_OCTETS {
                return Err(HttpNonsense::TooLong);
            }
            self.line.push(*octet);
            if self.status.is_none() && !may_become_status(&self.line) {
                let seen = self.line.len().saturating_sub(1);
                let rest = octets.get(at.saturating_sub(seen)..).unwrap_or_default();
                return Err(HttpNonsense::Greeting { found: quoted(first_line(rest)) });
            }
            if *octet == b'\n' && self.end_line()? {
                return Ok(Some(at + 1));
            }
        }
        Ok(None)
    }

    /// The status: 200 is yes, as is every other one from 200 to 299.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The status line, cut where it is long, with control characters escaped.
    pub fn status_line(&self) -> &str {
        &self.status_line
    }

    /// The schemes in which the proxy lets itself be told who asks: `Basic`, `Negotiate`.
    pub fn schemes(&self) -> &[String] {
        &self.schemes
    }

    /// Whether the head ends with the line that has just ended.
    fn end_line(&mut self) -> Result<bool, HttpNonsense> {
        self.lines += 1;
        if self.lines > MOST_LINES {
            return Err(HttpNonsense::TooManyLines);
        }
        let line = std::mem::take(&mut self.line);
        // RFC 9112 2.2: a bare LF may be taken for an end of line.
        let line = first_line(&line);
        match self.status {
            None => {
                let status = status(line);
                self.status_line = quoted(line);
                let found = || HttpNonsense::Greeting { found: self.status_line.clone() };
                self.status = Some(status.ok_or_else(found)?);
                Ok(false)
            }
            Some(_) if !line.is_empty() => {
                self.note_schemes(line);
                Ok(false)
            }
            // 101 is an answer: to something that was not asked.
            Some(100 | 102..200) => {
                self.status = None;
                self.schemes.clear();
                Ok(false)
            }
            Some(_) => Ok(true),
        }
    }

    /// Notes the schemes of a challenge (RFC 9110 11.7.1). They serve for words only.
    fn note_schemes(&mut self, line: &[u8]) {
        let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|it| it.split_once(':'))
        else {
            return;
        };
        if !CHALLENGES.iter().any(|challenge| name.eq_ignore_ascii_case(challenge)) {
            return;
        }
        let words = value.split(',').filter_map(|challenge| challenge.split_whitespace().next());
        let token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let schemes = words.filter(|word| word.len() <= LONGEST_SCHEME && word.chars().all(token));
        let room = MOST_SCHEMES.saturating_sub(self.schemes.len());
        self.schemes.extend(schemes.take(room).map(str::to_owned));
    }
}

/// Something that no HTTP proxy says.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HttpNonsense {
    /// It does not begin as a response does.
    #[error("it said \"{found}\"")]
    Greeting {
        /// What it began with, escaped.
        found: String,
    },
    /// The head of the response does not end.
    #[error("the head of its response is longer than {MOST_OCTETS} octets")]
    TooLong,
    /// There is no end of headers.
    #[error("the head of its response has more than {MOST_LINES} lines")]
    TooManyLines,
}

/// Whether a line that has begun so can be a status line: who speaks something else, and waits for
/// us, is found out at once and not by a deadline.
fn may_become_status(line: &[u8]) -> bool {
    line.len() > STATUS_BEGINS.len() || STATUS_BEGINS.starts_with(line)
}

/// `HTTP/1.1 200 Connection established`, of which the words may be missing (RFC 9112 4).
fn status(line: &[u8]) -> Option<u16> {
    let [minor, b' ', code @ ..] = line.strip_prefix(STATUS_BEGINS)? else { return None };
    let (code, words) = code.split_at_checked(3)?;
    let digits = minor.is_ascii_digit() && code.iter().all(u8::is_ascii_digit);
    if !digits || !matches!(words.first(), None | Some(b' ')) {
        return None;
    }
    std::str::from_utf8(code).ok()?.parse().ok()
}

/// What stands before the first end of line, without a CR at its end.
fn first_line(octets: &[u8]) -> &[u8] {
    let end = octets.iter().position(|octet| *octet == b'\n').unwrap_or(octets.len());
    let line = octets.get(..end).unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn quoted(line: &[u8]) -> String {
    line.get(..MOST_QUOTED).unwrap_or(line).escape_ascii().to_string()
}

const STATUS_BEGINS: &[u8] = b"HTTP/1.";

/// What servers allow for a whole head; a proxy's response has a few hundred octets.
const MOST_OCTETS: usize = 8 * 1024;
/// As many headers as servers allow.
const MOST_LINES: usize = 100;
/// Longer lines do not fit into an error.
const MOST_QUOTED: usize = 160;
/// The longest registered scheme has 20 characters.
const LONGEST_SCHEME: usize = 32;
/// The one that goes with 407, and the one that goes with 401.
const CHALLENGES: [&str; 2] = ["Proxy-Authenticate", "WWW-Authenticate"];
/// More do not fit into an error.
const MOST_SCHEMES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// The head in `octets`, and how many belong to it: taken in portions of every size.
    fn head(octets: &[u8]) -> Result<Option<(ConnectHead, usize)>, HttpNonsense> {
        let mut outcomes = (1..=octets.len()).map(|size| {
            let (mut head, mut taken) = (ConnectHead::default(), 0);
            for portion in octets.chunks(size) {
                match head.take(portion)? {
                    Some(octets) => return Ok(Some((head, taken + octets))),
                    None => taken += portion.len(),
                }
            }
            Ok(None)
        });
        let whole = outcomes.next_back().unwrap();
        for other in outcomes {
            match (&whole, &other) {
                (Ok(Some((_, one))), Ok(Some((_, other)))) => assert_eq!(one, other),
                (Ok(None), Ok(None)) | (Err(_), Err(_)) => {}
                _ => panic!("a split changed {whole:?} to {other:?}"),
            }
        }
        whole
    }

    fn status_of(octets: &[u8]) -> Option<u16> {
        head(octets).unwrap().and_then(|(head, _)| head.status())
    }

    #[test]
    fn a_head_ends_at_its_empty_line_however_it_is_split() {
        for octets in [
            &b"HTTP/1.1 200 Connection established\r\n\r\n"[..],
            b"HTTP/1.0 200\r\n\r\n",
            b"HTTP/1.1 200 \r\nVia: x\r\nContent-Length: 7\r\n\r\n",
            b"HTTP/1.1 200 OK\nVia: x\n\n",
        ] {
            let more = [octets, b"220 early\r\n\r\n"].concat();
            let (head, taken) = head(&more).unwrap().unwrap();
            assert_eq!((head.status(), taken), (Some(200), octets.len()));
            for part in 1..octets.len() {
                assert!(self::head(&octets[..part]).unwrap().is_none(), "{part}");
            }
        }
    }

    #[test]
    fn an_interim_response_is_passed_over() {
        let octets =
            b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 204\r\n\r\n";
        assert_eq!(status_of(octets), Some(204));
        assert_eq!(status_of(b"HTTP/1.1 101 Switching\r\n\r\n"), Some(101));
    }

    #[test]
    fn what_is_no_status_line_is_found_out_at_once() {
        for (octets, found) in [
            (&b"220 mail.example ESMTP\r\n"[..], "220 mail.example ESMTP"),
            (b"H", ""),
            (b"HTTP/2 200\r\n", "HTTP/2 200"),
            (b"HTTP/1.1 20\r\n", "HTTP/1.1 20"),
            (b"HTTP/1.1 2000\r\n", "HTTP/1.1 2000"),
            (b"HTTP/1.1  200\r\n", "HTTP/1.1  200"),
            (b"HTTP/1.x 200\r\n", "HTTP/1.x 200"),
            (b"HTTP/1.1 +20\r\n", "HTTP/1.1 +20"),
            (b"\r\nHTTP/1.1 200\r\n", ""),
            (b"HTTP/1.1 \x1b[2J\r\n", r"HTTP/1.1 \x1b[2J"),
        ] {
            match head(octets) {
                Ok(None) => assert_eq!(found, ""),
                outcome => {
                    let found = found.to_owned();
                    assert_eq!(outcome.unwrap_err(), HttpNonsense::Greeting { found });
                }
            }
        }
    }

    #[test]
    fn a_head_is_bounded_in_octets_and_in_lines() {
        let start = "HTTP/1.1 200 OK\r\n";
        let room = MOST_OCTETS - start.len() - "A: \r\n\r\n".len();
        for (fill, fits) in [(room, true), (room + 1, false)] {
            let octets = format!("{start}A: {}\r\n\r\n", "x".repeat(fill));
            let outcome = ConnectHead::default().take(octets.as_bytes());
            let expected = if fits { Ok(Some(octets.len())) } else { Err(HttpNonsense::TooLong) };
            assert_eq!(outcome, expected);
        }
        for (headers, fits) in [(98, true), (99, false)] {
            let octets = format!("{start}{}\r\n", "A: b\r\n".repeat(headers));
            let outcome = ConnectHead::default().take(octets.as_bytes());
            let wrong = Err(HttpNonsense::TooManyLines);
            assert_eq!(outcome, if fits { Ok(Some(octets.len())) } else { wrong });
        }
        let endless = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
        let outcome = ConnectHead::default().take(&endless);
        assert_eq!(outcome, Err(HttpNonsense::TooManyLines));
    }

    #[test]
    fn a_long_status_line_is_quoted_in_part_and_harmlessly() {
        let octets = [&b"HTTP/1.1 503 \x1b[31m\"\xff"[..], &[b'x'; 500], b"\r\n\r\n"];
        let (head, _) = head(&octets.concat()).unwrap().unwrap();
        assert!(head.status_line().starts_with(r#"HTTP/1.1 503 \x1b[31m\"\xffxxx"#));
        assert!(head.status_line().len() < 200);
        assert!(head.status_line().bytes().all(|octet| (0x20..0x7f).contains(&octet)));
    }

    #[test]
    fn the_schemes_are_those_of_all_challenges() {
        let octets = b"HTTP/1.1 407 No\r\nproxy-authenticate: Negotiate, NTLM\r\n\
            Proxy-Authenticate:Basic realm=\"a, b\", charset=\"UTF-8\"\r\nX: Digest\r\n\
            Proxy-Authenticate: \x1b[2J\r\nProxy-Authenticate: \xff\r\nodd\r\n\r\n";
        let (head, _) = head(octets).unwrap().unwrap();
        assert_eq!(head.schemes(), ["Negotiate", "NTLM", "Basic"]);
    }

    #[test]
    fn user_and_password_are_one_token() {
        // RFC 7617 2.
        assert_eq!(basic("Aladdin", "open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
