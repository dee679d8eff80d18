//! A message with its envelope: what `stack.send` takes.

use std::io;

use comms_core::Object;
use comms_mime::{
    Address, Attachment, BuildError, Calendar, Header, Mailbox, Message, MessageBuilder,
    RawMessage, Transfer, WriteError, Writer,
};

use crate::envelope::{Envelope, ReversePath};

/// A mail message and whom it is for.
///
/// ```
/// use comms_mime::Attachment;
/// use comms_smtp::SmtpMessage;
///
/// let message = SmtpMessage::builder("Ann <ann@x.example>".parse()?)
///     .recipient("Bob <bob@y.example>".parse()?)
///     .copy_recipient("carol@y.example".parse()?)
///     .subject("The figures")
///     .text("Dear Bob,\n\nhere they are.\n")
///     .attach(Attachment::bytes("figures.csv", "1;2;3\n"))
///     .build()?;
/// assert_eq!(message.envelope().recipients.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SmtpMessage {
    envelope: Envelope,
    content: MessageContent,
}

/// What a message is made of.
#[derive(Debug)]
pub(crate) enum MessageContent {
    Composed(Box<Message>),
    Raw(Box<RawMessage>),
}

impl SmtpMessage {
    /// Starts a message from `sender`.
    pub fn builder(sender: Mailbox) -> SmtpMessageBuilder {
        SmtpMessageBuilder {
            envelope: Envelope::new(sender.address().clone(), NOBODY),
            message: Message::builder().from(sender),
        }
    }

    /// A composed message in an envelope of your own.
    pub fn new(message: Message, envelope: Envelope) -> Self {
        Self { envelope, content: MessageContent::Composed(Box::new(message)) }
    }

    /// A message that exists already, in an envelope of your own. Its octets are sent as they are,
    /// but for line ends, dots and `Bcc`.
    pub fn raw(message: RawMessage, envelope: Envelope) -> Self {
        Self { envelope, content: MessageContent::Raw(Box::new(message)) }
    }

    /// Who it is from and for.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Its identifier, without brackets; empty for a raw message that has none.
    pub fn id(&self) -> &str {
        match &self.content {
            MessageContent::Composed(message) => message.id(),
            MessageContent::Raw(message) => message.id().unwrap_or_default(),
        }
    }

    /// The exact number of octets of its content, where the lengths of its sources are known.
    pub fn encoded_len(&self, transfer: Transfer) -> Option<u64> {
        match &self.content {
            MessageContent::Composed(message) => message.encoded_len(transfer),
            MessageContent::Raw(message) => message.encoded_len(),
        }
    }

    /// Writes its content to anything that takes octets.
    pub fn write_to(
        &self,
        out: &mut dyn io::Write,
        transfer: Transfer,
    ) -> Result<(), WriteError<io::Error>> {
        let mut out = Writer(out);
        match &self.content {
            MessageContent::Composed(message) => message.write(&mut out, transfer),
            MessageContent::Raw(message) => message.write(&mut out),
        }
    }

    pub(crate) fn content(&self) -> &MessageContent {
        &self.content
    }

    /// An address in the header of a composed message that cannot be written in ASCII. A raw
    /// message is sent as it is.
    pub(crate) fn international_address(&self) -> Option<&Address> {
        let MessageContent::Composed(message) = &self.content else { return None };
        let lists = [message.reply_to(), message.to(), message.cc()].into_iter().flatten();
        let authors = std::iter::once(message.from()).chain(message.co_authors());
        let shown = authors.chain(message.sender()).chain(lists);
        shown.map(Mailbox::address).find(|address| address.to_ascii().is_none())
    }

    /// An address in its header that cannot be written in ASCII makes the message international.
    pub(crate) fn has_international_header(&self) -> bool {
        match &self.content {
            MessageContent::Composed(message) => message.needs_smtputf8(),
            MessageContent::Raw(message) => message.has_eight_bit_head(),
        }
    }
}

impl Object for SmtpMessage {
    fn kind(&self) -> &'static str {
        "SmtpMessage"
    }
}

/// Puts a message together: its parts, and the envelope that goes with them.
#[derive(Debug)]
pub struct SmtpMessageBuilder {
    message: MessageBuilder,
    envelope: Envelope,
}

impl SmtpMessageBuilder {
    /// Somebody it is for, named under `To`.
    pub fn recipient(mut self, mailbox: Mailbox) -> Self {
        self.envelope.recipients.push(mailbox.address().clone().into());
        self.with(|message| message.to(mailbox))
    }

    /// All of these, as [`SmtpMessageBuilder::recipient`].
    pub fn recipients(self, mailboxes: impl IntoIterator<Item = Mailbox>) -> Self {
        mailboxes.into_iter().fold(self, Self::recipient)
    }

    /// Somebody who gets a copy, named under `Cc`.
    pub fn copy_recipient(mut self, mailbox: Mailbox) -> Self {
        self.envelope.recipients.push(mailbox.address().clone().into());
        self.with(|message| message.cc(mailbox))
    }

    /// All of these, as [`SmtpMessageBuilder::copy_recipient`].
    pub fn copy_recipients(self, mailboxes: impl IntoIterator<Item = Mailbox>) -> Self {
        mailboxes.into_iter().fold(self, Self::copy_recipient)
    }

    /// Somebody who gets a copy and is named nowhere.
    pub fn blind_copy_recipient(mut self, mailbox: Mailbox) -> Self {
        self.envelope.recipients.push(mailbox.address().clone().into());
        self.with(|message| message.bcc(mailbox))
    }

    /// All of these, as [`SmtpMessageBuilder::blind_copy_recipient`].
    pub fn blind_copy_recipients(self, mailboxes: impl IntoIterator<Item = Mailbox>) -> Self {
        mailboxes.into_iter().fold(self, Self::blind_copy_recipient)
    }

    /// What it is about.
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.with(|message| message.subject(subject))
    }

    /// The text.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.with(|message| message.text(text))
    }

    /// The same as HTML.
    pub fn html(self, html: impl Into<String>) -> Self {
        self.with(|message| message.html(html))
    }

    /// An invitation, as another form of the text and as a file.
    pub fn calendar(self, calendar: Calendar) -> Self {
        self.with(|message| message.calendar(calendar))
    }

    /// Something that goes with it.
    pub fn attach(self, attachment: Attachment) -> Self {
        self.with(|message| message.attach(attachment))
    }

    /// All of these, as [`SmtpMessageBuilder::attach`].
    pub fn attachments(self, attachments: impl IntoIterator<Item = Attachment>) -> Self {
        attachments.into_iter().fold(self, Self::attach)
    }

    /// Something that the HTML shows, by `cid:`.
    pub fn inline(self, attachment: Attachment) -> Self {
        self.with(|message| message.inline(attachment))
    }

    /// Another header field.
    pub fn header(self, header: Header) -> Self {
        self.with(|message| message.header(header))
    }

    /// Who is told if delivery fails, where that is not the sender.
    pub fn reverse_path(mut self, path: impl Into<ReversePath>) -> Self {
        self.envelope.sender = path.into();
        self
    }

    /// Anything else about the envelope, with the recipients that it has by now.
    ///
    /// ```
    /// use comms_smtp::{Notify, Priority, SmtpMessage};
    ///
    /// let urgent = Priority::new(3)?;
    /// let message = SmtpMessage::builder("ann@x.example".parse()?)
    ///     .recipient("bob@y.example".parse()?)
    ///     .with_envelope(|envelope| {
    ///         envelope.priority = Some(urgent);
    ///         envelope.notify = Some(Notify::Never);
    ///     })
    ///     .text("Now!\n")
    ///     .build()?;
    /// assert_eq!(message.envelope().priority, Some(urgent));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_envelope(mut self, change: impl FnOnce(&mut Envelope)) -> Self {
        change(&mut self.envelope);
        self
    }

    /// Anything else about the message itself, by its own builder.
    pub fn with(mut self, change: impl FnOnce(MessageBuilder) -> MessageBuilder) -> Self {
        self.message = change(self.message);
        self
    }

    /// The finished message; an error says what is missing or cannot be written.
    pub fn build(mut self) -> Result<SmtpMessage, BuildError> {
        let message = self.message.build()?;
        self.envelope.name_each_once();
        Ok(SmtpMessage::new(message, self.envelope))
    }
}

/// The recipients of a message that is not finished.
const NOBODY: [Address; 0] = [];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_recipients_are_as_many_calls() {
        let people = |names: &[&str]| -> Vec<Mailbox> {
            names.iter().map(|name| format!("{name}@y.example").parse().unwrap()).collect()
        };
        let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
            .recipients(people(&["bob", "carol"]))
            .copy_recipients(people(&["dan", "bob"]))
            .blind_copy_recipients(people(&["eve"]))
            .attachments([Attachment::bytes("a", []), Attachment::bytes("b", [])])
            .build()
            .unwrap();
        let envelope: Vec<String> = message
            .envelope()
            .recipients
            .iter()
            .map(|recipient| recipient.address.to_string())
            .collect();
        let each_once = ["bob@y.example", "carol@y.example", "dan@y.example", "eve@y.example"];
        assert_eq!(envelope, each_once);
        let mut octets = Vec::new();
        message.write_to(&mut octets, Transfer::SevenBit).unwrap();
        let text = String::from_utf8(octets).unwrap();
        assert!(text.contains("To: bob@y.example, carol@y.example\r\n"));
        assert!(text.contains("Cc: dan@y.example, bob@y.example\r\n") && !text.contains("eve"));
        assert_eq!(text.matches("Content-Disposition: attachment").count(), 2);
    }
}
