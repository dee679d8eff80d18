//! A body in the words of Carapace's Mime: properties by name, and methods that attach.

use std::path::PathBuf;

use crate::attachment::Attachment;
use crate::error::BuildError;
use crate::error::reading::MimeError;
use crate::identifier::{boundary, random_token};
use crate::parsed::part::ParsedPart;
use crate::part::Part;

/// What the head of a part says, by the names of properties, and a body that files are attached
/// to. It is a vocabulary for [`Part`] and [`ParsedPart`], and ends in a `Part`.
///
/// The properties are `headers`, `version`, `content_type`, `content_transfer_encoding`,
/// `content_disposition`, `media_type`, `media_sub_type` (both in lower case), `media_options`,
/// `disposition_type`, `disposition_options`, `separator` and `error_class`; `mediaSubType` and the
/// like are taken too. Of a body that is being made, `media_sub_type` can be set; the rest is
/// written by [`MessageBuilder::build`](crate::MessageBuilder::build), the separator too.
///
/// ```
/// use comms_mime::{Message, Mime, ParsedMessage, Part, Transfer};
///
/// let folder = tempfile::tempdir()?;
/// let logo = folder.path().join("logo");
/// std::fs::write(&logo, b"GIF89a")?;
///
/// let mut mime = Mime::new();
/// mime.start_multipart("alternative")?;
/// mime.add(Part::text("hi")).add(Part::html("<p>hi</p>"));
/// mime.start_multipart("mixed")?.attach_gif(&logo)?;
/// let message = Message::builder().from("a@x.example".parse()?).body(mime.into_part()).build()?;
///
/// let mut octets = Vec::new();
/// message.write(&mut octets, Transfer::SevenBit)?;
/// let parsed = ParsedMessage::new(&octets)?;
/// let file = Mime::of(&parsed.attachments()[0]);
/// assert_eq!(file.get("mediaSubType")?.as_deref(), Some("gif"));
/// assert_eq!(file.get("disposition_options")?.as_deref(), Some("filename=\"logo\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Mime {
    /// What was read, in the order of the table.
    read: [Option<String>; NAMES.len()],
    sub_type: SubType,
    parts: Vec<Part>,
    error_class: Option<&'static str>,
}

impl Mime {
    /// A body of no parts so far, `multipart/mixed`.
    pub fn new() -> Self {
        let mut mime = Self::default();
        mime.show_type();
        mime.put("version", Some("1.0".to_owned()));
        mime
    }

    /// The properties of a received part.
    pub fn of(part: &ParsedPart<'_>) -> Self {
        let mut mime = Self::default();
        let header = |name: &str| part.header(name).map(|header| header.value());
        let fields = part.headers().map(|one| format!("{}: {}\r\n", one.name(), one.value()));
        let (kind, sub_type) = part.essence().split_once('/').unwrap_or((part.essence(), ""));
        let placed = part.disposition_parameters();
        let placed = placed.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in [
            ("headers", Some(fields.collect::<String>())),
            ("version", header("MIME-Version")),
            ("content_type", header("Content-Type")),
            ("content_transfer_encoding", Some(part.transfer_encoding())),
            ("content_disposition", header("Content-Disposition")),
            ("media_type", Some(kind.to_owned())),
            ("media_sub_type", Some(sub_type.to_owned())),
            ("media_options", options(part.parameters())),
            ("disposition_type", part.disposition()),
            ("disposition_options", options(placed)),
            ("separator", part.parameter("boundary").map(str::to_owned)),
        ] {
            mime.put(name, value);
        }
        if part.decoded().is_none() {
            mime.error_class = Some("content");
        }
        mime
    }

    /// The value of a property; none where the part does not say.
    pub fn get(&self, name: &str) -> Result<Option<String>, MimeError> {
        let at = place(name)?;
        if NAMES.get(at) == Some(&"error_class") {
            return Ok(self.error_class.map(str::to_owned));
        }
        Ok(self.read.get(at).cloned().flatten())
    }

    /// Sets a property: `media_sub_type`, to `mixed`, `alternative` or `related`.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), MimeError> {
        let at = place(name)?;
        if NAMES.get(at) != Some(&"media_sub_type") {
            return Err(MimeError::ReadOnly { name: name.to_owned() });
        }
        self.sub_type = SubType::named(value)?;
        self.show_type();
        Ok(())
    }

    /// A boundary that no one has used, from random octets.
    pub fn new_boundary() -> Result<String, BuildError> {
        Ok(boundary(0, &random_token()?))
    }

    /// Begins a multipart; what was added before becomes its first part.
    pub fn start_multipart(&mut self, sub_type: &str) -> Result<&mut Self, MimeError> {
        let sub_type = SubType::named(sub_type)?;
        if !self.parts.is_empty() {
            let before = std::mem::take(&mut self.parts);
            self.parts.push(self.sub_type.join(before));
        }
        self.sub_type = sub_type;
        self.show_type();
        Ok(self)
    }

    /// Adds a part of any kind.
    pub fn add(&mut self, part: Part) -> &mut Self {
        self.parts.push(part);
        self
    }

    /// Adds a file, of the type that its name suggests.
    pub fn attach_file(&mut self, path: impl Into<PathBuf>) -> Result<&mut Self, MimeError> {
        let attached = Attachment::file(path).map_err(MimeError::from);
        self.attach(attached)
    }

    /// Adds a file of plain text.
    pub fn attach_text_file(&mut self, path: impl Into<PathBuf>) -> Result<&mut Self, MimeError> {
        self.attach_as(path, "text/plain")
    }

    /// Adds a file of HTML.
    pub fn attach_html_file(&mut self, path: impl Into<PathBuf>) -> Result<&mut Self, MimeError> {
        self.attach_as(path, "text/html")
    }

    /// Adds a picture in GIF.
    pub fn attach_gif(&mut self, path: impl Into<PathBuf>) -> Result<&mut Self, MimeError> {
        self.attach_as(path, "image/gif")
    }

    /// Adds a picture in JPEG.
    pub fn attach_jpeg(&mut self, path: impl Into<PathBuf>) -> Result<&mut Self, MimeError> {
        self.attach_as(path, "image/jpeg")
    }

    /// Adds a picture in BMP (RFC 7903).
    pub fn attach_bitmap(&mut self, path: impl Into<PathBuf>) -> Result<&mut Self, MimeError> {
        self.attach_as(path, "image/bmp")
    }

    /// Adds a document of Microsoft Word.
    pub fn attach_ms_word(&mut self, path: impl Into<PathBuf>) -> Result<&mut Self, MimeError> {
        self.attach_as(path, "application/msword")
    }

    /// Adds a file of this type, whatever its name.
    pub fn attach_as(
        &mut self,
        path: impl Into<PathBuf>,
        content_type: &str,
    ) -> Result<&mut Self, MimeError> {
        let attached = Attachment::file(path)
            .map_err(MimeError::from)
            .and_then(|file| Ok(file.content_type(content_type)?));
        self.attach(attached)
    }

    /// The body: the one part that was added, or a multipart of all. None is an empty text.
    pub fn into_part(mut self) -> Part {
        match (self.parts.pop(), self.parts.is_empty()) {
            (None, _) => Part::text(""),
            (Some(only), true) => only,
            (Some(last), false) => {
                self.parts.push(last);
                self.sub_type.join(self.parts)
            }
        }
    }

    fn attach(&mut self, attached: Result<Attachment, MimeError>) -> Result<&mut Self, MimeError> {
        self.error_class = match &attached {
            Ok(_) => None,
            Err(MimeError::Source(_)) => Some("content"),
            Err(_) => Some("usage"),
        };
        self.parts.push(Part::attachment(attached?));
        Ok(self)
    }

    fn show_type(&mut self) {
        let sub_type = self.sub_type.name();
        self.put("content_type", Some(format!("multipart/{sub_type}")));
        self.put("media_type", Some("multipart".to_owned()));
        self.put("media_sub_type", Some(sub_type.to_owned()));
    }

    fn put(&mut self, name: &str, value: Option<String>) {
        let at = NAMES.iter().position(|known| *known == name);
        if let Some(slot) = at.and_then(|at| self.read.get_mut(at)) {
            *slot = value;
        }
    }
}

/// How parts belong together.
#[derive(Debug, Clone, Copy, Default)]
enum SubType {
    #[default]
    Mixed,
    Alternative,
    Related,
}

impl SubType {
    fn named(name: &str) -> Result<Self, MimeError> {
        let all = [SubType::Mixed, SubType::Alternative, SubType::Related];
        let mut known = all.into_iter().filter(|known| known.name().eq_ignore_ascii_case(name));
        known.next().ok_or_else(|| MimeError::SubType { value: name.to_owned() })
    }

    fn name(self) -> &'static str {
        match self {
            SubType::Mixed => "mixed",
            SubType::Alternative => "alternative",
            SubType::Related => "related",
        }
    }

    fn join(self, parts: Vec<Part>) -> Part {
        match self {
            SubType::Mixed => Part::mixed(parts),
            SubType::Alternative => Part::alternative(parts),
            SubType::Related => Part::related(parts),
        }
    }
}

/// Where the property stands in the table; its name may be spelled in either way.
fn place(name: &str) -> Result<usize, MimeError> {
    let same = |known: &&str| {
        let plain = known.bytes().filter(|octet| *octet != b'_');
        let given = name.bytes().filter(|octet| *octet != b'_');
        plain.eq(given.map(|octet| octet.to_ascii_lowercase()))
    };
    let unknown = || MimeError::Unknown { name: name.to_owned() };
    NAMES.iter().position(same).ok_or_else(unknown)
}

/// Parameters as they stand in a header: `name="value"; ...`.
fn options<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
    let shown = parameters.map(|(name, value)| format!("{name}=\"{}\"", quoted(value)));
    let shown = shown.collect::<Vec<_>>().join("; ");
    (!shown.is_empty()).then_some(shown)
}

const NAMES: [&str; 12] = [
    "headers",
    "version",
    "content_type",
    "content_transfer_encoding",
    "content_disposition",
    "media_type",
    "media_sub_type",
    "media_options",
    "disposition_type",
    "disposition_options",
    "separator",
    "error_class",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parsed::ParsedMessage;

    #[test]
    fn each_property_of_a_received_head_has_either_spelling() {
        let head = "MIME-Version: 1.0\r\nContent-Type: Image/GIF; name=a.gif; x=\"q\\\"\"\r\n\
            Content-Disposition: ATTACHMENT; filename=b.gif\r\n\
            Content-Transfer-Encoding: BASE64\r\n\r\n!";
        let message = ParsedMessage::new(head.as_bytes()).unwrap();
        let mime = Mime::of(&message.root());
        for (name, value) in [
            ("version", "1.0"),
            ("contentTransferEncoding", "base64"),
            ("content_transfer_encoding", "base64"),
            ("mediaType", "image"),
            ("media_sub_type", "gif"),
            ("mediaOptions", "name=\"a.gif\"; x=\"q\\\"\""),
            ("dispositionType", "attachment"),
            ("dispositionOptions", "filename=\"b.gif\""),
            ("contentDisposition", "ATTACHMENT; filename=b.gif"),
            ("errorClass", "content"),
        ] {
            assert_eq!(mime.get(name).unwrap().as_deref(), Some(value), "{name}");
        }
        assert!(mime.get("headers").unwrap().unwrap().starts_with("MIME-Version: 1.0\r\n"));
        assert_eq!(mime.get("separator").unwrap(), None);
        let told = mime.get("speed").unwrap_err().to_string();
        assert_eq!(told, "there is no property \"speed\"");
    }

    #[test]
    fn what_a_build_writes_cannot_be_set() {
        let mut mime = Mime::new();
        mime.set("mediaSubType", "Related").unwrap();
        assert_eq!(mime.get("content_type").unwrap().as_deref(), Some("multipart/related"));
        assert!(matches!(mime.set("media_sub_type", "x"), Err(MimeError::SubType { .. })));
        assert!(matches!(mime.set("separator", "x"), Err(MimeError::ReadOnly { .. })));
        assert!(mime.attach_file("no/such/file").is_err());
        assert_eq!(mime.get("error_class").unwrap().as_deref(), Some("content"));
        let two = [Mime::new_boundary().unwrap(), Mime::new_boundary().unwrap()];
        assert_ne!(two[0], two[1]);
    }
}
