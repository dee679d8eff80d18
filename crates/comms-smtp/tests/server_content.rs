//! What the embedded server makes of contents, and where it puts them.

#![cfg(test)]

use std::fs;
use std::io;

use comms_core::CommsStack;
use comms_smtp::{Envelope, Incoming, Maildir, MemoryStore, ServerStack, SmtpServer, Store};
use comms_testkit::{Delivery, Script, Transcript};
use comms_util::Util;

const BEFORE: &[u8] = b"HELO a\r\nMAIL FROM:<ann@x.example>\r\nRCPT TO:<bob@y.example>\r\nDATA\r\n";

/// A client that says everything at once, and hears five replies and a greeting.
fn client(content: &[u8]) -> Script {
    let script = Script::new().expect_like("220 *").send(BEFORE).send(content);
    ["250 *", "250 2.1.0*", "250 2.1.5*", "354 *"].into_iter().fold(script, Script::expect_like)
}

fn serve(store: impl Store + 'static, script: Script) -> (CommsStack, Transcript) {
    let transcript = script.transcript();
    let mut stack = CommsStack::builder()
        .layer(SmtpServer::new(store))
        .layer(Util::new())
        .layer(script)
        .build()
        .unwrap();
    stack.connect().unwrap();
    let _ = stack.serve();
    (stack, transcript)
}

/// The contents that are stored when the client sends `wire`.
fn stored(wire: &[u8], delivery: Delivery) -> Vec<Vec<u8>> {
    let store = MemoryStore::new();
    let script = client(wire).delivery(delivery).expect_like("250 *queued as *");
    serve(store.clone(), script);
    store.messages().into_iter().map(|message| message.content).collect()
}

/// The definition: lines end with CRLF alone, the line of one dot ends, a first dot goes.
fn unstuffed(wire: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut rest = wire;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let (line, behind) = rest.split_at(end + 2);
        if line == b".\r\n" {
            return content;
        }
        content.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        rest = behind;
    }
    panic!("no end of data in {}", wire.escape_ascii())
}

const HARD: [&[u8]; 12] = [
    b".\r\n",
    b"..\r\n.\r\n",
    b"a\n.\nMAIL FROM:<eve@x>\r\n.\r\n",
    b"a\r.\rb\r\n.\r\n",
    b"a\n.\r\nb\r\n.\r\n",
    b"a\r\n.\nb\r\n.\r\n",
    b"a\r\n.\rb\r\n.\r\n",
    b"a\r\r\n..\r\r\n.\r\n",
    b"\n.\n\r\n.\r\n",
    b"a\r.\r\nb\r\n.\r\n",
    b"\r\n\r\n...\r\n.\r\n",
    b"a\0b\xff\r\n.\r\n",
];

#[test]
fn no_line_but_that_of_one_dot_ends_the_data_however_it_arrives() {
    for wire in HARD {
        let seeded = (0..10).map(Delivery::Seeded);
        for delivery in [Delivery::Whole, Delivery::PerOctet].into_iter().chain(seeded) {
            let found = stored(wire, delivery);
            let shown = wire.escape_ascii();
            assert_eq!(found.len(), 1, "{shown} {delivery}");
            let wanted = unstuffed(wire).escape_ascii().to_string();
            assert_eq!(found[0].escape_ascii().to_string(), wanted, "{shown} {delivery}");
        }
    }
}

#[test]
fn a_long_line_arrives_whole_whatever_stands_at_the_cuts() {
    // The cuts lie at multiples of 4 and 8 KiB: dots and halves of line ends come to lie there.
    for length in [4095, 4096, 8189, 8190, 8191, 8192, 8193, 12_288, 100_000] {
        for tail in [&b"\r\n"[..], b".\r\n", b"\r\r\n", b"\n.\r\n"] {
            let mut wire = vec![b'x'; length];
            wire.extend_from_slice(tail);
            let mut dotted = b"..".to_vec();
            dotted.extend_from_slice(&wire);
            for mut wire in [wire, dotted] {
                wire.extend_from_slice(b".\r\n");
                for delivery in [Delivery::Whole, Delivery::Seeded(5)] {
                    let found = stored(&wire, delivery);
                    assert_eq!(found.len(), 1, "{length} {}", tail.escape_ascii());
                    assert!(found[0] == unstuffed(&wire), "{length} {}", tail.escape_ascii());
                }
            }
        }
    }
}

/// A store that fails at one of its calls.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Failing {
    Begin,
    Write,
    Keep,
}

impl Store for Failing {
    fn begin(&mut self, _: &Envelope) -> io::Result<Box<dyn Incoming>> {
        if *self == Self::Begin { Err(full()) } else { Ok(Box::new(*self)) }
    }

    fn share(&self) -> Box<dyn Store> {
        Box::new(*self)
    }
}

impl Incoming for Failing {
    fn write(&mut self, _: &[u8]) -> io::Result<()> {
        if *self == Self::Write { Err(full()) } else { Ok(()) }
    }

    fn keep(self: Box<Self>) -> io::Result<()> {
        Err(full())
    }
}

fn full() -> io::Error {
    io::Error::other("the disk is full")
}

#[test]
fn a_store_that_fails_is_a_451_and_the_session_goes_on() {
    let again = b"NOOP\r\n";
    for store in [Failing::Write, Failing::Keep] {
        let script = client(b"hi\r\n.\r\n").send(again);
        let script = script.expect("451 4.3.0 the message could not be stored\r\n");
        let (_, transcript) = serve(store, script.expect("250 2.0.0 here\r\n"));
        transcript.finished().unwrap();
    }
    let script = Script::new().expect_like("220 *").send(BEFORE).send(again);
    let script = ["250 *", "250 *", "250 *", "451 4.3.0 *", "250 2.0.0 here"]
        .into_iter()
        .fold(script, Script::expect_like);
    let (_, transcript) = serve(Failing::Begin, script);
    transcript.finished().unwrap();
}

#[test]
fn a_maildir_has_the_whole_message_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let files = |part: &str| {
        let files = fs::read_dir(folder.path().join(part)).unwrap();
        files.map(|file| file.unwrap().path()).collect::<Vec<_>>()
    };
    let maildir = Maildir::create(folder.path()).unwrap();
    serve(maildir.clone(), client(b"A: b\r\n\r\nhalf of it").close());
    assert!(files("tmp").is_empty() && files("new").is_empty());
    let whole = client(b"A: b\r\n\r\n..hi\r\n.\r\n").expect_like("250 *queued as *");
    serve(maildir, whole);
    assert!(files("tmp").is_empty());
    let found = fs::read_to_string(&files("new")[0]).unwrap();
    let wanted = "Return-Path: <ann@x.example>\nDelivered-To: bob@y.example\nA: b\n\n.hi\n";
    assert_eq!(found, wanted);
}
