//! What a transaction waits for.

use crate::step::Step;

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
