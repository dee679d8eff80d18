//! How long a client waits for each thing (RFC 5321 4.5.3.2), on a clock that nobody waits for.

#![cfg(test)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use comms_core::{
    Below, Clock, CommsModule, CommsStack, DeadlinePassed, Error, ErrorClass, ModuleSpec, Payload,
    Receipt,
};
use comms_mime::RawMessage;
use comms_smtp::{Smtp, SmtpMessage, SmtpStack};
use comms_testkit::{ManualClock, Script};
use comms_util::Util;

use crate::common::source::Source;
use crate::common::{HI_SAID, client, envelope, hi, opening, raw, send};

const HOUR: Duration = Duration::from_secs(3600);

/// Connects and sends to two recipients.
fn session(stack: &mut CommsStack) -> Result<(), Error> {
    stack.connect()?;
    send(stack, &hi(&["bob@y.example", "carol@y.example"])).map(|_| ())
}

/// A dialogue that falls silent, what it is then waited for, and the minutes.
fn stalls() -> Vec<(String, &'static str, u64)> {
    const ASKED: [&str; 4] = [
        "C: MAIL FROM:<ann@x.example>\n",
        "C: RCPT TO:<bob@y.example>\n",
        "C: RCPT TO:<carol@y.example>\n",
        "C: DATA\n",
    ];
    const TOLD: [&str; 4] = ["S: 250 ok\n", "S: 250-ok\nS: 250 ok\n", "S: 550 no\n", "S: 354 go\n"];
    const WAITS: [(&str, u64); 4] =
        [("reply to MAIL", 5), ("reply to RCPT", 5), ("reply to RCPT", 5), ("reply to DATA", 2)];
    let mut stalls = vec![
        ("stall".to_owned(), "greeting", 5),
        ("S: 220-a\nS=: 220 b\nstall".to_owned(), "greeting", 5),
        ("S: 220 a\nC: EHLO client.example\nstall".to_owned(), "reply to EHLO", 5),
        ("S: 220 a\nC: EHLO client.example\nS: 250-a\nstall".to_owned(), "reply to EHLO", 5),
        (
            "S: 220 a\nC: EHLO client.example\nS: 502 what?\nC: HELO client.example\nstall"
                .to_owned(),
            "reply to HELO",
            5,
        ),
    ];
    for (at, (reason, minutes)) in WAITS.into_iter().enumerate() {
        let done = ASKED.iter().zip(TOLD).take(at).flat_map(|(asked, told)| [*asked, told]);
        let lockstep = opening(&[]) + &done.collect::<String>() + ASKED[at] + "stall";
        let group = opening(&["PIPELINING"]) + &ASKED.concat() + &TOLD[..at].concat() + "stall";
        stalls.push((lockstep, reason, minutes));
        stalls.push((group, reason, minutes));
    }
    for keywords in [&[][..], &["PIPELINING"]] {
        let steps = ASKED.iter().zip(TOLD).flat_map(|(asked, told)| [*asked, told]);
        let all = opening(keywords) + &steps.collect::<String>() + HI_SAID + "stall";
        stalls.push((all, "reply to the end of data", 10));
    }
    stalls
}

fn check(error: &Error, reason: &str, budget: Duration, clock: &ManualClock) {
    let class = if reason == "reply to the end of data" {
        ErrorClass::DeliveryUnknown
    } else {
        ErrorClass::Timeout
    };
    assert_eq!(error.class(), class, "{error:?}");
    let words = format!("the time for the {reason} ({} s) ran out", budget.as_secs());
    assert!(error.sentence().contains(&words), "{error:?}");
    assert_eq!(error.layer(), "Script", "{error:?}");
    assert_eq!(clock.elapsed(), budget, "{error:?}");
}

#[test]
fn each_step_is_waited_for_as_long_as_the_rfc_says() {
    for (dialogue, reason, minutes) in stalls() {
        let (mut stack, _, clock) = client(Script::parse(&dialogue).unwrap());
        let error = session(&mut stack).unwrap_err();
        check(&error, reason, Duration::from_secs(60 * minutes), &clock);
        stack.disconnect().unwrap();
        assert!(!stack.is_connected());
    }
}

#[test]
fn the_property_timeout_takes_the_place_of_each() {
    for (dialogue, reason, _) in stalls() {
        let (mut stack, _, clock) = client(Script::parse(&dialogue).unwrap());
        stack.set("timeout", Duration::from_secs(7)).unwrap();
        let error = session(&mut stack).unwrap_err();
        check(&error, reason, Duration::from_secs(7), &clock);
    }
}

#[test]
fn the_callers_own_deadline_is_never_put_off() {
    for (dialogue, reason, _) in stalls() {
        let (mut stack, _, clock) = client(Script::parse(&dialogue).unwrap());
        stack.limit(Duration::from_secs(90), "whole message");
        let error = session(&mut stack).unwrap_err();
        let reason = if reason.ends_with("of data") { reason } else { "whole message" };
        if reason == "whole message" {
            check(&error, reason, Duration::from_secs(90), &clock);
        } else {
            assert_eq!(error.class(), ErrorClass::DeliveryUnknown);
            assert_eq!(clock.elapsed(), Duration::from_secs(90));
        }
    }
}

#[test]
fn a_stall_says_how_much_had_come() {
    let (mut stack, _, _) = client(Script::parse("S=: 220-\nstall").unwrap());
    let error = stack.connect().unwrap_err();
    let passed = error.cause::<DeadlinePassed>().unwrap();
    assert_eq!((passed.reason, passed.octets), ("greeting", Some(4)));
    let sentence = error.sentence();
    assert!(sentence.ends_with("the time for the greeting (300 s) ran out after 4 octets"));
    let (mut stack, _, _) = client(Script::parse("stall").unwrap());
    let sentence = stack.connect().unwrap_err().sentence();
    assert!(sentence.ends_with("(300 s) ran out, nothing arrived"), "{sentence}");
}

/// A client above a bottom of the test's own.
fn above(bottom: impl CommsModule) -> (CommsStack, Arc<ManualClock>) {
    let mut stack =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(bottom).build().unwrap();
    stack.set("local_mail_domain", "client.example").unwrap();
    let clock = ManualClock::new();
    stack.set_clock(clock.clone());
    (stack, clock)
}

#[test]
fn one_octet_every_second_does_not_put_off_the_end() {
    // A line without end, and lines without end.
    let sources: [fn(u64) -> u8; 2] =
        [|_| b'2', |at| *b"220-\r\n".get(usize::try_from(at % 6).unwrap()).unwrap()];
    for octet in sources {
        let (mut stack, clock) = above(Source::new(octet).every(Duration::from_secs(1)));
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Timeout);
        let sentence = error.sentence();
        assert!(sentence.contains("the greeting (300 s) ran out after 299 octets"), "{sentence}");
        assert_eq!(clock.elapsed(), Duration::from_secs(300));
    }
}

/// A filter through which nothing large goes: it waits for as long as there is time.
#[derive(Debug)]
struct Stuck;

static STUCK: ModuleSpec = ModuleSpec::filter("Stuck", "lets nothing large pass");

impl CommsModule for Stuck {
    fn spec(&self) -> &'static ModuleSpec {
        &STUCK
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt, Error> {
        if payload.len() < 1000 {
            return below.send(payload);
        }
        let left = below.deadline().remaining(below.clock())?;
        below.clock().sleep(left.unwrap());
        Err(below.deadline().passed().into())
    }
}

#[test]
fn in_lmtp_it_is_lhlo_that_is_not_answered() {
    let script = Script::parse("S: 220 a\nC: LHLO client.example\nstall").unwrap();
    let (mut stack, _, clock) = client(script);
    stack.set("protocol", "lmtp").unwrap();
    check(&stack.connect().unwrap_err(), "reply to LHLO", Duration::from_secs(300), &clock);
}

/// A filter through which content trickles: each kibibyte takes a second.
#[derive(Debug)]
struct Trickle;

static TRICKLE: ModuleSpec = ModuleSpec::filter("Trickle", "lets a kibibyte pass in a second");

impl CommsModule for Trickle {
    fn spec(&self) -> &'static ModuleSpec {
        &TRICKLE
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt, Error> {
        let time = Duration::from_secs(payload.len() as u64 / 1024);
        let left = below.deadline().remaining(below.clock())?.unwrap_or(time);
        below.clock().sleep(time.min(left));
        if time > left {
            return Err(below.deadline().passed().into());
        }
        below.send(payload)
    }
}

/// Sends a mebibyte through a trickle with this property set; gives the seconds that it took.
fn trickle(property: &str, value: &str) -> (Result<(), Error>, u64) {
    let script = Script::parse(
        "S: 220 a\nC~: EHLO *\nS: 250-a\nS: 250 PIPELINING\nC~: MAIL *\nC~: RCPT *\nC: DATA\n\
         S: 250 ok\nS: 250 ok\nS: 354 go\nuntil \\r\\n.\\r\\n\nS: 250 ok",
    );
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(Trickle);
    let mut stack = stack.layer(script.unwrap()).build().unwrap();
    let clock = ManualClock::new();
    stack.set_clock(clock.clone());
    stack.set(property, value).unwrap();
    stack.connect().unwrap();
    let content = "0123456789abcd\r\n".repeat(64 * 1024);
    let outcome = send(&mut stack, &raw(content, &["bob@y.example"])).map(|_| ());
    (outcome, clock.elapsed().as_secs())
}

#[test]
fn content_that_moves_is_waited_for_as_long_as_it_takes() {
    let (outcome, seconds) = trickle("timeout", "180");
    outcome.unwrap();
    assert_eq!(seconds, 1024);
}

/// A reader of lines that each take their time to come.
struct Slow {
    clock: Arc<ManualClock>,
    lines: usize,
    pause: Duration,
}

impl std::io::Read for Slow {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        const LINE: &[u8] = b"0123456789abcd\r\n";
        if self.lines == 0 || into.len() < LINE.len() {
            return Ok(0);
        }
        self.lines -= 1;
        self.clock.sleep(self.pause);
        into[..LINE.len()].copy_from_slice(LINE);
        Ok(LINE.len())
    }
}

#[test]
fn the_time_of_our_own_reader_was_held_against_the_server() {
    // A few lines that are hours apart, and many of which a block takes longer than it may.
    for (lines, pause) in [(4, HOUR), (40_000, Duration::from_secs(1))] {
        let (script, keywords) = ("C~: MAIL *\nS: 250 ok\nC~: RCPT *\nS: 250 ok\nC: DATA\n", []);
        let end = "S: 354 go\nuntil \\r\\n.\\r\\n\nS: 250 ok";
        let script = Script::parse(&[&opening(&keywords), script, end].concat()).unwrap();
        let (mut stack, _, clock) = client(script);
        stack.set("minimum_rate", 1024).unwrap();
        stack.connect().unwrap();
        let slow = Slow { clock: clock.clone(), lines, pause };
        let head = std::io::Read::chain(&b"Subject: x\r\n\r\n"[..], slow);
        let message = RawMessage::reader(head).unwrap();
        let message = SmtpMessage::raw(message, envelope(&["bob@y.example"]));
        send(&mut stack, &message).unwrap();
        assert!(clock.elapsed() >= pause * u32::try_from(lines).unwrap());
    }
}

#[test]
fn a_slow_iterator_was_taken_for_a_server_that_takes_nothing() {
    // The end of the first waits below, and with the next command it is more than waits there.
    for octets in (65_400..65_540).step_by(20) {
        let script = Script::parse(
            "S: 220 a\nC~: EHLO *\nS: 250-a\nS: 250 PIPELINING\nC~: MAIL *\nC~: RCPT *\nC: DATA\n\
             S: 250 ok\nS: 250 ok\nS: 354 go\nuntil \\r\\n.\\r\\n\nC~: MAIL *\nC~: RCPT *\nC: DATA\n\
             S: 250 one\nS: 250 ok\nS: 250 ok\nS: 354 go\nuntil \\r\\n.\\r\\n\nS: 250 two",
        );
        let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(Trickle);
        let mut stack = stack.layer(script.unwrap()).build().unwrap();
        let clock = ManualClock::new();
        stack.set_clock(clock.clone());
        stack.connect().unwrap();
        let contents = [octets, 10].map(|octets| "x".repeat(octets - 2) + "\r\n");
        let messages = contents.map(|content| raw(content, &["bob@y.example"]));
        let messages = messages.into_iter().inspect(|_| Clock::sleep(&*clock, HOUR));
        let told = stack.smtp().unwrap().send_all(messages).unwrap();
        assert!(told.iter().all(Result::is_ok), "{octets}: {told:?}");
    }
}

#[test]
fn a_server_that_takes_less_than_the_least_rate_is_given_up() {
    let (outcome, seconds) = trickle("minimum_rate", "2048");
    let error = outcome.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert!(error.sentence().contains("the time for the least rate of data"), "{error:?}");
    // The time of a block is granted ahead, and half of what it takes is earned on the way.
    assert!((300..420).contains(&seconds), "{seconds}");

    let (outcome, seconds) = trickle("minimum_rate", "512");
    outcome.unwrap();
    assert_eq!(seconds, 1024);
}

#[test]
fn the_time_for_the_whole_message_ends_content_that_moves() {
    let (outcome, seconds) = trickle("message_timeout", "600");
    let error = outcome.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert!(error.sentence().contains("the time for the whole message"), "{error:?}");
    assert_eq!(seconds, 600);
}

#[test]
fn the_time_for_the_whole_message_ends_a_wait_for_a_reply_too() {
    for (dialogue, reason, minutes) in stalls() {
        if !reason.starts_with("reply to") || matches!(reason, "reply to EHLO" | "reply to HELO") {
            continue;
        }
        let (mut stack, _, clock) = client(Script::parse(&dialogue).unwrap());
        stack.set("message_timeout", Duration::from_secs(100)).unwrap();
        let error = session(&mut stack).unwrap_err();
        assert!(minutes * 60 > 100);
        assert!(error.sentence().contains("the time for the whole message"), "{error:?}");
        assert_eq!(clock.elapsed(), Duration::from_secs(100), "{error:?}");
    }
}

#[test]
fn a_server_that_takes_no_more_content_is_waited_for_three_minutes() {
    let script = Script::parse(
        "S: 220 a\nC~: EHLO *\nS: 250-a\nS: 250 PIPELINING\nC~: MAIL *\nC~: RCPT *\nC: DATA\n\
         S: 250 ok\nS: 250 ok\nS: 354 go",
    );
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(Stuck);
    let mut stack = stack.layer(script.unwrap()).build().unwrap();
    let clock = ManualClock::new();
    stack.set_clock(clock.clone());
    stack.connect().unwrap();
    let content = "x\r\n".repeat(100_000);
    let error = send(&mut stack, &raw(content, &["bob@y.example"])).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    let sentence = error.sentence();
    assert!(sentence.contains("the content could not be sent"), "{sentence}");
    let end = "the time for the next block of data (180 s) ran out while sending";
    assert!(sentence.ends_with(end), "{sentence}");
    assert_eq!(clock.elapsed(), Duration::from_secs(180));
    stack.disconnect().unwrap();
    assert_eq!(clock.elapsed(), Duration::from_secs(180));
}

#[test]
fn the_time_for_a_whole_message_did_not_count_while_bdat_was_sent() {
    let envelope = "C~: MAIL *\nC~: RCPT *\nS: 250 ok\nS: 250 ok";
    for (strict, dialogue) in [(false, ""), (true, envelope)] {
        let opening = opening(&["PIPELINING", "CHUNKING"]);
        let script = Script::parse(&(opening + dialogue)).unwrap();
        let stack = CommsStack::builder().layer(Smtp::new()).layer(Stuck).layer(Util::new());
        let mut stack = stack.layer(script).build().unwrap();
        let clock = ManualClock::new();
        stack.set_clock(clock.clone());
        stack.set("local_mail_domain", "client.example").unwrap();
        stack.set("message_timeout", Duration::from_secs(100)).unwrap();
        stack.set("strict", strict).unwrap();
        stack.connect().unwrap();
        let error = send(&mut stack, &raw("x\r\n".repeat(500), &["bob@y.example"])).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Timeout);
        let sentence = error.sentence();
        assert!(sentence.contains("the whole message (100 s) ran out"), "{strict}: {sentence}");
    }
}
