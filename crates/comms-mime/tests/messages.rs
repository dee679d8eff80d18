//! The contract of composed messages, with another parser as judge.

use std::io;

use comms_mime::{
    Attachment, BuildError, Date, Header, Length, Mailbox, Message, MessageBuilder, Output, Part,
    SourceError, Transfer, WriteError, Writer,
};
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;

const TRANSFERS: [Transfer; 3] = [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary];

fn begun() -> MessageBuilder {
    Message::builder().from(mailbox("ann@x.example")).to(mailbox("bob@y.example"))
}

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

fn written(message: &Message, transfer: Transfer) -> Vec<u8> {
    let mut octets = Vec::new();
    message.write(&mut octets, transfer).unwrap();
    assert_eq!(message.encoded_len(transfer), Some(octets.len() as u64));
    assert!(octets.ends_with(b"\r\n"));
    octets
}

fn text_of(message: &Message, transfer: Transfer) -> String {
    String::from_utf8(written(message, transfer)).unwrap()
}

fn head_of(message: &Message) -> String {
    let text = text_of(message, Transfer::SevenBit);
    text.split_once("\r\n\r\n").unwrap().0.to_owned()
}

/// The names of the fields, continuation lines left out.
fn fields(message: &Message) -> Vec<String> {
    let head = head_of(message);
    let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split_once(':').unwrap().0.to_owned()).collect()
}

#[test]
fn a_small_message_is_written_like_this() {
    let message = Message::builder()
        .from(mailbox("Ann Müller <ann@bücher.example>"))
        .sender(mailbox("office@x.example"))
        .reply_to(mailbox("\"Desk, front\" <desk@x.example>"))
        .to(mailbox("Bob <bob@y.example>"))
        .to(mailbox("carol@y.example"))
        .cc(mailbox("\"odd one\"@y.example"))
        .bcc(mailbox("eve@z.example"))
        .subject("Figures")
        .date(jiff::Timestamp::from_second(1_000_000_000).unwrap())
        .message_id("<1@x.example>")
        .header("In-Reply-To: <0@y.example>".parse().unwrap())
        .text("Dear Bob,\nhere.\n")
        .build()
        .unwrap();
    assert_eq!(
        text_of(&message, Transfer::SevenBit),
        "Date: Sun, 9 Sep 2001 01:46:40 +0000\r\n\
         From: =?utf-8?q?Ann_M=C3=BCller?= <ann@xn--bcher-kva.example>\r\n\
         Sender: office@x.example\r\n\
         Reply-To: \"Desk, front\" <desk@x.example>\r\n\
         To: Bob <bob@y.example>, carol@y.example\r\n\
         Cc: \"odd one\"@y.example\r\n\
         Message-ID: <1@x.example>\r\n\
         Subject: Figures\r\n\
         In-Reply-To: <0@y.example>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=\"utf-8\"\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         Dear Bob,\r\n\
         here.\r\n"
    );
    assert_eq!(message.id(), "1@x.example");
    assert_eq!(message.bcc(), [mailbox("eve@z.example")]);
    assert_eq!((message.to().len(), message.cc().len()), (2, 1));
    assert_eq!(message.subject(), Some("Figures"));
    assert!(!message.needs_smtputf8());
}

#[test]
fn the_tree_is_mixed_of_alternative_of_related() {
    let message = begun()
        .text("text")
        .html("<img src='cid:logo.png'>")
        .inline(Attachment::bytes("logo.png", [1, 2, 3]))
        .attach(Attachment::bytes("a.csv", "1;2\n"))
        .attach(Attachment::bytes("b.pdf", []))
        .build()
        .unwrap();
    let octets = written(&message, Transfer::SevenBit);
    let parsed = MessageParser::new().parse(&octets).unwrap();
    let types: Vec<String> = parsed
        .parts
        .iter()
        .map(|part| {
            let found = part.content_type().unwrap();
            format!("{}/{}", found.ctype(), found.subtype().unwrap())
        })
        .collect();
    assert_eq!(
        types,
        [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "text/csv",
            "application/pdf"
        ]
    );
    let logo = parsed.parts.iter().find(|part| part.content_id().is_some()).unwrap();
    assert_eq!(logo.content_id(), Some("logo.png"));
    assert_eq!(logo.contents(), [1, 2, 3]);
    let related = parsed.parts[3].content_type().unwrap();
    assert_eq!(related.attribute("type"), Some("text/html"));
}

#[test]
fn a_message_without_a_from_cannot_be_built() {
    assert_eq!(Message::builder().text("x").build().unwrap_err(), BuildError::NoFrom);
}

#[test]
fn headers_of_the_builder_cannot_be_given_by_hand() {
    let reserved = [
        "From",
        "sender",
        "REPLY-TO",
        "To",
        "Cc",
        "bcc",
        "Resent-Bcc",
        "Subject",
        "Date",
        "Message-Id",
        "Mime-Version",
        "content-type",
        "Content-Anything",
        "Return-Path",
    ];
    for name in reserved {
        let header = Header::new(name, "x@y.example").unwrap();
        let error = begun().header(header).build().unwrap_err();
        assert!(matches!(error, BuildError::Reserved { .. }), "{name}: {error}");
    }
    let header = Header::new("Bcc", "x@y.example").unwrap();
    let error = begun().header(header).build().unwrap_err();
    assert_eq!(error.to_string(), "the header Bcc is set by `bcc`");
}

#[test]
fn a_header_that_may_stand_once_is_refused_twice() {
    let twice = |name: &str| {
        let header = |value| Header::new(name, value).unwrap();
        begun().header(header("<a@b>")).header(header("<c@d>")).build()
    };
    let duplicate = BuildError::Duplicate { name: "references".to_owned() };
    assert_eq!(twice("references").unwrap_err(), duplicate);
    assert!(twice("X-Any").is_ok());
}

#[test]
fn bodies_that_contradict_each_other_are_refused() {
    let logo = || Attachment::bytes("logo.png", [1]);
    let two = begun().text("a").body(Part::text("b")).build();
    assert_eq!(two.unwrap_err(), BuildError::TwoBodies);
    let alone = begun().text("a").inline(logo()).build();
    assert_eq!(alone.unwrap_err(), BuildError::InlineWithoutHtml);
    let same = begun().html("a").inline(logo()).inline(logo()).build();
    let id = "logo.png".to_owned();
    assert_eq!(same.unwrap_err(), BuildError::DuplicateContentId { id });
    assert_eq!(begun().body(Part::mixed([])).build().unwrap_err(), BuildError::EmptyMultipart);
    let deep = (0..40).fold(Part::text("x"), |part, _| Part::mixed([part]));
    assert_eq!(begun().body(deep).build().unwrap_err(), BuildError::Depth { limit: 32 });
    let year = jiff::civil::date(-5, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    assert_eq!(begun().date(year).build().unwrap_err(), BuildError::Date);
    let id = begun().message_id("x\r\nBcc: e@z.example").build();
    assert!(matches!(id.unwrap_err(), BuildError::Header(_)));
}

#[test]
fn ids_and_boundaries_are_new_each_time() {
    let build = || begun().text("a").html("b").build().unwrap();
    let (one, other) = (build(), build());
    assert_ne!(one.id(), other.id());
    let boundary = |message: &Message| {
        let text = text_of(message, Transfer::SevenBit);
        text.split_once("boundary=\"").unwrap().1.split_once('"').unwrap().0.to_owned()
    };
    assert_ne!(boundary(&one), boundary(&other));
    let domain = |from: &str| {
        let message = Message::builder().from(mailbox(from)).build().unwrap();
        message.id().split_once('@').unwrap().1.to_owned()
    };
    assert_eq!(domain("ü@bücher.example"), "xn--bcher-kva.example");
    assert_eq!(domain("a@[192.0.2.1]"), "[192.0.2.1]");
}

#[test]
fn the_date_is_the_present_unless_it_is_given() {
    let before = jiff::Timestamp::now().as_second();
    let text = text_of(&begun().build().unwrap(), Transfer::SevenBit);
    let after = jiff::Timestamp::now().as_second();
    let parsed = MessageParser::new().parse(text.as_bytes()).unwrap();
    let date = parsed.date().unwrap().to_timestamp();
    assert!((before..=after).contains(&date), "{before} {date} {after}");
    let zoned = jiff::civil::date(2026, 2, 3).at(4, 5, 6, 0);
    let east = zoned.to_zoned(jiff::tz::Offset::constant(5).to_time_zone()).unwrap();
    assert_eq!(Date::from(east).rfc5322().unwrap(), "Tue, 3 Feb 2026 04:05:06 +0500");
}

#[test]
fn no_text_makes_a_header() {
    let expected = ["Date", "From", "To", "Message-ID", "Subject", "X-Any", "MIME-Version"];
    let expected: Vec<String> = expected
        .into_iter()
        .chain(["Content-Type", "Content-Disposition", "Content-ID", "Content-Transfer-Encoding"])
        .map(ToOwned::to_owned)
        .collect();
    let texts =
        ["\r\nBcc: e@z.example", "\r", "\n", "\r\n\r\nbody", "\0", "\x7f", "\u{85}", "\x0b"];
    let words = ["=?utf-8?q?=0D=0ABcc:_e=40z.example?=", "=?utf-8?b?DQpCY2M6IGU=?="];
    for text in texts.into_iter().chain(words) {
        let part = Attachment::bytes(&format!("a{text}b.pdf"), [1]).content_id("c").unwrap();
        let message = begun()
            .subject(format!("a{text}b"))
            .header(Header::new("X-Any", format!("a{text}b")).unwrap())
            .body(Part::attachment(part))
            .build()
            .unwrap();
        assert_eq!(fields(&message), expected, "{text:?}");
        let head = head_of(&message);
        let safe = |c: char| matches!(c, ' '..='~' | '\r' | '\n');
        assert!(head.chars().all(safe), "{head:?}");
        assert_eq!(head.matches('\r').count(), head.matches("\r\n").count());
        assert_eq!(head.matches('\n').count(), head.matches("\r\n").count());
        assert!(Header::new(format!("X{text}"), "x").is_err() || words.contains(&text));
        let bytes = || Attachment::bytes("a", []);
        assert!(bytes().content_id(&format!("a{text}b")).is_err() || words.contains(&text));
        assert!(bytes().content_type(&format!("a/b{text}")).is_err());
        assert!(
            bytes().content_type(&format!("a/b; c=\"{text}\"")).is_err() || words.contains(&text)
        );
    }
}

#[test]
fn text_that_looks_encoded_is_read_as_it_was_given() {
    let text = "=?utf-8?q?=0D=0ABcc:_e=40z.example?=";
    let message = Message::builder()
        .from(Mailbox::named(text, "ann@x.example".parse().unwrap()).unwrap())
        .subject(text)
        .build()
        .unwrap();
    let octets = written(&message, Transfer::SevenBit);
    let parsed = MessageParser::new().parse(&octets).unwrap();
    assert_eq!(parsed.subject(), Some(text));
    assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some(text));
    assert!(parsed.bcc().is_none());
}

#[test]
fn ten_thousand_recipients_and_a_subject_of_ten_mebibytes_fit_in_lines() {
    let recipients =
        (0..10_000).map(|n| mailbox(&format!("\"Nº {n}, the\" <user{n}@example{n}.example>")));
    let message = recipients
        .fold(begun(), MessageBuilder::to)
        .subject("é".repeat(5 << 20))
        .header(Header::new("X-Plain", "word ".repeat(1 << 20) + "end").unwrap())
        .header(Header::new("X-Long", "w".repeat(1 << 20)).unwrap())
        .build()
        .unwrap();
    let text = text_of(&message, Transfer::SevenBit);
    assert!(text.split("\r\n").all(|line| line.len() <= 78));
    let parsed = MessageParser::new().parse(text.as_bytes()).unwrap();
    assert_eq!(parsed.to().unwrap().iter().count(), 10_001);
    assert_eq!(parsed.to().unwrap().last().unwrap().name(), Some("Nº 9999, the"));
    assert_eq!(parsed.subject().unwrap().len(), 10 << 20);
}

#[test]
fn addresses_are_a_labels_where_that_is_possible() {
    let build = |to: &str| begun().to(mailbox(to)).build().unwrap();
    let domain = build("bob@bücher.example");
    assert!(!domain.needs_smtputf8() && !domain.is_eight_bit(Transfer::SevenBit));
    assert!(head_of(&domain).contains(" bob@xn--bcher-kva.example"));
    let local = build("böb@bücher.example");
    assert!(local.needs_smtputf8() && local.is_eight_bit(Transfer::SevenBit));
    assert!(head_of(&local).contains(" böb@bücher.example"));
    let hidden = begun().bcc(mailbox("böb@x.example")).build().unwrap();
    assert!(!hidden.needs_smtputf8());
}

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
    for to in TRANSFERS {
        let octets = written(&file, to);
        assert_eq!(!octets.is_ascii(), file.is_eight_bit(to));
        let encoding = ["", "8bit", "binary"][to as usize];
        let head = octets.split(|octet| *octet == b'-').next().unwrap();
        let head = String::from_utf8_lossy(head);
        assert!(
            to == Transfer::SevenBit
                || String::from_utf8_lossy(&octets)
                    .contains(&format!("Content-Transfer-Encoding: {encoding}\r\n\r\n--=_1_")),
            "{head}"
        );
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
    assert_eq!((attachment.file_name_of(), attachment.length()), ("figures.bin", Some(300_000)));
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
    assert_eq!(mail.content_type_of().essence(), "application/octet-stream");
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

#[test]
fn messages_cross_threads() {
    fn crosses<T: Send + Sync + Clone + 'static>() {}
    crosses::<Message>();
    crosses::<MessageBuilder>();
    crosses::<Attachment>();
    crosses::<Part>();
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
