//! The client with a server that says anything, whatever it is told: it ends, each message has one
//! outcome, its errors are of the classes that a server can cause, and it believes a message sent
//! only if the server took it.
#![no_main]

use comms_core::{CommsStack, Error, ErrorClass, Result};
use comms_fuzz::{Peer, is_harmless};
use comms_mime::{Address, RawMessage};
use comms_smtp::{
    Envelope, Reply, ReplyParser, ReversePath, SendReport, Smtp, SmtpMessage, SmtpStack,
};
use comms_testkit::ManualClock;
use comms_util::Util;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    portion: u8,
    hears: Option<u16>,
    strict: bool,
    pipelining: bool,
    chunking: bool,
    follows: bool,
    reconnects: bool,
    lmtp: bool,
    window: u8,
    /// Where what the peer says is cut: it says the next part on each further connection.
    cuts: [u8; CUTS],
    /// Messages one by one, and then a series.
    series: u8,
    octets: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let parts = parts(&input);
    let mut peer = Peer::new(parts.clone(), input.portion);
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
    stack.set_clock(ManualClock::new());
    stack.set("local_mail_domain", "client.example").expect("a name");
    stack.set("protocol", if input.lmtp { "lmtp" } else { "smtp" }).expect("a protocol");
    stack.set("window", i64::from(input.window)).expect("a number");
    for (name, value) in [
        ("strict", input.strict),
        ("pipelining", input.pipelining),
        ("chunking", input.chunking),
        ("follow_relocation", input.follows),
        ("reconnect", input.reconnects),
    ] {
        stack.set(name, value).expect("a property");
    }

    let replies = parts.iter().map(|octets| replies(octets)).collect::<Vec<_>>();
    match stack.connect() {
        Ok(()) => assert_eq!(replies[0].first().map(Reply::code), Some(220)),
        Err(error) => check(&error, "connect"),
    }
    let message = message();
    for _ in 0..if stack.is_connected() { MESSAGES } else { 0 } {
        let before = said.octets().len();
        let receipt = stack.send(&message);
        let report = receipt.map(|one| one.into_report::<SendReport>().expect("a report"));
        judge(&report, &replies, &input);
        let Err(error) = &report else { continue };
        // Once the content has its end, nobody knows, unless the server has said no; and a new
        // connection is made only for what nobody has.
        let unknown = error.class() == ErrorClass::DeliveryUnknown;
        let no = matches!(error.class(), ErrorClass::Transient | ErrorClass::Permanent);
        let whole = self::whole(&said.octets()[before..]);
        let broken = input.hears.is_some_and(|hears| said.octets().len() > hears.into());
        assert!(broken || unknown <= whole, "{error:?}");
        assert!(broken || input.reconnects || whole <= (unknown || no), "{error:?}");
    }
    if stack.is_connected() {
        let count = usize::from(input.series % 8);
        let series = std::iter::repeat_n(&message, count);
        let told = stack.smtp().expect("a session").send_all(series).expect("a series");
        assert_eq!(told.len(), count, "each message has one outcome");
        told.iter().for_each(|outcome| judge(outcome, &replies, &input));
    }
    // What waited to be sent may find nobody any more; the stack lets go all the same.
    if let Err(error) = stack.disconnect() {
        assert!(input.hears.is_some());
        check(&error, "disconnect");
    }
    assert!(!stack.is_connected());
    // It asks again only who has moved and who has to wait, and each time for what a peer said.
    let most = 4096 + 256 * input.octets.len() * (1 + parts.len());
    assert!(said.octets().len() < most, "it says too much");
});

/// What the peer says, connection by connection.
fn parts(input: &Input<'_>) -> Vec<Vec<u8>> {
    let mut rest = input.octets;
    let mut parts = Vec::new();
    for cut in input.cuts.into_iter().filter(|cut| *cut > 0) {
        let (part, behind) = rest.split_at(usize::from(cut).min(rest.len()));
        parts.push(part.to_vec());
        rest = behind;
    }
    parts.push(rest.to_vec());
    parts
}

fn judge(outcome: &Result<SendReport>, replies: &[Vec<Reply>], input: &Input<'_>) {
    match outcome {
        Ok(report) => believe(report, replies, input),
        Err(error) => check(error, "send"),
    }
}

/// That a report is borne out by what the server said.
fn believe(report: &SendReport, replies: &[Vec<Reply>], input: &Input<'_>) {
    let replies = replies.iter().flatten();
    for reply in std::iter::once(&report.reply).chain(&report.further_replies) {
        assert!(reply.is_positive());
        // Each is one that it said, and behind 354 where there are no chunks.
        assert!(replies.clone().any(|said| said == reply), "the server did not take it");
    }
    let goes_on = replies.clone().any(Reply::is_intermediate);
    assert!(goes_on || input.chunking && report.extensions.offers("CHUNKING"));
    assert!(!report.accepted.is_empty());
    let yes = 1 + report.further_replies.len();
    assert!(if input.lmtp { yes == report.accepted.len() } else { yes <= report.accepted.len() });

    let left = report.unfinished.as_ref().map_or(0, |unfinished| unfinished.recipients.len());
    let told = report.accepted.len() + report.rejected.len() + left;
    // Two who have moved to one address are one.
    assert!(told <= RECIPIENTS.len());
    assert!(told == RECIPIENTS.len() || !report.relocated.is_empty());
    assert!(input.follows || report.relocated.is_empty());
    assert!(!input.strict || report.rejected.is_empty() || input.lmtp);
    assert!(report.forwarded.iter().all(|one| report.accepted.contains(&one.recipient)));
    let mut texts = report.extensions.keywords().chain(report.queue_id.clone());
    assert!(texts.all(|text| is_harmless(&text)));
    if let Some(unfinished) = &report.unfinished {
        check(&unfinished.error, "send");
    }
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

/// Whether the content went out to its end.
fn whole(said: &[u8]) -> bool {
    said.windows(END.len()).any(|octets| octets == END)
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

/// The end of the content on the wire, behind 354 and in a chunk.
const END: &[u8] = b"The end\r\n";

/// Further connections.
const CUTS: usize = 3;
