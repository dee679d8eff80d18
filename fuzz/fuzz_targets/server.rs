//! The embedded server with a client that says anything and goes away: it ends, each of its
//! replies is one, and what it takes is what the client sent.
#![no_main]

use comms_core::{CommsStack, ErrorClass};
use comms_fuzz::{Peer, is_harmless};
use comms_smtp::{MemoryStore, Received, Reply, ReplyParser, ServerStack, SmtpServer};
use comms_util::Util;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    portion: u8,
    size_limit: Option<u8>,
    lmtp: bool,
    octets: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let (peer, store) = (Peer::new([input.octets.to_vec()], input.portion), MemoryStore::new());
    let said = peer.said();
    let server = SmtpServer::new(store.clone());
    let mut stack = CommsStack::builder()
        .layer(server)
        .layer(Util::new())
        .layer(peer)
        .build()
        .expect("a stack");
    if let Some(limit) = input.size_limit {
        stack.set("size_limit", i64::from(limit)).expect("a limit");
    }
    if input.lmtp {
        stack.set("protocol", "lmtp").expect("a protocol");
    }
    stack.connect().expect("a greeting that waits to be sent");
    let outcome = stack.serve();
    stack.disconnect().expect("a goodbye");

    let (replies, messages) = (replies(&said.octets()), store.messages());
    assert_eq!(replies.first().map(Reply::code), Some(220));
    assert!(said.octets().len() <= 1024 + 64 * input.octets.len(), "it says too much");
    let queued = replies.iter().filter(|reply| reply.text().contains("queued as")).count();
    // With LMTP a message is told to each of its recipients.
    let told = |message: &Received| if input.lmtp { message.envelope.recipients.len() } else { 1 };
    assert_eq!(queued, messages.iter().map(told).sum::<usize>());
    match outcome {
        Ok(taken) => assert_eq!(usize::try_from(taken), Ok(messages.len())),
        Err(error) => {
            assert!(matches!(error.class(), ErrorClass::Connection | ErrorClass::Protocol));
            assert!(is_harmless(&error.sentence()), "{error:?}");
        }
    }
    let in_chunks = input.octets.windows(4).any(|verb| verb.eq_ignore_ascii_case(b"BDAT"));
    let content = messages.iter().map(|message| message.content.len()).sum::<usize>();
    assert!(content <= input.octets.len());
    for message in messages {
        assert!(!message.envelope.recipients.is_empty());
        // A chunk is any octets; what ends with a dot is lines.
        let is_lines = message.content.is_empty() || message.content.ends_with(b"\r\n");
        assert!(is_lines || in_chunks);
        let limit = input.size_limit.unwrap_or(0);
        assert!(limit == 0 || message.content.len() <= limit.into());
    }
});

/// Everything that the server said, which must be replies and nothing else.
fn replies(said: &[u8]) -> Vec<Reply> {
    let mut parser = ReplyParser::default();
    let lines = said.split_inclusive(|octet| *octet == b'\n');
    lines.filter_map(|line| parser.line(line).expect("a line of a reply")).collect()
}
