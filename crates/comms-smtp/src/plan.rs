//! How a message will be sent to this server: settled, and refused if it must be, before MAIL.

use std::collections::HashSet;

use comms_core::{Below, Level, Severity, Width};
use comms_mime::{Address, Transfer};

use crate::envelope::ReversePath;
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::message::{MessageContent, SmtpMessage};
use crate::wire::command::{Command, MailParameters};

/// What the commands of one transaction say.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) sender: ReversePath,
    pub(crate) recipients: Vec<Address>,
    pub(crate) transfer: Transfer,
    parameters: MailParameters,
    rcpt_parameters: String,
}

impl Plan {
    pub(crate) fn of(
        message: &SmtpMessage,
        server: &Extensions,
        below: &dyn Below,
    ) -> Result<Self, SmtpError> {
        let envelope = message.envelope();
        if envelope.recipients.is_empty() {
            return Err(SmtpError::NoRecipients);
        }
        let international = server.offers("SMTPUTF8");
        let narrow = |address: &Address| narrowed(address, international);
        let sender = match &envelope.sender {
            ReversePath::Null => ReversePath::Null,
            ReversePath::Address(address) => narrow(address)?.into(),
        };
        let mut recipients =
            envelope.recipients.iter().map(narrow).collect::<Result<Vec<_>, _>>()?;
        // Two forms of a domain may have become one.
        let mut seen = HashSet::new();
        recipients.retain(|address| seen.insert(address.clone()));
        let (transfer, eight_bit) = transfer(message, server, below)?;
        let size = message.encoded_len(transfer);
        if let (Some(size), Some(limit)) = (size, server.size_limit())
            && size > limit
        {
            return Err(SmtpError::TooLarge { size, limit });
        }
        if !international && let Some(address) = message.international_address() {
            return Err(SmtpError::NeedsSmtpUtf8 { address: address.clone() });
        }
        let wide = |address: &Address| !address.is_ascii();
        let wide_sender = matches!(&sender, ReversePath::Address(address) if wide(address));
        let wide_header = message.has_international_header();
        let notifies = server.offers("DSN");
        if envelope.asks_for_notification() && !notifies {
            let what = format_args!("the server has no DSN: nothing is asked about delivery");
            below.note(Severity::Warn, Level::Production, what);
        }
        Ok(Self {
            parameters: MailParameters {
                size: size.filter(|_| server.offers("SIZE")),
                eight_bit,
                smtputf8: international
                    && (wide_header || wide_sender || recipients.iter().any(wide)),
                notification: if notifies { envelope.mail_parameters() } else { String::new() },
            },
            rcpt_parameters: if notifies { envelope.rcpt_parameters() } else { String::new() },
            sender,
            recipients,
            transfer,
        })
    }

    pub(crate) fn mail(&self) -> Command<'_> {
        Command::Mail(&self.sender, self.parameters.clone())
    }

    pub(crate) fn rcpt<'s>(&'s self, recipient: &'s Address) -> Command<'s> {
        Command::Rcpt(recipient, self.rcpt_parameters.clone())
    }
}

/// The address as this server can take it: in ASCII where that is possible.
fn narrowed(address: &Address, international: bool) -> Result<Address, SmtpError> {
    if address.is_ascii() {
        return Ok(address.clone());
    }
    match address.to_ascii() {
        Some(ascii) => Ok(ascii),
        None if international => Ok(address.clone()),
        None => Err(SmtpError::NeedsSmtpUtf8 { address: address.clone() }),
    }
}

/// What the path takes, and whether MAIL has to announce eight bits (RFC 6152).
fn transfer(
    message: &SmtpMessage,
    server: &Extensions,
    below: &dyn Below,
) -> Result<(Transfer, bool), SmtpError> {
    let offered = server.offers("8BITMIME") && below.width() == Width::EightBit;
    let path = if offered { Transfer::EightBit } else { Transfer::SevenBit };
    let eight_bit = match message.content() {
        MessageContent::Composed(message) => message.is_eight_bit(path),
        MessageContent::Raw(message) => message.is_eight_bit().unwrap_or(true),
    };
    if eight_bit && below.width() == Width::SevenBit {
        return Err(SmtpError::SevenBit);
    }
    if eight_bit && !offered {
        let what = format_args!("the server has no 8BITMIME: the raw message is sent as it is");
        below.note(Severity::Warn, Level::Production, what);
    }
    Ok((path, eight_bit && offered))
}
