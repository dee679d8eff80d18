//! Outputs that encode what they are given, in constant memory.

use memchr::memrchr;

use crate::encode::{base64, quoted_printable};
use crate::write::Output;

/// An output that hands octets on as lines of base64.
#[derive(Debug)]
pub(crate) struct Base64<'o, O: ?Sized> {
    out: &'o mut O,
    held: Vec<u8>,
    lines: Vec<u8>,
    empty: bool,
}

impl<'o, O: Output + ?Sized> Base64<'o, O> {
    /// Base64 for an output that stands at the beginning of a line.
    pub(crate) fn new(out: &'o mut O) -> Self {
        Base64 { out, held: Vec::new(), lines: Vec::new(), empty: true }
    }

    /// Hands on what is left, and ends the last line.
    pub(crate) fn finish(mut self) -> Result<(), O::Error> {
        if self.empty && self.held.is_empty() {
            return self.out.write(b"\r\n");
        }
        self.hand_on(self.held.len())
    }

    fn hand_on(&mut self, octets: usize) -> Result<(), O::Error> {
        let block = self.held.get(..octets).filter(|block| !block.is_empty());
        let Some(block) = block else { return Ok(()) };
        self.empty = false;
        base64::lines(block, &mut self.lines);
        self.held.drain(..octets);
        self.out.write_clean(&self.lines)
    }
}

impl<O: Output + ?Sized> Output for Base64<'_, O> {
    type Error = O::Error;

    fn write(&mut self, octets: &[u8]) -> Result<(), O::Error> {
        for piece in octets.chunks(BLOCK) {
            self.held.extend_from_slice(piece);
            if self.held.len() >= BLOCK {
                self.hand_on(self.held.len() / base64::LINE * base64::LINE)?;
            }
        }
        Ok(())
    }
}

/// An output that hands text with CRLF line ends on as quoted-printable.
#[derive(Debug)]
pub(crate) struct QuotedPrintable<'o, O: ?Sized> {
    out: &'o mut O,
    held: Vec<u8>,
    lines: Vec<u8>,
}

impl<'o, O: Output + ?Sized> QuotedPrintable<'o, O> {
    /// Quoted-printable for an output that stands at the beginning of a line.
    pub(crate) fn new(out: &'o mut O) -> Self {
        QuotedPrintable { out, held: Vec::new(), lines: Vec::new() }
    }

    /// Hands on what is left; the last line ends as the text.
    pub(crate) fn finish(mut self) -> Result<(), O::Error> {
        self.lines.clear();
        quoted_printable::lines(&self.held, usize::MAX, &mut self.lines);
        if self.lines.ends_with(b"\r\n") {
            self.out.write_clean(&self.lines)
        } else {
            self.out.write(&self.lines)
        }
    }

    /// Hands on the lines of which no later octet can change anything.
    fn hand_on(&mut self) -> Result<(), O::Error> {
        self.lines.clear();
        let mut taken = memrchr(b'\n', &self.held).map_or(0, |at| at + 1);
        let whole = self.held.get(..taken).unwrap_or_default();
        quoted_printable::lines(whole, usize::MAX, &mut self.lines);
        while let Some(rest) = self.held.get(taken..).filter(|rest| rest.len() > LOOKAHEAD) {
            // A block of one octet is one line.
            taken += quoted_printable::lines(rest, 1, &mut self.lines);
        }
        self.held.drain(..taken);
        if self.lines.is_empty() { Ok(()) } else { self.out.write_clean(&self.lines) }
    }
}

impl<O: Output + ?Sized> Output for QuotedPrintable<'_, O> {
    type Error = O::Error;

    fn write(&mut self, octets: &[u8]) -> Result<(), O::Error> {
        for piece in octets.chunks(BLOCK / 3) {
            self.held.extend_from_slice(piece);
            self.hand_on()?;
        }
        Ok(())
    }
}

/// Whole lines of base64.
const BLOCK: usize = base64::LINE * 512;

/// More than a line of quoted-printable is made of, and the line end behind it: 76 octets that
/// stand for themselves and a CRLF.
const LOOKAHEAD: usize = 80;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_become_what_the_whole_becomes(
            text in "([a-z]{0,9}|x{70,78}| {1,3}|\t|\\.|=|\r\n|é|\\x00|~){0,60}",
            size in 1..200_usize,
        ) {
            let (mut base64, mut quoted) = (Vec::new(), Vec::new());
            let mut into_base64 = Base64::new(&mut base64);
            let mut into_quoted = QuotedPrintable::new(&mut quoted);
            for piece in text.as_bytes().chunks(size) {
                into_base64.write(piece).unwrap();
                into_quoted.write(piece).unwrap();
            }
            into_base64.finish().unwrap();
            into_quoted.finish().unwrap();
            let mut whole = Vec::new();
            quoted_printable::lines(text.as_bytes(), usize::MAX, &mut whole);
            prop_assert_eq!(quoted, whole);
            prop_assert_eq!(base64.len() as u64, base64::encoded_len(text.len() as u64));
            let mut whole = Vec::new();
            base64::lines(text.as_bytes(), &mut whole);
            prop_assert_eq!(base64, if text.is_empty() { b"\r\n".to_vec() } else { whole });
        }
    }

    #[test]
    fn blocks_are_whole_lines_whatever_the_pieces() {
        let octets: Vec<u8> = (0..=255).cycle().take(BLOCK * 3 + 11).collect();
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        base64::lines(&octets, &mut whole);
        let mut encoder = Base64::new(&mut pieces);
        for piece in octets.chunks(1000) {
            encoder.write(piece).unwrap();
        }
        encoder.finish().unwrap();
        assert_eq!(pieces, whole);
    }
}
