//! One message after another: MAIL, RCPT and DATA (RFC 5321 3.3).

use comms_core::{Below, Result};
use comms_mime::Address;

use crate::dialogue::Protocol;
use crate::envelope::{Envelope, ReversePath};
use crate::parameter::body::BodyType;
use crate::parameter::free::Parameter;
use crate::parameter::size::Size;
use crate::server::arriving::{Arriving, Content, Trouble};
use crate::server::content::{End, receive_to_dot};
use crate::server::handler::Decision;
use crate::server::module::SmtpServer;
use crate::server::origin::Origin;
use crate::server::parameters::Refusal;
use crate::server::stage::{Chunks, Next, Stage, Transaction};

impl SmtpServer {
    pub(crate) fn mail(
        &mut self,
        sender: ReversePath,
        parameters: &[Parameter],
        below: &mut dyn Below,
    ) -> Result<Next> {
        match self.stage {
            Stage::Start => return self.mistake(503, "5.5.1 greet first", below),
            _ if self.properties.require_auth && self.user.is_none() => {
                return self.mistake(530, "5.7.0 authenticate first", below);
            }
            Stage::Envelope(_) => return self.mistake(503, "5.5.1 a message is under way", below),
            Stage::Greeted | Stage::Refused => self.stage = Stage::Refused,
        }
        self.mails += 1;
        if self.properties.messages_limit.is_some_and(|limit| self.mails > limit) {
            self.say(421, "4.7.0 that was the last message, closing", below)?;
            return Ok(Next::Stop);
        }
        let terms = match self.terms(sender, parameters, below) {
            Ok(terms) => terms,
            Err(refusal) => return self.refuse_parameters(refusal, below),
        };
        let limit = self.properties.size_limit.unwrap_or(u64::MAX);
        if terms.size.is_some_and(|Size(octets)| octets > limit) {
            return self.refuse(&Trouble::TooLarge, below);
        }
        let decision = self.handler.mail(&terms.envelope);
        let decision = self.in_time(decision, below)?;
        if decision.does_it() {
            let is_binary = terms.body == Some(BodyType::BinaryMime);
            self.stage = Stage::Envelope(Box::new(Transaction {
                envelope: terms.envelope,
                content: if is_binary { Content::Octets } else { Content::Lines },
                smtputf8: terms.smtputf8,
                chunks: Chunks::Awaited,
            }));
        }
        self.conclude(decision, 250, "2.1.0 go on", below)
    }

    pub(crate) fn rcpt(
        &mut self,
        address: Address,
        parameters: &[Parameter],
        below: &mut dyn Below,
    ) -> Result<Next> {
        let before = self.recipients();
        let next = self.receive_recipient(address, parameters, below);
        if self.recipients() > before {
            self.tally.recipient();
        } else {
            self.tally.refusal();
        }
        next
    }

    /// How many recipients the message has that is under way.
    fn recipients(&self) -> usize {
        match &self.stage {
            Stage::Envelope(transaction) => transaction.envelope.recipients.len(),
            Stage::Start | Stage::Greeted | Stage::Refused => 0,
        }
    }

    fn receive_recipient(
        &mut self,
        address: Address,
        parameters: &[Parameter],
        below: &mut dyn Below,
    ) -> Result<Next> {
        let transaction = match &self.stage {
            Stage::Envelope(transaction) if transaction.awaits_content() => transaction,
            Stage::Envelope(_) => return self.mistake(503, "5.5.1 the content has begun", below),
            Stage::Refused => return self.answer(503, "5.5.1 MAIL was refused", below),
            Stage::Start | Stage::Greeted => return self.mistake(503, "5.5.1 MAIL first", below),
        };
        if transaction.envelope.recipients.len() >= self.properties.recipient_limit {
            return self.answer(452, "4.5.3 too many recipients", below);
        }
        let recipient = match self.recipient(address, parameters, transaction.smtputf8, below) {
            Ok(recipient) => recipient,
            Err(refusal) => return self.refuse_parameters(refusal, below),
        };
        let decision = self.handler.rcpt(&transaction.envelope, &recipient);
        let decision = self.in_time(decision, below)?;
        if decision.does_it()
            && let Stage::Envelope(transaction) = &mut self.stage
        {
            transaction.envelope.recipients.push(recipient);
        }
        self.conclude(decision, 250, "2.1.5 go on", below)
    }

    pub(crate) fn data(&mut self, below: &mut dyn Below) -> Result<Next> {
        match &self.stage {
            Stage::Refused => return self.answer(503, "5.5.1 MAIL was refused", below),
            Stage::Start | Stage::Greeted => return self.mistake(503, "5.5.1 MAIL first", below),
            Stage::Envelope(transaction) => {
                if let Some((code, text)) = self.why_no_data(transaction) {
                    return self.mistake(code, text, below);
                }
            }
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Greeted);
        let Stage::Envelope(mut transaction) = stage else { return Ok(Next::Go) };
        self.tell_origin(below);
        match transaction.arriving(&mut *self.store, self.properties.size_limit) {
            Ok(message) => self.take_lines(&transaction.envelope, message, below),
            Err(trouble) => self.refuse(&trouble, below),
        }
    }

    /// Tells the store in which session the message comes that begins now.
    pub(crate) fn tell_origin(&mut self, below: &dyn Below) {
        let (user, name) = (self.user.as_deref(), self.client.as_deref());
        self.store.note_origin(&Origin::new(below, user, name));
    }

    fn take_lines(
        &mut self,
        envelope: &Envelope,
        mut message: Arriving,
        below: &mut dyn Below,
    ) -> Result<Next> {
        let decision = self.handler.data(envelope);
        let decision = self.in_time(decision, below)?;
        let goes_on = match &decision {
            Decision::Go => true,
            Decision::Reply(reply) => reply.code() == GO_ON,
            _ => false,
        };
        let next = self.conclude(decision, GO_ON, "go on, end with a dot", below)?;
        if !goes_on {
            return Ok(next);
        }
        match receive_to_dot(&mut message, self.properties.timeout, below)? {
            End::Missing => Ok(Next::Stop),
            End::Reached => self.finish(envelope, message.sound(), below),
        }
    }

    /// Why the content of a message cannot come as lines now, if it cannot.
    fn why_no_data(&self, transaction: &Transaction) -> Option<(u16, &'static str)> {
        if !transaction.awaits_content() {
            return Some((503, "5.5.1 the content comes in chunks"));
        }
        if transaction.envelope.recipients.is_empty() {
            return Some((self.code_without_recipients(), "5.5.1 no recipients"));
        }
        let is_binary = transaction.content == Content::Octets;
        is_binary.then_some((503, "5.5.1 BINARYMIME takes BDAT"))
    }

    /// RFC 5321 3.3, RFC 2033 4.2.
    pub(crate) fn code_without_recipients(&self) -> u16 {
        match self.properties.protocol {
            Protocol::Smtp => 554,
            Protocol::Lmtp => 503,
        }
    }

    fn refuse_parameters(&mut self, refusal: Refusal, below: &mut dyn Below) -> Result<Next> {
        match refusal {
            Refusal::Unknown => self.mistake(555, "5.5.4 a parameter is not known here", below),
            Refusal::Wrong => self.mistake(501, "5.5.4 a parameter is not right", below),
            Refusal::BeyondAscii => {
                self.answer(553, "5.6.7 an address beyond ASCII needs SMTPUTF8", below)
            }
        }
    }

    /// Refuses a message that cannot be kept.
    pub(crate) fn refuse(&self, trouble: &Trouble, below: &mut dyn Below) -> Result<Next> {
        let (code, text) = trouble.reply(below);
        self.answer(code, text, below)
    }
}

/// RFC 5321 4.2.3: the content may come.
const GO_ON: u16 = 354;
