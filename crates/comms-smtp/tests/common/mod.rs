//! What the tests of the client and the server have in common.

#![allow(dead_code, reason = "each file of tests uses what it needs")]

pub(crate) mod hand;
pub(crate) mod model;
pub(crate) mod source;

use std::sync::Arc;

use comms_core::{CommsStack, Error, ErrorClass};
use comms_mime::{Address, RawMessage};
use comms_smtp::{Envelope, ReversePath, SendReport, Smtp, SmtpError, SmtpMessage};
use comms_testkit::{ManualClock, Script, Transcript};
use comms_util::Util;

/// A small message as it exists already.
pub(crate) const HI: &str = "Subject: x\r\n\r\nHi\r\n";

/// The same as a dialogue has it, with its end.
pub(crate) const HI_SAID: &str = "C: Subject: x\nC:\nC: Hi\nC: .\n";

/// A client above `script`, not yet connected, with a name and a clock of its own.
pub(crate) fn client(script: Script) -> (CommsStack, Transcript, Arc<ManualClock>) {
    let transcript = script.transcript();
    let mut stack =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(script).build().unwrap();
    stack.set("local_mail_domain", "client.example").unwrap();
    let clock = ManualClock::new();
    stack.set_clock(clock.clone());
    (stack, transcript, clock)
}

/// Has a client talk with the peer that `dialogue` writes, and holds what was said against the
/// dialogue as a whole: order, groups and all.
pub(crate) fn play<T>(dialogue: &str, talk: impl FnOnce(&mut CommsStack) -> T) -> T {
    let (mut stack, transcript, _) = client(Script::parse(dialogue).unwrap());
    let outcome = talk(&mut stack);
    assert_eq!(transcript.text(), said(dialogue));
    transcript.finished().unwrap();
    outcome
}

/// As [`play`], with a client that connects first.
pub(crate) fn play_connected<T>(dialogue: &str, talk: impl FnOnce(&mut CommsStack) -> T) -> T {
    play(dialogue, |stack| {
        stack.connect().unwrap();
        talk(stack)
    })
}

/// The lines of a dialogue that are said, as a transcript has them: an empty one with its blank.
pub(crate) fn said(dialogue: &str) -> String {
    let lines = dialogue.lines().map(str::trim_start);
    let said = lines.filter(|line| line.starts_with('C') || line.starts_with('S'));
    let shown =
        |line| if matches!(line, "C:" | "S:") { format!("{line} \n") } else { format!("{line}\n") };
    said.map(shown).collect()
}

/// The beginning of a dialogue with a server that offers `keywords`.
pub(crate) fn opening(keywords: &[&str]) -> String {
    let mut lines = vec!["mail.example"];
    lines.extend(keywords);
    let last = lines.len() - 1;
    let reply = lines.iter().enumerate().map(|(at, line)| {
        let mark = if at == last { ' ' } else { '-' };
        format!("S: 250{mark}{line}\n")
    });
    format!("S: 220 mail.example\nC: EHLO client.example\n{}", reply.collect::<String>())
}

/// A message from Ann whose octets are these.
pub(crate) fn raw(content: impl Into<Vec<u8>>, recipients: &[&str]) -> SmtpMessage {
    SmtpMessage::raw(RawMessage::bytes(content), envelope(recipients))
}

/// An envelope from Ann.
pub(crate) fn envelope(recipients: &[&str]) -> Envelope {
    let sender = ReversePath::Address("ann@x.example".parse().unwrap());
    Envelope::new(sender, recipients.iter().map(|one| one.parse::<Address>().unwrap()))
}

/// The small message.
pub(crate) fn hi(recipients: &[&str]) -> SmtpMessage {
    raw(HI, recipients)
}

/// Sends a message, and gives the whole report.
pub(crate) fn send(stack: &mut CommsStack, message: &SmtpMessage) -> Result<SendReport, Error> {
    Ok(stack.send(message)?.into_report::<SendReport>().unwrap())
}

/// The class of an error, and its first words.
pub(crate) fn shape(error: &Error) -> (ErrorClass, String) {
    (error.class(), error.to_string())
}

/// The client's own error.
pub(crate) fn cause(error: &Error) -> &SmtpError {
    error.cause::<SmtpError>().unwrap()
}

/// The addresses of recipients that were refused, with the codes.
pub(crate) fn refused(rejected: &[comms_smtp::Rejected]) -> Vec<(String, u16)> {
    rejected.iter().map(|one| (one.recipient.to_string(), one.reply.code())).collect()
}
