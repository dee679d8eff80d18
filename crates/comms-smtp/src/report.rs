//! What became of a message, recipient by recipient.

use std::sync::Arc;
use std::time::Duration;

use comms_core::Error;
use comms_mime::Address;

use crate::extensions::Extensions;
use crate::wire::reply::Reply;

/// What a server said to a message that it took for at least one recipient.
#[derive(Debug)]
#[non_exhaustive]
pub struct SendReport {
    /// The message's own identifier, without brackets; empty for a raw message that has none.
    pub message_id: String,
    /// The server's reply to the content: the first that said yes.
    pub reply: Reply,
    /// Further replies that said yes: in LMTP one for each recipient, and one for each further
    /// transaction where the recipients did not go into one.
    pub further_replies: Vec<Reply>,
    /// The name that the server gave the message, where its reply has a form that is known.
    pub queue_id: Option<String>,
    /// The recipients that were accepted.
    pub accepted: Vec<Address>,
    /// Those among them to whom the server forwards (251), with where to.
    pub forwarded: Vec<Forwarded>,
    /// The recipients that were not accepted.
    pub rejected: Vec<Rejected>,
    /// Recipients that had moved (551) and were asked for at their new address, which is then
    /// among the accepted or the rejected.
    pub relocated: Vec<Relocated>,
    /// What cut the message off after it was taken for some.
    pub unfinished: Option<Unfinished>,
    /// What the server had offered.
    pub extensions: Arc<Extensions>,
    /// Octets of content that were sent, the dots of the transport not counted.
    pub size: u64,
    /// Time from the first command to the last reply.
    pub time: Duration,
}

/// A recipient that was refused, and with what words.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejected {
    /// The recipient.
    pub recipient: Address,
    /// The server's reply.
    pub reply: Reply,
}

impl Rejected {
    /// A refusal, with as much of the server's words as is worth keeping for each recipient.
    pub(crate) fn new(recipient: Address, reply: &Reply) -> Self {
        Self { recipient, reply: reply.cut_to(KEPT) }
    }
}

/// A recipient to whom the server forwards (RFC 5321 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forwarded {
    /// The recipient, as it was asked for.
    pub recipient: Address,
    /// Where to, if the server said so in a way that can be read.
    pub path: Option<Address>,
}

/// A recipient that had moved (RFC 5321 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relocated {
    /// Where it was asked for.
    pub old: Address,
    /// Where the server said that it is, and where it was asked for then.
    pub new: Address,
}

/// The recipients that nobody could be asked about any more, after others had been served.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unfinished {
    /// The recipients.
    pub recipients: Vec<Address>,
    /// What happened.
    pub error: Error,
}

/// Who gets a message and who does not, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    pub(crate) accepted: Vec<Address>,
    pub(crate) forwarded: Vec<Forwarded>,
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) relocated: Vec<Relocated>,
    /// The replies to the content that said yes.
    pub(crate) replies: Vec<Reply>,
}

impl Fates {
    /// Adds what a further transaction came to.
    pub(crate) fn add(&mut self, further: Self) {
        self.accepted.extend(further.accepted);
        self.forwarded.extend(further.forwarded);
        self.rejected.extend(further.rejected);
        self.relocated.extend(further.relocated);
        self.replies.extend(further.replies);
    }
}

/// Octets that are kept of a refusal: there can be one for each of thousands of recipients.
const KEPT: usize = 1024;
