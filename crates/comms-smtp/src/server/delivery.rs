//! The end of a message: whether it is kept, and who is told what.

use comms_core::{Below, Result};

use crate::dialogue::Protocol;
use crate::envelope::{Envelope, Recipient};
use crate::server::arriving::{Arriving, Trouble};
use crate::server::handler::Decision;
use crate::server::module::SmtpServer;
use crate::server::stage::{Next, Stage};

impl SmtpServer {
    /// Ends a message whose content has come, and says yes once the store has said it.
    pub(crate) fn finish(
        &mut self,
        envelope: &Envelope,
        message: Result<Arriving, Trouble>,
        below: &mut dyn Below,
    ) -> Result<Next> {
        self.stage = Stage::Greeted;
        match (message, self.properties.protocol) {
            (Ok(message), Protocol::Smtp) => self.finish_for_all(envelope, message, below),
            (Ok(message), Protocol::Lmtp) => self.finish_for_each(envelope, message, below),
            (Err(trouble), Protocol::Smtp) => self.refuse(&trouble, below),
            (Err(trouble), Protocol::Lmtp) => {
                let each = &envelope.recipients;
                each.iter().try_fold(Next::Go, |_, _| self.refuse(&trouble, below))
            }
        }
    }

    fn finish_for_all(
        &mut self,
        envelope: &Envelope,
        message: Arriving,
        below: &mut dyn Below,
    ) -> Result<Next> {
        let decision = self.handler.content(envelope);
        let decision = self.in_time(decision, below)?;
        let kept = if decision.does_it() { self.keep(message) } else { Ok(()) };
        self.conclude_delivery(decision, &kept, &format!("2.0.0 {}", queued()), below)
    }

    /// One reply for each recipient (RFC 2033 4.2). Whoever is refused is no recipient of the
    /// message any more. Nobody is asked about those behind one at whom the server hangs up: they
    /// fare as that one does.
    fn finish_for_each(
        &mut self,
        envelope: &Envelope,
        mut message: Arriving,
        below: &mut dyn Below,
    ) -> Result<Next> {
        let mut decisions: Vec<(&Recipient, Decision)> = Vec::new();
        let mut left = envelope.recipients.len();
        for recipient in &envelope.recipients {
            let decision = match decisions.last() {
                Some((_, last)) if last.hangs_up() => last.clone(),
                _ => {
                    let decision = self.handler.content(&envelope_for(envelope, recipient));
                    self.in_time(decision, below)?
                }
            };
            if !decision.does_it() {
                message.refuse(recipient);
                left -= 1;
            }
            decisions.push((recipient, decision));
        }
        let kept =
            if left > 0 { message.sound().and_then(|sound| self.keep(sound)) } else { Ok(()) };
        let queued = queued();
        for (recipient, decision) in decisions {
            let words = format!("2.1.5 <{recipient}> {queued}");
            let next = self.conclude_delivery(decision, &kept, &words, below)?;
            if next != Next::Go {
                return Ok(next);
            }
        }
        Ok(Next::Go)
    }

    pub(crate) fn keep(&mut self, message: Arriving) -> Result<(), Trouble> {
        message.keep()?;
        self.properties.messages += 1;
        self.tally.message();
        Ok(())
    }

    /// Says what was decided, unless the message should have been kept and could not be.
    fn conclude_delivery(
        &mut self,
        decision: Decision,
        kept: &Result<(), Trouble>,
        words: &str,
        below: &mut dyn Below,
    ) -> Result<Next> {
        match kept {
            Err(trouble) if decision.does_it() && !decision.hangs_up() => {
                self.refuse(trouble, below)
            }
            _ => self.conclude(decision, 250, words, below),
        }
    }
}

fn envelope_for(envelope: &Envelope, recipient: &Recipient) -> Envelope {
    let mut one = envelope.clone();
    one.recipients = vec![recipient.clone()];
    one
}

/// The words of a reply that says yes, with a name for the message.
fn queued() -> String {
    let mut random = [0; 8];
    // A queue id only has to tell messages of a session apart; without randomness it is zero.
    let _ = getrandom::fill(&mut random);
    format!("Ok: queued as {:016X}", u64::from_le_bytes(random))
}
