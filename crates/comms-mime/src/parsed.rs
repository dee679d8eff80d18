//! The parsed view of a message that was received.
//!
//! The tree of parts is found by a walk of our own, which is linear and bounded; the values of the
//! fields, the charsets and the encodings are decoded by a library, whose types stay inside.

pub(crate) mod correspondent;
pub(crate) mod field;
pub(crate) mod kind;
pub(crate) mod limits;
pub(crate) mod part;
pub(crate) mod tree;

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::address::mailbox::Mailbox;
use crate::error::SourceError;
use crate::error::reading::ParseError;
use crate::flowed::DelSp;
use crate::header::auto_submitted::AutoSubmitted;
use crate::header::date::Date;
use crate::original::Original;
use crate::parsed::correspondent::Correspondent;
use crate::parsed::field::ParsedHeader;
use crate::parsed::limits::ParseLimits;
use crate::parsed::part::ParsedPart;
use crate::parsed::tree::Node;

/// What a received message says: its headers, its texts, its files.
///
/// It is lenient: whatever can be made out is shown. Only a message that goes beyond one of the
/// [`ParseLimits`] is an error.
///
/// ```
/// use comms_mime::{Attachment, Message, ParsedMessage, Transfer};
///
/// let message = Message::builder()
///     .from("Ann <ann@x.example>".parse()?)
///     .subject("Größe")
///     .text("Hello\n")
///     .attach(Attachment::bytes("a.bin", [0, 1, 2]))
///     .build()?;
/// let mut octets = Vec::new();
/// message.write(&mut octets, Transfer::SevenBit)?;
///
/// let parsed = ParsedMessage::new(&octets)?;
/// assert_eq!(parsed.subject().as_deref(), Some("Größe"));
/// assert_eq!(parsed.text().as_deref(), Some("Hello\r\n"));
/// let files = parsed.attachments();
/// assert_eq!(files[0].file_name().as_deref(), Some("a.bin"));
/// assert_eq!(&*files[0].octets(), [0, 1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ParsedMessage<'a> {
    octets: Cow<'a, [u8]>,
    root: Node,
    limits: ParseLimits,
    /// In how many other messages it stands.
    depth: usize,
}

impl<'a> ParsedMessage<'a> {
    /// Parses a message in memory, borrowed or owned, within the limits that are usual.
    pub fn new(octets: impl Into<Cow<'a, [u8]>>) -> Result<Self, ParseError> {
        Self::within(octets, ParseLimits::default())
    }

    /// Parses a message in memory, within these limits.
    pub fn within(
        octets: impl Into<Cow<'a, [u8]>>,
        limits: ParseLimits,
    ) -> Result<Self, ParseError> {
        Self::at_depth(octets.into(), limits, 0)
    }

    /// Parses the message that is a part of another, a step deeper than that one.
    ///
    /// ```
    /// use comms_mime::ParsedMessage;
    ///
    /// let outer = b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhi\r\n";
    /// let outer = ParsedMessage::new(&outer[..])?;
    /// let inner = outer.embedded(&outer.root())?;
    /// assert_eq!(inner.subject().as_deref(), Some("inner"));
    /// # Ok::<(), comms_mime::ParseError>(())
    /// ```
    pub fn embedded<'p>(&self, part: &ParsedPart<'p>) -> Result<ParsedMessage<'p>, ParseError> {
        ParsedMessage::at_depth(part.octets(), self.limits, self.depth + 1)
    }

    /// The whole message as a part: the tree begins with it.
    pub fn root(&self) -> ParsedPart<'_> {
        ParsedPart::new(&self.octets, &self.root)
    }

    /// All parts, each before those within it. Those of embedded messages are not among them.
    pub fn parts(&self) -> Vec<ParsedPart<'_>> {
        let mut parts = Vec::new();
        let mut open = vec![self.root()];
        while let Some(part) = open.pop() {
            parts.push(part);
            let within = part.parts().collect::<Vec<_>>();
            open.extend(within.into_iter().rev());
        }
        parts
    }

    /// The same with octets of its own.
    pub fn into_owned(self) -> ParsedMessage<'static> {
        ParsedMessage { octets: Cow::Owned(self.octets.into_owned()), ..self }
    }

    /// The octets that were parsed.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The header fields, in order.
    pub fn headers(&self) -> impl Iterator<Item = ParsedHeader<'_>> {
        self.root().headers()
    }

    /// The first header field of this name, whatever the case.
    pub fn header(&self, name: &str) -> Option<ParsedHeader<'_>> {
        self.root().header(name)
    }

    /// The subject, decoded.
    pub fn subject(&self) -> Option<String> {
        self.header("Subject").map(|header| header.value())
    }

    /// Who wrote it.
    pub fn from(&self) -> Vec<Correspondent> {
        self.mailboxes("From")
    }

    /// Whom it is for.
    pub fn to(&self) -> Vec<Correspondent> {
        self.mailboxes("To")
    }

    /// Who gets a copy.
    pub fn cc(&self) -> Vec<Correspondent> {
        self.mailboxes("Cc")
    }

    /// Where answers go.
    pub fn reply_to(&self) -> Vec<Correspondent> {
        self.mailboxes("Reply-To")
    }

    /// When it was written.
    pub fn date(&self) -> Option<Date> {
        self.header("Date")?.date()
    }

    /// Its id, without angle brackets.
    pub fn message_id(&self) -> Option<String> {
        self.header("Message-ID")?.ids().into_iter().next()
    }

    /// The ids of the messages that it answers, without angle brackets.
    pub fn in_reply_to(&self) -> Vec<String> {
        self.header("In-Reply-To").map(|header| header.ids()).unwrap_or_default()
    }

    /// The ids of the messages before it in the thread, oldest first, without angle brackets.
    pub fn references(&self) -> Vec<String> {
        self.header("References").map(|header| header.ids()).unwrap_or_default()
    }

    /// The plain text: the first one that is no attachment.
    pub fn text(&self) -> Option<String> {
        self.body("text/plain").map(|part| part.text())
    }

    /// The html: the first one that is no attachment.
    pub fn html(&self) -> Option<String> {
        self.body("text/html").map(|part| part.text())
    }

    /// Every part that is neither made of parts nor shown as text or html: files beside the text
    /// and within it, embedded messages, further texts.
    pub fn attachments(&self) -> Vec<ParsedPart<'_>> {
        let shown = [self.body("text/plain"), self.body("text/html")];
        let is_shown = |part: &ParsedPart<'_>| shown.iter().flatten().any(|one| one.is(part));
        let mut parts = self.parts();
        parts.retain(|part| !part.is_multipart() && !is_shown(part));
        parts
    }

    /// What a reply or a forward needs of it. Who is no mailbox is left out.
    ///
    /// ```
    /// use comms_mime::ParsedMessage;
    ///
    /// let received = b"From: Bob <bob@y.example>\r\nSubject: hi\r\nMessage-ID: <1@y.example>\r\n\r\n";
    /// let original = ParsedMessage::new(&received[..])?.original();
    /// let answer = original.reply("ann@x.example".parse()?).text("Hello").build()?;
    /// assert_eq!(answer.subject(), Some("Re: hi"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn original(&self) -> Original {
        let known = |found: Vec<Correspondent>| -> Vec<Mailbox> {
            found.iter().filter_map(Correspondent::mailbox).cloned().collect()
        };
        let text = self.body("text/plain");
        let is = |name: &str, wanted: &str| {
            let value = text.as_ref().and_then(|part| part.parameter(name));
            value.is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        };
        let del_sp = if is("delsp", "yes") { DelSp::Yes } else { DelSp::No };
        let automatic = self.header("Auto-Submitted");
        Original {
            message_id: self.message_id(),
            in_reply_to: self.in_reply_to(),
            references: self.references(),
            subject: self.subject(),
            from: known(self.from()),
            reply_to: known(self.reply_to()),
            to: known(self.to()),
            cc: known(self.cc()),
            date: self.date(),
            text: self.text(),
            flowed: is("format", "flowed").then_some(del_sp),
            auto_submitted: automatic.map(|header| AutoSubmitted::received(&header.value())),
        }
    }

    fn at_depth(
        octets: Cow<'a, [u8]>,
        limits: ParseLimits,
        depth: usize,
    ) -> Result<Self, ParseError> {
        let root = Node::root(&octets, &limits, depth)?;
        Ok(Self { octets, root, limits, depth })
    }

    fn mailboxes(&self, name: &str) -> Vec<Correspondent> {
        let fields = self.headers().filter(|header| header.name().eq_ignore_ascii_case(name));
        fields.flat_map(|header| header.mailboxes()).collect()
    }

    fn body(&self, essence: &str) -> Option<ParsedPart<'_>> {
        let is_body = |part: &ParsedPart<'_>| {
            part.essence() == essence && !part.is_multipart() && !part.is_attachment()
        };
        self.parts().into_iter().find(is_body)
    }
}

impl ParsedMessage<'static> {
    /// Parses a message in a file, which is read to the limit of octets and no further.
    pub fn file(path: impl AsRef<Path>, limits: ParseLimits) -> Result<Self, ParseError> {
        let path = path.as_ref();
        let open = |source| SourceError::Open { path: path.to_owned(), source };
        let read = |source| SourceError::Read { name: path.display().to_string(), source };
        let file = File::open(path).map_err(open)?;
        let most = u64::try_from(limits.octets).unwrap_or(u64::MAX).saturating_add(1);
        let mut octets = Vec::new();
        file.take(most).read_to_end(&mut octets).map_err(read)?;
        Self::within(octets, limits)
    }
}

impl fmt::Debug for ParsedMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts().len();
        write!(f, "ParsedMessage({} octets, {parts} parts)", self.octets.len())
    }
}
