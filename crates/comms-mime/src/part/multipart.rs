//! What holds several parts together (RFC 2046 5.1).

use crate::header::content_type::ContentType;
use crate::identifier::boundary;
use crate::stream::Stream;

/// A kind of multipart, and the line between its parts.
#[derive(Debug, Clone)]
pub(crate) struct Multipart {
    kind: Kind,
    boundary: String,
}

/// How the parts of a multipart belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Alternative,
    Related,
    Mixed,
    Digest,
    /// With the type of its second part, without `message/`.
    Report(&'static str),
}

impl Multipart {
    /// A multipart whose boundary is still to be drawn.
    pub(crate) fn new(kind: Kind) -> Self {
        Multipart { kind, boundary: String::new() }
    }

    /// Its type without the parameters.
    pub(crate) fn essence(&self) -> &'static str {
        match self.kind {
            Kind::Alternative => "multipart/alternative",
            Kind::Related => "multipart/related",
            Kind::Mixed => "multipart/mixed",
            Kind::Digest => "multipart/digest",
            Kind::Report(_) => "multipart/report",
        }
    }

    /// Whether it holds nothing but messages.
    pub(crate) fn is_digest(&self) -> bool {
        self.kind == Kind::Digest
    }

    /// Gives it the boundary of the `number`th multipart.
    pub(crate) fn settle(&mut self, number: usize, token: &str) {
        self.boundary = boundary(number, token);
    }

    /// The header field of its type; `first` is the type of its first part.
    pub(crate) fn fields(&self, first: Option<&str>) -> String {
        let boundary = ("boundary", self.boundary.as_str());
        let content_type = match (self.kind, first) {
            // RFC 2387 3.1 asks for the type of the root.
            (Kind::Related, Some(root)) => {
                ContentType::fixed(self.essence(), &[boundary, ("type", root)])
            }
            // RFC 6522 3.
            (Kind::Report(report), _) => {
                ContentType::fixed(self.essence(), &[boundary, ("report-type", report)])
            }
            _ => ContentType::fixed(self.essence(), &[boundary]),
        };
        content_type.field()
    }

    /// The line before a part.
    pub(crate) fn begin<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error> {
        stream.octets(b"--")?;
        stream.octets(self.boundary.as_bytes())?;
        stream.octets(b"\r\n")
    }

    /// The line behind the last part.
    pub(crate) fn end<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error> {
        stream.octets(b"--")?;
        stream.octets(self.boundary.as_bytes())?;
        stream.octets(b"--\r\n")
    }
}
