//! What a transaction waits for, how far it is, and what can end it.

use comms_core::Error;

use crate::step::Step;
use crate::wire::reply::Reply;

/// A command or content whose reply is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Rset,
    Mail,
    /// The recipient at this place of the plan.
    Rcpt(usize),
    Data,
    /// A part of the content that is not the last (RFC 3030).
    Chunk,
    /// The content, which is then known to have been sent to its end.
    Content,
    /// The content, as far as the recipient at this place of those accepted is concerned (RFC 2033).
    ContentFor(usize),
}

impl Asked {
    /// The step of which it is a part.
    pub(crate) fn step(self) -> Step {
        match self {
            Self::Rset => Step::Other,
            Self::Mail => Step::Mail,
            Self::Rcpt(_) => Step::Rcpt,
            Self::Data => Step::Data,
            Self::Chunk => Step::Block,
            Self::Content | Self::ContentFor(_) => Step::End,
        }
    }
}

/// How much of the content has been handed down.
///
/// ```text
///  None --first octet--> Part --its end--> Whole
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    None,
    Part,
    Whole,
}

/// What ended the session under a transaction.
#[derive(Debug)]
pub(crate) enum Farewell {
    /// The server said 421: what it was asked after that is not done any more.
    Said(Reply),
    /// The connection was lost, or what came over it is not to be believed any more.
    Lost(Error),
}
