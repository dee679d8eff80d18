//! A server above a client that a script plays.

#![allow(dead_code, reason = "each file of tests uses what it needs")]

use comms_core::{CommsStack, Error};
use comms_smtp::{Handler, MemoryStore, Received, ServerStack, SmtpServer};
use comms_testkit::{ManualClock, Script, Transcript};
use comms_util::Util;

use crate::common::said;

/// A server above a scripted client, whose lines are `S:` and the server's `C:`.
pub(crate) fn server(script: Script) -> (CommsStack, Transcript, MemoryStore) {
    let store = MemoryStore::new();
    let (stack, transcript) = stack(SmtpServer::new(store.clone()), script);
    (stack, transcript, store)
}

fn stack(server: SmtpServer, script: Script) -> (CommsStack, Transcript) {
    let transcript = script.transcript();
    let mut stack =
        CommsStack::builder().layer(server).layer(Util::new()).layer(script).build().unwrap();
    stack.set("local_mail_domain", "mail.example").unwrap();
    stack.set_clock(ManualClock::new());
    (stack, transcript)
}

/// Has a server with a handler serve clients, one after another, whose dialogues are written with
/// patterns perhaps. Gives what was stored; each dialogue must have been played to its end.
pub(crate) fn decide(
    handler: &(impl Handler + Clone + 'static),
    dialogues: &[&str],
    set: &[(&str, &str)],
) -> Vec<Received> {
    let store = MemoryStore::new();
    for dialogue in dialogues {
        let server = SmtpServer::new(store.clone()).with_handler(handler.clone());
        let (mut stack, transcript) = stack(server, Script::parse(dialogue).unwrap());
        for (name, value) in set {
            stack.set(name, *value).unwrap();
        }
        let outcome = stack.connect().and_then(|()| stack.serve());
        let finished = transcript.finished().map_err(|error| error.to_string());
        assert_eq!(finished, Ok(()), "{outcome:?}\n{}", transcript.text());
        outcome.unwrap();
    }
    store.messages()
}

/// Serves one client, and gives what came of it and what was stored.
pub(crate) fn serve(script: Script) -> (Result<u64, Error>, Vec<Received>) {
    let (mut stack, _, store) = server(script);
    stack.connect().unwrap();
    (stack.serve(), store.messages())
}

/// Serves a client whose dialogue is written, to its end, and holds it against what was said.
pub(crate) fn play(dialogue: &str, set: &[(&str, &str)]) -> Vec<Received> {
    let (mut stack, transcript, store) = server(Script::parse(dialogue).unwrap());
    for (name, value) in set {
        stack.set(name, *value).unwrap();
    }
    stack.connect().unwrap();
    stack.serve().unwrap();
    assert_eq!(transcript.text(), said(dialogue));
    transcript.finished().unwrap();
    store.messages()
}

/// The server's greeting, the client's and what it is told.
pub(crate) fn hello() -> String {
    greeted(0, 1000)
}

/// The same, with limits on octets and recipients.
pub(crate) fn greeted(size: u64, recipients: usize) -> String {
    format!(
        "C: 220 mail.example ESMTP comms\nS: EHLO client.example\nC: 250-mail.example\n\
         C: 250-PIPELINING\nC: 250-SIZE {size}\nC: 250-8BITMIME\nC: 250-SMTPUTF8\n\
         C: 250-ENHANCEDSTATUSCODES\nC: 250-CHUNKING\nC: 250-BINARYMIME\n\
         C: 250-DSN\nC: 250-MT-PRIORITY\nC: 250-DELIVERBY\n\
         C: 250-FUTURERELEASE 999999999 9999-12-31T23:59:59Z\n\
         C: 250 LIMITS RCPTMAX={recipients}\n"
    )
}

pub(crate) const MAIL: &str = "S: MAIL FROM:<ann@x.example>\nC: 250 2.1.0 go on\n";
pub(crate) const RCPT: &str = "S: RCPT TO:<bob@y.example>\nC: 250 2.1.5 go on\n";
pub(crate) const BYE: &str = "S: QUIT\nC: 221 2.0.0 goodbye\n";
