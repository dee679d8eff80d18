//! The parts of a message: texts, attachments, and parts made of parts (RFC 2046).

mod file;
mod multipart;
mod node;
mod place;
mod text;

use crate::attachment::Attachment;
use crate::error::{BuildError, HeaderError};
use crate::header::content_type::{ContentType, excerpt, is_token};
use crate::part::file::FilePart;
use crate::part::multipart::Kind;
use crate::part::node::{Content, Node};
use crate::part::place::Place;
use crate::part::text::TextPart;
use crate::stream::Stream;
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
    node: Node,
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
        Part::leaf(Content::File(FilePart::new(attachment, "attachment")))
    }

    /// A file within the text, as a picture in an html body. It has a content id: its own, or one
    /// made of its file name.
    pub fn inline(attachment: Attachment) -> Self {
        Part::leaf(Content::File(FilePart::new(attachment.identified(), "inline")))
    }

    /// The same content in several forms, the best one last (RFC 2046 5.1.4).
    pub fn alternative(parts: impl IntoIterator<Item = Part>) -> Self {
        Part::of_parts(Kind::Alternative, parts)
    }

    /// A part and what it refers to (RFC 2387).
    pub fn related(parts: impl IntoIterator<Item = Part>) -> Self {
        Part::of_parts(Kind::Related, parts)
    }

    /// Parts one after the other (RFC 2046 5.1.3).
    pub fn mixed(parts: impl IntoIterator<Item = Part>) -> Self {
        Part::of_parts(Kind::Mixed, parts)
    }

    /// The header fields and the body of the whole message, the fields of the message itself
    /// standing before.
    pub(crate) fn walk<S: Stream>(&self, to: Transfer, stream: &mut S) -> Result<(), S::Error> {
        self.node.walk(Place::Root, to, stream)
    }

    /// The least that takes what is written for a path.
    pub(crate) fn written_as(&self, to: Transfer) -> Transfer {
        self.node.written_as(Place::Root, to)
    }

    /// Checks the tree: its depth, its content ids, that no multipart is empty.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        self.node.check()
    }

    /// Gives every multipart its boundary.
    pub(crate) fn settle(&mut self, token: &str) {
        self.node.settle(token, &mut 0);
    }

    /// Whether the octets occur in one of the texts.
    pub(crate) fn contains(&self, needle: &str) -> bool {
        self.node.contains(needle)
    }

    fn leaf(content: Content) -> Self {
        Part { node: Node::leaf(content) }
    }

    fn of_text(content_type: ContentType, text: &str) -> Self {
        Part::leaf(Content::Text(TextPart::new(content_type, text)))
    }

    fn of_parts(kind: Kind, parts: impl IntoIterator<Item = Part>) -> Self {
        let parts = parts.into_iter().map(|part| part.node).collect();
        Part { node: Node::multipart(kind, parts) }
    }
}

impl From<Attachment> for Part {
    fn from(attachment: Attachment) -> Self {
        Part::attachment(attachment)
    }
}

fn utf8(essence: &str) -> ContentType {
    ContentType::fixed(essence, &[("charset", "utf-8")])
}
