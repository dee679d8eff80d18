//! What was received and not yet handed up, and what was sent and not yet handed down.

use std::ops::Range;

use comms_core::Piece;
use memchr::memmem;

/// Octets that were received, until somebody takes them: by line or by number.
///
/// It grows with what is asked of it and no further; each octet is searched once, however slowly
/// it came.
#[derive(Default)]
pub struct LineBuffer {
    octets: Vec<u8>,
    /// What is held.
    held: Range<usize>,
    /// How much of what is held does not have `sought`, the terminator that was asked for last.
    searched: usize,
    sought: Vec<u8>,
}

impl LineBuffer {
    /// Number of octets held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether none are held.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The number of octets up to and including the next `end`, if it is there.
    pub fn find(&mut self, end: &[u8]) -> Option<usize> {
        if self.sought != end {
            self.sought.clear();
            self.sought.extend_from_slice(end);
            self.searched = 0;
        }
        let held = self.octets.get(self.held.clone())?;
        // A terminator may have begun in what was searched before.
        let from = (self.searched + 1).saturating_sub(end.len().max(1)).min(held.len());
        let found = memmem::find(held.get(from..)?, end);
        if found.is_none() {
            self.searched = held.len();
        }
        found.map(|at| from + at + end.len())
    }

    /// Hands out the first `octets` octets, or all if there are fewer.
    pub fn take(&mut self, octets: usize) -> &[u8] {
        let start = self.held.start;
        self.held.start += octets.min(self.held.len());
        self.searched = 0;
        self.octets.get(start..self.held.start).unwrap_or_default()
    }

    /// Room for at least `octets` more octets behind those that are held; [`fill`](Self::fill)
    /// tells how many came.
    pub fn room(&mut self, octets: usize) -> &mut [u8] {
        if self.held.is_empty() {
            self.held = 0..0;
        }
        if self.octets.len() - self.held.end < octets {
            self.octets.copy_within(self.held.clone(), 0);
            self.held = 0..self.held.len();
            let wanted = self.held.end + octets;
            if self.octets.len() < wanted {
                self.octets.resize(wanted, 0);
            }
        }
        self.octets.get_mut(self.held.end..).unwrap_or_default()
    }

    /// That many octets came into the room.
    pub fn fill(&mut self, octets: usize) {
        self.held.end = (self.held.end + octets).min(self.octets.len());
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Shows how much it holds: what came may be secret, and only the layer that takes it knows.
impl std::fmt::Debug for LineBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{} octets>", self.held.len())
    }
}

/// Octets that were sent, until it is time for them to go, each with its mark.
#[derive(Default)]
pub struct SendBuffer {
    octets: Vec<u8>,
    /// Which of them are secret, in order and apart.
    secrets: Vec<Range<usize>>,
}

impl SendBuffer {
    /// Number of octets held.
    pub fn len(&self) -> usize {
        self.octets.len()
    }

    /// Whether none are held.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Whether some of them are secret.
    pub fn holds_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Adds a piece, and gives the octets as they now stand in the buffer.
    pub fn push(&mut self, piece: Piece<'_>) -> &mut [u8] {
        let start = self.octets.len();
        self.octets.extend_from_slice(piece.octets());
        if matches!(piece, Piece::Secret(_)) && !piece.is_empty() {
            self.secrets.push(start..self.octets.len());
        }
        self.octets.get_mut(start..).unwrap_or_default()
    }

    /// All octets, whatever their marks; for a buffer that holds no secrets.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// All octets as pieces, each with its mark.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::with_capacity(2 * self.secrets.len() + 1);
        let mut at = 0;
        for secret in &self.secrets {
            pieces.extend(self.octets.get(at..secret.start).map(Piece::Plain));
            pieces.extend(self.octets.get(secret.clone()).map(Piece::Secret));
            at = secret.end;
        }
        pieces.extend(self.octets.get(at..).map(Piece::Plain));
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }

    /// Forgets everything, and wipes what was secret.
    pub fn clear(&mut self) {
        for secret in self.secrets.drain(..) {
            if let Some(octets) = self.octets.get_mut(secret) {
                octets.fill(0);
            }
        }
        self.octets.clear();
    }
}

impl std::fmt::Debug for SendBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.pieces()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(buffer: &mut LineBuffer, octets: &[u8]) {
        buffer.room(octets.len())[..octets.len()].copy_from_slice(octets);
        buffer.fill(octets.len());
    }

    #[test]
    fn a_terminator_split_over_reads_is_found_at_every_split() {
        let line = b"250 ok\r\n";
        for split in 0..=line.len() {
            let mut buffer = LineBuffer::default();
            put(&mut buffer, &line[..split]);
            let early = buffer.find(b"\r\n");
            assert_eq!(early.is_some(), split == line.len(), "{split}");
            put(&mut buffer, &line[split..]);
            assert_eq!(buffer.find(b"\r\n"), Some(line.len()), "{split}");
            assert_eq!(buffer.take(line.len()), line);
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn what_has_no_terminator_of_one_kind_may_have_one_of_another() {
        let mut buffer = LineBuffer::default();
        put(&mut buffer, b"QUIT\nNOOP");
        assert_eq!(buffer.find(b"\r\n"), None);
        assert_eq!(buffer.find(b"\n"), Some(5));
    }

    #[test]
    fn an_empty_terminator_is_found_in_front_of_everything() {
        let mut buffer = LineBuffer::default();
        assert_eq!(buffer.find(b""), Some(0));
        put(&mut buffer, b"ab");
        assert_eq!(buffer.find(b""), Some(0));
    }

    #[test]
    fn what_follows_a_line_is_kept_for_the_next() {
        let mut buffer = LineBuffer::default();
        put(&mut buffer, b"a\r\nbc\r\nd");
        assert_eq!(buffer.find(b"\r\n"), Some(3));
        assert_eq!(buffer.take(3), b"a\r\n");
        assert_eq!(buffer.find(b"\r\n"), Some(4));
        assert_eq!(buffer.take(4), b"bc\r\n");
        assert_eq!(buffer.find(b"\r\n"), None);
        assert_eq!(buffer.len(), 1);
    }

    #[test]
    fn the_buffer_does_not_grow_with_the_number_of_lines() {
        let mut buffer = LineBuffer::default();
        for _ in 0..10_000 {
            put(&mut buffer, b"250 ok\r\n2");
            let found = buffer.find(b"\r\n").unwrap();
            buffer.take(found);
            buffer.take(1);
        }
        assert!(buffer.octets.len() < 64, "{}", buffer.octets.len());
    }

    #[test]
    fn what_a_buffer_held_and_had_handed_out_was_shown_by_its_debug() {
        let mut buffer = LineBuffer::default();
        put(&mut buffer, b"hunter2\r\nmore");
        buffer.take(9);
        assert_eq!(format!("{buffer:?}"), "<4 octets>");
    }

    #[test]
    fn a_secret_keeps_its_mark_between_plain_neighbours() {
        let mut buffer = SendBuffer::default();
        buffer.push(Piece::Plain(b"AUTH PLAIN "));
        buffer.push(Piece::Secret(b"AGEAYg=="));
        buffer.push(Piece::Plain(b"\r\n"));
        assert_eq!(format!("{buffer:?}"), r#"["AUTH PLAIN ", <8 secret octets>, "\r\n"]"#);
        buffer.clear();
        assert!(buffer.is_empty() && !buffer.holds_secrets());
    }
}
