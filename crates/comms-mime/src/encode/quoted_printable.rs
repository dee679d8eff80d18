//! Quoted-printable for text (RFC 2045 6.7).

/// Encodes text whose line ends are CRLF, a line of the result at a time.
///
/// Each piece handed to `emit` is at most 78 octets long. A dot at the beginning of a line is
/// encoded too, so that relays which forget to unstuff do no harm.
pub(crate) fn encode(text: &[u8], mut emit: impl FnMut(&[u8])) {
    let mut line = Vec::with_capacity(LONGEST_LINE + 2);
    let mut rest = text;
    while let Some((&octet, behind)) = rest.split_first() {
        if let Some(next) = rest.strip_prefix(b"\r\n") {
            line.extend_from_slice(b"\r\n");
            emit(&line);
            line.clear();
            rest = next;
            continue;
        }
        let at_end = behind.is_empty() || behind.starts_with(b"\r\n");
        let literal = match octet {
            b' ' | b'\t' => !at_end,
            b'.' => !line.is_empty(),
            b'=' => false,
            _ => octet.is_ascii_graphic(),
        };
        let width = if literal { 1 } else { 3 };
        // The last column belongs to a soft break, unless this is the end of the line.
        let room = if at_end { LONGEST_LINE } else { LONGEST_LINE - 1 };
        if line.len() + width > room {
            line.extend_from_slice(b"=\r\n");
            emit(&line);
            line.clear();
            // The octet may be the first of its line now: a dot is judged again.
            continue;
        }
        if literal {
            line.push(octet);
        } else {
            line.extend_from_slice(&escaped(octet));
        }
        rest = behind;
    }
    if !line.is_empty() {
        emit(&line);
    }
}

/// How many octets [`encode`] emits.
pub(crate) fn encoded_len(text: &[u8]) -> u64 {
    let mut length = 0;
    encode(text, |piece| length += piece.len() as u64);
    length
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        encode(text.as_bytes(), |piece| out.extend_from_slice(piece));
        String::from_utf8(out).unwrap()
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

    proptest! {
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
