//! The ways that a message takes: content behind 354, in chunks, or with its commands all at once.

use comms_core::{Error, ErrorClass, Result};

use crate::content::{self, Refusal};
use crate::dialogue::Protocol;
use crate::error::SmtpError;
use crate::message::SmtpMessage;
use crate::plan::Plan;
use crate::plan::planned::PlannedRecipient;
use crate::plan::way::{MOST_UNANSWERED, Way};
use crate::series::asked::{Asked, Farewell, Sent};
use crate::series::job::{Ending, Failed, Job};
use crate::series::pipeline::{Over, Pipeline};
use crate::series::transaction::Transaction;
use crate::step::Step;
use crate::wire::command::Command;

impl Pipeline<'_> {
    /// Begins the transaction of `job`, and sends all that can be sent before its replies are there.
    pub(crate) fn begin(&mut self, job: Job, message: &SmtpMessage) {
        let plan = match Plan::of(message, job.recipients.as_deref(), self.dialogue, self.below) {
            Ok(plan) => plan,
            Err(error) => return self.ended.push((job, Ending::Failed(error.into()))),
        };
        let way = plan.way;
        let now = self.below.clock().now();
        let follows = self.dialogue.properties.follow_relocation;
        let flight = Transaction::new(job, plan, now, follows);
        let _ = match way {
            Way::AtOnce => self.at_once(flight, message),
            Way::Chunks | Way::Data => self.step_by_step(flight, message),
        };
    }

    /// Commands and content in one, without a word from the server.
    fn at_once(&mut self, mut flight: Transaction, message: &SmtpMessage) -> Result<(), Over> {
        self.chunk.clear();
        let (policy, transfer) = (self.dialogue.properties.stray_line_ends, flight.plan.transfer);
        let octets = match content::render(message, transfer, policy, &mut self.chunk) {
            Ok(octets) => octets,
            Err(error) => {
                self.ended.push(flight.end(Ending::Failed(error.into())));
                return Ok(());
            }
        };
        flight.plan.announce(octets);
        while !self.has_room(flight.plan.octets()) {
            if self.hear_some().is_err() {
                self.ended.push(flight.never_begun());
                return Err(Over);
            }
        }
        let recipients = flight.plan.recipients.len();
        self.take_up(flight)?;
        for at in 0..recipients {
            self.say(Asked::Rcpt(at))?;
        }
        self.under_way()?.sent = Sent::Part;
        let said = self.say_chunk(Last::Yes)?;
        self.under_way()?.sent_whole(octets);
        self.expect(Asked::Content, said);
        self.at_end = true;
        Ok(())
    }

    /// Whether another transaction may be under way before anything is answered. The first of a
    /// session goes alone: a server that does not know the BDAT that it offers reads content as
    /// commands.
    fn has_room(&self, commands: usize) -> bool {
        let most = if self.dialogue.knows_bdat { self.dialogue.properties.window } else { 1 };
        let fits = self.unanswered + commands <= MOST_UNANSWERED;
        self.flights.is_empty() || (self.flights.len() < most && fits)
    }

    /// What came unasked would be taken for the answer to what is asked next. And a connection that
    /// has been idle may be over: if that shows only after all has been sent, nobody knows whether it
    /// was delivered; so it is asked for first, which costs no round trip.
    fn look(&mut self, way: Way) -> Result<(), Error> {
        if !self.flights.is_empty() {
            return Ok(());
        }
        self.dialogue.check_nothing_unasked(self.below)?;
        if way != Way::AtOnce || self.was_seen || self.dialogue.served == 0 {
            return Ok(());
        }
        self.was_seen = true;
        self.below.unread().map(drop).inspect_err(|_| self.dialogue.end())
    }

    /// Asks what leads to the content, and sends that when the server waits for it.
    fn step_by_step(&mut self, flight: Transaction, message: &SmtpMessage) -> Result<(), Over> {
        if !self.dialogue.pipelines() && self.hear_all().is_err() {
            self.ended.push(flight.never_begun());
            return Err(Over);
        }
        let (way, strict) = (flight.plan.way, flight.plan.strict);
        let recipients = flight.plan.recipients.len();
        self.take_up(flight)?;
        for at in 0..recipients {
            self.make_room()?;
            if self.under_way()?.is_refused() {
                break;
            }
            self.ask(Asked::Rcpt(at))?;
        }
        self.make_room()?;
        if strict || way == Way::Chunks {
            self.hear_all()?;
        }
        if self.due.is_empty() {
            self.follow_relocated(message)?;
            if self.stops() {
                return Ok(());
            }
        }
        if way == Way::Data {
            self.ask(Asked::Data)?;
            self.hear_all()?;
            self.refuse_go_ahead()?;
            if self.stops() {
                return Ok(());
            }
        }
        if self.below.pending() > 0 {
            return self.hear_early();
        }
        if way == Way::Data { self.send_data(message) } else { self.send_chunks(message) }
    }

    /// Says what begins a transaction: it is under way from here on.
    fn take_up(&mut self, flight: Transaction) -> Result<(), Over> {
        if let Err(error) = self.look(flight.plan.way) {
            self.ended.push(flight.end(Ending::Unbegun(Failed::First(error))));
            return Err(Over);
        }
        self.flights.push_back(flight);
        if self.dialogue.unfinished {
            self.ask(Asked::Rset)?;
        }
        self.dialogue.unfinished = true;
        self.dialogue.begun += 1;
        if self.dialogue.extensions.limits().rcpt_domain_max.is_some()
            && let Some(flight) = self.flights.back()
        {
            let domains = flight.plan.recipients.iter().map(|one| one.recipient.address.domain());
            self.dialogue.domains.extend(domains.map(str::to_ascii_lowercase));
        }
        self.ask(Asked::Mail)
    }

    /// Asks for those who have moved, while recipients may still be named.
    fn follow_relocated(&mut self, message: &SmtpMessage) -> Result<(), Over> {
        while let Some(new) = self.under_way()?.follow() {
            let server = &self.dialogue.extensions;
            let planned = match PlannedRecipient::of(&new, message.envelope(), server) {
                Ok(planned) => planned,
                Err(why) => {
                    self.under_way()?.cannot_follow(new, why);
                    continue;
                }
            };
            let recipients = &mut self.under_way()?.plan.recipients;
            recipients.push(planned);
            let at = recipients.len() - 1;
            self.ask(Asked::Rcpt(at))?;
            self.hear_all()?;
        }
        Ok(())
    }

    /// Ends the transaction that was begun last if there is a reason to.
    fn stops(&mut self) -> bool {
        let Some(ending) = self.flights.back_mut().and_then(Transaction::obstacle) else {
            return false;
        };
        self.dialogue.served += u64::from(!matches!(ending, Ending::Unbegun(_)));
        if matches!(&ending, Ending::Failed(error) if error.class() == ErrorClass::Protocol) {
            self.dialogue.end();
        }
        self.ended.extend(self.flights.pop_back().map(|flight| flight.end(ending)));
        true
    }

    /// The server asks for content though there is nobody to get it: it gets none (RFC 2920 3.1).
    /// Whatever becomes of that, it is the refusals that count.
    fn refuse_go_ahead(&mut self) -> Result<(), Over> {
        let flight = self.under_way()?;
        if !flight.waits_for_content() {
            return Ok(());
        }
        let nobody = flight.accepted() == 0;
        if flight.is_refused() || (nobody && flight.plan.lmtp) {
            // It waits for content of a message whose sender it refused: no telling what it would
            // do with any octet. In LMTP, nobody would be answered for.
            self.dialogue.end();
        } else if nobody {
            self.dialogue.limit(Step::Block, self.below);
            match self.below.send(b".\r\n".into()) {
                Ok(_) => drop(self.dialogue.hear(Step::End, &"the end of data", self.below)),
                Err(_) => self.dialogue.end(),
            }
        }
        Ok(())
    }

    /// Sends the content behind 354, and what marks its end.
    fn send_data(&mut self, message: &SmtpMessage) -> Result<(), Over> {
        let flight = self.under_way()?;
        flight.sent = Sent::Part;
        let (transfer, began) = (flight.plan.transfer, flight.began);
        let sent = content::send(self.dialogue, message, transfer, began, self.below);
        let ended = sent.and_then(|sent| {
            self.dialogue.limit(Step::Block, self.below);
            let unsent = |source| SmtpError::Unsent { what: "the end of data".to_owned(), source };
            self.below.send(sent.end.into()).map_err(unsent)?;
            Ok(sent.octets)
        });
        match ended {
            Ok(octets) => {
                self.dialogue.unfinished = false;
                self.under_way()?.sent_whole(octets);
                self.expect_verdict(0)
            }
            Err(error) => self.lose_content(error.into()),
        }
    }

    /// Sends the content in chunks (RFC 3030), reading their replies on the way.
    fn send_chunks(&mut self, message: &SmtpMessage) -> Result<(), Over> {
        self.chunk.clear();
        let flight = self.under_way()?;
        flight.sent = Sent::Part;
        let transfer = flight.plan.transfer;
        let policy = self.dialogue.properties.stray_line_ends;
        match content::chunks(message, transfer, policy, |octets| self.gather(octets)) {
            Ok(octets) => {
                let said = self.say_chunk(Last::Yes)?;
                self.under_way()?.sent_whole(octets);
                self.expect_verdict(said)
            }
            Err(Refusal::Over) => Err(Over),
            // The transaction has failed (RFC 3030 2), and what is left is not sent.
            Err(Refusal::Refused) => {
                self.hear_all()?;
                if let Some(flight) = self.flights.pop_back() {
                    self.settle(flight);
                }
                Ok(())
            }
            Err(error) => self.lose_content(error.into_error().into()),
        }
    }

    /// Takes octets for the next chunk, and sends one when it is full.
    fn gather(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        if self.chunk.len() + octets.len() > CHUNK && !self.chunk.is_empty() {
            // The first goes alone, as with messages all at once.
            let most = if self.dialogue.knows_bdat { MOST_CHUNKS } else { 1 };
            while self.due.len() >= most {
                self.hear_next().map_err(|Over| Refusal::Over)?;
            }
            if self.under_way().map_err(|Over| Refusal::Over)?.has_refused_content() {
                return Err(Refusal::Refused);
            }
            let said = self.say_chunk(Last::No).map_err(|Over| Refusal::Over)?;
            self.expect(Asked::Chunk, said);
            self.chunk.clear();
        }
        self.chunk.extend_from_slice(octets);
        Ok(())
    }

    /// Sends BDAT with the octets that were gathered; gives those of the command.
    fn say_chunk(&mut self, last: Last) -> Result<usize, Over> {
        self.at_end = false;
        let command = Command::Bdat(self.chunk.len(), last == Last::Yes);
        let began = self.under_way()?.began;
        self.dialogue.limit_message(Step::Block, began, self.below);
        let said = self.dialogue.say_within(&command, self.below).and_then(|octets| {
            let unsent = |source| SmtpError::Unsent { what: "the content".to_owned(), source };
            self.below.send((&self.chunk).into()).map_err(unsent)?;
            Ok(octets)
        });
        said.map_err(|error| self.lose(error))
    }

    /// The content is out: one verdict is due, or in LMTP one for each who was accepted.
    fn expect_verdict(&mut self, octets: usize) -> Result<(), Over> {
        if self.dialogue.properties.protocol == Protocol::Lmtp {
            for at in 0..self.under_way()?.accepted() {
                self.expect(Asked::ContentFor(at), if at == 0 { octets } else { 0 });
            }
        } else {
            self.expect(Asked::Content, octets);
        }
        self.at_end = true;
        Ok(())
    }

    /// The content could not be sent to its end, so the server has no message; nothing else is under
    /// way then. It may have said why before it hung up.
    fn lose_content(&mut self, error: Error) -> Result<(), Over> {
        self.dialogue.end();
        let last_words = match error.class() {
            ErrorClass::Connection => self.dialogue.hear_no(self.below),
            _ => None,
        };
        if let Some(mut flight) = self.flights.pop_back() {
            let error = last_words.map_or(error, |reply| flight.content_refused(reply));
            self.ended.push(flight.end(Ending::Failed(error)));
        }
        self.wreck(Asked::Content, Farewell::Lost(SmtpError::Over.into()))
    }

    /// The server answers content that was not sent: there is no telling what it would make of it.
    fn hear_early(&mut self) -> Result<(), Over> {
        self.dialogue.end();
        let said = self.dialogue.hear_no(self.below);
        if let Some(mut flight) = self.flights.pop_back() {
            let error = match said {
                Some(reply) => flight.content_refused(reply),
                None => SmtpError::BeforeContent.into(),
            };
            self.ended.push(flight.end(Ending::Failed(error)));
        }
        Err(Over)
    }
}

/// Whether a chunk is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Yes,
    No,
}

/// Octets of a chunk, where the content is larger.
const CHUNK: usize = 256 * 1024;

/// Chunks that may be without a reply.
const MOST_CHUNKS: usize = 4;
