//! What a server says to a recipient, and to the content for a recipient.

use std::fmt;

use comms_mime::Address;

use crate::wire::reply::Reply;

/// How a recipient was accepted (RFC 5321 3.4). The display is a line for a person.
///
/// A recipient that was not accepted is an error, [`SmtpError::Refused`](crate::SmtpError::Refused).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acceptance {
    /// As it was asked for.
    Accepted {
        /// The server's words.
        reply: Reply,
    },
    /// The server forwards to somebody else (251).
    Forwarded {
        /// Where to, if the server said so in a way that can be read.
        path: Option<Address>,
        /// The server's words.
        reply: Reply,
    },
    /// The recipient had moved (551), and its new address was accepted.
    Relocated {
        /// The new address.
        new: Address,
        /// The server's words to the new address; to the old one where the new one had been
        /// accepted before.
        reply: Reply,
    },
}

impl Acceptance {
    /// The server's words.
    pub fn reply(&self) -> &Reply {
        match self {
            Self::Accepted { reply }
            | Self::Forwarded { reply, .. }
            | Self::Relocated { reply, .. } => reply,
        }
    }
}

impl fmt::Display for Acceptance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { reply } | Self::Forwarded { reply, .. } => reply.fmt(f),
            Self::Relocated { new, reply } => write!(f, "moved to <{new}>: {reply}"),
        }
    }
}

/// What the server said to the content, as far as one recipient is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The recipient, which had been accepted.
    pub recipient: Address,
    /// The server's words: yes or no.
    pub reply: Reply,
}

/// `<bob@y.example>: 250 saved`.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>: {}", self.recipient, self.reply)
    }
}
