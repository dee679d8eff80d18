//! BDAT: content by number of octets (RFC 3030).

use comms_core::{Below, Result};

use crate::dialogue::Protocol;
use crate::server::arriving::Arriving;
use crate::server::content::{End, receive_chunk};
use crate::server::handler::Decision;
use crate::server::keyword::Keyword;
use crate::server::module::SmtpServer;
use crate::server::stage::{Chunks, Next, Stage, Transaction};
use crate::wire::reply::Reply;
use crate::wire::request::Chunk;

impl SmtpServer {
    /// BDAT. Its octets stand behind the command whatever is said to it, so they are always read.
    pub(crate) fn bdat(&mut self, chunk: Chunk, below: &mut dyn Below) -> Result<Next> {
        if let Some(why_not) = self.why_no_chunk(below) {
            return self.turn_away(&why_not, chunk, below);
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Refused);
        let Stage::Envelope(transaction) = stage else { return Ok(Next::Go) };
        let decision = self.handler.chunk(&transaction.envelope, chunk.octets);
        let decision = self.in_time(decision, below)?;
        self.take_chunk(transaction, chunk, decision, below)
    }

    /// Reads a chunk that is not taken, and says why.
    fn turn_away(&mut self, why_not: &WhyNot, chunk: Chunk, below: &mut dyn Below) -> Result<Next> {
        let timeout = self.properties.timeout;
        if receive_chunk(chunk.octets, None, timeout, below)? == End::Missing {
            return Ok(Next::Stop);
        }
        let mut replies = 1;
        if let Stage::Envelope(transaction) = &self.stage {
            replies = self.replies(transaction, chunk);
            // The last chunk ends its message, also one that has failed.
            if chunk.is_last && transaction.has_failed() {
                self.stage = Stage::Refused;
            }
        }
        match *why_not {
            WhyNot::Mistake(code, text) => self.mistake(code, text, below),
            WhyNot::Consequence(code, text) => {
                let refusal = Decision::Reply(Reply::new(code, text));
                self.conclude_each(replies, &refusal, below)
            }
        }
    }

    /// Why a chunk cannot be taken now, if it cannot.
    fn why_no_chunk(&self, below: &dyn Below) -> Option<WhyNot> {
        if !self.offers(Keyword::Chunking, below) {
            return Some(WhyNot::Mistake(502, "5.5.1 CHUNKING is not offered here"));
        }
        match &self.stage {
            Stage::Envelope(transaction) if transaction.has_failed() => {
                Some(WhyNot::Consequence(503, "5.5.1 the message has failed already"))
            }
            Stage::Envelope(transaction) if transaction.envelope.recipients.is_empty() => {
                let code = self.code_without_recipients();
                Some(WhyNot::Consequence(code, "5.5.1 no recipients"))
            }
            Stage::Envelope(_) => None,
            Stage::Refused => Some(WhyNot::Consequence(503, "5.5.1 MAIL was refused")),
            Stage::Start | Stage::Greeted => Some(WhyNot::Mistake(503, "5.5.1 MAIL first")),
        }
    }

    fn take_chunk(
        &mut self,
        mut transaction: Box<Transaction>,
        chunk: Chunk,
        decision: Decision,
        below: &mut dyn Below,
    ) -> Result<Next> {
        if decision.hangs_up() && !decision.does_it() {
            return self.conclude(decision, 250, "", below);
        }
        if transaction.awaits_content() {
            self.tell_origin(below);
        }
        let mut message = transaction.arriving(&mut *self.store, self.properties.size_limit);
        let timeout = self.properties.timeout;
        if receive_chunk(chunk.octets, message.as_mut().ok(), timeout, below)? == End::Missing {
            return Ok(Next::Stop);
        }
        if !decision.does_it() {
            let replies = self.replies(&transaction, chunk);
            self.fail(transaction, chunk);
            return self.conclude_each(replies, &decision, below);
        }
        match message.and_then(Arriving::sound) {
            message if chunk.is_last && decision.hangs_up() => {
                // Nobody is told whether it was kept.
                let _ = message.and_then(|message| self.keep(message));
                Ok(Next::Stop)
            }
            message if chunk.is_last => self.finish(&transaction.envelope, message, below),
            Ok(message) => {
                transaction.chunks = Chunks::Begun(message);
                self.stage = Stage::Envelope(transaction);
                let words = format!("2.0.0 {} octets, go on", chunk.octets);
                self.conclude(decision, 250, &words, below)
            }
            Err(trouble) => {
                self.fail(transaction, chunk);
                self.refuse(&trouble, below)
            }
        }
    }

    /// How many replies a chunk gets: with LMTP the last has one for each recipient (RFC 2033 4.2).
    fn replies(&self, transaction: &Transaction, chunk: Chunk) -> usize {
        match self.properties.protocol {
            Protocol::Lmtp if chunk.is_last => transaction.envelope.recipients.len().max(1),
            _ => 1,
        }
    }

    fn conclude_each(
        &self,
        replies: usize,
        decision: &Decision,
        below: &mut dyn Below,
    ) -> Result<Next> {
        for _ in 1..replies {
            let next = self.conclude(decision.clone(), 250, "", below)?;
            if next != Next::Go {
                return Ok(next);
            }
        }
        self.conclude(decision.clone(), 250, "", below)
    }

    /// The message has failed with this chunk; all behind it are refused, to the last.
    fn fail(&mut self, mut transaction: Box<Transaction>, chunk: Chunk) {
        if !chunk.is_last {
            transaction.chunks = Chunks::Failed;
            self.stage = Stage::Envelope(transaction);
        }
    }
}

/// Why a chunk cannot be taken.
#[derive(Debug)]
enum WhyNot {
    /// No client would send it.
    Mistake(u16, &'static str),
    /// It follows from another refusal, which the client may not have known of.
    Consequence(u16, &'static str),
}
