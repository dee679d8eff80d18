//! The header fields of a message: which may stand in it, and in which order they are written.

use crate::address::mailbox::Mailbox;
use crate::encode::fold::Field;
use crate::error::BuildError;
use crate::header::Header;
use crate::header::auto_submitted::AutoSubmitted;
use crate::header::date::Date;
use crate::header::ids::{ids_field, shorten};
use crate::header::list::MailingList;
use crate::header::mailboxes::{Listed, mailbox_field, needs_smtputf8};
use crate::header::text::{prose_field, token_field};
use crate::identifier::received_id;

/// What stands in the head, but for the author and the message id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    pub(crate) co_authors: Vec<Mailbox>,
    pub(crate) sender: Option<Mailbox>,
    pub(crate) reply_to: Listed,
    pub(crate) to: Listed,
    pub(crate) cc: Listed,
    pub(crate) subject: Option<String>,
    pub(crate) date: Option<Date>,
    pub(crate) in_reply_to: Vec<String>,
    pub(crate) references: Vec<String>,
    pub(crate) auto_submitted: Option<AutoSubmitted>,
    pub(crate) list: MailingList,
    pub(crate) headers: Vec<Header>,
}

impl Fields {
    /// Checks what may stand in a head, and the ids of other messages.
    pub(crate) fn check(&mut self) -> Result<(), BuildError> {
        if !self.co_authors.is_empty() && self.sender.is_none() {
            return Err(BuildError::NoSender);
        }
        for id in self.in_reply_to.iter_mut().chain(&mut self.references) {
            *id = received_id(id)?;
        }
        shorten(&mut self.in_reply_to);
        shorten(&mut self.references);
        self.headers.iter().try_for_each(reserved)?;
        let set = self.set_by_method();
        for (n, header) in self.headers.iter().enumerate() {
            let once = ONCE.iter().any(|once| header.is(once));
            let mut before =
                self.headers.iter().take(n).map(Header::name).chain(set.iter().copied());
            if once && before.any(|earlier| header.is(earlier)) {
                return Err(BuildError::Duplicate { name: header.name().to_owned() });
            }
        }
        Ok(())
    }

    /// Whether a mailbox that stands in a header needs SMTPUTF8.
    pub(crate) fn need_smtputf8(&self, from: &Mailbox) -> bool {
        let authors = std::iter::once(from).chain(&self.co_authors).chain(&self.sender);
        let lists = [&self.reply_to, &self.to, &self.cc].into_iter().flat_map(Listed::mailboxes);
        authors.chain(lists).any(|shown| needs_smtputf8(shown.address()))
    }

    /// Writes them: when, who, to whom, which message, what about, the rest.
    pub(crate) fn write(&self, from: &Mailbox, id: &str) -> Result<String, BuildError> {
        let date = self.date.clone().unwrap_or_else(Date::now).rfc5322()?;
        let mut head = String::with_capacity(USUAL);
        head += &token_field("Date", &date);
        head += &mailbox_field("From", std::iter::once(from).chain(&self.co_authors));
        if let Some(sender) = &self.sender {
            head += &mailbox_field("Sender", [sender]);
        }
        for (name, listed) in [("Reply-To", &self.reply_to), ("To", &self.to), ("Cc", &self.cc)] {
            head += listed.field(name).as_deref().unwrap_or_default();
        }
        let mut message_id = Field::new("Message-ID");
        message_id.enclosed("<", id, ">");
        head += &message_id.finish();
        for (name, ids) in [("In-Reply-To", &self.in_reply_to), ("References", &self.references)] {
            if !ids.is_empty() {
                head += &ids_field(name, ids);
            }
        }
        if let Some(subject) = &self.subject {
            head += &prose_field("Subject", subject);
        }
        if let Some(submitted) = self.auto_submitted {
            head += &token_field("Auto-Submitted", submitted.keyword());
        }
        for (_, field) in self.list.fields() {
            head += &field;
        }
        for header in &self.headers {
            head += &header.field();
        }
        head += "MIME-Version: 1.0\r\n";
        Ok(head)
    }

    /// The headers that may be given by hand too, and which a method has set.
    fn set_by_method(&self) -> Vec<&'static str> {
        let ids = [("In-Reply-To", &self.in_reply_to), ("References", &self.references)];
        let ids = ids.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(name, _)| name);
        let submitted = self.auto_submitted.map(|_| "Auto-Submitted");
        ids.chain(submitted).chain(self.list.fields().map(|(name, _)| name)).collect()
    }
}

fn reserved(header: &Header) -> Result<(), BuildError> {
    let content =
        header.name().get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("content-"));
    let method = match RESERVED.iter().find(|(reserved, _)| header.is(reserved)) {
        Some((_, method)) => method,
        None if content => "the parts of the body",
        None => return Ok(()),
    };
    Err(BuildError::Reserved { name: header.name().to_owned(), method })
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

/// Most heads are shorter.
const USUAL: usize = 512;

/// RFC 5322 3.6, as far as it is not reserved; RFC 2369 2, RFC 2919 3, RFC 8058 3.1; RFC 3834 5.
const ONCE: [&str; 11] = [
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "List-Id",
    "List-Help",
    "List-Subscribe",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Post",
    "List-Owner",
    "List-Archive",
];
