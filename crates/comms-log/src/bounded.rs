//! A file that grows up to a size, and then begins anew; one older generation is kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::LogError;
use crate::harmless::cut;

/// The file, and where it is.
#[derive(Debug)]
pub(crate) struct BoundedFile {
    path: PathBuf,
    max: usize,
    /// `None` after a failure: the next line opens it again.
    open: Option<Open>,
}

impl BoundedFile {
    /// Opens `path`, to append, or creates it.
    pub(crate) fn create(path: PathBuf, max: usize) -> Result<Self, LogError> {
        let open = Some(open(&path)?);
        Ok(Self { path, max, open })
    }

    /// Lets it grow up to `max` octets.
    pub(crate) fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    /// Appends `line` and its end by one write. What could not be written is lost.
    pub(crate) fn append(&mut self, mut line: String) -> Result<(), LogError> {
        cut(&mut line, self.max.saturating_sub(1));
        line.push('\n');
        let mut to = match self.open.take() {
            Some(open) => open,
            None => open(&self.path)?,
        };
        if to.is_too_small_for(&line, self.max) {
            drop(to);
            self.set_aside()?;
            to = open(&self.path)?;
        }
        to.write(line).map_err(|source| LogError::Write { path: self.path.clone(), source })?;
        self.open = Some(to);
        Ok(())
    }

    /// Makes the file the older generation, in place of the one before.
    fn set_aside(&self) -> Result<(), LogError> {
        let mut older = self.path.clone().into_os_string();
        older.push(".1");
        let (path, older) = (self.path.clone(), PathBuf::from(older));
        fs::rename(&path, &older).map_err(|source| LogError::Rename { path, older, source })
    }
}

#[derive(Debug)]
struct Open {
    file: File,
    kind: Kind,
    size: usize,
    /// Whether the last line lacks its end: its writer was interrupted.
    torn: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Regular,
    /// A terminal, a pipe: it has no size, and it is not ours to rename.
    Device,
}

impl Open {
    fn is_too_small_for(&self, line: &str, max: usize) -> bool {
        let needed = self.size.saturating_add(line.len()).saturating_add(usize::from(self.torn));
        self.kind == Kind::Regular && self.size > 0 && needed > max
    }

    fn write(&mut self, mut line: String) -> io::Result<()> {
        if self.torn {
            line.insert(0, '\n');
        }
        self.file.write_all(line.as_bytes())?;
        self.size = self.size.saturating_add(line.len());
        self.torn = false;
        Ok(())
    }
}

fn open(path: &Path) -> Result<Open, LogError> {
    let opened = || {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, OWNER_ALONE);
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        let kind = if metadata.is_file() { Kind::Regular } else { Kind::Device };
        let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        let torn = kind == Kind::Regular && size > 0 && is_torn(path);
        Ok(Open { file, kind, size, torn })
    };
    opened().map_err(|source| LogError::Open { path: path.to_owned(), source })
}

/// Whether the last line of a file that is not empty lacks its end. Who may write a log and not
/// read it cannot know.
fn is_torn(path: &Path) -> bool {
    let last = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        let mut octet = [0];
        file.read_exact(&mut octet).map(|()| octet)
    };
    last().is_ok_and(|octet: [u8; 1]| octet != *b"\n")
}

/// A dialogue is not for others on the machine.
#[cfg(unix)]
const OWNER_ALONE: u32 = 0o600;
