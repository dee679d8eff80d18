//! The parsed view of received messages: what it shows, and what it does not fall for.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, Instant};

use comms_mime::{
    Attachment, Correspondent, Mailbox, Message, ParseError, ParseLimits, ParsedMessage,
    ParsedPart, Part, Transfer,
};

fn written(message: &Message, transfer: Transfer) -> Vec<u8> {
    let mut octets = Vec::new();
    message.write(&mut octets, transfer).unwrap();
    octets
}

fn parsed(text: &str) -> ParsedMessage<'_> {
    ParsedMessage::new(text.as_bytes()).unwrap()
}

fn texts(found: &[Correspondent]) -> Vec<String> {
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn what_was_built_is_read_again() {
    let figures = (0..=255).collect::<Vec<u8>>();
    let ann: Mailbox = "Ann Größe <ann@x.example>".parse().unwrap();
    let message = Message::builder()
        .from(ann.clone())
        .to("\"Doe, J\" <j@y.example>".parse().unwrap())
        .cc("\"a b\"@z.example".parse().unwrap())
        .reply_to("r@x.example".parse().unwrap())
        .subject("=?no?= Grüße, 日本")
        .message_id("<1@x.example>")
        .date(jiff::Timestamp::from_second(1_000_000_000).unwrap())
        .header("In-Reply-To: <0@x.example>".parse().unwrap())
        .text("Zeile Ä\n.\n--x\n")
        .html("<p>Ä</p>")
        .inline(Attachment::bytes("logo.png", figures.clone()))
        .attach(Attachment::bytes("Zahlen \"für\" 日本.csv", figures.clone()))
        .build()
        .unwrap();
    for transfer in [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary] {
        let octets = written(&message, transfer);
        let read = ParsedMessage::new(&octets).unwrap();
        assert_eq!(read.subject().as_deref(), Some("=?no?= Grüße, 日本"));
        assert_eq!(read.from(), [Correspondent::Mailbox(ann.clone())]);
        assert_eq!(read.to()[0].mailbox(), Some(&message.to()[0]));
        assert_eq!(read.cc()[0].mailbox(), Some(&message.cc()[0]));
        assert_eq!(texts(&read.reply_to()), ["r@x.example"]);
        assert_eq!(read.message_id().as_deref(), Some("1@x.example"));
        assert_eq!(read.in_reply_to(), ["0@x.example"]);
        let date = read.date().unwrap().rfc5322().unwrap();
        assert_eq!(date, "Sun, 9 Sep 2001 01:46:40 +0000");
        assert_eq!(read.text().as_deref(), Some("Zeile Ä\r\n.\r\n--x\r\n"));
        assert_eq!(read.html().as_deref(), Some("<p>Ä</p>"));
        let files = read.attachments();
        let names = files.iter().map(|file| file.file_name().unwrap()).collect::<Vec<_>>();
        assert_eq!(names, ["logo.png", "Zahlen \"für\" 日本.csv"]);
        assert!(files.iter().all(|file| *file.octets() == figures));
        assert_eq!(files[0].content_id().as_deref(), Some("logo.png"));
        assert_eq!(files[0].disposition().as_deref(), Some("inline"));
        assert!(!files[0].is_attachment() && files[1].is_attachment());
    }
}

#[test]
fn the_tree_has_the_shape_that_was_built() {
    let body =
        Part::mixed([Part::alternative([Part::text("a"), Part::html("b")]), Part::text("footer")]);
    let message = Message::builder().from("a@x.example".parse().unwrap()).body(body);
    let octets = written(&message.build().unwrap(), Transfer::SevenBit);
    let read = ParsedMessage::new(&octets).unwrap();
    let essences = read.parts().iter().map(|part| part.essence().to_owned()).collect::<Vec<_>>();
    let expected =
        ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/plain"];
    assert_eq!(essences, expected);
    assert_eq!(read.text().as_deref(), Some("a"));
    assert_eq!(read.attachments()[0].text(), "footer");
}

#[test]
fn headers_are_given_in_order_and_as_they_came() {
    let read = parsed("Received: b\r\nReceived: a\r\nX-Long :\r\n one\r\n\ttwo\r\n\r\nbody");
    let headers = read.headers().map(|header| (header.name(), header.value())).collect::<Vec<_>>();
    let owned = |value: &str| value.to_owned();
    let expected =
        [("Received", owned("b")), ("Received", owned("a")), ("X-Long", owned("one\ttwo"))];
    assert_eq!(headers, expected);
    assert_eq!(read.header("x-long").unwrap().raw(), b"\r\n one\r\n\ttwo");
    assert_eq!(read.text().as_deref(), Some("body"));
}

#[test]
fn a_message_that_is_no_message_is_shown_as_far_as_it_can_be() {
    assert_eq!(parsed("just text\r\n").text().as_deref(), Some("just text\r\n"));
    assert_eq!(parsed("").text().as_deref(), Some(""));
    assert_eq!(parsed("Subject: a").subject().as_deref(), Some("a"));
    let mbox = parsed("From a@x.example Thu Jan  1 00:00:00 1970\nSubject: a\n\nhi\n");
    assert_eq!(mbox.subject().as_deref(), Some("a"));
    let broken = parsed("Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n");
    assert_eq!(broken.root().decoded(), None);
    assert_eq!(broken.text().as_deref(), Some("!!!!\r\n"));
    let cut =
        parsed("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\n\r\ntw");
    let texts = cut.root().parts().map(|part| part.text()).collect::<Vec<_>>();
    assert_eq!(texts, ["one", "tw"]);
    let without = parsed("Content-Type: multipart/mixed\r\n\r\nhi");
    assert_eq!((without.root().raw(), without.root().is_multipart()), (&b"hi"[..], false));
}

#[test]
fn a_text_is_decoded_by_its_charset() {
    let cases: [(&str, &[u8], &str); 5] = [
        ("iso-8859-1", b"\xe4", "ä"),
        ("WINDOWS-1252", b"\x80", "€"),
        ("utf-16be", b"\0h\0i", "hi"),
        ("utf-8", b"\xff", "\u{fffd}"),
        ("x-unheard-of", "ä".as_bytes(), "ä"),
    ];
    for (charset, octets, expected) in cases {
        let mut message =
            format!("Content-Type: text/plain; charset={charset}\r\n\r\n").into_bytes();
        message.extend_from_slice(octets);
        let read = ParsedMessage::new(&message).unwrap();
        assert_eq!(read.text().as_deref(), Some(expected), "{charset}");
    }
}

#[test]
fn a_boundary_is_a_whole_line_and_the_innermost_counts() {
    let read = parsed(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\nbefore\r\n--a\r\n\
         Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\n--a b\r\n--abc\r\n-- a\r\n\
         --ab--\r\nbetween\r\n--ab\r\nstill\r\n--a\t\r\n\r\nlast\r\n--a--\r\nafter\r\n--a\r\n",
    );
    let parts = read.root().parts().collect::<Vec<_>>();
    assert_eq!(parts.len(), 2);
    let inner = parts[0].parts().map(|part| part.text()).collect::<Vec<_>>();
    assert_eq!(inner, ["--a b\r\n--abc\r\n-- a"]);
    assert_eq!(parts[1].text(), "last");
}

#[test]
fn a_part_whose_head_is_cut_off_by_a_boundary_is_empty() {
    let read = parsed(
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nX: y\r\n--a\r\n\r\nb\r\n--a--\r\n",
    );
    let parts = read.root().parts().map(|part| part.text()).collect::<Vec<_>>();
    assert_eq!(parts, ["", "b"]);
}

#[test]
fn what_is_no_mailbox_is_shown_as_it_stands_there() {
    let read = parsed(
        "From: =?utf-8?q?J=0D=0ABcc:_x?= <j@x.example>\r\n\
         To: all: a@x.example, b@x.example;, undisclosed\r\nCc: <@\r\n\r\n",
    );
    assert_eq!(read.from()[0].mailbox().unwrap().name(), Some("J  Bcc: x"));
    assert_eq!(texts(&read.to()), ["a@x.example", "b@x.example", "undisclosed"]);
    assert!(read.cc()[0].mailbox().is_none());
    let several = parsed("To: a@x.example\r\nTo: b@x.example\r\n\r\n");
    assert_eq!(texts(&several.to()), ["a@x.example", "b@x.example"]);
}

#[test]
fn an_embedded_message_is_read_where_it_is_encoded_too() {
    let read = parsed(
        "Content-Type: multipart/digest; boundary=d\r\n\r\n--d\r\n\r\nSubject: one\r\n\r\n1\r\n\
         --d\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         U3ViamVjdDogdHdvDQoNCjI=\r\n--d--\r\n",
    );
    let files = read.attachments();
    let subjects = files.iter().map(|part| read.embedded(part).unwrap().subject().unwrap());
    assert_eq!(subjects.collect::<Vec<_>>(), ["one", "two"]);
    assert!(files.iter().all(ParsedPart::is_message));
}

#[test]
fn embedded_messages_have_the_depth_of_all_around_them() {
    let octets = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    let mut message = ParsedMessage::new(octets.into_bytes()).unwrap();
    let mut depth = 0;
    let error = loop {
        match message.embedded(&message.root()).map(ParsedMessage::into_owned) {
            Ok(inner) => message = inner,
            Err(error) => break error,
        }
        depth += 1;
    };
    assert!(matches!(error, ParseError::Depth { limit: 32 }));
    assert_eq!(depth, 32);
}

#[test]
fn each_limit_is_told_by_its_name() {
    let with = |text: &str, limits: ParseLimits| {
        ParsedMessage::within(text.as_bytes().to_vec(), limits).unwrap_err().to_string()
    };
    let multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n\r\n--b--";
    let usual = ParseLimits::default();
    let cases = [
        (usual.octets(3), "the message is longer than 3 octets"),
        (usual.parts(2), "the message has more than 2 parts"),
        (usual.depth(0), "parts are nested more than 0 deep"),
        (usual.fields(0), "the message has more than 0 header fields"),
        (usual.head(20), "the heads of the message and its parts are longer than 20 octets"),
    ];
    for (limits, expected) in cases {
        assert_eq!(with(multipart, limits), expected);
    }
    assert!(ParsedMessage::within(multipart.as_bytes(), usual.parts(3).depth(1)).is_ok());
}

#[test]
fn a_file_is_read_to_the_limit_and_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("message");
    std::fs::write(&path, "Subject: a\n\nhi\n").unwrap();
    let read = ParsedMessage::file(&path, ParseLimits::default()).unwrap();
    assert_eq!(read.text().as_deref(), Some("hi\n"));
    let short = ParsedMessage::file(&path, ParseLimits::default().octets(14));
    assert!(matches!(short, Err(ParseError::Octets { limit: 14 })));
    let none = ParsedMessage::file(folder.path().join("none"), ParseLimits::default());
    assert!(matches!(none, Err(ParseError::Source(_))));
}

#[test]
fn hostile_messages_take_linear_time_and_no_stack() {
    const MIB: usize = 1 << 20;
    let wide =
        ParseLimits::default().octets(128 * MIB).head(64 * MIB).fields(1 << 20).parts(1 << 20);
    let multipart =
        |n: usize| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
    let absent = "--b\r\nContent-Type: multipart/mixed; boundary=absent\r\n\r\n";
    let messages = [
        ("nested multiparts", (0..100_000).map(multipart).collect::<String>()),
        ("multiparts without an end", multipart(0) + &absent.replace("--b", "--b0").repeat(20_000)),
        ("parentheses in To", format!("To: {}\r\n\r\n", "(".repeat(MIB))),
        ("parentheses in the type", format!("Content-Type: {}\r\n\r\n", "(".repeat(MIB))),
        ("parentheses in the date", format!("Date: {}\r\n\r\n", "(".repeat(MIB))),
        ("open encoded words", format!("Subject: {}\r\n\r\n", "=?utf-8?q?".repeat(MIB / 10))),
        ("open words in short", format!("Subject: {}\r\n\r\n", "=?a?q?".repeat(10_000))),
        ("open words in To", format!("To: {}\r\n\r\n", "=?a?q?".repeat(10_000))),
        ("brackets", format!("References: {}\r\n\r\n", "<".repeat(MIB))),
        ("many ids", format!("References: {}\r\n\r\n", "<a@b>".repeat(MIB / 5))),
        ("commas", format!("To: {}\r\n\r\n", ",".repeat(MIB))),
        ("quotes", format!("To: {}\r\n\r\n", "\"".repeat(60_000))),
        ("angles", format!("To: {}\r\n\r\n", "<".repeat(60_000))),
        ("groups", format!("To: {}\r\n\r\n", "a:".repeat(30_000))),
        ("mailboxes", format!("To: {}\r\n\r\n", "a@b.example,".repeat(MIB / 12))),
        ("headers", "X: y\r\n".repeat(100_000) + "\r\n"),
        ("a long header", format!("Subject: {}\r\n\r\n", "x".repeat(10 * MIB))),
        ("a folded header", format!("Subject: {}\r\n\r\n", "x\r\n ".repeat(MIB / 4))),
        ("many parameters", format!("Content-Type: a/b{}\r\n\r\n", "; a*0*=b".repeat(MIB / 8))),
        ("open lines", format!("{}{}", multipart(0), "--".repeat(MIB))),
        ("dashes", format!("{}{}", multipart(0), "--\r\n".repeat(MIB / 4))),
        ("base64", format!("Content-Transfer-Encoding: base64\r\n\r\n{}", "QUJD".repeat(16 * MIB))),
    ];
    for (name, message) in messages {
        let began = Instant::now();
        for limits in [ParseLimits::default(), wide] {
            match ParsedMessage::within(message.as_bytes(), limits) {
                Ok(read) => everything(&read),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
        let took = began.elapsed();
        assert!(took < BOUND, "{name}: {took:?}");
    }
}

/// Asks for all there is.
fn everything(message: &ParsedMessage<'_>) {
    let asked = [message.subject(), message.message_id(), message.text(), message.html()];
    assert!(asked.len() == 4 && message.octets().len() < 1 << 30);
    for found in [message.from(), message.to(), message.cc(), message.reply_to()] {
        assert!(found.iter().all(|one| !one.to_string().contains('\n')));
    }
    assert!(message.date().is_none_or(|date| date.rfc5322().is_ok()));
    assert!(message.references().iter().chain(&message.in_reply_to()).all(|id| !id.contains(' ')));
    for part in message.attachments().into_iter().take(100) {
        assert!(part.octets().len() <= message.octets().len());
        assert!(part.file_name().is_none() || part.disposition().is_some());
    }
    assert!(message.headers().take(100).all(|header| !header.name().is_empty()));
}

/// Far above what any of them takes, and far below what the square of its length would.
const BOUND: Duration = Duration::from_secs(60);
