//! Messages sent one command at a time, as whole dialogues.

#![cfg(test)]

mod common;

use comms_core::ErrorClass;
use comms_smtp::{SmtpError, SmtpStack};

use crate::common::{
    HI, HI_SAID, cause, client, hi, opening, play_connected, raw, refused, send, shape,
};

fn dialogue(parts: &[&str]) -> String {
    opening(&[]) + &parts.concat()
}

#[test]
fn without_pipelining_each_command_waits_for_its_reply() {
    let dialogue = dialogue(&[MAIL, BOB, CAROL, DATA, HI_SAID, OK, "C: QUIT\nS: 221 bye\n"]);
    play_connected(&dialogue, |stack| {
        let report = send(stack, &hi(&["bob@y.example", "carol@y.example"])).unwrap();
        assert_eq!(report.accepted.len(), 2);
        assert!(report.rejected.is_empty());
        assert_eq!(report.queue_id.as_deref(), Some("4XyZ1k2s3tz9"));
        assert_eq!(report.size, HI.len() as u64);
        assert_eq!(report.reply.code(), 250);
        stack.disconnect().unwrap();
    });
}

#[test]
fn two_messages_go_one_after_the_other_without_rset() {
    let dialogue = dialogue(&[MAIL, BOB, DATA, HI_SAID, OK, MAIL, BOB, DATA, HI_SAID, OK]);
    play_connected(&dialogue, |stack| {
        let message = hi(&["bob@y.example"]);
        send(stack, &message).unwrap();
        let report = send(stack, &message).unwrap();
        assert_eq!(report.accepted.len(), 1);
    });
}

#[test]
fn one_refused_recipient_does_not_lose_the_message_for_the_other() {
    let eve = "C: RCPT TO:<eve@y.example>\nS: 550-5.1.1 no\nS: 550 such user\n";
    let dialogue = dialogue(&[MAIL, BOB, eve, DATA, HI_SAID, OK]);
    play_connected(&dialogue, |stack| {
        let report = send(stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap();
        assert_eq!(report.accepted, ["bob@y.example".parse().unwrap()]);
        assert_eq!(refused(&report.rejected), [("eve@y.example".to_owned(), 550)]);
        let reply = &report.rejected[0].reply;
        assert_eq!(reply.enhanced().unwrap().to_string(), "5.1.1");
        assert_eq!(reply.text(), "5.1.1 no such user");
    });
}

#[test]
fn when_all_recipients_are_refused_data_is_not_asked_and_rset_goes_before_the_next() {
    for (one, other, class) in
        [(550, 551, ErrorClass::Permanent), (550, 450, ErrorClass::Transient)]
    {
        let no = format!(
            "C: RCPT TO:<bob@y.example>\nS: {one} no\nC: RCPT TO:<carol@y.example>\nS: {other} no\n"
        );
        let dialogue = dialogue(&[MAIL, &no, RSET, MAIL, BOB, DATA, HI_SAID, OK]);
        play_connected(&dialogue, |stack| {
            let error = send(stack, &hi(&["bob@y.example", "carol@y.example"])).unwrap_err();
            assert_eq!(error.class(), class);
            let rejected = refused(cause(&error).rejected());
            assert_eq!(
                rejected,
                [("bob@y.example".to_owned(), one), ("carol@y.example".to_owned(), other)]
            );
            send(stack, &hi(&["bob@y.example"])).unwrap();
        });
    }
}

#[test]
fn with_strict_one_refused_recipient_keeps_the_message_from_all() {
    let eve = "C: RCPT TO:<eve@y.example>\nS: 450 busy\n";
    let dialogue = dialogue(&[MAIL, BOB, eve, RSET, MAIL, BOB, DATA, HI_SAID, OK]);
    play_connected(&dialogue, |stack| {
        stack.set("strict", true).unwrap();
        let error = send(stack, &hi(&["bob@y.example", "eve@y.example"])).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Transient);
        assert!(matches!(cause(&error), SmtpError::Strict { rejected } if rejected.len() == 1));
        send(stack, &hi(&["bob@y.example"])).unwrap();
    });
}

#[test]
fn a_refused_sender_is_the_error_and_no_recipient_is_asked() {
    for (code, class) in [(550, ErrorClass::Permanent), (451, ErrorClass::Transient)] {
        let no = format!("C: MAIL FROM:<ann@x.example>\nS: {code} no\n");
        let dialogue = dialogue(&[&no, RSET, MAIL, BOB, DATA, HI_SAID, OK]);
        play_connected(&dialogue, |stack| {
            let error = send(stack, &hi(&["bob@y.example"])).unwrap_err();
            let words = format!("Smtp: MAIL FROM:<ann@x.example> was refused: {code} no");
            assert_eq!(shape(&error), (class, words));
            send(stack, &hi(&["bob@y.example"])).unwrap();
        });
    }
}

#[test]
fn refused_data_is_the_error_and_the_session_goes_on() {
    for (code, class) in [(554, ErrorClass::Permanent), (451, ErrorClass::Transient)] {
        let no = format!("C: DATA\nS: {code} no\n");
        let dialogue = dialogue(&[MAIL, BOB, &no, RSET, MAIL, BOB, DATA, HI_SAID, OK]);
        play_connected(&dialogue, |stack| {
            let error = send(stack, &hi(&["bob@y.example"])).unwrap_err();
            assert_eq!(shape(&error), (class, format!("Smtp: DATA was refused: {code} no")));
            send(stack, &hi(&["bob@y.example"])).unwrap();
        });
    }
}

#[test]
fn refused_content_is_the_error_and_ends_the_transaction() {
    for (code, class) in [(552, ErrorClass::Permanent), (452, ErrorClass::Transient)] {
        let no = format!("S: {code} too much\n");
        let dialogue = dialogue(&[MAIL, BOB, DATA, HI_SAID, &no, MAIL, BOB, DATA, HI_SAID, OK]);
        play_connected(&dialogue, |stack| {
            let error = send(stack, &hi(&["bob@y.example"])).unwrap_err();
            let words = format!("Smtp: the content was refused: {code} too much");
            assert_eq!(shape(&error), (class, words));
            send(stack, &hi(&["bob@y.example"])).unwrap();
        });
    }
}

#[test]
fn a_server_that_closes_says_421_at_any_point_and_nothing_is_said_after_it() {
    let steps = [MAIL, BOB, CAROL, DATA];
    for at in 0..=steps.len() {
        let mut parts = steps[..at].to_vec();
        let closing = steps.get(at).map_or(HI_SAID, |step| step.split_once('\n').unwrap().0);
        parts.extend([closing, "\nS: 421 4.3.2 shutting down\n"]);
        play_connected(&dialogue(&parts), |stack| {
            let recipients = ["bob@y.example", "carol@y.example"];
            let error = send(stack, &hi(&recipients)).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Transient, "{at}");
            assert_eq!(cause(&error).reply().unwrap().code(), 421, "{at}");
            let over = send(stack, &hi(&recipients)).unwrap_err();
            assert_eq!(over.class(), ErrorClass::Connection, "{at}");
            stack.disconnect().unwrap();
        });
    }
}

#[test]
fn a_reply_that_makes_no_sense_ends_the_session() {
    for (steps, what) in [
        (vec!["C: MAIL FROM:<ann@x.example>\nS: 354 go on\n"], "MAIL FROM:<ann@x.example>"),
        (vec![MAIL, "C: RCPT TO:<bob@y.example>\nS: 354 go on\n"], "RCPT TO:<bob@y.example>"),
        (vec![MAIL, BOB, "C: DATA\nS: 250 ok\n"], "DATA"),
    ] {
        play_connected(&dialogue(&steps), |stack| {
            let error = send(stack, &hi(&["bob@y.example"])).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Protocol, "{what}");
            assert!(error.to_string().contains(&format!("answered {what} with")), "{error}");
            assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection, "{what}");
        });
    }
}

/// It is as unclear as a line that is no reply, and as no line at all.
#[test]
fn a_reply_to_the_content_that_is_neither_yes_nor_no_leaves_delivery_unknown() {
    for reply in ["S: 354 go on\n", "S: junk\n", "S: 250-ok\nS: 550 no\n", "close\n", "reset\n"] {
        let dialogue = dialogue(&[MAIL, BOB, DATA, HI_SAID, reply]);
        play_connected(&dialogue, |stack| {
            let error = send(stack, &hi(&["bob@y.example"])).unwrap_err();
            assert_eq!(error.class(), ErrorClass::DeliveryUnknown, "{reply}");
            assert!(error.to_string().contains("it may have been delivered"), "{error}");
            assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection, "{reply}");
        });
    }
}

#[test]
fn a_refusal_in_the_middle_of_the_content_is_told_though_the_connection_breaks() {
    let body = "x".repeat(100_000);
    let dialogue = dialogue(&[MAIL, BOB, DATA, "take 20000\nS: 552 5.3.4 too much\nclose\n"]);
    let (mut stack, _, _) = client(comms_testkit::Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let error = send(&mut stack, &raw(body, &["bob@y.example"])).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert_eq!(cause(&error).reply().unwrap().code(), 552);
}

#[test]
fn what_the_top_does_not_take_is_an_error_and_nothing_is_sent() {
    play_connected(&dialogue(&[]), |stack| {
        let error = stack.send("MAIL FROM:<x@y>\r\n").unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage);
        assert!(error.to_string().contains("takes SmtpMessage, not octets"), "{error}");
    });
}

#[test]
fn before_connect_nothing_is_sent() {
    let (mut stack, transcript, _) = client(comms_testkit::Script::new());
    let message = hi(&["bob@y.example"]);
    assert_eq!(send(&mut stack, &message).unwrap_err().class(), ErrorClass::Connection);
    let error = stack.smtp().unwrap().noop().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Connection);
    assert_eq!(transcript.connections(), 0);
}

const MAIL: &str = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\n";
const BOB: &str = "C: RCPT TO:<bob@y.example>\nS: 250 ok\n";
const CAROL: &str = "C: RCPT TO:<carol@y.example>\nS: 251 will forward\n";
const DATA: &str = "C: DATA\nS: 354 go on\n";
const RSET: &str = "C: RSET\nS: 250 ok\n";
const OK: &str = "S: 250 2.0.0 Ok: queued as 4XyZ1k2s3tz9\n";
