//! Transactions made by hand: the content, and what the server says to it.

#![cfg(test)]

mod common;

use std::io::{self, Read};

use comms_core::{CommsStack, ErrorClass};
use comms_smtp::{Misplaced, SmtpError, SmtpStack};
use comms_testkit::Script;

use crate::common::hand::{
    BOB, DATA, MAIL, TAKEN, address, assert_misplaced, data, dialogue, mail, rcpt,
};
use crate::common::{HI, HI_SAID, cause, client, opening, play, play_connected, shape};

#[test]
fn the_content_goes_as_it_is_but_for_line_ends_dots_and_blind_copies() {
    let content = "To: bob@y.example\nbCC : eve@z.example,\r\n eve2@z.example\n.a: b\r\
                   \n\nBcc: body\n..\r\n.\rno end";
    let said =
        "C: To: bob@y.example\nC: ..a: b\nC:\nC: Bcc: body\nC: ...\nC: ..\nC: no end\nC: .\n";
    for size in [1, 2, 3, 7, 1000] {
        let rest = format!("{MAIL}{BOB}{DATA}{said}{TAKEN}");
        play_connected(&dialogue(&rest), |stack| {
            mail(stack).unwrap();
            rcpt(stack, "bob@y.example").unwrap();
            let content = Portions { rest: content.as_bytes(), size, is_interrupted: false };
            stack.smtp().unwrap().data(content).unwrap();
        });
    }
    play_connected(&dialogue(&format!("{MAIL}{BOB}{DATA}C: .\n{TAKEN}")), |stack| {
        mail(stack).unwrap();
        rcpt(stack, "bob@y.example").unwrap();
        stack.smtp().unwrap().data(io::empty()).unwrap();
    });
}

/// A reader that gives a few octets at a time, and is interrupted before each.
struct Portions<'a> {
    rest: &'a [u8],
    size: usize,
    is_interrupted: bool,
}

impl Read for Portions<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.is_interrupted = !self.is_interrupted;
        if self.is_interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = self.size.min(into.len());
        self.rest.read(&mut into[..most])
    }
}

#[test]
fn content_of_many_blocks_arrives_whole() {
    let lines = "0123456789abcdef.\r\n.\r\n".repeat(20_000);
    let content = format!("A: b\r\n\r\n{lines}");
    let script = Script::parse(&dialogue(&format!("{MAIL}{BOB}{DATA}"))).unwrap();
    let script = script.expect_until("\r\n.\r\n").reply("250 taken\r\n");
    let (mut stack, transcript, _) = client(script);
    stack.connect().unwrap();
    mail(&mut stack).unwrap();
    rcpt(&mut stack, "bob@y.example").unwrap();
    stack.smtp().unwrap().data(content.as_bytes()).unwrap();
    let expected = content.replace("\r\n.\r\n", "\r\n..\r\n") + ".\r\n";
    assert!(transcript.contents()[0] == expected.as_bytes(), "the content is another");
}

#[test]
fn a_refusal_of_data_leaves_the_transaction_and_one_of_the_content_ends_it() {
    let rest = format!("{MAIL}{BOB}C: DATA\nS: 451 4.3.0 busy\n{DATA}{HI_SAID}S: 554 spam\n{MAIL}");
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        rcpt(stack, "bob@y.example").unwrap();
        let busy = (ErrorClass::Transient, "Smtp: DATA was refused: 451 4.3.0 busy".to_owned());
        assert_eq!(shape(&data(stack).unwrap_err()), busy);
        let spam = (ErrorClass::Permanent, "Smtp: the content was refused: 554 spam".to_owned());
        assert_eq!(shape(&data(stack).unwrap_err()), spam);
        mail(stack).unwrap();
    });
}

#[test]
fn a_reader_that_fails_ends_the_session_and_the_server_gets_no_message() {
    let failing = || HI.as_bytes().chain(Failing);
    let script = Script::parse(&dialogue(&format!("{MAIL}{BOB}{DATA}"))).unwrap();
    let (mut stack, transcript, _) = client(script.expect_until("\r\n.\r\n"));
    stack.connect().unwrap();
    mail(&mut stack).unwrap();
    rcpt(&mut stack, "bob@y.example").unwrap();
    let error = stack.smtp().unwrap().data(failing()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Content);
    let sentence = "Smtp: the content of the message cannot be sent: the disk is gone";
    assert_eq!(error.sentence(), sentence);
    assert!(!stack.is_connected());
    assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection);
    let _ = stack.disconnect();
    let sent = String::from_utf8(transcript.sent()).unwrap();
    assert!(!sent.contains("QUIT") && !sent.ends_with(".\r\n"), "{sent}");
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn a_stray_line_end_is_refused_where_the_property_says_so() {
    let script = Script::parse(&dialogue(&format!("{MAIL}{BOB}{DATA}"))).unwrap();
    let (mut stack, _, _) = client(script.expect_until("\r\n.\r\n"));
    stack.set("stray_line_ends", "refuse").unwrap();
    stack.connect().unwrap();
    mail(&mut stack).unwrap();
    rcpt(&mut stack, "bob@y.example").unwrap();
    let error = stack.smtp().unwrap().data(&b"A: b\r\n\r\nc\nd"[..]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Content);
    assert!(error.sentence().ends_with("a CR or LF stands alone at octet 9 of the content"));
}

#[test]
fn eight_bits_are_not_sent_where_seven_pass() {
    let script = Script::parse(&dialogue(&format!("{MAIL}{BOB}{DATA}"))).unwrap();
    let (mut stack, transcript, _) = client(script.expect_until("\r\n.\r\n"));
    stack.set("write_parity", "strip").unwrap();
    stack.connect().unwrap();
    mail(&mut stack).unwrap();
    rcpt(&mut stack, "bob@y.example").unwrap();
    let error = stack.smtp().unwrap().data("Subject: \u{e9}\r\n".as_bytes()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Content, "{error}");
    assert!(!transcript.sent().ends_with(b".\r\n"));
}

#[test]
fn words_before_the_content_are_not_taken_for_its_verdict() {
    let rest = format!("{MAIL}{BOB}{DATA}S: 552 too large\nclose");
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        rcpt(stack, "bob@y.example").unwrap();
        let error = data(stack).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permanent, "{error}");
        assert!(error.to_string().ends_with("the content was refused: 552 too large"), "{error}");
    });
    let last_words = dialogue(&format!("{MAIL}{BOB}{DATA}take 3\nS: 552 too large\nclose"));
    let (mut stack, _, _) = client(Script::parse(&last_words).unwrap());
    stack.connect().unwrap();
    mail(&mut stack).unwrap();
    rcpt(&mut stack, "bob@y.example").unwrap();
    let error = stack.smtp().unwrap().data("x\n".repeat(50_000).as_bytes()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent, "{error:?}");
}

#[test]
fn an_intermediate_reply_to_the_content_leaves_delivery_unknown() {
    let rest = format!("{MAIL}{BOB}{DATA}{HI_SAID}S: 354 more\n");
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        rcpt(stack, "bob@y.example").unwrap();
        let error = data(stack).unwrap_err();
        assert_eq!(error.class(), ErrorClass::DeliveryUnknown);
        match cause(&error) {
            SmtpError::Unknown { accepted, .. } => {
                assert_eq!(accepted, &[address("bob@y.example")]);
            }
            other => panic!("{other}"),
        }
    });
}

fn lmtp(rest: &str, talk: impl FnOnce(&mut CommsStack)) {
    let dialogue = opening(&[]).replace("EHLO", "LHLO") + rest;
    play(&dialogue, |stack| {
        stack.set("protocol", "lmtp").unwrap();
        stack.connect().unwrap();
        mail(stack).unwrap();
        talk(stack);
    });
}

const CAROL: &str = "C: RCPT TO:<carol@y.example>\nS: 250 ok\n";

#[test]
fn lmtp_answers_for_each_recipient_that_was_accepted() {
    let rest = format!(
        "{MAIL}{BOB}C: RCPT TO:<eve@y.example>\nS: 550 no\n{CAROL}{DATA}{HI_SAID}\
         S: 250 saved\nS: 452 4.2.2 full\n"
    );
    lmtp(&rest, |stack| {
        rcpt(stack, "bob@y.example").unwrap();
        rcpt(stack, "eve@y.example").unwrap_err();
        rcpt(stack, "carol@y.example").unwrap();
        assert_misplaced(&data(stack).unwrap_err(), "DATA", Misplaced::ForSeveral);
        let verdicts = stack.smtp().unwrap().data_for_each(HI.as_bytes()).unwrap();
        let verdicts = verdicts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(verdicts, ["<bob@y.example>: 250 saved", "<carol@y.example>: 452 4.2.2 full"]);
    });
}

#[test]
fn lmtp_with_one_recipient_has_one_answer() {
    lmtp(&format!("{MAIL}{BOB}{DATA}{HI_SAID}S: 250 saved\n"), |stack| {
        rcpt(stack, "bob@y.example").unwrap();
        assert_eq!(data(stack).unwrap().text(), "saved");
    });
    lmtp(&format!("{MAIL}{BOB}{DATA}{HI_SAID}S: 552 full\n"), |stack| {
        rcpt(stack, "bob@y.example").unwrap();
        let error = data(stack).unwrap_err();
        assert_eq!((error.class(), cause(&error).rejected().len()), (ErrorClass::Permanent, 1));
    });
}

#[test]
fn lmtp_that_breaks_between_two_answers_tells_what_is_known() {
    for end in ["close", "S: 354 ?", "S: junk", "S: 250"] {
        // The last has an answer for all but one, and then none.
        let closes = if end == "S: 250" { "\nclose" } else { "" };
        let joe = "C: RCPT TO:<joe@y.example>\nS: 250 ok\n";
        let rest =
            format!("{MAIL}{BOB}{CAROL}{joe}{DATA}{HI_SAID}S: 250 a\nS: 450 b\n{end}{closes}");
        let recipients = ["bob@y.example", "carol@y.example", "joe@y.example"];
        lmtp(&rest, |stack| {
            for one in recipients {
                rcpt(stack, one).unwrap();
            }
            let outcome = stack.smtp().unwrap().data_for_each(HI.as_bytes());
            if end == "S: 250" {
                return assert_eq!(outcome.unwrap().len(), 3);
            }
            let error = outcome.unwrap_err();
            assert_eq!(error.class(), ErrorClass::DeliveryUnknown, "{end}");
            match cause(&error) {
                SmtpError::Unknown { accepted, rejected, .. } => {
                    assert_eq!(accepted, &[address("bob@y.example")], "{end}");
                    assert_eq!(rejected[0].recipient, address("carol@y.example"), "{end}");
                }
                other => panic!("{other}"),
            }
        });
    }
    let rest = format!("{MAIL}{BOB}{CAROL}{DATA}{HI_SAID}S: 421 closing\nclose");
    lmtp(&rest, |stack| {
        rcpt(stack, "bob@y.example").unwrap();
        rcpt(stack, "carol@y.example").unwrap();
        let error = stack.smtp().unwrap().data_for_each(HI.as_bytes()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::DeliveryUnknown, "{error}");
    });
}

#[test]
fn in_smtp_the_one_answer_is_for_each_recipient() {
    let rest = format!("{MAIL}{BOB}{CAROL}{DATA}{HI_SAID}{TAKEN}");
    play_connected(&dialogue(&rest), |stack| {
        mail(stack).unwrap();
        rcpt(stack, "bob@y.example").unwrap();
        rcpt(stack, "carol@y.example").unwrap();
        let verdicts = stack.smtp().unwrap().data_for_each(HI.as_bytes()).unwrap();
        let verdicts = verdicts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(verdicts, ["<bob@y.example>: 250 taken", "<carol@y.example>: 250 taken"]);
    });
}
