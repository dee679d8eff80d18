//! Encoded words read (RFC 2047): what a received header says.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use mail_parser::decoders::charsets::map::charset_decoder;
use memchr::memmem;

/// The text with its encoded words decoded. Those of an unknown charset, and what only looks like
/// one, stay as they are.
pub(crate) fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pending: Option<Said<'_>> = None;
    let mut rest = text;
    let mut plain = 0;
    while let Some(at) = rest.get(plain..).and_then(|from| from.find("=?")).map(|at| plain + at) {
        let word = rest.get(at..).and_then(EncodedWord::first);
        let said = word.as_ref().and_then(EncodedWord::said);
        let (Some(word), Some(said)) = (word, said) else {
            plain = at + 2;
            continue;
        };
        let before = rest.get(..at).unwrap_or_default();
        // RFC 2047 6.2: blanks between encoded words are not shown; and a character may have been
        // split by a careless writer.
        match &mut pending {
            Some(earlier) if before.trim().is_empty() && earlier.charset == said.charset => {
                earlier.octets.extend_from_slice(&said.octets);
            }
            _ => {
                let between = pending.is_some() && before.trim().is_empty();
                out.extend(pending.replace(said).map(Said::text));
                out.push_str(if between { "" } else { before });
            }
        }
        rest = rest.get(at + word.length..).unwrap_or_default();
        plain = 0;
    }
    out.extend(pending.map(Said::text));
    out.push_str(rest);
    out
}

/// One encoded word: `=?charset?encoding?text?=`.
#[derive(Debug)]
pub(crate) struct EncodedWord<'a> {
    charset: &'a str,
    encoding: &'a str,
    content: &'a str,
    /// How many octets it has.
    pub(crate) length: usize,
}

impl<'a> EncodedWord<'a> {
    /// The word at the beginning of the text. It may be longer than the 75 octets of RFC 2047 2.
    pub(crate) fn first(text: &'a str) -> Option<Self> {
        let inside = text.strip_prefix("=?")?;
        let near = inside.len().min(LONGEST_WORD);
        let inside = (0..4).find_map(|less| inside.get(..near.checked_sub(less)?))?;
        let (charset, behind) = inside.split_once('?')?;
        let (encoding, behind) = behind.split_at_checked(1)?;
        let behind = behind.strip_prefix('?')?;
        let content = behind.get(..memmem::find(behind.as_bytes(), b"?=")?)?;
        let blank = |text: &str| text.contains(|c: char| c.is_whitespace() || c.is_control());
        if charset.is_empty() || blank(charset) || blank(content) {
            return None;
        }
        // RFC 2231 5: a language may stand behind the charset.
        let name = charset.split('*').next().unwrap_or_default();
        let length = "=????=".len() + charset.len() + encoding.len() + content.len();
        Some(EncodedWord { charset: name, encoding, content, length })
    }

    fn said(&self) -> Option<Said<'a>> {
        let charset = Charset::named(self.charset)?;
        let octets = match self.encoding {
            "b" | "B" => BASE64.decode(self.content).ok()?,
            "q" | "Q" => unquoted(self.content.as_bytes()),
            _ => return None,
        };
        Some(Said { charset: self.charset, decode: charset, octets })
    }
}

/// The octets of encoded words of one charset that follow each other.
struct Said<'a> {
    charset: &'a str,
    decode: Charset,
    octets: Vec<u8>,
}

impl Said<'_> {
    fn text(self) -> String {
        match self.decode {
            Charset::Utf8 => String::from_utf8_lossy(&self.octets).into_owned(),
            Charset::Other(decode) => decode(&self.octets),
        }
    }
}

enum Charset {
    Utf8,
    Other(fn(&[u8]) -> String),
}

impl Charset {
    fn named(name: &str) -> Option<Self> {
        let utf8 = ["utf-8", "utf8", "us-ascii"];
        if utf8.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return Some(Charset::Utf8);
        }
        charset_decoder(name.as_bytes()).map(Charset::Other)
    }
}

/// RFC 2047 4.2; what is no code stays.
fn unquoted(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut rest = content;
    while let Some((octet, behind)) = rest.split_first() {
        rest = behind;
        match (octet, behind) {
            (b'_', _) => out.push(b' '),
            (b'=', [high, low, beyond @ ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                out.push(digit(*high) << 4 | digit(*low));
                rest = beyond;
            }
            _ => out.push(*octet),
        }
    }
    out
}

fn digit(octet: u8) -> u8 {
    match octet {
        b'0'..=b'9' => octet - b'0',
        _ => octet.to_ascii_lowercase().wrapping_sub(b'a').wrapping_add(10),
    }
}

/// Writers forget the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Far more than anybody writes; what is longer is text.
const LONGEST_WORD: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_decoded_and_other_text_stays() {
        let texts = [
            ("plain", "plain"),
            ("=?utf-8?q?B=C3=B8b?=", "Bøb"),
            ("=?UTF-8?B?QsO4Yg==?= Smith", "Bøb Smith"),
            ("=?utf-8?b?QsO4Yg?=", "Bøb"),
            ("=?iso-8859-1?Q?B=F8b_S.?=", "Bøb S."),
            ("=?windows-1251?q?=C4=E0?=", "Да"),
            ("=?utf-8*en?q?a?=", "a"),
            ("=?utf-8?q?a?= \t=?utf-8?q?b?= c", "ab c"),
            ("=?utf-8?q?a?= =?iso-8859-1?q?=F8?=", "aø"),
            ("=?utf-8?q?=C3?= =?utf-8?q?=B8?=", "ø"),
            ("a=?utf-8?q?b?=c", "abc"),
            ("=?utf-8?q?=3?=", "=3"),
            ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
            ("=?none?q?a?=", "=?none?q?a?="),
            ("=?utf-8?b?!?=", "=?utf-8?b?!?="),
            ("=?utf-8?q?a b?=", "=?utf-8?q?a b?="),
            ("=?=?=?utf-8?q?a?=", "=?=?a"),
            ("=?utf-8?q??=", ""),
            ("=?", "=?"),
        ];
        for (text, expected) in texts {
            assert_eq!(decoded(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_quarter_mebibyte_of_beginnings_takes_linear_time() {
        for piece in ["=?", "=?a?q?", "=?utf-8?q?a", "=?utf-8?q?a?= ", "=?é"] {
            let text = piece.repeat((1 << 18) / piece.len());
            assert!(decoded(&text).len() <= text.len(), "{piece}");
        }
    }
}
