//! What the parameters of MAIL and RCPT mean to the server.

use std::str::FromStr;

use comms_core::Below;
use comms_mime::Address;

use crate::envelope::{Envelope, Recipient, ReversePath};
use crate::parameter::body::BodyType;
use crate::parameter::error::ParameterError;
use crate::parameter::free::Parameter;
use crate::parameter::hold::Hold;
use crate::parameter::size::Size;
use crate::server::keyword::Keyword;
use crate::server::module::SmtpServer;

/// What MAIL says.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) envelope: Envelope,
    pub(crate) size: Option<Size>,
    pub(crate) body: Option<BodyType>,
    /// Addresses may go beyond ASCII.
    pub(crate) smtputf8: bool,
}

/// Why the parameters of a command are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// One is not known, or belongs to an extension that is not offered.
    Unknown,
    /// One has a value that it cannot have, or stands there twice.
    Wrong,
    /// An address goes beyond ASCII, and SMTPUTF8 was not said.
    BeyondAscii,
}

impl SmtpServer {
    /// What MAIL says by its parameters.
    pub(crate) fn terms(
        &self,
        sender: ReversePath,
        parameters: &[Parameter],
        below: &dyn Below,
    ) -> Result<Terms, Refusal> {
        let envelope = Envelope::new(sender, Vec::<Recipient>::new());
        let mut terms = Terms { envelope, size: None, body: None, smtputf8: false };
        for (at, parameter) in parameters.iter().enumerate() {
            if is_again(parameter, parameters.get(..at).unwrap_or_default()) {
                return Err(Refusal::Wrong);
            }
            let keyword = match parameter.keyword() {
                "BODY" => terms.read_body(parameter)?,
                word => extension_of_mail(word),
            };
            match keyword {
                Some(keyword) if self.offers(keyword, below) => terms.read(parameter)?,
                None if self.pretends(parameter.keyword()) => {
                    terms.envelope.parameters.push(parameter.clone());
                }
                _ => return Err(Refusal::Unknown),
            }
        }
        let is_ascii = match &terms.envelope.sender {
            ReversePath::Null => true,
            ReversePath::Address(address) => address.is_ascii(),
        };
        if is_ascii || terms.smtputf8 { Ok(terms) } else { Err(Refusal::BeyondAscii) }
    }

    /// What RCPT says by its parameters.
    pub(crate) fn recipient(
        &self,
        address: Address,
        parameters: &[Parameter],
        smtputf8: bool,
        below: &dyn Below,
    ) -> Result<Recipient, Refusal> {
        if !address.is_ascii() && !smtputf8 {
            return Err(Refusal::BeyondAscii);
        }
        let mut recipient = Recipient::new(address);
        for (at, parameter) in parameters.iter().enumerate() {
            if is_again(parameter, parameters.get(..at).unwrap_or_default()) {
                return Err(Refusal::Wrong);
            }
            match parameter.keyword() {
                "NOTIFY" if self.offers(Keyword::Dsn, below) => {
                    recipient.notify = Some(value(parameter)?);
                }
                "ORCPT" if self.offers(Keyword::Dsn, below) => {
                    recipient.orcpt = Some(value(parameter)?);
                }
                "NOTIFY" | "ORCPT" => return Err(Refusal::Unknown),
                word if self.pretends(word) => recipient.parameters.push(parameter.clone()),
                _ => return Err(Refusal::Unknown),
            }
        }
        Ok(recipient)
    }
}

impl Terms {
    /// The extension that the declared kind of content belongs to.
    fn read_body(&mut self, parameter: &Parameter) -> Result<Option<Keyword>, Refusal> {
        let body = value(parameter)?;
        self.body = Some(body);
        Ok(Some(match body {
            BodyType::BinaryMime => Keyword::BinaryMime,
            _ => Keyword::EightBitMime,
        }))
    }

    /// Takes a parameter of an extension that is offered.
    fn read(&mut self, parameter: &Parameter) -> Result<(), Refusal> {
        let envelope = &mut self.envelope;
        match parameter.keyword() {
            "SIZE" => self.size = Some(value(parameter)?),
            "SMTPUTF8" => self.smtputf8 = is_bare(parameter)?,
            "REQUIRETLS" => envelope.require_tls = is_bare(parameter)?,
            "RET" => envelope.ret = Some(value(parameter)?),
            "ENVID" => envelope.envid = Some(value(parameter)?),
            "MT-PRIORITY" => envelope.priority = Some(value(parameter)?),
            "BY" => envelope.deliver_by = Some(value(parameter)?),
            "AUTH" => envelope.auth = Some(value(parameter)?),
            "HOLDFOR" | "HOLDUNTIL" if envelope.hold.is_some() => return Err(Refusal::Wrong),
            "HOLDFOR" => envelope.hold = Some(Hold::For(value(parameter)?)),
            "HOLDUNTIL" => envelope.hold = Some(Hold::Until(value(parameter)?)),
            _ => {}
        }
        Ok(())
    }
}

/// The extension that a parameter of MAIL belongs to.
fn extension_of_mail(word: &str) -> Option<Keyword> {
    Some(match word {
        "SIZE" => Keyword::Size,
        "SMTPUTF8" => Keyword::SmtpUtf8,
        "REQUIRETLS" => Keyword::RequireTls,
        "RET" | "ENVID" => Keyword::Dsn,
        "MT-PRIORITY" => Keyword::MtPriority,
        "BY" => Keyword::DeliverBy,
        "HOLDFOR" | "HOLDUNTIL" => Keyword::FutureRelease,
        "AUTH" => Keyword::Auth,
        _ => return None,
    })
}

fn is_again(parameter: &Parameter, before: &[Parameter]) -> bool {
    before.iter().any(|one| one.keyword() == parameter.keyword())
}

/// The value as the type of its parameter.
fn value<T: FromStr<Err = ParameterError>>(parameter: &Parameter) -> Result<T, Refusal> {
    parameter.value().and_then(|value| value.parse().ok()).ok_or(Refusal::Wrong)
}

/// True; a parameter that takes no value has none.
fn is_bare(parameter: &Parameter) -> Result<bool, Refusal> {
    if parameter.value().is_none() { Ok(true) } else { Err(Refusal::Wrong) }
}
