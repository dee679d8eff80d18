//! `comms noop`, `vrfy`, `expn` and `help`: one question, and the server's answer.

use std::time::Instant;

use comms::{CommsStack, Result as StackResult, SmtpStack};
use serde::Serialize;

use crate::args::question::{NamedQueryArgs, NoopArgs, QueryArgs};
use crate::args::server::ServerArgs;
use crate::channel;
use crate::failure::{Failure, Status};
use crate::output;
use crate::session::Session;
use crate::told::Form;

pub(crate) fn noop(args: &NoopArgs) -> Result<Status, Failure> {
    ask(&args.server, form(args.json), |stack| Ok(vec![stack.smtp()?.noop()?.to_string()]))
}

pub(crate) fn vrfy(args: &NamedQueryArgs) -> Result<Status, Failure> {
    let who = &args.argument;
    ask(&args.server, form(args.json), |stack| Ok(vec![stack.smtp()?.vrfy(who)?.to_string()]))
}

pub(crate) fn expn(args: &NamedQueryArgs) -> Result<Status, Failure> {
    ask(&args.server, form(args.json), |stack| {
        let members = stack.smtp()?.expn(&args.argument)?;
        Ok(members.unwrap_or_else(|| vec!["the server does not tell".to_owned()]))
    })
}

pub(crate) fn help(args: &QueryArgs) -> Result<Status, Failure> {
    let topic = args.argument.as_deref();
    ask(&args.server, form(args.json), |stack| stack.smtp()?.help(topic))
}

fn form(is_json: bool) -> Form {
    if is_json { Form::Json } else { Form::Fields }
}

/// The object that `--json` prints.
#[derive(Serialize)]
struct Answered {
    answer: Vec<String>,
    tls: Option<String>,
    stack: String,
    /// Nothing: what goes wrong has an object of its own.
    error: Option<()>,
}

/// Connects, asks, and prints the answer, in which control characters are harmless already.
fn ask(
    server: &ServerArgs,
    form: Form,
    question: impl FnOnce(&mut CommsStack) -> StackResult<Vec<String>>,
) -> Result<Status, Failure> {
    let mut stack = channel::open(server)?;
    let began = Instant::now();
    let mut session = Session::default();
    let answer = stack.connect().and_then(|()| {
        session = Session::open(&stack, began);
        question(&mut stack)
    });
    let _ = stack.disconnect();
    let answer = answer?;
    if form == Form::Json {
        let whole = Answered { answer, tls: session.tls, stack: session.stack, error: None };
        output::print(&serde_json::to_string(&whole).unwrap_or_default())?;
        return Ok(Status::Done);
    }
    for line in answer {
        output::print(&line)?;
    }
    Ok(Status::Done)
}
