//! MAIL and RCPT, each as one call (RFC 5321 3.3).

use std::collections::HashSet;

use comms_core::{Below, Level, Result, Severity};
use comms_mime::Address;

use crate::argument::ArgumentError;
use crate::by_hand::acceptance::Acceptance;
use crate::by_hand::stage::{Reach, Stage};
use crate::dialogue::Dialogue;
use crate::envelope::ReversePath;
use crate::error::SmtpError;
use crate::parameter::free::Parameter;
use crate::plan::parameters::Said;
use crate::plan::planned::narrowed;
use crate::relocation::{FORWARDED, MOVED, path};
use crate::step::Step;
use crate::wire::command::Command;
use crate::wire::reply::Reply;

impl Dialogue {
    /// MAIL: begins a transaction. One that a message left unfinished is ended first.
    pub(crate) fn mail(
        &mut self,
        sender: &ReversePath,
        parameters: &[Parameter],
        below: &mut dyn Below,
    ) -> Result<Reply> {
        self.check_open()?;
        self.stage.check_idle("MAIL")?;
        let asked = parameters.iter().any(|parameter| parameter.keyword() == "SMTPUTF8");
        let reach = if asked { Reach::International } else { Reach::Ascii };
        let sender = match sender {
            ReversePath::Null => ReversePath::Null,
            ReversePath::Address(address) => self.within(reach, address)?.into(),
        };
        let said = said("a parameter of MAIL", parameters, reach)?;
        let command = Command::Mail(&sender, None, said.as_str());
        check_length("a parameter of MAIL", &command)?;
        if self.unfinished {
            self.rset(below)?;
        }
        let reply = self.ask(Step::Mail, &command, below)?;
        let reply = self.expect_yes(reply, &command)?;
        self.stage = Stage::Sender(reach);
        self.unfinished = true;
        self.begun += 1;
        Ok(reply)
    }

    /// RCPT: names a recipient. One that has moved is asked for once, at the address that the server
    /// names, as `follow_relocation` says.
    pub(crate) fn rcpt(
        &mut self,
        recipient: &Address,
        parameters: &[Parameter],
        below: &mut dyn Below,
    ) -> Result<Acceptance> {
        self.check_open()?;
        let reach = self.stage.check_sender()?;
        let recipient = self.within(reach, recipient)?;
        let said = said("a parameter of RCPT", parameters, reach)?;
        let command = Command::Rcpt(&recipient, said.as_str());
        check_length("a parameter of RCPT", &command)?;
        let reply = self.ask(Step::Rcpt, &command, below)?;
        if let Some(new) = self.new_address(&recipient, reach, &reply) {
            let text = format_args!("<{recipient}> has moved: <{new}> is asked for");
            below.note(Severity::Info, Level::Production, text);
            return self.relocated(new, reply, said.as_str(), below);
        }
        let reply = self.expect_yes(reply, &command)?;
        self.accept(recipient);
        Ok(match reply.code() {
            FORWARDED => Acceptance::Forwarded { path: path(&reply), reply },
            _ => Acceptance::Accepted { reply },
        })
    }

    /// Asks for a recipient at its new address, unless that was accepted before.
    fn relocated(
        &mut self,
        new: Address,
        moved: Reply,
        parameters: &str,
        below: &mut dyn Below,
    ) -> Result<Acceptance> {
        if self.stage.accepted().contains(&new) {
            return Ok(Acceptance::Relocated { new, reply: moved });
        }
        let command = Command::Rcpt(&new, parameters);
        let reply = self.ask(Step::Rcpt, &command, below)?;
        let reply = self.expect_yes(reply, &command)?;
        self.accept(new.clone());
        Ok(Acceptance::Relocated { new, reply })
    }

    /// Where a recipient is to be asked for that has moved; none where it has not, or stays refused.
    fn new_address(&self, old: &Address, reach: Reach, reply: &Reply) -> Option<Address> {
        if reply.code() != MOVED || !self.properties.follow_relocation {
            return None;
        }
        let new = self.within(reach, &path(reply)?).ok()?;
        (new != *old).then_some(new)
    }

    fn accept(&mut self, recipient: Address) {
        if self.extensions.limits().rcpt_domain_max.is_some() {
            self.domains.insert(recipient.domain().to_ascii_lowercase());
        }
        self.stage.add(recipient);
    }

    /// The address as this transaction can name it: in ASCII where that is possible.
    fn within(&self, reach: Reach, address: &Address) -> Result<Address, SmtpError> {
        let offered = self.extensions.offers("SMTPUTF8");
        match narrowed(address, offered)? {
            wide if reach == Reach::Ascii && !wide.is_ascii() => {
                Err(SmtpError::NeedsParameter { what: wide.to_string(), parameter: "SMTPUTF8" })
            }
            address => Ok(address),
        }
    }
}

/// Parameters as they stand in a command: each once, and in ASCII unless MAIL asks for more.
fn said(what: &'static str, parameters: &[Parameter], reach: Reach) -> Result<Said, SmtpError> {
    let mut said = Said::default();
    let mut seen = HashSet::new();
    for parameter in parameters {
        if !seen.insert(parameter.keyword()) {
            let source = ArgumentError::Twice(parameter.keyword().to_owned());
            return Err(SmtpError::Argument { what, source });
        }
        if reach == Reach::Ascii && !parameter.is_ascii() {
            let what = parameter.to_string();
            return Err(SmtpError::NeedsParameter { what, parameter: "SMTPUTF8" });
        }
        said.word(parameter);
    }
    Ok(said)
}

/// A server reads a longer line as several, or not at all.
fn check_length(what: &'static str, command: &Command<'_>) -> Result<(), SmtpError> {
    let octets = command.line().len();
    if octets <= LONGEST_LINE {
        return Ok(());
    }
    let source = ArgumentError::LongCommand { octets, longest: LONGEST_LINE };
    Err(SmtpError::Argument { what, source })
}

/// Octets of MAIL or RCPT. RFC 5321 4.5.3.1.4 has 512, which extensions make longer: `AUTH=`, the
/// longest of them, by 500 (RFC 4954 3).
const LONGEST_LINE: usize = 1536;
