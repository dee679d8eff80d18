//! A store in a Maildir: one file a message, whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use memchr::memchr;

use crate::envelope::Envelope;
use crate::server::store::{Incoming, Store};

/// A store in a Maildir.
///
/// A message is written to `tmp`, made durable, and moved to `new`; a message that was not
/// completed leaves nothing. Its lines end in LF, as in every Maildir, unless the client said that
/// they are none but octets (`BODY=BINARYMIME`). Before them stand `Return-Path` and a
/// `Delivered-To` for each recipient: the envelope.
#[derive(Debug, Clone)]
pub struct Maildir {
    folder: PathBuf,
}

impl Maildir {
    /// The Maildir in `folder`, which is made if it is missing.
    pub fn create(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let folder = folder.into();
        for part in ["tmp", "new", "cur"] {
            fs::create_dir_all(folder.join(part))?;
        }
        Ok(Self { folder })
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Store for Maildir {
    fn begin(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        Ok(Box::new(self.incoming(envelope, LineEnds::Lf)?))
    }

    fn begin_binary(&mut self, envelope: &Envelope) -> io::Result<Box<dyn Incoming>> {
        Ok(Box::new(self.incoming(envelope, LineEnds::AsTheyCame)?))
    }

    fn share(&self) -> Box<dyn Store> {
        Box::new(self.clone())
    }
}

impl Maildir {
    fn incoming(&self, envelope: &Envelope, line_ends: LineEnds) -> io::Result<InFile> {
        let name = unique_name()?;
        let path = self.folder.join("tmp").join(&name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let target = self.folder.join("new").join(name);
        let file = BufWriter::new(file);
        let mut message = InFile { file, path, target, line_ends, held_cr: false };
        writeln!(message.file, "Return-Path: {}", envelope.sender)?;
        for recipient in &envelope.recipients {
            writeln!(message.file, "Delivered-To: {recipient}")?;
        }
        Ok(message)
    }
}

/// What becomes of CRLF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnds {
    Lf,
    AsTheyCame,
}

struct InFile {
    file: BufWriter<File>,
    path: PathBuf,
    target: PathBuf,
    line_ends: LineEnds,
    /// A CR ended the last octets: it is dropped if an LF comes next.
    held_cr: bool,
}

impl Incoming for InFile {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut rest = octets;
        if self.line_ends == LineEnds::AsTheyCame {
            return self.file.write_all(octets);
        }
        if self.held_cr && !rest.is_empty() {
            self.held_cr = false;
            if rest.first() != Some(&b'\n') {
                self.file.write_all(b"\r")?;
            }
        }
        while let Some(cr) = memchr(b'\r', rest) {
            let (line, behind) = rest.split_at(cr);
            self.file.write_all(line)?;
            match behind.get(1) {
                None => self.held_cr = true,
                Some(b'\n') => {}
                Some(_) => self.file.write_all(b"\r")?,
            }
            rest = behind.get(1..).unwrap_or_default();
        }
        self.file.write_all(rest)
    }

    fn keep(mut self: Box<Self>) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.path, &self.target)
    }
}

/// What was not kept is taken away; after `keep` the file is no longer there.
impl Drop for InFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// `seconds.random.host`, as Maildir readers expect.
fn unique_name() -> io::Result<String> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let random = u64::from_le_bytes(random);
    let host = gethostname::gethostname().to_string_lossy().replace(['/', ':'], "_");
    Ok(format!("{seconds}.R{random:016x}.{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::ReversePath;
    use comms_mime::Address;

    fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
        fs::read_dir(folder.join(part)).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn a_message_is_whole_or_not_there_and_its_line_ends_are_lf_at_every_split() {
        let content = b"Subject: x\r\n\r\na\rb\r\r\nc\r\n";
        for split in 0..=content.len() {
            let folder = tempfile::tempdir().unwrap();
            let mut maildir = Maildir::create(folder.path()).unwrap();
            let envelope =
                Envelope::new(ReversePath::Null, ["b@y.example".parse::<Address>().unwrap()]);
            drop(maildir.begin(&envelope).unwrap());
            assert!(files(folder.path(), "tmp").is_empty());
            let mut message = maildir.begin(&envelope).unwrap();
            message.write(&content[..split]).unwrap();
            message.write(&content[split..]).unwrap();
            assert!(files(folder.path(), "new").is_empty());
            message.keep().unwrap();
            assert!(files(folder.path(), "tmp").is_empty());
            let text = fs::read(&files(folder.path(), "new")[0]).unwrap();
            assert_eq!(
                text.escape_ascii().to_string(),
                r"Return-Path: <>\nDelivered-To: b@y.example\nSubject: x\n\na\rb\r\nc\n",
                "{split}"
            );
        }
    }
}
