//! Messages as parts of another message (RFC 2046 5.2.1).

use crate::attachment::sanitised;
use crate::encode::word::looks_encoded;
use crate::error::SourceError;
use crate::message::Message;
use crate::part::Part;
use crate::part::embedded::Embedded;
use crate::part::existing::Existing;
use crate::part::multipart::Kind;
use crate::part::node::{Content, Node};
use crate::raw::RawMessage;

impl Part {
    /// A composed message as a part: a forward as attachment. It is written for the path that the
    /// whole takes, as if it went alone, without its blind copies. It is not signed by itself: its
    /// signers are left out.
    ///
    /// Where its head needs SMTPUTF8 it is of the type `message/global` (RFC 6532), in base64
    /// where only seven bits pass; in all other cases `message/rfc822`, which may not be encoded.
    ///
    /// ```
    /// use comms_mime::{Message, Part};
    ///
    /// let found = Message::builder().from("a@x.example".parse()?).text("Look!").build()?;
    /// let body = Part::mixed([Part::text("Did you see this?"), Part::message(found)]);
    /// let message = Message::builder().from("b@y.example".parse()?).body(body).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn message(message: Message) -> Self {
        let name = file_name(message.subject().unwrap_or_default());
        let embedded = Embedded::new(message.head, message.needs_smtputf8, &name);
        Part { node: Node::embedded(embedded, message.root.node) }
    }

    /// A message that exists already as a part, without its blind copies. It is read once now,
    /// unless it comes out of a reader.
    ///
    /// Where its octets pass it is of the type `message/rfc822`, with CRLF line ends. Where they
    /// do not (octets above 127 on a path of seven bits, lines above 998, NUL) nothing in it may
    /// be altered, since it may be signed, and a `message/rfc822` may not be encoded (RFC 2046
    /// 5.2.1): it is then an attachment `application/octet-stream` in base64, a file `.eml` that
    /// mail programs open. So is whatever a reader gives, since nobody knows before what it is.
    pub fn raw_message(message: RawMessage) -> Result<Self, SourceError> {
        // What is encoded is not decoded here; it would be no name that anybody knows.
        let shown = |subject: &String| subject.is_ascii() && !looks_encoded(subject);
        let subject = message.field("Subject").filter(shown).unwrap_or_default();
        let existing = Existing::new(message, &file_name(&subject))?;
        Ok(Part { node: Node::leaf(Content::Existing(Box::new(existing))) })
    }

    /// Messages one after the other (RFC 2046 5.1.5): parts made by [`Part::message`] or
    /// [`Part::raw_message`]. Others are an error of the build.
    pub fn digest(messages: impl IntoIterator<Item = Part>) -> Self {
        Part::of_parts(Kind::Digest, messages)
    }
}

/// The file that a message of this subject is.
fn file_name(subject: &str) -> String {
    let name: String = subject.chars().take(LONGEST_NAME).collect();
    // A slash is no folder here.
    let name = name.replace(['/', '\\', ':'], "_");
    match name.trim() {
        "" => "message.eml".to_owned(),
        name => sanitised(&format!("{name}.eml")),
    }
}

const LONGEST_NAME: usize = 60;
