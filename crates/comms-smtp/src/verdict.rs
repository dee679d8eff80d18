//! What the server says to the content: once, or in LMTP for each recipient (RFC 2033 4.2).

use comms_core::{Below, Error, Level, Result, Severity};
use comms_mime::Address;

use crate::dialogue::{Dialogue, Protocol};
use crate::error::SmtpError;
use crate::report::Rejected;
use crate::step::Step;
use crate::wire::reply::Reply;

/// Who gets the message, and who does not, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    pub(crate) accepted: Vec<Address>,
    pub(crate) rejected: Vec<Rejected>,
}

/// Hears what becomes of the content for those who were accepted, and gives the last reply that
/// said yes. If that does not come, nobody knows whether the message was delivered.
pub(crate) fn hear(
    dialogue: &mut Dialogue,
    fates: &mut Fates,
    below: &mut dyn Below,
) -> Result<Reply> {
    if dialogue.properties.protocol == Protocol::Lmtp {
        return for_each(dialogue, fates, below);
    }
    match next(dialogue, below) {
        Ok(reply) if reply.is_positive() => Ok(reply),
        Ok(reply) => Err(refused(reply, fates)),
        Err(source) => Err(unknown(source, fates)),
    }
}

/// The server refused the content, for all who were accepted.
pub(crate) fn refused(reply: Reply, fates: &mut Fates) -> Error {
    let rejected = std::mem::take(&mut fates.rejected);
    SmtpError::ContentRefused { reply, rejected }.into()
}

fn unknown(source: Error, fates: &mut Fates) -> Error {
    let Fates { accepted, rejected } = std::mem::take(fates);
    SmtpError::Unknown { accepted, rejected, source }.into()
}

fn for_each(dialogue: &mut Dialogue, fates: &mut Fates, below: &mut dyn Below) -> Result<Reply> {
    let mut yes = None;
    for recipient in std::mem::take(&mut fates.accepted) {
        let reply = match next(dialogue, below) {
            Ok(reply) => reply,
            Err(source) => return Err(unknown(source, fates)),
        };
        if reply.is_positive() {
            yes = Some(reply);
            fates.accepted.push(recipient);
        } else {
            let warning = format_args!("<{recipient}> was refused: {reply}");
            below.note(Severity::Warn, Level::Production, warning);
            fates.rejected.push(Rejected::new(recipient, &reply));
        }
    }
    yes.ok_or_else(|| {
        SmtpError::NoRecipient { rejected: std::mem::take(&mut fates.rejected) }.into()
    })
}

/// A reply that says yes or no to the content; an error leaves it open.
fn next(dialogue: &mut Dialogue, below: &mut dyn Below) -> Result<Reply> {
    let reply = dialogue.hear_even_a_farewell(Step::End, &COMMAND, below)?;
    if reply.is_intermediate() {
        return Err(dialogue.no(reply, &COMMAND));
    }
    dialogue.unfinished = false;
    Ok(reply)
}

const COMMAND: &str = "the content";
