//! Encoders of octets and header text. Pure: no input, no output, no clock.

pub(crate) mod base64;
pub(crate) mod fold;
pub(crate) mod param;
pub(crate) mod quoted_printable;
pub(crate) mod word;
