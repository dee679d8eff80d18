//! Quoted-printable for text (RFC 2045 6.7).

use encodify::qp::BODY;
use memchr::{memchr_iter, memmem, memrchr};

/// Encodes whole lines of a text whose line ends are CRLF, about `block` octets of it, behind what
/// `out` holds; gives how many octets of the text were taken.
///
/// Every line in `out` ends with CRLF, but for the last one of a text that does not. A dot at the
/// beginning of a line is encoded, so that relays which forget to unstuff do no harm. A call goes
/// on where the one before stopped.
pub(crate) fn lines(text: &[u8], block: usize, out: &mut Vec<u8>) -> usize {
    let before = out.len();
    let whole = whole_lines(text, block);
    BODY.encode_append(whole, out);
    if !whole.is_empty() && !begins_with_dot(out.get(before..).unwrap_or_default()) {
        return whole.len();
    }
    out.truncate(before);
    let text = if whole.is_empty() { text } else { whole };
    let mut rest = text;
    while !rest.is_empty() && text.len() - rest.len() < block {
        rest = line(rest, out);
    }
    text.len() - rest.len()
}

/// How many octets the whole text becomes.
pub(crate) fn encoded_len(text: &[u8]) -> u64 {
    let (mut length, mut rest) = (0, text);
    let mut out = Vec::new();
    while !rest.is_empty() {
        out.clear();
        let taken = lines(rest, COUNTED, &mut out);
        length += out.len() as u64;
        rest = rest.get(taken..).unwrap_or_default();
    }
    length
}

/// Whether [`encoded_len`] is no more than this; that is counted only where it is close.
pub(crate) fn fits(text: &[u8], most: u64) -> bool {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let margin = most / MARGIN;
    // As if no dot were encoded.
    let Some(length) = BODY.encoded_len_within(text, most.saturating_add(margin)) else {
        return false;
    };
    let dots = memchr_iter(b'.', text).count();
    if dots == 0 {
        return length <= most;
    }
    let longest = length.saturating_add(margin).saturating_add(dots.saturating_mul(DOT));
    longest <= most || encoded_len(text) <= most as u64
}

/// The text if it fits into a block, else as many lines as do; none when the first does not.
fn whole_lines(text: &[u8], block: usize) -> &[u8] {
    match text.get(..block) {
        Some(within) if within.len() < text.len() => {
            let end = memrchr(b'\n', within).map_or(0, |at| at + 1);
            within.get(..end).unwrap_or_default()
        }
        _ => text,
    }
}

fn begins_with_dot(lines: &[u8]) -> bool {
    lines.starts_with(b".") || memmem::find(lines, b"\n.").is_some()
}

/// Encodes the first line of the result; gives the text that is left.
fn line<'t>(text: &'t [u8], out: &mut Vec<u8>) -> &'t [u8] {
    let mut column = 0;
    let mut rest = text;
    while let Some((&octet, behind)) = rest.split_first() {
        if let Some(next) = rest.strip_prefix(b"\r\n") {
            out.extend_from_slice(b"\r\n");
            return next;
        }
        let at_end = behind.is_empty() || behind.starts_with(b"\r\n");
        let literal = match octet {
            b' ' | b'\t' => !at_end,
            b'.' => column > 0,
            b'=' => false,
            _ => octet.is_ascii_graphic(),
        };
        let width = if literal { 1 } else { 3 };
        if column + width > LONGEST_CONTENT {
            out.extend_from_slice(b"=\r\n");
            return rest;
        }
        if literal {
            out.push(octet);
        } else {
            out.extend_from_slice(&escaped(octet));
        }
        column += width;
        rest = behind;
    }
    rest
}

/// An octet as `=XX`.
pub(crate) fn escaped(octet: u8) -> [u8; 3] {
    [b'=', hex_digit(octet >> 4), hex_digit(octet & 15)]
}

/// The upper-case hexadecimal digit of a number below 16.
pub(crate) fn hex_digit(number: u8) -> u8 {
    match number {
        0..=9 => b'0' + number,
        _ => b'A' + (number & 15) - 10,
    }
}

/// What a dot at the beginning of a line costs at most: two octets, and a soft break.
const DOT: usize = 5;

/// Encoded dots move what stands behind them, and a line then leaves up to two columns free which
/// it did not before, or the reverse: far less than this part of the whole.
const MARGIN: usize = 16;

/// RFC 2045 6.7 rule 5: lines have 76 columns, the last one of which belongs to a soft break. The
/// encoder leaves it free before the end of a line, too.
const LONGEST_CONTENT: usize = 75;

/// So many octets of a text are encoded at a time when they are counted.
const COUNTED: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str) -> String {
        let (mut out, mut rest) = (Vec::new(), text.as_bytes());
        while !rest.is_empty() {
            let taken = lines(rest, usize::MAX, &mut out);
            rest = &rest[taken..];
        }
        String::from_utf8(out).unwrap()
    }

    /// The rules, one octet at a time.
    fn modelled(mut text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        while !text.is_empty() {
            text = line(text, &mut out);
        }
        out
    }

    #[test]
    fn what_mail_may_change_is_encoded() {
        assert_eq!(encoded("a=b\r\n"), "a=3Db\r\n");
        assert_eq!(encoded("trailing \r\nand\t"), "trailing=20\r\nand=09");
        assert_eq!(encoded("é\r\n"), "=C3=A9\r\n");
        assert_eq!(encoded(".\r\n..\r\n"), "=2E\r\n=2E.\r\n");
        assert_eq!(encoded("a\rb\0"), "a=0Db=00");
    }

    #[test]
    fn lines_break_softly_at_76() {
        let text = "x".repeat(75);
        assert_eq!(encoded(&text), text);
        for end in ["", "\r\n"] {
            assert_eq!(encoded(&format!("{text}y{end}")), format!("{text}=\r\ny{end}"));
        }
        // A dot that a soft break brings to the front.
        let text = format!("{}.yy", "x".repeat(75));
        assert_eq!(encoded(&text), format!("{}=\r\n=2Eyy", "x".repeat(75)));
    }

    #[test]
    fn a_call_goes_on_where_the_one_before_stopped_and_stops_behind_a_line() {
        let text = "Grüße. \r\n".repeat(40) + &"x.".repeat(200);
        for block in [1, 77, 78, 200, 100_000] {
            let (mut taken, mut out) = (0, Vec::new());
            while taken < text.len() {
                let before = out.len();
                taken += lines(&text.as_bytes()[taken..], block, &mut out);
                assert!(out.len() <= before + 4 * block + 78, "{block}");
                assert!(out.ends_with(b"\r\n") || taken == text.len(), "{block}");
            }
            assert_eq!(out, modelled(text.as_bytes()), "{block}");
        }
    }

    #[test]
    fn a_text_was_weighed_without_the_dots_at_the_beginning_of_its_lines() {
        let text = ".=\0.\r\n\0 \0日\r\n    =".to_owned() + &"x".repeat(79) + "\0éé日é";
        let length = encoded_len(text.as_bytes());
        assert!(fits(text.as_bytes(), length) && !fits(text.as_bytes(), length - 1));
    }

    proptest! {
        #[test]
        fn lines_become_what_octets_one_at_a_time_become(
            text in "([a-z]{0,9}|x{70,76}| {1,3}|\t|\\.|=|\r|\r\n|é|\\x00|\\x7f|~){0,60}",
        ) {
            let out = encoded(&text);
            prop_assert_eq!(out.as_bytes(), modelled(text.as_bytes()));
            let length = encoded_len(text.as_bytes());
            prop_assert_eq!(out.len() as u64, length);
            prop_assert!(fits(text.as_bytes(), length));
            prop_assert!(length == 0 || !fits(text.as_bytes(), length - 1));
        }

        #[test]
        fn what_is_encoded_decodes_to_itself(
            lines in proptest::collection::vec("[a-z .=\té\\x00-\\x09\\x0b-\\x1f]{0,120}", 0..5),
        ) {
            let text = lines.join("\r\n");
            let out = encoded(&text);
            prop_assert!(out.split("\r\n").all(|line| line.len() <= 76 && !line.starts_with('.')));
            let length = encoded_len(text.as_bytes());
            prop_assert_eq!(out.len() as u64, length);
            prop_assert!(fits(text.as_bytes(), length));
            prop_assert!(length == 0 || !fits(text.as_bytes(), length - 1));
            let decoded = mail_parser::decoders::quoted_printable::quoted_printable_decode(
                out.as_bytes(),
            );
            prop_assert_eq!(decoded.unwrap_or_default(), text.into_bytes());
        }
    }
}
