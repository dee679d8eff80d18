//! Messages whose octets exist already.

use std::fmt;
use std::io::{self, Cursor, Read};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

use memchr::memmem;

use crate::bcc::BccFilter;
#[cfg(feature = "dkim")]
use crate::dkim::{error::DkimError, fitness::check_head, signer::DkimSigner};
use crate::error::{SourceError, WriteError};
use crate::head::{self, field};
use crate::signatures::{Signable, Signatures};
use crate::source::{Extent, Source, fill};
use crate::stream::Stream;
use crate::write::Output;

/// A message that somebody else composed, sent as it is but for its blind copies.
///
/// `Bcc` and `Resent-Bcc` fields are removed while it is written. Line ends and leading dots stay
/// as they are: they are the business of the protocol that carries the message.
///
/// ```
/// use comms_mime::RawMessage;
///
/// let raw = RawMessage::bytes("Message-ID: <1@x.example>\r\nbcc: eve@z.example\r\n\r\nhi\r\n");
/// assert_eq!(raw.id(), Some("1@x.example"));
///
/// let mut octets = Vec::new();
/// raw.write(&mut octets)?;
/// assert_eq!(octets, b"Message-ID: <1@x.example>\r\n\r\nhi\r\n");
/// assert_eq!(raw.encoded_len(), Some(35 - 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RawMessage {
    source: Source,
    head: Head,
    signatures: Signatures,
    /// Whether all octets are ASCII, once somebody has asked.
    ascii: OnceLock<bool>,
}

impl RawMessage {
    /// A message in memory.
    pub fn bytes(octets: impl Into<Vec<u8>>) -> Self {
        let octets = octets.into();
        let end = head::end(&octets).unwrap_or(octets.len());
        let head = Head::new(octets.get(..end).unwrap_or_default());
        RawMessage::of(Source::bytes(octets), head)
    }

    /// A message in a file. Its head is read now, the rest when it is written; its length must be
    /// the same then.
    pub fn file(path: impl Into<PathBuf>) -> Result<Self, SourceError> {
        Self::of_extent(Extent::file(path)?)
    }

    /// A message that is a part of a file: its octets in this range. The head is read now, the rest
    /// when it is written.
    ///
    /// ```
    /// use comms_mime::RawMessage;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("two");
    /// std::fs::write(&path, "Subject: 1\n\nhi\nSubject: 2\n\nho\n")?;
    /// let second = RawMessage::part_of_file(&path, 15..30)?;
    /// assert_eq!(second.field("Subject").as_deref(), Some("2"));
    /// assert!(RawMessage::part_of_file(&path, 15..31).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn part_of_file(path: impl Into<PathBuf>, range: Range<u64>) -> Result<Self, SourceError> {
        Self::of_extent(Extent::part(path, range)?)
    }

    /// A message that a file or a part of it is.
    pub(crate) fn of_extent(extent: Extent) -> Result<Self, SourceError> {
        let mut reader = extent.reader()?;
        let source = Source::File(extent);
        let (head, _) = read_head(&mut reader, &source)?;
        Ok(RawMessage::of(source, head))
    }

    /// A message that a reader gives. Its head is read now. It can be written once, and its
    /// length is not known.
    pub fn reader(mut reader: impl Read + Send + 'static) -> Result<Self, SourceError> {
        let unnamed = Source::reader(io::empty());
        let (head, begin) = read_head(&mut reader, &unnamed)?;
        let source = Source::reader(Cursor::new(begin).chain(reader));
        Ok(RawMessage::of(source, head))
    }

    fn of(source: Source, head: Head) -> Self {
        RawMessage { source, head, signatures: Signatures::default(), ascii: OnceLock::new() }
    }

    /// The message's own id without angle brackets, if it has one that can be shown.
    pub fn id(&self) -> Option<&str> {
        self.head.id.as_deref()
    }

    /// The value of the first field of this name, unfolded; octets that are not UTF-8 become
    /// U+FFFD. Encoded words are left as they are.
    pub fn field(&self, name: &str) -> Option<String> {
        field(&self.head.octets, name)
    }

    /// Whether the head holds octets above 127, which only SMTPUTF8 (RFC 6531) allows.
    pub fn has_eight_bit_head(&self) -> bool {
        !self.head.octets.is_ascii()
    }

    /// Whether the head is UTF-8.
    pub(crate) fn has_utf8_head(&self) -> bool {
        std::str::from_utf8(&self.head.octets).is_ok()
    }

    /// Whether it can be written only once, since it comes out of a reader.
    pub fn is_read_once(&self) -> bool {
        self.source.is_read_once()
    }

    /// The head without its blind copies.
    pub(crate) fn kept_head(&self) -> Vec<u8> {
        let mut kept = Vec::new();
        let mut filter = BccFilter::default();
        filter.push(&self.head.octets, |piece| kept.extend_from_slice(piece));
        filter.finish(|piece| kept.extend_from_slice(piece));
        kept
    }

    /// Shows what it is read from.
    pub(crate) fn sources<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error> {
        stream.binary(&self.source)
    }

    /// What errors call its source.
    pub(crate) fn source_name(&self) -> String {
        self.source.name()
    }

    /// Whether the octets occur in it, where it is in memory.
    pub(crate) fn contains(&self, needle: &str) -> bool {
        match &self.source {
            Source::Bytes(octets) => memmem::find(octets, needle.as_bytes()).is_some(),
            Source::File(_) | Source::Reader(..) | Source::Generator(..) => false,
        }
    }

    /// Whether any octet is above 127; none when that is not known before reading.
    pub fn is_eight_bit(&self) -> Option<bool> {
        match &self.source {
            Source::Bytes(octets) => Some(!*self.ascii.get_or_init(|| octets.is_ascii())),
            _ if self.has_eight_bit_head() => Some(true),
            Source::File(_) | Source::Reader(..) | Source::Generator(..) => None,
        }
    }

    /// How many octets [`RawMessage::write`] gives, exactly; none for a reader.
    pub fn encoded_len(&self) -> Option<u64> {
        self.bare_len()?.checked_add(self.signatures.length(self)?)
    }

    /// Has the message signed when it is written, before signatures that it has already. It is
    /// then read twice, so a reader is an error.
    ///
    /// What is signed is what the wire has: line ends are taken for CRLF, and the last line for
    /// whole. Octets above 127 stay as they are: a server that encodes them anew on its way breaks
    /// the signature.
    #[cfg(feature = "dkim")]
    pub fn dkim(mut self, signer: DkimSigner) -> Result<Self, DkimError> {
        if self.source.is_read_once() {
            return Err(DkimError::ReadOnce { name: self.source.name() });
        }
        check_head(&self.head.octets)?;
        self.signatures.push(signer);
        Ok(self)
    }

    /// Writes the message without its blind copies.
    pub fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), WriteError<O::Error>> {
        self.signatures.write(self, out)
    }

    fn bare_len(&self) -> Option<u64> {
        self.source.length().and_then(|length| length.checked_sub(self.head.removed))
    }
}

impl Signable for RawMessage {
    fn write_bare<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), WriteError<O::Error>> {
        let mut filter = BccFilter::default();
        let mut kept = Vec::new();
        let mut written = 0;
        let mut put = |octets: &[u8]| {
            written += octets.len() as u64;
            out.write(octets).map_err(WriteError::Output)
        };
        self.source.blocks(BLOCK, |block| {
            if filter.is_past_head() {
                return put(block);
            }
            kept.clear();
            filter.push(block, |octets| kept.extend_from_slice(octets));
            put(&kept)
        })?;
        kept.clear();
        filter.finish(|octets| kept.extend_from_slice(octets));
        put(&kept)?;
        match self.bare_len() {
            Some(promised) if promised != written => {
                Err(WriteError::SourceChanged { name: self.source.name(), promised })
            }
            _ => Ok(()),
        }
    }

    /// The file is not read again.
    #[cfg(feature = "dkim")]
    fn head(&self) -> Vec<u8> {
        self.kept_head()
    }
}

/// What is known of the head.
#[derive(Clone)]
struct Head {
    octets: Vec<u8>,
    id: Option<String>,
    /// How many of its octets are not written.
    removed: u64,
}

impl Head {
    fn new(octets: &[u8]) -> Self {
        let mut kept = 0;
        let mut filter = BccFilter::default();
        filter.push(octets, |piece| kept += piece.len());
        filter.finish(|piece| kept += piece.len());
        let removed = octets.len().saturating_sub(kept) as u64;
        Head { octets: octets.to_vec(), id: id(octets), removed }
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Head({} octets, id {:?})", self.octets.len(), self.id)
    }
}

fn id(head: &[u8]) -> Option<String> {
    let value = field(head, "Message-ID")?;
    let (_, inside) = value.split_once('<').unwrap_or(("", &value));
    let (id, _) = inside.split_once('>').unwrap_or((inside, ""));
    let id = id.trim();
    let shows = |c: char| !c.is_control() && !c.is_whitespace() && c != char::REPLACEMENT_CHARACTER;
    (!id.is_empty() && id.chars().all(shows)).then(|| id.to_owned())
}

/// Reads until the head has ended; gives the head, and all that was read.
fn read_head(reader: &mut impl Read, source: &Source) -> Result<(Head, Vec<u8>), SourceError> {
    let mut read = Vec::new();
    let mut wanted = FIRST_READ;
    loop {
        let before = read.len();
        read.resize(wanted, 0);
        let room = read.get_mut(before..).unwrap_or_default();
        let filled = fill(reader, room)
            .map_err(|error| SourceError::Read { name: source.name(), source: error })?;
        read.truncate(before + filled);
        let end = match head::end(&read) {
            None if read.len() < wanted => Some(read.len()),
            end => end,
        };
        if let Some(octets) = end.and_then(|end| read.get(..end)) {
            return Ok((Head::new(octets), read));
        }
        if wanted >= LONGEST_HEAD {
            return Err(SourceError::HeadTooLong { name: source.name(), limit: LONGEST_HEAD });
        }
        wanted *= 2;
    }
}

const FIRST_READ: usize = 16 * 1024;

/// What servers accept is far below.
const LONGEST_HEAD: usize = 1024 * 1024;

const BLOCK: usize = 64 * 1024;
