//! Parameters of header fields: `name="value"`, and RFC 2231 where that cannot say it.

use crate::encode::fold::Field;
use crate::encode::quoted_printable::hex_digit;
use crate::encode::word::looks_encoded;

/// Puts a parameter into a field, behind a semicolon.
///
/// Text that a quoted string cannot carry is written twice: a rough form for old readers, and
/// the exact one of RFC 2231, in sections when it is long.
pub(crate) fn parameter(field: &mut Field, name: &str, value: &str) {
    if is_simple(value) {
        token(field, &format!("{name}={}", quoted(value)));
        return;
    }
    token(field, &format!("{name}={}", quoted(&rough(value))));
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

fn token(field: &mut Field, token: &str) {
    field.glue(";");
    field.token(token);
}

fn is_simple(value: &str) -> bool {
    let printable = value.bytes().all(|octet| (b' '..=b'~').contains(&octet));
    printable && value.len() <= LONGEST_PLAIN && !looks_encoded(value)
}

fn quoted(value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// The value in ASCII and not long, its ending kept since programs go by it.
fn rough(value: &str) -> String {
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
