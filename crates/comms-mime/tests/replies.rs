//! The contract of replies and forwards.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use comms_mime::{AutoSubmitted, DelSp, Mailbox, Message, Original, Transfer};

use crate::support::{begun, mailbox, text_of};

fn original() -> Original {
    Original {
        message_id: Some("<3@y.example>".to_owned()),
        references: vec!["1@y.example".to_owned(), "2@y.example".to_owned()],
        in_reply_to: vec!["2@y.example".to_owned()],
        subject: Some("RE: Figures".to_owned()),
        from: vec![mailbox("Bob <bob@y.example>")],
        to: vec![mailbox("ann@x.example"), mailbox("Carol <carol@y.example>")],
        cc: vec![mailbox("dan@z.example"), mailbox("Ann@X.example"), mailbox("bob@Y.example")],
        date: Some("Tue, 3 Feb 2026 04:05:06 +0500".parse().unwrap()),
        text: Some("Are they done?\r\n> When?\r\n-- \r\nBob".to_owned()),
        ..Original::default()
    }
}

fn me() -> Mailbox {
    mailbox("Ann <ann@x.example>")
}

fn field(message: &Message, name: &str) -> Option<String> {
    let text = text_of(message, Transfer::SevenBit).replace("\r\n ", " ");
    let head = text.split_once("\r\n\r\n").unwrap().0.to_owned();
    let mut fields = head.split("\r\n").filter_map(|line| line.split_once(": "));
    fields.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
}

#[test]
fn a_reply_goes_on_with_the_conversation() {
    let reply = original().reply(me()).build().unwrap();
    assert_eq!(reply.subject(), Some("Re: Figures"));
    assert_eq!(reply.to(), original().from);
    assert!(reply.cc().is_empty());
    assert_eq!(field(&reply, "In-Reply-To").as_deref(), Some("<3@y.example>"));
    let references = "<1@y.example> <2@y.example> <3@y.example>";
    assert_eq!(field(&reply, "References").as_deref(), Some(references));
}

#[test]
fn references_come_of_what_the_original_has() {
    let cases = [
        (None, vec![], vec![], None, None),
        (Some("3@y"), vec![], vec![], Some("<3@y>"), Some("<3@y>")),
        (Some("3@y"), vec!["2@y"], vec![], Some("<3@y>"), Some("<2@y> <3@y>")),
        (Some("3@y"), vec!["1@y", "2@y"], vec![], Some("<3@y>"), Some("<3@y>")),
        (Some("3@y"), vec!["2@y"], vec!["1@y"], Some("<3@y>"), Some("<1@y> <3@y>")),
        (None, vec!["2@y"], vec!["1@y"], None, Some("<1@y>")),
        (Some("a b\r\n"), vec![], vec!["<1@y>", "\r\nBcc: x", "é"], None, Some("<1@y>")),
    ];
    for (id, in_reply_to, references, answers, conversation) in cases {
        let owned = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        let original = Original {
            message_id: id.map(ToOwned::to_owned),
            in_reply_to: owned(&in_reply_to),
            references: owned(&references),
            ..original()
        };
        let reply = original.reply(me()).build().unwrap();
        assert_eq!(field(&reply, "In-Reply-To").as_deref(), answers, "{id:?}");
        assert_eq!(field(&reply, "References").as_deref(), conversation, "{id:?}");
    }
}

#[test]
fn a_reply_goes_where_the_author_wants_it() {
    let wanted = vec![mailbox("desk@y.example"), mailbox("Desk <DESK@y.example>")];
    let original = Original { reply_to: wanted.clone(), ..original() };
    assert_eq!(original.reply(me()).build().unwrap().to(), &wanted[..1]);
}

#[test]
fn a_reply_to_my_own_message_goes_to_its_recipients() {
    let original = Original { from: vec![me()], ..original() };
    let reply = original.reply(me()).build().unwrap();
    assert_eq!(reply.to(), original.to);
    let all = original.reply_all(me(), &[]).build().unwrap();
    assert_eq!(all.to(), [mailbox("Carol <carol@y.example>")]);
    assert_eq!(all.cc(), [mailbox("dan@z.example"), mailbox("bob@Y.example")]);
}

#[test]
fn a_reply_to_all_names_each_once_and_not_me() {
    let all = original().reply_all(me(), &["dan@z.example".parse().unwrap()]).build().unwrap();
    assert_eq!(all.to(), [mailbox("Bob <bob@y.example>")]);
    assert_eq!(all.cc(), [mailbox("Carol <carol@y.example>")]);
    let crowd: Vec<Mailbox> = (0..10_000).map(|n| mailbox(&format!("u{n}@x{n}.example"))).collect();
    let original = Original { to: crowd.clone(), cc: crowd.clone(), ..original() };
    assert_eq!(original.reply_all(me(), &[]).build().unwrap().cc(), crowd);
}

#[test]
fn a_quote_says_who_and_when_and_leaves_the_signature() {
    let quoted = original().quoted();
    let attribution = "On Tue, 3 Feb 2026 at 04:05 +0500, Bob wrote:\n";
    assert_eq!(quoted, format!("{attribution}> Are they done?\n>> When?\n"));
    let flowed = Original {
        text: Some("a long \r\nline\r\n".to_owned()),
        flowed: Some(DelSp::No),
        ..original()
    };
    assert_eq!(flowed.quoted(), format!("{attribution}> a long line\n"));
}

#[test]
fn a_forward_is_a_conversation_of_its_own() {
    let forward = original().forward(me()).to(mailbox("eve@z.example")).build().unwrap();
    assert_eq!(forward.subject(), Some("Fwd: RE: Figures"));
    assert_eq!(field(&forward, "In-Reply-To"), None);
    assert_eq!(field(&forward, "References"), None);
    assert!(original().forwarded().starts_with(
        "---------- Forwarded message ----------\n\
         From: Bob <bob@y.example>\n\
         Date: Tue, 3 Feb 2026 at 04:05 +0500\n\
         Subject: RE: Figures\n\
         To: ann@x.example, Carol <carol@y.example>\n\
         Cc: dan@z.example, Ann@X.example, bob@Y.example\n\n\
         Are they done?"
    ));
}

#[test]
fn a_program_tells_what_another_program_sent() {
    assert!(!original().is_automatic());
    for (submitted, expected) in
        [("no", false), ("auto-replied", true), ("auto-generated; x", true), ("new", true)]
    {
        let auto_submitted = Some(AutoSubmitted::received(submitted));
        assert_eq!(Original { auto_submitted, ..original() }.is_automatic(), expected);
    }
    let report = begun().auto_submitted(AutoSubmitted::Generated).build().unwrap();
    assert_eq!(field(&report, "Auto-Submitted").as_deref(), Some("auto-generated"));
    let reply = original().reply(me()).auto_submitted(AutoSubmitted::Replied).build().unwrap();
    assert_eq!(field(&reply, "Auto-Submitted").as_deref(), Some("auto-replied"));
}
