//! Replies: from octets to a code and lines, within limits (RFC 5321 4.2, RFC 2034).

use std::fmt;

use thiserror::Error;

/// A complete reply of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    enhanced: Option<EnhancedCode>,
    /// The lines, harmless as they are shown, with a line feed between two.
    text: String,
}

impl Reply {
    /// A reply of one's own, for servers and tests. Control characters in the text are escaped.
    pub fn new(code: u16, text: &str) -> Self {
        let mut kept = String::with_capacity(text.len());
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 {
                kept.push('\n');
            }
            push_harmless(line.as_bytes(), &mut kept);
        }
        Self::of(code, kept)
    }

    fn of(code: u16, text: String) -> Self {
        let first = text.split('\n').next().unwrap_or_default();
        Self { code, enhanced: EnhancedCode::of(code, first), text }
    }

    /// The three digits.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The enhanced status code of the first line (RFC 2034), if its class is that of the code.
    pub fn enhanced(&self) -> Option<EnhancedCode> {
        self.enhanced
    }

    /// The text of each line, without codes' digits and line ends; control characters are escaped.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = &str> + Clone {
        self.text.split('\n')
    }

    /// The whole text in one line.
    pub fn text(&self) -> String {
        self.text.replace('\n', " ")
    }

    /// The octets on the wire.
    pub(crate) fn wire(&self) -> String {
        let last = self.lines().count() - 1;
        let lines = self.lines().enumerate().map(|(at, line)| {
            format!("{}{}{line}\r\n", self.code, if at == last { ' ' } else { '-' })
        });
        lines.collect()
    }

    /// The reply with the first lines of its text alone, at most `octets` of them.
    pub(crate) fn cut_to(&self, octets: usize) -> Self {
        let fits = |at: &usize| self.text.is_char_boundary(*at);
        let end = (0..=octets.min(self.text.len())).rev().find(fits);
        let kept = end.and_then(|end| self.text.get(..end)).unwrap_or_default();
        Self { text: kept.to_owned(), ..*self }
    }

    /// 421: the server closes the connection (RFC 5321 3.8).
    pub(crate) fn is_farewell(&self) -> bool {
        self.code == 421
    }

    /// 2xx: done.
    pub fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// 3xx: go on.
    pub fn is_intermediate(&self) -> bool {
        self.code / 100 == 3
    }

    /// 4xx: not now.
    pub fn is_transient(&self) -> bool {
        self.code / 100 == 4
    }

    /// 5xx: never.
    pub fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }
}

/// `550 5.1.1 no such user`, in one line.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        for line in self.lines().filter(|line| !line.is_empty()) {
            write!(f, " {line}")?;
        }
        Ok(())
    }
}

/// A status code of RFC 3463: `5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EnhancedCode {
    class: u16,
    subject: u16,
    detail: u16,
}

impl EnhancedCode {
    /// The code at the beginning of `text`; one of another class than `code`'s is text, no code.
    fn of(code: u16, text: &str) -> Option<Self> {
        let word = text.split(' ').next()?;
        let mut numbers = word.split('.').map(|number| match number.len() {
            1..=3 if number.bytes().all(|octet| octet.is_ascii_digit()) => number.parse().ok(),
            _ => None,
        });
        let found =
            Self { class: numbers.next()??, subject: numbers.next()??, detail: numbers.next()?? };
        (numbers.next().is_none() && found.class == code / 100).then_some(found)
    }
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Has `blot` overwrite what nobody may see in the server's own words: what stands behind a code, or
/// the whole line where there is none. A separator stays what it is.
pub(crate) fn blot_words(line: &mut [u8], blot: impl FnOnce(&mut [u8])) {
    let words = code_of(line).map_or(line.len(), |(_, rest)| rest.len());
    let (_, words) = line.split_at_mut(line.len() - words);
    let separator = words.first().copied().filter(|first| matches!(first, b' ' | b'-'));
    blot(words);
    if let (Some(first), Some(separator)) = (words.first_mut(), separator) {
        *first = separator;
    }
}

/// Puts lines together to a reply.
///
/// Feed it line by line, with or without the line end; it gives the reply with the last one.
#[derive(Debug, Default)]
pub struct ReplyParser {
    code: Option<u16>,
    text: String,
    lines: usize,
    octets: usize,
}

impl ReplyParser {
    /// Takes the next line. `None`: there is more to come.
    pub fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (code, rest) = code_of(line).ok_or_else(|| ReplyError::Malformed(excerpt(line)))?;
        let (more, text) = match rest.split_first() {
            None => (false, rest),
            Some((b' ', text)) => (false, text),
            Some((b'-', text)) => (true, text),
            Some(_) => return Err(ReplyError::Malformed(excerpt(line))),
        };
        match self.code {
            Some(first) if first != code => return Err(ReplyError::CodeChanged { first, code }),
            _ => self.code = Some(code),
        }
        if self.lines == MOST_LINES || self.octets + line.len() > MOST_OCTETS {
            return Err(ReplyError::TooLong);
        }
        if self.lines > 0 {
            self.text.push('\n');
        }
        let before = self.text.len();
        push_harmless(text, &mut self.text);
        // What is escaped is longer than what came, and it is what takes memory.
        self.octets += PREFIX + self.text.len() - before;
        if self.octets > MOST_OCTETS {
            return Err(ReplyError::TooLong);
        }
        self.lines += 1;
        if more {
            return Ok(None);
        }
        Ok(Some(Reply::of(code, std::mem::take(self).text)))
    }
}

/// Three digits of which the first is 2 to 5, and what follows.
fn code_of(line: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    let valid = matches!(digits, [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9']);
    let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit.wrapping_sub(b'0')));
    valid.then_some((code, rest))
}

/// Adds text that a person can be shown: UTF-8 as it is, Latin-1 as Unicode, controls escaped.
fn push_harmless(octets: &[u8], to: &mut String) {
    match std::str::from_utf8(octets) {
        Ok(text) if !text.contains(is_harmful) => to.push_str(text),
        Ok(text) => text.chars().for_each(|c| push_shown(c, to)),
        Err(_) => octets.iter().for_each(|octet| push_shown(char::from(*octet), to)),
    }
}

fn push_shown(c: char, to: &mut String) {
    match c {
        '\t' => to.push(' '),
        c if is_harmful(c) => to.extend(c.escape_default()),
        c => to.push(c),
    }
}

/// Controls, and the marks that turn text around or break lines on a terminal.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning of a line, for an error.
fn excerpt(line: &[u8]) -> String {
    let mut shown = String::new();
    push_harmless(line.get(..EXCERPT).unwrap_or(line), &mut shown);
    shown.chars().take(60).collect()
}

/// What is wrong with a reply.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// A line does not begin with a code, or does not go on as a reply does.
    #[error("`{0}` is no line of a reply")]
    Malformed(String),
    /// A line has another code than the first.
    #[error("a reply that began with {first} went on with {code}")]
    CodeChanged {
        /// The code of the first line.
        first: u16,
        /// The other one.
        code: u16,
    },
    /// There are more lines or octets than any server needs.
    #[error("a reply went on for more than {MOST_LINES} lines or {MOST_OCTETS} octets")]
    TooLong,
}

/// Longest line that is read. RFC 5321 4.5.3.1.5 has 512; servers do pass it.
pub(crate) const LONGEST_LINE: usize = 4096;

/// Octets of a line that an excerpt is made of.
const EXCERPT: usize = 240;

/// Most lines of a reply.
const MOST_LINES: usize = 256;

/// The code, and the space or hyphen behind it.
const PREFIX: usize = 4;

/// Most octets of a reply, its control characters escaped.
const MOST_OCTETS: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Option<Reply>, ReplyError> {
        let mut parser = ReplyParser::default();
        let mut last = Ok(None);
        for line in text.split_inclusive('\n') {
            last = parser.line(line.as_bytes());
            if last.is_err() {
                break;
            }
        }
        last
    }

    #[test]
    fn a_reply_of_several_lines_keeps_each() {
        let reply = parse("250-mail.example\r\n250-SIZE 1000\r\n250 HELP\r\n").unwrap().unwrap();
        assert_eq!(reply.code(), 250);
        assert!(reply.lines().eq(["mail.example", "SIZE 1000", "HELP"]));
        assert_eq!(reply.to_string(), "250 mail.example SIZE 1000 HELP");
    }

    #[test]
    fn every_odd_reply_has_one_defined_result() {
        let malformed = |text: &str| matches!(parse(text), Err(ReplyError::Malformed(_)));
        for odd in ["25\r\n", "2500 x\r\n", "\r\n", "x50 no\r\n", "150 no\r\n", "650 no\r\n", "-\n"]
        {
            assert!(malformed(odd), "{odd:?}");
        }
        assert_eq!(
            parse("250-a\r\n550 b\r\n"),
            Err(ReplyError::CodeChanged { first: 250, code: 550 })
        );
        assert_eq!(parse("250\r\n").unwrap().unwrap().text(), "");
        assert_eq!(parse("250 ok\n").unwrap().unwrap().text(), "ok");
        assert_eq!(parse("250-only\r\n"), Ok(None));
        let mut latin = ReplyParser::default();
        assert_eq!(latin.line(b"250 caf\xe9\r\n").unwrap().unwrap().text(), "café");
        assert_eq!(parse("250 café\r\n").unwrap().unwrap().text(), "café");
    }

    #[test]
    fn an_enhanced_code_of_another_class_is_text() {
        let enhanced = |text: &str| parse(text).unwrap().unwrap().enhanced();
        assert_eq!(enhanced("550 5.1.1 no\r\n").unwrap().to_string(), "5.1.1");
        for other in ["250 5.1.1 x\r\n", "550 5.1 x\r\n", "550 5.1.1.1 x\r\n", "550 5.1.9999 x\r\n"]
        {
            assert_eq!(enhanced(other), None, "{other}");
        }
    }

    #[test]
    fn control_characters_in_a_reply_are_escaped() {
        let reply = parse("550 \x1b[31mred\rnext\u{202e}\r\n").unwrap().unwrap();
        assert_eq!(reply.text(), "\\u{1b}[31mred\\rnext\\u{202e}");
    }

    #[test]
    fn a_reply_of_controls_does_not_grow_beyond_its_limit_by_being_escaped() {
        let mut parser = ReplyParser::default();
        let line = [b"250-", &[1; 100][..], b"\r\n"].concat();
        let outcome = (0..MOST_LINES).find_map(|_| parser.line(&line).err());
        assert_eq!(outcome, Some(ReplyError::TooLong));
        assert!(parser.text.len() <= MOST_OCTETS + 1000);
    }

    #[test]
    fn the_beginning_of_a_line_is_not_cut_inside_of_a_character() {
        let line = format!("{}\u{e4}{}", "a".repeat(59), "b".repeat(60));
        assert_eq!(parse(&line), Err(ReplyError::Malformed("a".repeat(59) + "\u{e4}")));
    }

    #[test]
    fn a_reply_without_end_is_refused_in_bounded_memory() {
        let mut parser = ReplyParser::default();
        let outcome = (0..100_000).find_map(|_| parser.line(b"250-more\r\n").err());
        assert_eq!(outcome, Some(ReplyError::TooLong));
        assert!(parser.lines <= MOST_LINES);
    }

    #[test]
    fn a_reply_may_be_as_long_as_the_limits_say_and_no_longer() {
        let lines = |count: usize| "250-x\r\n".repeat(count - 1) + "250 x\r\n";
        assert!(parse(&lines(MOST_LINES)).unwrap().is_some());
        assert_eq!(parse(&lines(MOST_LINES + 1)), Err(ReplyError::TooLong));

        // Seven lines of 4096 octets, and one that fills the rest: as it came, and once escaped.
        let full = format!("250-{}\r\n", "x".repeat(4092)).repeat(7);
        for (last, fits) in [
            ("x".repeat(4092), true),
            ("x".repeat(4093), false),
            ("\u{1}".repeat(10) + &"x".repeat(4042), true),
            ("\u{1}".repeat(10) + &"x".repeat(4043), false),
        ] {
            let outcome = parse(&format!("{full}250 {last}\r\n"));
            assert_eq!(outcome.is_ok(), fits, "{} octets", last.len());
        }
    }

    #[test]
    fn each_code_is_of_one_kind_and_one_of_them_a_farewell() {
        for (code, kind) in [(250, 2), (354, 3), (450, 4), (421, 4), (550, 5), (599, 5), (200, 2)] {
            let reply = Reply::new(code, "words");
            let kinds = [
                reply.is_positive(),
                reply.is_intermediate(),
                reply.is_transient(),
                reply.is_permanent(),
            ];
            assert_eq!(kinds, [2, 3, 4, 5].map(|one| one == kind), "{code}");
            assert_eq!(reply.is_farewell(), code == 421, "{code}");
        }
    }

    #[test]
    fn a_reply_goes_out_with_a_hyphen_in_each_line_but_the_last() {
        assert_eq!(Reply::new(250, "one").wire(), "250 one\r\n");
        assert_eq!(Reply::new(250, "one\ntwo\n3").wire(), "250-one\r\n250-two\r\n250 3\r\n");
    }

    #[test]
    fn what_only_looks_like_an_enhanced_code_is_none() {
        for other in ["550 5.+1.1 x\r\n", "550 5.1.-1 x\r\n", "550 5..1 x\r\n"] {
            assert_eq!(parse(other).unwrap().unwrap().enhanced(), None, "{other}");
        }
    }
}
