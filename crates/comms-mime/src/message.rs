//! A composed message.

use std::convert::Infallible;

use crate::address::mailbox::Mailbox;
use crate::error::WriteError;
use crate::part::Part;
use crate::signatures::{Signable, Signatures};
use crate::stream::{Measured, Once, Stream, Written};
use crate::write::{Output, Transfer};

/// A message that was built and checked; it does not change any more.
///
/// ```
/// use comms_mime::{Message, MessageBuilder, Transfer};
///
/// let message = MessageBuilder::default()
///     .from("ann@x.example".parse()?)
///     .to("bob@y.example".parse()?)
///     .bcc("eve@z.example".parse()?)
///     .subject("Naïve questions")
///     .text("Hello\n")
///     .build()?;
/// assert!(message.id().ends_with("@x.example"));
///
/// let mut octets = Vec::new();
/// message.write(&mut octets, Transfer::SevenBit)?;
/// let text = String::from_utf8(octets)?;
/// assert!(text.contains("Subject: =?utf-8?q?Na=C3=AFve_questions?=\r\n"));
/// assert!(!text.contains("eve"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Message {
    pub(crate) id: String,
    pub(crate) from: Mailbox,
    pub(crate) co_authors: Vec<Mailbox>,
    pub(crate) sender: Option<Mailbox>,
    pub(crate) reply_to: Vec<Mailbox>,
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) bcc: Vec<Mailbox>,
    pub(crate) subject: Option<String>,
    pub(crate) needs_smtputf8: bool,
    /// The header fields of the message, without those of its root part.
    pub(crate) head: String,
    pub(crate) root: Part,
    pub(crate) signatures: Signatures,
}

impl Message {
    /// The message id, without angle brackets.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who wrote it.
    pub fn from(&self) -> &Mailbox {
        &self.from
    }

    /// Who else wrote it.
    pub fn co_authors(&self) -> &[Mailbox] {
        &self.co_authors
    }

    /// Who sends it, where that is somebody else.
    pub fn sender(&self) -> Option<&Mailbox> {
        self.sender.as_ref()
    }

    /// Where answers go.
    pub fn reply_to(&self) -> &[Mailbox] {
        &self.reply_to
    }

    /// Whom it is for.
    pub fn to(&self) -> &[Mailbox] {
        &self.to
    }

    /// Who gets a copy.
    pub fn cc(&self) -> &[Mailbox] {
        &self.cc
    }

    /// Who gets a copy that the others do not know of. It is never written.
    pub fn bcc(&self) -> &[Mailbox] {
        &self.bcc
    }

    /// The subject, before any encoding.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// Whether a header holds an address that ASCII cannot express, so that SMTPUTF8 (RFC 6531)
    /// is needed. Unicode domains alone do not need it: they are written as A-labels.
    pub fn needs_smtputf8(&self) -> bool {
        self.needs_smtputf8
    }

    /// The least that takes the octets which [`Message::write`] gives for a path: `SevenBit` for
    /// ASCII, `EightBit` with octets above 127, `Binary` with attachments as they are.
    pub fn written_as(&self, transfer: Transfer) -> Transfer {
        let head = if self.needs_smtputf8 { Transfer::EightBit } else { Transfer::SevenBit };
        self.root.written_as(self.form(transfer).transfer).max(head)
    }

    /// Whether the written form holds octets above 127.
    pub fn is_eight_bit(&self, transfer: Transfer) -> bool {
        self.written_as(transfer) > Transfer::SevenBit
    }

    /// How many octets [`Message::write`] gives; none when an attachment comes out of a reader.
    pub fn encoded_len(&self, transfer: Transfer) -> Option<u64> {
        let form = self.form(transfer);
        let mut measured = Measured(Some(0));
        let Ok(()): Result<(), Infallible> = form.walk(&mut measured);
        measured.0?.checked_add(self.signatures.length(&form)?)
    }

    /// Whether it can be written only once, since a reader is among its sources.
    pub fn is_read_once(&self) -> bool {
        let mut once = Once::default();
        let Ok(()): Result<(), Infallible> = self.root.walk(Transfer::SevenBit, &mut once);
        once.0.is_some()
    }

    /// Writes the message, its last line whole, unless its root is octets that go as they are.
    /// Files are read now, in constant memory; those of a signed message twice. If one changes in
    /// between, that is an error at the end.
    ///
    /// A signed message is written for `SevenBit` whatever the path takes (RFC 6376 5.3): a server
    /// that encodes it anew on its way would break the signature.
    pub fn write<O: Output + ?Sized>(
        &self,
        out: &mut O,
        transfer: Transfer,
    ) -> Result<(), WriteError<O::Error>> {
        self.signatures.write(&self.form(transfer), out)
    }

    fn form(&self, transfer: Transfer) -> Form<'_> {
        let is_signed = !self.signatures.is_empty();
        Form { message: self, transfer: if is_signed { Transfer::SevenBit } else { transfer } }
    }
}

/// A message as it is written for a path.
struct Form<'m> {
    message: &'m Message,
    transfer: Transfer,
}

impl Form<'_> {
    fn walk<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error> {
        stream.octets(self.message.head.as_bytes())?;
        self.message.root.walk(self.transfer, stream)
    }
}

impl Signable for Form<'_> {
    fn write_bare<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), WriteError<O::Error>> {
        self.walk(&mut Written(out))
    }
}
