//! Where the chunks of SMTP begin and end (RFC 3030), for readers that look for it at the beginning
//! of a packet alone. No I/O.

use std::mem;

use crate::trace::spoken::announced;

/// Finds chunks in what a client says, however it is cut.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    /// Octets of a chunk that are still to come.
    left: usize,
    /// The beginning of a line.
    line: Vec<u8>,
}

impl Chunks {
    /// The same octets in parts: each chunk is one, and so is what stands before it.
    pub(crate) fn parts<'o>(&mut self, octets: &'o [u8]) -> Vec<&'o [u8]> {
        let mut parts = Vec::new();
        let (mut rest, mut said) = (octets, 0);
        while said < rest.len() {
            let behind = rest.get(said..).unwrap_or_default();
            let (taken, is_end) =
                if self.left > 0 { self.chunk(behind) } else { self.line(behind) };
            said += taken;
            if is_end {
                let (part, others) = rest.split_at(said);
                parts.push(part);
                (rest, said) = (others, 0);
            }
        }
        if !rest.is_empty() {
            parts.push(rest);
        }
        parts
    }

    fn chunk(&mut self, octets: &[u8]) -> (usize, bool) {
        let taken = self.left.min(octets.len());
        self.left -= taken;
        (taken, self.left == 0)
    }

    fn line(&mut self, octets: &[u8]) -> (usize, bool) {
        let end = memchr::memchr(b'\n', octets).map(|at| at + 1);
        let (line, _) = octets.split_at(end.unwrap_or(octets.len()));
        let room = LONGEST.saturating_sub(self.line.len());
        self.line.extend(line.iter().take(room));
        if end.is_some() {
            self.left = announced(&mem::take(&mut self.line)).unwrap_or(0);
        }
        (line.len(), self.left > 0)
    }
}

/// A line that announces a chunk is not longer.
const LONGEST: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_is_a_part_and_so_is_what_is_before_it() {
        let octets = b"MAIL\r\nBDAT 3\r\nabcbdat 2 last\r\n\r\nBDAT 0 LAST\r\nQUIT\r\n";
        let parts = Chunks::default().parts(octets);
        let expected: [&[u8]; 5] = [
            b"MAIL\r\nBDAT 3\r\n",
            b"abc",
            b"bdat 2 last\r\n",
            b"\r\n",
            b"BDAT 0 LAST\r\nQUIT\r\n",
        ];
        assert_eq!(parts, expected);
    }

    #[test]
    fn a_chunk_goes_on_over_several_writes() {
        let mut chunks = Chunks::default();
        let parts = |chunks: &mut Chunks, octets: &'static [u8]| chunks.parts(octets).len();
        let counted = ["BD", "AT 5\r", "\nab", "cd", "eNOOP\r\n"]
            .map(|octets| parts(&mut chunks, octets.as_bytes()));
        assert_eq!(counted, [1, 1, 2, 1, 2]);
    }
}
