//! Encoded words: header text that is not plain ASCII (RFC 2047).

use std::iter;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::encode::fold::Field;
use crate::encode::quoted_printable::escaped;

/// Puts free text into a field: as it is when it survives that, as encoded words otherwise.
pub(crate) fn text(field: &mut Field, text: &str) {
    if is_plain(text) && tokens(text).all(|(blanks, token)| blanks.len() + token.len() <= LONGEST) {
        for (n, (blanks, token)) in tokens(text).enumerate() {
            if n == 0 { field.token(token) } else { field.spaced(blanks, token) }
        }
    } else {
        words(field, text);
    }
}

/// Puts text that people read into a field. Runs of blanks are encoded too, since some readers
/// make one blank of them.
pub(crate) fn prose(field: &mut Field, prose: &str) {
    if has_runs(prose) { words(field, prose) } else { text(field, prose) }
}

/// Puts text into a field as encoded words.
pub(crate) fn words(field: &mut Field, text: &str) {
    let scheme = Scheme::shorter(text);
    let mut rest = text;
    if field.room() < NARROWEST {
        field.fold();
    }
    // A word that fits on a line of its own is not split for the rest of this one: some readers
    // see a blank between two words of a name (Python until 3.12).
    let is_split = !field.is_begun() || scheme.fitting(text, LONGEST_WORD) < text.len();
    let mut room = if is_split { field.room() } else { LONGEST_WORD };
    while !rest.is_empty() {
        let (taken, behind) = rest.split_at(scheme.fitting(rest, room.min(LONGEST_WORD)));
        field.token(&scheme.word(taken));
        rest = behind;
        room = LONGEST_WORD;
    }
}

/// Whether a header can say the text with its own octets: printable ASCII, no blanks at the
/// ends, and nothing that a reader would take for an encoded word.
pub(crate) fn is_plain(text: &str) -> bool {
    let printable = text.bytes().all(|octet| matches!(octet, b'\t' | b' '..=b'~'));
    printable && text.trim_ascii() == text && !looks_encoded(text)
}

/// Whether blanks follow each other, or one is a tab.
pub(crate) fn has_runs(text: &str) -> bool {
    let blanks = |pair: &[u8]| pair == b"  ";
    text.as_bytes().windows(2).any(blanks) || text.contains('\t')
}

/// Whether a reader might find an encoded word in the text.
pub(crate) fn looks_encoded(text: &str) -> bool {
    // Most texts ask nothing; to prepare a search costs more than to see that.
    if memchr::memchr(b'?', text.as_bytes()).is_none() {
        return false;
    }
    let begin = memchr::memmem::find(text.as_bytes(), b"=?");
    let end = memchr::memmem::rfind(text.as_bytes(), b"?=");
    matches!((begin, end), (Some(begin), Some(end)) if begin < end)
}

/// The words of a text, each with the blanks in front of it.
fn tokens(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    iter::from_fn(move || {
        let blanks = rest.len() - rest.trim_ascii_start().len();
        let (before, from) = rest.split_at_checked(blanks)?;
        let end = from.find([' ', '\t']).unwrap_or(from.len());
        let (token, behind) = from.split_at_checked(end)?;
        rest = behind;
        (!token.is_empty()).then_some((before, token))
    })
}

/// RFC 2047 4: the two ways to write an encoded word.
#[derive(Debug, Clone, Copy)]
enum Scheme {
    B,
    Q,
}

impl Scheme {
    /// The scheme that needs fewer octets.
    fn shorter(text: &str) -> Scheme {
        let q: usize = text.bytes().map(q_width).sum();
        if q <= text.len().div_ceil(3) * 4 { Scheme::Q } else { Scheme::B }
    }

    /// How many octets of the text fit into a word of `room` octets, at least one character and
    /// never a part of one.
    fn fitting(self, text: &str, room: usize) -> usize {
        let room = room.saturating_sub(FRAME);
        let mut used = 0;
        for (at, c) in text.char_indices() {
            used = match self {
                Scheme::Q => used + q_character(c),
                Scheme::B => (at + c.len_utf8()).div_ceil(3) * 4,
            };
            if used > room && at > 0 {
                return at;
            }
        }
        text.len()
    }

    fn word(self, text: &str) -> String {
        let mut word = String::with_capacity(LONGEST_WORD);
        match self {
            Scheme::B => {
                word.push_str("=?utf-8?b?");
                STANDARD.encode_string(text, &mut word);
            }
            Scheme::Q => {
                word.push_str("=?utf-8?q?");
                for octet in text.bytes() {
                    match octet {
                        b' ' => word.push('_'),
                        _ if q_width(octet) == 1 => word.push(char::from(octet)),
                        _ => word.extend(escaped(octet).map(char::from)),
                    }
                }
            }
        }
        word.push_str("?=");
        word
    }
}

/// How many octets an octet takes in a Q word. RFC 2047 5 (3) allows these characters in a
/// phrase too, where fewer are free than elsewhere.
fn q_width(octet: u8) -> usize {
    let free = octet.is_ascii_alphanumeric() || matches!(octet, b' ' | b'!' | b'*' | b'+' | b'-');
    if free || octet == b'/' { 1 } else { 3 }
}

fn q_character(c: char) -> usize {
    let mut octets = [0; 4];
    c.encode_utf8(&mut octets).bytes().map(q_width).sum()
}

/// RFC 2047 2.
const LONGEST_WORD: usize = 75;

/// `=?utf-8?q?` and `?=`.
const FRAME: usize = 12;

/// Less room than this on the line of the name is not worth a word.
const NARROWEST: usize = 24;

/// With a name in front, and far from the 998 octets of RFC 5322 2.1.1.
const LONGEST: usize = 900;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(name: &str, value: &str) -> String {
        let mut field = Field::new(name);
        prose(&mut field, value);
        field.finish()
    }

    fn decoded(field: &str) -> String {
        let message = format!("{field}\r\n");
        let parsed = mail_parser::MessageParser::new().parse(message.as_bytes()).unwrap();
        parsed.subject().unwrap_or_default().to_owned()
    }

    #[test]
    fn plain_text_stays_and_other_text_takes_the_shorter_scheme() {
        assert_eq!(field("Subject", "Hello, world"), "Subject: Hello, world\r\n");
        assert_eq!(
            field("Subject", "Naïve questions"),
            "Subject: =?utf-8?q?Na=C3=AFve_questions?=\r\n"
        );
        assert_eq!(field("Subject", "日本"), "Subject: =?utf-8?b?5pel5pys?=\r\n");
        assert_eq!(field("Subject", ""), "Subject:\r\n");
    }

    #[test]
    fn text_that_looks_like_an_encoded_word_decodes_to_itself() {
        let values = ["=?utf-8?q?x?=", "=?utf-8?b?", "x =?a?q?b c?= y", "=?", "?=", "=?utf-8?Q?a?"];
        for value in values {
            assert_eq!(decoded(&field("Subject", value)), value);
        }
        // A question mark in a query is no reason to encode.
        let link = "<https://x.example/?a=?b>";
        assert_eq!(field("List-Unsubscribe", link), format!("List-Unsubscribe: {link}\r\n"));
    }

    #[test]
    fn runs_of_blanks_survive_readers_that_make_one_blank_of_them() {
        let subject = "Stop.  Go\ton, to   the end";
        assert_eq!(decoded(&field("Subject", subject)), subject);
        let mut header = Field::new("X-Spam-Status");
        text(&mut header, "no;  score=1\ttests=A");
        assert_eq!(header.finish(), "X-Spam-Status: no;  score=1\ttests=A\r\n");
    }

    #[test]
    fn a_name_was_split_for_the_room_on_its_line() {
        let mut field = Field::new("To");
        field.token("somebody.with.a.long.address@x.example,");
        words(&mut field, "Zwölf Boxkämpfer jagen");
        assert_eq!(
            field.finish(),
            "To: somebody.with.a.long.address@x.example,\r\n \
             =?utf-8?q?Zw=C3=B6lf_Boxk=C3=A4mpfer_jagen?=\r\n"
        );
    }

    #[test]
    fn control_characters_are_encoded_and_make_no_header() {
        for c in ["\r\nBcc: x@y.example", "\r", "\n", "\0", "\x7f", "\u{85}", "\u{9b}"] {
            let out = field("Subject", &format!("a{c}b"));
            assert_eq!(out.lines().count(), 1, "{c:?}");
            assert!(out.trim_end().bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{c:?}");
        }
    }

    #[test]
    fn blanks_at_the_ends_survive() {
        for value in [" a", "a ", "  ", "a\t"] {
            assert!(field("Subject", value).contains("=?utf-8?q?"), "{value:?}");
        }
    }

    #[test]
    fn a_mebibyte_is_laid_out_in_lines_of_76() {
        for value in ["ü".repeat(1 << 19), "a".repeat(1 << 20), "a b".repeat(1 << 18)] {
            let out = field("Subject", &value);
            assert!(out.trim_end().split("\r\n").all(|line| line.len() <= 76));
        }
    }

    proptest! {
        #[test]
        fn any_text_decodes_to_itself_in_lines_of_76(value in "[a-zé日😀 =?_.,<>\"\\\\]{0,300}") {
            let value = value.trim();
            let out = field("Subject", value);
            prop_assert!(out.split("\r\n").all(|line| line.len() <= 76
                || !line.trim_start_matches("Subject:").trim().contains(' ')), "{out}");
            prop_assert_eq!(decoded(&out), value);
        }

        #[test]
        fn no_word_splits_a_character(value in "[é日😀]{1,200}", name in "[A-Z]{1,76}") {
            let out = field(&name, &value);
            let mut said = String::new();
            for word in out.split_whitespace().skip(1) {
                prop_assert!(word.len() <= 75);
                let inner = word.strip_prefix("=?utf-8?").unwrap().strip_suffix("?=").unwrap();
                let octets = match inner.split_at(2) {
                    ("b?", text) => STANDARD.decode(text).unwrap(),
                    (_, text) => mail_parser::decoders::quoted_printable
                        ::quoted_printable_decode(text.as_bytes()).unwrap(),
                };
                said.push_str(std::str::from_utf8(&octets).unwrap());
            }
            prop_assert_eq!(said, value);
        }
    }
}
