//! Text that is not in memory.

use crate::encode::base64;
use crate::encoded::{Base64, QuotedPrintable};
use crate::error::{SourceError, WriteError};
use crate::length::Length;
use crate::source::Source;
use crate::stream::{Produced, Stream};
use crate::text::Form;
use crate::text::lines::{Lines, Survey};
use crate::text::utf8::Utf8;
use crate::write::{Output, Transfer};

/// A text out of a source, and what can carry it.
#[derive(Debug, Clone)]
pub(crate) struct SourcedText {
    source: Source,
    /// None where reading it now would spend it.
    known: Option<Known>,
}

/// What was seen when the source was read first.
#[derive(Debug, Clone)]
struct Known {
    survey: Survey,
    /// Its length in quoted-printable.
    quoted: u64,
}

impl SourcedText {
    /// A text of UTF-8 with line ends of any kind. A source that can be read again is read now.
    pub(crate) fn new(source: Source) -> Result<Self, SourceError> {
        let known = if source.is_read_once() { None } else { Some(known(&source)?) };
        Ok(SourcedText { source, known })
    }

    /// How it is written where this is taken. Quoted-printable suits whatever is not known yet.
    pub(crate) fn form(&self, to: Transfer) -> Form {
        let Some(Known { survey, quoted }) = &self.known else { return Form::QuotedPrintable };
        match survey.natural() {
            Transfer::SevenBit => Form::SevenBit,
            Transfer::EightBit if to >= Transfer::EightBit => Form::EightBit,
            _ if *quoted <= base64::encoded_len(survey.length()) => Form::QuotedPrintable,
            Transfer::EightBit | Transfer::Binary => Form::Base64,
        }
    }

    /// Whether its last line is known to be whole.
    pub(crate) fn ends_line(&self) -> bool {
        self.known.as_ref().is_some_and(|known| known.survey.ends_line())
    }

    /// The text in a form. Base64 ends with a line end, the other forms as the text.
    pub(crate) fn in_form(&self, form: Form) -> InForm<'_> {
        InForm { text: self, form }
    }
}

/// A text as it is written.
pub(crate) struct InForm<'t> {
    text: &'t SourcedText,
    form: Form,
}

impl Produced for InForm<'_> {
    fn length(&self) -> Option<u64> {
        let known = self.text.known.as_ref()?;
        Some(match self.form {
            Form::SevenBit | Form::EightBit => known.survey.length(),
            Form::QuotedPrintable => known.quoted,
            Form::Base64 => base64::encoded_len(known.survey.length()),
        })
    }

    fn sources<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error> {
        stream.binary(&self.text.source)
    }

    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), WriteError<O::Error>> {
        let source = &self.text.source;
        let survey = match self.form {
            Form::SevenBit | Form::EightBit => pour(source, out)?,
            Form::QuotedPrintable => {
                let mut quoted = QuotedPrintable::new(out);
                let survey = pour(source, &mut quoted)?;
                quoted.finish().map_err(WriteError::Output)?;
                survey
            }
            Form::Base64 => {
                let mut base64 = Base64::new(out);
                let survey = pour(source, &mut base64)?;
                base64.finish().map_err(WriteError::Output)?;
                survey
            }
        };
        match &self.text.known {
            Some(known) if known.survey != survey => {
                Err(WriteError::TextChanged { name: source.name() })
            }
            _ => Ok(()),
        }
    }
}

/// Reads a source once, and keeps nothing of it.
fn known(source: &Source) -> Result<Known, SourceError> {
    let mut length = Length::default();
    let mut quoted = QuotedPrintable::new(&mut length);
    let survey = pour(source, &mut quoted).map_err(SourceError::of_reading)?;
    let Ok(()) = quoted.finish();
    Ok(Known { survey, quoted: length.octets() })
}

/// Hands a whole text over with CRLF line ends.
fn pour<O: Output + ?Sized>(source: &Source, out: &mut O) -> Result<Survey, WriteError<O::Error>> {
    let not_utf8 = || WriteError::NotUtf8 { name: source.name() };
    let mut lines = Lines::new(out);
    let mut utf8 = Utf8::default();
    source.blocks(BLOCK, |block| {
        if !utf8.push(block) {
            return Err(not_utf8());
        }
        lines.write(block).map_err(WriteError::Output)
    })?;
    if utf8.is_whole() { Ok(lines.into_survey()) } else { Err(not_utf8()) }
}

const BLOCK: usize = 32 * 1024;
