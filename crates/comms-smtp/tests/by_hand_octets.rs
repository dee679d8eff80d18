//! A transaction by hand, delivered in every portion, cut at every octet of both directions, and
//! waited for as long as the RFC says.

#![cfg(test)]

mod common;

use std::cell::Cell;
use std::io::{self, Read};
use std::time::Duration;

use comms_core::{CommsStack, Error, ErrorClass, Result};
use comms_smtp::{ReversePath, SmtpStack};
use comms_testkit::{Cut, Delivery, ManualClock, Script, Transcript};

use crate::common::{HI, HI_SAID, client, opening, said};

const BEFORE: &str = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n\
                      C: DATA\nS: 354 go\n";
const VERDICT: &str = "S: 250-thank\nS: 250 you\n";

fn dialogue() -> String {
    opening(&[]) + BEFORE + HI_SAID + VERDICT
}

/// Makes the whole transaction. `went_on` tells that 354 had been heard: the content was asked for.
fn transact(stack: &mut CommsStack, went_on: &Cell<bool>) -> Result<()> {
    stack.connect()?;
    let mut session = stack.smtp()?;
    session.mail("ann@x.example".parse::<ReversePath>().unwrap())?;
    session.rcpt(&"bob@y.example".parse().unwrap())?;
    session.data(Told(HI.as_bytes(), went_on)).map(drop)
}

/// A reader that tells that it was read.
struct Told<'a>(&'a [u8], &'a Cell<bool>);

impl Read for Told<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1.set(true);
        self.0.read(into)
    }
}

fn run(script: Script) -> (Result<()>, bool, Transcript) {
    let (mut stack, transcript, _) = client(script);
    let went_on = Cell::new(false);
    let outcome = transact(&mut stack, &went_on);
    if outcome.is_err() {
        assert!(!stack.is_connected(), "a session that was cut is over");
        let mark = transcript.sent();
        let _ = stack.disconnect();
        assert!(!transcript.sent()[mark.len()..].ends_with(b".\r\n"), "nothing ends it later");
    }
    (outcome, went_on.get(), transcript)
}

/// Octets of one side up to the end of its last `line`.
fn octets_to(mark: &str, line: &str) -> usize {
    let lines = said(&dialogue());
    let lines = lines.lines().filter_map(|line| line.strip_prefix(mark)).collect::<Vec<_>>();
    let last = lines.iter().rposition(|one| *one == line).unwrap();
    lines[..=last].iter().map(|one| one.trim_end().len() + 2).sum()
}

fn check(outcome: Result<()>, cut: Cut, class: Option<ErrorClass>, case: &str) {
    match (outcome, class) {
        (Ok(()), None) => {}
        (Err(error), Some(class)) => {
            let sentence = error.sentence();
            assert_eq!(error.class(), class, "{case}: {sentence}");
            let words = match cut {
                Cut::Stall => "the time for the ",
                Cut::Reset => "was reset by the peer",
                _ => "the peer closed the connection",
            };
            assert!(sentence.contains(words), "{case}: {sentence}");
        }
        (outcome, class) => panic!("{case}: {outcome:?}, not {class:?}"),
    }
}

#[test]
fn portions_of_any_size_make_the_same_transaction() {
    let script = Script::parse(&dialogue()).unwrap();
    let seeded = (0..20).map(Delivery::Seeded);
    for delivery in [Delivery::PerOctet, Delivery::PerLine].into_iter().chain(seeded) {
        let (outcome, _, transcript) = run(script.clone().delivery(delivery));
        outcome.unwrap();
        assert_eq!(transcript.text(), said(&dialogue()), "{delivery}");
        transcript.finished().unwrap();
    }
}

#[test]
fn a_cut_at_any_octet_of_the_server_has_one_class() {
    let script = Script::parse(&dialogue()).unwrap();
    let (go_ahead, all) = (octets_to("S: ", "354 go"), octets_to("S: ", "250 you"));
    assert_eq!(all, script.octets());
    for cut in [Cut::Close, Cut::Reset, Cut::Stall] {
        for delivery in [Delivery::Whole, Delivery::PerOctet] {
            for n in 0..=all {
                let (outcome, went_on, _) = run(script.clone().delivery(delivery).cut_at(n, cut));
                assert_eq!(went_on, n >= go_ahead, "{cut:?} {delivery} at {n}");
                // A connection that ends with 354 takes no content, but a silent one does.
                let is_out = n > go_ahead || (n == go_ahead && cut == Cut::Stall);
                let class = match cut {
                    _ if n == all => None,
                    _ if is_out => Some(ErrorClass::DeliveryUnknown),
                    Cut::Stall => Some(ErrorClass::Timeout),
                    _ => Some(ErrorClass::Connection),
                };
                check(outcome, cut, class, &format!("{cut:?} {delivery} at {n}"));
            }
        }
    }
}

#[test]
fn a_cut_at_any_octet_of_the_client_has_one_class() {
    let script = Script::parse(&dialogue()).unwrap();
    let (asked, all) = (octets_to("C: ", "DATA"), octets_to("C: ", "."));
    for cut in [Cut::Close, Cut::Reset, Cut::Stall] {
        for n in 0..=all {
            let (outcome, _, _) = run(script.clone().cut_sent_at(n, cut));
            // A peer that is silent takes everything: the client sends to the end mark.
            let is_out = if cut == Cut::Stall { n > asked } else { n >= all };
            let class = match cut {
                _ if is_out => ErrorClass::DeliveryUnknown,
                Cut::Stall => ErrorClass::Timeout,
                _ => ErrorClass::Connection,
            };
            check(outcome, cut, Some(class), &format!("{cut:?} at {n}"));
        }
    }
}

/// What a dialogue that falls silent comes to.
fn stalled(dialogue: &str, prepare: impl FnOnce(&mut CommsStack)) -> (Error, Duration) {
    let (mut stack, _, clock) = client(Script::parse(&(dialogue.to_owned() + "stall")).unwrap());
    prepare(&mut stack);
    let error = transact(&mut stack, &Cell::new(false)).unwrap_err();
    (error, clock.elapsed())
}

/// The beginning of the dialogue up to the line `asked`.
fn up_to(asked: &str) -> String {
    let dialogue = dialogue();
    let (before, _) = dialogue.split_once(asked).unwrap();
    format!("{before}{asked}\n")
}

#[test]
fn each_step_is_waited_for_as_long_as_the_rfc_says() {
    for (asked, reason, minutes, class) in [
        ("C: MAIL FROM:<ann@x.example>", "reply to MAIL", 5, ErrorClass::Timeout),
        ("C: RCPT TO:<bob@y.example>", "reply to RCPT", 5, ErrorClass::Timeout),
        ("C: DATA", "reply to DATA", 2, ErrorClass::Timeout),
        ("C: .", "reply to the end of data", 10, ErrorClass::DeliveryUnknown),
    ] {
        let budget = Duration::from_secs(60 * minutes);
        let (error, elapsed) = stalled(&up_to(asked), |_| {});
        assert_eq!((error.class(), elapsed), (class, budget), "{error:?}");
        let words = format!("the time for the {reason} ({} s) ran out", budget.as_secs());
        assert!(error.sentence().contains(&words), "{error:?}");

        let seven = Duration::from_secs(7);
        let (error, elapsed) = stalled(&up_to(asked), |stack| stack.set("timeout", seven).unwrap());
        assert_eq!((error.class(), elapsed), (class, seven), "{error:?}");
    }
}

#[test]
fn the_time_for_a_message_counts_from_data() {
    let budget = Duration::from_secs(30);
    for (asked, class) in [("C: DATA", ErrorClass::Timeout), ("C: .", ErrorClass::DeliveryUnknown)]
    {
        let (error, elapsed) =
            stalled(&up_to(asked), |stack| stack.set("message_timeout", budget).unwrap());
        assert_eq!((error.class(), elapsed), (class, budget), "{error:?}");
        let words = "the time for the whole message (30 s) ran out";
        assert!(error.sentence().contains(words), "{error:?}");
    }
}

/// A reader that takes its time before each of a few lines.
struct Slow<'a>(&'a [u8], &'a ManualClock);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1.advance(Duration::from_secs(170));
        let most = into.len().min(12 * 1024);
        self.0.read(&mut into[..most])
    }
}

#[test]
fn the_time_that_a_reader_takes_is_not_the_server_s() {
    let script = Script::parse(&(opening(&[]) + BEFORE)).unwrap();
    let script = script.expect_until("\r\n.\r\n").reply("250 taken\r\n");
    let (mut stack, transcript, clock) = client(script);
    stack.connect().unwrap();
    let mut session = stack.smtp().unwrap();
    session.mail("ann@x.example".parse::<ReversePath>().unwrap()).unwrap();
    session.rcpt(&"bob@y.example".parse().unwrap()).unwrap();
    let content = "Many octets, more than a layer holds.\r\n".repeat(2000);
    session.data(Slow(content.as_bytes(), &clock)).unwrap();
    transcript.finished().unwrap();
    assert!(clock.elapsed() > Duration::from_secs(600));
}
