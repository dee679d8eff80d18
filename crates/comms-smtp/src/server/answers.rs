//! How a server says its replies.

use std::time::Duration;

use comms_core::{Below, Error, ErrorClass, Level, Result, Severity};

use crate::server::content::is_too_long;
use crate::server::handler::Decision;
use crate::server::keyword::Keyword;
use crate::server::module::{LONGEST_COMMAND, SmtpServer};
use crate::server::stage::Next;
use crate::wire::reply::Reply;

impl SmtpServer {
    /// Says a reply, and goes on.
    pub(crate) fn answer(&self, code: u16, text: &str, below: &mut dyn Below) -> Result<Next> {
        self.say(code, text, below).map(|()| Next::Go)
    }

    /// Answers a mistake; a client that makes nothing else is let go.
    pub(crate) fn mistake(&mut self, code: u16, text: &str, below: &mut dyn Below) -> Result<Next> {
        self.mistakes += 1;
        if self.mistakes < MOST_MISTAKES {
            return self.answer(code, text, below);
        }
        self.say(421, "4.7.0 too many mistakes, closing", below)?;
        Ok(Next::Stop)
    }

    /// Says a reply.
    pub(crate) fn say(&self, code: u16, text: &str, below: &mut dyn Below) -> Result<()> {
        self.utter(Reply::new(code, text), below)
    }

    /// Says a reply; its enhanced code, in front of the text, only where those are offered.
    fn utter(&self, mut reply: Reply, below: &mut dyn Below) -> Result<()> {
        if reply.enhanced().is_some() && self.is_without(Keyword::EnhancedStatusCodes) {
            let text = reply.lines().collect::<Vec<_>>().join("\n");
            reply = Reply::new(reply.code(), text.split_once(' ').map_or("", |(_, words)| words));
        }
        below.note(Severity::Info, Level::Script, format_args!("S: {reply}"));
        below.send(reply.wire().as_str().into()).map(|_| ())
    }

    /// Says what was decided of a command, or what is said if nothing special was.
    pub(crate) fn conclude(
        &self,
        decision: Decision,
        code: u16,
        text: &str,
        below: &mut dyn Below,
    ) -> Result<Next> {
        match decision {
            Decision::Go | Decision::Delay(_) => self.answer(code, text, below),
            Decision::Reply(reply) => {
                let next = if reply.code() == CLOSING { Next::Stop } else { Next::Go };
                self.utter(reply, below).map(|()| next)
            }
            Decision::Close | Decision::CloseAfter => Ok(Next::Stop),
            Decision::Stall => Ok(Next::Stall),
        }
    }

    /// What is decided once the time has come; a server that is to stop waits no longer.
    pub(crate) fn in_time(&self, decision: Decision, below: &mut dyn Below) -> Result<Decision> {
        let Decision::Delay(mut left) = decision else { return Ok(decision) };
        // Who has asked before is not kept waiting by it.
        below.flush()?;
        while !left.is_zero() && !self.shift.is_over() {
            let some = left.min(A_WHILE);
            below.clock().sleep(some);
            left -= some;
        }
        Ok(Decision::Go)
    }

    /// Says nothing and hears nothing, until the client goes or its time is up.
    pub(crate) fn stall(&self, below: &mut dyn Below) {
        below.limit(self.properties.timeout, "end of the client");
        let mut block = vec![0; LONGEST_COMMAND];
        while below.receive(&mut block).is_ok_and(|octets| octets > 0) {}
    }

    /// Tells a client that is too slow, or whose line is too long, before it is let go.
    pub(crate) fn part(&mut self, error: Error, below: &mut dyn Below) -> Result<u64> {
        let words = match error.class() {
            ErrorClass::Timeout => "4.4.2 nothing came for too long, closing",
            ErrorClass::Protocol if is_too_long(&error) => {
                "4.5.4 a command line was too long, closing"
            }
            _ => return Err(error),
        };
        below.limit(self.properties.timeout, "goodbye");
        self.say(421, words, below)?;
        below.flush()?;
        Err(error)
    }
}

/// After so many mistakes a client is no mail client.
const MOST_MISTAKES: u32 = 20;

/// How soon a server that waits learns that it is to stop.
const A_WHILE: Duration = Duration::from_millis(100);

/// RFC 5321 3.8: after this reply the server closes.
const CLOSING: u16 = 421;
