//! The contract of messages within messages: forwards, digests; and of invitations.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::io::Cursor;

use comms_mime::{
    Attachment, BuildError, Calendar, Length, Message, Part, RawMessage, SourceError, Transfer,
    WriteError,
};
use mail_parser::{MessageParser, MimeHeaders, PartType};

use crate::support::{begun, mailbox, text_of, written};

const TRANSFERS: [Transfer; 3] = [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary];

fn forwarded(part: Part) -> Message {
    begun().body(Part::mixed([Part::text("fyi"), part])).build().unwrap()
}

/// The message within the message, and the name of its file.
fn within(octets: &[u8]) -> (Vec<u8>, String) {
    let parsed = MessageParser::new().parse(octets).unwrap();
    let part = parsed.attachment(0).unwrap();
    let name = part.attachment_name().unwrap().to_owned();
    let body = part.raw_body_offset() as usize..part.raw_end_offset() as usize;
    (octets.get(body).unwrap().to_vec(), name)
}

#[test]
fn a_composed_message_is_forwarded_as_if_it_went_alone() {
    let all: Vec<u8> = (0..=255).collect();
    let inner = begun()
        .subject("Größe: 1/2")
        .bcc(mailbox("eve@z.example"))
        .text("Grüße\n")
        .attach(Attachment::bytes("a.bin", all.clone()))
        .build()
        .unwrap();
    let outer = forwarded(Part::message(inner.clone()));
    for to in TRANSFERS {
        let octets = written(&outer, to);
        assert_eq!(outer.written_as(to), inner.written_as(to));
        let (found, name) = within(&octets);
        let alone = written(&inner, to);
        assert!(found.starts_with(&alone), "{to:?}");
        assert_eq!(name, "Größe_ 1_2.eml");
        let parsed = MessageParser::new().parse(&octets).unwrap();
        let PartType::Message(message) = &parsed.attachment(0).unwrap().body else {
            unreachable!("not a message")
        };
        assert_eq!(message.subject(), Some("Größe: 1/2"));
        assert_eq!(message.attachment(0).unwrap().contents(), all);
        assert!(!octets.windows(3).any(|three| three == b"eve"));
        // RFC 2046 5.2.1: no encoding but the three that are none.
        let said = parsed.attachment(0).unwrap().content_transfer_encoding().unwrap();
        assert_eq!(said, ["7bit", "8bit", "binary"][to as usize]);
    }
}

#[test]
fn messages_stand_in_each_other_and_no_boundary_is_that_of_another() {
    let mut message = begun().text("a").html("b").build().unwrap();
    for n in 0..10 {
        message = begun()
            .subject(format!("{n}"))
            .body(Part::mixed([Part::text("c"), Part::message(message)]))
            .build()
            .unwrap();
    }
    let text = text_of(&message, Transfer::SevenBit);
    let parsed = MessageParser::new().parse(text.as_bytes()).unwrap();
    let (mut depth, mut innermost) = (0, parsed);
    while let Some(PartType::Message(next)) = innermost.attachment(0).map(|part| part.body.clone())
    {
        (depth, innermost) = (depth + 1, next);
    }
    assert_eq!((depth, innermost.body_html(0).as_deref()), (10, Some("b")));
    for _ in 0..12 {
        message = match begun().body(Part::mixed([Part::message(message)])).build() {
            Ok(deeper) => deeper,
            Err(error) => return assert!(matches!(error, BuildError::Depth { .. })),
        };
    }
    unreachable!("no limit of the depth");
}

#[test]
fn a_message_that_needs_smtputf8_is_global_and_encoded_where_seven_bits_pass() {
    let inner = begun().to(mailbox("jörg@y.example")).text("Grüße\n").build().unwrap();
    assert!(inner.needs_smtputf8());
    let inner = forwarded(Part::message(inner));
    // Twice, since the types of the streams must not grow.
    for (message, levels) in [(inner.clone(), 1), (forwarded(Part::message(inner)), 2)] {
        assert!(!message.needs_smtputf8());
        for to in TRANSFERS {
            let octets = written(&message, to);
            let text = String::from_utf8(octets).unwrap();
            assert_eq!(text.matches("Content-Type: message/").count(), levels);
            assert_eq!(text.matches("Content-Type: message/global\r\n").count(), 1);
            assert_eq!(text.contains("jörg"), to > Transfer::SevenBit);
            assert_eq!(message.is_eight_bit(to), to > Transfer::SevenBit);
            assert_eq!(text.is_ascii(), to == Transfer::SevenBit);
        }
    }
}

#[test]
fn a_raw_message_goes_as_it_is_where_it_passes_and_else_as_a_file() {
    let long = format!("Subject: long\r\n\r\n{}\r\n", "x".repeat(999));
    let messages: [(&str, [&str; 3]); 6] = [
        ("Subject: plain\r\n\r\nhi\r\n", ["7bit"; 3]),
        ("Subject: no end\r\n\r\nhi", ["7bit"; 3]),
        ("Subject: eight\r\n\r\nGrüße\r\n", ["base64", "8bit", "8bit"]),
        ("Subject: Grüße\r\n\r\nhi\r\n", ["base64", "8bit", "8bit"]),
        ("Subject: nul\r\n\r\n\0\r\n", ["base64", "base64", "binary"]),
        (&long, ["base64", "base64", "binary"]),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raw");
    for (raw, encodings) in messages {
        std::fs::write(&path, raw).unwrap();
        for message in [RawMessage::bytes(raw), RawMessage::file(&path).unwrap()] {
            let outer = forwarded(Part::raw_message(message).unwrap());
            for (to, encoding) in TRANSFERS.into_iter().zip(encodings) {
                let octets = written(&outer, to);
                let parsed = MessageParser::new().parse(&octets).unwrap();
                let part = parsed.attachment(0).unwrap();
                assert_eq!(part.content_transfer_encoding(), Some(encoding), "{raw:?} {to:?}");
                let (_, ending) = part.attachment_name().unwrap().rsplit_once('.').unwrap();
                assert_eq!(ending, "eml");
                if encoding == "base64" {
                    assert_eq!(part.contents(), raw.as_bytes());
                    assert_eq!(part.content_type().unwrap().ctype(), "application");
                } else {
                    assert_eq!(part.content_type().unwrap().ctype(), "message");
                    assert_eq!(within(&octets).0, raw.as_bytes(), "{raw:?} {to:?}");
                }
                let needed = ["7bit", "8bit", "binary"][outer.written_as(to) as usize];
                assert_eq!(needed, if encoding == "base64" { "7bit" } else { encoding });
            }
        }
    }
}

#[test]
fn a_raw_message_is_sent_in_lines_and_without_blind_copies() {
    let raw = "Subject: unix\nBcc: eve@z.example\n\nhi\n.\nbye\r";
    let outer = forwarded(Part::raw_message(RawMessage::bytes(raw)).unwrap());
    for to in TRANSFERS {
        assert_eq!(within(&written(&outer, to)).0, b"Subject: unix\r\n\r\nhi\r\n.\r\nbye\r\n");
    }
    let latin = b"Subject: \xe9t\xe9\r\n\r\nhi\r\n";
    let outer = forwarded(Part::raw_message(RawMessage::bytes(latin)).unwrap());
    for to in TRANSFERS {
        // Nobody knows the charset of that head, so no reader shall guess.
        let octets = written(&outer, to);
        let parsed = MessageParser::new().parse(&octets).unwrap();
        assert_eq!(parsed.attachment(0).unwrap().contents(), latin);
    }
}

#[test]
fn a_raw_message_out_of_a_reader_is_a_file_of_unknown_length() {
    let reader = RawMessage::reader(Cursor::new("Subject: once\r\n\r\nhi\r\n")).unwrap();
    let outer = forwarded(Part::raw_message(reader).unwrap());
    assert!(outer.is_read_once());
    assert_eq!(outer.encoded_len(Transfer::SevenBit), None);
    let mut octets = Vec::new();
    outer.write(&mut octets, Transfer::SevenBit).unwrap();
    let parsed = MessageParser::new().parse(&octets).unwrap();
    let part = parsed.attachment(0).unwrap();
    assert_eq!(part.contents(), b"Subject: once\r\n\r\nhi\r\n");
    assert_eq!(part.attachment_name(), Some("once.eml"));
}

#[test]
fn a_raw_message_that_changes_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("raw");
    std::fs::write(&path, "Subject: a\r\n\r\nhi\r\n").unwrap();
    let outer = forwarded(Part::raw_message(RawMessage::file(&path).unwrap()).unwrap());
    std::fs::write(&path, "Subject: a\r\n\r\nh\u{e9}\r").unwrap();
    let error = outer.write(&mut Length::default(), Transfer::EightBit).unwrap_err();
    assert!(matches!(error, WriteError::TextChanged { .. }), "{error:?}");
    let raw = RawMessage::file(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(Part::raw_message(raw), Err(SourceError::Unreadable { .. })));
}

#[test]
fn a_digest_holds_messages_and_nothing_else() {
    let messages = ["one", "two"].map(|subject| {
        Part::message(begun().subject(subject).text("hi").html("<p>hi").build().unwrap())
    });
    let raw = Part::raw_message(RawMessage::bytes("Subject: three\r\n\r\nhi\r\n")).unwrap();
    let digest = Part::digest(messages.into_iter().chain([raw]));
    let message = begun().body(digest).build().unwrap();
    for to in TRANSFERS {
        let octets = written(&message, to);
        let parsed = MessageParser::new().parse(&octets).unwrap();
        assert_eq!(parsed.content_type().unwrap().subtype(), Some("digest"));
        let subjects: Vec<_> = parsed
            .parts
            .iter()
            .filter_map(|part| match &part.body {
                PartType::Message(message) => message.subject().map(str::to_owned),
                _ => None,
            })
            .collect();
        assert_eq!(subjects, ["one", "two", "three"]);
    }
    for parts in
        [vec![Part::text("no message")], vec![Part::attachment(Attachment::bytes("a", []))]]
    {
        let error = begun().body(Part::digest(parts)).build().unwrap_err();
        assert_eq!(error, BuildError::NotAMessage);
    }
    let empty = begun().body(Part::digest([])).build().unwrap_err();
    assert_eq!(empty, BuildError::EmptyMultipart);
}

#[test]
fn an_invitation_is_a_form_of_the_text_and_a_file() {
    let event = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Grüße\nEND:VEVENT\n\
                 END:VCALENDAR\n";
    let calendar = Calendar::new("REQUEST", event).unwrap();
    let invitation = || begun().text("Come").calendar(calendar.clone());
    let message = invitation().html("<p>Come").build().unwrap();
    for to in TRANSFERS {
        let octets = written(&message, to);
        let parsed = MessageParser::new().parse(&octets).unwrap();
        assert_eq!(parsed.content_type().unwrap().subtype(), Some("mixed"));
        let types: Vec<_> = parsed
            .parts
            .iter()
            .map(|part| part.content_type().unwrap().subtype().unwrap().to_owned())
            .collect();
        assert_eq!(types, ["mixed", "alternative", "plain", "html", "calendar", "ics"]);
        let form = &parsed.parts[4];
        let content_type = form.content_type().unwrap();
        assert_eq!(content_type.attribute("method"), Some("REQUEST"));
        assert_eq!(content_type.attribute("component"), Some("VEVENT"));
        let lines = |text: &str| text.replace("\r\n", "\n");
        assert_eq!(lines(form.text_contents().unwrap()).trim_end(), event.trim_end());
        assert_eq!(parsed.parts[5].attachment_name(), Some("invite.ics"));
        // RFC 5545 3.1.
        let file = std::str::from_utf8(parsed.parts[5].contents()).unwrap();
        assert_eq!(file, event.replace('\n', "\r\n"));
    }
    let two = invitation().body(Part::text("")).build().unwrap_err();
    assert_eq!(two, BuildError::TwoBodies);
    let alone = begun().calendar(calendar.clone()).build().unwrap();
    let text = text_of(&alone, Transfer::SevenBit);
    assert!(!text.contains("multipart/alternative") && text.contains("invite.ics"));
}
