//! Where messages are that exist already: files, an mbox, a Maildir, a directory.

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use comms::{Mbox, RawMessage};

use crate::compose;
use crate::failure::{Failure, bad};

/// Messages in their order, each to be read when it is wanted.
#[derive(Debug)]
pub(crate) enum Folder {
    /// Files that were named one by one.
    Files(Vec<PathBuf>),
    /// Files in a directory, named from there: a Maildir's, or those that end with `.eml`.
    Directory { path: PathBuf, files: Vec<PathBuf> },
    /// An mbox.
    Mbox { path: PathBuf, mbox: Mbox },
}

impl Folder {
    /// The folder that `--each` names.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        if !path.is_dir() {
            let mbox = Mbox::open(path).map_err(|error| bad(&"--each", &error))?;
            return Ok(Self::Mbox { path: path.to_owned(), mbox });
        }
        let is_maildir = path.join("new").is_dir() && path.join("cur").is_dir();
        let files = if is_maildir { maildir(path) } else { directory(path) };
        let files = files.map_err(|error| cannot_be_read(path, &error))?;
        if files.is_empty() && !is_maildir {
            let why = "it is no Maildir, and no file in it ends with `.eml`";
            return Err(cannot_be_read(path, &why));
        }
        Ok(Self::Directory { path: path.to_owned(), files })
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Files(files) | Self::Directory { files, .. } => files.len(),
            Self::Mbox { mbox, .. } => mbox.len(),
        }
    }

    /// Where the message in this place is, from 0. In an mbox they are numbered from 1.
    pub(crate) fn name(&self, at: usize) -> String {
        let nameless = PathBuf::new();
        match self {
            Self::Files(files) => files.get(at).unwrap_or(&nameless).display().to_string(),
            Self::Directory { path, files } => {
                path.join(files.get(at).unwrap_or(&nameless)).display().to_string()
            }
            Self::Mbox { path, .. } => format!("{}#{}", path.display(), at + 1),
        }
    }

    /// The message in this place.
    pub(crate) fn message(&self, at: usize) -> Result<RawMessage, Failure> {
        let message = match self {
            Self::Files(files) => files.get(at).map(|file| compose::raw(file)),
            Self::Directory { path, files } => files.get(at).map(|file| {
                RawMessage::file(path.join(file)).map_err(|error| bad(&"--each", &error))
            }),
            Self::Mbox { mbox, .. } => {
                let message = mbox.message(at);
                message.map(|message| message.map_err(|error| bad(&"--each", &error)))
            }
        };
        message.unwrap_or_else(|| Err(Failure::Internal(format!("there is no message {at}"))))
    }
}

/// The messages of a Maildir, read or not, as they came: their names begin with the time.
fn maildir(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for part in ["new", "cur"] {
        let names = names(&path.join(part))?;
        files.extend(names.into_iter().map(|name| Path::new(part).join(name)));
    }
    files.sort_by(|one, other| one.file_name().cmp(&other.file_name()));
    Ok(files)
}

fn directory(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = names(path)?;
    let is_eml = |extension: &OsStr| extension.eq_ignore_ascii_case("eml");
    files.retain(|file| file.extension().is_some_and(is_eml));
    files.sort();
    Ok(files)
}

/// The names in a directory that are not hidden.
fn names(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if !name.as_encoded_bytes().starts_with(b".") {
            names.push(PathBuf::from(name));
        }
    }
    Ok(names)
}

fn cannot_be_read(path: &Path, why: &dyn Display) -> Failure {
    Failure::BadInput(format!("--each {}: {why}", path.display()))
}
