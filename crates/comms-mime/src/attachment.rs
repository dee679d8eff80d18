//! Files that go with a message.

use std::io::Read;
use std::path::PathBuf;

use crate::body::Body;
use crate::encode::param::{is_simple, rough};
use crate::error::{HeaderError, SourceError};
use crate::header::content_type::ContentType;
use crate::header::disposition::disposition_field;
use crate::header::text::token_field;
use crate::identifier::{content_id, content_id_of};
use crate::source::Source;

/// A file, or octets that become one at the recipient's.
///
/// The recipient gets exactly the octets that went in: they travel as base64, or as they are
/// where the path takes binary content.
///
/// ```
/// use comms_mime::Attachment;
///
/// let logo = Attachment::bytes("logo.png", [0x89, b'P', b'N', b'G']).content_id("logo")?;
/// assert_eq!(logo.media_type().essence(), "image/png");
/// assert!(Attachment::file("no/such/file.pdf").is_err());
/// # Ok::<(), comms_mime::HeaderError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Attachment {
    file_name: String,
    content_type: ContentType,
    content_id: Option<String>,
    source: Source,
}

impl Attachment {
    /// Octets from wherever they come.
    pub fn new(file_name: &str, body: impl Into<Body>) -> Self {
        let file_name = sanitised(file_name);
        let content_type = ContentType::of_file_name(&file_name);
        let source = body.into().into_source();
        Attachment { file_name, content_type, content_id: None, source }
    }

    /// A file. Its length is taken now, and must be the same when it is written.
    pub fn file(path: impl Into<PathBuf>) -> Result<Self, SourceError> {
        let path = path.into();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Attachment::new(&name, Body::file(path)?))
    }

    /// Octets in memory.
    pub fn bytes(file_name: &str, octets: impl Into<Vec<u8>>) -> Self {
        Attachment::new(file_name, Body::bytes(octets))
    }

    /// Whatever a reader gives until its end. The message can then be written only once, and its
    /// length is not known before.
    pub fn reader(file_name: &str, reader: impl Read + Send + 'static) -> Self {
        Attachment::new(file_name, Body::reader(reader))
    }

    /// Octets of a type that is known to be valid.
    pub(crate) fn typed(file_name: &str, essence: &str, body: Body) -> Self {
        let content_type = ContentType::fixed(essence, &[]);
        Attachment { content_type, ..Attachment::new(file_name, body) }
    }

    /// Sets the type, instead of the one that the file name suggests.
    pub fn content_type(mut self, value: &str) -> Result<Self, HeaderError> {
        let content_type: ContentType = value.parse()?;
        if content_type.is_composite() {
            return Err(HeaderError::Composite { value: content_type.essence().to_owned() });
        }
        self.content_type = content_type;
        Ok(self)
    }

    /// Sets the id by which an html body refers to it: `cid:id`. Angle brackets may be left out.
    pub fn content_id(mut self, id: &str) -> Result<Self, HeaderError> {
        self.content_id = Some(content_id(id)?);
        Ok(self)
    }

    /// Sets the name that the recipient sees. Folders are cut off, control characters replaced.
    pub fn file_name(mut self, name: &str) -> Self {
        self.file_name = sanitised(name);
        self
    }

    /// The name that the recipient sees.
    pub fn name(&self) -> &str {
        &self.file_name
    }

    /// The type it will be sent with.
    pub fn media_type(&self) -> &ContentType {
        &self.content_type
    }

    /// The id it will be sent with, if there is one.
    pub fn id(&self) -> Option<&str> {
        self.content_id.as_deref()
    }

    /// How many octets it has, where that is known before reading.
    pub fn length(&self) -> Option<u64> {
        self.source.length()
    }

    /// The octets.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The same with an id, made of the file name when there is none.
    pub(crate) fn identified(mut self) -> Self {
        let derived = || content_id_of(&self.file_name);
        self.content_id = Some(self.content_id.clone().unwrap_or_else(derived));
        self
    }

    /// The header fields, but for the transfer encoding.
    pub(crate) fn fields(&self, disposition: &str) -> String {
        let mut fields = self.named_type().field();
        fields += &disposition_field(disposition, &self.file_name);
        if let Some(id) = &self.content_id {
            fields += &token_field("Content-ID", &format!("<{id}>"));
        }
        fields
    }

    /// The type, with a rough form of the name for readers that do not know RFC 2231.
    fn named_type(&self) -> ContentType {
        let content_type = self.content_type.clone();
        if is_simple(&self.file_name) {
            return content_type;
        }
        content_type.with_parameter("name", &rough(&self.file_name))
    }
}

/// A name that means a file in the recipient's folder and nothing else.
pub(crate) fn sanitised(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| if c.is_control() || is_format(c) { '_' } else { c };
    let name: String = name.chars().map(harmless).collect();
    match name.trim() {
        "" | "." | ".." => "attachment".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}

/// Separators of lines, and the characters that turn the direction of writing, by which
/// `exe.fdp` is shown as a `pdf`.
fn is_format(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}
