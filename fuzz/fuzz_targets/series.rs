//! Series of messages to a server that says no, hangs up, falls silent, or loses its connection
//! anywhere: what is told of each message is what the server has, and nobody gets another's.
#![no_main]

use std::collections::BTreeSet;

use comms_core::{CommsStack, Error, ErrorClass, Result};
use comms_fuzz::{Draft, Draws, Letter, ModelServer, Offers, Record, is_harmless};
use comms_smtp::{SendReport, Smtp, SmtpError, SmtpStack};
use comms_testkit::ManualClock;
use comms_util::Util;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    offers: u8,
    limits: [u8; 3],
    portion: u8,
    properties: u8,
    window: u8,
    /// How many messages there are, and before which of them the connection is idle.
    count: u8,
    pause: u8,
    drafts: [Draft; MOST],
    draws: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let flag = |octet: u8, at: u8| octet >> at & 1 != 0;
    let offers = Offers {
        pipelining: !flag(input.offers, 0),
        chunking: flag(input.offers, 1),
        pretends: !flag(input.offers, 6) && input.offers >> 2 & 7 == 7,
        size: flag(input.offers, 5),
        lmtp: flag(input.offers, 6),
        // Most servers have none.
        limits: input.limits.map(|limit| limit.saturating_sub(240)),
    };
    let set = input.properties;
    let server = ModelServer::new(offers, Draws::new(input.draws), input.portion);
    let record = server.record();
    let mut stack = CommsStack::builder()
        .layer(Smtp::new())
        .layer(Util::new())
        .layer(server)
        .build()
        .expect("a stack");
    stack.set_clock(ManualClock::new());
    let properties = [
        ("strict", flag(set, 0)),
        ("pipelining", !flag(set, 1)),
        ("chunking", !flag(set, 2)),
        ("binary", flag(set, 3)),
        ("reconnect", !flag(set, 4)),
        ("follow_relocation", !flag(set, 5)),
    ];
    for (name, value) in properties {
        stack.set(name, value).expect("a property");
    }
    stack.set("protocol", if offers.lmtp { "lmtp" } else { "smtp" }).expect("a protocol");
    stack.set("stray_line_ends", if flag(set, 6) { "refuse" } else { "repair" }).expect("a policy");
    stack.set("window", i64::from(input.window % 8)).expect("a number");
    stack.set("local_mail_domain", "client.example").expect("a name");

    let count = usize::from(input.count) % (MOST + 1);
    let drafts = input.drafts.iter().take(count).enumerate();
    let letters = drafts.map(|(number, draft)| Letter::new(number, *draft)).collect::<Vec<_>>();
    if let Err(error) = stack.connect() {
        check_class(&error, &record);
        assert!(record.moods() + record.breaks() > 0, "a server that does all: {error:?}");
        assert!(record.taken().is_empty());
        return;
    }
    let (first, second) = letters.split_at(usize::from(input.pause).min(count));
    let mut told = send(&mut stack, first, flag(set, 7));
    record.idle();
    told.extend(send(&mut stack, second, flag(set, 7)));
    let _ = stack.disconnect();

    assert_eq!(told.len(), count, "each message has one outcome");
    let taken = record.taken();
    for one in &taken {
        let letter = letters.iter().find(|letter| letter.sender == one.sender);
        let letter = letter.expect("a sender of ours");
        let is_its = |recipient: &String| recipient.starts_with(&letter.prefix);
        assert!(one.recipients.iter().all(is_its), "another's envelope: {one:?}");
        assert!(letter.contents.contains(&one.content), "another's content, or a part: {one:?}");
    }
    for (letter, outcome) in letters.iter().zip(&told) {
        let copies = |address: &str| {
            let its = taken.iter().filter(|one| one.sender == letter.sender);
            its.flat_map(|one| &one.recipients).filter(|one| *one == address).count()
        };
        match outcome {
            Ok(report) => check_report(letter, report, copies, &record),
            Err(error) => check_error(letter, error, copies, &record),
        }
    }
    let most = 2 + 2 * letters.len() * MOST_RECIPIENTS;
    assert!(record.connections() <= most, "{} connections", record.connections());
    check_liveness(&letters, &told, &input, &record);
});

/// Sends messages one by one, or as a series; gives what was told of each. What has ended is
/// connected again, as an error says.
fn send(stack: &mut CommsStack, letters: &[Letter], alone: bool) -> Vec<Result<SendReport>> {
    let messages = letters.iter().map(|letter| &letter.message);
    if !alone {
        if !stack.is_connected() && stack.connect().is_err() {
            let gone = || Error::new(ErrorClass::Connection, "there is no server");
            return letters.iter().map(|_| Err(gone())).collect();
        }
        return stack.smtp().expect("a session").send_all(messages).expect("a series");
    }
    let sent = messages.map(|message| {
        if !stack.is_connected() {
            stack.connect()?;
        }
        let receipt = stack.send(message)?;
        Ok(receipt.into_report::<SendReport>().expect("a report"))
    });
    sent.collect()
}

/// Who is said to have it has it once, and nobody else has.
fn check_report(
    letter: &Letter,
    report: &SendReport,
    copies: impl Fn(&str) -> usize,
    record: &Record,
) {
    let unfinished = report.unfinished.as_ref();
    let unknown = unfinished.is_some_and(|one| one.error.class() == ErrorClass::DeliveryUnknown);
    let accepted = report.accepted.iter().map(ToString::to_string).collect::<Vec<_>>();
    let rejected = report.rejected.iter().map(|one| one.recipient.to_string()).collect::<Vec<_>>();
    let left = unfinished.map(|one| one.recipients.iter().map(ToString::to_string).collect());
    let left: Vec<String> = left.unwrap_or_default();
    for address in &accepted {
        assert_eq!(copies(address), 1, "accepted: {address}, {report:?}");
    }
    for address in &rejected {
        assert_eq!(copies(address), 0, "rejected: {address}, {report:?}");
    }
    for address in &left {
        let most = usize::from(unknown);
        assert!(copies(address) <= most, "unfinished: {address}, {report:?}");
    }

    let mut asked = letter.message.envelope().addresses().map(ToString::to_string).collect();
    let mut moved = BTreeSet::new();
    for one in &report.relocated {
        BTreeSet::extend(&mut asked, [one.new.to_string()]);
        moved.insert(one.old.to_string());
    }
    let asked = asked.difference(&moved).cloned().collect::<BTreeSet<_>>();
    let told = [accepted, rejected, left].concat();
    assert_eq!(told.len(), asked.len(), "each recipient is told of once: {report:?}");
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), asked, "{report:?}");

    let taken = record.taken();
    for reply in std::iter::once(&report.reply).chain(&report.further_replies) {
        assert!(reply.is_positive());
        let number = reply.text().rsplit(' ').next().and_then(|word| word.parse::<usize>().ok());
        let named = number.and_then(|number| taken.get(number));
        let named = named.expect("a reply to a content");
        assert_eq!(named.sender, letter.sender, "another's reply: {report:?}");
    }
    if let Some(unfinished) = unfinished {
        check_class(&unfinished.error, record);
    }
}

/// Nobody has it, or nobody knows.
fn check_error(letter: &Letter, error: &Error, copies: impl Fn(&str) -> usize, record: &Record) {
    check_class(error, record);
    let taken = record.taken();
    let its = || taken.iter().filter(|one| one.sender == letter.sender);
    if error.class() != ErrorClass::DeliveryUnknown {
        assert_eq!(its().count(), 0, "{error:?}");
        return;
    }
    let Some(SmtpError::Unknown { accepted, rejected, .. }) = error.cause() else {
        panic!("unknown by another name: {error:?}");
    };
    for one in its().flat_map(|one| &one.recipients) {
        assert_eq!(copies(one), 1, "{error:?}");
        assert!(rejected.iter().all(|no| no.recipient.to_string() != *one), "{error:?}");
    }
    for address in accepted {
        let copies = copies(&address.to_string());
        assert!(copies <= 1, "{error:?}");
    }
}

fn check_class(error: &Error, record: &Record) {
    let class = error.class();
    let known = match class {
        ErrorClass::Transient | ErrorClass::Permanent | ErrorClass::Content => true,
        ErrorClass::Protocol => record.contradictions() + record.breaks() > 0,
        ErrorClass::Connection | ErrorClass::Timeout | ErrorClass::DeliveryUnknown => true,
        _ => false,
    };
    assert!(known, "{class}: {error:?}");
    assert!(is_harmless(&error.sentence()), "{error:?}");
}

/// Where nothing breaks, nothing is lost; where nothing is refused either, all is delivered.
fn check_liveness(
    letters: &[Letter],
    told: &[Result<SendReport>],
    input: &Input<'_>,
    record: &Record,
) {
    let reconnects = input.properties >> 4 & 1 == 0;
    if record.breaks() > 0 || record.contradictions() > 0 || !reconnects {
        return;
    }
    for (letter, outcome) in letters.iter().zip(told) {
        let Err(error) = outcome else { continue };
        let strays = input.properties >> 6 & 1 != 0;
        let ours = error.class() == ErrorClass::Content && (letter.is_frail || strays);
        let no = matches!(error.class(), ErrorClass::Transient | ErrorClass::Permanent);
        assert!(ours || no, "nothing broke: {error:?}");
        let limited = input.limits.iter().any(|limit| *limit > 240);
        assert!(ours || record.moods() > 0 || limited, "nothing was refused: {error:?}");
    }
}

/// Of messages.
const MOST: usize = 6;

/// With those to whom they may have moved.
const MOST_RECIPIENTS: usize = 12;
