//! The contract of the header fields that methods set, with another parser as judge.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use comms_mime::{
    AutoSubmitted, BuildError, Group, Header, HeaderError, MailingList, Message, MessageBuilder,
    Transfer,
};
use mail_parser::MessageParser;

use crate::support::{begun, mailbox, text_of};

fn head_of(message: &Message) -> String {
    let text = text_of(message, Transfer::SevenBit);
    text.split_once("\r\n\r\n").unwrap().0.to_owned()
}

/// The names of the fields, continuation lines left out.
fn names(message: &Message) -> Vec<String> {
    let head = head_of(message);
    let lines = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
    lines.map(|line| line.split_once(':').unwrap().0.to_owned()).collect()
}

#[test]
fn the_fields_stand_in_this_order() {
    let message = begun()
        .header("X-Any: 1".parse().unwrap())
        .list(MailingList::default().help("https://x.example/").unwrap())
        .auto_submitted(AutoSubmitted::Generated)
        .subject("s")
        .reference("0@x.example")
        .in_reply_to("<1@x.example>")
        .cc(mailbox("c@x.example"))
        .reply_to(mailbox("d@x.example"))
        .sender(mailbox("e@x.example"))
        .co_author(mailbox("f@x.example"))
        .message_id_domain("mail.example")
        .build()
        .unwrap();
    assert_eq!(
        names(&message),
        [
            "Date",
            "From",
            "Sender",
            "Reply-To",
            "To",
            "Cc",
            "Message-ID",
            "In-Reply-To",
            "References",
            "Subject",
            "Auto-Submitted",
            "List-Help",
            "X-Any",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding"
        ]
    );
    let head = head_of(&message);
    assert!(head.contains("\r\nFrom: ann@x.example, f@x.example\r\n"));
    assert!(head.contains("\r\nIn-Reply-To: <1@x.example>\r\nReferences: <0@x.example>\r\n"));
    assert!(message.id().ends_with("@mail.example"));
    assert_eq!(message.co_authors(), [mailbox("f@x.example")]);
}

type ByMethod = fn(MessageBuilder) -> MessageBuilder;

#[test]
fn several_authors_need_a_sender() {
    let two = || begun().co_author(mailbox("f@x.example"));
    assert_eq!(two().build().unwrap_err(), BuildError::NoSender);
    let local = two().sender(mailbox("ann@x.example")).co_author(mailbox("ü@x.example"));
    assert!(local.build().unwrap().needs_smtputf8());
}

#[test]
fn groups_are_written_and_their_members_are_recipients() {
    let friends = Group::new("Freunde, große", [mailbox("Ç <c@x.example>")]).unwrap();
    let message = Message::builder()
        .from(mailbox("ann@x.example"))
        .to_list("a@x.example, team: b@x.example, B C <bc@x.example>;".parse().unwrap())
        .to(mailbox("d@x.example"))
        .cc_list(friends.into())
        .reply_to_list("nobody:;".parse().unwrap())
        .build()
        .unwrap();
    let head = head_of(&message);
    assert!(
        head.contains(
            "\r\nTo: a@x.example, team: b@x.example, B C <bc@x.example>;, d@x.example\r\n"
        )
    );
    assert!(head.contains("\r\nReply-To: nobody:;\r\n"));
    assert_eq!(message.to().len(), 4);
    assert_eq!(message.cc().len(), 1);
    assert!(message.reply_to().is_empty());
    let parsed = MessageParser::new().parse(head.as_bytes()).unwrap();
    let groups = parsed.cc().unwrap().as_group().unwrap();
    assert_eq!(groups[0].name.as_deref(), Some("Freunde, große"));
    assert_eq!(groups[0].addresses[0].name(), Some("Ç"));

    let blind = Message::builder()
        .from(mailbox("ann@x.example"))
        .to_list(Group::undisclosed().into())
        .bcc(mailbox("eve@z.example"))
        .build()
        .unwrap();
    assert!(head_of(&blind).contains("\r\nTo: undisclosed-recipients:;\r\n"));
    assert!(!text_of(&blind, Transfer::SevenBit).contains("eve"));
}

#[test]
fn a_header_that_a_method_has_set_is_refused_by_hand() {
    let list = || {
        let list = MailingList::default().unsubscribe_by_one_click("https://x.example/1").unwrap();
        let list = list.id("x.example").unwrap().help("a:b").unwrap().subscribe("a:b").unwrap();
        list.owner("a:b").unwrap().archive("a:b").unwrap().closed_to_posts()
    };
    let set: [(&str, ByMethod); 3] = [
        ("in-reply-to", |message| message.in_reply_to("1@x")),
        ("References", |message| message.reference("1@x")),
        ("auto-submitted", |message| message.auto_submitted(AutoSubmitted::No)),
    ];
    for (name, by_method) in set {
        let by_hand = || begun().header(Header::new(name, "x").unwrap());
        assert!(by_hand().build().is_ok());
        let name = name.to_owned();
        assert_eq!(by_method(by_hand()).build().unwrap_err(), BuildError::Duplicate { name });
    }
    let names = ["Id", "Help", "Subscribe", "Unsubscribe", "Unsubscribe-Post", "Post", "Owner"];
    for name in names.into_iter().chain(["Archive"]) {
        let header = || Header::new(format!("List-{name}"), "<a:b>").unwrap();
        assert!(begun().header(header()).build().is_ok());
        assert!(begun().header(header()).header(header()).build().is_err(), "{name}");
        assert!(begun().header(header()).list(list()).build().is_err(), "{name}");
    }
}

#[test]
fn ids_that_end_a_header_are_refused() {
    for bad in ["", "a b@c", "a@b>\r\nBcc: e@z.example", "a\0@b", "a\u{85}@b", "ä@b", "<a"] {
        let builds = [
            begun().in_reply_to(bad),
            begun().reference(bad),
            begun().message_id(bad),
            begun().message_id_domain(&format!("x{bad}>")),
        ];
        for build in builds {
            let error = build.build().unwrap_err();
            assert!(
                matches!(error, BuildError::Header(HeaderError::Id { .. })),
                "{bad:?}: {error}"
            );
        }
    }
}

#[test]
fn ten_thousand_references_stay_in_one_line_of_998_octets() {
    let message = (0..10_000)
        .fold(begun(), |message, n| message.reference(&format!("{n}.abc@mail{n}.example")))
        .build()
        .unwrap();
    let text = text_of(&message, Transfer::SevenBit);
    assert!(text.lines().all(|line| line.len() <= 78));
    let parsed = MessageParser::new().parse(text.as_bytes()).unwrap();
    let ids = parsed.references().as_text_list().unwrap().to_vec();
    assert_eq!((ids[0].as_ref(), ids.len()), ("0.abc@mail0.example", 35));
    assert_eq!(ids[34], "9999.abc@mail9999.example");
}

#[test]
fn a_flowed_text_says_that_it_is_one() {
    let long = "word ".repeat(40) + "end";
    let message = begun().flowed(&format!("> {long}\n{long}")).build().unwrap();
    let text = text_of(&message, Transfer::SevenBit);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(
        "Content-Type: text/plain; charset=\"utf-8\"; format=\"flowed\"; delsp=\"no\"\r\n"
    ));
    assert!(body.lines().all(|line| line.len() <= 78));
    let body = body.strip_suffix("\r\n").unwrap();
    let read = comms_mime::Flowed::received(body, comms_mime::DelSp::No);
    let paragraphs: Vec<_> = read.paragraphs().collect();
    assert_eq!(paragraphs, [(1, long.as_str()), (0, long.as_str())]);
}
