//! Text bodies: line ends, and the encoding that a text needs.

pub(crate) mod lines;
pub(crate) mod sourced;
mod utf8;

use std::fmt;
use std::sync::{Arc, OnceLock};

use memchr::{memchr, memchr_iter, memchr2, memmem};

use crate::encode::base64;
use crate::encode::quoted_printable;
use crate::source::Source;
use crate::stream::Stream;
use crate::write::Transfer;

/// A text with CRLF line ends, and what can carry it.
#[derive(Clone)]
pub(crate) struct Text {
    octets: Arc<Vec<u8>>,
    /// The least that takes it as it is; `Binary` means that it is always encoded.
    natural: Transfer,
    /// What it becomes where it cannot stay as it is.
    fallback: Form,
    /// How long it is in quoted-printable, once somebody asked.
    quoted: OnceLock<u64>,
}

/// How a text is written (RFC 2045 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is, in ASCII.
    SevenBit,
    /// As it is, in UTF-8.
    EightBit,
    /// Nearly as it is.
    QuotedPrintable,
    /// In lines of letters.
    Base64,
}

impl Form {
    /// The value of `Content-Transfer-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Form::SevenBit => "7bit",
            Form::EightBit => "8bit",
            Form::QuotedPrintable => "quoted-printable",
            Form::Base64 => "base64",
        }
    }
}

impl Text {
    /// Takes a text with line ends of any kind.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        let octets = with_crlf(text.into().into_bytes());
        let natural = natural(&octets);
        let base64 = base64::encoded_len(octets.len() as u64);
        let fallback = match natural {
            Transfer::SevenBit => Form::SevenBit,
            _ if quoted_printable::fits(&octets, base64) => Form::QuotedPrintable,
            _ => Form::Base64,
        };
        Text { octets: Arc::new(octets), natural, fallback, quoted: OnceLock::new() }
    }

    /// How it is written where this is taken.
    pub(crate) fn form(&self, transfer: Transfer) -> Form {
        match self.natural {
            Transfer::SevenBit => Form::SevenBit,
            Transfer::EightBit if transfer >= Transfer::EightBit => Form::EightBit,
            Transfer::EightBit | Transfer::Binary => self.fallback,
        }
    }

    /// Whether the octets occur in it.
    pub(crate) fn contains(&self, needle: &str) -> bool {
        memmem::find(&self.octets, needle.as_bytes()).is_some()
    }

    /// Whether its last line is whole.
    pub(crate) fn ends_line(&self) -> bool {
        self.octets.ends_with(b"\r\n")
    }

    /// Hands the octets over in a form. Base64 ends with a line end, the other forms as the text.
    pub(crate) fn walk<S: Stream>(&self, form: Form, stream: &mut S) -> Result<(), S::Error> {
        match form {
            Form::SevenBit | Form::EightBit => stream.octets(&self.octets),
            Form::Base64 => stream.base64(&Source::Bytes(Arc::clone(&self.octets))),
            Form::QuotedPrintable => {
                let length = || quoted_printable::encoded_len(&self.octets);
                stream.quoted_printable(&self.octets, || *self.quoted.get_or_init(length))
            }
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} octets)", self.octets.len())
    }
}

/// The text with each CRLF, CR and LF as CRLF; not copied where it has no others.
pub(crate) fn with_crlf(text: Vec<u8>) -> Vec<u8> {
    let kept = whole_lines(&text);
    if kept == text.len() {
        return text;
    }
    let (head, mut rest) = text.split_at_checked(kept).unwrap_or_default();
    let mut out = Vec::with_capacity(text.len() + memchr_iter(b'\n', rest).count());
    out.extend_from_slice(head);
    while let Some((line, end)) =
        memchr2(b'\r', b'\n', rest).and_then(|at| rest.split_at_checked(at))
    {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
        rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..)).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// How many octets stand in front of the first CR or LF that is not of a CRLF.
fn whole_lines(text: &[u8]) -> usize {
    let mut rest = text;
    while let Some(end) = memchr2(b'\r', b'\n', rest).and_then(|at| rest.get(at..)) {
        match end.strip_prefix(b"\r\n") {
            Some(behind) => rest = behind,
            None => return text.len() - end.len(),
        }
    }
    text.len()
}

/// The least that takes a text with CRLF line ends as it is.
pub(crate) fn natural(octets: &[u8]) -> Transfer {
    let (mut longest, mut begin) = (0, 0);
    for end in memchr_iter(b'\n', octets) {
        longest = longest.max((end - begin).saturating_sub(1));
        begin = end + 1;
    }
    if longest.max(octets.len() - begin) > LONGEST_LINE || memchr(0, octets).is_some() {
        Transfer::Binary
    } else if octets.is_ascii() {
        Transfer::SevenBit
    } else {
        Transfer::EightBit
    }
}

/// RFC 5322 2.1.1, RFC 2045 2.7 and 2.8.
pub(crate) const LONGEST_LINE: usize = 998;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_any_kind_become_crlf() {
        let texts = [
            ("a\nb\r\nc\rd", "a\r\nb\r\nc\r\nd"),
            ("\n\r", "\r\n\r\n"),
            ("\r\r\n\n", "\r\n\r\n\r\n"),
            ("", ""),
            ("\r\n", "\r\n"),
        ];
        for (given, expected) in texts {
            assert_eq!(with_crlf(given.into()), expected.as_bytes(), "{given:?}");
        }
    }

    #[test]
    fn a_text_that_has_its_line_ends_is_not_copied() {
        for text in ["a\r\nb\r\n", "no line end", ""] {
            let text = text.as_bytes().to_vec();
            let place = text.as_ptr();
            let whole = with_crlf(text);
            assert_eq!(whole.as_ptr(), place);
        }
    }

    #[test]
    fn the_form_goes_by_content_and_path() {
        use Transfer::{Binary, EightBit, SevenBit};
        let (long, wide, few) = ("x".repeat(999), "日".repeat(400), "x".repeat(90) + "é");
        let forms = [
            ("plain\n".to_owned(), [Form::SevenBit; 3]),
            ("x".repeat(998), [Form::SevenBit; 3]),
            (format!("{0}\n{0}\n", "x".repeat(998)), [Form::SevenBit; 3]),
            (long, [Form::QuotedPrintable; 3]),
            (few, [Form::QuotedPrintable, Form::EightBit, Form::EightBit]),
            ("日本".to_owned(), [Form::Base64, Form::EightBit, Form::EightBit]),
            (wide, [Form::Base64; 3]),
            ("a NUL\0 in it, and more text".to_owned(), [Form::QuotedPrintable; 3]),
        ];
        for (text, expected) in forms {
            let text = Text::new(text);
            assert_eq!([SevenBit, EightBit, Binary].map(|to| text.form(to)), expected);
        }
    }
}
