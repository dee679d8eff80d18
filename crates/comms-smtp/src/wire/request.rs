//! Command lines as a server reads them (RFC 5321 4.1.1).

use comms_core::Secret;
use comms_mime::Address;

use crate::envelope::ReversePath;
use crate::parameter::free::Parameter;

/// A command line, understood or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// A greeting, and the client's name.
    Helo(Greeting, String),
    StartTls,
    /// The mechanism, and the first response.
    Auth(String, Option<Secret>),
    Mail(ReversePath, Vec<Parameter>),
    Rcpt(Address, Vec<Parameter>),
    Data,
    Bdat(Chunk),
    /// A BDAT of which nobody knows how many octets stand behind it.
    BadChunk,
    Rset,
    Noop,
    Quit,
    Vrfy(String),
    Expn,
    Help,
    /// A known command with arguments that it does not take.
    BadArguments(&'static str),
    Unknown,
}

/// A chunk that is announced (RFC 3030 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) octets: u64,
    pub(crate) is_last: bool,
}

/// How a client greets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    Ehlo,
    Helo,
    /// RFC 2033 4.1.
    Lhlo,
}

impl Request {
    /// Reads one line, with or without its end.
    pub(crate) fn parse(line: &[u8]) -> Self {
        // Octets may stand behind a BDAT that is not understood: they are no commands.
        let is_chunk = line.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case(b"BDAT"));
        let unknown = if is_chunk { Self::BadChunk } else { Self::Unknown };
        let Ok(text) = std::str::from_utf8(line) else { return unknown };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.chars().any(char::is_control) {
            return unknown;
        }
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => named("a name", rest, |name| Self::Helo(Greeting::Ehlo, name)),
            "HELO" => named("a name", rest, |name| Self::Helo(Greeting::Helo, name)),
            "LHLO" => named("a name", rest, |name| Self::Helo(Greeting::Lhlo, name)),
            "STARTTLS" => alone(rest, Self::StartTls),
            "AUTH" => auth(rest).unwrap_or(Self::BadArguments("a mechanism")),
            "MAIL" => mail(rest).unwrap_or(Self::BadArguments("FROM:<address>")),
            "RCPT" => rcpt(rest).unwrap_or(Self::BadArguments("TO:<address>")),
            "DATA" => alone(rest, Self::Data),
            "BDAT" => chunk(rest).map_or(Self::BadChunk, Self::Bdat),
            "RSET" => alone(rest, Self::Rset),
            "QUIT" => alone(rest, Self::Quit),
            "NOOP" => Self::Noop,
            "HELP" => Self::Help,
            "VRFY" => named("a name", rest, Self::Vrfy),
            "EXPN" => Self::Expn,
            _ => unknown,
        }
    }

    /// The verb, where the command stands alone and changes no message.
    pub(crate) fn verb(&self) -> Option<&'static str> {
        Some(match self {
            Self::StartTls => "STARTTLS",
            Self::Auth(..) => "AUTH",
            Self::Rset => "RSET",
            Self::Noop => "NOOP",
            Self::Quit => "QUIT",
            Self::Vrfy(_) => "VRFY",
            Self::Expn => "EXPN",
            Self::Help => "HELP",
            _ => return None,
        })
    }
}

fn named(takes: &'static str, rest: &str, request: impl FnOnce(String) -> Request) -> Request {
    if rest.is_empty() { Request::BadArguments(takes) } else { request(rest.to_owned()) }
}

fn alone(rest: &str, request: Request) -> Request {
    if rest.is_empty() { request } else { Request::BadArguments("nothing") }
}

fn auth(rest: &str) -> Option<Request> {
    let mut words = rest.split_ascii_whitespace();
    let mechanism = words.next()?.to_ascii_uppercase();
    let first = words.next().map(Secret::new);
    words.next().is_none().then_some(Request::Auth(mechanism, first))
}

fn chunk(rest: &str) -> Option<Chunk> {
    let mut words = rest.split_ascii_whitespace();
    let octets =
        words.next().filter(|octets| octets.bytes().all(|octet| octet.is_ascii_digit()))?;
    let mark = words.next();
    let is_last = mark.is_some_and(|mark| mark.eq_ignore_ascii_case("LAST"));
    let is_right = mark.is_none() || (is_last && words.next().is_none());
    is_right.then_some(Chunk { octets: octets.parse().ok()?, is_last })
}

fn mail(rest: &str) -> Option<Request> {
    let (path, parameters) = path(rest, "FROM:")?;
    let sender = match path {
        "" => ReversePath::Null,
        path => ReversePath::Address(path.parse().ok()?),
    };
    Some(Request::Mail(sender, each(parameters)?))
}

fn rcpt(rest: &str) -> Option<Request> {
    let (path, parameters) = path(rest, "TO:")?;
    Some(Request::Rcpt(path.parse().ok()?, each(parameters)?))
}

/// The parameters of a command (RFC 5321 4.1.2).
fn each(parameters: &str) -> Option<Vec<Parameter>> {
    parameters.split_ascii_whitespace().map(|parameter| parameter.parse().ok()).collect()
}

/// The inside of `<...>` behind the keyword, without a source route, and what follows it.
fn path<'t>(rest: &'t str, keyword: &str) -> Option<(&'t str, &'t str)> {
    let (found, rest) = rest.split_at_checked(keyword.len())?;
    if !found.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let rest = rest.trim_start().strip_prefix('<')?;
    let end = closing(rest)?;
    let (inside, behind) = rest.split_at_checked(end)?;
    let parameters = behind.strip_prefix('>')?;
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return None;
    }
    let address = match inside.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => inside,
    };
    Some((address, parameters.trim()))
}

/// Where the `>` is that is not inside of a quoted string.
fn closing(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().position(|octet| {
        if escaped {
            escaped = false;
            return false;
        }
        match octet {
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' => return !quoted,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Request {
        Request::parse(line.as_bytes())
    }

    #[test]
    fn commands_are_read_in_any_case_with_their_parameters() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        assert_eq!(
            parse("mail from:<a@x.example> size=10 BODY=8BITMIME\r\n"),
            Request::Mail(
                address("a@x.example").into(),
                vec!["SIZE=10".parse().unwrap(), "BODY=8BITMIME".parse().unwrap()]
            )
        );
        assert_eq!(parse("MAIL FROM:<>"), Request::Mail(ReversePath::Null, Vec::new()));
        assert_eq!(
            parse("RCPT TO:<@r.example:b@y.example>"),
            Request::Rcpt(address("b@y.example"), Vec::new())
        );
        assert_eq!(
            parse(r#"RCPT TO:<"a> ORCPT=x"@y.example>"#),
            Request::Rcpt(address(r#""a> ORCPT=x"@y.example"#), Vec::new())
        );
        assert_eq!(
            parse(r#"RCPT TO:<"a\"> b"@y.example>"#),
            Request::Rcpt(address(r#""a\"> b"@y.example"#), Vec::new())
        );
        // Outside of quotes a backslash takes nothing's meaning away.
        assert!(matches!(parse(r"RCPT TO:<a@y.example\>x"), Request::BadArguments(_)));
        assert_eq!(closing(r"a\>b>"), Some(2));
    }

    #[test]
    fn each_greeting_and_each_verb_that_stands_alone_is_known() {
        for (greeting, verb) in
            [(Greeting::Ehlo, "EHLO"), (Greeting::Helo, "HELO"), (Greeting::Lhlo, "LHLO")]
        {
            assert_eq!(parse(&format!("{verb} c")), Request::Helo(greeting, "c".to_owned()));
        }
        for line in ["STARTTLS", "AUTH LOGIN", "RSET", "NOOP", "QUIT", "VRFY a", "EXPN a", "HELP"] {
            assert_eq!(parse(line).verb(), line.split(' ').next(), "{line}");
        }
        for line in ["EHLO c", "MAIL FROM:<>", "RCPT TO:<a@x.example>", "DATA", "BDAT 1", "XYZ"] {
            assert_eq!(parse(line).verb(), None, "{line}");
        }
    }

    #[test]
    fn the_first_response_of_auth_is_secret() {
        assert_eq!(parse("auth login"), Request::Auth("LOGIN".to_owned(), None));
        let request = parse("AUTH plain AGEAYg==");
        assert_eq!(format!("{request:?}"), r#"Auth("PLAIN", Some(<secret>))"#);
        assert_eq!(parse("AUTH"), Request::BadArguments("a mechanism"));
        assert_eq!(parse("AUTH PLAIN a b"), Request::BadArguments("a mechanism"));
    }

    #[test]
    fn a_chunk_has_a_number_of_octets_and_anything_else_is_no_chunk() {
        let chunk = |octets, is_last| Request::Bdat(Chunk { octets, is_last });
        assert_eq!(parse("BDAT 0\r\n"), chunk(0, false));
        assert_eq!(parse("bdat 86 last\r\n"), chunk(86, true));
        assert_eq!(parse("BDAT  007  LAST "), chunk(7, true));
        assert_eq!(parse("BDAT 18446744073709551615"), chunk(u64::MAX, false));
        for wrong in [
            "BDAT",
            "BDAT ",
            "BDAT LAST",
            "BDAT -1",
            "BDAT +1",
            "BDAT 0x10",
            "BDAT 1 FIRST",
            "BDAT 1 LAST LAST",
            "BDAT 1,LAST",
            "BDAT 18446744073709551616",
            "BDAT 99999999999999999999999999999999999999999999999999",
            "BDAT\t5",
            "BDAT 5\0",
            "BDAT5",
            "BDAT \u{665}",
        ] {
            assert_eq!(parse(wrong), Request::BadChunk, "{wrong:?}");
        }
        assert_eq!(Request::parse(b"BDAT 5 \xff"), Request::BadChunk);
    }

    #[test]
    fn what_is_no_command_is_told_apart_from_wrong_arguments() {
        for unknown in ["", "XYZ", "\u{7}NOOP", "DATA\0"] {
            assert_eq!(parse(unknown), Request::Unknown, "{unknown:?}");
        }
        for wrong in [
            "MAIL FROM:a@x",
            "MAIL",
            "RCPT TO:<>",
            "RCPT TO:<a@x.example>x",
            "RCPT TO:<a@x.example> A=b=c",
            "DATA now",
        ] {
            assert!(matches!(parse(wrong), Request::BadArguments(_)), "{wrong:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_octets_make_some_request(line: Vec<u8>) {
            let _ = Request::parse(&line);
        }
    }
}
