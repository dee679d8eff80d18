//! The wire form of messages of each kind, whole: a change of it is always seen. Where one is meant,
//! `INSTA_UPDATE=always cargo test -p comms-mime --features dkim --test snapshots` writes it anew.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use comms_mime::{
    Action, Attachment, Calendar, DeliveryStatus, Disposition, DispositionNotification, Mailbox,
    MailingList, Message, MessageBuilder, Part, RawMessage, RecipientStatus, Transfer,
};

/// The octets of a message line by line, what is not visible escaped; random boundaries have the
/// place of their letters taken by `x`.
fn wire(message: &Message, transfer: Transfer) -> String {
    let mut octets = Vec::new();
    message.write(&mut octets, transfer).unwrap();
    let mut lines: Vec<&[u8]> = octets.split(|octet| *octet == b'\n').collect();
    assert_eq!(lines.pop(), Some(&b""[..]), "the last line is whole");
    let shown: Vec<String> = lines.into_iter().map(shown).collect();
    // Empty lines at the end of a snapshot would not count.
    without_tokens(&(shown.join("\n") + "\n<end>\n"))
}

/// A line whose CR is in its place is shown without it.
fn shown(line: &[u8]) -> String {
    let (line, end) = match line.strip_suffix(b"\r") {
        Some(line) => (line, ""),
        None => (line, "\\n"),
    };
    let text = match std::str::from_utf8(line) {
        Ok(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => line.escape_ascii().to_string(),
    };
    match text.strip_suffix(' ') {
        Some(before) => format!("{before}\\x20{end}"),
        None => text + end,
    }
}

/// A boundary is `=_`, its number, `_`, and 32 random digits.
fn without_tokens(text: &str) -> String {
    let token = text.split("boundary=\"=_1_").nth(1).and_then(|behind| behind.get(..32));
    match token {
        Some(token) => {
            assert!(token.bytes().all(|octet| octet.is_ascii_hexdigit()), "{token}");
            text.replace(token, &"x".repeat(token.len()))
        }
        None => text.to_owned(),
    }
}

/// A message of a certain time, with a certain id.
fn begun() -> MessageBuilder {
    Message::builder()
        .from(mailbox("Ann Müller <ann@x.example>"))
        .to(mailbox("Bob <bob@y.example>"))
        .bcc(mailbox("eve@z.example"))
        .date(jiff::Timestamp::from_second(1_000_000_000).unwrap())
        .message_id("1@x.example")
}

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

macro_rules! snapshot {
    ($name:literal, $builder:expr, $transfer:ident) => {
        let message = $builder.build().unwrap();
        insta::assert_snapshot!($name, wire(&message, Transfer::$transfer));
    };
}

fn mixed() -> MessageBuilder {
    let text = "Grüße,\n\n.here\nare the figures.\nFrom Ann \n";
    let logo = Attachment::bytes("logo.png", [0x89, b'P', b'N', b'G', 13, 10, 26, 10]);
    begun()
        .subject("The figures")
        .text(text)
        .html("<p>Grüße, <img src='cid:logo.png'></p>\n")
        .inline(logo)
        .attach(Attachment::bytes("figures.csv", "1;2\n3;4\n"))
        .attach(Attachment::bytes("nothing.bin", []))
}

#[test]
fn text() {
    snapshot!("text", begun().subject("Hello").text("Hello Bob,\n.\nhere\n"), SevenBit);
    snapshot!("text_without_line_end", begun().subject("Hello").text("Hello"), SevenBit);
    snapshot!("text_quoted", begun().subject("Grüße").text("Grüße = greetings \n"), SevenBit);
    snapshot!("text_base64", begun().subject("日本").text("日本語のテキスト\n"), SevenBit);
    snapshot!("text_eight_bit", begun().subject("日本").text("日本語のテキスト\n"), EightBit);
    let long = "many words on a line ".repeat(60);
    snapshot!("text_of_long_lines", begun().subject("Long").text(long), EightBit);
    snapshot!("nothing", begun(), SevenBit);
}

#[test]
fn text_and_html() {
    let message = begun().subject("Hello").text("Hello\n").html("<p>Hello</p>\n");
    snapshot!("alternative", message, SevenBit);
    snapshot!("html", begun().subject("Hello").html("<p>Hello</p>"), SevenBit);
    let logo = Attachment::bytes("logo.png", [1, 2, 3]).content_id("logo@x.example").unwrap();
    let message = begun().html("<img src='cid:logo@x.example'>\n").inline(logo);
    snapshot!("related", message, SevenBit);
}

#[test]
fn everything_for_each_path() {
    snapshot!("mixed_seven_bit", mixed(), SevenBit);
    snapshot!("mixed_eight_bit", mixed(), EightBit);
    snapshot!("mixed_binary", mixed(), Binary);
}

#[test]
fn names_of_files() {
    let names = ["plain.pdf", "an \"odd\" name.pdf", "Übersicht.pdf", "=?utf-8?q?x?=.pdf"];
    let long = "ein sehr langer Name für eine Datei, länger als eine Zeile von 78 Zeichen.pdf";
    let ascii = "x".repeat(70) + ".pdf";
    let all = names.into_iter().chain(["数学.pdf", "👩‍🚀.pdf", "../a\r\nb.pdf", long, &ascii]);
    let message = all.fold(begun().subject("Names"), |message, name| {
        message.attach(Attachment::bytes(name, *b"x").content_type("application/pdf").unwrap())
    });
    snapshot!("names_of_files", message, SevenBit);
}

#[test]
fn heads() {
    let subject = "Grüße – Привет – שלום – مرحبا – 你好 – こんにちは – 안녕하세요 – 👋 – and so on, in \
                   several scripts and over several lines";
    snapshot!("subject_of_many_scripts", begun().subject(subject).text("x"), SevenBit);
    let words = "a plain subject that has so many words that it does not fit on one line of 78";
    snapshot!("subject_of_many_words", begun().subject(words).text("x"), SevenBit);
    snapshot!("subject_like_a_word", begun().subject("=?utf-8?q?x?=").text("x"), SevenBit);

    let names: [Mailbox; 6] = [
        "\"Smith, Ann\" <a@x.example>",
        "\"Ann \\\"Q\\\"\" <a@x.example>",
        "日本 太郎 <taro@bücher.example>",
        "\"=?utf-8?q?x?=\" <a@x.example>",
        "A name of so many words that they do not fit on one line but need two <a@x.example>",
        "\"odd one\"@x.example",
    ]
    .map(mailbox);
    let message = names.into_iter().fold(begun().text("x"), MessageBuilder::to);
    snapshot!("mailboxes", message.sender(mailbox("office@x.example")), SevenBit);

    let international = begun().cc(mailbox("Jörg <jörg@bücher.example>")).text("x");
    snapshot!("international", international, EightBit);

    let list = MailingList::default()
        .id("news.x.example")
        .unwrap()
        .described("News of X")
        .unsubscribe_by_one_click("https://x.example/leave?reader=7")
        .unwrap()
        .unsubscribe("mailto:leave@x.example?subject=leave")
        .unwrap()
        .archive("https://x.example/archive")
        .unwrap()
        .closed_to_posts();
    let message = begun().list(list).header("X-Campaign: spring".parse().unwrap()).text("x");
    snapshot!("list", message.in_reply_to("0@y.example").reference("0@y.example"), SevenBit);
}

#[test]
fn flowed_text() {
    let text = "A paragraph of so many words that readers lay it out anew, at the width that they \
                have.\n> a quoted one\nFrom here\n-- \nAnn\n";
    snapshot!("flowed", begun().flowed(text), SevenBit);
}

#[test]
fn an_invitation() {
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nMETHOD:REQUEST\r\n\
                 BEGIN:VEVENT\r\nUID:1@x.example\r\nDTSTAMP:20260102T150405Z\r\n\
                 DTSTART:20260102T150405Z\r\nSUMMARY:Lunch\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = Part::calendar("REQUEST", event).unwrap();
    let body = Part::alternative([Part::text("Come.\n"), Part::html("<p>Come.</p>\n"), calendar]);
    snapshot!("invitation", begun().subject("Lunch").body(body), SevenBit);
}

#[test]
fn an_invitation_laid_out_by_the_builder() {
    let event = "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:1@x.example\r\n\
                 END:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = Calendar::new("REPLY", event).unwrap();
    snapshot!("invitation_and_file", begun().text("I come.\n").calendar(calendar), SevenBit);
}

#[test]
fn messages_within_a_message() {
    let composed = begun().subject("Grüße").text("Grüße\n").build().unwrap();
    let raw = RawMessage::bytes("Subject: raw\nBcc: eve@z.example\n\nhi");
    let eight = RawMessage::bytes("Subject: eight\r\n\r\nGrüße\r\n");
    let parts = || {
        let raws = [raw.clone(), eight.clone()].map(|raw| Part::raw_message(raw).unwrap());
        [Part::message(composed.clone())].into_iter().chain(raws)
    };
    let forward = Part::mixed([Part::text("fyi\n")].into_iter().chain(parts()));
    snapshot!("forward", begun().body(forward), SevenBit);
    snapshot!("digest", begun().body(Part::digest(parts())), EightBit);
}

#[test]
fn reports() {
    let lost = RawMessage::bytes("Subject: hi\r\nBcc: eve@z.example\r\n\r\nhi\r\n");
    let bob = "bob@y.example".parse().unwrap();
    let status = RecipientStatus::new(&bob, Action::Failed, "5.1.1").unwrap();
    let status = DeliveryStatus::new("mail.x.example", status.diagnostic("smtp", "550 nobody"));
    let body = Part::report(Part::text("Lost.\n"), status, Part::headers_of(&lost));
    snapshot!("delivery_report", begun().body(body), SevenBit);
    let seen = DispositionNotification::new(&bob, Disposition::Displayed);
    let body = Part::report(Part::text("Seen.\n"), seen.about("0@x.example").unwrap(), None);
    snapshot!("disposition_report", begun().body(body), SevenBit);
}

/// Ed25519 signs the same octets in the same way (RFC 8032 5.1.6).
#[cfg(feature = "dkim")]
#[test]
fn a_signed_message() {
    use std::time::{Duration, SystemTime};

    use comms_mime::{DkimKey, DkimSigner};

    let key = DkimKey::from_seed(&[7; 32]).unwrap();
    let signer = DkimSigner::new(key, "x.example", "spring").unwrap();
    let signer = signer.signed_at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000));
    snapshot!("signed", begun().subject("Signed").text("Hello \n\n\n").dkim(signer), SevenBit);
}
