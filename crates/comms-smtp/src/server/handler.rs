//! Who decides what a server does: a handler.

use std::fmt::Debug;
use std::time::Duration;

use crate::envelope::{Envelope, Recipient};
use crate::wire::reply::Reply;

/// Decides on what a client asks for, once the server itself would say yes to it.
///
/// What belongs to a message and is out of order, or over one of the server's limits, is refused
/// without asking. All methods but `share` say yes unless they are written anew.
///
/// ```
/// use comms_smtp::{Decision, Envelope, Handler, MemoryStore, Recipient, Reply, SmtpServer};
///
/// /// Knows Bob alone.
/// #[derive(Debug, Clone, Copy)]
/// struct OnlyBob;
///
/// impl Handler for OnlyBob {
///     fn rcpt(&mut self, _: &Envelope, recipient: &Recipient) -> Decision {
///         match recipient.address.local_part() {
///             "bob" => Decision::Go,
///             _ => Decision::Reply(Reply::new(550, "5.1.1 who is that?")),
///         }
///     }
///
///     fn share(&self) -> Box<dyn Handler> {
///         Box::new(*self)
///     }
/// }
///
/// let server = SmtpServer::new(MemoryStore::new()).with_handler(OnlyBob);
/// ```
pub trait Handler: Debug + Send {
    /// A client has connected, and waits to be greeted. Whoever is refused is not served.
    fn connect(&mut self) -> Decision {
        Decision::Go
    }

    /// EHLO, HELO or LHLO with the client's name.
    fn helo(&mut self, name: &str) -> Decision {
        let _ = name;
        Decision::Go
    }

    /// MAIL; there are no recipients yet.
    fn mail(&mut self, envelope: &Envelope) -> Decision {
        let _ = envelope;
        Decision::Go
    }

    /// RCPT for one more recipient than the envelope has.
    fn rcpt(&mut self, envelope: &Envelope, recipient: &Recipient) -> Decision {
        let _ = (envelope, recipient);
        Decision::Go
    }

    /// DATA, before any content. A reply other than 354 stands in place of the content.
    fn data(&mut self, envelope: &Envelope) -> Decision {
        let _ = envelope;
        Decision::Go
    }

    /// BDAT with a chunk of so many octets. The chunk is read whatever is decided, unless the
    /// server hangs up. A positive reply is not said to the last one: its reply is that of the
    /// content.
    fn chunk(&mut self, envelope: &Envelope, octets: u64) -> Decision {
        let _ = (envelope, octets);
        Decision::Go
    }

    /// The end of the content. With LMTP it is asked for each recipient, who then is the only one
    /// of the envelope.
    fn content(&mut self, envelope: &Envelope) -> Decision {
        let _ = envelope;
        Decision::Go
    }

    /// Any other command: `STARTTLS`, `AUTH`, `RSET`, `NOOP`, `VRFY`, `EXPN`, `HELP`, `QUIT`,
    /// also where it is out of order. A reply stands in place of what the command does, and to
    /// close after it is to close.
    fn command(&mut self, verb: &'static str) -> Decision {
        let _ = verb;
        Decision::Go
    }

    /// The handler of another connection.
    fn share(&self) -> Box<dyn Handler>;
}

/// What a server does about a command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// What it would do anyway.
    Go,
    /// It says this. What the command asks for is done if the reply is positive, such as the 251
    /// of a recipient that has moved, and not done otherwise. After 421 it hangs up.
    Reply(Reply),
    /// It does nothing, says nothing, and hangs up. What was said before goes out.
    Close,
    /// It does what the command asks for, says nothing of it, and hangs up: a message is stored,
    /// and its client does not learn it.
    CloseAfter,
    /// It does what it would do anyway, after this time.
    Delay(Duration),
    /// It does nothing, and falls silent until the client goes, or its time is up.
    Stall,
}

impl Decision {
    /// Whether what was asked for is done.
    pub(crate) fn does_it(&self) -> bool {
        match self {
            Self::Go | Self::Delay(_) | Self::CloseAfter => true,
            Self::Reply(reply) => reply.is_positive(),
            Self::Close | Self::Stall => false,
        }
    }

    /// Whether the conversation ends with it, in silence.
    pub(crate) fn hangs_up(&self) -> bool {
        matches!(self, Self::Close | Self::CloseAfter | Self::Stall)
    }
}

/// Says yes to everything.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Yes;

impl Handler for Yes {
    fn share(&self) -> Box<dyn Handler> {
        Box::new(*self)
    }
}
