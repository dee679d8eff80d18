//! What is told of a message is true, whatever the server does around it.
#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use comms_core::{
    Below, Clock, CommsModule, CommsStack, Error, ErrorClass, ModuleSpec, Payload, Receipt, Result,
};
use comms_smtp::{SendReport, Smtp, SmtpError, SmtpMessage};
use comms_testkit::{ManualClock, Script};
use comms_util::Util;

fn message() -> SmtpMessage {
    SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .recipient("eve@y.example".parse().unwrap())
        .text("Hello, hello, hello, hello.\n".repeat(2000))
        .build()
        .unwrap()
}

fn stack(dialogue: &str) -> CommsStack {
    let greeting = "S: 220 mail.example\nC~: EHLO *\nS: 250-mail.example\nS: 250 PIPELINING\n";
    let script = Script::parse(&format!("{greeting}{dialogue}")).unwrap();
    CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(script).build().unwrap()
}

fn send(dialogue: &str) -> Result<SendReport> {
    let mut stack = stack(dialogue);
    stack.connect()?;
    stack.send(&message()).map(|receipt| receipt.into_report().unwrap())
}

const ENVELOPE: &str = "C~: MAIL *\nC~: RCPT *\nC~: RCPT *\nC: DATA\n";
const YES: &str = "S: 250 ok\nS: 250 ok\nS: 550 no such user\nS: 354 go on\n";

/// A filter that lets time pass in a send that holds the end mark, after it has gone down.
#[derive(Debug)]
struct Slow;

static SLOW: ModuleSpec = ModuleSpec::filter("Slow", "takes its time over the end mark");

impl CommsModule for Slow {
    fn spec(&self) -> &'static ModuleSpec {
        &SLOW
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        let sent = below.send(payload)?;
        if payload.pieces().any(|piece| piece.octets().ends_with(b"\r\n.\r\n")) {
            below.clock().sleep(Duration::from_secs(200));
        }
        Ok(sent)
    }
}

#[test]
fn an_end_mark_that_went_out_as_the_time_ran_out_was_called_safe_to_send_again() {
    let greeting = "S: 220 mail.example\nC~: EHLO *\nS: 250-mail.example\nS: 250 PIPELINING\n";
    let rest = format!("{greeting}{ENVELOPE}{YES}until \\r\\n.\\r\\n\nS: 250 taken");
    let script = Script::parse(&rest).unwrap();
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(Slow);
    let mut stack = stack.layer(script).build().unwrap();
    stack.set_clock(ManualClock::new() as Arc<dyn Clock>);
    stack.connect().unwrap();
    let report = stack.send(&message()).unwrap().into_report::<SendReport>().unwrap();
    assert_eq!(report.reply.text(), "taken");
}

#[test]
fn a_reply_that_came_before_the_content_was_taken_for_its_verdict() {
    let error = send(&format!("{ENVELOPE}{YES}S: 250 stale\nuntil \\r\\n.\\r\\n\nS: 554 spam"));
    let error = error.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol, "{error:?}");

    let early_no = send(&format!("{ENVELOPE}{YES}S: 552 too large\nclose")).unwrap_err();
    assert_eq!(early_no.class(), ErrorClass::Permanent, "{early_no:?}");
}

#[test]
fn a_reply_too_many_shifted_those_of_the_next_message() {
    let once = format!("{ENVELOPE}{YES}until \\r\\n.\\r\\n\n");
    let mut stack = stack(&format!("{once}S: 250 taken\nS: 250 again\n{once}S: 250 taken"));
    stack.connect().unwrap();
    stack.send(&message()).unwrap();
    let error = stack.send(&message()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol, "{error:?}");
}

#[test]
fn a_421_that_came_unasked_is_told_to_the_next_command() {
    let once = format!("{ENVELOPE}{YES}until \\r\\n.\\r\\n\n");
    let mut stack = stack(&format!("{once}S: 250 taken\nS: 421 idle for too long\nclose"));
    stack.set("reconnect", false).unwrap();
    stack.connect().unwrap();
    stack.send(&message()).unwrap();
    let error = stack.send(&message()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient, "{error:?}");
}

#[test]
fn a_refusal_of_the_sender_was_hidden_by_what_came_after_it() {
    for after in ["S: 503 no\nS: 421 too many errors\nclose", "S: 503 no\nreset", "close"] {
        let error = send(&format!("{ENVELOPE}S: 550 barred\n{after}")).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permanent, "{after}: {error:?}");
        assert!(error.sentence().contains("550 barred"), "{error:?}");
    }
}

#[test]
fn last_words_that_were_a_421_were_thrown_away() {
    for (words, class) in
        [("421 shutting down", ErrorClass::Transient), ("552 too much", ErrorClass::Permanent)]
    {
        // The server speaks and hangs up after the first octets of the content.
        let error = send(&format!("{ENVELOPE}{YES}take 3\nS: {words}\nclose")).unwrap_err();
        assert_eq!(error.class(), class, "{error:?}");
        assert!(error.sentence().contains(words), "{error:?}");
    }
}

#[test]
fn a_stack_whose_session_had_ended_did_not_connect_again() {
    let greeting = "S: 220 mail.example\nC~: EHLO *\nS: 250 mail.example\n";
    let mut stack =
        stack(&format!("C: NOOP\nS: 421 bye\nclose\nconnect\n{greeting}C: NOOP\nS: 250 ok"));
    stack.connect().unwrap();
    stack.noop().unwrap_err();
    assert!(!stack.is_connected());
    stack.connect().unwrap();
    assert_eq!(stack.noop().unwrap(), "ok");
}

#[test]
fn who_was_refused_was_lost_when_the_content_failed() {
    let rejected = |error: &Error| error.cause::<SmtpError>().unwrap().rejected().len();
    let refused = send(&format!("{ENVELOPE}{YES}until \\r\\n.\\r\\n\nS: 451 later")).unwrap_err();
    assert_eq!((refused.class(), rejected(&refused)), (ErrorClass::Transient, 1));
    let unknown = send(&format!("{ENVELOPE}{YES}until \\r\\n.\\r\\n\nclose")).unwrap_err();
    assert_eq!((unknown.class(), rejected(&unknown)), (ErrorClass::DeliveryUnknown, 1));
}

#[test]
fn a_raw_message_of_eight_bits_was_sent_where_seven_pass() {
    let mut stack = stack("");
    stack.set("write_parity", "strip").unwrap();
    stack.connect().unwrap();
    let raw = comms_mime::RawMessage::bytes(b"Subject: \xe9\r\n\r\n".to_vec());
    let envelope = message().envelope().clone();
    let error = stack.send(&SmtpMessage::raw(raw, envelope)).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Content, "{error:?}");
}

#[test]
fn long_refusals_of_many_recipients_were_kept_whole() {
    let line = "S: 550-".to_owned() + &"x".repeat(200) + "\n";
    let long = line.repeat(100) + "S: 550 end\n";
    let dialogue = format!("{ENVELOPE}S: 250 ok\n{long}{long}S: 503 nobody\nC: RSET\nS: 250 ok");
    let error = send(&dialogue).unwrap_err();
    for one in error.cause::<SmtpError>().unwrap().rejected() {
        assert!(one.reply.text().len() <= 1100, "{}", one.reply.text().len());
    }
    assert!(error.sentence().len() < 4000);
}
