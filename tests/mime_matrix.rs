//! Every message of the matrix through the whole stack to the embedded server, by every way that
//! a content can take, and read by a parser that is not ours.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod matrix;
mod reading;

use std::thread;

use comms::{
    CommsStack, Loopback, MemoryStore, ServerStack, Smtp, SmtpMessage, SmtpServer, SmtpStack,
    Transfer, Util,
};

use crate::matrix::Case;
use crate::matrix::cases::all;
use crate::reading::differences;

/// A way to a server: the keywords that it lacks, and what is written for it.
struct Way {
    without: &'static str,
    transfer: Transfer,
}

#[test]
fn every_message_arrives_by_data_where_seven_bits_are_taken() {
    let without = "CHUNKING,BINARYMIME,8BITMIME,SMTPUTF8";
    send_and_read(&Way { without, transfer: Transfer::SevenBit });
}

#[test]
fn every_message_arrives_by_data_where_eight_bits_are_taken() {
    send_and_read(&Way { without: "CHUNKING,BINARYMIME", transfer: Transfer::EightBit });
}

#[test]
fn every_message_arrives_in_chunks() {
    send_and_read(&Way { without: "BINARYMIME", transfer: Transfer::EightBit });
}

#[test]
fn every_message_arrives_with_its_files_as_they_are() {
    send_and_read(&Way { without: "", transfer: Transfer::Binary });
}

fn send_and_read(way: &Way) {
    let takes = |case: &Case| way.transfer > Transfer::SevenBit || !case.expected.is_international;
    let (sendable, refused): (Vec<Case>, Vec<Case>) = all(LARGEST).into_iter().partition(takes);
    assert!(sendable.len() > 500, "{}", sendable.len());

    let (near, far) = Loopback::pair();
    let mailbox = MemoryStore::new();
    let server = SmtpServer::new(mailbox.clone());
    let mut server =
        CommsStack::builder().layer(server).layer(Util::new()).layer(far).build().unwrap();
    server.set("without", way.without).unwrap();
    let serving = thread::spawn(move || {
        server.connect()?;
        server.serve()
    });
    let mut stack =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(near).build().unwrap();
    stack.set("binary", way.transfer == Transfer::Binary).unwrap();
    stack.connect().unwrap();
    for case in &refused {
        let error = stack.send(&enveloped(case)).unwrap_err();
        assert!(error.to_string().contains("SMTPUTF8"), "{}: {error}", case.name);
    }
    let outcomes = stack.smtp().unwrap().send_all(sendable.iter().map(enveloped)).unwrap();
    stack.disconnect().unwrap();
    assert_eq!(serving.join().unwrap().unwrap(), sendable.len() as u64);

    let mut wrong = Vec::new();
    let arrived = mailbox.messages();
    for ((case, outcome), received) in sendable.iter().zip(outcomes).zip(&arrived) {
        assert_eq!(outcome.unwrap().message_id, case.expected.id, "{}", case.name);
        let found = differences(&case.expected, &received.content);
        let judged = judged(case, way.transfer, &received.content);
        let found = found.into_iter().chain(judged.map(str::to_owned));
        wrong.extend(found.map(|found| format!("{}: {found}", case.name)));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

fn enveloped(case: &Case) -> SmtpMessage {
    case.to("alice@inbox.example")
}

/// What of the wire form is against RFC 5322 2.1 or RFC 2045, if anything is.
fn judged(case: &Case, transfer: Transfer, octets: &[u8]) -> Option<&'static str> {
    let end = memchr::memmem::find(octets, b"\r\n\r\n").unwrap();
    let (head, body) = octets.split_at(end);
    head_judged(case, &String::from_utf8_lossy(head)).or_else(|| body_judged(transfer, head, body))
}

fn head_judged(case: &Case, head: &str) -> Option<&'static str> {
    let once = |name: &&str| head.lines().filter(|line| line.starts_with(*name)).count() == 1;
    let too_long = |line: &str| line.len() > 998 || line.len() > 78 && could_be_folded(line);
    match () {
        () if !ONCE.iter().all(once) => Some("a field that has to stand once does not"),
        () if head.lines().any(|line| line.starts_with("Bcc")) => Some("there is a Bcc"),
        () if head.contains("blind") => Some("who gets a blind copy is shown"),
        () if head.is_ascii() == case.expected.is_international => {
            Some("octets above 127 stand in the head where none should, or none where some should")
        }
        () if head.lines().any(too_long) => Some("a line of the head is too long"),
        () if head.replace("\r\n", "").contains(['\r', '\n', '\0']) => {
            Some("there is a stray CR, LF or NUL in the head")
        }
        () => None,
    }
}

fn body_judged(transfer: Transfer, head: &[u8], body: &[u8]) -> Option<&'static str> {
    let says = |what: &str| memchr::memmem::find(head, what.as_bytes()).is_some();
    let mut lines: Vec<&[u8]> = body.split(|octet| *octet == b'\n').collect();
    let last = lines.pop();
    let whole = |line: &&[u8]| line.strip_suffix(b"\r").is_some_and(|line| !line.contains(&b'\r'));
    match () {
        () if says("Content-Transfer-Encoding: binary") => {
            (transfer != Transfer::Binary).then_some("binary is sent where it is not taken")
        }
        () if last != Some(b"") => Some("the last line is not whole"),
        () if !lines.iter().all(whole) => Some("there is a stray CR or LF"),
        () if body.contains(&0) => Some("there is a NUL"),
        () if lines.iter().any(|line| line.len() > 999) => Some("a line is longer than 998 octets"),
        () if body.is_ascii() => None,
        () if transfer == Transfer::SevenBit => Some("octets above 127 are sent"),
        () => (!says("Content-Transfer-Encoding: 8bit")).then_some("8bit is not announced"),
    }
}

/// Whether there are blanks behind the first word: that one stands beside the name of its field.
fn could_be_folded(line: &str) -> bool {
    let value = line.split_once(": ").map_or(line, |(_, value)| value);
    value.trim_start().contains(' ')
}

/// Larger ones are sent to real servers, by tests/real/mime.sh.
const LARGEST: usize = 1 << 17;

/// RFC 5322 3.6 and RFC 2045 4.
const ONCE: [&str; 7] = [
    "Date: ",
    "From: ",
    "Message-ID: ",
    "Subject:",
    "MIME-Version: 1.0",
    "Content-Type: ",
    "Content-Transfer-Encoding: ",
];
