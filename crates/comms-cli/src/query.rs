//! `comms noop`, `vrfy`, `expn` and `help`: one question, and the server's answer.

use comms::{CommsStack, Result as StackResult, SmtpStack};

use crate::args::question::{NamedQueryArgs, QueryArgs};
use crate::args::server::ServerArgs;
use crate::channel;
use crate::failure::{Failure, Status};
use crate::output;

pub(crate) fn noop(server: &ServerArgs) -> Result<Status, Failure> {
    ask(server, |stack| Ok(vec![stack.smtp()?.noop()?.to_string()]))
}

pub(crate) fn vrfy(args: &NamedQueryArgs) -> Result<Status, Failure> {
    ask(&args.server, |stack| Ok(vec![stack.smtp()?.vrfy(&args.argument)?.to_string()]))
}

pub(crate) fn expn(args: &NamedQueryArgs) -> Result<Status, Failure> {
    ask(&args.server, |stack| {
        let members = stack.smtp()?.expn(&args.argument)?;
        Ok(members.unwrap_or_else(|| vec!["the server does not tell".to_owned()]))
    })
}

pub(crate) fn help(args: &QueryArgs) -> Result<Status, Failure> {
    ask(&args.server, |stack| stack.smtp()?.help(args.argument.as_deref()))
}

/// Connects, asks, and prints the answer, in which control characters are harmless already.
fn ask(
    server: &ServerArgs,
    question: impl FnOnce(&mut CommsStack) -> StackResult<Vec<String>>,
) -> Result<Status, Failure> {
    let mut stack = channel::open(server)?;
    let answer = stack.connect().and_then(|()| question(&mut stack));
    let _ = stack.disconnect();
    for line in answer? {
        output::print(&line)?;
    }
    Ok(Status::Done)
}
