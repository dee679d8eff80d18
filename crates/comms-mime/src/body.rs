//! Where the content of a part comes from.

use std::io::{self, Read};
use std::path::PathBuf;

use crate::error::SourceError;
use crate::source::Source;

/// Octets that become the content of a part: in memory, in a file, or made while they are written.
///
/// ```
/// use comms_mime::{Attachment, Body};
///
/// // A thousand lines that nobody keeps in memory.
/// let lines = Body::generator(|| Ok(std::io::Read::take(std::io::repeat(b'\n'), 1000)));
/// let attachment = Attachment::new("empty.txt", lines.with_length(1000));
/// assert_eq!(attachment.length(), Some(1000));
/// ```
#[derive(Debug, Clone)]
pub struct Body {
    source: Source,
}

impl Body {
    /// Octets in memory.
    pub fn bytes(octets: impl Into<Vec<u8>>) -> Self {
        Source::bytes(octets).into()
    }

    /// A file. Its length is taken now, and must be the same when it is written.
    pub fn file(path: impl Into<PathBuf>) -> Result<Self, SourceError> {
        Source::file(path).map(Body::from)
    }

    /// Whatever a reader gives until its end. The message can then be written only once, and its
    /// length is not known before.
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Source::reader(reader).into()
    }

    /// Whatever the readers give that `open` makes: one each time that the message is written, so
    /// all of them must give the same.
    pub fn generator<R: Read + 'static>(
        open: impl Fn() -> io::Result<R> + Send + Sync + 'static,
    ) -> Self {
        Source::generator(open).into()
    }

    /// Promises how many octets a reader or a generator gives, so that the length of the message
    /// is known before. Other than that many are an error of the writing. The length of octets in
    /// memory or in a file is known, and stays.
    #[must_use]
    pub fn with_length(self, octets: u64) -> Self {
        self.source.promising(octets).into()
    }

    /// How many octets it has, where that is known before reading.
    pub fn length(&self) -> Option<u64> {
        self.source.length()
    }

    /// Where they come from.
    pub(crate) fn into_source(self) -> Source {
        self.source
    }
}

impl From<Source> for Body {
    fn from(source: Source) -> Self {
        Body { source }
    }
}

impl From<Vec<u8>> for Body {
    fn from(octets: Vec<u8>) -> Self {
        Body::bytes(octets)
    }
}

impl From<&[u8]> for Body {
    fn from(octets: &[u8]) -> Self {
        Body::bytes(octets)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Body::bytes(text)
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Body::bytes(text)
    }
}
