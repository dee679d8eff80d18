//! `>From ` in an mbox: a line of a message that begins with `From ` has a `>` before it there, and
//! one that begins with `>From ` another one (the rule called mboxrd).

use std::io::{self, Read};

/// Takes one `>` from every line that is any number of `>` and then `From `.
///
/// The octets may come in pieces, split anywhere; no line is held.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unquote {
    state: State,
    removed: u64,
}

/// ```text
///           '>'              "From "
/// LineStart ---> Quote (0-4) -------> Line (one '>' is gone)
///  ^    \--other--> Line <--other--/   |
///  \-----------------LF---------------/
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    LineStart,
    /// Behind `>`, of which one is held back, and so many octets of `From `.
    Quote(usize),
    Line,
}

impl Unquote {
    /// Takes a piece, and hands on what it is without the quoting.
    pub(crate) fn push(&mut self, piece: &[u8], mut keep: impl FnMut(&[u8])) {
        let mut rest = piece;
        while let Some((octet, behind)) = rest.split_first() {
            match self.state {
                State::LineStart if *octet == b'>' => self.state = State::Quote(0),
                State::Quote(0) if *octet == b'>' => keep(b">"),
                State::Quote(matched) if FROM.get(matched) == Some(octet) => {
                    self.state = State::Quote(matched + 1);
                    if matched + 1 == FROM.len() {
                        self.removed += 1;
                        self.state = State::Line;
                        keep(FROM);
                    }
                }
                State::LineStart | State::Quote(_) => {
                    self.finish(&mut keep);
                    self.state = State::Line;
                    continue;
                }
                State::Line => {
                    let end = memchr::memchr(b'\n', rest);
                    let Some((line, next)) = end.and_then(|at| rest.split_at_checked(at + 1))
                    else {
                        return keep(rest);
                    };
                    keep(line);
                    self.state = State::LineStart;
                    rest = next;
                    continue;
                }
            }
            rest = behind;
        }
    }

    /// Hands on what was held back when nothing more comes.
    pub(crate) fn finish(&mut self, mut keep: impl FnMut(&[u8])) {
        if let State::Quote(matched) = self.state {
            keep(b">");
            keep(FROM.get(..matched).unwrap_or_default());
        }
        self.state = State::Line;
    }

    /// How many octets were left out so far.
    pub(crate) fn removed(&self) -> u64 {
        self.removed
    }
}

/// What a reader gives, without the quoting.
#[derive(Debug)]
pub(crate) struct Unquoted<R> {
    reader: R,
    unquote: Unquote,
    block: Vec<u8>,
    ready: Vec<u8>,
    /// How much of `ready` was handed out.
    taken: usize,
    has_ended: bool,
}

impl<R: Read> Unquoted<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            unquote: Unquote::default(),
            block: vec![0; BLOCK],
            ready: Vec::new(),
            taken: 0,
            has_ended: false,
        }
    }
}

impl<R: Read> Read for Unquoted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() && !self.has_ended {
            let read = self.reader.read(&mut self.block)?;
            self.ready.clear();
            self.taken = 0;
            let ready = &mut self.ready;
            let keep = |octets: &[u8]| ready.extend_from_slice(octets);
            if read == 0 {
                self.has_ended = true;
                self.unquote.finish(keep);
            } else {
                self.unquote.push(self.block.get(..read).unwrap_or_default(), keep);
            }
        }
        let given = self.ready.get(self.taken..).unwrap_or_default().read(into)?;
        self.taken += given;
        Ok(given)
    }
}

/// What the line before a message begins with.
pub(crate) const FROM: &[u8] = b"From ";

const BLOCK: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `Unquote` is to do, a line at a time.
    fn by_lines(octets: &[u8]) -> Vec<u8> {
        let line = |line: &[u8]| {
            let marks = line.iter().take_while(|octet| **octet == b'>').count();
            let quoted = marks > 0 && line[marks..].starts_with(FROM);
            line[usize::from(quoted)..].to_vec()
        };
        octets.split_inclusive(|octet| *octet == b'\n').flat_map(line).collect()
    }

    fn unquoted<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, u64) {
        let (mut kept, mut unquote) = (Vec::new(), Unquote::default());
        for piece in pieces {
            unquote.push(piece, |octets| kept.extend_from_slice(octets));
        }
        unquote.finish(|octets| kept.extend_from_slice(octets));
        (kept, unquote.removed())
    }

    #[test]
    fn one_mark_is_taken_from_each_quoted_line_and_from_no_other() {
        let quoted = b">From a\n>>From b\n> From c\n>from d\nx >From e\n>From\n>\n\n>From ";
        let plain = b"From a\n>From b\n> From c\n>from d\nx >From e\n>From\n>\n\nFrom ";
        assert_eq!(unquoted([&quoted[..]]), (plain.to_vec(), 3));
        assert_eq!(unquoted(quoted.chunks(1)), (plain.to_vec(), 3));
    }

    #[test]
    fn endless_marks_hold_no_memory() {
        let mut unquote = Unquote::default();
        let mut kept = 0;
        for _ in 0..1000 {
            unquote.push(&[b'>'; 1000], |octets| kept += octets.len());
        }
        assert_eq!(kept, 999_999);
        unquote.push(b"From x", |octets| kept += octets.len());
        assert_eq!((kept, unquote.removed()), (1_000_005, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_the_same_however_the_octets_are_split(
            lines in proptest::collection::vec(">{0,3}(From |From|Fro|from )?[a>\r]{0,2}\n?", 0..12),
            size in 1_usize..9,
        ) {
            let octets = lines.concat().into_bytes();
            let (kept, removed) = unquoted(octets.chunks(size));
            prop_assert_eq!(&kept, &by_lines(&octets));
            prop_assert_eq!(kept.len() as u64 + removed, octets.len() as u64);
            let mut read = Vec::new();
            Unquoted::new(octets.as_slice()).read_to_end(&mut read).unwrap();
            prop_assert_eq!(read, kept);
        }
    }
}
