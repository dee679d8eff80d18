//! What a hostile server, or a hostile argument, tries. The numbers are those of the catalogue of
//! attacks that the project keeps.

#![cfg(test)]

mod common;

use std::sync::atomic::Ordering;

use comms_core::{CommsStack, ErrorClass, Value};
use comms_mime::Address;
use comms_smtp::{Argument, Envelope, HeloName, ReversePath, Smtp, SmtpMessage, SmtpStack};
use comms_testkit::Script;
use comms_util::Util;

use crate::common::source::Source;
use crate::common::{cause, client, envelope, hi, opening, play_connected, raw, refused, send};

/// Texts that would end a command line, or look as if, behind a good beginning.
const EVIL: [&str; 9] = [
    "d@e.f>\r\nVRFY x",
    "d@e.f\r\nVRFY x",
    "d@e.f\rx",
    "d@e.f\nx",
    "d\0@e.f",
    "d\x7f@e.f",
    "d\u{85}@e.f",
    "d\u{9b}@e.f",
    "\"d\r\n\"@e.f",
];

// 1
#[test]
fn a_line_end_or_control_can_stand_in_no_argument_of_a_command() {
    for evil in EVIL {
        assert!(evil.parse::<Address>().is_err(), "{evil:?}");
        assert!(Argument::new(evil).is_err(), "{evil:?}");
        assert!(HeloName::new(evil).is_err(), "{evil:?}");
    }
    play_connected(&(opening(&["DSN"]) + "C: NOOP\nS: 250 ok\n"), |stack| {
        for evil in EVIL {
            let mut session = stack.smtp().unwrap();
            for error in [
                session.vrfy(evil).unwrap_err(),
                session.expn(evil).unwrap_err(),
                session.help(Some(evil)).unwrap_err(),
            ] {
                assert_eq!(error.class(), ErrorClass::Usage, "{evil:?}");
                assert!(!error.sentence().chars().any(char::is_control), "{error}");
            }
            for method in ["vrfy", "expn", "help"] {
                let error = stack.invoke(method, &[Value::from(evil)]).unwrap_err();
                assert_eq!(error.class(), ErrorClass::Usage, "{method} {evil:?}");
            }
        }
        stack.noop().unwrap();
    });
}

// 2
#[test]
fn wide_characters_never_narrow_to_a_line_end() {
    for wide in ["a\u{760d}\u{760a}RSET@y.example", "a\u{10d}\u{10a}@y.example"] {
        let address = wide.parse::<Address>().unwrap();
        let message = envelope(&[]);
        let message = Envelope::new(message.sender, [address]);
        let message = SmtpMessage::raw(comms_mime::RawMessage::bytes("A: b\r\n\r\n"), message);
        play_connected(&opening(&[]), |stack| {
            let error = send(stack, &message).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Content, "{error}");
        });
        let script = Script::parse(&opening(&["SMTPUTF8"])).unwrap();
        let script = script.expect("MAIL FROM:<ann@x.example> SMTPUTF8\r\n").reply("250 ok\r\n");
        let script = script.expect(format!("RCPT TO:<{wide}>\r\n")).reply("550 no\r\n");
        let (mut stack, transcript, _) = client(script);
        stack.connect().unwrap();
        send(&mut stack, &message).unwrap_err();
        transcript.finished().unwrap();
    }
}

// 3
#[test]
fn a_quoted_local_part_never_makes_a_parameter_or_another_domain() {
    let dialogue = opening(&["DSN"])
        + "C: MAIL FROM:<\"b> SIZE=1\"@x.example>\nS: 250 ok\n\
           C: RCPT TO:<\"a> ORCPT=x\"@example.com>\nS: 250 ok\n\
           C: RCPT TO:<\"x@gmail.com y\"@internal.example>\nS: 250 ok\nC: DATA\nS: 451 no\n";
    play_connected(&dialogue, |stack| {
        let to = [r#""a> ORCPT=x"@example.com"#, r#""x@gmail.com y"@internal.example"#];
        let mut envelope = envelope(&to);
        assert_eq!(envelope.recipients[1].address.domain(), "internal.example");
        envelope.sender = ReversePath::Address(r#""b> SIZE=1"@x.example"#.parse().unwrap());
        let content = comms_mime::RawMessage::bytes("A: b\r\n\r\n");
        let error = send(stack, &SmtpMessage::raw(content, envelope)).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Transient);
    });
}

// 4
#[test]
fn the_header_and_the_envelope_name_the_same_sender() {
    let message = SmtpMessage::builder("Ann <ann@x.example>".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .text("hi")
        .build()
        .unwrap();
    let ReversePath::Address(sender) = &message.envelope().sender else { panic!("no sender") };
    assert_eq!(sender.to_string(), "ann@x.example");
}

// 5
#[test]
fn a_forward_path_in_a_refusal_never_becomes_another_command() {
    // What follows a bare LF is a line of its own, and none of a reply.
    for (path, class) in [
        ("<a@b>\\nDATA", ErrorClass::Protocol),
        ("", ErrorClass::Permanent),
        ("<>", ErrorClass::Permanent),
        ("<a@b> <c@d>", ErrorClass::Permanent),
        ("<a@b\\rRSET>", ErrorClass::Permanent),
        ("<a@b\\x00>", ErrorClass::Permanent),
        ("<a@b> SIZE=1>", ErrorClass::Permanent),
    ] {
        let lines = opening(&[])
            + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\n"
            + &format!("S: 551 try {path}\n");
        let (mut stack, transcript, _) = client(Script::parse(&lines).unwrap());
        stack.connect().unwrap();
        let error = send(&mut stack, &hi(&["bob@y.example"])).unwrap_err();
        assert_eq!(error.class(), class, "{path}: {error}");
        let sent = String::from_utf8(transcript.sent()).unwrap();
        assert!(sent.ends_with("\r\nRCPT TO:<bob@y.example>\r\n"), "{path}: {sent}");
    }
}

// 5
#[test]
fn ten_thousand_recipients_sent_in_circles_are_followed_once_each() {
    let (first, second) = ("551 try <carol@y.example>\r\n", "551 try <bob@y.example>\r\n");
    let mut script = Script::new().send("220 a\r\n").expect_like("EHLO *").reply("250 a\r\n");
    script = script.expect_like("MAIL *").reply("250 ok\r\n");
    for _ in 0..10_000 {
        script = script.expect_like("RCPT TO:<bob*").reply(first);
    }
    script = script.expect("RCPT TO:<carol@y.example>\r\n").reply(second);
    let (mut stack, transcript, _) = client(script);
    stack.connect().unwrap();
    let names = (0..10_000).map(|n| format!("bob{n}@y.example")).collect::<Vec<_>>();
    let names = names.iter().map(String::as_str).collect::<Vec<_>>();
    let error = send(&mut stack, &hi(&names)).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent, "{error:?}");
    assert_eq!(refused(cause(&error).rejected()), [("carol@y.example".to_owned(), 551)]);
    transcript.finished().unwrap();
}

/// What connecting to an endless peer comes to: the class, and how many octets it took.
fn endless(octet: fn(u64) -> u8) -> (ErrorClass, u64) {
    let source = Source::new(octet);
    let given = source.given();
    let mut stack =
        CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(source).build().unwrap();
    stack.set("local_mail_domain", "client.example").unwrap();
    let error = stack.connect().unwrap_err();
    assert!(error.sentence().len() < 400, "{}", error.sentence().len());
    let held = stack.modules().map(comms_core::CommsModule::pending).sum::<usize>();
    assert_eq!(held, 0, "nothing of it is kept");
    (error.class(), given.load(Ordering::Relaxed))
}

// 14
#[test]
fn replies_without_end_are_refused_after_a_few_octets_of_them() {
    for octet in [
        // A line without end, of any kind.
        (|_| b'2') as fn(u64) -> u8,
        |_| b'\r',
        |_| 0,
        |at| if at < 4 { b"220-"[usize::try_from(at).unwrap()] } else { b'x' },
        // Lines without end, empty and long.
        |_| b'\n',
        |at| b"220-x\r\n"[usize::try_from(at % 7).unwrap()],
        |at| match at % 4000 {
            at @ 0..4 => b"220-"[usize::try_from(at).unwrap()],
            3999 => b'\n',
            _ => b'x',
        },
    ] {
        let (class, given) = endless(octet);
        assert_eq!(class, ErrorClass::Protocol);
        assert!(given <= 64 * 1024, "{given}");
    }
}

// 14
#[test]
fn an_ehlo_of_a_hundred_thousand_lines_is_refused_early() {
    let (class, given) = endless(|at| match at {
        0..7 => b"220 a\r\n"[usize::try_from(at).unwrap()],
        _ => b"250-X-EXTENSION-AFTER-EXTENSION\r\n"[usize::try_from((at - 7) % 33).unwrap()],
    });
    assert_eq!(class, ErrorClass::Protocol);
    assert!(given <= 64 * 1024, "{given}");
}

// 15
#[test]
fn each_odd_reply_has_one_result() {
    for (reply, result) in [
        ("S: 250-a\nS: 550 b", Err(ErrorClass::Protocol)),
        ("S: 25", Err(ErrorClass::Protocol)),
        ("S: 250", Ok("")),
        ("S: 2500 x", Err(ErrorClass::Protocol)),
        ("S: 250\\tx", Err(ErrorClass::Protocol)),
        ("S: 150 x", Err(ErrorClass::Protocol)),
        ("S: 650 x", Err(ErrorClass::Protocol)),
        ("S: 000 x", Err(ErrorClass::Protocol)),
        ("S: 250 caf\\xe9", Ok("caf\u{e9}")),
        ("S: 250 caf\\xc3\\xa9", Ok("caf\u{e9}")),
        ("S=: 250 lf\\n", Ok("lf")),
        ("S: 250 5.1.1 odd", Ok("5.1.1 odd")),
        ("S:", Err(ErrorClass::Protocol)),
        ("S:  250 x", Err(ErrorClass::Protocol)),
        ("S=: 250-a\\n\nS: 250 b", Ok("a b")),
    ] {
        play_connected(&(opening(&[]) + "C: NOOP\n" + reply), |stack| {
            let found = stack.noop().map_err(|error| error.class());
            assert_eq!(found.as_deref(), result.as_ref().map(|text| *text), "{reply}");
        });
    }
}

// 16
#[test]
fn a_reply_cannot_colour_a_terminal_or_forge_a_line_of_a_log() {
    let evil = "S: 550 \\x1b[2Jgone\\rS: 250 ok\\x00\\xc2\\x9b\\xe2\\x80\\xae\\x07";
    let dialogue = opening(&[]) + "C: MAIL FROM:<ann@x.example>\n" + evil;
    play_connected(&dialogue, |stack| {
        let error = send(stack, &hi(&["bob@y.example"])).unwrap_err();
        let all = format!("{} {error:?} {error}", error.sentence());
        let harmful = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!all.contains(harmful), "{all:?}");
        assert!(all.contains("\\u{1b}[2Jgone\\rS: 250 ok"), "{all}");
    });
}

// 11
#[test]
fn blind_copies_of_a_raw_message_are_never_sent() {
    let content = "To: bob@y.example\nbCC : eve@z.example,\n eve2@z.example\nA: b\n\nBcc: body\n";
    let dialogue = opening(&[])
        + "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<eve@z.example>\nS: 250 ok\n\
           C: DATA\nS: 354 go\nC: To: bob@y.example\nC: A: b\nC:\nC: Bcc: body\nC: .\nS: 250 ok\n";
    play_connected(&dialogue, |stack| {
        send(stack, &raw(content, &["eve@z.example"])).unwrap();
    });
}

// 17
#[test]
fn an_early_421_is_the_error_of_the_next_command() {
    let lines = opening(&[]) + "S: 421 idle too long\nC: MAIL FROM:<ann@x.example>\n";
    let (mut stack, _, _) = client(Script::parse(&lines).unwrap());
    stack.connect().unwrap();
    let error = send(&mut stack, &hi(&["bob@y.example"])).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Connection);
}

// 29
#[test]
fn nothing_that_happens_after_the_final_yes_makes_it_a_no() {
    for end in ["S: 421 bye", "S: 550 no", "S: junk", "close", "reset", "stall"] {
        let dialogue = opening(&["PIPELINING"])
            + "C: MAIL FROM:<ann@x.example>\nC: RCPT TO:<bob@y.example>\nC: DATA\n\
               S: 250 ok\nS: 250 ok\nS: 354 go\nC: Subject: x\nC:\nC: Hi\nC: .\nS: 250 ok\n\
               C: QUIT\n"
            + end;
        let (mut stack, _, _) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        send(&mut stack, &hi(&["bob@y.example"])).unwrap();
        stack.disconnect().unwrap();
        assert!(!stack.is_connected(), "{end}");
    }
}
