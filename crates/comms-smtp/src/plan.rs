//! How a message will be sent to this server: settled, and refused if it must be, before MAIL.

use std::collections::HashSet;

use comms_core::{Below, Level, Severity, Width};
use comms_mime::{Address, Transfer};

use crate::dialogue::{Dialogue, Protocol};
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
    /// Recipients that have to wait for another transaction.
    pub(crate) rest: Vec<Address>,
    pub(crate) transfer: Transfer,
    pub(crate) way: Way,
    /// All recipients are accepted, or nobody gets it.
    pub(crate) strict: bool,
    pub(crate) lmtp: bool,
    parameters: MailParameters,
    rcpt_parameters: String,
}

impl Plan {
    /// The plan for `recipients`, or all of the message's.
    pub(crate) fn of(
        message: &SmtpMessage,
        recipients: Option<&[Address]>,
        dialogue: &Dialogue,
        below: &dyn Below,
    ) -> Result<Self, SmtpError> {
        let server = &*dialogue.extensions;
        let properties = &dialogue.properties;
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
        let asked = recipients.unwrap_or(&envelope.recipients);
        let mut recipients = asked.iter().map(narrow).collect::<Result<Vec<_>, _>>()?;
        name_each_once(&mut recipients);
        let rest = beyond_limits(&mut recipients, server);
        if properties.strict && !rest.is_empty() {
            return Err(SmtpError::TooManyRecipients { limit: recipients.len() });
        }
        let (transfer, eight_bit) = transfer(message, dialogue, below)?;
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
        let way = Way::of(dialogue, transfer, size);
        Ok(Self {
            rest,
            way,
            strict: properties.strict,
            lmtp: properties.protocol == Protocol::Lmtp,
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

    /// Announces what turned out to be the exact size.
    pub(crate) fn announce(&mut self, octets: u64) {
        if let Some(size) = &mut self.parameters.size {
            *size = octets;
        }
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

/// Two forms of a domain may have become one.
fn name_each_once(recipients: &mut Vec<Address>) {
    if recipients.len() > 1 {
        let mut seen = HashSet::new();
        recipients.retain(|address| seen.insert(address.clone()));
    }
}

/// Takes out those that the server does not take in one transaction (RFC 9422), and gives them.
fn beyond_limits(recipients: &mut Vec<Address>, server: &Extensions) -> Vec<Address> {
    let limit = |most: Option<u64>| most.and_then(|most| usize::try_from(most).ok());
    let (most, domains) = (limit(server.recipient_limit()), limit(server.domain_limit()));
    if most.is_none() && domains.is_none() {
        return Vec::new();
    }
    let mut seen = HashSet::new();
    let (mut taken, mut rest) = (Vec::new(), Vec::new());
    for recipient in recipients.drain(..) {
        let domain = recipient.domain().to_ascii_lowercase();
        let fits = most.is_none_or(|most| taken.len() < most)
            && (seen.contains(&domain) || domains.is_none_or(|most| seen.len() < most));
        if fits {
            seen.insert(domain);
            taken.push(recipient);
        } else {
            rest.push(recipient);
        }
    }
    *recipients = taken;
    rest
}

/// What the path takes, and whether MAIL has to announce eight bits (RFC 6152).
fn transfer(
    message: &SmtpMessage,
    dialogue: &Dialogue,
    below: &dyn Below,
) -> Result<(Transfer, bool), SmtpError> {
    let server = &dialogue.extensions;
    let is_wide = below.width() == Width::EightBit;
    let offered = server.offers("8BITMIME") && is_wide;
    let bare = dialogue.properties.binary && dialogue.chunks() && server.offers("BINARYMIME");
    let path = match message.content() {
        MessageContent::Composed(message)
            if bare && is_wide && message.written_as(Transfer::Binary) == Transfer::Binary =>
        {
            return Ok((Transfer::Binary, false));
        }
        _ if offered => Transfer::EightBit,
        _ => Transfer::SevenBit,
    };
    let eight_bit = match message.content() {
        MessageContent::Composed(message) => message.is_eight_bit(path),
        MessageContent::Raw(message) => message.is_eight_bit().unwrap_or(true),
    };
    if eight_bit && !is_wide {
        return Err(SmtpError::SevenBit);
    }
    if eight_bit && !offered {
        let what = format_args!("the server has no 8BITMIME: the raw message is sent as it is");
        below.note(Severity::Warn, Level::Production, what);
    }
    Ok((path, eight_bit && offered))
}

/// The way that a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Commands and content together, by BDAT: one round trip.
    AtOnce,
    /// Commands, and then the content by BDAT: all at once would send much for nothing if nobody is
    /// accepted, and in LMTP the replies could not be counted.
    Chunks,
    /// Commands, 354, and then the content.
    Data,
}

impl Way {
    fn of(dialogue: &Dialogue, transfer: Transfer, size: Option<u64>) -> Self {
        let properties = &dialogue.properties;
        let small = size.is_some_and(|size| size <= SMALL);
        let one_verdict = properties.protocol == Protocol::Smtp && !properties.strict;
        match transfer {
            _ if !dialogue.chunks() => Self::Data,
            _ if small && one_verdict && dialogue.pipelines() => Self::AtOnce,
            Transfer::Binary => Self::Chunks,
            _ if small => Self::Chunks,
            // Nothing is gained by chunks where the transfer takes longer than a round trip.
            _ => Self::Data,
        }
    }
}

/// Octets that are sent before it is known whether anybody gets them.
const SMALL: u64 = 64 * 1024;
