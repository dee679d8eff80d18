//! Any octets as a received message: nothing panics, all that is given lies within the message,
//! and the headers hold no line end.
#![no_main]

use comms_mime::{ParseError, ParsedMessage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    match ParsedMessage::new(octets) {
        Ok(message) => everything(&message, 0),
        Err(error) => assert!(!matches!(error, ParseError::Octets { .. } | ParseError::Source(_))),
    }
});

fn everything(message: &ParsedMessage<'_>, depth: usize) {
    assert!(depth <= 32);
    let length = message.octets().len();
    for found in [message.from(), message.to(), message.cc(), message.reply_to()] {
        for one in found {
            assert!(!one.to_string().contains(['\r', '\n', '\0', '\x1b']));
        }
    }
    for id in message.message_id().iter().chain(&message.in_reply_to()).chain(&message.references()) {
        assert!(!id.is_empty() && !id.contains(|c: char| c.is_control() || c.is_whitespace()));
    }
    if let Some(date) = message.date() {
        let _ = date.rfc5322();
    }
    let _ = (message.subject(), message.text(), message.html());
    let parts = message.parts();
    assert!(!parts.is_empty() && parts.len() <= 1_000);
    for part in &parts {
        assert!(part.raw().len() <= length && part.octets().len() <= length);
        let _ = (part.file_name(), part.content_id(), part.disposition(), part.text());
        assert!(part.essence().contains('/'));
        for header in part.headers() {
            assert!(!header.name().is_empty() && header.raw().len() <= length);
            let _ = header.value();
        }
        for within in part.parts() {
            assert!(part.raw().len() >= within.raw().len());
        }
    }
    for part in message.attachments().iter().filter(|part| part.is_message()).take(2) {
        if let Ok(inner) = message.embedded(part) {
            everything(&inner, depth + 1);
        }
    }
}
