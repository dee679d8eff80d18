//! The tree of parts.

use std::collections::HashSet;

use crate::encode::base64;
use crate::encoded::Base64;
use crate::error::{BuildError, WriteError};
use crate::part::embedded::Embedded;
use crate::part::existing::Existing;
use crate::part::file::FilePart;
use crate::part::multipart::{Kind, Multipart};
use crate::part::octets;
use crate::part::place::{Place, identity, transfer_field};
use crate::part::text::TextPart;
use crate::stream::{Measured, Produced, Stream, Written};
use crate::write::{Output, Transfer};

/// A part, and the parts in it.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    content: Content,
    depth: usize,
    /// Further header fields: its description, its language.
    further: String,
    /// Its header fields without Content-Transfer-Encoding, once they are settled.
    fields: String,
}

/// What a part is made of.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(TextPart),
    File(FilePart),
    Multipart(Multipart, Vec<Node>),
    /// A composed message and its root, which is settled.
    Embedded(Box<Embedded>, Box<Node>),
    /// A message that exists already.
    Existing(Box<Existing>),
}

impl Node {
    /// A part without parts.
    pub(crate) fn leaf(content: Content) -> Self {
        Node { content, depth: 0, further: String::new(), fields: String::new() }
    }

    /// A part made of parts.
    pub(crate) fn multipart(kind: Kind, parts: Vec<Node>) -> Self {
        let depth = parts.iter().map(|part| part.depth + 1).max().unwrap_or_default();
        Node { depth, ..Node::leaf(Content::Multipart(Multipart::new(kind), parts)) }
    }

    /// A message and its root.
    pub(crate) fn embedded(embedded: Embedded, root: Node) -> Self {
        let depth = root.depth + 1;
        Node { depth, ..Node::leaf(Content::Embedded(Box::new(embedded), Box::new(root))) }
    }

    /// Adds a header field to those of the part.
    pub(crate) fn add_field(&mut self, field: &str) {
        self.further.push_str(field);
    }

    /// Checks the tree: its depth, its content ids, that no multipart is empty.
    pub(crate) fn check(&self) -> Result<(), BuildError> {
        if self.depth > DEEPEST {
            return Err(BuildError::Depth { limit: DEEPEST });
        }
        self.check_ids(&mut HashSet::new())
    }

    /// Whether it is made of parts.
    pub(crate) fn is_multipart(&self) -> bool {
        matches!(self.content, Content::Multipart(..))
    }

    /// Gives every multipart its boundary, and settles the header fields of all parts: they are
    /// written more often than made.
    pub(crate) fn settle(&mut self, token: &str, number: &mut usize) {
        self.fields = match &mut self.content {
            Content::Text(text) => text.content_type().field(),
            Content::File(file) => file.fields(),
            Content::Embedded(embedded, _) => embedded.fields(),
            // They go by the path.
            Content::Existing(_) => String::new(),
            Content::Multipart(multipart, parts) => {
                *number += 1;
                multipart.settle(*number, token);
                for part in parts.iter_mut() {
                    part.settle(token, number);
                }
                multipart.fields(parts.first().map(Node::essence))
            }
        };
        self.fields.push_str(&self.further);
    }

    /// Whether the octets occur in one of the texts.
    pub(crate) fn contains(&self, needle: &str) -> bool {
        match &self.content {
            Content::Text(text) => text.contains(needle),
            Content::File(_) => false,
            Content::Multipart(_, parts) => parts.iter().any(|part| part.contains(needle)),
            Content::Embedded(embedded, root) => {
                embedded.head().contains(needle)
                    || root.fields.contains(needle)
                    || root.contains(needle)
            }
            Content::Existing(existing) => existing.contains(needle),
        }
    }

    /// The least that takes what is written for a path.
    pub(crate) fn written_as(&self, to: Transfer) -> Transfer {
        match &self.content {
            Content::Text(text) => text.written_as(to),
            Content::File(_) => octets::written_as(to),
            Content::Multipart(_, parts) => {
                let written = parts.iter().map(|part| part.written_as(to));
                written.max().unwrap_or(Transfer::SevenBit)
            }
            Content::Embedded(embedded, _) if embedded.is_encoded(to) => Transfer::SevenBit,
            Content::Embedded(embedded, root) => {
                root.written_as(to).max(embedded.head_written_as())
            }
            Content::Existing(existing) => existing.written_as(to),
        }
    }

    /// The header fields and the body.
    pub(crate) fn walk<S: Stream>(
        &self,
        place: Place,
        to: Transfer,
        stream: &mut S,
    ) -> Result<(), S::Error> {
        stream.octets(self.fields.as_bytes())?;
        match &self.content {
            Content::Text(text) => text.walk(place, to, stream),
            Content::File(file) => octets::walk(file.source(), place, to, stream),
            Content::Multipart(multipart, parts) => {
                transfer_field(identity(self.written_as(to)), stream)?;
                for part in parts {
                    multipart.begin(stream)?;
                    part.walk(Place::Within, to, stream)?;
                }
                multipart.end(stream)
            }
            Content::Existing(existing) => existing.walk(place, to, stream),
            Content::Embedded(embedded, root) => {
                let whole = Whole { head: embedded.head(), root, to };
                if embedded.is_encoded(to) {
                    transfer_field("base64", stream)?;
                    return stream.produced(&whole);
                }
                transfer_field(identity(self.written_as(to)), stream)?;
                whole.walk(stream)?;
                match place {
                    Place::Root => Ok(()),
                    // This line end belongs to the boundary.
                    Place::Within => stream.octets(b"\r\n"),
                }
            }
        }
    }

    fn check_ids<'a>(&'a self, seen: &mut HashSet<&'a str>) -> Result<(), BuildError> {
        match &self.content {
            // The ids within a message are its own.
            Content::Text(_) | Content::Embedded(..) | Content::Existing(_) => Ok(()),
            Content::File(file) => match file.id() {
                Some(id) if !seen.insert(id) => {
                    Err(BuildError::DuplicateContentId { id: id.to_owned() })
                }
                _ => Ok(()),
            },
            Content::Multipart(_, parts) if parts.is_empty() => Err(BuildError::EmptyMultipart),
            Content::Multipart(multipart, parts)
                if multipart.is_digest() && !parts.iter().all(Node::is_message) =>
            {
                Err(BuildError::NotAMessage)
            }
            Content::Multipart(_, parts) => parts.iter().try_for_each(|part| part.check_ids(seen)),
        }
    }

    fn essence(&self) -> &str {
        match &self.content {
            Content::Text(text) => text.content_type().essence(),
            Content::File(file) => file.content_type().essence(),
            Content::Multipart(multipart, _) => multipart.essence(),
            Content::Embedded(embedded, _) => embedded.essence(),
            Content::Existing(existing) => existing.essence(),
        }
    }

    fn is_message(&self) -> bool {
        matches!(self.content, Content::Embedded(..) | Content::Existing(_))
    }
}

/// A message within another one, in base64.
struct Whole<'n> {
    head: &'n str,
    root: &'n Node,
    to: Transfer,
}

impl Whole<'_> {
    fn walk<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error> {
        stream.octets(self.head.as_bytes())?;
        self.root.walk(Place::Root, self.to, stream)
    }
}

impl Produced for Whole<'_> {
    fn length(&self) -> Option<u64> {
        let mut measured = Measured(Some(0));
        let Ok(()) = self.walk(&mut measured);
        measured.0.map(base64::encoded_len)
    }

    fn sources<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error> {
        self.walk(stream)
    }

    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), WriteError<O::Error>> {
        let mut base64 = Base64::new(out);
        // One type of stream, however deep the messages stand in each other.
        let erased: &mut dyn Output<Error = O::Error> = &mut base64;
        self.walk(&mut Written(erased))?;
        base64.finish().map_err(WriteError::Output)
    }
}

/// Readers commonly stop at some dozens.
const DEEPEST: usize = 32;
