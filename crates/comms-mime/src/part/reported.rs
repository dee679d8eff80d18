//! Reports as parts (RFC 6522).

use crate::header::content_type::ContentType;
use crate::part::Part;
use crate::part::file::FilePart;
use crate::part::multipart::Kind;
use crate::part::node::Content;
use crate::part::text::TextPart;
use crate::raw::RawMessage;
use crate::report::Report;
use crate::source::Source;

impl Part {
    /// A report: for people, for programs, and the message that it is about, if that is shown: a
    /// part made by [`Part::headers_of`], [`Part::raw_message`] or [`Part::message`].
    pub fn report(
        explanation: Part,
        report: impl Into<Report>,
        original: impl Into<Option<Part>>,
    ) -> Self {
        let report: Report = report.into();
        let content_type = ContentType::fixed(report.essence, &[]);
        let told = Part::leaf(Content::Text(TextPart::new(content_type, report.fields)));
        let parts = [explanation, told].into_iter().chain(original.into());
        Part::of_parts(Kind::Report(report.kind), parts)
    }

    /// The head of a message, without its blind copies: what of it a report shows.
    pub fn headers_of(message: &RawMessage) -> Self {
        let content_type = ContentType::fixed("text/rfc822-headers", &[]);
        match String::from_utf8(message.kept_head()) {
            Ok(head) => {
                let content_type = if head.is_ascii() {
                    content_type
                } else {
                    content_type.with_parameter("charset", "utf-8")
                };
                Part::leaf(Content::Text(TextPart::new(content_type, head)))
            }
            // Nobody knows its charset; readers see the octets.
            Err(other) => {
                let octets = Source::bytes(other.into_bytes());
                Part::leaf(Content::File(FilePart::Bare(content_type, octets)))
            }
        }
    }
}
