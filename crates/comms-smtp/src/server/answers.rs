//! How a server says its replies.

use comms_core::{Below, Error, ErrorClass, Level, Result, Severity};

use crate::server::content::is_too_long;
use crate::server::module::SmtpServer;
use crate::server::stage::Next;
use crate::wire::reply::Reply;

impl SmtpServer {
    /// Answers a mistake; a client that makes nothing else is let go.
    pub(crate) fn mistake(&mut self, code: u16, text: &str, below: &mut dyn Below) -> Result<Next> {
        self.mistakes += 1;
        if self.mistakes < MOST_MISTAKES {
            Self::say(code, text, below)?;
            return Ok(Next::Go);
        }
        Self::say(421, "4.7.0 too many mistakes, closing", below)?;
        Ok(Next::Stop)
    }

    pub(crate) fn say(code: u16, text: &str, below: &mut dyn Below) -> Result<()> {
        let reply = Reply::new(code, text);
        below.note(Severity::Info, Level::Script, format_args!("S: {reply}"));
        below.send(reply.wire().as_str().into()).map(|_| ())
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
        Self::say(421, words, below)?;
        below.flush()?;
        Err(error)
    }
}

/// After so many mistakes a client is no mail client.
const MOST_MISTAKES: u32 = 20;
