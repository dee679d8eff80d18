//! A message that exists already, within another one.

use crate::encode::base64;
use crate::encoded::Base64;
use crate::error::{SourceError, WriteError};
use crate::header::content_type::ContentType;
use crate::header::disposition::disposition_field;
use crate::length::Length;
use crate::part::place::{Place, identity, transfer_field};
use crate::raw::RawMessage;
use crate::stream::{Produced, Stream};
use crate::text::lines::{Lines, Survey};
use crate::write::{Output, Transfer};

/// A raw message, and what can carry it.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    message: RawMessage,
    /// None where reading it now would spend it.
    survey: Option<Survey>,
    essence: &'static str,
    file_name: String,
}

/// How the message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As text that passes as it is.
    Text,
    /// As its octets are.
    Octets,
    /// As a file in base64.
    File,
}

impl Existing {
    /// A raw message and the name of the file it may become.
    pub(crate) fn new(message: RawMessage, file_name: &str) -> Result<Self, SourceError> {
        let survey = if message.is_read_once() { None } else { Some(survey(&message)?) };
        let essence = match message.has_eight_bit_head() {
            // RFC 6532 3.7.
            true if message.has_utf8_head() => "message/global",
            true => FILE,
            false => "message/rfc822",
        };
        Ok(Existing { message, survey, essence, file_name: file_name.to_owned() })
    }

    /// Its type where it is a message for the reader.
    pub(crate) fn essence(&self) -> &'static str {
        self.essence
    }

    /// Whether the octets occur in it, where it is in memory.
    pub(crate) fn contains(&self, needle: &str) -> bool {
        self.message.contains(needle)
    }

    /// The least that takes what is written.
    pub(crate) fn written_as(&self, to: Transfer) -> Transfer {
        match self.way(to) {
            Way::Text => self.natural(),
            Way::Octets => Transfer::Binary,
            Way::File => Transfer::SevenBit,
        }
    }

    /// The header fields that go by the path, and the message.
    pub(crate) fn walk<S: Stream>(
        &self,
        place: Place,
        to: Transfer,
        stream: &mut S,
    ) -> Result<(), S::Error> {
        let way = self.way(to);
        let essence = if way == Way::File { FILE } else { self.essence };
        let fields = ContentType::fixed(essence, &[]).field()
            + &disposition_field("attachment", &self.file_name);
        stream.octets(fields.as_bytes())?;
        let encoding = if way == Way::File { "base64" } else { identity(self.written_as(to)) };
        transfer_field(encoding, stream)?;
        stream.produced(&ByWay { existing: self, way })?;
        let ends_line = self.survey.as_ref().is_some_and(Survey::ends_line);
        match (way, place) {
            (Way::File, _) | (Way::Octets, Place::Root) => Ok(()),
            (Way::Text, Place::Root) if ends_line => Ok(()),
            // Within a multipart this line end belongs to the boundary.
            _ => stream.octets(b"\r\n"),
        }
    }

    fn natural(&self) -> Transfer {
        self.survey.as_ref().map_or(Transfer::Binary, Survey::natural)
    }

    fn way(&self, to: Transfer) -> Way {
        match self.natural() {
            _ if self.essence == FILE => Way::File,
            natural if natural > to => Way::File,
            Transfer::Binary => Way::Octets,
            Transfer::SevenBit | Transfer::EightBit => Way::Text,
        }
    }
}

/// A message as it is written.
struct ByWay<'m> {
    existing: &'m Existing,
    way: Way,
}

impl Produced for ByWay<'_> {
    fn length(&self) -> Option<u64> {
        match self.way {
            Way::Text => self.existing.survey.as_ref().map(Survey::length),
            Way::Octets => self.existing.message.encoded_len(),
            Way::File => self.existing.message.encoded_len().map(base64::encoded_len),
        }
    }

    fn sources<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error> {
        self.existing.message.sources(stream)
    }

    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), WriteError<O::Error>> {
        let message = &self.existing.message;
        match self.way {
            Way::Octets => message.write(out),
            Way::File => {
                let mut base64 = Base64::new(out);
                message.write(&mut base64)?;
                base64.finish().map_err(WriteError::Output)
            }
            Way::Text => {
                let mut lines = Lines::new(out);
                message.write(&mut lines)?;
                match &self.existing.survey {
                    Some(first) if *first != lines.into_survey() => {
                        Err(WriteError::TextChanged { name: message.source_name() })
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

fn survey(message: &RawMessage) -> Result<Survey, SourceError> {
    let mut length = Length::default();
    let mut lines = Lines::new(&mut length);
    message.write(&mut lines).map_err(SourceError::of_reading)?;
    Ok(lines.into_survey())
}

/// The type of what readers shall keep as it is.
const FILE: &str = "application/octet-stream";
