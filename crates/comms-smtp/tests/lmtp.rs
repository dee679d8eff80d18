//! LMTP (RFC 2033): one reply for each recipient after the content.
#![cfg(test)]

mod common;

use comms_core::{CommsStack, ErrorClass, Result};
use comms_smtp::{SendReport, Smtp, SmtpError, SmtpMessage};
use comms_testkit::{Script, Transcript};
use comms_util::Util;

use crate::common::{hi, play, refused};

fn send(rest: &str) -> (Result<SendReport>, Transcript) {
    let dialogue = format!(
        r"S: 220 mail.example LMTP
          C: LHLO client.example
          S: 250-mail.example
          S: 250 PIPELINING
          C: MAIL FROM:<ann@x.example>
          S: 250 ok
          C: RCPT TO:<bob@y.example>
          S: 250 ok
          C: RCPT TO:<carol@y.example>
          S: 250 ok
          C: RCPT TO:<eve@y.example>
          S: 550 5.1.1 unknown
          C: DATA
          S: 354 go on
          until \r\n.\r\n
          {rest}"
    );
    let script = Script::parse(&dialogue).unwrap();
    let transcript = script.transcript();
    let mut stack =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(script).build().unwrap();
    stack.set("protocol", "lmtp").unwrap();
    stack.set("local_mail_domain", "client.example").unwrap();
    stack.connect().unwrap();
    let mut message = SmtpMessage::builder("ann@x.example".parse().unwrap()).text("Hello\n");
    for recipient in ["bob@y.example", "carol@y.example", "eve@y.example"] {
        message = message.recipient(recipient.parse().unwrap());
    }
    let outcome = stack.send(&message.build().unwrap());
    (outcome.map(|receipt| receipt.into_report().unwrap()), transcript)
}

#[test]
fn each_recipient_has_a_verdict_of_its_own() {
    let (outcome, transcript) = send("S: 250 2.0.0 <bob@y.example> saved\nS: 452 4.2.2 full");
    let report = outcome.unwrap();
    assert_eq!(report.accepted, ["bob@y.example".parse().unwrap()]);
    let refused = report.rejected.iter().map(|one| (one.recipient.to_string(), one.reply.code()));
    assert_eq!(
        refused.collect::<Vec<_>>(),
        [("eve@y.example".to_owned(), 550), ("carol@y.example".to_owned(), 452)]
    );
    assert_eq!(report.reply.text(), "2.0.0 <bob@y.example> saved");
    transcript.finished().unwrap();
}

#[test]
fn a_no_for_each_recipient_is_an_error_with_all_of_them() {
    let (outcome, _) = send("S: 552 5.2.2 full\nS: 452 4.2.2 full");
    let error = outcome.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    assert_eq!(error.cause::<SmtpError>().unwrap().rejected().len(), 3);
}

#[test]
fn a_verdict_that_is_missing_leaves_delivery_unknown() {
    for rest in ["close", "S: 250 saved\nclose", "S: 250 saved\nS: 354 ?"] {
        let (outcome, _) = send(rest);
        assert_eq!(outcome.unwrap_err().class(), ErrorClass::DeliveryUnknown, "{rest}");
    }
}

#[test]
fn with_strict_a_no_to_the_content_for_one_was_told_as_if_nobody_had_it() {
    let dialogue = r"S: 220 mail.example LMTP
        C: LHLO client.example
        S: 250 mail.example
        C: MAIL FROM:<ann@x.example>
        S: 250 ok
        C: RCPT TO:<bob@y.example>
        S: 250 ok
        C: RCPT TO:<carol@y.example>
        S: 250 ok
        C: DATA
        S: 354 go on
        C: Subject: x
        C:
        C: Hi
        C: .
        S: 250 saved
        S: 452 4.2.2 full";
    play(dialogue, |stack| {
        stack.set("protocol", "lmtp").unwrap();
        stack.set("strict", true).unwrap();
        stack.connect().unwrap();
        let report = common::send(stack, &hi(&["bob@y.example", "carol@y.example"])).unwrap();
        assert_eq!(report.accepted, ["bob@y.example".parse().unwrap()]);
        assert_eq!(refused(&report.rejected), [("carol@y.example".to_owned(), 452)]);
    });
}
