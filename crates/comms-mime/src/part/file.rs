//! A part that is a file.

use crate::attachment::Attachment;
use crate::header::content_type::ContentType;
use crate::source::Source;

/// A file beside the text or within it, or octets that have no name.
#[derive(Debug, Clone)]
pub(crate) enum FilePart {
    /// A file and its disposition (RFC 2183).
    Named(Attachment, &'static str),
    /// Octets of a type.
    Bare(ContentType, Source),
}

impl FilePart {
    /// Its header fields but for the transfer encoding.
    pub(crate) fn fields(&self) -> String {
        match self {
            FilePart::Named(attachment, disposition) => attachment.fields(disposition),
            FilePart::Bare(content_type, _) => content_type.field(),
        }
    }

    /// Its type.
    pub(crate) fn content_type(&self) -> &ContentType {
        match self {
            FilePart::Named(attachment, _) => attachment.media_type(),
            FilePart::Bare(content_type, _) => content_type,
        }
    }

    /// The id that an html body may refer to.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            FilePart::Named(attachment, _) => attachment.id(),
            FilePart::Bare(..) => None,
        }
    }

    /// The octets.
    pub(crate) fn source(&self) -> &Source {
        match self {
            FilePart::Named(attachment, _) => attachment.source(),
            FilePart::Bare(_, source) => source,
        }
    }
}
