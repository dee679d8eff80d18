//! The result of a send, for programs.

use comms::{Error, Rejected, Reply, SendReport, SmtpError};
use serde::Serialize;

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    message_id: Option<String>,
    queue_id: Option<String>,
    reply: Option<String>,
    accepted: Vec<String>,
    rejected: Vec<Refusal>,
    relocated: Vec<Relocation>,
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

/// In milliseconds.
#[derive(Debug, Default, Serialize)]
struct Timings {
    connect: Option<f64>,
    transaction: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Trouble {
    class: String,
    layer: String,
    code: Option<u16>,
    text: String,
}

impl Report {
    /// What the server said yes to.
    pub(crate) fn of(
        report: &SendReport,
        stack: String,
        tls: Option<String>,
        connect: f64,
    ) -> Self {
        Self {
            message_id: present(&report.message_id),
            queue_id: report.queue_id.clone(),
            reply: Some(report.reply.to_string()),
            accepted: report.accepted.iter().map(ToString::to_string).collect(),
            rejected: refusals(&report.rejected),
            relocated: Vec::new(),
            tls,
            stack,
            timings: Timings {
                connect: Some(rounded(connect)),
                transaction: Some(rounded(report.time.as_secs_f64() * 1000.0)),
            },
            error: None,
        }
    }

    /// What went wrong.
    pub(crate) fn of_error(error: &Error, message_id: &str, stack: String) -> Self {
        let cause = error.cause::<SmtpError>();
        let reply = cause.and_then(SmtpError::reply);
        Self {
            message_id: present(message_id),
            queue_id: None,
            reply: reply.map(ToString::to_string),
            accepted: Vec::new(),
            rejected: refusals(cause.map(SmtpError::rejected).unwrap_or_default()),
            relocated: Vec::new(),
            tls: None,
            stack,
            timings: Timings::default(),
            error: Some(Trouble {
                class: error.class().to_string(),
                layer: error.layer().to_owned(),
                code: reply.map(Reply::code),
                text: error.sentence(),
            }),
        }
    }

    pub(crate) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
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

fn refusals(rejected: &[Rejected]) -> Vec<Refusal> {
    let refusal = |one: &Rejected| Refusal {
        recipient: one.recipient.to_string(),
        code: one.reply.code(),
        enhanced: one.reply.enhanced().map(|code| code.to_string()),
        text: one.reply.text(),
    };
    rejected.iter().map(refusal).collect()
}
