//! What a reply that is no yes comes to.

use std::fmt::Display;

use comms_core::Error;

use crate::error::SmtpError;
use crate::series::job::{Ending, Failed};
use crate::wire::command::Command;
use crate::wire::reply::Reply;

/// The error that a no makes.
pub(crate) fn no(command: &dyn Display, reply: Reply) -> Error {
    let command = command.to_string();
    if reply.is_transient() || reply.is_permanent() {
        return SmtpError::Refused { command, reply }.into();
    }
    SmtpError::Unexpected { command, reply }.into()
}

/// What a no to MAIL comes to. "452 4.5.3 Too many messages sent" is what OpenSMTPD says once a session
/// has had as many as it may: another session takes more. Without the enhanced code, 452 is about
/// storage (RFC 5321 4.2.3).
pub(crate) fn no_to_mail(mail: &Command<'_>, reply: Reply) -> Ending {
    let too_many = reply.enhanced().is_some_and(|code| code.to_string() == "4.5.3");
    let is_full = too_many && reply.code() == 452;
    let error = no(mail, reply);
    if is_full { Ending::Unbegun(Failed::Full(error)) } else { Ending::Failed(error) }
}

/// The words for "not so many at a time" (RFC 5321 4.5.3.1.10): the rest may be asked for in another
/// transaction. RFC 821 had 552 for it, which is to be taken for the same. A mailbox that is full has
/// the same code, and an enhanced one of its own.
pub(crate) fn is_too_many(reply: &Reply) -> bool {
    let known = |code: &str| matches!(code, "4.5.3" | "5.5.3");
    let is_known = reply.enhanced().is_none_or(|code| known(&code.to_string()));
    matches!(reply.code(), 452 | 552) && is_known
}

/// "Command unrecognized" and its kin (RFC 5321 4.2.3): what followed it was read as commands.
pub(crate) fn knows_no_bdat(reply: &Reply) -> bool {
    matches!(reply.code(), 500 | 502)
}
