//! How far a transaction has come that is made by hand: command by command.

use comms_mime::Address;

use crate::by_hand::misplaced::Misplaced;
use crate::error::SmtpError;

/// The place in a transaction that is made by hand (RFC 5321 4.1.4).
///
/// ```text
///          MAIL              RCPT accepted
///  Idle ---------> Sender ------------------> Recipients --+
///   ^                |                         |  ^        | RCPT
///   +----------------+-------------------------+  +--------+
///      RSET, HELO, STARTTLS, the content, a message sent
/// ```
#[derive(Debug, Default)]
pub(crate) enum Stage {
    /// No transaction.
    #[default]
    Idle,
    /// The sender was accepted.
    Sender(Reach),
    /// So were these recipients, in this order.
    Recipients(Reach, Vec<Address>),
}

/// What addresses a transaction may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Ascii,
    /// MAIL asked for SMTPUTF8 (RFC 6531).
    International,
}

impl Stage {
    /// Whether `command` may be said, which has no place in a transaction.
    pub(crate) fn check_idle(&self, command: &'static str) -> Result<(), SmtpError> {
        match self {
            Self::Idle => Ok(()),
            Self::Sender(_) | Self::Recipients(..) => {
                Err(SmtpError::OutOfOrder { command, why: Misplaced::InTransaction })
            }
        }
    }

    /// What addresses RCPT may name.
    pub(crate) fn check_sender(&self) -> Result<Reach, SmtpError> {
        match self {
            Self::Idle => {
                Err(SmtpError::OutOfOrder { command: "RCPT", why: Misplaced::BeforeMail })
            }
            Self::Sender(reach) | Self::Recipients(reach, _) => Ok(*reach),
        }
    }

    /// Who gets the content.
    pub(crate) fn check_recipients(&self) -> Result<&[Address], SmtpError> {
        let why = match self {
            Self::Idle => Misplaced::BeforeMail,
            Self::Sender(_) => Misplaced::BeforeRcpt,
            Self::Recipients(_, accepted) => return Ok(accepted),
        };
        Err(SmtpError::OutOfOrder { command: "DATA", why })
    }

    /// The recipients that were accepted so far.
    pub(crate) fn accepted(&self) -> &[Address] {
        match self {
            Self::Idle | Self::Sender(_) => &[],
            Self::Recipients(_, accepted) => accepted,
        }
    }

    /// Another recipient was accepted.
    pub(crate) fn add(&mut self, recipient: Address) {
        match self {
            Self::Idle => {}
            Self::Sender(reach) => *self = Self::Recipients(*reach, vec![recipient]),
            Self::Recipients(_, accepted) => accepted.push(recipient),
        }
    }

    /// Ends the transaction; gives the recipients that were accepted.
    pub(crate) fn end(&mut self) -> Vec<Address> {
        match std::mem::take(self) {
            Self::Idle | Self::Sender(_) => Vec::new(),
            Self::Recipients(_, accepted) => accepted,
        }
    }
}
