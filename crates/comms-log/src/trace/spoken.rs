//! A line of a dialogue, and many of them as a few.

use comms_core::Piece;

use crate::harmless::plural;
use crate::trace::masked::{MaskedOctets, MaskedRun};

/// A line as far as it was said, with what is shown of it bounded.
#[derive(Debug)]
pub(crate) struct Spoken {
    octets: MaskedOctets,
    room: usize,
}

impl Default for Spoken {
    fn default() -> Self {
        Self { octets: MaskedOctets::default(), room: SHOWN }
    }
}

impl Spoken {
    /// Adds what was said.
    pub(crate) fn push(&mut self, piece: &Piece<'_>) {
        self.octets.push(piece, &mut self.room);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Whether it begins with this word, in any case, and nothing else follows on it.
    pub(crate) fn begins_with(&self, word: &[u8]) -> bool {
        let (first, rest) = self.first().split_at(word.len().min(self.first().len()));
        first.eq_ignore_ascii_case(word) && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    }

    /// Whether it ends content.
    pub(crate) fn is_dot(&self) -> bool {
        self.first() == b".\r\n" && self.octets.len() == 3
    }

    /// How many octets of content follow on it at once: `BDAT 1000 LAST`.
    pub(crate) fn chunk(&self) -> Option<usize> {
        announced(self.first()).filter(|octets| *octets > 0)
    }

    /// The line as it is shown, without its end.
    pub(crate) fn text(&self) -> String {
        let octets = self.octets.clone().without_line_end();
        match octets.len() - octets.kept() {
            0 => octets.to_string(),
            more => format!("{octets}… {more} more"),
        }
    }

    /// What is plain at its beginning.
    fn first(&self) -> &[u8] {
        match self.octets.runs().next() {
            Some(MaskedRun::Plain(octets)) => octets,
            _ => &[],
        }
    }
}

/// The size that BDAT names, if `line` is one (RFC 3030 2).
pub(crate) fn announced(line: &[u8]) -> Option<usize> {
    let mut words = line.split(u8::is_ascii_whitespace);
    let is_chunk = words.next()?.eq_ignore_ascii_case(b"BDAT");
    let size = words.find(|word| !word.is_empty())?;
    std::str::from_utf8(size).ok()?.parse().ok().filter(|_| is_chunk)
}

/// Lines of which the first and the last are told, and those between counted.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    first: Option<String>,
    last: Option<Spoken>,
    /// Between the first and the last.
    lines: usize,
    octets: usize,
}

impl Summary {
    pub(crate) fn add(&mut self, line: Spoken) {
        if self.first.is_none() {
            self.first = Some(line.text());
            return;
        }
        if let Some(before) = self.last.replace(line) {
            self.lines += 1;
            self.octets += before.octets.len();
        }
    }

    pub(crate) fn tell(self, tell: &mut dyn FnMut(&str)) {
        if let Some(first) = self.first {
            tell(&first);
        }
        if self.lines > 0 {
            let (lines, octets) = (self.lines, self.octets);
            let more =
                format!("… {lines} line{} more, {octets} octet{}", plural(lines), plural(octets));
            tell(&more);
        }
        if let Some(last) = self.last {
            tell(&last.text());
        }
    }
}

/// The octets of a line that are shown.
const SHOWN: usize = 256;
