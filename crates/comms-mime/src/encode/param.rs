//! Parameters of header fields: `name="value"`, and RFC 2231 where that cannot say it.

use crate::encode::fold::Field;
use crate::encode::quoted_printable::hex_digit;
use crate::encode::word::looks_encoded;

/// Puts a parameter into a field, behind a semicolon.
///
/// Text that a quoted string cannot carry is written by RFC 2231, in sections when it is long. No
/// plain form stands beside it: parsers in wide use take that one when they see both.
pub(crate) fn parameter(field: &mut Field, name: &str, value: &str) {
    if is_simple(value) {
        token(field, &quoted(name, value));
        return;
    }
    let pieces = sections(value);
    if let [piece] = pieces.as_slice() {
        token(field, &format!("{name}*=utf-8''{piece}"));
        return;
    }
    for (n, piece) in pieces.iter().enumerate() {
        let charset = if n == 0 { "utf-8''" } else { "" };
        token(field, &format!("{name}*{n}*={charset}{piece}"));
    }
}

/// Whether a quoted string on one line carries the text.
pub(crate) fn is_simple(value: &str) -> bool {
    let printable = value.bytes().all(|octet| (b' '..=b'~').contains(&octet));
    printable && value.len() <= LONGEST_PLAIN && !looks_encoded(value)
}

/// The value in ASCII and not long, its ending kept since programs go by it.
pub(crate) fn rough(value: &str) -> String {
    let plain = |c: char| match c {
        '?' | '"' | '\\' => '_',
        ' '..='~' => c,
        _ => '_',
    };
    let (stem, ending) = match value.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() <= LONGEST_ENDING => (stem, ending),
        _ => (value, ""),
    };
    let mut out: String = stem.chars().take(LONGEST_ROUGH_STEM).map(plain).collect();
    if !ending.is_empty() {
        out.push('.');
        out.extend(ending.chars().map(plain));
    }
    out
}

fn token(field: &mut Field, token: &str) {
    field.glue(";");
    field.token(token);
}

fn quoted(name: &str, value: &str) -> String {
    let mut token = String::with_capacity(name.len() + 2 * value.len() + 3);
    token.push_str(name);
    token.push_str("=\"");
    for c in value.chars() {
        if matches!(c, '\\' | '"') {
            token.push('\\');
        }
        token.push(c);
    }
    token.push('"');
    token
}

/// The value percent-encoded (RFC 2231 7 `attribute-char`), in pieces that fit on a line.
fn sections(value: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut octets = [0; 4];
    for c in value.chars() {
        // Readers that decode each section by itself need whole characters in it.
        if piece.len() + 3 * c.len_utf8() > LONGEST_PIECE {
            pieces.push(std::mem::take(&mut piece));
        }
        for octet in c.encode_utf8(&mut octets).bytes() {
            percent_encoded(octet, &mut piece);
        }
    }
    pieces.push(piece);
    pieces
}

fn percent_encoded(octet: u8, out: &mut String) {
    if octet.is_ascii_alphanumeric() || b"!#$&+-.^_`{|}~".contains(&octet) {
        out.push(char::from(octet));
    } else {
        out.push('%');
        out.push(char::from(hex_digit(octet >> 4)));
        out.push(char::from(hex_digit(octet & 15)));
    }
}

/// What still fits on a line with its name and quotes.
const LONGEST_PLAIN: usize = 60;

/// What fits on a line behind `filename*12345*=utf-8''`.
const LONGEST_PIECE: usize = 48;

const LONGEST_ROUGH_STEM: usize = 40;

const LONGEST_ENDING: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn field(value: &str) -> String {
        let mut field = Field::new("Content-Disposition");
        field.token("attachment");
        parameter(&mut field, "filename", value);
        field.finish()
    }

    #[test]
    fn plain_values_are_quoted_and_others_take_rfc_2231() {
        assert_eq!(
            field("a \"b\" \\.pdf"),
            "Content-Disposition: attachment; filename=\"a \\\"b\\\" \\\\.pdf\"\r\n"
        );
        assert_eq!(
            field("Grüße.pdf"),
            "Content-Disposition: attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf\r\n"
        );
    }

    #[test]
    fn long_values_come_in_sections_that_split_no_character() {
        let out = field(&"日本語".repeat(200));
        assert!(out.lines().all(|line| line.len() <= 78));
        assert!(out.contains(" filename*0*=utf-8''%E6%97%A5"));
        for line in out.lines().skip(1) {
            let octets = line.split_once('=').unwrap().1.trim_end_matches(';');
            let octets = octets.trim_start_matches("utf-8''");
            assert_eq!(octets.len() % 9, 0, "{line}");
        }
    }

    #[test]
    fn controls_are_encoded() {
        let out = field("a\r\nBcc: x\0\u{85}");
        assert!(out.contains("filename*=utf-8''a%0D%0ABcc%3A%20x%00%C2%85"), "{out}");
    }

    #[test]
    fn a_rough_name_is_short_ascii_with_its_ending() {
        assert_eq!(rough("Grüße.pdf"), "Gr__e.pdf");
        assert_eq!(rough(&format!("{}.tar", "ü".repeat(100))), format!("{}.tar", "_".repeat(40)));
        assert_eq!(rough("=?x?=\"\\\r\n"), "=_x_=____");
    }
}
