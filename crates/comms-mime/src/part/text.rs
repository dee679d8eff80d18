//! A part that is a text.

use crate::header::content_type::ContentType;
use crate::part::place::{Place, transfer_field};
use crate::stream::Stream;
use crate::text::{Form, Text};
use crate::write::Transfer;

/// A text with its type.
#[derive(Debug, Clone)]
pub(crate) struct TextPart {
    content_type: ContentType,
    text: Text,
}

impl TextPart {
    /// A text in UTF-8 of a type.
    pub(crate) fn new(content_type: ContentType, text: &str) -> Self {
        TextPart { content_type, text: Text::new(text) }
    }

    /// Its type.
    pub(crate) fn content_type(&self) -> &ContentType {
        &self.content_type
    }

    /// Whether the octets occur in it.
    pub(crate) fn contains(&self, needle: &str) -> bool {
        self.text.contains(needle)
    }

    /// The least that takes what is written.
    pub(crate) fn written_as(&self, to: Transfer) -> Transfer {
        if self.text.form(to) == Form::EightBit { Transfer::EightBit } else { Transfer::SevenBit }
    }

    /// The transfer encoding, and the text.
    pub(crate) fn walk<S: Stream>(
        &self,
        place: Place,
        to: Transfer,
        stream: &mut S,
    ) -> Result<(), S::Error> {
        let form = self.text.form(to);
        transfer_field(form.name(), stream)?;
        self.text.walk(form, stream)?;
        match place {
            _ if form == Form::Base64 => Ok(()),
            Place::Root if self.text.ends_line() => Ok(()),
            // Within a multipart this line end belongs to the boundary.
            Place::Root | Place::Within => stream.octets(b"\r\n"),
        }
    }
}
