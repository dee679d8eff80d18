//! The parts of a message: texts, attachments, and parts made of parts (RFC 2046).

mod embedded;
mod existing;
mod file;
mod forwarded;
mod language;
mod multipart;
mod node;
mod octets;
mod place;
mod reported;
mod text;

use crate::attachment::Attachment;
use crate::body::Body;
use crate::calendar::Calendar;
use crate::error::{BuildError, CalendarError, HeaderError, PartError};
use crate::flowed::Flowed;
use crate::header::content_type::ContentType;
use crate::header::text::text_field;
use crate::part::file::FilePart;
use crate::part::language::language_field;
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
    pub fn text(text: impl Into<String>) -> Self {
        Part::of_text(utf8("text/plain"), text)
    }

    /// Plain text that readers lay out anew (RFC 3676).
    pub fn flowed(text: &Flowed) -> Self {
        let parameters = [("charset", "utf-8"), ("format", "flowed"), ("delsp", "no")];
        Part::of_text(ContentType::fixed("text/plain", &parameters), text.laid_out())
    }

    /// HTML in UTF-8.
    pub fn html(html: impl Into<String>) -> Self {
        Part::of_text(utf8("text/html"), html)
    }

    /// An event or another iCalendar object (RFC 5545), with the iTIP method that says what to do
    /// with it, as `REQUEST`.
    pub fn calendar(method: &str, calendar: impl Into<String>) -> Result<Self, CalendarError> {
        Calendar::new(method, calendar).map(Part::from)
    }

    /// Content of any type but the composite ones, from wherever it comes.
    ///
    /// A type `text/...` in UTF-8, which is meant where no charset is given, is a text: its line
    /// ends become CRLF, and it is written in the form that suits it. To know that form, a file or
    /// a generator is read once now. Content of other types, or in another charset, arrives as the
    /// same octets.
    ///
    /// ```
    /// use comms_mime::{Body, Part};
    ///
    /// let log = Part::of("text/plain".parse()?, Body::generator(|| Ok("a\nb\n".as_bytes())))?;
    /// let old = Part::of("text/plain; charset=iso-8859-1".parse()?, &[0xe9, b'\n'][..])?;
    /// assert!(Part::of("text/plain".parse()?, &[0xe9, b'\n'][..]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(content_type: ContentType, body: impl Into<Body>) -> Result<Self, PartError> {
        if content_type.is_composite() {
            let value = content_type.essence().to_owned();
            return Err(HeaderError::Composite { value }.into());
        }
        let source = body.into().into_source();
        let is_utf8 = content_type
            .parameter("charset")
            .is_none_or(|charset| charset.eq_ignore_ascii_case("utf-8"));
        if !content_type.essence().starts_with("text/") || !is_utf8 {
            return Ok(Part::leaf(Content::File(FilePart::Bare(content_type, source))));
        }
        let content_type = content_type.with_parameter("charset", "utf-8");
        Ok(Part::leaf(Content::Text(TextPart::of(content_type, source)?)))
    }

    /// A file beside the text.
    pub fn attachment(attachment: Attachment) -> Self {
        Part::leaf(Content::File(FilePart::Named(attachment, "attachment")))
    }

    /// A file within the text, as a picture in an html body. It has a content id: its own, or one
    /// made of its file name.
    pub fn inline(attachment: Attachment) -> Self {
        Part::leaf(Content::File(FilePart::Named(attachment.identified(), "inline")))
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

    /// Adds words on what the part is (RFC 2045 8).
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.node.add_field(&text_field("Content-Description", text));
        self
    }

    /// Adds the languages of its content (RFC 3282): tags as `de` or `pt-BR`.
    pub fn language(mut self, tags: &[&str]) -> Result<Self, HeaderError> {
        self.node.add_field(&language_field(tags)?);
        Ok(self)
    }

    /// The header fields and the body of the whole message, the fields of the message itself
    /// standing before.
    pub(crate) fn walk<S: Stream>(&self, to: Transfer, stream: &mut S) -> Result<(), S::Error> {
        self.node.walk(Place::Root, to, stream)
    }

    /// The least that takes what is written for a path.
    pub(crate) fn written_as(&self, to: Transfer) -> Transfer {
        self.node.written_as(to)
    }

    /// Checks the tree: its depth, its content ids, that no multipart is empty.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        self.node.check()
    }

    /// Whether it is made of parts, so that it needs a boundary.
    pub(crate) fn is_multipart(&self) -> bool {
        self.node.is_multipart()
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

    fn of_text(content_type: ContentType, text: impl Into<String>) -> Self {
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

impl From<Calendar> for Part {
    fn from(calendar: Calendar) -> Self {
        Part::of_text(calendar.content_type(), calendar.text())
    }
}

fn utf8(essence: &str) -> ContentType {
    ContentType::fixed(essence, &[("charset", "utf-8")])
}
