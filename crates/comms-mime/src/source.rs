//! Where the octets of an attachment or a raw message come from.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{SourceError, WriteError};

/// Octets in memory, in a file, or out of a reader.
#[derive(Clone)]
pub(crate) enum Source {
    Bytes(Arc<Vec<u8>>),
    File { path: Arc<Path>, length: u64 },
    Reader(Arc<Mutex<Option<Box<dyn Read + Send>>>>),
}

impl Source {
    pub(crate) fn bytes(octets: impl Into<Vec<u8>>) -> Self {
        Source::Bytes(Arc::new(octets.into()))
    }

    /// A file as long as it is now; it is opened when it is written.
    pub(crate) fn file(path: impl Into<PathBuf>) -> Result<Self, SourceError> {
        let path = path.into();
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => {
                Ok(Source::File { path: path.into(), length: metadata.len() })
            }
            Ok(_) => Err(SourceError::NotAFile { path }),
            Err(source) => Err(SourceError::Open { path, source }),
        }
    }

    /// A reader, which can be written once.
    pub(crate) fn reader(reader: impl Read + Send + 'static) -> Self {
        Source::Reader(Arc::new(Mutex::new(Some(Box::new(reader)))))
    }

    /// How many octets it has, where that is known before reading.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Source::Bytes(octets) => Some(octets.len() as u64),
            Source::File { length, .. } => Some(*length),
            Source::Reader(_) => None,
        }
    }

    /// What errors call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Source::Bytes(_) => "the octets in memory".to_owned(),
            Source::File { path, .. } => path.display().to_string(),
            Source::Reader(_) => "the reader".to_owned(),
        }
    }

    /// Hands over all octets, in blocks of this size and a shorter last one.
    ///
    /// A file must have the length that was promised.
    pub(crate) fn blocks<E>(
        &self,
        size: usize,
        mut block: impl FnMut(&[u8]) -> Result<(), WriteError<E>>,
    ) -> Result<(), WriteError<E>> {
        let unreadable = |source| WriteError::Source { name: self.name(), source };
        match self {
            Source::Bytes(octets) => octets.chunks(size).try_for_each(block),
            Source::File { path, length } => {
                let changed = || WriteError::SourceChanged { name: self.name(), promised: *length };
                let mut file = File::open(path).map_err(unreadable)?;
                let mut read = 0;
                each_block(&mut file, size, unreadable, |octets| {
                    read += octets.len() as u64;
                    if read > *length { Err(changed()) } else { block(octets) }
                })?;
                if read < *length { Err(changed()) } else { Ok(()) }
            }
            Source::Reader(reader) => {
                let taken = reader.lock().unwrap_or_else(PoisonError::into_inner).take();
                let mut reader =
                    taken.ok_or_else(|| WriteError::SourceSpent { name: self.name() })?;
                each_block(&mut reader, size, unreadable, block)
            }
        }
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
