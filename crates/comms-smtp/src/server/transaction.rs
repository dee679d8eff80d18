//! One message after another: MAIL, RCPT and DATA (RFC 5321 3.3).

use std::io;

use comms_core::{Below, Level, Result, Severity};
use comms_mime::Address;

use crate::envelope::{Envelope, ReversePath};
use crate::server::content::{Content, Outcome};
use crate::server::module::SmtpServer;
use crate::server::stage::{Next, Stage};
use crate::server::store::Incoming;
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
            Stage::Greeted if parameters.size.is_some_and(|size| size > limit) => {
                Self::say(552, "5.3.4 the message is too large", below)?;
            }
            Stage::Greeted => {
                self.stage = Stage::Envelope(Envelope::new(sender, [] as [Address; 0]));
                Self::say(250, "2.1.0 go on", below)?;
            }
        }
        Ok(Next::Go)
    }

    pub(crate) fn rcpt(&mut self, recipient: Address, below: &mut dyn Below) -> Result<Next> {
        let limit = self.properties.recipient_limit;
        match &mut self.stage {
            Stage::Envelope(envelope) if envelope.recipients.len() >= limit => {
                Self::say(452, "4.5.3 too many recipients", below)?;
            }
            Stage::Envelope(envelope) => {
                envelope.recipients.push(recipient.into());
                Self::say(250, "2.1.5 go on", below)?;
            }
            _ => return self.mistake(503, "5.5.1 MAIL first", below),
        }
        Ok(Next::Go)
    }

    pub(crate) fn data(&mut self, below: &mut dyn Below) -> Result<Next> {
        let envelope = match std::mem::replace(&mut self.stage, Stage::Greeted) {
            Stage::Envelope(envelope) if !envelope.recipients.is_empty() => envelope,
            stage @ Stage::Envelope(_) => {
                self.stage = stage;
                return self.mistake(554, "5.5.1 no recipients", below);
            }
            stage => {
                self.stage = stage;
                return self.mistake(503, "5.5.1 MAIL first", below);
            }
        };
        let mut message = match self.store.begin(&envelope) {
            Ok(message) => message,
            Err(failure) => {
                not_stored(&failure, below)?;
                return Ok(Next::Go);
            }
        };
        Self::say(354, "go on, end with a dot", below)?;
        let content = Content::new(self.properties.size_limit, self.properties.timeout);
        match content.receive(&mut *message, below)? {
            Outcome::Ended => return Ok(Next::Stop),
            Outcome::TooLarge => Self::say(552, "5.3.4 the message is too large", below)?,
            Outcome::Failed(failure) => not_stored(&failure, below)?,
            Outcome::Taken => self.keep(message, below)?,
        }
        Ok(Next::Go)
    }

    /// Says yes once the store has said it.
    fn keep(&mut self, message: Box<dyn Incoming>, below: &mut dyn Below) -> Result<()> {
        if let Err(failure) = message.keep() {
            return not_stored(&failure, below);
        }
        self.properties.messages += 1;
        Self::say(250, &format!("2.0.0 Ok: queued as {}", queue_id()), below)
    }
}

fn not_stored(failure: &io::Error, below: &mut dyn Below) -> Result<()> {
    below.note(Severity::Error, Level::Production, format_args!("not stored: {failure}"));
    SmtpServer::say(451, "4.3.0 the message could not be stored", below)
}

/// A name for a message in the server's replies.
fn queue_id() -> String {
    let mut random = [0; 8];
    // A queue id only has to tell messages of a session apart; without randomness it is zero.
    let _ = getrandom::fill(&mut random);
    format!("{:016X}", u64::from_le_bytes(random))
}
