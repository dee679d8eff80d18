//! The octets of a message that is kept: in memory where they are few, in a file otherwise.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

/// The octets of a message, as they are written.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    memory: Vec<u8>,
    file: Option<File>,
    octets: u64,
}

/// The octets of a message that is complete.
#[derive(Debug)]
pub(crate) struct Body {
    memory: Vec<u8>,
    /// A file without a name: it is gone with the program, however that ends.
    file: Option<Mutex<File>>,
    kept: u64,
    octets: u64,
}

impl Draft {
    /// Takes the next octets. Those beyond what is kept of a message are counted alone.
    pub(crate) fn push(&mut self, octets: &[u8]) -> io::Result<()> {
        let kept = self.octets.min(LONGEST);
        self.octets = self.octets.saturating_add(octets.len() as u64);
        let room = usize::try_from(LONGEST - kept).unwrap_or(usize::MAX).min(octets.len());
        let octets = octets.get(..room).unwrap_or_default();
        if self.file.is_none() && self.memory.len() + octets.len() <= IN_MEMORY {
            self.memory.extend_from_slice(octets);
            return Ok(());
        }
        if self.file.is_none() {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        self.file.as_mut().map_or(Ok(()), |file| file.write_all(octets))
    }

    /// What was written, to be read.
    pub(crate) fn finish(self) -> Body {
        let mut memory = self.memory;
        memory.shrink_to_fit();
        Body {
            memory,
            file: self.file.map(Mutex::new),
            kept: self.octets.min(LONGEST),
            octets: self.octets,
        }
    }
}

impl Body {
    /// How many octets the message had.
    pub(crate) fn octets(&self) -> u64 {
        self.octets
    }

    /// How many of them are kept.
    pub(crate) fn kept(&self) -> u64 {
        self.kept
    }

    /// The octets that are kept, at most `limit` of them.
    pub(crate) fn read(&self, limit: u64) -> io::Result<Vec<u8>> {
        let Some(file) = &self.file else {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(self.memory.len());
            return Ok(self.memory.get(..limit).unwrap_or_default().to_vec());
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(0))?;
        let mut octets = Vec::new();
        (&mut *file).take(limit).read_to_end(&mut octets)?;
        Ok(octets)
    }
}

/// What is kept of each message.
pub(crate) const LONGEST: u64 = 32 << 20;

/// Longer ones are kept in a file. So there are at most 512 of those in the room that all have, half
/// of the descriptors that a program usually has.
const IN_MEMORY: usize = 512 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn body(octets: &[u8], pieces: usize) -> Body {
        let mut draft = Draft::default();
        octets.chunks(pieces).for_each(|piece| draft.push(piece).unwrap());
        draft.finish()
    }

    #[test]
    fn a_body_reads_as_it_was_written_in_memory_and_in_a_file() {
        for len in [0, 1, IN_MEMORY - 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY] {
            let octets = (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect::<Vec<_>>();
            let body = body(&octets, 10_007);
            assert_eq!(body.read(u64::MAX).unwrap(), octets, "{len}");
            assert_eq!(body.read(5).unwrap(), octets[..len.min(5)], "{len}");
            assert_eq!((body.octets(), body.kept()), (len as u64, len as u64));
            assert_eq!(body.file.is_some(), len > IN_MEMORY, "{len}");
        }
    }

    #[test]
    fn what_is_beyond_the_longest_is_counted_and_not_kept() {
        let len = usize::try_from(LONGEST).unwrap();
        let body = body(&vec![7; len + 3], 1 << 20);
        assert_eq!((body.octets(), body.kept()), (LONGEST + 3, LONGEST));
        assert_eq!(body.read(u64::MAX).unwrap().len(), len);
    }
}
