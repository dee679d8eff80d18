//! `comms send`.

use std::sync::Arc;
use std::time::Instant;

use comms::{CommsStack, Error, ReversePath, SendReport, Sink, SmtpMessage, Transfer};

use crate::args::send::SendArgs;
use crate::channel::Channel;
use crate::compose;
use crate::dkim::Signers;
use crate::failure::{Failure, Status, chain};
use crate::output::{self, Results};
use crate::progress;
use crate::report::{self, Report};
use crate::session::Session;
use crate::several;
use crate::warnings::Warnings;

/// Sends the message or the messages, and says what became of each.
pub(crate) fn run(args: &SendArgs) -> Result<Status, Failure> {
    if args.raw.len() > 1 || !args.each.is_empty() { several::run(args) } else { one(args) }
}

fn one(args: &SendArgs) -> Result<Status, Failure> {
    let message = compose::message(args)?;
    let stack = Channel::new(&args.server)?.dry(args.dry_run).stack(1)?;
    if args.dry_run {
        return dry_run(args, &message, &stack);
    }
    deliver(&message, stack, if args.json { Says::Json } else { Says::Id })
}

/// What is said of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// Its id, on standard output.
    Id,
    /// The whole result as an object, on standard output.
    Json,
    /// What became of it, on standard error.
    All,
    /// What went wrong, and nothing else.
    Trouble,
}

/// Sends one message over a stack of its own, and says what became of it.
pub(crate) fn deliver(
    message: &SmtpMessage,
    mut stack: CommsStack,
    says: Says,
) -> Result<Status, Failure> {
    let began = Instant::now();
    let length = message.encoded_len(Transfer::EightBit);
    let progress = progress::attach(&mut stack, length)?;
    let warnings = Arc::new(Warnings::default());
    let watcher: Arc<dyn Sink> = Arc::<Warnings>::clone(&warnings);
    stack.watch(&watcher);
    let mut session = Session::planned(&stack);
    let outcome = stack.connect().and_then(|()| {
        session = Session::open(&stack, began);
        stack.send(message)
    });
    progress.finish();
    // The server has said yes or no by now: a goodbye that fails changes nothing.
    let _ = stack.disconnect();
    let warned = warnings.take(outcome.is_ok());
    for warning in &warned {
        output::warn(warning);
    }
    match outcome {
        Ok(receipt) => match receipt.into_report::<SendReport>() {
            Some(report) => Ok(done(says, &Report::of(&report, session).warned(warned), &report)),
            None => Err(Failure::Internal("the message was sent without a report".to_owned())),
        },
        Err(error) => Err(failed(says, error, message, (session.stack, warned))),
    }
}

/// The message is the server's now: whoever sends it again, because standard output was full, say,
/// sends it twice.
fn done(says: Says, whole: &Report, report: &SendReport) -> Status {
    match says {
        Says::Id if report.message_id.is_empty() => output::tell("-"),
        Says::Id => output::tell(&report.message_id),
        Says::Json => output::tell(&whole.json()),
        Says::All => {
            let to = report.accepted.iter().map(|one| format!("<{one}>")).collect::<Vec<_>>();
            output::say(&format!("sent to {}: {}", to.join(", "), report.reply));
        }
        Says::Trouble => {}
    }
    for remark in report::remarks(report) {
        output::warn(&remark);
    }
    report::status(report)
}

fn failed(
    says: Says,
    error: Error,
    message: &SmtpMessage,
    (stack, warned): (String, Vec<String>),
) -> Failure {
    if says != Says::Json {
        return error.into();
    }
    output::tell(&Report::of_error(&error, message.id(), stack).warned(warned).json());
    Failure::Told(Box::new(error.into()))
}

/// Says who would get what, and writes the message to standard output.
fn dry_run(args: &SendArgs, message: &SmtpMessage, stack: &CommsStack) -> Result<Status, Failure> {
    let envelope = message.envelope();
    if args.json {
        return dry_object(message, stack);
    }
    output::say(&format!("nothing is sent; the stack is {}", Session::planned(stack).stack));
    output::say(&format!("from {}", envelope.sender));
    for recipient in &envelope.recipients {
        output::say(&format!("to <{recipient}>"));
    }
    for record in Signers::new(&args.dkim)?.records() {
        output::say(&format!("signed by the key of {record}"));
    }
    let mut out = Results::open();
    let written = message.write_to(&mut out, Transfer::EightBit);
    out.close(written.map_err(|error| Failure::BadInput(chain(&error))))?;
    Ok(Status::Done)
}

/// The same as an object. What is not UTF-8 is shown as U+FFFD.
fn dry_object(message: &SmtpMessage, stack: &CommsStack) -> Result<Status, Failure> {
    let envelope = message.envelope();
    let mut octets = Vec::new();
    let written = message.write_to(&mut octets, Transfer::EightBit);
    written.map_err(|error| Failure::BadInput(chain(&error)))?;
    let object = serde_json::json!({
        "message_id": Some(message.id()).filter(|id| !id.is_empty()),
        "sender": match &envelope.sender {
            ReversePath::Address(address) => address.to_string(),
            ReversePath::Null => String::new(),
        },
        "recipients": envelope.addresses().map(ToString::to_string).collect::<Vec<_>>(),
        "octets": octets.len(),
        "message": String::from_utf8_lossy(&octets),
        "stack": Session::planned(stack).stack,
        "error": null,
    });
    output::print(&object.to_string())?;
    Ok(Status::Done)
}
