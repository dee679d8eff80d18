//! Messages in a series (RFC 2920): the end of one and the commands of the next in one write.

#![cfg(test)]

mod common;

use comms_core::{CommsStack, Error, ErrorClass};
use comms_smtp::{SendReport, Smtp, SmtpMessage, SmtpStack};
use comms_testkit::Script;
use comms_util::Util;

use crate::common::model::{Break, Model};
use crate::common::{HI_SAID, cause, client, hi, opening, play_connected, raw, refused, said};

/// What became of each message, in words.
fn outcomes(stack: &mut CommsStack, messages: &[SmtpMessage]) -> Vec<String> {
    let told = stack.smtp().unwrap().send_all(messages).unwrap();
    told.iter().map(|outcome| outcome.as_ref().map_or_else(in_words, taken)).collect()
}

fn taken(report: &SendReport) -> String {
    let refused = refused(&report.rejected);
    let refused = refused.iter().map(|(who, code)| format!(", {who} {code}"));
    format!("{}{}", report.reply.text(), refused.collect::<String>())
}

fn in_words(error: &Error) -> String {
    error.class().to_string()
}

/// A series of `count` messages to Bob over this dialogue, which is compared as a whole.
fn series(keywords: &[&str], count: usize, dialogue: &[&str]) -> Vec<String> {
    let dialogue = opening(keywords) + &dialogue.concat();
    let messages = (0..count).map(|_| hi(&["bob@y.example"])).collect::<Vec<_>>();
    play_connected(&dialogue, |stack| outcomes(stack, &messages))
}

#[test]
fn the_end_of_one_message_and_the_commands_of_the_next_are_one_write() {
    let dialogue = opening(&["PIPELINING"])
        + &[GROUP, YES, HI_SAID, GROUP, "S: 250 one\n", YES, HI_SAID, GROUP].concat()
        + &["S: 250 two\n", YES, HI_SAID, "S: 250 three\n"].concat();
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let messages = [hi(&["bob@y.example"]), hi(&["bob@y.example"]), hi(&["bob@y.example"])];
    let before = transcript.sends();
    assert_eq!(outcomes(&mut stack, &messages), ["one", "two", "three"]);
    assert_eq!(transcript.sends() - before, 4, "one write a message, and one more");
    assert_eq!(transcript.text(), said(&dialogue));
    transcript.finished().unwrap();
}

#[test]
fn without_pipelining_a_series_is_one_command_after_the_other() {
    let one = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n\
               C: DATA\nS: 354 go\n";
    let told = series(&[], 2, &[one, HI_SAID, "S: 250 one\n", one, HI_SAID, "S: 250 two\n"]);
    assert_eq!(told, ["one", "two"]);
}

#[test]
fn a_refused_message_is_no_error_of_the_next() {
    for (no, class) in [
        ("S: 550 no\nS: 503 no\nS: 503 no\n", "permanent"),
        ("S: 451 no\nS: 503 no\nS: 503 no\n", "transient"),
        ("S: 250 ok\nS: 550 no\nS: 554 nobody\n", "permanent"),
        ("S: 250 ok\nS: 250 ok\nS: 451 no\n", "transient"),
    ] {
        let last = ["C: RSET\n", GROUP, "S: 250 ok\n", YES, HI_SAID, "S: 250 three\n"].concat();
        let first = [GROUP, YES, HI_SAID, GROUP, "S: 250 one\n"].concat();
        let told = series(&["PIPELINING"], 3, &[&first, no, &last]);
        assert_eq!(told, ["one", class, "three"], "{no}");
    }
}

#[test]
fn refused_content_is_told_behind_the_commands_of_the_next_message() {
    let second = [GROUP, "S: 554 spam\n", YES, HI_SAID, "S: 250 two\n"].concat();
    let told = series(&["PIPELINING"], 2, &[GROUP, YES, HI_SAID, &second]);
    assert_eq!(told, ["permanent", "two"]);
}

#[test]
fn a_message_that_cannot_be_sent_is_passed_over_without_a_word() {
    let dialogue = opening(&["PIPELINING"]) + &[GROUP, YES, HI_SAID, "S: 250 one\n"].concat();
    play_connected(&dialogue, |stack| {
        let unsendable = hi(&["b\u{f6}b@y.example"]);
        let messages = [unsendable, hi(&["bob@y.example"]), hi(&[])];
        assert_eq!(outcomes(stack, &messages), ["content", "one", "usage"]);
    });
}

#[test]
fn a_connection_that_ends_in_good_order_is_made_anew_and_nothing_is_lost() {
    // The server takes two messages and says goodbye to the third; to the end of the second it has
    // answered by then.
    let first = [GROUP, YES, HI_SAID, GROUP, "S: 250 one\n", YES, HI_SAID, GROUP].concat();
    for goodbye in
        ["S: 250 two\nS: 421 enough\nclose\n", "S: 250 two\nclose\n", "S: 250 two\nreset\n"]
    {
        let again = "connect\n".to_owned() + &opening(&["PIPELINING"]);
        let third = [&again, GROUP, YES, HI_SAID, "S: 250 three\n"].concat();
        let dialogue = opening(&["PIPELINING"]) + &first + goodbye + &third;
        let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        let messages = [hi(&["bob@y.example"]), hi(&["bob@y.example"]), hi(&["bob@y.example"])];
        assert_eq!(outcomes(&mut stack, &messages), ["one", "two", "three"], "{goodbye}");
        transcript.finished().unwrap();
    }
}

#[test]
fn a_connection_that_is_lost_before_the_verdict_leaves_that_message_unknown_and_the_next_is_sent() {
    let first = [GROUP, YES, HI_SAID, GROUP].concat();
    for end in ["close\n", "reset\n"] {
        let again = "connect\n".to_owned() + &opening(&["PIPELINING"]);
        let second = [&again, GROUP, YES, HI_SAID, "S: 250 two\n"].concat();
        let dialogue = opening(&["PIPELINING"]) + &first + end + &second;
        let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        let messages = [hi(&["bob@y.example"]), hi(&["bob@y.example"])];
        assert_eq!(outcomes(&mut stack, &messages), ["delivery_unknown", "two"], "{end}");
        transcript.finished().unwrap();
    }
}

#[test]
fn a_server_that_is_gone_is_asked_for_once_and_not_for_each_message() {
    let dialogue = opening(&["PIPELINING"]) + &[GROUP, "close\nconnect\nrefuse\n"].concat();
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let messages = (0..5).map(|_| hi(&["bob@y.example"])).collect::<Vec<_>>();
    assert_eq!(outcomes(&mut stack, &messages), vec!["connection"; 5]);
    transcript.finished().unwrap();
    assert!(!stack.is_connected());
    stack.disconnect().unwrap();
}

#[test]
fn a_server_that_falls_silent_ends_the_series_within_two_steps() {
    let again = "connect\nstall\n";
    let dialogue = opening(&["PIPELINING"]) + &[GROUP, "stall\n", again].concat();
    let (mut stack, _, clock) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let messages = (0..5).map(|_| hi(&["bob@y.example"])).collect::<Vec<_>>();
    let told = outcomes(&mut stack, &messages);
    assert_eq!(told, ["timeout", "timeout", "connection", "connection", "connection"]);
    assert_eq!(clock.elapsed().as_secs(), 600, "MAIL, and the greeting of a second try");
}

#[test]
fn a_session_that_had_taken_all_that_its_limits_allow_was_sent_one_more() {
    let limited = opening(&["LIMITS MAILMAX=1", "PIPELINING"]);
    let one = [GROUP, YES, HI_SAID, "S: 250 one\n"].concat();
    let anew = "C: QUIT\nS: 221 bye\nconnect\n".to_owned() + &limited;
    let dialogue = limited + &one + &anew + &one + &anew + &one;
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    common::send(&mut stack, &hi(&["bob@y.example"])).unwrap();
    assert_eq!(outcomes(&mut stack, &[hi(&["bob@y.example"]), hi(&["bob@y.example"])]), ["one"; 2]);
    transcript.finished().unwrap();
}

#[test]
fn with_reconnect_off_the_rest_of_a_series_is_told_that_the_session_is_over() {
    let dialogue = opening(&["PIPELINING"]) + &[GROUP, YES, HI_SAID, GROUP, "close\n"].concat();
    let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
    stack.set("reconnect", false).unwrap();
    stack.connect().unwrap();
    let messages = [hi(&["bob@y.example"]), hi(&["bob@y.example"]), hi(&["bob@y.example"])];
    let told = outcomes(&mut stack, &messages);
    assert_eq!(told, ["delivery_unknown", "connection", "connection"]);
}

#[test]
fn contents_in_a_row_that_could_not_be_sent_took_the_rest_of_the_series_with_them() {
    for keywords in ["", "250-PIPELINING\r\n", "250-CHUNKING\r\n"] {
        let (model, record) = Model::new(keywords, Break::Nowhere);
        let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(model);
        let mut stack = stack.build().unwrap();
        stack.set("local_mail_domain", "client.example").unwrap();
        stack.set("stray_line_ends", "refuse").unwrap();
        stack.connect().unwrap();
        let odd = || raw("Subject: x\r\n\r\none\ntwo", &["bob@y.example"]);
        let messages = [odd(), odd(), odd(), hi(&["bob@y.example"])];
        let told = stack.smtp().unwrap().send_all(messages).unwrap();
        let classes = told.iter().map(|one| one.as_ref().err().map(Error::class));
        let odd = Some(ErrorClass::Content);
        assert_eq!(classes.collect::<Vec<_>>(), [odd, odd, odd, None], "{keywords}");
        let record = record.lock().unwrap();
        assert_eq!((record.taken.len(), record.connections), (1, 4), "{keywords}");
    }
}

#[test]
fn an_idle_connection_that_the_server_closed_is_made_anew_once() {
    for end in ["S: 421 idle\nclose\n", "close\n", "reset\n"] {
        let again = "connect\n".to_owned() + &opening(&["PIPELINING"]);
        let dialogue = opening(&["PIPELINING"])
            + &[GROUP, YES, HI_SAID, "S: 250 one\n", end, &again].concat()
            + &[GROUP, YES, HI_SAID, "S: 250 two\n"].concat();
        let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        for text in ["one", "two"] {
            let report = common::send(&mut stack, &hi(&["bob@y.example"])).unwrap();
            assert_eq!(report.reply.text(), text, "{end}");
        }
        transcript.finished().unwrap();
    }
}

#[test]
fn a_fresh_connection_that_is_over_is_an_error_and_not_tried_again() {
    let dialogue = opening(&["PIPELINING"]) + GROUP + "close\n";
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let error = common::send(&mut stack, &hi(&["bob@y.example"])).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Connection);
    transcript.finished().unwrap();
}

#[test]
fn an_error_in_a_series_has_its_layer_as_if_it_were_alone() {
    let no = "S: 550 no\nS: 503 no\nS: 503 no\n";
    let dialogue = opening(&["PIPELINING"]) + GROUP + no;
    play_connected(&dialogue, |stack| {
        let told = stack.smtp().unwrap().send_all([hi(&["bob@y.example"])]).unwrap();
        let error = told[0].as_ref().unwrap_err();
        assert_eq!(error.to_string(), "Smtp: MAIL FROM:<ann@x.example> was refused: 550 no");
        assert_eq!(error.layer(), "Smtp");
        assert!(cause(error).reply().is_some());
        assert_eq!(stack.get("error_class").unwrap().value.unwrap().to_string(), "permanent");
    });
}

#[test]
fn messages_are_taken_as_they_are_needed_and_told_as_they_are_done() {
    let dialogue = opening(&["PIPELINING"])
        + &[GROUP, YES, HI_SAID, GROUP, "S: 250 one\n", YES, HI_SAID].concat()
        + "S: 250 two\n";
    play_connected(&dialogue, |stack| {
        let events = std::cell::RefCell::new(Vec::new());
        let messages = (0..2).map(|number| {
            events.borrow_mut().push(format!("take {number}"));
            hi(&["bob@y.example"])
        });
        let tell = |number, outcome: Result<SendReport, Error>| {
            events.borrow_mut().push(format!("told {number}: {}", outcome.unwrap().reply.text()));
        };
        stack.smtp().unwrap().send_each(messages, tell).unwrap();
        let order = ["take 0", "take 1", "told 0: one", "told 1: two"];
        assert_eq!(events.into_inner(), order);
    });
}

/// Such as a queue, which may have to wait for its next message.
#[test]
fn the_end_of_a_message_waited_for_a_source_that_took_its_time() {
    for keywords in ["250-PIPELINING\r\n", "250-PIPELINING\r\n250-CHUNKING\r\n"] {
        let (model, record) = Model::new(keywords, Break::Nowhere);
        let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(model);
        let mut stack = stack.build().unwrap();
        stack.connect().unwrap();
        let mut asked = 0;
        let queue = std::iter::from_fn(|| {
            assert_eq!(record.lock().unwrap().taken.len(), asked, "the server has all so far");
            asked += 1;
            (asked < 4).then(|| hi(&["bob@y.example"]))
        });
        // Nor is it asked again once it has no more.
        let told = stack.smtp().unwrap().send_all(queue).unwrap();
        assert!(told.len() == 3 && told.iter().all(Result::is_ok), "{told:?}");
    }
}

#[test]
fn a_source_is_asked_for_no_more_before_what_broke_the_connection_is_seen_to() {
    let dialogue = opening(&["PIPELINING"])
        + &[GROUP, YES, HI_SAID, "S: 250 one\n", GROUP, YES, "reset\nconnect\n"].concat()
        + &opening(&["PIPELINING"])
        + &[GROUP, YES, HI_SAID, "S: 250 three\n"].concat();
    let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let told = std::cell::RefCell::new(Vec::new());
    let word = |outcome: Result<SendReport, Error>| match outcome {
        Ok(report) => report.reply.text(),
        Err(error) => in_words(&error),
    };
    let mut asked = 0;
    let queue = std::iter::from_fn(|| {
        asked += 1;
        (asked < 4).then(|| hi(&["bob@y.example"]))
    });
    let tell = |_, outcome| told.borrow_mut().push(word(outcome));
    stack.smtp().unwrap().send_each(queue, tell).unwrap();
    assert_eq!(told.into_inner(), ["one", "connection", "three"]);
}

#[test]
fn what_was_under_way_when_a_program_panicked_was_answered_to_its_next_command() {
    let dialogue = opening(&["PIPELINING"])
        + &[GROUP, YES, HI_SAID, GROUP, "S: 250 one\n", YES, HI_SAID].concat();
    let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let messages = (0..3).map(|number| {
        assert!(number < 2, "the program has no third message");
        hi(&["bob@y.example"])
    });
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        stack.smtp().unwrap().send_each(messages, |_, _| {}).unwrap();
    }));
    assert!(told.is_err());
    assert!(!stack.is_connected(), "the reply to the second message is still to come");
}

const GROUP: &str = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: DATA\n";
const YES: &str = "S: 250 ok\nS: 250 ok\nS: 354 go\n";
