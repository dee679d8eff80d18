//! What became of a message, recipient by recipient.

use std::time::Duration;

use comms_mime::Address;

use crate::wire::reply::Reply;

/// What a server said to a message that it took for at least one recipient.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SendReport {
    /// The message's own identifier, without brackets; empty for a raw message that has none.
    pub message_id: String,
    /// The server's reply to the content.
    pub reply: Reply,
    /// The name that the server gave the message, where its reply has a form that is known.
    pub queue_id: Option<String>,
    /// The recipients that were accepted.
    pub accepted: Vec<Address>,
    /// The recipients that were not.
    pub rejected: Vec<Rejected>,
    /// What the server had offered.
    pub extensions: Vec<String>,
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

/// The queue id in a reply to the content, where the server's form of it is known. An unknown form
/// gives none, never a guess.
pub(crate) fn queue_id(reply: &Reply) -> Option<String> {
    let text = reply.text();
    let after = |mark: &str| {
        let (_, rest) = text.split_once(mark)?;
        rest.split([' ', ')', ',']).next()
    };
    let accepted = "Message accepted for delivery";
    // Postfix and those that answer like it; Exim; Sendmail and OpenSMTPD.
    let found = after("queued as ").or_else(|| after("OK id=")).or_else(|| {
        let (before, _) = text.split_once(accepted)?;
        before.trim_end_matches([':', ' ']).rsplit(' ').next()
    })?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let is_id = found.len() >= 6 && found.len() <= 64 && found.chars().all(plain);
    (is_id && found.bytes().any(|octet| octet.is_ascii_digit())).then(|| found.to_owned())
}

/// Octets that are kept of a refusal: there can be one for each of thousands of recipients.
const KEPT: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_id_is_found_in_known_forms_and_never_guessed() {
        let of = |text: &str| queue_id(&Reply::new(250, text));
        assert_eq!(of("2.0.0 Ok: queued as 4XyZ1k2s3tz9").as_deref(), Some("4XyZ1k2s3tz9"));
        assert_eq!(of("OK id=1abCde-000000001Gx-2fKL").as_deref(), Some("1abCde-000000001Gx-2fKL"));
        assert_eq!(
            of("2.0.0 4A1B2C3d012345 Message accepted for delivery").as_deref(),
            Some("4A1B2C3d012345")
        );
        assert_eq!(
            of("2.0.0: 1a2b3c4d Message accepted for delivery").as_deref(),
            Some("1a2b3c4d")
        );
        for unknown in ["2.0.0 Ok", "thank you", "queued as ", "OK id=<evil>", "Message accepted"] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
    }
}
