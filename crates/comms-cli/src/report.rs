//! The result of a send, for programs.

use comms::{
    Address, Error, ErrorClass, Forwarded, Rejected, Relocated, Reply, SendReport, SmtpError,
};
use serde::Serialize;

use crate::failure::{Failure, Status};
use crate::remedy::remedy;
use crate::session::Session;

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    message_id: Option<String>,
    queue_id: Option<String>,
    reply: Option<String>,
    accepted: Vec<String>,
    rejected: Vec<Refusal>,
    relocated: Vec<Relocation>,
    forwarded: Vec<Forwarding>,
    unfinished: Option<Interruption>,
    warnings: Vec<String>,
    tls: Option<String>,
    stack: String,
    timings: Timings,
    error: Option<Trouble>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    recipient: String,
    code: u16,
    enhanced: Option<String>,
    text: String,
}

#[derive(Debug, Serialize)]
struct Relocation {
    old: String,
    new: String,
}

#[derive(Debug, Serialize)]
struct Forwarding {
    recipient: String,
    path: Option<String>,
}

#[derive(Debug, Serialize)]
struct Interruption {
    recipients: Vec<String>,
    error: Trouble,
}

/// In milliseconds.
#[derive(Debug, Default, Serialize)]
struct Timings {
    connect: Option<f64>,
    transaction: Option<f64>,
}

/// What went wrong, as every object with an `error` has it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Trouble {
    class: String,
    layer: String,
    command: Option<String>,
    code: Option<u16>,
    enhanced: Option<String>,
    text: String,
    remedy: Option<&'static str>,
}

impl Trouble {
    pub(crate) fn of(error: &Error) -> Self {
        let smtp = error.cause::<SmtpError>();
        let only = smtp.and_then(|smtp| smtp.rejected().first()).map(|one| &one.reply);
        let reply = smtp.and_then(SmtpError::reply).or(only);
        Self {
            class: error.class().to_string(),
            layer: error.layer().to_owned(),
            command: smtp.and_then(command).map(str::to_owned),
            code: reply.map(Reply::code),
            enhanced: reply.and_then(Reply::enhanced).map(|code| code.to_string()),
            text: error.sentence(),
            remedy: Some(remedy(error)).filter(|words| !words.is_empty()),
        }
    }

    /// The same, as something else that came of it sees it.
    pub(crate) fn in_class(self, class: ErrorClass) -> Self {
        Self { class: class.to_string(), ..self }
    }

    /// What was wrong, if not a layer's error then before any layer was asked.
    pub(crate) fn of_failure(failure: &Failure) -> Self {
        let class = match failure {
            Failure::Stack(error) => return Self::of(error),
            Failure::Told(failure) => return Self::of_failure(failure),
            Failure::Usage(_) => "usage",
            Failure::BadInput(_) | Failure::Mistakes(_) => "content",
            Failure::Internal(_) => "internal",
        };
        Self {
            class: class.to_owned(),
            layer: "comms".to_owned(),
            command: None,
            code: None,
            enhanced: None,
            text: failure.to_string(),
            remedy: Some(failure.advice()).filter(|words| !words.is_empty()),
        }
    }
}

/// What the server was asked when it went wrong.
fn command(error: &SmtpError) -> Option<&str> {
    match error {
        SmtpError::Refused { command, .. }
        | SmtpError::Unanswered { command, .. }
        | SmtpError::BadReply { command, .. }
        | SmtpError::Unexpected { command, .. } => Some(command),
        SmtpError::NoRecipient { .. } | SmtpError::Strict { .. } => Some("RCPT"),
        SmtpError::ContentRefused { .. } | SmtpError::Unknown { .. } => Some("the content"),
        SmtpError::AuthRefused { .. } | SmtpError::Mechanism { .. } => Some("AUTH"),
        SmtpError::TlsRefused { .. } | SmtpError::TlsFailed { .. } => Some("STARTTLS"),
        _ => None,
    }
}

/// The object that says no more than that something went wrong.
pub(crate) fn failure(failure: &Failure) -> String {
    #[derive(Serialize)]
    struct Failed {
        error: Trouble,
    }
    serde_json::to_string(&Failed { error: Trouble::of_failure(failure) }).unwrap_or_default()
}

impl Report {
    /// What the server said yes to.
    pub(crate) fn of(report: &SendReport, session: Session) -> Self {
        Self {
            message_id: present(&report.message_id),
            queue_id: report.queue_id.clone(),
            reply: Some(report.reply.to_string()),
            accepted: texts(&report.accepted),
            rejected: refusals(&report.rejected),
            relocated: report.relocated.iter().map(Relocation::of).collect(),
            forwarded: report.forwarded.iter().map(Forwarding::of).collect(),
            unfinished: report.unfinished.as_ref().map(|cut| Interruption {
                recipients: texts(&cut.recipients),
                error: Trouble::of(&cut.error),
            }),
            warnings: Vec::new(),
            tls: session.tls,
            stack: session.stack,
            timings: Timings {
                connect: Some(rounded(session.connect)),
                transaction: Some(rounded(report.time.as_secs_f64() * 1000.0)),
            },
            error: None,
        }
    }

    /// What went wrong.
    pub(crate) fn of_error(error: &Error, message_id: &str, stack: String) -> Self {
        let cause = error.cause::<SmtpError>();
        Self {
            reply: cause.and_then(SmtpError::reply).map(ToString::to_string),
            rejected: refusals(cause.map(SmtpError::rejected).unwrap_or_default()),
            ..Self::unsent(Some(Trouble::of(error)), message_id, stack)
        }
    }

    /// Of a message that no server was asked about.
    pub(crate) fn unsent(error: Option<Trouble>, message_id: &str, stack: String) -> Self {
        Self {
            message_id: present(message_id),
            queue_id: None,
            reply: None,
            accepted: Vec::new(),
            rejected: Vec::new(),
            relocated: Vec::new(),
            forwarded: Vec::new(),
            unfinished: None,
            warnings: Vec::new(),
            tls: None,
            stack,
            timings: Timings::default(),
            error,
        }
    }

    /// With what layers warned of.
    pub(crate) fn warned(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }

    /// The message's own id, if it has one.
    pub(crate) fn message_id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    /// What it comes to in a word: the queue id, the server's reply, or what went wrong.
    pub(crate) fn essence(&self) -> &str {
        let error = self.error.as_ref().map(|error| error.text.as_str());
        let reply = self.queue_id.as_deref().or(self.reply.as_deref());
        error.or(reply).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What is worth saying of a message that was taken, a line each.
pub(crate) fn remarks(report: &SendReport) -> Vec<String> {
    let moved = report.relocated.iter().map(|one| format!("<{}> moved to <{}>", one.old, one.new));
    let mut remarks = moved.collect::<Vec<_>>();
    for one in &report.forwarded {
        let to = one.path.as_ref().map(|path| format!(" to <{path}>")).unwrap_or_default();
        remarks.push(format!("<{}> is forwarded{to}", one.recipient));
    }
    for one in &report.rejected {
        remarks.push(format!("<{}> was refused: {}", one.recipient, one.reply));
    }
    if let Some(cut) = &report.unfinished {
        let why = cut.error.sentence();
        let may = cut.error.class() == ErrorClass::DeliveryUnknown;
        let got = if may { "may have got it, or not" } else { "did not get it" };
        remarks.extend(cut.recipients.iter().map(|one| format!("<{one}> {got}: {why}")));
    }
    remarks
}

/// What it comes to for all recipients.
pub(crate) fn status(report: &SendReport) -> Status {
    match &report.unfinished {
        Some(cut) if cut.error.class() == ErrorClass::DeliveryUnknown => Status::DeliveryUnknown,
        None if report.rejected.is_empty() => Status::Done,
        _ => Status::SomeRefused,
    }
}

impl Relocation {
    fn of(one: &Relocated) -> Self {
        Self { old: one.old.to_string(), new: one.new.to_string() }
    }
}

impl Forwarding {
    fn of(one: &Forwarded) -> Self {
        let path = one.path.as_ref().map(ToString::to_string);
        Self { recipient: one.recipient.to_string(), path }
    }
}

/// A raw message can be without an id.
fn present(id: &str) -> Option<String> {
    (!id.is_empty()).then(|| id.to_owned())
}

/// To the microsecond.
fn rounded(milliseconds: f64) -> f64 {
    (milliseconds * 1000.0).round() / 1000.0
}

fn texts(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn refusals(rejected: &[Rejected]) -> Vec<Refusal> {
    let refusal = |one: &Rejected| Refusal {
        recipient: one.recipient.to_string(),
        code: one.reply.code(),
        enhanced: one.reply.enhanced().map(|code| code.to_string()),
        text: one.reply.text(),
    };
    rejected.iter().map(refusal).collect()
}
