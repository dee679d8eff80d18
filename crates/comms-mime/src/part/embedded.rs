//! What stands around a composed message within another one.

use crate::header::content_type::ContentType;
use crate::header::disposition::disposition_field;
use crate::write::Transfer;

/// The head of a message that is a part; its body is a part of its own.
#[derive(Debug, Clone)]
pub(crate) struct Embedded {
    head: String,
    is_international: bool,
    file_name: String,
}

impl Embedded {
    /// A message with these header fields, which are all its own.
    pub(crate) fn new(head: String, is_international: bool, file_name: &str) -> Self {
        Embedded { head, is_international, file_name: file_name.to_owned() }
    }

    /// Its header fields.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    /// Its type as a part.
    pub(crate) fn essence(&self) -> &'static str {
        if self.is_international { "message/global" } else { "message/rfc822" }
    }

    /// The header fields of the part, without the transfer encoding.
    pub(crate) fn fields(&self) -> String {
        ContentType::fixed(self.essence(), &[]).field()
            + &disposition_field("attachment", &self.file_name)
    }

    /// The least that takes its head.
    pub(crate) fn head_written_as(&self) -> Transfer {
        if self.is_international { Transfer::EightBit } else { Transfer::SevenBit }
    }

    /// Whether it has to be encoded as a whole (RFC 6532 3.7 allows it).
    pub(crate) fn is_encoded(&self, to: Transfer) -> bool {
        self.head_written_as() > to
    }
}
