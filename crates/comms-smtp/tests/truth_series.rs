//! What is told of each message of a series is true, whatever the server does around it.

#![cfg(test)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use comms_core::{CommsStack, Error, ErrorClass};
use comms_mime::RawMessage;
use comms_smtp::{SendReport, Smtp, SmtpMessage, SmtpStack};
use comms_testkit::{Latency, ManualClock, Script};
use comms_util::Util;

use crate::common::{HI, HI_SAID, client, envelope, hi, opening, raw};

const AT_ONCE: [&str; 2] = ["PIPELINING", "CHUNKING"];

fn bob() -> SmtpMessage {
    hi(&["bob@y.example"])
}

/// A script that goes through all of `dialogue`, and a stack above it that is connected.
fn with<T>(dialogue: &str, talk: impl FnOnce(&mut CommsStack) -> T) -> T {
    let (mut stack, transcript, _) = client(Script::parse(dialogue).unwrap());
    stack.connect().unwrap();
    let outcome = talk(&mut stack);
    transcript.finished().unwrap();
    outcome
}

fn word(outcome: &Result<SendReport, Error>) -> String {
    match outcome {
        Ok(report) => report.reply.text(),
        Err(error) => error.class().to_string(),
    }
}

/// What became of each message, in words.
fn told(stack: &mut CommsStack, messages: &[SmtpMessage]) -> Vec<String> {
    stack.smtp().unwrap().send_all(messages).unwrap().iter().map(word).collect()
}

#[test]
fn a_bdat_that_was_refused_as_unknown_had_the_messages_in_flight_sent_twice() {
    let dialogue = opening(&AT_ONCE)
        + &[ONE, OK, OK, "S: 250 one\n", ONE, RSET, ONE, RSET, ONE].concat()
        + &[OK, OK, "S: 500 5.5.2 what?\n", OK, OK, OK, "S: 250 three\n"].concat()
        + &[OK, OK, OK, "S: 250 four\n"].concat();
    with(&dialogue, |stack| {
        let told = told(stack, &[bob(), bob(), bob(), bob()]);
        assert_eq!(told, ["one", "permanent", "three", "four"]);
    });
}

#[test]
fn a_contradiction_had_the_messages_behind_it_sent_twice() {
    let anew = "connect\n".to_owned() + &opening(&AT_ONCE);
    let dialogue = opening(&AT_ONCE)
        + &[ONE, OK, OK, "S: 250 one\n", ONE, RSET, ONE, RSET, ONE].concat()
        + &["S: 550 no\n", "S: 503 no\n", "S: 250 two?\n", OK, OK, OK, "S: 250 three\n"].concat()
        + &[OK, OK, OK, "S: 250 four\n", &anew, ONE, OK, OK, "S: 250 five\n"].concat();
    let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
    stack.set("window", 3).unwrap();
    stack.connect().unwrap();
    let told = told(&mut stack, &[bob(), bob(), bob(), bob(), bob()]);
    let unknown = "delivery_unknown";
    assert_eq!(told, ["one", unknown, unknown, unknown, "five"]);
}

#[test]
fn a_second_transaction_that_failed_took_the_refusals_of_the_first_out_of_the_report() {
    let too_many = "S: 452 4.5.3 too many\n";
    let dialogue = opening(&["PIPELINING"])
        + &[MAIL, BOB, EVE, CAROL, DATA, OK, OK, "S: 550 no\n", too_many, GO, HI_SAID].concat()
        + &["S: 250 one\n", MAIL, CAROL, DATA, OK, OK, GO, HI_SAID, "S: 554 spam\n"].concat();
    with(&dialogue, |stack| {
        let message = hi(&["bob@y.example", "eve@y.example", "carol@y.example"]);
        let report = common::send(stack, &message).unwrap();
        let rejected = common::refused(&report.rejected);
        assert_eq!(rejected, [("eve@y.example".to_owned(), 550)]);
        let unfinished = report.unfinished.unwrap();
        assert_eq!(unfinished.recipients, ["carol@y.example".parse().unwrap()]);
        assert_eq!(unfinished.error.class(), ErrorClass::Permanent);
    });
}

#[test]
fn who_was_served_in_an_earlier_transaction_got_it_again_as_the_new_address_of_another() {
    let dialogue = opening(&["PIPELINING", "LIMITS RCPTMAX=1"])
        + &[MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 one\n", MAIL, EVE, DATA].concat()
        + &[OK, "S: 551 try <bob@y.example>\n", "S: 554 nobody\n"].concat();
    with(&dialogue, |stack| {
        let report = common::send(stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap();
        assert_eq!(report.accepted, ["bob@y.example".parse().unwrap()]);
        assert_eq!(report.relocated[0].new, "bob@y.example".parse().unwrap());
    });
}

#[test]
fn a_new_address_was_asked_for_no_more_once_the_message_went_without_bdat() {
    let moved = "S: 551 try <carol@y.example>\n";
    let first = [MAIL, BOB, EVE, CHUNK, OK, OK, moved, "S: 500 what?\n"].concat();
    let anew = "connect\n".to_owned() + &opening(&AT_ONCE);
    let again = [MAIL, BOB, EVE, DATA, OK, OK, moved, GO, HI_SAID, "S: 250 one\n"].concat();
    let last = [MAIL, CAROL, DATA, OK, OK, GO, HI_SAID, "S: 250 two\n"].concat();
    with(&(opening(&AT_ONCE) + &first + &anew + &again + &last), |stack| {
        let report = common::send(stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap();
        assert_eq!(
            report.accepted,
            ["bob@y.example", "carol@y.example"].map(|a| a.parse().unwrap())
        );
    });
}

/// A raw message whose file is gone when it is to be sent.
fn gone() -> SmtpMessage {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gone");
    std::fs::write(&path, HI).unwrap();
    SmtpMessage::raw(RawMessage::file(&path).unwrap(), envelope(&["bob@y.example"]))
}

#[test]
fn files_that_could_not_be_read_ended_the_series_for_all_behind_them() {
    let failed = [MAIL, BOB, DATA, OK, OK, GO, "connect\n", &opening(&["PIPELINING 8BITMIME"])]
        .concat()
        .replace("FROM:<ann@x.example>", "FROM:<ann@x.example> BODY=8BITMIME");
    let dialogue = opening(&["PIPELINING 8BITMIME"])
        + &[&failed, &failed, &failed, MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 four\n"]
            .concat();
    let dialogue = dialogue.replace(" BODY=8BITMIME", "");
    with(&dialogue, |stack| {
        let told = told(stack, &[gone(), gone(), gone(), bob()]);
        assert_eq!(told, ["content", "content", "content", "four"]);
    });
}

#[test]
fn a_stack_was_used_again_after_a_panic_between_two_messages() {
    for keywords in [&AT_ONCE[..], &["PIPELINING"], &[]] {
        let dialogue = opening(keywords) + "until never\n";
        let first = match keywords.len() {
            2 => [ONE, OK, OK, "S: 250 one\n"].concat(),
            1 => [MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 one\n"].concat(),
            _ => [MAIL, OK, BOB, OK, DATA, GO, HI_SAID, "S: 250 one\n"].concat(),
        };
        let dialogue = dialogue.replace("until never\n", &first);
        let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        let messages = (0..2).map(|number| if number == 0 { bob() } else { panic!("no more") });
        let send = || stack.smtp().unwrap().send_all(messages).map(drop);
        catch_unwind(AssertUnwindSafe(send)).unwrap_err();
        let error = common::send(&mut stack, &bob()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Connection, "{error:?}");
    }
}

/// A reader that panics behind its first octets.
struct Panics(usize);

impl std::io::Read for Panics {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        assert!(self.0 > 0, "no more");
        let octets = into.len().min(self.0);
        into[..octets].fill(b'\n');
        self.0 -= octets;
        Ok(octets)
    }
}

#[test]
fn a_command_was_said_within_the_content_of_a_reader_that_had_panicked() {
    let dialogue = opening(&["PIPELINING", "8BITMIME"])
        + &[MAIL.trim_end(), " BODY=8BITMIME\n", BOB, DATA, OK, OK, GO].concat()
        + "until MAIL\n";
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let reader = RawMessage::reader(Panics(100_000)).unwrap();
    let message = SmtpMessage::raw(reader, envelope(&["bob@y.example"]));
    let send = || common::send(&mut stack, &message).map(drop);
    catch_unwind(AssertUnwindSafe(send)).unwrap_err();
    let error = common::send(&mut stack, &bob()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Connection, "{error:?}");
    assert!(!transcript.text().contains("RSET"), "{}", transcript.text());
}

#[test]
fn who_was_refused_before_a_message_went_without_bdat_was_told_of_no_more() {
    let keywords = ["CHUNKING", "LIMITS RCPTMAX=1"];
    let anew = "connect\n".to_owned() + &opening(&keywords);
    let dialogue = opening(&keywords)
        + &[MAIL, OK, BOB, "S: 550 no\n", RSET, OK, MAIL, OK, EVE, OK, CHUNK].concat()
        + &["S: 500 what?\n", &anew, MAIL, OK, EVE, OK, DATA, GO, HI_SAID].concat()
        + "S: 250 two\n";
    with(&dialogue, |stack| {
        let report = common::send(stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap();
        assert_eq!(common::refused(&report.rejected), [("bob@y.example".to_owned(), 550)]);
        assert_eq!(report.accepted, ["eve@y.example".parse().unwrap()]);
    });
}

#[test]
fn a_421_heard_as_the_session_was_full_was_told_to_a_message_that_was_not_begun() {
    let limited = ["PIPELINING", "CHUNKING", "LIMITS MAILMAX=3"];
    let anew = "connect\n".to_owned() + &opening(&limited);
    let dialogue = opening(&limited)
        + &[ONE, OK, OK, "S: 250 one\n", ONE, RSET, ONE, OK, OK, "S: 250 two\n"].concat()
        + &["S: 421 enough\nclose\n", &anew, ONE, OK, OK, "S: 250 three\n"].concat()
        + &[ONE, OK, OK, "S: 250 four\n"].concat();
    with(&dialogue, |stack| {
        let told = told(stack, &[bob(), bob(), bob(), bob()]);
        assert_eq!(told, ["one", "two", "three", "four"]);
    });
}

#[test]
fn a_further_transaction_had_the_time_of_a_whole_message_again() {
    let dialogue = opening(&["PIPELINING", "LIMITS RCPTMAX=1"])
        + &[MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 one\n", MAIL, EVE, DATA].concat()
        + "stall\n";
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new());
    let stack = stack.layer(Latency::new(Duration::from_secs(10)));
    let mut stack = stack.layer(Script::parse(&dialogue).unwrap()).build().unwrap();
    let clock = ManualClock::new();
    stack.set_clock(clock.clone());
    stack.set("local_mail_domain", "client.example").unwrap();
    stack.set("message_timeout", Duration::from_secs(60)).unwrap();
    stack.connect().unwrap();
    let begun = clock.elapsed();
    let report = common::send(&mut stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap();
    assert_eq!(report.unfinished.unwrap().error.class(), ErrorClass::Timeout);
    assert_eq!(clock.elapsed(), begun + Duration::from_secs(60));
}

#[test]
fn a_timeout_without_end_and_a_least_rate_were_a_panic() {
    let dialogue =
        opening(&[]) + &[MAIL, OK, BOB, OK, DATA, GO, "until \\r\\n.\\r\\n\nS: 250 one\n"].concat();
    let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
    stack.set("timeout", Duration::MAX).unwrap();
    stack.set("minimum_rate", 1).unwrap();
    stack.connect().unwrap();
    let message = raw("Hi\r\n".repeat(100_000), &["bob@y.example"]);
    assert_eq!(common::send(&mut stack, &message).unwrap().reply.text(), "one");
}

/// A message for Bob and Eve, and what is said until the server names an address for Bob with which
/// the parameter that he comes with is too long.
fn moved_too_far() -> (SmtpMessage, String) {
    let long = format!("{}@y.example", "n".repeat(60));
    let parameter = format!("XFREE={}", "x".repeat(430));
    let mut envelope = envelope(&["bob@y.example", "eve@y.example"]);
    envelope.recipients[0].parameters.push(parameter.parse().unwrap());
    let message = SmtpMessage::raw(RawMessage::bytes(HI), envelope);
    let bob = [MAIL, OK, BOB.trim_end(), " ", &parameter, "\nS: 551 try <", &long, ">\n"].concat();
    (message, opening(&[]) + &bob + EVE)
}

#[test]
fn a_new_address_that_made_its_command_too_long_was_neither_asked_nor_told() {
    let (message, said) = moved_too_far();
    with(&[&said, OK, DATA, GO, HI_SAID, "S: 250 one\n"].concat(), |stack| {
        let unfinished = common::send(stack, &message).unwrap().unfinished.unwrap();
        assert_eq!(unfinished.recipients[0].local_part(), "n".repeat(60));
        assert_eq!(unfinished.error.class(), ErrorClass::Usage, "{:?}", unfinished.error);
    });
    with(&[&said, "S: 550 no\n"].concat(), |stack| {
        let error = common::send(stack, &message).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage, "{error:?}");
    });
}

#[test]
fn with_strict_a_new_address_that_could_not_be_asked_for_kept_the_message_from_nobody() {
    let (message, said) = moved_too_far();
    let (mut stack, transcript, _) = client(Script::parse(&(said + OK)).unwrap());
    stack.set("strict", true).unwrap();
    stack.connect().unwrap();
    let error = common::send(&mut stack, &message).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage, "{error:?}");
    transcript.finished().unwrap();
}

#[test]
fn an_iterator_that_takes_its_time_leaves_no_message_unknown() {
    for keywords in [&AT_ONCE[..], &["PIPELINING"]] {
        let (first, second) = match keywords.len() {
            2 => ([ONE, OK, OK, "S: 250 one\n"].concat(), [ONE, OK, OK, "S: 250 two\n"].concat()),
            _ => (
                [MAIL, BOB, DATA, OK, OK, GO, HI_SAID, MAIL, BOB, DATA, "S: 250 one\n"].concat(),
                [OK, OK, GO, HI_SAID, "S: 250 two\n"].concat(),
            ),
        };
        let dialogue = opening(keywords) + &first + &second;
        let (mut stack, _, clock) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        let messages = (0..2).map(|_| {
            comms_core::Clock::sleep(&*clock, Duration::from_secs(3600));
            bob()
        });
        let told = stack.smtp().unwrap().send_all(messages).unwrap();
        assert_eq!(told.iter().map(word).collect::<Vec<_>>(), ["one", "two"], "{keywords:?}");
    }
}

#[test]
fn with_strict_domains_of_earlier_messages_kept_a_message_from_being_sent() {
    let keywords = ["PIPELINING", "LIMITS RCPTDOMAINMAX=2"];
    let (yan, zoe) = ("C: RCPT TO:<yan@y.example>\n", "C: RCPT TO:<zoe@z.example>\n");
    let wan = "C: RCPT TO:<wan@w.example>\n";
    let anew = "QUIT\nS: 221 bye\nconnect\n".to_owned() + &opening(&keywords);
    let dialogue = opening(&keywords)
        + &[MAIL, yan, wan, OK, OK, OK, DATA, GO, HI_SAID, "S: 250 one\nC: ", &anew].concat()
        + &[MAIL, yan, zoe, OK, OK, OK, DATA, GO, HI_SAID, "S: 250 two\n"].concat();
    let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
    stack.set("strict", true).unwrap();
    stack.connect().unwrap();
    let messages =
        [hi(&["yan@y.example", "wan@w.example"]), hi(&["yan@y.example", "zoe@z.example"])];
    assert_eq!(told(&mut stack, &messages), ["one", "two"]);
}

#[test]
fn a_reply_too_many_between_two_messages_of_a_series_was_taken_for_one_of_the_next() {
    let anew = "connect\n".to_owned() + &opening(&AT_ONCE);
    let dialogue = opening(&AT_ONCE)
        + &[ONE, OK, OK, "S: 250 one\nS: 250 one again\n"].concat()
        + &[&anew, ONE, OK, OK, "S: 250 two\n", ONE, OK, OK, "S: 250 three\n"].concat();
    with(&dialogue, |stack| {
        assert_eq!(told(stack, &[bob(), bob(), bob()]), ["one", "two", "three"]);
    });
}

#[test]
fn a_message_was_refused_for_good_where_only_the_rset_before_it_was() {
    let no = "S: 550 no\n";
    let anew = "connect\n".to_owned() + &opening(&["PIPELINING"]);
    let dialogue = opening(&["PIPELINING"])
        + &[MAIL, BOB, DATA, no, no, no, RSET, MAIL, BOB, DATA, "S: 500 what?\n", no, no, no]
            .concat()
        + &[&anew, MAIL, BOB, DATA, OK, OK, GO, HI_SAID, "S: 250 two\n"].concat();
    let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    assert_eq!(told(&mut stack, &[bob(), bob()]), ["permanent", "two"]);
}

/// OpenSMTPD's words.
const FULL: &str = "S: 452 4.5.3 Too many recipients: Too many messages sent\n";

#[test]
fn a_session_that_had_had_all_its_messages_was_told_as_a_refusal_of_the_next() {
    let no = "S: 503 5.5.1 no\n";
    let anew = |keywords: &[&str]| ["C: QUIT\nS: 221 bye\nconnect\n", &opening(keywords)].concat();
    // Each session takes two messages.
    let (keywords, group) = (["PIPELINING"], [MAIL, BOB, DATA].concat());
    let yes = [OK, OK, GO, HI_SAID].concat();
    let pipelined = opening(&keywords)
        + &[&group, &yes, &group, "S: 250 one\n", &yes, &group, "S: 250 two\n"].concat()
        + &[FULL, no, no, &anew(&keywords)].concat()
        + &[&group, &yes, &group, "S: 250 three\n", &yes, &group, "S: 250 four\n"].concat()
        + &[FULL, no, no, &anew(&keywords), &group, &yes, "S: 250 five\n"].concat();
    let refused = [OK, FULL, no, no].concat();
    let behind = [RSET, ONE].concat();
    let at_once = opening(&AT_ONCE)
        + &[ONE, OK, OK, "S: 250 one\n", ONE, &behind, &behind, &behind].concat()
        + &[OK, OK, "S: 250 two\n", &refused, &refused, &refused, &anew(&AT_ONCE)].concat()
        + &[ONE, OK, OK, "S: 250 three\n", ONE, &behind].concat()
        + &[OK, OK, "S: 250 four\n", &refused, &anew(&AT_ONCE)].concat()
        + &[ONE, OK, OK, "S: 250 five\n"].concat();
    for dialogue in [pipelined, at_once] {
        with(&dialogue, |stack| {
            let told = told(stack, &[bob(), bob(), bob(), bob(), bob()]);
            assert_eq!(told, ["one", "two", "three", "four", "five"]);
        });
    }
}

#[test]
fn a_first_message_that_is_one_too_many_is_refused() {
    let dialogue = opening(&[]) + MAIL + FULL;
    with(&dialogue, |stack| assert_eq!(told(stack, &[bob()]), ["transient"]));
    // No storage is nothing that another session has.
    let one = [MAIL, OK, BOB, OK, DATA, GO, HI_SAID, "S: 250 one\n"].concat();
    let dialogue = opening(&[]) + &one + MAIL + "S: 452 4.3.1 no storage\n";
    with(&dialogue, |stack| assert_eq!(told(stack, &[bob(), bob()]), ["one", "transient"]));
}

#[test]
fn too_many_recipients_in_the_words_of_rfc_821_were_refused_for_good() {
    for words in ["552 too many", "552 5.5.3 too many"] {
        let dialogue = opening(&["PIPELINING"])
            + &[MAIL, BOB, EVE, DATA, OK, OK, "S: ", words, "\n", GO, HI_SAID].concat()
            + &["S: 250 one\n", MAIL, EVE, DATA, OK, OK, GO, HI_SAID, "S: 250 two\n"].concat();
        with(&dialogue, |stack| {
            let report = common::send(stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap();
            assert_eq!((report.accepted.len(), report.rejected.len()), (2, 0), "{words}");
        });
    }
}

const ONE: &str = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\n\
                   C: BDAT 18 LAST\nC: Subject: x\nC:\nC: Hi\n";
const CHUNK: &str = "C: BDAT 18 LAST\nC: Subject: x\nC:\nC: Hi\n";
const MAIL: &str = "C: MAIL FROM:<ann@x.example>\n";
const BOB: &str = "C: RCPT TO:<bob@y.example>\n";
const EVE: &str = "C: RCPT TO:<eve@y.example>\n";
const CAROL: &str = "C: RCPT TO:<carol@y.example>\n";
const DATA: &str = "C: DATA\n";
const RSET: &str = "C: RSET\n";
const OK: &str = "S: 250 ok\n";
const GO: &str = "S: 354 go\n";
