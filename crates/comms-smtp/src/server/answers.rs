//! How a server says its replies.

use std::io;

use comms_core::{Below, Error, ErrorClass, Level, Result, Severity};

use crate::server::content::is_too_long;
use crate::server::keyword::Keyword;
use crate::server::module::SmtpServer;
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

    /// Says a reply; its enhanced code, in front of the text, only where those are offered.
    pub(crate) fn say(&self, code: u16, text: &str, below: &mut dyn Below) -> Result<()> {
        let mut reply = Reply::new(code, text);
        if reply.enhanced().is_some() && self.is_without(Keyword::EnhancedStatusCodes) {
            reply = Reply::new(code, text.split_once(' ').map_or("", |(_, words)| words));
        }
        below.note(Severity::Info, Level::Script, format_args!("S: {reply}"));
        below.send(reply.wire().as_str().into()).map(|_| ())
    }

    /// The reply to a message that the store did not take.
    pub(crate) fn not_stored(&self, failure: &io::Error, below: &mut dyn Below) -> Result<Next> {
        below.note(Severity::Error, Level::Production, format_args!("not stored: {failure}"));
        self.answer(451, "4.3.0 the message could not be stored", below)
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
