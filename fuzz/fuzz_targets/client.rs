//! The client with a server that says anything, whatever it is told: it ends, its errors are of
//! the classes that a server can cause, and it believes a message sent only if the server took it.
#![no_main]

use comms_core::{CommsStack, Error, ErrorClass};
use comms_fuzz::{Peer, is_harmless};
use comms_mime::{Address, RawMessage};
use comms_smtp::{Envelope, Reply, ReplyParser, ReversePath, SendReport, Smtp, SmtpMessage};
use comms_util::Util;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    portion: u8,
    hears: Option<u16>,
    strict: bool,
    pipelining: bool,
    octets: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let mut peer = Peer::new(input.octets, input.portion);
    if let Some(octets) = input.hears {
        peer = peer.hears(octets);
    }
    let said = peer.said();
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(peer)
        .build()
        .expect("a stack");
    stack.set("local_mail_domain", "client.example").expect("a name");
    stack.set("strict", input.strict).expect("a property");
    stack.set("pipelining", input.pipelining).expect("a property");

    let replies = replies(input.octets);
    match stack.connect() {
        Ok(()) => assert_eq!(replies.first().map(Reply::code), Some(220)),
        Err(error) => check(&error, "connect"),
    }
    let message = message();
    for _ in 0..if stack.is_connected() { MESSAGES } else { 0 } {
        let ends = ends(&said.octets());
        match stack.send(&message) {
            Ok(receipt) => {
                let report = receipt.into_report::<SendReport>().expect("a report");
                believe(&report, &replies, input.strict);
            }
            Err(error) => {
                check(&error, "send");
                // Once the content has its end, nobody knows, unless the server has said no.
                let unknown = error.class() == ErrorClass::DeliveryUnknown;
                let no = matches!(error.class(), ErrorClass::Transient | ErrorClass::Permanent);
                let whole = self::ends(&said.octets()) > ends;
                let broken = input.hears.is_some_and(|hears| said.octets().len() > hears.into());
                assert!(broken || unknown <= whole && whole <= (unknown || no), "{error:?}");
            }
        }
    }
    // What waited to be sent may find nobody any more; the stack lets go all the same.
    if let Err(error) = stack.disconnect() {
        assert!(input.hears.is_some());
        check(&error, "disconnect");
    }
    assert!(!stack.is_connected());
    assert!(said.octets().len() < 4096, "it says too much");
});

/// That a report is borne out by what the server said.
fn believe(report: &SendReport, replies: &[Reply], strict: bool) {
    assert!(report.reply.is_positive());
    let took = |pair: &[Reply]| pair[0].is_intermediate() && pair[1] == report.reply;
    assert!(replies.windows(2).any(took), "the server did not take it");
    assert!(!report.accepted.is_empty());
    assert_eq!(report.accepted.len() + report.rejected.len(), RECIPIENTS.len());
    assert!(!strict || report.rejected.is_empty());
    assert!(report.extensions.keywords().chain(report.queue_id.clone()).all(|text| is_harmless(&text)));
}

fn check(error: &Error, call: &str) {
    let known = match error.class() {
        ErrorClass::Transient
        | ErrorClass::Permanent
        | ErrorClass::Protocol
        | ErrorClass::Connection => true,
        ErrorClass::DeliveryUnknown => call == "send",
        _ => false,
    };
    assert!(known, "{call}: {error:?}");
    assert!(is_harmless(&error.sentence()), "{call}: {error:?}");
    assert!(error.sentence().len() < 1024 * 1024);
}

/// How often the content went out to its end.
fn ends(said: &[u8]) -> usize {
    said.windows(END.len()).filter(|octets| *octets == END).count()
}

/// The replies of the server up to what is none.
fn replies(octets: &[u8]) -> Vec<Reply> {
    let mut parser = ReplyParser::default();
    let lines = octets.split_inclusive(|octet| *octet == b'\n');
    lines.map_while(|line| parser.line(line).ok()).flatten().collect()
}

fn message() -> SmtpMessage {
    let address = |text: &str| text.parse::<Address>().expect("an address");
    let sender = ReversePath::Address(address("ann@x.example"));
    let raw = RawMessage::bytes("Message-ID: <1@x.example>\r\n\r\n.\nThe end");
    SmtpMessage::raw(raw, Envelope::new(sender, RECIPIENTS.map(address)))
}

/// The second message finds what the first has left.
const MESSAGES: usize = 2;

const RECIPIENTS: [&str; 3] = ["bob@y.example", "carol@y.example", "dave@z.example"];

/// The end of the content on the wire.
const END: &[u8] = b"The end\r\n.\r\n";
