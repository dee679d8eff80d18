//! Command lines as a server reads them (RFC 5321 4.1.1).

use comms_core::Secret;
use comms_mime::Address;

use crate::envelope::ReversePath;

/// A command line, understood or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    Ehlo(String),
    Helo(String),
    StartTls,
    /// The mechanism, and the first response.
    Auth(String, Option<Secret>),
    Mail(ReversePath, MailRequest),
    Rcpt(Address),
    Data,
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

/// The parameters of MAIL that a server acts on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MailRequest {
    pub(crate) size: Option<u64>,
    pub(crate) smtputf8: bool,
}

impl Request {
    /// Reads one line, with or without its end.
    pub(crate) fn parse(line: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(line) else { return Self::Unknown };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.chars().any(char::is_control) {
            return Self::Unknown;
        }
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => named("a name", rest, Self::Ehlo),
            "HELO" => named("a name", rest, Self::Helo),
            "STARTTLS" => alone(rest, Self::StartTls),
            "AUTH" => auth(rest).unwrap_or(Self::BadArguments("a mechanism")),
            "MAIL" => mail(rest).unwrap_or(Self::BadArguments("FROM:<address>")),
            "RCPT" => rcpt(rest).unwrap_or(Self::BadArguments("TO:<address>")),
            "DATA" => alone(rest, Self::Data),
            "RSET" => alone(rest, Self::Rset),
            "QUIT" => alone(rest, Self::Quit),
            "NOOP" => Self::Noop,
            "HELP" => Self::Help,
            "VRFY" => named("a name", rest, Self::Vrfy),
            "EXPN" => Self::Expn,
            _ => Self::Unknown,
        }
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

fn mail(rest: &str) -> Option<Request> {
    let (path, parameters) = path(rest, "FROM:")?;
    let sender = match path {
        "" => ReversePath::Null,
        path => ReversePath::Address(path.parse().ok()?),
    };
    let mut request = MailRequest::default();
    for parameter in parameters.split_ascii_whitespace() {
        let (keyword, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match keyword.to_ascii_uppercase().as_str() {
            "SIZE" => request.size = Some(value.parse().ok()?),
            "SMTPUTF8" if value.is_empty() => request.smtputf8 = true,
            "BODY" if matches!(value.to_ascii_uppercase().as_str(), "7BIT" | "8BITMIME") => {}
            _ => return None,
        }
    }
    Some(Request::Mail(sender, request))
}

fn rcpt(rest: &str) -> Option<Request> {
    let (path, parameters) = path(rest, "TO:")?;
    parameters.is_empty().then(|| path.parse().ok().map(Request::Rcpt))?
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
                MailRequest { size: Some(10), smtputf8: false }
            )
        );
        assert_eq!(parse("MAIL FROM:<>"), Request::Mail(ReversePath::Null, MailRequest::default()));
        assert_eq!(
            parse("RCPT TO:<@r.example:b@y.example>"),
            Request::Rcpt(address("b@y.example"))
        );
        assert_eq!(
            parse(r#"RCPT TO:<"a> ORCPT=x"@y.example>"#),
            Request::Rcpt(address(r#""a> ORCPT=x"@y.example"#))
        );
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
    fn what_is_no_command_is_told_apart_from_wrong_arguments() {
        for unknown in ["", "XYZ", "\u{7}NOOP", "DATA\0"] {
            assert_eq!(parse(unknown), Request::Unknown, "{unknown:?}");
        }
        for wrong in ["MAIL FROM:a@x", "MAIL", "RCPT TO:<>", "RCPT TO:<a@x.example>x", "DATA now"] {
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
