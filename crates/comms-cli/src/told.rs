//! What became of each of several messages: a line each, and what they come to.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use comms::{CommsStack, SendReport};
use serde::Serialize;

use crate::failure::{Failure, Status};
use crate::output;
use crate::progress::Count;
use crate::repeats::Repeats;
use crate::report::{self, Report};

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Fields between tabs.
    Fields,
    /// A JSON object a line.
    Json,
}

/// What was told so far.
#[derive(Debug)]
pub(crate) struct Told {
    form: Form,
    len: usize,
    count: Count,
    sums: Mutex<Sums>,
}

/// A message, where it stands in the call, from 1, and where it is.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) number: usize,
    pub(crate) file: String,
}

#[derive(Debug, Default)]
struct Sums {
    /// How many messages each word was said of.
    words: BTreeMap<&'static str, usize>,
    statuses: BTreeMap<Status, usize>,
    repeats: Repeats,
}

#[derive(Serialize)]
struct Line<'a> {
    number: usize,
    file: &'a str,
    status: &'static str,
    #[serde(flatten)]
    report: &'a Report,
}

impl Told {
    /// Nothing yet, of so many messages.
    pub(crate) fn new(len: usize, form: Form) -> Self {
        Self { form, len, count: Count::new(len as u64), sums: Mutex::default() }
    }

    /// Has the bar show what goes over this connection.
    pub(crate) fn watch(&self, stack: &mut CommsStack) -> Result<(), Failure> {
        self.count.watch(stack)
    }

    /// Somebody has got it.
    pub(crate) fn taken(&self, place: &Place, sent: &SendReport, report: &Report) {
        let status = report::status(sent);
        for remark in report::remarks(sent) {
            self.say(&format!("message {}: {remark}", place.number));
        }
        self.tell(place, word(status), status, report);
    }

    /// Nobody has got it, as far as is known.
    pub(crate) fn failed(&self, place: &Place, status: Status, report: &Report) {
        self.tell(place, word(status), status, report);
    }

    /// No server was asked about it, as none was left to ask.
    pub(crate) fn untried(&self, place: &Place, status: Status, report: &Report) {
        self.tell(place, UNTRIED, status, report);
    }

    /// It would be sent.
    pub(crate) fn ready(&self, place: &Place, report: &Report) {
        self.tell(place, READY, Status::Done, report);
    }

    /// Says something that is not about one message alone.
    pub(crate) fn say(&self, line: &str) {
        self.count.beside(|| output::say(line));
    }

    /// Says how many of all were sent, and gives the status of the whole.
    pub(crate) fn conclude(&self) -> Status {
        self.count.finish();
        let sums = self.lock();
        output::say(&summary(&sums.words, self.len));
        whole(&sums.statuses)
    }

    fn tell(&self, place: &Place, word: &'static str, status: Status, report: &Report) {
        let line = match self.form {
            Form::Fields => fields(place, word, report),
            Form::Json => json(place, word, report),
        };
        let sums = &mut *self.lock();
        *sums.words.entry(word).or_default() += 1;
        *sums.statuses.entry(status).or_default() += 1;
        self.count.one_more(|| match output::print(&line) {
            Err(failure) if sums.repeats.is_news(&failure.to_string()) => {
                output::complain(&failure);
            }
            _ => {}
        });
    }

    fn lock(&self) -> MutexGuard<'_, Sums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fields(place: &Place, word: &str, report: &Report) -> String {
    let name = match report.message_id() {
        Some(id) => format!("<{id}>"),
        None => place.file.clone(),
    };
    format!("{}\t{word}\t{}\t{}", place.number, harmless(&name), harmless(report.essence()))
}

fn json(place: &Place, status: &'static str, report: &Report) -> String {
    let line = Line { number: place.number, file: &place.file, status, report };
    serde_json::to_string(&line).unwrap_or_default()
}

/// The text without tabs, line ends and what else terminals take for commands.
pub(crate) fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            // Nothing fails that is written into memory.
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The same of a text of several lines.
pub(crate) fn harmless_lines(text: &str) -> String {
    text.lines().map(harmless).collect::<Vec<_>>().join("\n")
}

/// `sent 98 of 100; 1 refused; 1 unknown`
fn summary(words: &BTreeMap<&'static str, usize>, len: usize) -> String {
    let of = |word| words.get(word).copied().unwrap_or_default();
    let mut summary = match of(READY) {
        0 => format!("sent {} of {len}", of(word(Status::Done))),
        ready => format!("nothing is sent; {ready} of {len} are ready"),
    };
    let said = [READY, word(Status::Done)];
    for (word, messages) in words.iter().filter(|(word, _)| !said.contains(*word)) {
        // Nothing fails that is written into memory.
        let _ = write!(summary, "; {messages} {word}");
    }
    summary
}

/// The word for a message that came to this status.
pub(crate) fn word(status: Status) -> &'static str {
    match status {
        Status::Done => "sent",
        Status::SomeRefused => "partly",
        Status::Refused => "refused",
        Status::RefusedForNow => "later",
        Status::DeliveryUnknown => "unknown",
        Status::Unreachable => "unreachable",
        Status::NotAllowed => "denied",
        Status::Protocol => "protocol",
        Status::BadInput => "bad",
        Status::Usage => "usage",
        Status::Internal => "internal",
    }
}

/// What the statuses of all messages come to.
fn whole(statuses: &BTreeMap<Status, usize>) -> Status {
    let has = |status: &Status| statuses.contains_key(status);
    if let Some(gravest) = GRAVEST.into_iter().find(has) {
        return gravest;
    }
    let taken = has(&Status::Done) || has(&Status::SomeRefused);
    match (taken, has(&Status::Refused), has(&Status::RefusedForNow)) {
        (true, false, false) if !has(&Status::SomeRefused) => Status::Done,
        (true, _, _) => Status::SomeRefused,
        (false, true, _) => Status::Refused,
        (false, false, true) => Status::RefusedForNow,
        (false, false, false) => Status::Done,
    }
}

/// The statuses that one message gives to the whole, the gravest first: what a person has to look
/// into, what is wrong with us or with the server, what is wrong with one message.
const GRAVEST: [Status; 7] = [
    Status::DeliveryUnknown,
    Status::Internal,
    Status::NotAllowed,
    Status::Protocol,
    Status::Unreachable,
    Status::BadInput,
    Status::Usage,
];

/// The word for a message that nobody was asked about.
const UNTRIED: &str = "untried";

/// The word for a message that would be sent.
const READY: &str = "ready";
