//! What the tests of messages have in common.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use comms_mime::{Mailbox, Message, MessageBuilder, Transfer};

/// A message with an author and a recipient.
pub(crate) fn begun() -> MessageBuilder {
    Message::builder().from(mailbox("ann@x.example")).to(mailbox("bob@y.example"))
}

/// A mailbox that is known to be valid.
pub(crate) fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

/// The octets of a message, whose length was told before.
pub(crate) fn written(message: &Message, transfer: Transfer) -> Vec<u8> {
    let mut octets = Vec::new();
    message.write(&mut octets, transfer).unwrap();
    assert_eq!(message.encoded_len(transfer), Some(octets.len() as u64));
    // In binary a message may end with the last octet of a file.
    assert!(octets.ends_with(b"\r\n") || transfer == Transfer::Binary);
    octets
}

/// The octets as text.
pub(crate) fn text_of(message: &Message, transfer: Transfer) -> String {
    String::from_utf8(written(message, transfer)).unwrap()
}
