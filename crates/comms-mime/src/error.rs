//! What can be wrong with a header, a message, or its writing.

pub(crate) mod reading;

use std::convert::Infallible;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use thiserror::Error;

#[cfg(feature = "dkim")]
use crate::dkim::error::DkimError;

/// What can be wrong with a header field, a content type or a content id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// The name is empty, too long, or holds something else than RFC 5322 `ftext`.
    #[error("{name:?} is not a header name")]
    Name {
        /// The name as it was given, cut to a printable length.
        name: String,
    },
    /// A text that should be `Name: value` holds no colon.
    #[error("a header is written `Name: value`, and the colon is missing")]
    NoColon,
    /// The value of `Content-Type` is not `type/subtype` with parameters.
    #[error("{value:?} is not a content type")]
    ContentType {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// `multipart/...` and `message/...` describe a structure, and not octets (RFC 2045 6.4).
    #[error("an attachment cannot be of the composite type {value:?}")]
    Composite {
        /// The type that was asked for.
        value: String,
    },
    /// A text that is no status code of RFC 3463, as `5.1.1`.
    #[error("{value:?} is not a status code such as 5.1.1")]
    Status {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// A text that is no tag of a language (RFC 5646), as `de` or `pt-BR`.
    #[error("{value:?} is not the tag of a language")]
    Language {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// A message id or content id that is not `left@right` of plain characters.
    #[error("{value:?} cannot be a message id or content id")]
    Id {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// A date that is not in the form of RFC 5322.
    #[error("{value:?} is not a date")]
    Date {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// Something that cannot stand as a URI between angle brackets (RFC 2369 2).
    #[error("{value:?} cannot be a URI of a mailing list")]
    Uri {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// RFC 8058 3.1: one click needs a URI of `https`, and no other beside it.
    #[error("{value:?} cannot be the one https URI for unsubscribing with one click")]
    OneClick {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// The name of a mailing list that is not labels with dots between (RFC 2919 2).
    #[error("{value:?} cannot be the id of a mailing list")]
    ListId {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
}

/// Why octets outside of memory cannot become part of a message.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The file cannot be examined or opened.
    #[error("the file {} cannot be opened", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Something else than a file: a directory, a device, a pipe.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// What is not a file.
        path: PathBuf,
    },
    /// The file is too short for the part that was asked for.
    #[error("{} has {length} octets, and no part from {} to {}", path.display(), range.start, range.end)]
    NoSuchPart {
        /// The file.
        path: PathBuf,
        /// The part.
        range: Range<u64>,
        /// The file's length.
        length: u64,
    },
    /// The first line of a file does not begin with `From `.
    #[error("{} is no mbox: its first line does not begin with `From `", path.display())]
    NotMbox {
        /// The file.
        path: PathBuf,
    },
    /// A message is no longer where it was.
    #[error("{} has changed since it was opened", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The head of a raw message cannot be read.
    #[error("the head of {name} cannot be read")]
    Read {
        /// Where the message comes from.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// The content of a text or a message cannot be read.
    #[error("{name} cannot be read")]
    Unreadable {
        /// Where it comes from.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A reader or generator gives another number of octets than was promised.
    #[error("{name} does not give the {promised} octets that were promised")]
    Length {
        /// Where they come from.
        name: String,
        /// The number that was promised.
        promised: u64,
    },
    /// A text is not UTF-8.
    #[error("{name} is no text in UTF-8")]
    NotUtf8 {
        /// Where the text comes from.
        name: String,
    },
    /// A reader was read before, and cannot be read twice.
    #[error("{name} can be read only once")]
    Spent {
        /// What stands for the reader.
        name: String,
    },
    /// The head of a raw message does not end within the limit.
    #[error("the head of {name} is longer than {limit} octets")]
    HeadTooLong {
        /// Where the message comes from.
        name: String,
        /// The limit.
        limit: usize,
    },
}

impl SourceError {
    /// Why the first reading of a source ended early, which cannot be because of the output.
    pub(crate) fn of_reading(error: WriteError<Infallible>) -> Self {
        match error {
            WriteError::Source { name, source } => SourceError::Unreadable { name, source },
            WriteError::SourceChanged { name, promised } => SourceError::Length { name, promised },
            WriteError::NotUtf8 { name } => SourceError::NotUtf8 { name },
            WriteError::SourceSpent { name } | WriteError::TextChanged { name } => {
                SourceError::Spent { name }
            }
            WriteError::Output(never) => match never {},
            // A signed message that is a part of another one.
            error => {
                let name = "the signed message".to_owned();
                SourceError::Unreadable { name, source: io::Error::other(error.to_string()) }
            }
        }
    }
}

/// Why a part cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PartError {
    /// Its type is composite, or something in its head is not valid.
    #[error("the head of a part is not valid")]
    Header(#[from] HeaderError),
    /// What it is made of cannot be read, or is not what it should be.
    #[error("the content of a part cannot be taken")]
    Source(#[from] SourceError),
}

/// Why a text is no invitation that programs understand.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// The method is none of RFC 5546.
    #[error("{method:?} is no method of iTIP, such as REQUEST, REPLY or CANCEL")]
    Method {
        /// The method as it was given, cut to a printable length.
        method: String,
    },
    /// The text does not begin as an iCalendar object.
    #[error("the text is no iCalendar object: it does not begin with BEGIN:VCALENDAR")]
    NoCalendar,
    /// The object has no METHOD of its own.
    #[error("the object has no line METHOD:{method}")]
    NoMethod {
        /// The method that was given.
        method: &'static str,
    },
    /// The object has another METHOD.
    #[error("the object has the method {own:?}, and not {method}")]
    OtherMethod {
        /// The method that was given.
        method: &'static str,
        /// That of the object, cut to a printable length.
        own: String,
    },
}

/// Why a message cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// RFC 5322 3.6 asks for a From.
    #[error("a message needs a From")]
    NoFrom,
    /// RFC 5322 3.6.2: where there are several authors, one Sender has to be named.
    #[error("a message of several authors needs a Sender")]
    NoSender,
    /// A header that the builder writes itself.
    #[error("the header {name} is set by {method}")]
    Reserved {
        /// The header.
        name: String,
        /// What sets it.
        method: &'static str,
    },
    /// A header that may stand once (RFC 5322 3.6) was given twice.
    #[error("the header {name} may stand only once")]
    Duplicate {
        /// The header.
        name: String,
    },
    /// The message id, or another value of a header, is not valid.
    #[error("a header is not valid")]
    Header(#[from] HeaderError),
    /// The date cannot be written with four digits of a year.
    #[error("the date cannot be written in a message")]
    Date,
    /// `body` was given together with `text`, `html` or `inline`.
    #[error("a body of one's own replaces text, html and inline parts")]
    TwoBodies,
    /// `inline` was given without `html`.
    #[error("an inline part belongs to an html body, and there is none")]
    InlineWithoutHtml,
    /// Two parts have the same content id, so `cid:` is ambiguous.
    #[error("two parts have the content id {id:?}")]
    DuplicateContentId {
        /// The content id.
        id: String,
    },
    /// A multipart holds no part (RFC 2046 5.1.1 asks for one).
    #[error("a multipart is empty")]
    EmptyMultipart,
    /// A digest holds something else than messages (RFC 2046 5.1.5).
    #[error("a part of a digest is no message")]
    NotAMessage,
    /// Parts within parts, deeper than readers follow.
    #[error("parts are nested more than {limit} deep")]
    Depth {
        /// The limit.
        limit: usize,
    },
    /// The system has no random octets.
    #[error("the system gives no random octets")]
    Random(#[from] getrandom::Error),
    /// The message cannot be signed.
    #[cfg(feature = "dkim")]
    #[error("the message cannot be signed")]
    Unsigned(#[source] DkimError),
}

/// Why the writing of a message ended early.
///
/// `E` is the error of the [`Output`](crate::Output).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError<E> {
    /// What a part is made of cannot be opened or read.
    #[error("{name} cannot be read")]
    Source {
        /// The file, or what stands for it.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file is no longer as long as it was when it was attached, so that the length that was
    /// promised is wrong.
    #[error("{name} has changed: {promised} octets were promised")]
    SourceChanged {
        /// The file.
        name: String,
        /// Its length when it was attached.
        promised: u64,
    },
    /// A text or message is not the one that was read when its part was made.
    #[error("{name} has changed since it was read first")]
    TextChanged {
        /// The file, or what stands for it.
        name: String,
    },
    /// A text that could not be read before is not UTF-8.
    #[error("{name} is no text in UTF-8")]
    NotUtf8 {
        /// What stands for the reader.
        name: String,
    },
    /// A reader was written before, and cannot be read twice.
    #[error("{name} can be read only once")]
    SourceSpent {
        /// What stands for the reader.
        name: String,
    },
    /// The message cannot be signed.
    #[cfg(feature = "dkim")]
    #[error("the message cannot be signed")]
    Unsigned(#[source] DkimError),
    /// What was written is not what was signed: a file or another source has changed.
    #[error("the message has changed since it was signed")]
    ChangedSinceSigned,
    /// The output refused the octets.
    #[error("the output refused the octets")]
    Output(#[source] E),
}
