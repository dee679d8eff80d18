//! The contract of messages in an mbox.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs;

use comms_mime::{Length, Mbox, RawMessage, SourceError, WriteError};
use proptest::prelude::*;

/// The messages of an mbox that has these octets.
fn messages(octets: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mbox");
    fs::write(&path, octets).unwrap();
    let mbox = Mbox::open(&path).unwrap();
    let messages = (0..mbox.len()).map(|at| mbox.message(at).unwrap().unwrap());
    messages.map(|message| written(&message)).collect()
}

/// What is written, which is as long as was told before.
fn written(message: &RawMessage) -> String {
    let mut octets = Vec::new();
    message.write(&mut octets).unwrap();
    assert_eq!(message.encoded_len(), Some(octets.len() as u64));
    String::from_utf8(octets).unwrap()
}

const ANN: &str = "From ann@x.example Thu Jan  1 00:00:00 2026\n";

#[test]
fn messages_stand_between_from_lines_without_them_and_without_the_empty_line() {
    let mbox =
        format!("{ANN}A: 1\n\nhi\n\n{ANN}A: 2\n\n\n{ANN}A: 3\n\n{ANN}\n{ANN}{ANN}A: 4\n\nno end");
    // The fifth `From ` line stands behind no empty line, and so is text.
    let fifth = format!("{ANN}A: 4\n\nno end");
    assert_eq!(messages(mbox.as_bytes()), ["A: 1\n\nhi\n", "A: 2\n\n", "A: 3\n", "", &fifth]);
}

#[test]
fn line_ends_may_be_crlf() {
    let mbox = format!("{ANN}A: 1\n\nhi\n\n{ANN}A: 2\n\n>From x\n\n").replace('\n', "\r\n");
    assert_eq!(messages(mbox.as_bytes()), ["A: 1\r\n\r\nhi\r\n", "A: 2\r\n\r\nFrom x\r\n"]);
}

#[test]
fn a_line_of_text_that_begins_with_from_is_no_new_message() {
    let text = "A: 1\n\n\nFrom now on we meet at ten.\n\n>From\nx From ann@x.example 00:00 2026\n";
    assert_eq!(messages(format!("{ANN}{text}\n").as_bytes()), [text]);
}

#[test]
fn without_dates_every_from_line_behind_an_empty_line_begins_a_message() {
    let mbox = b"From -\nA: 1\n\nFrom x\n\nFrom -\nA: 2\n\n";
    assert_eq!(messages(mbox), ["A: 1\n", "", "A: 2\n"]);
}

#[test]
fn blind_copies_in_an_mbox_are_not_written() {
    let mbox = format!("{ANN}Bcc: eve@z.example\nMessage-ID: <1@x>\n\n>From x\n\n");
    assert_eq!(messages(mbox.as_bytes()), ["Message-ID: <1@x>\n\nFrom x\n"]);
}

#[test]
fn long_lines_and_messages_longer_than_a_block_are_whole() {
    let long = "x".repeat(200_000);
    let quotes = ">".repeat(70_000);
    let one = format!("A: 1\n\n{long}\n>{quotes}From y\n");
    let plain = format!("A: 1\n\n{long}\n{quotes}From y\n");
    let mbox = format!("{ANN}{one}\n{ANN}{one}\n{ANN}{one}\n");
    assert_eq!(messages(mbox.as_bytes()), [plain.as_str(); 3]);
}

#[test]
fn an_empty_file_has_no_message_and_another_is_no_mbox() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mbox");
    fs::write(&path, "").unwrap();
    let mbox = Mbox::open(&path).unwrap();
    assert!(mbox.is_empty() && mbox.message(0).is_none());
    for other in ["Subject: x\n\nFrom ann 00:00 2026\n", "\nFrom x", "from x\n", "From"] {
        fs::write(&path, other).unwrap();
        assert!(matches!(Mbox::open(&path), Err(SourceError::NotMbox { .. })), "{other:?}");
    }
    assert!(matches!(Mbox::open(folder.path()), Err(SourceError::NotAFile { .. })));
    let nowhere = folder.path().join("nowhere");
    assert!(matches!(Mbox::open(nowhere), Err(SourceError::Open { .. })));
}

#[test]
fn an_mbox_that_grows_is_the_same_and_one_that_was_rewritten_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mbox");
    let two = format!("{ANN}A: 1\n\n{ANN}A: 2\n\n");
    fs::write(&path, &two).unwrap();
    let mbox = Mbox::open(&path).unwrap();
    fs::write(&path, format!("{two}{ANN}A: 3\n\n")).unwrap();
    let second = mbox.message(1).unwrap().unwrap();
    assert_eq!(written(&second), "A: 2\n");
    fs::write(&path, format!("{ANN}{two}")).unwrap();
    assert!(matches!(mbox.message(1), Some(Err(SourceError::Changed { .. }))));
    fs::write(&path, &two[..two.len() - 4]).unwrap();
    let error = second.write(&mut Length::default()).unwrap_err();
    assert!(matches!(error, WriteError::SourceChanged { promised: 5, .. }), "{error}");
}

#[test]
fn a_part_of_a_file_is_a_message_and_a_part_beyond_its_end_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parts");
    fs::write(&path, "junkA: 1\nBcc: eve@z.example\n\n>From x\nmore").unwrap();
    let part = RawMessage::part_of_file(&path, 4..36).unwrap();
    assert_eq!(written(&part), "A: 1\n\n>From x");
    assert_eq!(written(&RawMessage::part_of_file(&path, 4..4).unwrap()), "");
    let backwards = std::ops::Range { start: 5, end: 4 };
    for range in [0..42, 50..60, backwards] {
        let error = RawMessage::part_of_file(&path, range).unwrap_err();
        assert!(matches!(error, SourceError::NoSuchPart { length: 41, .. }), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_quoted_into_an_mbox_comes_out_as_it_was(
        bodies in proptest::collection::vec(
            proptest::collection::vec(">{0,2}(From |From|Fro)?[a-c 0-9:]{0,6}\n", 0..6), 0..5),
    ) {
        let plain = bodies.iter().map(|lines| format!("A: b\n\n{}", lines.concat()));
        let plain = plain.collect::<Vec<_>>();
        let quote = |line: &str| {
            let quoted = line.trim_start_matches('>').starts_with("From ");
            if quoted { format!(">{line}") } else { line.to_owned() }
        };
        let quoted = |body: &String| body.split_inclusive('\n').map(quote).collect::<String>();
        let mbox = plain.iter().map(|body| [ANN, &quoted(body), "\n"].concat()).collect::<String>();
        prop_assert_eq!(messages(mbox.as_bytes()), plain);
    }
}
