//! A recipient as a server is asked for it.

use comms_mime::Address;

use crate::envelope::{Envelope, Recipient};
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::plan::free::check;
use crate::plan::parameters::{Said, of_rcpt};
use crate::wire::command::Command;

/// A recipient as this server is asked for it.
#[derive(Debug)]
pub(crate) struct PlannedRecipient {
    /// The recipient, its address in ASCII where that is possible.
    pub(crate) recipient: Recipient,
    parameters: Said,
}

impl PlannedRecipient {
    /// How `recipient` of `envelope` is asked for.
    pub(crate) fn of(
        recipient: &Recipient,
        envelope: &Envelope,
        server: &Extensions,
    ) -> Result<Self, SmtpError> {
        let address = narrowed(&recipient.address, server.offers("SMTPUTF8"))?;
        if !recipient.parameters.is_empty() {
            let bare = Command::Rcpt(&address, "").line().len();
            check("a parameter of RCPT", bare, &recipient.parameters, server)?;
        }
        let parameters = of_rcpt(recipient, envelope, server);
        let recipient = Recipient { address, ..recipient.clone() };
        Ok(Self { recipient, parameters })
    }

    pub(crate) fn rcpt(&self) -> Command<'_> {
        Command::Rcpt(&self.recipient.address, self.parameters.as_str())
    }

    /// Octets of the command, or a few more.
    pub(crate) fn octets(&self) -> usize {
        let address = &self.recipient.address;
        let path = address.local_part().len() + address.domain().len();
        path + self.parameters.as_str().len() + AROUND
    }

    /// Whether only SMTPUTF8 lets it be asked for.
    pub(crate) fn is_international(&self) -> bool {
        !self.recipient.address.is_ascii() || !self.parameters.as_str().is_ascii()
    }
}

/// `RCPT TO:<`, the at-sign, perhaps quotes, `>` and the end of the line.
const AROUND: usize = 15;

/// The address as this server can take it: in ASCII where that is possible.
pub(crate) fn narrowed(address: &Address, international: bool) -> Result<Address, SmtpError> {
    if address.is_ascii() {
        return Ok(address.clone());
    }
    match address.to_ascii() {
        Some(ascii) => Ok(ascii),
        None if international => Ok(address.clone()),
        None => Err(SmtpError::NeedsSmtpUtf8 { address: address.clone() }),
    }
}
