//! The contract of bodies and attachments, with another parser as judge.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::io;

use comms_mime::{
    Attachment, Length, Mailbox, Message, Output, Part, SourceError, Transfer, WriteError, Writer,
};
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

use crate::support::{begun, mailbox, text_of, written};

const TRANSFERS: [Transfer; 3] = [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary];

#[test]
fn what_is_written_says_what_it_needs() {
    let text = begun().text("é").build().unwrap();
    assert_eq!(
        TRANSFERS.map(|to| text.written_as(to)),
        [Transfer::SevenBit, Transfer::EightBit, Transfer::EightBit]
    );
    let ascii = begun().text("e").build().unwrap();
    assert_eq!(TRANSFERS.map(|to| ascii.is_eight_bit(to)), [false; 3]);
    let file = begun().text("é").attach(Attachment::bytes("a", [0, 255])).build().unwrap();
    assert_eq!(TRANSFERS.map(|to| file.written_as(to)), TRANSFERS);
    for (to, encoding) in TRANSFERS.into_iter().zip([None, Some("8bit"), Some("binary")]) {
        let octets = written(&file, to);
        assert_eq!(!octets.is_ascii(), file.is_eight_bit(to));
        // RFC 2045 6.4: a multipart says what its parts need.
        let parsed = MessageParser::new().parse(&octets).unwrap();
        let said = parsed.content_transfer_encoding();
        assert_eq!(said, encoding.or(Some("7bit")));
    }
}

#[test]
fn an_attachment_arrives_with_the_same_octets() {
    let unix = b"line\nline\n\n.\n".to_vec();
    let all: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    for octets in [Vec::new(), unix, all, b"\r\n".to_vec(), b"x\r".to_vec(), vec![b'.'; 57]] {
        let attachment = Attachment::bytes("a.bin", octets.clone());
        let message = begun().text("t").attach(attachment.clone()).build().unwrap();
        for to in TRANSFERS {
            let out = written(&message, to);
            let parsed = MessageParser::new().parse(&out).unwrap();
            assert_eq!(parsed.attachment(0).unwrap().contents(), octets, "{to:?}");
        }
        let alone = begun().body(Part::attachment(attachment)).build().unwrap();
        for to in TRANSFERS {
            let out = written(&alone, to);
            let parsed = MessageParser::new().parse(&out).unwrap();
            assert_eq!(parsed.part(0).unwrap().contents(), octets, "{to:?}");
        }
    }
}

#[test]
fn files_are_read_when_they_are_written_and_must_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("figures.bin");
    let octets: Vec<u8> = (0..300_000_u32).map(|n| (n % 253) as u8).collect();
    std::fs::write(&path, &octets).unwrap();
    let attachment = Attachment::file(&path).unwrap();
    assert_eq!((attachment.name(), attachment.length()), ("figures.bin", Some(300_000)));
    let message = begun().text("t").attach(attachment).build().unwrap();
    for to in TRANSFERS {
        let out = written(&message, to);
        let parsed = MessageParser::new().parse(&out).unwrap();
        assert_eq!(parsed.attachment(0).unwrap().contents(), octets);
    }
    for changed in [&octets[1..], &[octets.as_slice(), b"x"].concat()] {
        std::fs::write(&path, changed).unwrap();
        let error = message.write(&mut Length::default(), Transfer::SevenBit).unwrap_err();
        assert!(matches!(error, WriteError::SourceChanged { promised: 300_000, .. }));
    }
    std::fs::remove_file(&path).unwrap();
    let error = message.write(&mut Length::default(), Transfer::SevenBit).unwrap_err();
    assert!(matches!(error, WriteError::Source { .. }));
    assert!(matches!(Attachment::file(&path), Err(SourceError::Open { .. })));
    assert!(matches!(Attachment::file(folder.path()), Err(SourceError::NotAFile { .. })));
}

#[test]
fn a_reader_is_written_once_and_its_length_is_not_known() {
    let reader = Attachment::reader("a.bin", io::Cursor::new(vec![7; 100]));
    let message = begun().text("t").attach(reader).build().unwrap();
    assert_eq!(message.encoded_len(Transfer::SevenBit), None);
    let mut out = Vec::new();
    message.write(&mut out, Transfer::SevenBit).unwrap();
    assert_eq!(
        MessageParser::new().parse(&out).unwrap().attachment(0).unwrap().contents(),
        [7; 100]
    );
    let error = message.write(&mut Vec::new(), Transfer::SevenBit).unwrap_err();
    assert!(matches!(error, WriteError::SourceSpent { .. }));
}

/// Remembers what was said to be clean.
#[derive(Default)]
struct Clean {
    all: Vec<u8>,
    clean: usize,
}

impl Output for Clean {
    type Error = io::Error;

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.all.extend_from_slice(octets);
        Ok(())
    }

    fn write_clean(&mut self, octets: &[u8]) -> io::Result<()> {
        assert!(self.all.ends_with(b"\r\n") && octets.ends_with(b"\r\n"));
        let text = std::str::from_utf8(octets).unwrap();
        let lines = text.strip_suffix("\r\n").unwrap().split("\r\n");
        for line in lines {
            assert!(!line.starts_with('.') && !line.contains(['\r', '\n']));
        }
        self.clean += octets.len();
        self.write(octets)
    }
}

#[test]
fn base64_is_handed_over_as_clean_lines() {
    let message =
        begun().text("t").attach(Attachment::bytes("a", vec![0; 1_000_000])).build().unwrap();
    let mut out = Clean::default();
    message.write(&mut out, Transfer::SevenBit).unwrap();
    assert!(out.clean > 1_300_000);
    assert_eq!(out.all, written(&message, Transfer::SevenBit));
}

#[test]
fn an_output_that_refuses_ends_the_writing() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = begun().build().unwrap().write(&mut Writer(Full), Transfer::SevenBit).unwrap_err();
    assert!(matches!(&error, WriteError::Output(refused)
        if refused.kind() == io::ErrorKind::StorageFull));
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn file_names_are_read_as_they_were_given_but_for_folders_and_controls() {
    let long = "a long file name, with many words in it ".repeat(4) + "日本.tar.gz";
    let names = [
        ("plain.pdf", "plain.pdf"),
        ("with space.pdf", "with space.pdf"),
        ("quo\"te.pdf", "quo\"te.pdf"),
        ("Grüße.pdf", "Grüße.pdf"),
        ("100% (a;b)='c'.pdf", "100% (a;b)='c'.pdf"),
        ("=?utf-8?q?x?=.pdf", "=?utf-8?q?x?=.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.txt", "x.txt"),
        ("a\r\nb\0c.txt", "a__b_c.txt"),
        ("x\u{202e}fdp.exe", "x_fdp.exe"),
        ("..", "attachment"),
        ("", "attachment"),
        ("folder/", "attachment"),
        (&long, &long),
    ];
    for (given, expected) in names {
        let message = begun().attach(Attachment::bytes(given, [1])).build().unwrap();
        let out = written(&message, Transfer::SevenBit);
        let parsed = MessageParser::new().parse(&out).unwrap();
        assert_eq!(parsed.attachment(0).unwrap().attachment_name(), Some(expected), "{given:?}");
        assert!(out.split(|octet| *octet == b'\n').all(|line| line.len() <= 79), "{given:?}");
    }
    let text = text_of(
        &begun().attach(Attachment::bytes("Grüße.pdf", [1])).build().unwrap(),
        Transfer::SevenBit,
    );
    assert!(text.contains(
        "Content-Type: application/pdf; name=\"Gr__e.pdf\"\r\n\
         Content-Disposition: attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf\r\n"
    ));
}

#[test]
fn an_attached_message_is_no_composite_type() {
    let mail = Attachment::bytes("forwarded.eml", "Subject: x\n\n");
    assert_eq!(mail.media_type().essence(), "application/octet-stream");
    assert!(mail.content_type("message/rfc822").is_err());
}

#[test]
fn a_text_without_a_final_line_end_gets_exactly_one() {
    let bodies = [
        ("", "\r\n"),
        ("a", "a\r\n"),
        ("a\n", "a\r\n"),
        ("a\r\n\r\n", "a\r\n\r\n"),
        (".", ".\r\n"),
        ("a\r", "a\r\n"),
    ];
    for (text, expected) in bodies {
        let message = begun().text(text).build().unwrap();
        let out = text_of(&message, Transfer::SevenBit);
        assert_eq!(out.split_once("\r\n\r\n").unwrap().1, expected, "{text:?}");
    }
}

#[test]
fn no_line_is_longer_than_mail_allows() {
    for length in [998, 999, 100_000] {
        let message = begun().text("x".repeat(length)).html("ü".repeat(length)).build().unwrap();
        for to in TRANSFERS {
            let out = written(&message, to);
            assert!(out.split(|octet| *octet == b'\n').all(|line| line.len() <= 999), "{length}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_parser_reads_what_was_written(
        name in "[A-Za-zäöü日😀,.\"()<>@=?_]([ A-Za-zäöü日😀,.\"()<>@=?_]{0,60}[A-Za-zé])?",
        subject in "[!-~äöü日😀]( ?[!-~äöü日😀]){0,150}",
        text in "[ -~äöü日😀\n\t.=-]{0,400}",
        html in "<p>[a-zäöü日😀\n.=-]{0,1200}",
        file in "[A-Za-z0-9äöü日()%'\"=?_-]{1,90}\\.[a-z]{1,4}",
        octets in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let message = Message::builder()
            .from(Mailbox::named(name.clone(), "ann@x.example".parse().unwrap()).unwrap())
            .to(Mailbox::named(name.clone(), "\"b b\"@y.example".parse().unwrap()).unwrap())
            .to(mailbox("c@y.example"))
            .subject(subject.clone())
            .text(text.clone())
            .html(html.clone())
            .attach(Attachment::bytes(&file, octets.clone()).content_type("a/b").unwrap())
            .build()
            .unwrap();
        for to in TRANSFERS {
            let out = written(&message, to);
            let parsed = MessageParser::new().parse(&out).unwrap();
            prop_assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some(name.as_str()));
            let recipients: Vec<_> = parsed.to().unwrap().iter().collect();
            prop_assert_eq!(recipients.len(), 2);
            prop_assert_eq!(recipients[0].name(), Some(name.as_str()));
            prop_assert_eq!(recipients[1].address(), Some("c@y.example"));
            prop_assert_eq!(parsed.subject(), Some(subject.as_str()));
            prop_assert_eq!(parsed.message_id(), Some(message.id()));
            let crlf = |text: &str| text.replace('\n', "\r\n");
            let (text, html) = (crlf(&text), crlf(&html));
            let lines = |text: &str| text.replace("\r\n", "\n");
            prop_assert_eq!(lines(&parsed.body_text(0).unwrap_or_default()), lines(&text));
            prop_assert_eq!(lines(&parsed.body_html(0).unwrap_or_default()), lines(&html));
            let attached = parsed.attachment(0).unwrap();
            prop_assert_eq!(attached.attachment_name(), Some(file.as_str()));
            prop_assert_eq!(attached.contents(), octets.as_slice());
        }
    }
}
