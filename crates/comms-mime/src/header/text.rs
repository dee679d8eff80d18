//! Fields of free text, and fields of one token (RFC 5322 3.6.5, 2.2.1).

use crate::encode::fold::Field;
use crate::encode::word;

/// A field of free text.
pub(crate) fn text_field(name: &str, value: &str) -> String {
    let mut field = Field::new(name);
    word::text(&mut field, value);
    field.finish()
}

/// A field of text that people read: each blank of it arrives.
pub(crate) fn prose_field(name: &str, value: &str) -> String {
    let mut field = Field::new(name);
    word::prose(&mut field, value);
    field.finish()
}

/// A field of one token that cannot be folded.
pub(crate) fn token_field(name: &str, value: &str) -> String {
    let mut field = Field::new(name);
    field.token(value);
    field.finish()
}
