//! Composing a message.

use crate::address::domain::to_ascii;
use crate::address::mailbox::Mailbox;
use crate::attachment::Attachment;
use crate::error::BuildError;
use crate::header::Header;
use crate::header::date::Date;
use crate::header::mailboxes::{mailbox_field, needs_smtputf8};
use crate::header::text::{text_field, token_field};
use crate::identifier::{boundary_token, message_id, new_message_id, random_token};
use crate::message::Message;
use crate::part::Part;

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
    sender: Option<Mailbox>,
    reply_to: Vec<Mailbox>,
    to: Vec<Mailbox>,
    cc: Vec<Mailbox>,
    bcc: Vec<Mailbox>,
    subject: Option<String>,
    date: Option<Date>,
    message_id: Option<String>,
    headers: Vec<Header>,
    text: Option<String>,
    html: Option<String>,
    body: Option<Part>,
    inline: Vec<Attachment>,
    attached: Vec<Attachment>,
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

    /// Sets who sends it, where that is somebody else than its author.
    pub fn sender(mut self, mailbox: Mailbox) -> Self {
        self.sender = Some(mailbox);
        self
    }

    /// Adds a mailbox that answers go to.
    pub fn reply_to(mut self, mailbox: Mailbox) -> Self {
        self.reply_to.push(mailbox);
        self
    }

    /// Adds a recipient.
    pub fn to(mut self, mailbox: Mailbox) -> Self {
        self.to.push(mailbox);
        self
    }

    /// Adds a recipient of a copy.
    pub fn cc(mut self, mailbox: Mailbox) -> Self {
        self.cc.push(mailbox);
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
        self.subject = Some(subject.into());
        self
    }

    /// Sets the date; otherwise it is that of the build.
    pub fn date(mut self, date: impl Into<Date>) -> Self {
        self.date = Some(date.into());
        self
    }

    /// Sets the message id, with or without angle brackets; otherwise a random one is made in the
    /// domain of the author. It is checked by [`MessageBuilder::build`].
    pub fn message_id(mut self, id: &str) -> Self {
        self.message_id = Some(id.to_owned());
        self
    }

    /// Adds a header that no other method sets.
    pub fn header(mut self, header: Header) -> Self {
        self.headers.push(header);
        self
    }

    /// Sets the plain text.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets the html. Together with a plain text it becomes an alternative to it.
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// Adds a file beside the text.
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attached.push(attachment);
        self
    }

    /// Adds a file that the html shows: `logo.png` as `cid:logo.png`, unless the attachment has a
    /// content id of its own.
    pub fn inline(mut self, attachment: Attachment) -> Self {
        self.inline.push(attachment);
        self
    }

    /// Sets a body of the caller's own, instead of text, html and inline parts. Attachments go
    /// behind it.
    pub fn body(mut self, part: Part) -> Self {
        self.body = Some(part);
        self
    }

    /// Checks everything and draws what is missing: the date, the message id, the boundaries.
    pub fn build(mut self) -> Result<Message, BuildError> {
        check_headers(&self.headers)?;
        let from = self.from.take().ok_or(BuildError::NoFrom)?;
        let mut root = self.lay_out()?;
        root.check()?;
        let token = boundary_token(random_token, |token| root.contains(token))?;
        root.settle(&token);
        let id = match &self.message_id {
            Some(id) => message_id(id)?,
            None => new_message_id(&domain(&from))?,
        };
        let head = self.head(&from, &id)?;
        let needs_smtputf8 = self.shown(&from).any(|shown| needs_smtputf8(shown.address()));
        Ok(Message {
            head,
            needs_smtputf8,
            id,
            from,
            sender: self.sender,
            reply_to: self.reply_to,
            to: self.to,
            cc: self.cc,
            bcc: self.bcc,
            subject: self.subject,
            root,
        })
    }

    /// The mailboxes that stand in a header.
    fn shown<'a>(&'a self, from: &'a Mailbox) -> impl Iterator<Item = &'a Mailbox> {
        let lists = [&self.reply_to, &self.to, &self.cc].into_iter().flatten();
        std::iter::once(from).chain(&self.sender).chain(lists)
    }

    /// Takes the bodies and files, and makes the tree of them.
    fn lay_out(&mut self) -> Result<Part, BuildError> {
        let inline: Vec<Part> = self.inline.drain(..).map(Part::inline).collect();
        let text = self.text.take().map(Part::text);
        let html = self.html.take().map(Part::html);
        let body = match (self.body.take(), text, html) {
            (Some(body), None, None) if inline.is_empty() => Some(body),
            (Some(_), _, _) => return Err(BuildError::TwoBodies),
            (None, _, None) if !inline.is_empty() => return Err(BuildError::InlineWithoutHtml),
            (None, text, None) => text,
            (None, None, Some(html)) => Some(related(html, inline)),
            (None, Some(text), Some(html)) => {
                Some(Part::alternative([text, related(html, inline)]))
            }
        };
        if self.attached.is_empty() {
            return Ok(body.unwrap_or_else(|| Part::text("")));
        }
        let attached = self.attached.drain(..).map(Part::attachment);
        Ok(Part::mixed(body.into_iter().chain(attached)))
    }

    fn head(&self, from: &Mailbox, id: &str) -> Result<String, BuildError> {
        let date = self.date.clone().unwrap_or_else(Date::now).rfc5322()?;
        let mut head = token_field("Date", &date);
        head += &mailbox_field("From", [from]);
        if let Some(sender) = &self.sender {
            head += &mailbox_field("Sender", [sender]);
        }
        let lists = [("Reply-To", &self.reply_to), ("To", &self.to), ("Cc", &self.cc)];
        for (name, mailboxes) in lists {
            if !mailboxes.is_empty() {
                head += &mailbox_field(name, mailboxes);
            }
        }
        head += &token_field("Message-ID", &format!("<{id}>"));
        if let Some(subject) = &self.subject {
            head += &text_field("Subject", subject);
        }
        for header in &self.headers {
            head += &header.field();
        }
        head += "MIME-Version: 1.0\r\n";
        Ok(head)
    }
}

/// The domain of a mailbox, in A-labels unless it is an address literal.
fn domain(mailbox: &Mailbox) -> String {
    let domain = mailbox.address().domain();
    to_ascii(domain).unwrap_or_else(|| domain.to_owned())
}

fn related(html: Part, inline: Vec<Part>) -> Part {
    if inline.is_empty() {
        return html;
    }
    Part::related(std::iter::once(html).chain(inline))
}

fn check_headers(headers: &[Header]) -> Result<(), BuildError> {
    for (n, header) in headers.iter().enumerate() {
        let name = || header.name().to_owned();
        let content = header.name().to_ascii_lowercase().starts_with("content-");
        if let Some((_, method)) = RESERVED.iter().find(|(reserved, _)| header.is(reserved)) {
            return Err(BuildError::Reserved { name: name(), method });
        }
        if content {
            return Err(BuildError::Reserved { name: name(), method: "the parts of the body" });
        }
        let once = ONCE.iter().any(|once| header.is(once));
        if once && headers.iter().take(n).any(|earlier| earlier.is(header.name())) {
            return Err(BuildError::Duplicate { name: name() });
        }
    }
    Ok(())
}

/// The headers that the builder writes, and what sets each.
const RESERVED: [(&str, &str); 12] = [
    ("From", "`from`"),
    ("Sender", "`sender`"),
    ("Reply-To", "`reply_to`"),
    ("To", "`to`"),
    ("Cc", "`cc`"),
    ("Bcc", "`bcc`"),
    ("Resent-Bcc", "`bcc`"),
    ("Subject", "`subject`"),
    ("Date", "`date`"),
    ("Message-ID", "`message_id`"),
    ("MIME-Version", "`build`"),
    ("Return-Path", "the envelope"),
];

/// RFC 5322 3.6, as far as it is not reserved.
const ONCE: [&str; 2] = ["In-Reply-To", "References"];
