//! Contents through the whole stack, however their source gives them (attacks 7 to 9).

#![cfg(test)]

mod common;

use std::io::{self, Read};

use comms_core::{ErrorClass, Value};
use comms_mime::RawMessage;
use comms_smtp::SmtpMessage;
use comms_testkit::Script;

use crate::common::{cause, client, envelope, opening, raw, send};

/// Gives its octets in two parts, and reads no further than it is asked.
struct Split(Vec<Vec<u8>>);

impl Read for Split {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(first) = self.0.first_mut() else { return Ok(0) };
        let octets = first.len().min(into.len());
        into[..octets].copy_from_slice(&first[..octets]);
        first.drain(..octets);
        if first.is_empty() {
            self.0.remove(0);
        }
        Ok(octets)
    }
}

/// What the server got for a message, up to and with the end of data. A server that ends its data
/// early takes the rest for commands, which the script has none of.
fn wire(message: &SmtpMessage) -> Vec<u8> {
    let script = Script::parse(&opening(&["PIPELINING"])).unwrap();
    let script = script.expect_like("MAIL *").expect_like("RCPT *").expect("DATA\r\n");
    let script = script.reply("250 ok\r\n250 ok\r\n354 go\r\n");
    let script = script.expect_until("\r\n.\r\n").reply("250 ok\r\n");
    let (mut stack, transcript, _) = client(script);
    stack.connect().unwrap();
    send(&mut stack, message).unwrap();
    transcript.finished().unwrap();
    transcript.contents().remove(0)
}

/// The content, as RFC 5321 4.5.2 says a server makes it of what it got.
fn unstuffed(wire: &[u8]) -> Vec<u8> {
    let content = wire.strip_suffix(b".\r\n").unwrap();
    let mut lines = Vec::new();
    let mut rest = content;
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2;
        let (line, behind) = rest.split_at(end);
        assert_ne!(line, b".\r\n", "the data ended early");
        assert!(!line[..end - 2].iter().any(|octet| matches!(octet, b'\r' | b'\n')), "a stray");
        lines.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        rest = behind;
    }
    lines
}

/// Every CRLF, CR and LF as CRLF, and one at the end.
fn mended(content: &[u8]) -> Vec<u8> {
    let text = content.escape_ascii().to_string();
    let text = text.replace("\\r\\n", "\\n").replace("\\r", "\\n");
    let text = text.strip_suffix("\\n").unwrap_or(&text);
    let lines = text.split("\\n").flat_map(|line| [line, "\r\n"]).collect::<String>();
    lines.into_bytes()
}

const HEAD: &str = "A: b\r\n\r\n";

/// Bodies without backslashes, which the mending above escapes.
const BODIES: [&str; 21] = [
    ".",
    "..",
    ".\r\n",
    "..\r\n.\r\n...\r\n",
    "a\r\n.\r\nb\r\n",
    "hi\r\r\n.\r\n",
    "\n.\n",
    "\n.\r\n",
    "\r.\r\n",
    "\r\n.\r",
    "\r\n.\n",
    "\r.\r",
    "x\n.\nMAIL FROM:<evil@x>\nRCPT TO:<b@y>\nDATA\n",
    "x\r.\rMAIL FROM:<evil@x>\r",
    "x\r\n.\rQUIT\r\n",
    "no end",
    "an end\r\n",
    "half an end\r",
    "\r\n",
    "\n\n\r\r",
    "",
];

#[test]
fn hard_contents_arrive_mended_and_whole_at_every_split_of_their_source() {
    for body in BODIES {
        let content = format!("{HEAD}{body}").into_bytes();
        for split in 0..=content.len() {
            let (first, second) = content.split_at(split);
            let parts = [first, second].map(<[u8]>::to_vec);
            let parts = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let message = RawMessage::reader(Split(parts)).unwrap();
            let wire = wire(&SmtpMessage::raw(message, envelope(&["bob@y.example"])));
            assert_eq!(
                unstuffed(&wire).escape_ascii().to_string(),
                mended(&content).escape_ascii().to_string(),
                "{body:?} split at {split}"
            );
        }
    }
}

/// The writer reads 64 KiB at a time: whatever lies there is cut by it.
#[test]
fn hard_contents_arrive_whole_across_the_blocks_of_the_writer() {
    const BLOCK: usize = 64 * 1024;
    for body in BODIES.into_iter().filter(|body| !body.is_empty()) {
        for before in 0..=body.len() {
            let filler = "x".repeat(BLOCK - HEAD.len() - before);
            let content = format!("{HEAD}{filler}{body}{body}end\r\n");
            let wire = wire(&raw(content.as_bytes(), &["bob@y.example"]));
            let (found, wanted) = (unstuffed(&wire), mended(content.as_bytes()));
            assert!(found == wanted, "{body:?} with {before} octets before the cut");
        }
    }
}

#[test]
fn long_lines_and_odd_octets_arrive_as_they_are() {
    for length in [998, 999, 100_000] {
        let content = format!("{HEAD}{}\r\n", "x".repeat(length));
        assert_eq!(unstuffed(&wire(&raw(&*content, &["bob@y.example"]))), content.as_bytes());
    }
    let mut content = HEAD.as_bytes().to_vec();
    content.extend((0..=255).filter(|octet| !matches!(octet, b'\r' | b'\n')));
    content.extend_from_slice(b"\r\n");
    assert_eq!(unstuffed(&wire(&raw(content.clone(), &["bob@y.example"]))), content);
}

#[test]
fn a_message_ends_with_exactly_one_line_end() {
    for (content, sent) in [
        ("A: b\r\n\r\nhi", "A: b\r\n\r\nhi\r\n.\r\n"),
        ("A: b\r\n\r\nhi\r\n", "A: b\r\n\r\nhi\r\n.\r\n"),
        ("A: b\r\n\r\n", "A: b\r\n\r\n.\r\n"),
        ("A: b\r\n", "A: b\r\n.\r\n"),
        ("A: b", "A: b\r\n.\r\n"),
    ] {
        let wire = wire(&raw(content, &["bob@y.example"]));
        assert_eq!(wire.escape_ascii().to_string(), sent.as_bytes().escape_ascii().to_string());
    }
}

#[test]
fn an_empty_content_is_a_lone_dot() {
    let dialogue = opening(&[])
        + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n\
           C: DATA\nS: 354 go\nC: .\nS: 250 ok\n";
    common::play_connected(&dialogue, |stack| {
        assert_eq!(send(stack, &raw("", &["bob@y.example"])).unwrap().size, 0);
    });
}

#[test]
fn the_strict_policy_errs_with_the_offset_and_the_connection_is_dropped() {
    for (content, offset) in
        [("A: b\r\n\r\nx\ny\r\n", 9), ("A: b\r\n\r\nxy\rz", 10), ("A: b\r\n\r\nxy\r", 10)]
    {
        let dialogue = opening(&[])
            + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n\
               C: DATA\nS: 354 go\ntake 1\nclose\n";
        let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
        stack.set("stray_line_ends", Value::from("refuse")).unwrap();
        stack.connect().unwrap();
        let error = send(&mut stack, &raw(content, &["bob@y.example"])).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Content);
        assert!(error.sentence().contains(&format!("alone at octet {offset}")), "{error:?}");
        assert!(cause(&error).reply().is_none());
        assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection);
        let _ = stack.disconnect();
        let sent = String::from_utf8(transcript.sent()).unwrap();
        assert!(!sent.contains("\r\n.\r\n") && !sent.contains("QUIT"), "{sent:?}");
    }
}

#[test]
fn a_source_that_fails_in_the_middle_never_ends_the_data() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::Error::other("the disk is gone"));
            }
            let octets = self.0.min(into.len());
            into[..octets].copy_from_slice(&b"\r\n".repeat(octets)[..octets]);
            self.0 -= octets;
            Ok(octets)
        }
    }
    let message = RawMessage::reader(Failing(100_000)).unwrap();
    let dialogue = opening(&[])
        + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 250 ok\n\
           C: DATA\nS: 354 go\nuntil \\r\\n.\\r\\n\n";
    let (mut stack, transcript, _) = client(Script::parse(&dialogue).unwrap());
    stack.connect().unwrap();
    let message = SmtpMessage::raw(message, envelope(&["bob@y.example"]));
    let error = send(&mut stack, &message).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Content);
    assert!(error.sentence().contains("the disk is gone"), "{error:?}");
    stack.disconnect().unwrap_err();
    assert!(!transcript.sent().windows(3).any(|octets| octets == b".\r\n"));
}
