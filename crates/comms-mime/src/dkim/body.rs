//! The body in the form that is hashed: relaxed canonicalisation (RFC 6376 3.4.4).

/// Gives a body in its relaxed form, whatever pieces it comes in.
///
/// Blanks at the end of a line are dropped, others within it become one space, empty lines at the
/// end of the body are dropped. A CR or LF alone ends a line, as it does on the wire, and the last
/// line has an end.
///
/// ```
/// use comms_mime::RelaxedBody;
///
/// let mut relaxed = Vec::new();
/// let mut body = RelaxedBody::default();
/// for piece in [&b" C \r"[..], b"\nD \t E\n\n\r\n"] {
///     body.push(piece, |octets| relaxed.extend_from_slice(octets));
/// }
/// body.finish(|octets| relaxed.extend_from_slice(octets));
/// assert_eq!(relaxed, b" C\r\nD E\r\n");
/// ```
#[derive(Debug, Clone, Default)]
pub struct RelaxedBody {
    /// Empty lines that count if another line follows.
    empty_lines: u64,
    /// Whether this line holds something already.
    in_line: bool,
    /// Blanks that count if something follows in this line.
    blank: bool,
    /// An LF now still belongs to the line end before it.
    after_cr: bool,
}

impl RelaxedBody {
    /// Takes a piece of the body, and hands on what is known of its relaxed form.
    pub fn push(&mut self, piece: &[u8], mut out: impl FnMut(&[u8])) {
        let mut rest = piece;
        while let Some((octet, behind)) = rest.split_first() {
            let after_cr = std::mem::take(&mut self.after_cr);
            match octet {
                b'\n' if after_cr => {}
                b'\r' | b'\n' => {
                    self.after_cr = *octet == b'\r';
                    self.end_line(&mut out);
                }
                b' ' | b'\t' => self.blank = true,
                _ => {
                    let length =
                        rest.iter().position(|octet| is_special(*octet)).unwrap_or(rest.len());
                    let (word, behind) = rest.split_at_checked(length).unwrap_or((rest, b""));
                    self.word(word, &mut out);
                    rest = behind;
                    continue;
                }
            }
            rest = behind;
        }
    }

    /// Ends the body.
    pub fn finish(&mut self, mut out: impl FnMut(&[u8])) {
        if self.in_line {
            out(b"\r\n");
        }
        *self = Self::default();
    }

    fn end_line(&mut self, out: &mut impl FnMut(&[u8])) {
        self.blank = false;
        if std::mem::take(&mut self.in_line) {
            out(b"\r\n");
        } else {
            self.empty_lines += 1;
        }
    }

    fn word(&mut self, word: &[u8], out: &mut impl FnMut(&[u8])) {
        for _ in 0..std::mem::take(&mut self.empty_lines) {
            out(b"\r\n");
        }
        if std::mem::take(&mut self.blank) {
            out(b" ");
        }
        self.in_line = true;
        out(word);
    }
}

fn is_special(octet: u8) -> bool {
    matches!(octet, b'\r' | b'\n' | b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn relaxed(body: &[u8], cut: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut state = RelaxedBody::default();
        let (before, behind) = body.split_at(cut.min(body.len()));
        state.push(before, |octets| out.extend_from_slice(octets));
        state.push(behind, |octets| out.extend_from_slice(octets));
        state.finish(|octets| out.extend_from_slice(octets));
        out
    }

    /// The definition, line by line.
    fn defined(body: &str) -> String {
        let lines = body.replace("\r\n", "\n").replace('\r', "\n");
        let lines = lines.split('\n').map(|line| {
            let blank = |c: char| c == ' ' || c == '\t';
            let mut words = String::new();
            for c in line.trim_end_matches(blank).chars() {
                if !blank(c) {
                    words.push(c);
                } else if !words.ends_with(' ') {
                    words.push(' ');
                }
            }
            words + "\r\n"
        });
        let mut whole: String = lines.collect();
        while whole.ends_with("\r\n\r\n") || whole == "\r\n" {
            whole.truncate(whole.len() - 2);
        }
        whole
    }

    #[test]
    fn the_example_of_rfc_6376_3_4_5_comes_out_as_it_stands_there() {
        let body = b" C \r\nD \t E\r\n\r\n\r\n";
        for cut in 0..=body.len() {
            assert_eq!(relaxed(body, cut), b" C\r\nD E\r\n", "cut at {cut}");
        }
    }

    #[test]
    fn a_body_of_nothing_but_blanks_and_line_ends_is_empty() {
        for body in ["", "\r\n", "\r\n\r\n", "\n", "\r", " \t", " \r\n\t\r\n ", "\r\r\n\n"] {
            assert_eq!(relaxed(body.as_bytes(), 1), b"", "{body:?}");
        }
    }

    #[test]
    fn a_body_without_a_last_line_end_gets_one() {
        assert_eq!(relaxed(b"a", 0), b"a\r\n");
        assert_eq!(relaxed(b"a \t", 2), b"a\r\n");
        assert_eq!(relaxed(b"a\r", 2), b"a\r\n");
    }

    proptest! {
        #[test]
        fn any_body_cut_anywhere_is_relaxed_as_it_is_defined(
            body in "[a. \t\r\n]{0,60}", cut in 0_usize..60,
        ) {
            let whole = relaxed(body.as_bytes(), cut);
            prop_assert_eq!(String::from_utf8_lossy(&whole), defined(&body));
            prop_assert_eq!(relaxed(&whole, cut), whole);
        }
    }
}
