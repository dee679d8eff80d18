//! One message after another: MAIL, RCPT and DATA (RFC 5321 3.3).

use comms_core::{Below, Result};
use comms_mime::Address;

use crate::envelope::{Envelope, ReversePath};
use crate::server::arriving::{Arriving, Content, Trouble};
use crate::server::content::{End, receive_to_dot};
use crate::server::module::SmtpServer;
use crate::server::stage::{Chunks, Next, Stage, Transaction};
use crate::wire::request::MailRequest;

impl SmtpServer {
    pub(crate) fn mail(
        &mut self,
        sender: ReversePath,
        parameters: &MailRequest,
        below: &mut dyn Below,
    ) -> Result<Next> {
        let limit = self.properties.size_limit.unwrap_or(u64::MAX);
        match self.stage {
            Stage::Start => return self.mistake(503, "5.5.1 greet first", below),
            _ if self.properties.require_auth && self.user.is_none() => {
                return self.mistake(530, "5.7.0 authenticate first", below);
            }
            Stage::Envelope(_) => return self.mistake(503, "5.5.1 a message is under way", below),
            Stage::Greeted | Stage::Refused => self.stage = Stage::Refused,
        }
        if parameters.size.is_some_and(|size| size > limit) {
            return self.refuse(&Trouble::TooLarge, below);
        }
        let content = if parameters.binary { Content::Octets } else { Content::Lines };
        self.stage =
            Stage::Envelope(Transaction::new(Envelope::new(sender, [] as [Address; 0]), content));
        self.answer(250, "2.1.0 go on", below)
    }

    pub(crate) fn rcpt(&mut self, recipient: Address, below: &mut dyn Below) -> Result<Next> {
        let limit = self.properties.recipient_limit;
        match &mut self.stage {
            Stage::Envelope(Transaction { chunks: Chunks::Awaited, envelope, .. }) => {
                if envelope.recipients.len() >= limit {
                    return self.answer(452, "4.5.3 too many recipients", below);
                }
                envelope.recipients.push(recipient.into());
                self.answer(250, "2.1.5 go on", below)
            }
            Stage::Envelope(_) => self.mistake(503, "5.5.1 the content has begun", below),
            Stage::Refused => self.answer(503, "5.5.1 MAIL was refused", below),
            Stage::Start | Stage::Greeted => self.mistake(503, "5.5.1 MAIL first", below),
        }
    }

    pub(crate) fn data(&mut self, below: &mut dyn Below) -> Result<Next> {
        match &self.stage {
            Stage::Refused => return self.answer(503, "5.5.1 MAIL was refused", below),
            Stage::Start | Stage::Greeted => return self.mistake(503, "5.5.1 MAIL first", below),
            Stage::Envelope(transaction) => {
                if let Some((code, text)) = why_no_data(transaction) {
                    return self.mistake(code, text, below);
                }
            }
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Greeted);
        let Stage::Envelope(mut transaction) = stage else { return Ok(Next::Go) };
        match transaction.arriving(&mut *self.store, self.properties.size_limit) {
            Ok(message) => self.take_lines(&transaction.envelope, message, below),
            Err(trouble) => self.refuse(&trouble, below),
        }
    }

    fn take_lines(
        &mut self,
        envelope: &Envelope,
        mut message: Arriving,
        below: &mut dyn Below,
    ) -> Result<Next> {
        self.say(354, "go on, end with a dot", below)?;
        match receive_to_dot(&mut message, self.properties.timeout, below)? {
            End::Missing => Ok(Next::Stop),
            End::Reached => self.finish(envelope, message.sound(), below),
        }
    }

    /// Ends a message whose content has come, and says yes once the store has said it.
    pub(crate) fn finish(
        &mut self,
        _: &Envelope,
        message: Result<Arriving, Trouble>,
        below: &mut dyn Below,
    ) -> Result<Next> {
        self.stage = Stage::Greeted;
        match message.and_then(Arriving::keep) {
            Ok(()) => {
                self.properties.messages += 1;
                self.answer(250, &format!("2.0.0 Ok: queued as {}", queue_id()), below)
            }
            Err(trouble) => self.refuse(&trouble, below),
        }
    }

    /// Refuses a message that cannot be kept.
    pub(crate) fn refuse(&self, trouble: &Trouble, below: &mut dyn Below) -> Result<Next> {
        match trouble {
            Trouble::TooLarge => self.answer(552, "5.3.4 the message is too large", below),
            Trouble::NotStored(failure) => self.not_stored(failure, below),
        }
    }
}

/// Why the content of a message cannot come as lines now, if it cannot.
fn why_no_data(transaction: &Transaction) -> Option<(u16, &'static str)> {
    match transaction.chunks {
        Chunks::Awaited if transaction.envelope.recipients.is_empty() => {
            Some((554, "5.5.1 no recipients"))
        }
        Chunks::Awaited if transaction.content == Content::Octets => {
            Some((503, "5.5.1 BINARYMIME takes BDAT"))
        }
        Chunks::Awaited => None,
        Chunks::Begun(_) | Chunks::Failed => Some((503, "5.5.1 the content comes in chunks")),
    }
}

/// A name for a message in the server's replies.
fn queue_id() -> String {
    let mut random = [0; 8];
    // A queue id only has to tell messages of a session apart; without randomness it is zero.
    let _ = getrandom::fill(&mut random);
    format!("{:016X}", u64::from_le_bytes(random))
}
