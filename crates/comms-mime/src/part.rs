//! The parts of a message: texts, attachments, and parts made of parts (RFC 2046).

use std::collections::HashSet;

use crate::attachment::Attachment;
use crate::content_type::{ContentType, excerpt, is_token};
use crate::error::{BuildError, HeaderError};
use crate::identifier::boundary;
use crate::stream::Stream;
use crate::text::{Form, Text};
use crate::write::Transfer;

/// A tree of parts, for bodies that [`MessageBuilder`](crate::MessageBuilder) does not lay out by
/// itself.
///
/// ```
/// use comms_mime::{Message, Part};
///
/// let body = Part::alternative([Part::text("hi"), Part::html("<p>hi</p>")]);
/// let message = Message::builder().from("a@x.example".parse()?).body(body).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Part {
    content: Content,
    depth: usize,
    /// Its header fields without Content-Transfer-Encoding, once they are settled.
    fields: String,
}

impl Part {
    /// Plain text in UTF-8. Line ends of any kind become CRLF.
    pub fn text(text: impl AsRef<str>) -> Self {
        Part::of_text(utf8("text/plain"), text.as_ref())
    }

    /// HTML in UTF-8.
    pub fn html(html: impl AsRef<str>) -> Self {
        Part::of_text(utf8("text/html"), html.as_ref())
    }

    /// An event or another iCalendar object (RFC 5545), with the iTIP method that says what to do
    /// with it, as `REQUEST` (RFC 6047).
    pub fn calendar(method: &str, calendar: impl AsRef<str>) -> Result<Self, HeaderError> {
        if !is_token(method) {
            return Err(HeaderError::ContentType { value: excerpt(method) });
        }
        let content_type = utf8("text/calendar").with_parameter("method", method);
        Ok(Part::of_text(content_type, calendar.as_ref()))
    }

    /// A file beside the text.
    pub fn attachment(attachment: Attachment) -> Self {
        Part::of(Content::File { attachment, disposition: "attachment" })
    }

    /// A file within the text, as a picture in an html body. It has a content id: its own, or one
    /// made of its file name.
    pub fn inline(attachment: Attachment) -> Self {
        let attachment = attachment.identified();
        Part::of(Content::File { attachment, disposition: "inline" })
    }

    /// The same content in several forms, the best one last (RFC 2046 5.1.4).
    pub fn alternative(parts: impl IntoIterator<Item = Part>) -> Self {
        Part::of_parts("alternative", parts)
    }

    /// A part and what it refers to (RFC 2387).
    pub fn related(parts: impl IntoIterator<Item = Part>) -> Self {
        Part::of_parts("related", parts)
    }

    /// Parts one after the other (RFC 2046 5.1.3).
    pub fn mixed(parts: impl IntoIterator<Item = Part>) -> Self {
        Part::of_parts("mixed", parts)
    }

    /// The header fields and the body of the whole message, the fields of the message itself
    /// standing before.
    pub(crate) fn walk<S: Stream>(&self, to: Transfer, stream: &mut S) -> Result<(), S::Error> {
        self.walk_in(Place::Root, to, stream)
    }

    /// The least that takes what is written for a path.
    pub(crate) fn written_as(&self, to: Transfer) -> Transfer {
        self.written_as_in(Place::Root, to)
    }

    /// Checks the tree: its depth, its content ids, that no multipart is empty.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        if self.depth > DEEPEST {
            return Err(BuildError::Depth { limit: DEEPEST });
        }
        self.check_ids(&mut HashSet::new())
    }

    /// Gives every multipart its boundary, and settles the header fields of all parts: they are
    /// written more often than made.
    pub(crate) fn settle(&mut self, token: &str, number: &mut usize) {
        self.fields = match &mut self.content {
            Content::Text { content_type, .. } => content_type.field(),
            Content::File { attachment, disposition } => attachment.fields(disposition),
            Content::Multipart { subtype, boundary: own, parts } => {
                *number += 1;
                *own = boundary(*number, token);
                for part in parts.iter_mut() {
                    part.settle(token, number);
                }
                multipart_field(subtype, own, parts)
            }
        };
    }

    /// Whether the octets occur in one of the texts.
    pub(crate) fn contains(&self, needle: &str) -> bool {
        match &self.content {
            Content::Text { text, .. } => text.contains(needle),
            Content::File { .. } => false,
            Content::Multipart { parts, .. } => parts.iter().any(|part| part.contains(needle)),
        }
    }

    fn of(content: Content) -> Self {
        Part { content, depth: 0, fields: String::new() }
    }

    fn of_text(content_type: ContentType, text: &str) -> Self {
        Part::of(Content::Text { content_type, text: Text::new(text) })
    }

    fn of_parts(subtype: &'static str, parts: impl IntoIterator<Item = Part>) -> Self {
        let parts: Vec<Part> = parts.into_iter().collect();
        let depth = parts.iter().map(|part| part.depth + 1).max().unwrap_or_default();
        let content = Content::Multipart { subtype, boundary: String::new(), parts };
        Part { depth, ..Part::of(content) }
    }

    fn walk_in<S: Stream>(
        &self,
        place: Place,
        to: Transfer,
        stream: &mut S,
    ) -> Result<(), S::Error> {
        stream.octets(self.fields.as_bytes())?;
        match &self.content {
            Content::Text { text, .. } => {
                let form = text.form(to);
                stream.octets(transfer_field(form.name()))?;
                text.walk(form, stream)?;
                match place {
                    _ if form == Form::Base64 => Ok(()),
                    Place::Root if text.ends_line() => Ok(()),
                    // Within a multipart this line end belongs to the boundary.
                    Place::Root | Place::Within => stream.octets(b"\r\n"),
                }
            }
            Content::File { attachment, .. } => {
                if place.binary(to) {
                    stream.octets(transfer_field("binary"))?;
                    stream.binary(attachment.source())?;
                    return stream.octets(b"\r\n");
                }
                stream.octets(transfer_field("base64"))?;
                stream.base64(attachment.source())
            }
            Content::Multipart { boundary, parts, .. } => {
                let transfer = match self.written_as_in(place, to) {
                    Transfer::SevenBit => "7bit",
                    Transfer::EightBit => "8bit",
                    Transfer::Binary => "binary",
                };
                stream.octets(transfer_field(transfer))?;
                for part in parts {
                    stream.octets(b"--")?;
                    stream.octets(boundary.as_bytes())?;
                    stream.octets(b"\r\n")?;
                    part.walk_in(Place::Within, to, stream)?;
                }
                stream.octets(b"--")?;
                stream.octets(boundary.as_bytes())?;
                stream.octets(b"--\r\n")
            }
        }
    }

    fn written_as_in(&self, place: Place, to: Transfer) -> Transfer {
        match &self.content {
            Content::Text { text, .. } if text.form(to) == Form::EightBit => Transfer::EightBit,
            Content::File { .. } if place.binary(to) => Transfer::Binary,
            Content::Text { .. } | Content::File { .. } => Transfer::SevenBit,
            Content::Multipart { parts, .. } => {
                let written = parts.iter().map(|part| part.written_as_in(Place::Within, to));
                written.max().unwrap_or(Transfer::SevenBit)
            }
        }
    }

    fn check_ids<'a>(&'a self, seen: &mut HashSet<&'a str>) -> Result<(), BuildError> {
        match &self.content {
            Content::Text { .. } => Ok(()),
            Content::File { attachment, .. } => match attachment.id() {
                Some(id) if !seen.insert(id) => {
                    Err(BuildError::DuplicateContentId { id: id.to_owned() })
                }
                _ => Ok(()),
            },
            Content::Multipart { parts, .. } if parts.is_empty() => Err(BuildError::EmptyMultipart),
            Content::Multipart { parts, .. } => {
                parts.iter().try_for_each(|part| part.check_ids(seen))
            }
        }
    }

    fn essence(&self) -> String {
        match &self.content {
            Content::Text { content_type, .. } => content_type.essence().to_owned(),
            Content::File { attachment, .. } => attachment.media_type().essence().to_owned(),
            Content::Multipart { subtype, .. } => format!("multipart/{subtype}"),
        }
    }
}

impl From<Attachment> for Part {
    fn from(attachment: Attachment) -> Self {
        Part::attachment(attachment)
    }
}

#[derive(Debug, Clone)]
enum Content {
    Text { content_type: ContentType, text: Text },
    File { attachment: Attachment, disposition: &'static str },
    Multipart { subtype: &'static str, boundary: String, parts: Vec<Part> },
}

/// Where a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Within,
}

impl Place {
    /// Whether files go as they are. The root does not: a line end has to follow, and nothing
    /// would tell it from the content.
    fn binary(self, to: Transfer) -> bool {
        self == Place::Within && to == Transfer::Binary
    }
}

fn utf8(essence: &str) -> ContentType {
    ContentType::fixed(essence, &[("charset", "utf-8")])
}

/// The last field of a part's head, and the empty line.
fn transfer_field(transfer: &str) -> &'static [u8] {
    match transfer {
        "7bit" => b"Content-Transfer-Encoding: 7bit\r\n\r\n",
        "8bit" => b"Content-Transfer-Encoding: 8bit\r\n\r\n",
        "binary" => b"Content-Transfer-Encoding: binary\r\n\r\n",
        "quoted-printable" => b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        _ => b"Content-Transfer-Encoding: base64\r\n\r\n",
    }
}

fn multipart_field(subtype: &str, boundary: &str, parts: &[Part]) -> String {
    let essence = format!("multipart/{subtype}");
    let root = parts.first().filter(|_| subtype == "related").map(Part::essence);
    let content_type = match root.as_deref() {
        // RFC 2387 3.1 asks for the type of the root.
        Some(root) => ContentType::fixed(&essence, &[("boundary", boundary), ("type", root)]),
        None => ContentType::fixed(&essence, &[("boundary", boundary)]),
    };
    content_type.field()
}

/// Readers commonly stop at some dozens.
const DEEPEST: usize = 32;
