//! A matrix of messages, each with what went into it: whoever reads a message has to find that.

#![expect(clippy::unwrap_used, reason = "a case that cannot be made fails whoever asks for it")]

pub(crate) mod cases;
mod draft;
pub(crate) mod expected;
mod octets;
mod texts;
mod words;

use comms::{Address, Envelope, Message, SmtpMessage};

use crate::matrix::expected::Expected;

/// A message, and what has to be found in it.
pub(crate) struct Case {
    /// Says what is odd about it.
    pub(crate) name: String,
    pub(crate) message: Message,
    pub(crate) expected: Expected,
}

impl Case {
    /// The message on its way: the same for all, whoever the head names.
    pub(crate) fn to(&self, recipient: &str) -> SmtpMessage {
        let sender: Address = "sender@outside.example".parse().unwrap();
        let recipient: Address = recipient.parse().unwrap();
        SmtpMessage::new(self.message.clone(), Envelope::new(sender, [recipient]))
    }
}
