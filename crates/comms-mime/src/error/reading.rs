//! What can be wrong with a received message, or with what is asked of a `Mime`.

use thiserror::Error;

use crate::error::{HeaderError, SourceError};

/// Why a received message is not looked into.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It cannot be read.
    #[error("the message cannot be read")]
    Source(#[from] SourceError),
    /// It is too long.
    #[error("the message is longer than {limit} octets")]
    Octets {
        /// The limit.
        limit: usize,
    },
    /// The heads of its parts are too long.
    #[error("the heads of the message and its parts are longer than {limit} octets")]
    Head {
        /// The limit.
        limit: usize,
    },
    /// There are too many header fields.
    #[error("the message has more than {limit} header fields")]
    Fields {
        /// The limit.
        limit: usize,
    },
    /// There are too many parts.
    #[error("the message has more than {limit} parts")]
    Parts {
        /// The limit.
        limit: usize,
    },
    /// Parts or messages within others, too deep.
    #[error("parts are nested more than {limit} deep")]
    Depth {
        /// The limit.
        limit: usize,
    },
}

/// What a [`Mime`](crate::Mime) cannot do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MimeError {
    /// No property has the name.
    #[error("there is no property {name:?}")]
    Unknown {
        /// The name as it was given.
        name: String,
    },
    /// The property follows from the parts, or is written by the build.
    #[error("the property {name:?} cannot be set")]
    ReadOnly {
        /// The name as it was given.
        name: String,
    },
    /// There are other multiparts.
    #[error("a multipart is mixed, alternative or related, and not {value:?}")]
    SubType {
        /// The value as it was given.
        value: String,
    },
    /// The type is not valid.
    #[error("the type is not valid")]
    Header(#[from] HeaderError),
    /// The file cannot be attached.
    #[error("the file cannot be attached")]
    Source(#[from] SourceError),
}
