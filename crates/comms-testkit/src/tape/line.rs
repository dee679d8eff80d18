//! A line of a tape.

use std::ops::Range;

use comms_core::Piece;

use crate::scenario::shown;

/// Octets that belong into one line, and which of them are secret.
#[derive(Default)]
pub(crate) struct TapeLine {
    octets: Vec<u8>,
    secrets: Vec<Range<usize>>,
}

impl TapeLine {
    /// Adds what was said.
    pub(crate) fn push(&mut self, piece: &Piece<'_>) {
        let start = self.octets.len();
        self.octets.extend_from_slice(piece.octets());
        if let Piece::Secret(_) = piece {
            match self.secrets.last_mut().filter(|last| last.end == start) {
                Some(last) => last.end = self.octets.len(),
                None => self.secrets.push(start..self.octets.len()),
            }
        }
    }

    /// All of it.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// All of it, to overwrite.
    pub(crate) fn octets_mut(&mut self) -> &mut [u8] {
        &mut self.octets
    }

    /// Whether there is a secret in it.
    pub(crate) fn is_secret(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// The line as a script writes it: `C: NOOP`, or `C=: NO` where it has no CRLF.
    pub(crate) fn text(&self, side: &str) -> String {
        match self.octets.strip_suffix(b"\r\n") {
            Some(line) => format!("{side}: {}", visible(&self.masked(line))),
            // A script has no wildcard for what is no line.
            None if self.is_secret() => format!("take {}", self.octets.len()),
            None => format!("{side}=: {}", visible(&self.masked(&self.octets))),
        }
    }

    fn masked(&self, line: &[u8]) -> String {
        let mut text = String::new();
        let mut at = 0;
        for range in &self.secrets {
            text.push_str(&plain(line.get(at..range.start).unwrap_or_default()));
            text.extend(["<secret ", &range.len().to_string(), ">"]);
            at = range.end;
        }
        text + &plain(line.get(at..).unwrap_or_default())
    }
}

/// Plain octets, among which nothing looks like a secret that was left out.
fn plain(octets: &[u8]) -> String {
    shown::escaped(octets).replace("<secret ", "\\x3csecret ")
}

/// A blank at the end, which a reader would not see and an editor may take away, as its number.
fn visible(text: &str) -> String {
    text.strip_suffix(' ').map_or_else(|| text.to_owned(), |rest| format!("{rest}\\x20"))
}
