//! What MAIL and RCPT say of a message, and what is refused before them.

#![cfg(test)]

mod common;

use std::io::Cursor;

use comms_core::ErrorClass;
use comms_mime::{Address, RawMessage};
use comms_smtp::{Envelope, EnvelopeId, Notify, Ret, ReversePath, SmtpError, SmtpMessage};
use comms_testkit::Script;

use crate::common::{cause, client, envelope, hi, opening, play_connected, raw, send};

/// The lines of commands with which a message goes to a server with `keywords`.
fn commands(keywords: &[&str], message: &SmtpMessage) -> Vec<String> {
    let script =
        Script::parse(&opening(keywords)).unwrap().expect_like("MAIL *").reply("250 ok\r\n");
    let recipients = 0..message.envelope().recipients.len();
    let script = recipients.fold(script, |script, _| script.expect_any_line().reply("250 ok\r\n"));
    let (mut stack, transcript, _) = client(script);
    stack.connect().unwrap();
    // The script ends behind the recipients, or before the last where fewer are asked.
    send(&mut stack, message).unwrap_err();
    let sent = String::from_utf8(transcript.sent()).unwrap();
    let lines = sent.lines().filter(|line| line.starts_with("MAIL") || line.starts_with("RCPT"));
    lines.map(str::to_owned).collect()
}

fn mail(keywords: &[&str], message: &SmtpMessage) -> String {
    commands(keywords, message).remove(0)
}

/// Sends to a server that must hear nothing of it.
fn refused_unsent(keywords: &[&str], message: &SmtpMessage) -> comms_core::Error {
    play_connected(&(opening(keywords) + "C: NOOP\nS: 250 ok\n"), |stack| {
        let error = send(stack, message).unwrap_err();
        stack.noop().unwrap();
        error
    })
}

#[test]
fn the_size_is_announced_where_it_is_known_and_asked_for() {
    let message = raw("Subject: x\r\n\r\n.dots\r\n", &["bob@y.example"]);
    assert_eq!(mail(&[], &message), "MAIL FROM:<ann@x.example>");
    assert_eq!(mail(&["SIZE"], &message), "MAIL FROM:<ann@x.example> SIZE=21");
    assert_eq!(mail(&["SIZE 21"], &message), "MAIL FROM:<ann@x.example> SIZE=21");
    let reader = RawMessage::reader(Cursor::new("Subject: x\r\n\r\nhi\r\n")).unwrap();
    let unknown = SmtpMessage::raw(reader, envelope(&["bob@y.example"]));
    assert_eq!(mail(&["SIZE 5"], &unknown), "MAIL FROM:<ann@x.example>");
}

#[test]
fn a_message_larger_than_the_server_takes_is_refused_before_anything_is_sent() {
    let message = raw("Subject: x\r\n\r\nhi\r\n", &["bob@y.example"]);
    let error = refused_unsent(&["SIZE 17"], &message);
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert!(matches!(cause(&error), SmtpError::TooLarge { size: 18, limit: 17, .. }), "{error}");
}

#[test]
fn the_report_counts_the_octets_that_were_sent() {
    for content in ["Subject: x\n\n.hi\n", "Subject: x\r\n\r\n.hi", "Subject: x\r\r.hi\r"] {
        let dialogue = opening(&[])
            + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n\
               C: DATA\nS: 354 go\nC: Subject: x\nC:\nC: ..hi\nC: .\nS: 250 ok";
        play_connected(&dialogue, |stack| {
            let report = send(stack, &raw(content, &["bob@y.example"])).unwrap();
            assert_eq!(report.size, "Subject: x\r\n\r\n.hi\r\n".len() as u64, "{content:?}");
        });
    }
}

#[test]
fn a_message_without_recipients_is_refused_before_anything_is_sent() {
    let error = refused_unsent(&[], &hi(&[]));
    assert_eq!(error.class(), ErrorClass::Usage);
    assert!(matches!(cause(&error), SmtpError::NoRecipients));
}

#[test]
fn eight_bits_are_announced_where_they_are_there_and_taken() {
    let wide = raw("Subject: x\r\n\r\ncaf\u{e9}\r\n", &["bob@y.example"]);
    assert_eq!(mail(&["8BITMIME"], &wide), "MAIL FROM:<ann@x.example> BODY=8BITMIME");
    assert_eq!(mail(&[], &wide), "MAIL FROM:<ann@x.example>");
    assert_eq!(mail(&["8bitmime"], &hi(&["bob@y.example"])), "MAIL FROM:<ann@x.example>");
}

#[test]
fn a_composed_message_is_written_in_ascii_for_a_server_without_8bitmime() {
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .text("café\n".repeat(400))
        .build()
        .unwrap();
    for (keywords, wide) in [(&["8BITMIME"][..], true), (&[], false)] {
        let script = Script::parse(&opening(keywords)).unwrap();
        let script = script.expect_like("MAIL *").reply("250 ok\r\n").expect_any_line();
        let script = script.reply("250 ok\r\n").expect("DATA\r\n").reply("354 go\r\n");
        let script = script.expect_until("\r\n.\r\n").reply("250 ok\r\n");
        let (mut stack, transcript, _) = client(script);
        stack.connect().unwrap();
        send(&mut stack, &message).unwrap();
        assert_eq!(transcript.contents()[0].is_ascii(), !wide, "{keywords:?}");
        let announced = transcript.text().contains("BODY=8BITMIME");
        assert_eq!(announced, wide, "{keywords:?}");
    }
}

#[test]
fn smtputf8_is_asked_for_where_an_address_needs_it() {
    let message = hi(&["bob@y.example", "jörg@y.example"]);
    let lines = commands(&["SMTPUTF8", "8BITMIME"], &message);
    assert_eq!(lines[0], "MAIL FROM:<ann@x.example> SMTPUTF8");
    assert_eq!(lines[2], "RCPT TO:<jörg@y.example>");
    let plain = commands(&["SMTPUTF8"], &hi(&["bob@y.example"]));
    assert_eq!(plain[0], "MAIL FROM:<ann@x.example>");
}

#[test]
fn an_address_that_needs_smtputf8_is_refused_unsent_by_a_server_without() {
    let mut sender = envelope(&["bob@y.example"]);
    sender.sender = ReversePath::Address("jörg@x.example".parse().unwrap());
    let from_wide = SmtpMessage::raw(RawMessage::bytes("A: b\r\n\r\n"), sender);
    for message in [hi(&["bob@y.example", "jörg@y.example"]), from_wide] {
        let error = refused_unsent(&["8BITMIME"], &message);
        assert_eq!(error.class(), ErrorClass::Content);
        assert!(error.to_string().contains("jörg@"), "{error}");
    }
}

#[test]
fn an_address_in_a_header_that_needs_smtputf8_is_refused_unsent_by_a_server_without() {
    let begin = || SmtpMessage::builder("ann@x.example".parse().unwrap());
    let odd = || "jörg@x.example".parse().unwrap();
    for builder in [
        begin().with(|message| message.reply_to(odd())),
        begin().with(|message| message.to(odd())),
        begin().with(|message| message.cc(odd())),
        SmtpMessage::builder(odd()).reverse_path(ReversePath::Null),
    ] {
        let bob = "bob@y.example".parse().unwrap();
        let message = builder.blind_copy_recipient(bob).text("hi").build().unwrap();
        let error = refused_unsent(&["8BITMIME"], &message);
        assert_eq!(error.class(), ErrorClass::Content, "{error}");
        assert!(error.to_string().contains("jörg@x.example"), "{error}");
    }
}

#[test]
fn a_unicode_domain_goes_as_its_a_label_whatever_the_server_offers() {
    for keywords in [&[][..], &["SMTPUTF8"]] {
        let lines = commands(keywords, &hi(&["info@bücher.example"]));
        assert_eq!(lines[1], "RCPT TO:<info@xn--bcher-kva.example>", "{keywords:?}");
        assert_eq!(lines[0], "MAIL FROM:<ann@x.example>", "{keywords:?}");
    }
}

#[test]
fn a_recipient_named_in_both_forms_of_its_domain_is_asked_once() {
    let message = hi(&["info@bücher.example", "info@xn--bcher-kva.example"]);
    assert_eq!(commands(&[], &message)[1..], ["RCPT TO:<info@xn--bcher-kva.example>"]);
}

#[test]
fn what_is_asked_about_delivery_is_said_where_the_server_offers_dsn() {
    let mut envelope = envelope(&["bob@y.example"]);
    envelope.notify = Some(Notify::On { success: true, failure: true, delay: false });
    envelope.ret = Some(Ret::Headers);
    envelope.envid = Some(EnvelopeId::new("a+b c=1").unwrap());
    let message = SmtpMessage::raw(RawMessage::bytes("A: b\r\n\r\n"), envelope);
    assert_eq!(
        commands(&["DSN"], &message),
        [
            "MAIL FROM:<ann@x.example> RET=HDRS ENVID=a+2Bb+20c+3D1",
            "RCPT TO:<bob@y.example> NOTIFY=SUCCESS,FAILURE"
        ]
    );
    assert_eq!(commands(&[], &message), ["MAIL FROM:<ann@x.example>", "RCPT TO:<bob@y.example>"]);
    assert_eq!(
        commands(&["DSN"], &hi(&["bob@y.example"])),
        ["MAIL FROM:<ann@x.example>", "RCPT TO:<bob@y.example>"]
    );
}

#[test]
fn a_bounce_has_no_sender() {
    let recipients = ["bob@y.example".parse::<Address>().unwrap()];
    let envelope = Envelope::new(ReversePath::Null, recipients);
    let message = SmtpMessage::raw(RawMessage::bytes("A: b\r\n\r\n"), envelope);
    assert_eq!(mail(&["SIZE"], &message), "MAIL FROM:<> SIZE=8");
}
