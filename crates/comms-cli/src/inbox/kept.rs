//! A message in the inbox, with what a list says of it.

use std::time::{SystemTime, UNIX_EPOCH};

use comms::{Correspondent, Envelope, Origin, ParsedMessage, ParsedPart, ReversePath};
use serde::Serialize;

use crate::inbox::body::Body;

/// A message that is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) summary: Summary,
    pub(crate) body: Body,
    /// All that is searched, in lower case.
    haystack: String,
}

/// What a list says of a message.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Summary {
    /// Its number, from 1.
    pub(crate) id: u64,
    /// When it had come, in milliseconds since 1970.
    received: u128,
    octets: u64,
    /// How many octets of it are kept.
    kept: u64,
    /// Empty for the null sender.
    sender: String,
    recipients: Vec<String>,
    pub(crate) session: Session,
    from: Vec<String>,
    to: Vec<String>,
    cc: Vec<String>,
    subject: Option<String>,
    message_id: Option<String>,
    /// The first words of the text.
    preview: String,
    attachments: usize,
    /// Why it could not be read, where that is so.
    not_read: Option<String>,
}

/// The session in which a message came.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Session {
    /// Its number in logs and traces.
    pub(crate) stack: u64,
    peer: Option<String>,
    /// What the client called itself.
    name: Option<String>,
    /// Who it had shown to be.
    user: Option<String>,
    tls: bool,
}

impl Session {
    pub(crate) fn of(origin: &Origin<'_>) -> Self {
        Self {
            stack: origin.stack(),
            peer: origin.peer(),
            name: origin.name().map(str::to_owned),
            user: origin.user().map(str::to_owned),
            tls: origin.is_secure(),
        }
    }
}

impl Kept {
    /// A message that has come just now; it is given its number when it is put onto the shelf.
    pub(crate) fn new(envelope: &Envelope, session: Session, body: Body) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut summary = Summary {
            id: 0,
            received: since.as_millis(),
            octets: body.octets(),
            kept: body.kept(),
            sender: match &envelope.sender {
                ReversePath::Address(address) => address.to_string(),
                ReversePath::Null => String::new(),
            },
            recipients: envelope.addresses().map(ToString::to_string).collect(),
            session,
            from: Vec::new(),
            to: Vec::new(),
            cc: Vec::new(),
            subject: None,
            message_id: None,
            preview: String::new(),
            attachments: 0,
            not_read: None,
        };
        let mut text = String::new();
        let begin = body.read(LOOKED_INTO).map_err(|error| error.to_string());
        match begin.and_then(|begin| ParsedMessage::new(begin).map_err(|error| error.to_string())) {
            Ok(message) => text = summary.look_into(&message),
            Err(why) => summary.not_read = Some(why),
        }
        let haystack = summary.haystack(&text);
        Self { summary, body, haystack }
    }

    /// Whether each of these words, in lower case, stands somewhere in it.
    pub(crate) fn has(&self, words: &[String]) -> bool {
        words.iter().all(|word| self.haystack.contains(word))
    }

    /// The memory, or the room on the disk, that it takes.
    pub(crate) fn weight(&self) -> u64 {
        let listed = self.summary.texts().map(str::len).sum::<usize>();
        self.body.kept() + (listed + self.haystack.len()) as u64
    }
}

impl Summary {
    /// Takes what a list shows, and gives the text.
    fn look_into(&mut self, message: &ParsedMessage<'_>) -> String {
        let shown = |found: Vec<Correspondent>| {
            found.iter().take(MANY).map(|one| cut(&one.to_string(), LONG)).collect()
        };
        self.from = shown(message.from());
        self.to = shown(message.to());
        self.cc = shown(message.cc());
        self.subject = message.subject().map(|subject| cut(&subject, LONG));
        self.message_id = message.message_id().map(|id| cut(&id, LONG));
        // A picture that the HTML shows is no file for whoever reads.
        let is_file = |part: &&ParsedPart<'_>| part.is_attachment() || part.content_id().is_none();
        self.attachments = message.attachments().iter().filter(is_file).count();
        let mut text = message.text().unwrap_or_default();
        if text.trim().is_empty() {
            text = without_tags(&message.html().unwrap_or_default());
        }
        let mut words = text.split_whitespace();
        while let Some(word) = words.next().filter(|_| self.preview.len() < PREVIEW) {
            if !self.preview.is_empty() {
                self.preview.push(' ');
            }
            self.preview.push_str(&cut(word, PREVIEW));
        }
        text
    }

    fn haystack(&self, text: &str) -> String {
        let all = self.texts().chain([text]).collect::<Vec<_>>().join("\n");
        cut(&all, SEARCHED).to_lowercase()
    }

    /// What is searched of it, which is all that may be long.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let subject = self.subject.as_deref().unwrap_or_default();
        let id = self.message_id.as_deref().unwrap_or_default();
        let people = [&self.recipients, &self.from, &self.to, &self.cc];
        let people = people.into_iter().flatten().map(String::as_str);
        [self.sender.as_str(), subject, id].into_iter().chain(people)
    }
}

/// The beginning of a text, to the end of a character.
pub(crate) fn cut(text: &str, octets: usize) -> String {
    let mut end = text.len().min(octets);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// What of HTML is no tag, for a preview: neither exact nor shown as HTML.
fn without_tags(html: &str) -> String {
    let body = html.find("<body").and_then(|at| html.get(at..)).unwrap_or(html);
    let mut text = String::new();
    for piece in body.split('<') {
        let behind = piece.split_once('>').map_or("", |(_, behind)| behind);
        text.push_str(behind);
        text.push(' ');
    }
    text
}

/// What is read of a message when it comes; a tab that shows it reads all that is kept.
const LOOKED_INTO: u64 = 1 << 20;

/// Addresses of a field that a list shows.
const MANY: usize = 100;

/// Octets of a value that a list shows.
const LONG: usize = 1000;

/// Octets of the first words.
const PREVIEW: usize = 160;

/// Octets that are searched.
const SEARCHED: usize = 32 << 10;
