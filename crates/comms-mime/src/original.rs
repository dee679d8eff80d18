//! Answers: what a received message says that a reply or a forward needs.

mod quote;
mod subject;

use std::collections::HashSet;

use crate::address::Address;
use crate::address::mailbox::Mailbox;
use crate::builder::MessageBuilder;
use crate::flowed::DelSp;
use crate::header::auto_submitted::AutoSubmitted;
use crate::header::date::Date;
use crate::identifier::received_id;
use crate::original::quote::{attribution, cited, summary};
use crate::original::subject::{forwarded, replied};

/// A message that was received, as far as answers need it.
///
/// The ids may have angle brackets or not; those that cannot be written are left out of answers.
///
/// ```
/// use comms_mime::Original;
///
/// let original = Original {
///     message_id: Some("7@y.example".to_owned()),
///     subject: Some("The figures".to_owned()),
///     from: vec!["Bob <bob@y.example>".parse()?],
///     date: Some("Tue, 3 Feb 2026 04:05:06 +0000".parse()?),
///     text: Some("Are they done?\n-- \nBob".to_owned()),
///     ..Original::default()
/// };
/// let quoted = "On Tue, 3 Feb 2026 at 04:05 +0000, Bob wrote:\n> Are they done?\n";
/// assert_eq!(original.quoted(), quoted);
///
/// let answer = original
///     .reply("Ann <ann@x.example>".parse()?)
///     .text(format!("{quoted}\nThey are.\n"))
///     .build()?;
/// assert_eq!(answer.subject(), Some("Re: The figures"));
/// assert_eq!(answer.to(), original.from);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Original {
    /// Its `Message-ID`.
    pub message_id: Option<String>,
    /// The ids in its `In-Reply-To`.
    pub in_reply_to: Vec<String>,
    /// The ids in its `References`, oldest first.
    pub references: Vec<String>,
    /// Its subject, decoded.
    pub subject: Option<String>,
    /// Who wrote it.
    pub from: Vec<Mailbox>,
    /// Where answers shall go, if not to its authors.
    pub reply_to: Vec<Mailbox>,
    /// Whom it was for.
    pub to: Vec<Mailbox>,
    /// Who got a copy.
    pub cc: Vec<Mailbox>,
    /// When it was written.
    pub date: Option<Date>,
    /// Its plain text, decoded.
    pub text: Option<String>,
    /// How its text flows; none when it is not of `format=flowed`.
    pub flowed: Option<DelSp>,
    /// What it says of who sent it.
    pub auto_submitted: Option<AutoSubmitted>,
}

impl Original {
    /// Whether a program sent it: an answer of another program would begin a loop (RFC 3834 2).
    pub fn is_automatic(&self) -> bool {
        self.auto_submitted.is_some_and(AutoSubmitted::is_automatic)
    }

    /// Begins a reply: to where answers shall go, or to its recipients when `me` wrote it.
    pub fn reply(&self, me: Mailbox) -> MessageBuilder {
        let mut seen = Seen::default();
        let to = self.answered(&Seen::of([me.address()]));
        to.iter()
            .filter(|mailbox| seen.insert(mailbox))
            .cloned()
            .fold(self.answer(me), MessageBuilder::to)
    }

    /// Begins a reply to everybody, each once, but for `me` and my other addresses.
    pub fn reply_all(&self, me: Mailbox, mine: &[Address]) -> MessageBuilder {
        let myself = Seen::of(mine.iter().chain([me.address()]));
        let mut seen = myself.clone();
        let to = self.answered(&myself);
        let answer = to
            .iter()
            .filter(|mailbox| seen.insert(mailbox))
            .cloned()
            .fold(self.answer(me), MessageBuilder::to);
        let others = self.to.iter().chain(&self.cc);
        others.filter(|mailbox| seen.insert(mailbox)).cloned().fold(answer, MessageBuilder::cc)
    }

    /// Begins a forward, whose recipients are still to be named. It is a conversation of its own.
    pub fn forward(&self, me: Mailbox) -> MessageBuilder {
        MessageBuilder::default().from(me).subject(forwarded(self.subject.as_deref()))
    }

    /// The text as a reply quotes it, behind a line that says who wrote it and when. Its signature
    /// is left out; paragraphs of flowed text are a line each.
    pub fn quoted(&self) -> String {
        let text = self.text.as_deref().unwrap_or_default();
        attribution(&self.from, self.date.as_ref()) + &cited(text, self.flowed)
    }

    /// The text as a forward holds it, behind lines that say what it is.
    pub fn forwarded(&self) -> String {
        let lists = [("From", &self.from), ("To", &self.to), ("Cc", &self.cc)];
        let summary = summary(lists, self.subject.as_deref(), self.date.as_ref());
        summary + self.text.as_deref().unwrap_or_default()
    }

    fn answer(&self, me: Mailbox) -> MessageBuilder {
        let mut answer =
            MessageBuilder::default().from(me).subject(replied(self.subject.as_deref()));
        let id = self.message_id.iter().filter_map(|id| received_id(id).ok());
        for id in id.clone() {
            answer = answer.in_reply_to(&id);
        }
        self.conversation().chain(id).fold(answer, |answer, id| answer.reference(&id))
    }

    /// What came before it: RFC 5322 3.6.4 takes its `References`, or else an `In-Reply-To` of one
    /// id.
    fn conversation(&self) -> impl Iterator<Item = String> {
        let before = match (self.references.as_slice(), self.in_reply_to.as_slice()) {
            ([], [only]) => std::slice::from_ref(only),
            (references, _) => references,
        };
        before.iter().filter_map(|id| received_id(id).ok())
    }

    /// Where answers go.
    fn answered(&self, me: &Seen) -> &[Mailbox] {
        let wanted = if self.reply_to.is_empty() { &self.from } else { &self.reply_to };
        let own = wanted.iter().all(|mailbox| me.holds(mailbox.address()));
        if own && !self.to.is_empty() { &self.to } else { wanted }
    }
}

/// Addresses that were met, whatever their case.
#[derive(Debug, Clone, Default)]
struct Seen(HashSet<String>);

impl Seen {
    fn of<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Self {
        Seen(addresses.into_iter().map(key).collect())
    }

    fn holds(&self, address: &Address) -> bool {
        self.0.contains(&key(address))
    }

    /// Whether the mailbox is new.
    fn insert(&mut self, mailbox: &Mailbox) -> bool {
        self.0.insert(key(mailbox.address()))
    }
}

fn key(address: &Address) -> String {
    address.to_string().to_lowercase()
}
