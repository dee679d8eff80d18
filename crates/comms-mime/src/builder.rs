//! Composing a message.

mod bodies;
mod fields;

#[cfg(feature = "dkim")]
use std::convert::Infallible;

use crate::address::domain::to_ascii;
use crate::address::group::Mailboxes;
use crate::address::mailbox::Mailbox;
use crate::attachment::Attachment;
use crate::builder::bodies::Bodies;
use crate::builder::fields::Fields;
use crate::calendar::Calendar;
#[cfg(feature = "dkim")]
use crate::dkim::{error::DkimError, signer::DkimSigner};
use crate::error::BuildError;
use crate::flowed::Flowed;
use crate::header::Header;
use crate::header::auto_submitted::AutoSubmitted;
use crate::header::date::Date;
use crate::header::list::MailingList;
use crate::identifier::{boundary_token, id_domain, message_id, new_message_id, random_token};
use crate::message::Message;
use crate::part::Part;
use crate::signatures::Signatures;
#[cfg(feature = "dkim")]
use crate::{stream::Once, write::Transfer};

/// Collects what a message is made of; [`MessageBuilder::build`] checks it.
///
/// A method that sets one thing (`from`, `subject`, `text`, ...) replaces what an earlier call
/// set; one that names one of several (`to`, `attach`, `header`, ...) adds to them.
///
/// ```
/// use comms_mime::{Attachment, Message};
///
/// let message = Message::builder()
///     .from("Ann <ann@x.example>".parse()?)
///     .to("bob@y.example".parse()?)
///     .subject("Our new logo")
///     .text("See the html.")
///     .html("<p>Here: <img src='cid:logo.png'></p>")
///     .inline(Attachment::bytes("logo.png", [0x89, b'P', b'N', b'G']))
///     .header("X-Campaign: spring".parse()?)
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing before `build`"]
pub struct MessageBuilder {
    from: Option<Mailbox>,
    bcc: Vec<Mailbox>,
    message_id: Option<String>,
    id_domain: Option<String>,
    fields: Fields,
    bodies: Bodies,
    signatures: Signatures,
}

impl Message {
    /// Begins a message.
    pub fn builder() -> MessageBuilder {
        MessageBuilder::default()
    }
}

impl MessageBuilder {
    /// Sets who wrote it.
    pub fn from(mut self, mailbox: Mailbox) -> Self {
        self.from = Some(mailbox);
        self
    }

    /// Adds another author beside the one of `from`. A message of several needs a `sender`.
    pub fn co_author(mut self, mailbox: Mailbox) -> Self {
        self.fields.co_authors.push(mailbox);
        self
    }

    /// Sets who sends it, where that is somebody else than its author.
    pub fn sender(mut self, mailbox: Mailbox) -> Self {
        self.fields.sender = Some(mailbox);
        self
    }

    /// Adds a mailbox that answers go to.
    pub fn reply_to(mut self, mailbox: Mailbox) -> Self {
        self.fields.reply_to.push(mailbox);
        self
    }

    /// Adds where answers go as a list has it, its groups as groups.
    pub fn reply_to_list(mut self, list: Mailboxes) -> Self {
        self.fields.reply_to.extend(list);
        self
    }

    /// Adds a recipient.
    pub fn to(mut self, mailbox: Mailbox) -> Self {
        self.fields.to.push(mailbox);
        self
    }

    /// Adds recipients as a list has them, its groups as groups:
    /// `Group::undisclosed().into()` is the list for a message whose recipients are all blind.
    pub fn to_list(mut self, list: Mailboxes) -> Self {
        self.fields.to.extend(list);
        self
    }

    /// Adds a recipient of a copy.
    pub fn cc(mut self, mailbox: Mailbox) -> Self {
        self.fields.cc.push(mailbox);
        self
    }

    /// Adds recipients of a copy as a list has them, its groups as groups.
    pub fn cc_list(mut self, list: Mailboxes) -> Self {
        self.fields.cc.extend(list);
        self
    }

    /// Adds a recipient of a copy that the others do not know of. It is kept for the envelope and
    /// never written.
    pub fn bcc(mut self, mailbox: Mailbox) -> Self {
        self.bcc.push(mailbox);
        self
    }

    /// Sets the subject: any text.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.fields.subject = Some(subject.into());
        self
    }

    /// Sets the date; otherwise it is that of the build.
    pub fn date(mut self, date: impl Into<Date>) -> Self {
        self.fields.date = Some(date.into());
        self
    }

    /// Sets the message id, with or without angle brackets; otherwise a random one is made in the
    /// domain of the author. It is checked by [`MessageBuilder::build`].
    pub fn message_id(mut self, id: &str) -> Self {
        self.message_id = Some(id.to_owned());
        self
    }

    /// Sets the domain in which a random message id is made, instead of that of the author.
    pub fn message_id_domain(mut self, domain: &str) -> Self {
        self.id_domain = Some(domain.to_owned());
        self
    }

    /// Adds the id of a message that this one answers. [`Original`](crate::Original) sets this
    /// and `reference` as an answer needs them.
    pub fn in_reply_to(mut self, id: &str) -> Self {
        self.fields.in_reply_to.push(id.to_owned());
        self
    }

    /// Adds the id of an earlier message of the conversation, oldest first. Of very many the first
    /// and the last ones are written.
    pub fn reference(mut self, id: &str) -> Self {
        self.fields.references.push(id.to_owned());
        self
    }

    /// Says that a program made it, so that no other program answers.
    pub fn auto_submitted(mut self, how: AutoSubmitted) -> Self {
        self.fields.auto_submitted = Some(how);
        self
    }

    /// Sets the mailing list that it comes by.
    pub fn list(mut self, list: MailingList) -> Self {
        self.fields.list = list;
        self
    }

    /// Adds a header that no other method sets.
    pub fn header(mut self, header: Header) -> Self {
        self.fields.headers.push(header);
        self
    }

    /// Sets the plain text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.bodies.text = Some(Part::text(text.into()));
        self
    }

    /// Sets a plain text whose long lines are paragraphs, which readers lay out anew: format=flowed
    /// (RFC 3676). Lines that begin with `>` are quoted.
    pub fn flowed(mut self, text: &str) -> Self {
        self.bodies.text = Some(Part::flowed(&Flowed::new(text)));
        self
    }

    /// Sets the html. Together with a plain text it becomes an alternative to it.
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.bodies.html = Some(html.into());
        self
    }

    /// Sets an invitation: another form of the text, and the same as a file `invite.ics` for
    /// programs that look for one.
    pub fn calendar(mut self, calendar: Calendar) -> Self {
        self.bodies.calendar = Some(calendar);
        self
    }

    /// Adds a file beside the text.
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.bodies.attached.push(attachment);
        self
    }

    /// Adds a file that the html shows: `logo.png` as `cid:logo.png`, unless the attachment has a
    /// content id of its own.
    pub fn inline(mut self, attachment: Attachment) -> Self {
        self.bodies.inline.push(attachment);
        self
    }

    /// Sets a body of the caller's own, instead of text, html and inline parts. Attachments go
    /// behind it.
    pub fn body(mut self, part: Part) -> Self {
        self.bodies.body = Some(part);
        self
    }

    /// Has the message signed when it is written; several signers sign it one beside the other. Its
    /// sources are then read twice, so a reader among them is an error of the build.
    #[cfg(feature = "dkim")]
    pub fn dkim(mut self, signer: DkimSigner) -> Self {
        self.signatures.push(signer);
        self
    }

    /// Checks everything and draws what is missing: the date, the message id, the boundaries.
    pub fn build(mut self) -> Result<Message, BuildError> {
        self.fields.check()?;
        let from = self.from.take().ok_or(BuildError::NoFrom)?;
        let mut root = self.bodies.lay_out()?;
        root.check()?;
        #[cfg(feature = "dkim")]
        check_sources(&self.signatures, &root)?;
        if root.is_multipart() {
            let token = boundary_token(random_token, |token| root.contains(token))?;
            root.settle(&token);
        } else {
            root.settle("");
        }
        let id = match (&self.message_id, &self.id_domain) {
            (Some(id), _) => message_id(id)?,
            (None, Some(domain)) => new_message_id(&id_domain(domain)?)?,
            (None, None) => new_message_id(&domain(&from))?,
        };
        let head = self.fields.write(&from, &id)?;
        Ok(Message {
            head,
            needs_smtputf8: self.fields.need_smtputf8(&from),
            id,
            from,
            co_authors: self.fields.co_authors,
            sender: self.fields.sender,
            reply_to: self.fields.reply_to.into_mailboxes(),
            to: self.fields.to.into_mailboxes(),
            cc: self.fields.cc.into_mailboxes(),
            bcc: self.bcc,
            subject: self.fields.subject,
            root,
            signatures: self.signatures,
        })
    }
}

/// What is signed must be readable twice.
#[cfg(feature = "dkim")]
fn check_sources(signatures: &Signatures, root: &Part) -> Result<(), BuildError> {
    if signatures.is_empty() {
        return Ok(());
    }
    let mut once = Once::default();
    let Ok(()): Result<(), Infallible> = root.walk(Transfer::SevenBit, &mut once);
    match once.0 {
        Some(name) => Err(BuildError::Unsigned(DkimError::ReadOnce { name })),
        None => Ok(()),
    }
}

/// The domain of a mailbox, in A-labels unless it is an address literal.
fn domain(mailbox: &Mailbox) -> String {
    let domain = mailbox.address().domain();
    if domain.is_ascii() && !domain.starts_with('[') {
        // It was checked when it was parsed.
        return domain.to_ascii_lowercase();
    }
    to_ascii(domain).unwrap_or_else(|| domain.to_owned())
}
