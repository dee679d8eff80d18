//! How a message will be sent to this server: settled, and refused if it must be, before MAIL.

pub(crate) mod free;
pub(crate) mod limits;
pub(crate) mod parameters;
pub(crate) mod planned;
pub(crate) mod way;

use std::collections::HashSet;

use comms_core::{Below, Level, Severity, Width};
use comms_mime::Transfer;

use crate::dialogue::{Dialogue, Protocol};
use crate::envelope::{Envelope, Recipient, ReversePath};
use crate::error::SmtpError;
use crate::extensions::Extensions;
use crate::message::{MessageContent, SmtpMessage};
use crate::parameter::body::BodyType;
use crate::parameter::free::Parameter;
use crate::parameter::size::Size;
use crate::plan::free::check;
use crate::plan::limits::beyond;
use crate::plan::parameters::{Said, of_mail};
use crate::plan::planned::{PlannedRecipient, narrowed};
use crate::plan::way::Way;
use crate::wire::command::Command;

/// What the commands of one transaction say.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) recipients: Vec<PlannedRecipient>,
    /// Recipients that have to wait for another transaction.
    pub(crate) rest: Vec<Recipient>,
    pub(crate) transfer: Transfer,
    pub(crate) way: Way,
    /// All recipients are accepted, or nobody gets it.
    pub(crate) strict: bool,
    pub(crate) lmtp: bool,
    /// The server takes addresses beyond ASCII.
    pub(crate) international: bool,
    sender: ReversePath,
    /// The size that MAIL tells, where it does.
    size: Option<Size>,
    parameters: Said,
}

impl Plan {
    /// The plan for `asked`, or for all recipients of the message.
    pub(crate) fn of(
        message: &SmtpMessage,
        asked: Option<&[Recipient]>,
        dialogue: &Dialogue,
        below: &dyn Below,
    ) -> Result<Self, SmtpError> {
        let (server, properties) = (&*dialogue.extensions, &dialogue.properties);
        let envelope = message.envelope();
        if envelope.recipients.is_empty() {
            return Err(SmtpError::NoRecipients);
        }
        let international = server.offers("SMTPUTF8");
        let sender = match &envelope.sender {
            ReversePath::Null => ReversePath::Null,
            ReversePath::Address(address) => narrowed(address, international)?.into(),
        };
        let asked = asked.unwrap_or(&envelope.recipients);
        let mut recipients = recipients(asked, envelope, server)?;
        let rest = beyond(&mut recipients, dialogue);
        if properties.strict && !rest.is_empty() {
            return Err(SmtpError::TooManyRecipients { limit: recipients.len() });
        }
        let (transfer, body) = transfer(message, dialogue, below)?;
        let size = message.encoded_len(transfer);
        if let (Some(size), Some(limit)) = (size, server.size_limit())
            && size > limit
        {
            return Err(SmtpError::TooLarge { size, limit });
        }
        if !international && let Some(address) = message.international_address() {
            return Err(SmtpError::NeedsSmtpUtf8 { address: address.clone() });
        }
        if !envelope.parameters.is_empty() {
            let bare = Command::Mail(&sender, None, "").line().len();
            check("a parameter of MAIL", bare, &envelope.parameters, server)?;
        }
        let mut parameters = Said::default();
        parameters.value("BODY", body);
        if international && is_international(message, &sender, &recipients) {
            parameters.word("SMTPUTF8");
        }
        of_mail(&mut parameters, envelope, server, below)?;
        let octets = envelope_octets(&recipients);
        Ok(Self {
            recipients,
            rest,
            transfer,
            way: Way::of(dialogue, transfer, size, octets),
            strict: properties.strict,
            lmtp: properties.protocol == Protocol::Lmtp,
            international,
            sender,
            size: size.filter(|_| server.offers("SIZE")).map(Size),
            parameters,
        })
    }

    /// Announces what turned out to be the exact size.
    pub(crate) fn announce(&mut self, octets: u64) {
        if let Some(size) = &mut self.size {
            *size = Size(octets);
        }
    }

    /// Octets of all commands before the content.
    pub(crate) fn octets(&self) -> usize {
        envelope_octets(&self.recipients)
    }

    pub(crate) fn mail(&self) -> Command<'_> {
        Command::Mail(&self.sender, self.size, self.parameters.as_str())
    }
}

/// Octets of RSET, MAIL, a RCPT for each, and BDAT; about.
fn envelope_octets(recipients: &[PlannedRecipient]) -> usize {
    OTHERS + recipients.iter().map(PlannedRecipient::octets).sum::<usize>()
}

/// Octets of RSET, MAIL and BDAT as they mostly are.
const OTHERS: usize = 80;

/// The recipients, each once: two forms of a domain may have become one.
fn recipients(
    asked: &[Recipient],
    envelope: &Envelope,
    server: &Extensions,
) -> Result<Vec<PlannedRecipient>, SmtpError> {
    let planned = asked.iter().map(|one| PlannedRecipient::of(one, envelope, server));
    let mut planned = planned.collect::<Result<Vec<_>, _>>()?;
    if planned.len() > 1 {
        let mut seen = HashSet::new();
        planned.retain(|one| seen.insert(one.recipient.address.clone()));
    }
    Ok(planned)
}

/// Whether anything of the transaction goes beyond ASCII where only SMTPUTF8 lets it.
fn is_international(
    message: &SmtpMessage,
    sender: &ReversePath,
    recipients: &[PlannedRecipient],
) -> bool {
    let is_wide = |one: &Parameter| !one.is_ascii();
    let envelope = message.envelope();
    matches!(sender, ReversePath::Address(address) if !address.is_ascii())
        || recipients.iter().any(PlannedRecipient::is_international)
        || envelope.parameters.iter().any(is_wide)
        || message.has_international_header()
}

/// What the path takes, and what MAIL has to announce of the octets (RFC 6152, RFC 3030).
fn transfer(
    message: &SmtpMessage,
    dialogue: &Dialogue,
    below: &dyn Below,
) -> Result<(Transfer, Option<BodyType>), SmtpError> {
    let server = &dialogue.extensions;
    let is_wide = below.width() == Width::EightBit;
    let bare = dialogue.properties.binary && dialogue.chunks() && server.offers("BINARYMIME");
    if is_wide
        && bare
        && let MessageContent::Composed(message) = message.content()
        && message.written_as(Transfer::Binary) == Transfer::Binary
    {
        return Ok((Transfer::Binary, Some(BodyType::BinaryMime)));
    }
    let offered = server.offers("8BITMIME") && is_wide;
    let path = if offered { Transfer::EightBit } else { Transfer::SevenBit };
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
    Ok((path, (eight_bit && offered).then_some(BodyType::EightBitMime)))
}
