//! Text on its way: line ends made canonical, and what is seen of it meanwhile.

use memchr::{memchr, memchr_iter, memchr2};

use crate::text::LONGEST_LINE;
use crate::write::{Output, Transfer};

/// An output that hands each CRLF, CR and LF on as CRLF (RFC 2046 4.1.1).
#[derive(Debug)]
pub(crate) struct Lines<'o, O: ?Sized> {
    out: &'o mut O,
    survey: Survey,
    after_cr: bool,
    canonical: Vec<u8>,
}

impl<'o, O: ?Sized> Lines<'o, O> {
    /// Text for an output.
    pub(crate) fn new(out: &'o mut O) -> Self {
        Lines { out, survey: Survey::default(), after_cr: false, canonical: Vec::new() }
    }

    /// What was seen of the canonical text.
    pub(crate) fn into_survey(self) -> Survey {
        self.survey
    }
}

impl<O: Output + ?Sized> Output for Lines<'_, O> {
    type Error = O::Error;

    fn write(&mut self, octets: &[u8]) -> Result<(), O::Error> {
        let Some(last) = octets.last() else { return Ok(()) };
        let mut rest = octets;
        if self.after_cr {
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        self.after_cr = *last == b'\r';
        self.canonical.clear();
        while let Some((line, end)) =
            memchr2(b'\r', b'\n', rest).and_then(|at| rest.split_at_checked(at))
        {
            self.canonical.extend_from_slice(line);
            self.canonical.extend_from_slice(b"\r\n");
            rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..)).unwrap_or_default();
        }
        self.canonical.extend_from_slice(rest);
        self.survey.push(&self.canonical);
        self.out.write(&self.canonical)
    }
}

/// What is known of a text with CRLF line ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    length: u64,
    /// The longest line that has ended, and the one that has not, without their CRLF.
    longest: u64,
    line: u64,
    beyond_ascii: bool,
    nul: bool,
}

impl Survey {
    /// How many octets it has.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Whether its last line is whole.
    pub(crate) fn ends_line(&self) -> bool {
        self.length > 0 && self.line == 0
    }

    /// The least that takes it as it is.
    pub(crate) fn natural(&self) -> Transfer {
        if self.longest.max(self.line) > LONGEST_LINE as u64 || self.nul {
            Transfer::Binary
        } else if self.beyond_ascii {
            Transfer::EightBit
        } else {
            Transfer::SevenBit
        }
    }

    /// Takes whole characters of CRLF: no piece ends between the two.
    fn push(&mut self, octets: &[u8]) {
        self.length += octets.len() as u64;
        self.beyond_ascii |= !octets.is_ascii();
        self.nul |= memchr(0, octets).is_some();
        let mut begin = 0;
        for end in memchr_iter(b'\n', octets) {
            // The line may have begun in an earlier piece; its CR does not count.
            self.longest = self.longest.max(self.line + (end - begin) as u64 - 1);
            self.line = 0;
            begin = end + 1;
        }
        self.line += (octets.len() - begin) as u64;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::with_crlf;

    proptest! {
        #[test]
        fn a_text_cut_anywhere_becomes_what_the_whole_becomes(
            text in "([a-z]{0,3}|\r|\n|\r\n|é|\0){0,40}",
            cuts in proptest::collection::vec(0..4_usize, 0..60),
        ) {
            let mut out = Vec::new();
            let mut lines = Lines::new(&mut out);
            let mut rest = text.as_bytes();
            for cut in cuts {
                let (piece, behind) = rest.split_at(cut.min(rest.len()));
                lines.write(piece).unwrap();
                rest = behind;
            }
            lines.write(rest).unwrap();
            let survey = lines.into_survey();
            let whole = with_crlf(text.clone().into_bytes());
            prop_assert_eq!(&out, &whole);
            prop_assert_eq!(survey.length(), whole.len() as u64);
            prop_assert_eq!(survey.ends_line(), whole.ends_with(b"\r\n"));
            prop_assert_eq!(survey.natural(), crate::text::natural(&whole));
        }
    }

    #[test]
    fn the_longest_line_counts_across_pieces() {
        for (line, natural) in [(998, Transfer::SevenBit), (999, Transfer::Binary)] {
            for end in ["", "\n", "\r", "\r\n"] {
                let mut out = Vec::new();
                let mut lines = Lines::new(&mut out);
                for piece in format!("a\n{}{end}", "x".repeat(line)).as_bytes().chunks(7) {
                    lines.write(piece).unwrap();
                }
                assert_eq!(lines.into_survey().natural(), natural, "{line} {end:?}");
            }
        }
    }
}
