//! `comms send`.

use std::time::Instant;

use comms::{CommsStack, Error, SendReport, SmtpMessage, Transfer};

use crate::args::send::SendArgs;
use crate::channel;
use crate::compose;
use crate::dkim::Signers;
use crate::failure::{Failure, Status, chain};
use crate::output::{self, Results};
use crate::progress;
use crate::report::{self, Report};
use crate::session::Session;
use crate::several;

/// Sends the message or the messages, and says what became of each.
pub(crate) fn run(args: &SendArgs) -> Result<Status, Failure> {
    if args.raw.len() > 1 || !args.each.is_empty() { several::run(args) } else { one(args) }
}

fn one(args: &SendArgs) -> Result<Status, Failure> {
    let message = compose::message(args)?;
    let mut stack = channel::open(&args.server)?;
    if args.dry_run {
        return dry_run(args, &message, &stack);
    }
    let began = Instant::now();
    let length = message.encoded_len(Transfer::EightBit);
    let progress = progress::attach(&mut stack, length)?;
    let mut session = Session::planned(&stack);
    let outcome = stack.connect().and_then(|()| {
        session = Session::open(&stack, began);
        stack.send(&message)
    });
    progress.finish();
    // The server has said yes or no by now: a goodbye that fails changes nothing.
    let _ = stack.disconnect();
    match outcome {
        Ok(receipt) => match receipt.into_report::<SendReport>() {
            Some(report) => Ok(done(args, &Report::of(&report, session), &report)),
            None => Err(Failure::Internal("the message was sent without a report".to_owned())),
        },
        Err(error) => Err(failed(args, error, &message, session.stack)),
    }
}

/// The message is the server's now: whoever sends it again, because standard output was full, say,
/// sends it twice.
fn done(args: &SendArgs, whole: &Report, report: &SendReport) -> Status {
    let line = if args.json { whole.json() } else { report.message_id.clone() };
    output::tell(&line);
    for remark in report::remarks(report) {
        output::say(&remark);
    }
    report::status(report)
}

fn failed(args: &SendArgs, error: Error, message: &SmtpMessage, stack: String) -> Failure {
    if args.json {
        output::tell(&Report::of_error(&error, message.id(), stack).json());
    }
    error.into()
}

/// Says who would get what, and writes the message to standard output.
fn dry_run(args: &SendArgs, message: &SmtpMessage, stack: &CommsStack) -> Result<Status, Failure> {
    let envelope = message.envelope();
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
