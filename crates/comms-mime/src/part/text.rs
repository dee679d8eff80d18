//! A part that is a text.

use std::sync::Arc;

use crate::error::SourceError;
use crate::header::content_type::ContentType;
use crate::part::place::{Place, transfer_field};
use crate::source::Source;
use crate::stream::Stream;
use crate::text::sourced::SourcedText;
use crate::text::{Form, Text};
use crate::write::Transfer;

/// A text with its type.
#[derive(Debug, Clone)]
pub(crate) struct TextPart {
    content_type: ContentType,
    text: Kept,
}

/// Where the text is.
#[derive(Debug, Clone)]
enum Kept {
    InMemory(Text),
    Elsewhere(SourcedText),
}

impl TextPart {
    /// A text of a type.
    pub(crate) fn new(content_type: ContentType, text: impl Into<String>) -> Self {
        TextPart { content_type, text: Kept::InMemory(Text::new(text)) }
    }

    /// A text in UTF-8 from wherever it comes.
    pub(crate) fn of(content_type: ContentType, source: Source) -> Result<Self, SourceError> {
        let text = match source {
            Source::Bytes(octets) => {
                let name = || Source::Bytes(Arc::default()).name();
                let text = String::from_utf8(Arc::unwrap_or_clone(octets))
                    .map_err(|_| SourceError::NotUtf8 { name: name() })?;
                Kept::InMemory(Text::new(text))
            }
            source => Kept::Elsewhere(SourcedText::new(source)?),
        };
        Ok(TextPart { content_type, text })
    }

    /// Its type.
    pub(crate) fn content_type(&self) -> &ContentType {
        &self.content_type
    }

    /// Whether the octets occur in it, where it is in memory.
    pub(crate) fn contains(&self, needle: &str) -> bool {
        match &self.text {
            Kept::InMemory(text) => text.contains(needle),
            Kept::Elsewhere(_) => false,
        }
    }

    /// The least that takes what is written.
    pub(crate) fn written_as(&self, to: Transfer) -> Transfer {
        if self.form(to) == Form::EightBit { Transfer::EightBit } else { Transfer::SevenBit }
    }

    /// The transfer encoding, and the text.
    pub(crate) fn walk<S: Stream>(
        &self,
        place: Place,
        to: Transfer,
        stream: &mut S,
    ) -> Result<(), S::Error> {
        let form = self.form(to);
        transfer_field(form.name(), stream)?;
        let ends_line = match &self.text {
            Kept::InMemory(text) => {
                text.walk(form, stream)?;
                text.ends_line()
            }
            Kept::Elsewhere(text) => {
                stream.produced(&text.in_form(form))?;
                text.ends_line()
            }
        };
        match place {
            _ if form == Form::Base64 => Ok(()),
            Place::Root if ends_line => Ok(()),
            // Within a multipart this line end belongs to the boundary.
            Place::Root | Place::Within => stream.octets(b"\r\n"),
        }
    }

    fn form(&self, to: Transfer) -> Form {
        match &self.text {
            Kept::InMemory(text) => text.form(to),
            Kept::Elsewhere(text) => text.form(to),
        }
    }
}
