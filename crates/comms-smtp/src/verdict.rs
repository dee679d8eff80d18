//! What the server says to the content: once, or in LMTP for each recipient (RFC 2033 4.2).

use comms_core::{Below, ErrorClass, Level, Result, Severity};
use comms_mime::Address;

use crate::dialogue::{Dialogue, Protocol};
use crate::error::SmtpError;
use crate::report::Rejected;
use crate::step::Step;
use crate::wire::reply::Reply;

/// Who gets the message in the end.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The last reply that said yes.
    pub(crate) reply: Reply,
    pub(crate) accepted: Vec<Address>,
    pub(crate) rejected: Vec<Rejected>,
}

/// Hears what becomes of the content for those who were `accepted`. If that does not come, nobody
/// knows whether the message was delivered.
pub(crate) fn hear(
    dialogue: &mut Dialogue,
    accepted: Vec<Address>,
    rejected: Vec<Rejected>,
    below: &mut dyn Below,
) -> Result<Verdict> {
    match dialogue.properties.protocol {
        Protocol::Smtp => {
            let reply = next(dialogue, below)?;
            let reply = dialogue.expect_yes(reply, &COMMAND)?;
            Ok(Verdict { reply, accepted, rejected })
        }
        Protocol::Lmtp => for_each(dialogue, accepted, rejected, below),
    }
}

fn for_each(
    dialogue: &mut Dialogue,
    recipients: Vec<Address>,
    mut rejected: Vec<Rejected>,
    below: &mut dyn Below,
) -> Result<Verdict> {
    let (mut yes, mut accepted) = (None, Vec::new());
    for recipient in recipients {
        let reply = match next(dialogue, below) {
            Ok(reply) => reply,
            // Some have it: to send it again would deliver twice.
            Err(source) if yes.is_some() => return Err(SmtpError::Unknown { source }.into()),
            Err(error) => return Err(error),
        };
        if reply.is_positive() {
            yes = Some(reply);
            accepted.push(recipient);
        } else {
            let warning = format_args!("<{recipient}> was refused: {reply}");
            below.note(Severity::Warn, Level::Production, warning);
            rejected.push(Rejected { recipient, reply });
        }
    }
    match yes {
        Some(reply) => Ok(Verdict { reply, accepted, rejected }),
        None => Err(SmtpError::NoRecipient { rejected }.into()),
    }
}

/// A reply that says yes or no to the content.
fn next(dialogue: &mut Dialogue, below: &mut dyn Below) -> Result<Reply> {
    match dialogue.hear(Step::End, &COMMAND, below) {
        Ok(reply) if reply.is_intermediate() => {
            let source = dialogue.no(reply, &COMMAND);
            Err(SmtpError::Unknown { source }.into())
        }
        Ok(reply) => {
            dialogue.unfinished = false;
            Ok(reply)
        }
        Err(error) if error.class() == ErrorClass::Transient => Err(error),
        Err(source) => Err(SmtpError::Unknown { source }.into()),
    }
}

const COMMAND: &str = "the content";
