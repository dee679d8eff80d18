//! What a message that was taken is: in a line, or as JSON.

use comms::{Correspondent, Envelope, ParsedMessage, ParsedPart, ReversePath};
use serde::Serialize;

use crate::told::harmless;

/// The beginning of a message, as it comes in.
#[derive(Debug, Default)]
pub(crate) struct Glimpse {
    begin: Vec<u8>,
    octets: u64,
}

impl Glimpse {
    /// Takes the next octets. What stands far behind the beginning is counted and not looked into.
    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.octets = self.octets.saturating_add(octets.len() as u64);
        let room = LONGEST.saturating_sub(self.begin.len()).min(octets.len());
        self.begin.extend_from_slice(octets.get(..room).unwrap_or_default());
    }

    /// `ann@x.example -> <bob@y.example>: 123 octets; From: Ann <ann@x.example>; ...`
    pub(crate) fn line(&self, envelope: &Envelope) -> String {
        let to = envelope.recipients.iter().map(|one| format!("<{one}>")).collect::<Vec<_>>();
        let mut line = format!("{} -> {}: {} octets", envelope.sender, to.join(" "), self.octets);
        let mut tell = |name: &str, value: &str| {
            if !value.is_empty() {
                line = format!("{line}; {name}: {}", harmless(value));
            }
        };
        let seen = self.seen();
        tell("From", &few(&seen.from));
        tell("To", &few(&seen.to));
        tell("Cc", &few(&seen.cc));
        tell("Subject", seen.subject.as_deref().unwrap_or_default());
        let files = seen.attachments.iter().map(|file| {
            let name = file.name.as_deref().unwrap_or(file.content_type.as_str());
            format!("{name} ({} octets)", file.octets)
        });
        tell("Attached", &few(&files.collect::<Vec<_>>()));
        tell("Not read", seen.not_read.as_deref().unwrap_or_default());
        line
    }

    /// The same as an object.
    pub(crate) fn json(&self, envelope: &Envelope) -> String {
        let recipients = envelope.recipients.iter().map(|one| one.address.to_string());
        let taken = Taken {
            sender: match &envelope.sender {
                ReversePath::Address(address) => address.to_string(),
                ReversePath::Null => String::new(),
            },
            recipients: recipients.collect(),
            octets: self.octets,
            seen: self.seen(),
        };
        serde_json::to_string(&taken).unwrap_or_default()
    }

    fn seen(&self) -> Seen {
        let message = match ParsedMessage::new(&self.begin) {
            Ok(message) => message,
            Err(error) => return Seen { not_read: Some(error.to_string()), ..Seen::default() },
        };
        let is_cut = self.octets > self.begin.len() as u64;
        let shown = |found: Vec<Correspondent>| found.iter().map(ToString::to_string).collect();
        Seen {
            from: shown(message.from()),
            to: shown(message.to()),
            cc: shown(message.cc()),
            subject: message.subject(),
            message_id: message.message_id(),
            attachments: message.attachments().iter().map(File::of).collect(),
            not_read: is_cut.then(|| format!("what is behind {LONGEST} octets")),
        }
    }
}

#[derive(Serialize)]
struct Taken {
    /// Empty for the null sender.
    sender: String,
    recipients: Vec<String>,
    octets: u64,
    #[serde(flatten)]
    seen: Seen,
}

#[derive(Default, Serialize)]
struct Seen {
    from: Vec<String>,
    to: Vec<String>,
    cc: Vec<String>,
    subject: Option<String>,
    message_id: Option<String>,
    attachments: Vec<File>,
    /// What of the message is not shown, and why.
    not_read: Option<String>,
}

#[derive(Serialize)]
struct File {
    name: Option<String>,
    content_type: String,
    octets: usize,
}

impl File {
    fn of(part: &ParsedPart<'_>) -> Self {
        let octets = part.octets().len();
        Self { name: part.file_name(), content_type: part.essence().to_owned(), octets }
    }
}

/// The first of them, and how many more there are.
fn few(all: &[String]) -> String {
    let shown = all.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(FEW) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// More make no line that is read.
const FEW: usize = 5;

/// What is kept in memory of each message that comes in.
const LONGEST: usize = 1 << 20;
