//! The contract of messages that exist already.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::io::{self, Cursor, Read};

use comms_mime::{Length, RawMessage, SourceError, WriteError};
use proptest::prelude::*;

const MESSAGE: &str = "From: Ann <ann@x.example>\r\nTO: b@x.example,\r\n\tc@x.example\r\n\
    bCC : eve@z.example,\r\n eve2@z.example\r\nMessage-ID:\r\n <1@x.example>\r\n\
    Resent-Bcc: eve3@z.example\r\n\r\nBcc: in the body\r\n.\r\n";

const KEPT: &str = "From: Ann <ann@x.example>\r\nTO: b@x.example,\r\n\tc@x.example\r\n\
    Message-ID:\r\n <1@x.example>\r\n\r\nBcc: in the body\r\n.\r\n";

fn written(raw: &RawMessage) -> Vec<u8> {
    let mut octets = Vec::new();
    raw.write(&mut octets).unwrap();
    octets
}

/// Gives one octet at a time, with interruptions.
struct Drip(Cursor<Vec<u8>>, bool);

impl Read for Drip {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        into.first_mut().map_or(Ok(0), |room| self.0.read(std::slice::from_mut(room)))
    }
}

#[test]
fn blind_copies_of_a_raw_message_are_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.eml");
    std::fs::write(&path, MESSAGE).unwrap();
    let messages = [
        RawMessage::bytes(MESSAGE),
        RawMessage::file(&path).unwrap(),
        RawMessage::reader(Cursor::new(MESSAGE)).unwrap(),
        RawMessage::reader(Drip(Cursor::new(MESSAGE.into()), false)).unwrap(),
    ];
    for raw in messages {
        assert_eq!(raw.id(), Some("1@x.example"));
        assert_eq!(raw.field("to").as_deref(), Some("b@x.example,\tc@x.example"));
        assert_eq!(raw.field("From").as_deref(), Some("Ann <ann@x.example>"));
        assert_eq!(raw.field("Cc"), None);
        assert!(!raw.has_eight_bit_head());
        assert_eq!(String::from_utf8(written(&raw)).unwrap(), KEPT);
    }
}

#[test]
fn the_length_is_that_of_what_is_written() {
    let messages = [
        MESSAGE,
        "",
        "\r\n",
        "Bcc: a@b",
        "Bcc: a@b\r\n",
        "no head at all",
        "A: b\nBcc: c\n\nd",
        "bcc",
        "Bcc",
        "A: b\r\n\r",
        "A: b\r\rBcc: body",
        "Bcc:x\r\n\r",
    ];
    for message in messages {
        let raw = RawMessage::bytes(message);
        assert_eq!(raw.encoded_len(), Some(written(&raw).len() as u64), "{message:?}");
        let reader = RawMessage::reader(Cursor::new(message)).unwrap();
        assert_eq!(reader.encoded_len(), None);
        assert_eq!(written(&reader), written(&raw), "{message:?}");
    }
}

#[test]
fn a_reader_can_be_written_once() {
    let raw = RawMessage::reader(Cursor::new(MESSAGE)).unwrap();
    assert_eq!(written(&raw), KEPT.as_bytes());
    let error = raw.write(&mut Length::default()).unwrap_err();
    assert!(matches!(error, WriteError::SourceSpent { .. }));
    let again = RawMessage::bytes(MESSAGE);
    assert_eq!(written(&again), written(&again));
}

#[test]
fn a_file_that_has_changed_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.eml");
    std::fs::write(&path, "Bcc: a@b\r\nSubject: x\r\n\r\n").unwrap();
    let raw = RawMessage::file(&path).unwrap();
    assert_eq!(raw.encoded_len(), Some(14));
    assert_eq!(written(&raw), b"Subject: x\r\n\r\n");
    // The same length, and another head: the blind copy stays out, the promise is broken.
    for changed in ["Bcd: a@b\r\nSubject: x\r\n\r\n", "Bcc: a@b\r\nSubject: x\r\n\r\nx", ""] {
        std::fs::write(&path, changed).unwrap();
        let error = raw.write(&mut Length::default()).unwrap_err();
        assert!(matches!(error, WriteError::SourceChanged { promised: 14 | 24, .. }), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(raw.write(&mut Length::default()), Err(WriteError::Source { .. })));
    assert!(matches!(RawMessage::file(&path), Err(SourceError::Open { .. })));
    assert!(matches!(RawMessage::file(folder.path()), Err(SourceError::NotAFile { .. })));
}

#[test]
fn a_head_without_end_is_refused() {
    let endless = Cursor::new("X: ").chain(io::repeat(b'x'));
    let error = RawMessage::reader(endless).unwrap_err();
    assert!(matches!(error, SourceError::HeadTooLong { limit: 1_048_576, .. }), "{error}");
}

#[test]
fn a_head_that_cannot_be_read_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    assert!(matches!(RawMessage::reader(Broken), Err(SourceError::Read { .. })));
    let begin = "Subject: x\r\n\r\n".to_owned() + &"body\r\n".repeat(10_000);
    let raw = RawMessage::reader(Cursor::new(begin).chain(Broken)).unwrap();
    assert!(matches!(raw.write(&mut Length::default()), Err(WriteError::Source { .. })));
}

#[test]
fn the_id_of_a_raw_message_is_harmless_or_none() {
    let ids = [
        ("Message-ID: <a@b>\r\n", Some("a@b")),
        ("message-id : a@b \r\n", Some("a@b")),
        ("Message-Id: (c) <a@b> x\r\n", Some("a@b")),
        ("Message-ID: <a\x1b[2J@b>\r\n", None),
        ("Message-ID: <a b>\r\n", None),
        ("Message-ID: <>\r\n", None),
        ("Message-ID:\r\n", None),
        ("Subject: x\r\n\r\nMessage-ID: <a@b>\r\n", None),
        ("", None),
    ];
    for (message, expected) in ids {
        assert_eq!(RawMessage::bytes(message).id(), expected, "{message:?}");
    }
}

#[test]
fn octets_above_127_are_told_of() {
    let ascii = RawMessage::bytes("A: b\r\n\r\nc");
    assert_eq!((ascii.is_eight_bit(), ascii.has_eight_bit_head()), (Some(false), false));
    let body = RawMessage::bytes("A: b\r\n\r\nü");
    assert_eq!((body.is_eight_bit(), body.has_eight_bit_head()), (Some(true), false));
    let head = RawMessage::bytes("A: ü\r\n\r\n");
    assert_eq!((head.is_eight_bit(), head.has_eight_bit_head()), (Some(true), true));
    let reader = RawMessage::reader(Cursor::new("A: b\r\n\r\nü")).unwrap();
    assert_eq!((reader.is_eight_bit(), reader.has_eight_bit_head()), (None, false));
}

#[test]
fn raw_messages_cross_threads() {
    fn crosses<T: Send + Sync + Clone + 'static>() {}
    crosses::<RawMessage>();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_octets_the_body_is_kept_and_the_length_is_right(
        lines in proptest::collection::vec("(Bcc|bcc |To|Bc|resent-bcc|[ \t])?:? ?[a-c]{0,3}(\r\n|\n|\r)", 0..8),
        body in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut octets = lines.concat().into_bytes();
        octets.extend_from_slice(b"x: y\r\n\r\n");
        octets.extend_from_slice(&body);
        let raw = RawMessage::bytes(octets.clone());
        let kept = written(&raw);
        prop_assert!(kept.ends_with(&body));
        prop_assert_eq!(raw.encoded_len(), Some(kept.len() as u64));
        prop_assert_eq!(written(&RawMessage::bytes(kept.clone())), kept.clone());
        prop_assert_eq!(written(&RawMessage::reader(Drip(Cursor::new(octets), false)).unwrap()), kept);
    }
}
