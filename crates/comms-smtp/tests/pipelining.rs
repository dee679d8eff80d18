//! Commands in groups (RFC 2920): what goes in one write, and what the replies come to.

#![cfg(test)]

mod common;

use comms_core::{CommsStack, Error, ErrorClass};
use comms_smtp::SendReport;
use comms_testkit::{Script, Transcript};

use crate::common::{HI_SAID, cause, client, hi, opening, play_connected, refused, send};

const BOTH: [&str; 2] = ["bob@y.example", "carol@y.example"];

fn dialogue(parts: &[&str]) -> String {
    opening(&["PIPELINING"]) + &parts.concat()
}

/// Sends to both recipients, and then a message that has to work.
fn send_and_go_on(dialogue: &str) -> Error {
    play_connected(dialogue, |stack| {
        let error = send(stack, &hi(&BOTH)).unwrap_err();
        send(stack, &hi(&BOTH)).unwrap();
        error
    })
}

#[test]
fn a_message_takes_two_writes_and_so_does_the_next() {
    let dialogue = dialogue(&[GROUP, YES, HI_SAID, OK, GROUP, YES, HI_SAID, OK]);
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let sends = |transcript: &Transcript| transcript.sends();
    assert_eq!(sends(&transcript), 1);
    send(&mut stack, &hi(&BOTH)).unwrap();
    assert_eq!(sends(&transcript), 3, "one group, and the content with its end");
    send(&mut stack, &hi(&BOTH)).unwrap();
    assert_eq!(sends(&transcript), 5);
    assert_eq!(transcript.text(), common::said(&dialogue));
}

#[test]
fn the_property_turns_groups_off() {
    let dialogue = dialogue(&[
        "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n",
        "C: RCPT TO:<carol@y.example>\nS: 250 ok\nC: DATA\nS: 354 go\n",
        HI_SAID,
        OK,
    ]);
    play_connected(&dialogue, |stack| {
        stack.set("pipelining", false).unwrap();
        send(stack, &hi(&BOTH)).unwrap();
    });
}

#[test]
fn in_a_group_one_refused_recipient_does_not_lose_the_message() {
    let replies = "S: 250 ok\nS: 450 busy\nS: 250 ok\nS: 354 go\n";
    play_connected(&dialogue(&[GROUP, replies, HI_SAID, OK]), |stack| {
        let report = send(stack, &hi(&BOTH)).unwrap();
        assert_eq!(report.accepted, ["carol@y.example".parse().unwrap()]);
        assert_eq!(refused(&report.rejected), [("bob@y.example".to_owned(), 450)]);
    });
}

#[test]
fn with_strict_the_replies_to_recipients_are_waited_for_before_data() {
    let group = GROUP.strip_suffix("C: DATA\n").unwrap();
    let no = "S: 250 ok\nS: 250 ok\nS: 550 no\n";
    let yes = "S: 250 ok\nS: 250 ok\nS: 250 ok\nC: DATA\nS: 354 go\n";
    let rset = "C: RSET\n";
    let dialogue = dialogue(&[group, no, rset, group, "S: 250 ok\n", yes, HI_SAID, OK]);
    play_connected(&dialogue, |stack| {
        stack.set("strict", true).unwrap();
        let error = send(stack, &hi(&BOTH)).unwrap_err();
        assert_eq!(refused(cause(&error).rejected()), [("carol@y.example".to_owned(), 550)]);
        send(stack, &hi(&BOTH)).unwrap();
    });
}

#[test]
fn after_a_failed_group_rset_goes_in_the_next_one() {
    for (replies, class) in [
        ("S: 550 no\nS: 503 no\nS: 503 no\nS: 503 no\n", ErrorClass::Permanent),
        ("S: 450 no\nS: 503 no\nS: 503 no\nS: 503 no\n", ErrorClass::Transient),
        ("S: 250 ok\nS: 550 no\nS: 551 no\nS: 554 nobody\n", ErrorClass::Permanent),
        ("S: 250 ok\nS: 550 no\nS: 450 no\nS: 503 nobody\n", ErrorClass::Transient),
        ("S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 451 no\n", ErrorClass::Transient),
        ("S: 250 ok\nS: 250 ok\nS: 550 no\nS: 554 no\n", ErrorClass::Permanent),
    ] {
        let next = ["C: RSET\n", GROUP, "S: 250 ok\n", YES, HI_SAID, OK].concat();
        let error = send_and_go_on(&dialogue(&[GROUP, replies, &next]));
        assert_eq!(error.class(), class, "{replies}");
    }
}

/// RFC 2920 3.1: the client "must either send an empty message or close".
#[test]
fn content_asked_for_nobody_is_a_lone_dot() {
    let no = "S: 250 ok\nS: 550 no\nS: 550 no\nS: 354 go\nC: .\n";
    for verdict in ["S: 554 nobody\n", "S: 250 ok\n", "S: 450 later\n"] {
        let next = ["C: RSET\n", GROUP, "S: 250 ok\n", YES, HI_SAID, OK].concat();
        let error = send_and_go_on(&dialogue(&[GROUP, no, verdict, &next]));
        assert_eq!(error.class(), ErrorClass::Permanent, "{verdict}");
        assert_eq!(cause(&error).rejected().len(), 2, "{verdict}");
    }
}

#[test]
fn whatever_becomes_of_the_lone_dot_the_recipients_stay_refused() {
    let no = "S: 250 ok\nS: 550 no\nS: 550 no\nS: 354 go\nC: .\n";
    for end in ["S: 421 closing\n", "S: junk\n", "close\n", "reset\n", "stall\n"] {
        play_connected(&dialogue(&[GROUP, no, end]), |stack| {
            let error = send(stack, &hi(&BOTH)).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Permanent, "{end}");
            assert_eq!(cause(&error).rejected().len(), 2, "{end}");
            assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection, "{end}");
        });
    }
}

#[test]
fn content_asked_for_a_refused_sender_ends_the_connection() {
    for recipients in ["S: 250 ok\nS: 250 ok\n", "S: 503 no\nS: 503 no\n"] {
        let replies = ["S: 550 no\n", recipients, "S: 354 go\n"].concat();
        play_connected(&dialogue(&[GROUP, &replies]), |stack| {
            let error = send(stack, &hi(&BOTH)).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Permanent);
            assert!(error.to_string().contains("MAIL FROM:<ann@x.example>"), "{error}");
            assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection);
            stack.disconnect().unwrap();
        });
    }
}

#[test]
fn a_server_that_closes_within_a_group_ends_the_session() {
    for at in 0..4 {
        let mut replies = vec!["S: 250 ok\n"; at];
        replies.push("S: 421 closing\n");
        play_connected(&dialogue(&[GROUP, &replies.concat()]), |stack| {
            let error = send(stack, &hi(&BOTH)).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Transient, "{at}");
            assert_eq!(cause(&error).reply().unwrap().code(), 421, "{at}");
            assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection, "{at}");
        });
    }
}

#[test]
fn replies_shifted_by_one_that_nobody_asked_for_deliver_nothing() {
    let replies = "S: 250 unasked\nS: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\n";
    let (mut stack, _, _) = client(Script::parse(&dialogue(&[GROUP, replies])).unwrap());
    stack.connect().unwrap();
    let error = send(&mut stack, &hi(&BOTH)).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol);
    assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection);
}

/// So many recipients that their commands do not fit into what may be without a reply.
fn crowd(size: usize) -> Vec<String> {
    (0..size).map(|number| format!("recipient-{number:04}@y.example")).collect()
}

fn send_to(stack: &mut CommsStack, crowd: &[String]) -> Result<SendReport, Error> {
    let recipients = crowd.iter().map(String::as_str).collect::<Vec<_>>();
    send(stack, &hi(&recipients))
}

/// A peer that answers `mail` to MAIL and `rcpt` to each recipient it is asked.
fn asked(script: Script, mail: &str, rcpt: &str, crowd: &[String]) -> Script {
    let script = script.expect("MAIL FROM:<ann@x.example>\r\n").reply(mail);
    crowd
        .iter()
        .fold(script, |script, one| script.expect(format!("RCPT TO:<{one}>\r\n")).reply(rcpt))
}

#[test]
fn no_reply_is_left_when_the_sender_of_a_large_group_is_refused() {
    let crowd = crowd(300);
    let greeted = Script::parse(&opening(&["PIPELINING"])).unwrap();
    let commands = "MAIL FROM:<ann@x.example>\r\n".len();
    let each = "RCPT TO:<recipient-0000@y.example>\r\n".len();
    // The first replies are read when more than 4 KiB are without one; one more was sent then.
    let first = (4096 - commands) / each + 1;
    let script = asked(greeted, "550 no\r\n", "503 no\r\n", &crowd[..first]);
    let script = script.expect("RSET\r\n").reply("250 forgotten\r\n");
    let (mut stack, transcript, _) = client(script);
    stack.connect().unwrap();
    let error = send_to(&mut stack, &crowd).unwrap_err();
    assert!(error.to_string().contains("MAIL FROM"), "{error}");
    stack.reset().unwrap();
    transcript.finished().unwrap();
}

#[test]
fn no_reply_is_left_when_rset_is_refused_within_a_group() {
    let no = "S: 250 ok\nS: 550 no\nS: 550 no\nS: 554 nobody\n";
    let replies = "S: 500 what?\nS: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\n";
    let (mut stack, _, _) =
        client(Script::parse(&dialogue(&[GROUP, no, "C: RSET\n", GROUP, replies])).unwrap());
    stack.set("reconnect", false).unwrap();
    stack.connect().unwrap();
    send(&mut stack, &hi(&BOTH)).unwrap_err();
    let error = send(&mut stack, &hi(&BOTH)).unwrap_err();
    assert!(error.to_string().contains("RSET was refused: 500 what?"), "{error}");
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection);
}

const GROUP: &str = "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\n\
                     C: RCPT TO:<carol@y.example>\nC: DATA\n";
const YES: &str = "S: 250 ok\nS: 250 ok\nS: 250 ok\nS: 354 go\n";
const OK: &str = "S: 250 ok\n";
