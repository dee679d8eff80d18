//! BDAT: content by number of octets (RFC 3030).

use comms_core::{Below, Result};

use crate::server::arriving::Arriving;
use crate::server::content::{End, receive_chunk};
use crate::server::keyword::Keyword;
use crate::server::module::SmtpServer;
use crate::server::stage::{Chunks, Next, Stage, Transaction};
use crate::wire::request::Chunk;

impl SmtpServer {
    /// BDAT. Its octets stand behind the command whatever is said to it, so they are always read.
    pub(crate) fn bdat(&mut self, chunk: Chunk, below: &mut dyn Below) -> Result<Next> {
        let why_not = self.why_no_chunk(below);
        let stage = std::mem::replace(&mut self.stage, Stage::Refused);
        match (why_not, stage) {
            (None, Stage::Envelope(transaction)) => self.take_chunk(transaction, chunk, below),
            (why_not, stage) => {
                // The last chunk ends its message, also one that has failed.
                if !(chunk.is_last && has_failed(&stage)) {
                    self.stage = stage;
                }
                let timeout = self.properties.timeout;
                if receive_chunk(chunk.octets, None, timeout, below)? == End::Missing {
                    return Ok(Next::Stop);
                }
                match why_not {
                    Some(WhyNot::Mistake(code, text)) => self.mistake(code, text, below),
                    Some(WhyNot::Consequence(code, text)) => self.answer(code, text, below),
                    None => self.mistake(503, "5.5.1 MAIL first", below),
                }
            }
        }
    }

    /// Why a chunk cannot be taken now, if it cannot.
    fn why_no_chunk(&self, below: &dyn Below) -> Option<WhyNot> {
        if !self.offers(Keyword::Chunking, below) {
            return Some(WhyNot::Mistake(502, "5.5.1 CHUNKING is not offered here"));
        }
        match &self.stage {
            Stage::Envelope(Transaction { chunks: Chunks::Failed, .. }) => {
                Some(WhyNot::Consequence(503, "5.5.1 the message has failed already"))
            }
            Stage::Envelope(transaction) if transaction.envelope.recipients.is_empty() => {
                Some(WhyNot::Consequence(554, "5.5.1 no recipients"))
            }
            Stage::Envelope(_) => None,
            Stage::Refused => Some(WhyNot::Consequence(503, "5.5.1 MAIL was refused")),
            Stage::Start | Stage::Greeted => Some(WhyNot::Mistake(503, "5.5.1 MAIL first")),
        }
    }

    fn take_chunk(
        &mut self,
        mut transaction: Transaction,
        chunk: Chunk,
        below: &mut dyn Below,
    ) -> Result<Next> {
        let mut message = transaction.arriving(&mut *self.store, self.properties.size_limit);
        let timeout = self.properties.timeout;
        if receive_chunk(chunk.octets, message.as_mut().ok(), timeout, below)? == End::Missing {
            return Ok(Next::Stop);
        }
        let message = message.and_then(Arriving::sound);
        if chunk.is_last {
            return self.finish(&transaction.envelope, message, below);
        }
        match message {
            Ok(message) => {
                transaction.chunks = Chunks::Begun(message);
                self.stage = Stage::Envelope(transaction);
                let octets = chunk.octets;
                self.answer(250, &format!("2.0.0 {octets} octets, go on"), below)
            }
            Err(trouble) => {
                transaction.chunks = Chunks::Failed;
                self.stage = Stage::Envelope(transaction);
                self.refuse(&trouble, below)
            }
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

fn has_failed(stage: &Stage) -> bool {
    matches!(stage, Stage::Envelope(Transaction { chunks: Chunks::Failed, .. }))
}
