//! The keys of TLS, as they come to stand in a file.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use comms_core::{Event, Operation, What};

use crate::trace::pcapng::block::Blocks;

/// A file to which keys are added. A reader wants them before the packets that they open, so what is
/// noted during a handshake waits for its end.
pub(crate) struct KeyFile {
    path: PathBuf,
    /// How much of it is known.
    read: u64,
    /// The stacks that may be in a handshake.
    under_way: BTreeSet<u64>,
    /// Where the first of these began, in what is not written.
    place: usize,
}

impl KeyFile {
    /// What is in the file already belongs to others.
    pub(crate) fn new(path: PathBuf) -> Self {
        let read = path.metadata().map_or(0, |metadata| metadata.len());
        Self { path, read, under_way: BTreeSet::new(), place: 0 }
    }

    /// Takes note of what a layer above the capture does.
    pub(crate) fn note(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        match event.what {
            What::Begin { operation: Operation::Connect | Operation::StartTls, .. } => {
                if self.under_way.is_empty() {
                    self.place = out.len();
                }
                self.under_way.insert(event.stack);
            }
            What::End { operation: Operation::Connect | Operation::StartTls, .. }
                if self.under_way.remove(&event.stack) =>
            {
                self.put_before(out);
            }
            _ => {}
        }
    }

    /// Whether nothing waits for keys.
    pub(crate) fn is_settled(&self) -> bool {
        self.under_way.is_empty()
    }

    /// What waited was written all the same.
    pub(crate) fn begin_anew(&mut self) {
        self.place = 0;
    }

    fn put_before(&mut self, out: &mut Vec<u8>) {
        let keys = self.new_lines();
        if !keys.is_empty() {
            let behind = out.split_off(self.place.min(out.len()));
            Blocks(out).keys(&keys);
            self.place = out.len();
            out.extend_from_slice(&behind);
        }
    }

    /// What came into the file since; nothing where it cannot be read.
    fn new_lines(&mut self) -> Vec<u8> {
        let read = || {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(self.read))?;
            let mut lines = Vec::new();
            file.take(MOST).read_to_end(&mut lines)?;
            Ok::<_, std::io::Error>(lines)
        };
        let lines = read().unwrap_or_default();
        self.read += lines.len() as u64;
        lines
    }
}

/// Keys of a handshake are some hundred octets.
const MOST: u64 = 1 << 20;
