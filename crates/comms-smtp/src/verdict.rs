//! What a reply that is no yes comes to.

use std::fmt::Display;

use comms_core::Error;

use crate::error::SmtpError;
use crate::wire::reply::Reply;

/// The error that a no makes.
pub(crate) fn no(command: &dyn Display, reply: Reply) -> Error {
    let command = command.to_string();
    if reply.is_transient() || reply.is_permanent() {
        return SmtpError::Refused { command, reply }.into();
    }
    SmtpError::Unexpected { command, reply }.into()
}

/// The words for "not so many at a time" (RFC 5321 4.5.3.1.10): the rest may be asked for in another
/// transaction. A mailbox that is full has the same code, and an enhanced one of its own.
pub(crate) fn is_too_many(reply: &Reply) -> bool {
    let known = reply.enhanced().is_none_or(|code| code.to_string() == "4.5.3");
    reply.code() == 452 && known
}

/// "Command unrecognized" and its kin (RFC 5321 4.2.3): what followed it was read as commands.
pub(crate) fn knows_no_bdat(reply: &Reply) -> bool {
    matches!(reply.code(), 500 | 502)
}
