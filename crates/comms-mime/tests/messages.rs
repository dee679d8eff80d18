//! The contract of the builder and of headers, with another parser as judge.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use comms_mime::{
    Attachment, BuildError, Date, Header, Mailbox, Message, MessageBuilder, Part, Transfer,
};
use mail_parser::{MessageParser, MimeHeaders};

use crate::support::{begun, mailbox, text_of, written};

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
fn messages_cross_threads() {
    fn crosses<T: Send + Sync + Clone + 'static>() {}
    crosses::<Message>();
    crosses::<MessageBuilder>();
    crosses::<Attachment>();
    crosses::<Part>();
}
