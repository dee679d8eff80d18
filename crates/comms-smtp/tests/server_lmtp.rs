//! LMTP, as the embedded server speaks it (RFC 2033), and its limit on messages.

#![cfg(test)]

mod common;
mod serving;

use std::thread;

use comms_core::CommsStack;
use comms_smtp::{
    FaultRule, Faults, MemoryStore, Received, Recipient, SendReport, ServerStack, Smtp, SmtpServer,
};
use comms_testkit::Loopback;
use comms_util::Util;

use crate::common::{hi, refused};
use crate::serving::{BYE, MAIL, RCPT, decide, hello, play};

fn serve(rules: &[&str], dialogue: &str, set: &[(&str, &str)]) -> Vec<Received> {
    let faults = rules.iter().map(|rule| rule.parse::<FaultRule>().unwrap()).collect::<Faults>();
    let set = [&[("protocol", "lmtp")], set].concat();
    decide(&faults, &[dialogue], &set)
}

fn recipients(messages: &[Received]) -> Vec<Vec<String>> {
    let of =
        |message: &Received| message.envelope.recipients.iter().map(Recipient::to_string).collect();
    messages.iter().map(of).collect()
}

/// The greeting, and three recipients.
fn three(size: u64) -> String {
    let greeting = hello().replace("ESMTP", "LMTP").replace("EHLO", "LHLO");
    let greeting = greeting.replace("SIZE 0", &format!("SIZE {size}"));
    let carol = "S: RCPT TO:<carol@y.example>\nC: 250 2.1.5 go on\n";
    [&greeting, MAIL, RCPT, carol, &carol.replace("carol", "dan")].concat()
}

const DATA: &str = "S: DATA\nC: 354 go on, end with a dot\nS: Hi\nS: .\n";

fn queued(name: &str) -> String {
    format!("C~: 250 2.1.5 <{name}@y.example> Ok: queued as *\n")
}

#[test]
fn each_recipient_has_a_reply_after_the_dot_and_after_the_last_chunk() {
    let all = [queued("bob"), queued("carol"), queued("dan")].concat();
    let chunks = "S: BDAT 4\nS: Hi\nC: 250 2.0.0 4 octets, go on\nS: BDAT 0 LAST\n";
    for content in [DATA, chunks] {
        let stored = serve(&[], &[&three(0), content, &all, BYE].concat(), &[]);
        assert_eq!(recipients(&stored), [["bob@y.example", "carol@y.example", "dan@y.example"]]);
        assert_eq!(stored[0].content, b"Hi\r\n");
    }
}

#[test]
fn who_is_refused_after_the_content_is_no_recipient_of_it() {
    let some = [&queued("bob"), "C: 452 4.2.2 full\n", &queued("dan")].concat();
    let stored = serve(&["content:2:452 4.2.2 full"], &[&three(0), DATA, &some, BYE].concat(), &[]);
    assert_eq!(recipients(&stored), [["bob@y.example", "dan@y.example"]]);
}

#[test]
fn a_message_that_all_refuse_is_not_stored() {
    let none = "C: 452 4.2.2 full\n".repeat(3);
    assert!(
        serve(&["content:452 4.2.2 full"], &[&three(0), DATA, &none, BYE].concat(), &[]).is_empty()
    );
}

#[test]
fn who_was_told_yes_has_the_message_when_the_server_hangs_up_at_the_next() {
    let dialogue = [&three(0), DATA, &queued("bob"), "stall\n"].concat();
    let stored = serve(&["content:2:close"], &dialogue, &[]);
    assert_eq!(recipients(&stored), [["bob@y.example"]]);
    let stored = serve(&["content:2:close-after"], &dialogue, &[]);
    assert_eq!(recipients(&stored), [["bob@y.example", "carol@y.example", "dan@y.example"]]);
}

#[test]
fn content_that_is_too_large_is_refused_for_each() {
    let each = "C: 552 5.3.4 the message is too large\n".repeat(3);
    let chunks = "S: BDAT 4 LAST\nS: Hi\n";
    for content in [DATA, chunks] {
        let dialogue = [&three(3), content, &each, BYE].concat();
        assert!(serve(&[], &dialogue, &[("size_limit", "3")]).is_empty());
    }
    let early = "S: BDAT 4\nS: Hi\nC: 552 5.3.4 the message is too large\nS: BDAT 4 LAST\nS: Hi\n";
    let behind = "C: 503 5.5.1 the message has failed already\n".repeat(3);
    let dialogue = [&three(3), early, &behind, MAIL, BYE].concat();
    assert!(serve(&[], &dialogue, &[("size_limit", "3")]).is_empty());
}

#[test]
fn a_refused_last_chunk_is_refused_for_each() {
    let dialogue =
        [&three(0), "S: BDAT 4 LAST\nS: Hi\n", &"C: 451 4.3.0 no\n".repeat(3), BYE].concat();
    assert!(serve(&["bdat:451 4.3.0 no"], &dialogue, &[]).is_empty());
}

#[test]
fn each_protocol_has_its_own_greeting() {
    let lmtp = "C: 220 mail.example LMTP comms\n\
                S: EHLO c\nC: 500 5.5.1 that greeting is not of this protocol\n\
                S: HELO c\nC: 500 5.5.1 that greeting is not of this protocol\n";
    serve(&[], &[lmtp, BYE].concat(), &[]);
    let smtp = "C: 220 mail.example ESMTP comms\n\
                S: LHLO c\nC: 500 5.5.1 that greeting is not of this protocol\n";
    play(&[smtp, BYE].concat(), &[]);
}

#[test]
fn without_recipients_there_is_no_content() {
    let greeting = hello().replace("ESMTP", "LMTP").replace("EHLO", "LHLO");
    let rest = "S: DATA\nC: 503 5.5.1 no recipients\n\
                S: BDAT 6 LAST\nS: QUIT\nC: 503 5.5.1 no recipients\n";
    assert!(serve(&[], &[&greeting, MAIL, rest, BYE].concat(), &[]).is_empty());
}

#[test]
fn the_client_reports_what_the_server_did_for_each_recipient() {
    let (near, far) = Loopback::pair();
    let store = MemoryStore::new();
    let faults = ["content:2:452 4.2.2 full"].map(|rule| rule.parse::<FaultRule>().unwrap());
    let server = SmtpServer::new(store.clone()).with_handler(Faults::from_iter(faults));
    let mut server =
        CommsStack::builder().layer(server).layer(Util::new()).layer(far).build().unwrap();
    server.set("protocol", "lmtp").unwrap();
    let serving = thread::spawn(move || server.connect().and_then(|()| server.serve()).unwrap());
    let mut client =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(near).build().unwrap();
    client.set("protocol", "lmtp").unwrap();
    client.connect().unwrap();
    let message = hi(&["bob@y.example", "carol@y.example", "dan@y.example"]);
    let report = client.send(&message).unwrap().into_report::<SendReport>().unwrap();
    client.disconnect().unwrap();
    assert_eq!(serving.join().unwrap(), 1);
    assert_eq!(refused(&report.rejected), [("carol@y.example".to_owned(), 452)]);
    assert_eq!(recipients(&store.messages()), [["bob@y.example", "dan@y.example"]]);
}

#[test]
fn after_the_last_message_mail_is_answered_with_421_and_the_end() {
    let offer = hello().replace("LIMITS ", "LIMITS MAILMAX=2 ");
    let refused =
        "S: MAIL FROM:<ann@x.example>\nC: 421 4.7.0 that was the last message, closing\nstall\n";
    let sent = [MAIL, RCPT, "S: BDAT 4 LAST\nS: Hi\nC~: 250 *\n"].concat();
    let dialogue = [&offer, MAIL, "S: RSET\nC: 250 2.0.0 forgotten\n", &sent, refused].concat();
    let limit = [("messages_limit", "2")];
    assert_eq!(decide(&Faults::default(), &[&dialogue], &limit).len(), 1);
}
