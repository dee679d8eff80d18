//! What `Content-Type` and `Content-Disposition` say: a word, and parameters.

use mail_parser::parsers::MessageStream;

use crate::header::content_type::is_token;
use crate::parsed::field::{Place, with_line_end};

/// A word in lower case and its parameters, those of RFC 2231 put together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kind {
    word: String,
    parameters: Vec<(String, String)>,
}

impl Kind {
    /// The content type of a part with these fields; `default` where it has none that can be read.
    pub(crate) fn of(octets: &[u8], fields: &[Place], default: &str) -> Self {
        let field = fields.iter().find(|field| field.is(octets, "Content-Type"));
        let Some(field) = field else { return Self::bare(default) };
        match Self::parse(field.value(octets)) {
            Some(kind) if kind.is_essence() => kind,
            // RFC 2045 5.2.
            _ => Self::bare("text/plain"),
        }
    }

    /// The value of such a field; none where it begins with no word.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let value = with_line_end(value.get(..LONGEST).unwrap_or(value));
        let parsed = MessageStream::new(&value).parse_content_type();
        let parsed = parsed.as_content_type()?;
        let mut word = parsed.ctype().to_ascii_lowercase();
        if let Some(subtype) = parsed.subtype() {
            word = format!("{word}/{}", subtype.to_ascii_lowercase());
        }
        let attributes = parsed.attributes().unwrap_or_default().iter();
        let parameters = attributes
            .map(|attribute| (attribute.name.to_ascii_lowercase(), attribute.value.to_string()));
        Some(Self { word, parameters: parameters.collect() })
    }

    pub(crate) fn essence(&self) -> &str {
        &self.word
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters();
        parameters.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn is_multipart(&self) -> bool {
        self.word.starts_with("multipart/")
    }

    pub(crate) fn is_message(&self) -> bool {
        matches!(self.word.as_str(), "message/rfc822" | "message/global")
    }

    fn is_essence(&self) -> bool {
        self.word.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
    }

    fn bare(word: &str) -> Self {
        Self { word: word.to_owned(), parameters: Vec::new() }
    }
}

/// Nobody writes longer types; what stands behind is not looked at.
const LONGEST: usize = 16 * 1024;
