//! A store in a Maildir: one file a message, whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use memchr::memchr;

use crate::envelope::{Envelope, Recipient, ReversePath};
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
        let name = unique_name();
        let path = self.folder.join("tmp").join(&name);
        let file = BufWriter::new(create(&path)?);
        let target = self.folder.join("new").join(name);
        let (sender, recipients) = (envelope.sender.clone(), envelope.recipients.clone());
        let head = head(&sender, &recipients);
        let mut message =
            InFile { file, path, target, sender, recipients, head, line_ends, held_cr: false };
        message.file.write_all(message.head.as_bytes())?;
        Ok(message)
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The envelope, as header fields.
fn head(sender: &ReversePath, recipients: &[Recipient]) -> String {
    let to = recipients.iter().map(|recipient| format!("Delivered-To: {recipient}\n"));
    format!("Return-Path: {sender}\n{}", to.collect::<String>())
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
    sender: ReversePath,
    recipients: Vec<Recipient>,
    /// The envelope as it was when the message began.
    head: String,
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

    fn refuse(&mut self, recipient: &Recipient) -> io::Result<()> {
        if let Some(at) = self.recipients.iter().position(|one| one == recipient) {
            self.recipients.remove(at);
        }
        Ok(())
    }

    fn keep(mut self: Box<Self>) -> io::Result<()> {
        if self.held_cr {
            self.file.write_all(b"\r")?;
        }
        self.file.flush()?;
        let head = head(&self.sender, &self.recipients);
        if head != self.head {
            self.write_anew(&head)?;
        }
        self.file.get_ref().sync_all()?;
        fs::rename(&self.path, &self.target)
    }
}

impl InFile {
    /// Puts another envelope before the content, in another file.
    fn write_anew(&mut self, head: &str) -> io::Result<()> {
        let mut content = File::open(&self.path)?;
        content.seek(SeekFrom::Start(self.head.len() as u64))?;
        let mut path = self.path.clone().into_os_string();
        path.push(".again");
        let before = mem::replace(&mut self.path, path.into());
        let written = create(&self.path).and_then(|file| {
            self.file = BufWriter::new(file);
            self.file.write_all(head.as_bytes())?;
            io::copy(&mut content, &mut self.file)?;
            self.file.flush()
        });
        fs::remove_file(before)?;
        written
    }
}

/// What was not kept is taken away; after `keep` the file is no longer there.
impl Drop for InFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// `seconds.MmicrosecondsPprocessQnumber.host`, as Maildir readers expect: by their names, the
/// files of one process are in the order in which their messages began.
fn unique_name() -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, microseconds) = (time.as_secs(), time.subsec_micros());
    let number = BEGUN.fetch_add(1, Ordering::Relaxed);
    let process = std::process::id();
    let host = gethostname::gethostname().to_string_lossy().replace(['/', ':'], "_");
    format!("{seconds}.M{microseconds:06}P{process}Q{number:06}.{host}")
}

/// How many messages this process has begun.
static BEGUN: AtomicU64 = AtomicU64::new(0);

#[cfg(test)]
mod tests {
    use comms_mime::Address;

    use super::*;

    fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
        fs::read_dir(folder.join(part)).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn who_is_refused_after_the_content_does_not_stand_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut maildir = Maildir::create(folder.path()).unwrap();
        let recipients = ["a@y.example", "b@y.example", "c@y.example"];
        let recipients = recipients.map(|one| Recipient::new(one.parse().unwrap()));
        let envelope = Envelope::new(ReversePath::Null, recipients.clone());
        let mut message = maildir.begin(&envelope).unwrap();
        message.write(b"A: b\r\n\r\nhi\r\n").unwrap();
        message.refuse(&recipients[1]).unwrap();
        message.keep().unwrap();
        assert!(files(folder.path(), "tmp").is_empty());
        assert_eq!(
            fs::read_to_string(&files(folder.path(), "new")[0]).unwrap(),
            "Return-Path: <>\nDelivered-To: a@y.example\nDelivered-To: c@y.example\n\
             A: b\n\nhi\n"
        );
    }

    #[test]
    fn names_lost_the_order_of_messages_within_a_second() {
        let names = (0..1_000).map(|_| unique_name()).collect::<Vec<_>>();
        assert!(names.windows(2).all(|two| two[0] < two[1]), "{names:?}");
        let process = format!("P{}Q", std::process::id());
        assert!(names.iter().all(|name| name.contains(&process)), "{process}");
    }

    #[test]
    fn a_cr_at_the_very_end_was_lost() {
        let folder = tempfile::tempdir().unwrap();
        let mut maildir = Maildir::create(folder.path()).unwrap();
        let envelope = Envelope::new(ReversePath::Null, Vec::<Recipient>::new());
        let mut message = maildir.begin(&envelope).unwrap();
        message.write(b"a\r").unwrap();
        message.keep().unwrap();
        let found = fs::read_to_string(&files(folder.path(), "new")[0]).unwrap();
        assert_eq!(found, "Return-Path: <>\na\r");
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
