//! Where the octets of an attachment or a raw message come from.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{SourceError, WriteError};
use crate::mbox::quote::Unquoted;

/// Octets in memory, in a file, or out of a reader.
#[derive(Clone)]
pub(crate) enum Source {
    Bytes(Arc<Vec<u8>>),
    File(Extent),
    /// What is read once, and how long it is promised to be.
    Reader(Arc<Mutex<Option<Box<dyn Read + Send>>>>, Option<u64>),
    /// What is opened anew each time, and how long it is promised to be.
    Generator(Arc<Open>, Option<u64>),
}

/// Gives a reader of the same octets each time.
pub(crate) type Open = dyn Fn() -> io::Result<Box<dyn Read>> + Send + Sync;

impl Source {
    pub(crate) fn bytes(octets: impl Into<Vec<u8>>) -> Self {
        Source::Bytes(Arc::new(octets.into()))
    }

    /// A file as long as it is now; it is opened when it is written.
    pub(crate) fn file(path: impl Into<PathBuf>) -> Result<Self, SourceError> {
        Extent::file(path).map(Source::File)
    }

    /// A reader, which can be written once.
    pub(crate) fn reader(reader: impl Read + Send + 'static) -> Self {
        Source::Reader(Arc::new(Mutex::new(Some(Box::new(reader)))), None)
    }

    /// Readers of the same octets, as many as are needed.
    pub(crate) fn generator<R: Read + 'static>(
        open: impl Fn() -> io::Result<R> + Send + Sync + 'static,
    ) -> Self {
        let open = move || Ok(Box::new(open()?) as Box<dyn Read>);
        Source::Generator(Arc::new(open), None)
    }

    /// The same with a promise of its length, where that is not known anyway.
    pub(crate) fn promising(self, length: u64) -> Self {
        match self {
            Source::Bytes(_) | Source::File(_) => self,
            Source::Reader(reader, _) => Source::Reader(reader, Some(length)),
            Source::Generator(open, _) => Source::Generator(open, Some(length)),
        }
    }

    /// Whether it can be written once only.
    pub(crate) fn is_read_once(&self) -> bool {
        matches!(self, Source::Reader(..))
    }

    /// How many octets it has, where that is known before reading.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Source::Bytes(octets) => Some(octets.len() as u64),
            Source::File(extent) => Some(extent.length),
            Source::Reader(_, promised) | Source::Generator(_, promised) => *promised,
        }
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Source::Bytes(_) => "the octets in memory".to_owned(),
            Source::File(extent) => extent.path.display().to_string(),
            Source::Reader(..) => "the reader".to_owned(),
            Source::Generator(..) => "the generator".to_owned(),
        }
    }

    /// Hands over all octets, in blocks of this size and a shorter last one.
    ///
    /// Where a length was promised, there must be as many.
    pub(crate) fn blocks<E>(
        &self,
        size: usize,
        mut block: impl FnMut(&[u8]) -> Result<(), WriteError<E>>,
    ) -> Result<(), WriteError<E>> {
        let unreadable = |source| WriteError::Source { name: self.name(), source };
        let mut octets = match self {
            Source::Bytes(octets) => return octets.chunks(size).try_for_each(block),
            Source::File(extent) => extent.open().map_err(unreadable)?,
            Source::Reader(reader, _) => {
                let taken = reader.lock().unwrap_or_else(PoisonError::into_inner).take();
                taken.ok_or_else(|| WriteError::SourceSpent { name: self.name() })?
            }
            Source::Generator(open, _) => open().map_err(unreadable)?,
        };
        let Some(promised) = self.length() else {
            return each_block(&mut octets, size, unreadable, block);
        };
        let changed = || WriteError::SourceChanged { name: self.name(), promised };
        let mut read = 0;
        each_block(&mut octets, size, unreadable, |octets| {
            read += octets.len() as u64;
            if read > promised { Err(changed()) } else { block(octets) }
        })?;
        if read < promised { Err(changed()) } else { Ok(()) }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.length() {
            Some(length) => write!(f, "Source({}, {length} octets)", self.name()),
            None => write!(f, "Source({})", self.name()),
        }
    }
}

/// A file, or a part of one.
#[derive(Debug, Clone)]
pub(crate) struct Extent {
    path: Arc<Path>,
    /// Where the part lies; none where it is all of the file, however long.
    range: Option<Range<u64>>,
    /// How many octets it gives.
    length: u64,
    /// Whether it is quoted as in an mbox.
    is_quoted: bool,
}

impl Extent {
    /// All of a file, as long as it is now.
    pub(crate) fn file(path: impl Into<PathBuf>) -> Result<Self, SourceError> {
        let path = path.into();
        let length = length_of(&path)?;
        Ok(Self { path: path.into(), range: None, length, is_quoted: false })
    }

    /// The octets of a file in this range.
    pub(crate) fn part(path: impl Into<PathBuf>, range: Range<u64>) -> Result<Self, SourceError> {
        let path = path.into();
        let length = length_of(&path)?;
        if range.start > range.end || range.end > length {
            return Err(SourceError::NoSuchPart { path, range, length });
        }
        let length = range.end - range.start;
        Ok(Self { path: path.into(), range: Some(range), length, is_quoted: false })
    }

    /// A part of an mbox, of which so many octets are quoting.
    pub(crate) fn quoted(path: Arc<Path>, range: Range<u64>, quotes: u64) -> Self {
        let length = range.end.saturating_sub(range.start).saturating_sub(quotes);
        Self { path, range: Some(range), length, is_quoted: true }
    }

    fn open(&self) -> io::Result<Box<dyn Read>> {
        let mut file = File::open(&self.path)?;
        let Some(range) = &self.range else { return Ok(Box::new(file)) };
        file.seek(SeekFrom::Start(range.start))?;
        let part = file.take(range.end.saturating_sub(range.start));
        Ok(if self.is_quoted { Box::new(Unquoted::new(part)) } else { Box::new(part) })
    }

    /// Its octets from the first on.
    pub(crate) fn reader(&self) -> Result<Box<dyn Read>, SourceError> {
        self.open().map_err(|source| SourceError::Open { path: self.path.to_path_buf(), source })
    }
}

/// The length of what must be a file.
pub(crate) fn length_of(path: &Path) -> Result<u64, SourceError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(metadata.len()),
        Ok(_) => Err(SourceError::NotAFile { path: path.to_owned() }),
        Err(source) => Err(SourceError::Open { path: path.to_owned(), source }),
    }
}

/// Reads until the buffer is full or the reader has ended; gives the number of octets.
pub(crate) fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
        match reader.read(room) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn each_block<E>(
    reader: &mut impl Read,
    size: usize,
    unreadable: impl Fn(io::Error) -> WriteError<E>,
    mut block: impl FnMut(&[u8]) -> Result<(), WriteError<E>>,
) -> Result<(), WriteError<E>> {
    let mut buffer = vec![0; size];
    loop {
        let filled = fill(reader, &mut buffer).map_err(&unreadable)?;
        match buffer.get(..filled) {
            Some(octets) if filled > 0 => block(octets)?,
            _ => return Ok(()),
        }
    }
}
