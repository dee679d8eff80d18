//! Many messages in one file (RFC 4155).

pub(crate) mod quote;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::SourceError;
use crate::mbox::quote::{FROM, Unquote};
use crate::raw::RawMessage;
use crate::source::{Extent, fill, length_of};

/// The messages of an mbox file, each to be read when it is wanted.
///
/// A message begins behind a line that begins with `From `: the first of the file, and any behind an
/// empty line that has a time and a year, as the first has. (If the first has none, any behind an
/// empty line counts.) That line and the empty line at the message's end are not part of it. Lines
/// end with LF or CRLF. `>From `, with any number of `>`, loses one of them: the quoting called
/// mboxrd. A `Content-Length` is not believed.
///
/// The file is read once, to find where messages are; of each a few numbers are kept.
///
/// ```
/// use comms_mime::Mbox;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("inbox");
/// std::fs::write(
///     &path,
///     "From ann@x.example Thu Jan  1 00:00:00 2026\nSubject: 1\n\n>From here on\n\n\
///      From bob@x.example Thu Jan  1 00:00:01 2026\nSubject: 2\n\nHello\n\n",
/// )?;
/// let mbox = Mbox::open(&path)?;
/// assert_eq!(mbox.len(), 2);
/// let first = mbox.message(0).expect("there are two")?;
/// let mut octets = Vec::new();
/// first.write(&mut octets)?;
/// assert_eq!(octets, b"Subject: 1\n\nFrom here on\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Mbox {
    path: Arc<Path>,
    places: Vec<Place>,
}

/// Where a message is.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Where its `From ` line begins.
    separator: u64,
    start: u64,
    end: u64,
    /// How many octets of quoting it has.
    quotes: u64,
}

impl Mbox {
    /// Reads through the file and finds its messages. An empty file has none.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, SourceError> {
        let path = path.into();
        length_of(&path)?;
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(source) => return Err(SourceError::Open { path, source }),
        };
        let mut index = Index::default();
        let mut block = vec![0; BLOCK];
        loop {
            let filled = fill(&mut file, &mut block).map_err(|source| unread(&path, source))?;
            if filled == 0 {
                break;
            }
            index.push(block.get(..filled).unwrap_or_default());
            if index.is_none() {
                return Err(SourceError::NotMbox { path });
            }
        }
        index.finish();
        if index.is_none() {
            return Err(SourceError::NotMbox { path });
        }
        Ok(Self { path: path.into(), places: index.places })
    }

    /// How many messages it has.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it has no message.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The message in this place, from 0; none beyond the last. Its head is read now, the rest when
    /// it is written. The error tells that the file has changed, or cannot be read.
    pub fn message(&self, at: usize) -> Option<Result<RawMessage, SourceError>> {
        self.places.get(at).map(|place| self.read(*place))
    }

    fn read(&self, place: Place) -> Result<RawMessage, SourceError> {
        let path = || self.path.to_path_buf();
        let file = File::open(&self.path);
        let mut file = file.map_err(|source| SourceError::Open { path: path(), source })?;
        if !begins_there(&mut file, place).map_err(|source| unread(&self.path, source))? {
            return Err(SourceError::Changed { path: path() });
        }
        let extent = Extent::quoted(Arc::clone(&self.path), place.start..place.end, place.quotes);
        RawMessage::of_extent(extent)
    }
}

/// Whether a `From ` line still begins where one began.
fn begins_there(file: &mut File, place: Place) -> io::Result<bool> {
    let mut found = Vec::new();
    file.seek(SeekFrom::Start(place.separator.saturating_sub(1)))?;
    let newline = place.separator.min(1);
    file.take(newline + FROM.len() as u64).read_to_end(&mut found)?;
    let begin = if newline > 0 { found.strip_prefix(b"\n") } else { Some(found.as_slice()) };
    Ok(begin == Some(FROM))
}

fn unread(path: &Path, source: io::Error) -> SourceError {
    SourceError::Read { name: path.display().to_string(), source }
}

/// The messages that were found so far.
#[derive(Debug, Default)]
struct Index {
    places: Vec<Place>,
    /// Where the line begins.
    at: u64,
    /// How long it is so far.
    length: u64,
    /// How it begins.
    begin: Vec<u8>,
    /// The octets of the line before, if it was empty.
    empty: u64,
    /// Whether `From ` lines have a time and a year.
    dated: bool,
    unquote: Unquote,
}

impl Index {
    fn push(&mut self, block: &[u8]) {
        let mut rest = block;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (piece, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            self.unquote.push(piece, |_| {});
            let room = LONGEST_BEGIN.saturating_sub(self.begin.len()).min(piece.len());
            self.begin.extend_from_slice(piece.get(..room).unwrap_or_default());
            self.length += piece.len() as u64;
            if piece.ends_with(b"\n") {
                self.end_line();
            }
            rest = behind;
        }
    }

    fn end_line(&mut self) {
        let next = self.at + self.length;
        if self.is_separator() {
            self.end_message();
            let quotes = self.unquote.removed();
            self.places.push(Place { separator: self.at, start: next, end: next, quotes });
        }
        let is_empty = matches!(self.begin.as_slice(), b"\n" | b"\r\n");
        self.empty = if is_empty { self.length } else { 0 };
        self.at = next;
        self.length = 0;
        self.begin.clear();
    }

    fn is_separator(&mut self) -> bool {
        if !self.begin.starts_with(FROM) {
            return false;
        }
        if self.at == 0 {
            self.dated = has_date(&self.begin);
            return true;
        }
        !self.places.is_empty() && self.empty > 0 && (!self.dated || has_date(&self.begin))
    }

    /// The message that began last ends before the empty line.
    fn end_message(&mut self) {
        if let Some(last) = self.places.last_mut() {
            last.end = last.start.max(self.at - self.empty);
            last.quotes = self.unquote.removed() - last.quotes;
        }
    }

    fn finish(&mut self) {
        if self.length > 0 {
            self.end_line();
        }
        self.end_message();
    }

    /// Whether the first line tells that it is no mbox.
    fn is_none(&self) -> bool {
        self.at > 0 && self.places.is_empty()
    }
}

/// Whether a line has a time, `12:34`, and a year of four digits.
fn has_date(line: &[u8]) -> bool {
    let is_time = |five: &[u8]| {
        five.iter().enumerate().all(|(at, octet)| match at {
            2 => *octet == b':',
            _ => octet.is_ascii_digit(),
        })
    };
    line.windows(5).any(is_time) && line.windows(4).any(|four| four.iter().all(u8::is_ascii_digit))
}

/// An address and a date; what is behind them does not matter.
const LONGEST_BEGIN: usize = 512;

const BLOCK: usize = 64 * 1024;
