//! Quoted-printable for text (RFC 2045 6.7).

/// Encodes whole lines of text whose line ends are CRLF, until `out` has grown by `room` octets or
/// the text is used up; gives how many octets of it were taken.
///
/// Every line in `out` ends with CRLF, but for the last one of a text that does not. A dot at the
/// beginning of a line is encoded, so that relays which forget to unstuff do no harm. A call goes
/// on where the one before stopped.
pub(crate) fn lines(text: &[u8], room: usize, out: &mut Vec<u8>) -> usize {
    let full = out.len().saturating_add(room);
    let mut rest = text;
    while !rest.is_empty() && out.len() < full {
        rest = line(rest, out);
    }
    text.len() - rest.len()
}

/// How many octets the whole text becomes.
pub(crate) fn encoded_len(text: &[u8]) -> u64 {
    let mut length = 0;
    let mut rest = text;
    while !rest.is_empty() {
        rest = line(rest, &mut length);
    }
    length
}

/// What lines are written to: octets, or their number.
trait Room {
    fn put(&mut self, octets: &[u8]);
}

impl Room for Vec<u8> {
    fn put(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }
}

impl Room for u64 {
    fn put(&mut self, octets: &[u8]) {
        *self += octets.len() as u64;
    }
}

/// Encodes the first line of the result; gives the text that is left.
fn line<'t>(text: &'t [u8], out: &mut impl Room) -> &'t [u8] {
    let mut rest = text;
    let mut column = 0;
    if let Some(behind) = rest.strip_prefix(b".") {
        out.put(&escaped(b'.'));
        (rest, column) = (behind, 3);
    }
    while !rest.is_empty() {
        if let Some(next) = rest.strip_prefix(b"\r\n") {
            out.put(b"\r\n");
            return next;
        }
        // The last column belongs to a soft break, unless this is the end of the line.
        let run = literals(rest, LONGEST_LINE - 1 - column);
        if !run.is_empty() {
            out.put(run);
            column += run.len();
            rest = rest.get(run.len()..).unwrap_or_default();
            continue;
        }
        let Some((&octet, behind)) = rest.split_first() else { break };
        let at_end = is_end(behind);
        let room = if at_end { LONGEST_LINE } else { LONGEST_LINE - 1 } - column;
        if is_literal(octet) && !(at_end && is_blank(octet)) && room >= 1 {
            out.put(&[octet]);
            column += 1;
        } else if room >= 3 {
            out.put(&escaped(octet));
            column += 3;
        } else {
            out.put(SOFT_BREAK);
            return rest;
        }
        rest = behind;
    }
    rest
}

/// The octets in front that stand for themselves, at most so many. A blank at the end of a line
/// does not: it would be lost on the way.
fn literals(text: &[u8], most: usize) -> &[u8] {
    let within = text.get(..most).unwrap_or(text);
    let mut length = 0;
    for eight in within.chunks_exact(8) {
        if !eight.iter().fold(true, |all, &octet| all & is_literal(octet)) {
            break;
        }
        length += 8;
    }
    let from = within.get(length..).unwrap_or_default();
    length += from.iter().take_while(|&&octet| is_literal(octet)).count();
    let (run, behind) = text.split_at_checked(length).unwrap_or((text, &[]));
    match run.split_last() {
        Some((&last, shorter)) if is_blank(last) && is_end(behind) => shorter,
        _ => run,
    }
}

/// Whether an octet may stand for itself within a line.
fn is_literal(octet: u8) -> bool {
    matches!(octet, b'\t' | b' '..=b'<' | b'>'..=b'~')
}

fn is_blank(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// Whether a line is over in front of this text.
fn is_end(text: &[u8]) -> bool {
    text.is_empty() || text.starts_with(b"\r\n")
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

/// RFC 2045 6.7 rule 5, without the CRLF.
const LONGEST_LINE: usize = 76;

/// RFC 2045 6.7 rule 5: a line end that is not in the text.
const SOFT_BREAK: &[u8] = b"=\r\n";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        assert_eq!(lines(text.as_bytes(), usize::MAX, &mut out), text.len());
        String::from_utf8(out).unwrap()
    }

    /// The rules, one octet at a time.
    fn modelled(text: &[u8]) -> Vec<u8> {
        let (mut out, mut column, mut rest) = (Vec::new(), 0, text);
        while let Some((&octet, behind)) = rest.split_first() {
            if let Some(next) = rest.strip_prefix(b"\r\n") {
                out.extend_from_slice(b"\r\n");
                (column, rest) = (0, next);
                continue;
            }
            let at_end = behind.is_empty() || behind.starts_with(b"\r\n");
            let literal = match octet {
                b' ' | b'\t' => !at_end,
                b'.' => column > 0,
                b'=' => false,
                _ => octet.is_ascii_graphic(),
            };
            let width = if literal { 1 } else { 3 };
            if column + width > if at_end { 76 } else { 75 } {
                out.extend_from_slice(b"=\r\n");
                column = 0;
                continue;
            }
            if literal {
                out.push(octet);
            } else {
                out.extend_from_slice(&escaped(octet));
            }
            column += width;
            rest = behind;
        }
        out
    }

    #[test]
    fn what_mail_may_change_is_encoded() {
        assert_eq!(encoded("a=b\r\n"), "a=3Db\r\n");
        assert_eq!(encoded("trailing \r\nand\t"), "trailing=20\r\nand=09");
        assert_eq!(encoded("é\r\n"), "=C3=A9\r\n");
        assert_eq!(encoded(".\r\n..\r\n"), "=2E\r\n=2E.\r\n");
        assert_eq!(encoded("a\rb\nc\0"), "a=0Db=0Ac=00");
    }

    #[test]
    fn lines_break_softly_at_76() {
        let text = "x".repeat(76);
        assert_eq!(encoded(&text), text);
        assert_eq!(encoded(&"x".repeat(77)), format!("{}=\r\nxx", "x".repeat(75)));
        // A dot that a soft break brings to the front.
        let text = format!("{}.yy", "x".repeat(75));
        assert_eq!(encoded(&text), format!("{}=\r\n=2Eyy", "x".repeat(75)));
    }

    #[test]
    fn a_call_goes_on_where_the_one_before_stopped_and_stops_behind_a_line() {
        let text = "Grüße. \r\n".repeat(40) + &"x.".repeat(200);
        for room in [1, 77, 78, 200, 100_000] {
            let (mut taken, mut out) = (0, Vec::new());
            while taken < text.len() {
                let before = out.len();
                taken += lines(&text.as_bytes()[taken..], room, &mut out);
                assert!(out.len() <= before + room - 1 + 78, "{room}");
                assert!(out.ends_with(b"\r\n") || taken == text.len(), "{room}");
            }
            assert_eq!(out, modelled(text.as_bytes()), "{room}");
        }
    }

    proptest! {
        #[test]
        fn runs_become_what_octets_one_at_a_time_become(
            text in "([a-z]{0,9}|x{70,76}| {1,3}|\t|\\.|=|\r|\n|\r\n|é|\\x00|~){0,60}",
        ) {
            let out = encoded(&text);
            prop_assert_eq!(out.as_bytes(), modelled(text.as_bytes()));
            prop_assert_eq!(out.len() as u64, encoded_len(text.as_bytes()));
        }

        #[test]
        fn what_is_encoded_decodes_to_itself(
            lines in proptest::collection::vec("[a-z .=\té\\x00-\\x1f]{0,120}", 0..5),
        ) {
            let text = lines.join("\r\n");
            let out = encoded(&text);
            prop_assert!(out.split("\r\n").all(|line| line.len() <= 76 && !line.starts_with('.')));
            prop_assert_eq!(out.len() as u64, encoded_len(text.as_bytes()));
            let decoded = mail_parser::decoders::quoted_printable::quoted_printable_decode(
                out.as_bytes(),
            );
            prop_assert_eq!(decoded.unwrap_or_default(), text.into_bytes());
        }
    }
}
