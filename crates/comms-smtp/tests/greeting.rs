//! How a session begins and ends.

#![cfg(test)]

mod common;

use comms_core::{ErrorClass, Value};
use comms_smtp::SmtpStack;
use comms_testkit::Script;

use crate::common::{client, play, play_connected, shape};

#[test]
fn a_session_is_a_greeting_each_way_and_a_goodbye() {
    let dialogue = "
        S: 220-mail.example ESMTP
        S: 220 be nice
        C: EHLO client.example
        S: 250-mail.example greets client.example
        S: 250-size 1000
        S: 250 PIPELINING
        C: QUIT
        S: 221 bye";
    play_connected(dialogue, |stack| {
        let session = stack.smtp().unwrap();
        assert_eq!(session.extensions().size_limit(), Some(1000));
        assert!(session.extensions().offers("PIPELINING"));
        assert_eq!(session.helo_response().len(), 3);
        let name = stack.get("remote_mail_domain").unwrap().value;
        assert_eq!(name, Some(Value::Text("mail.example".to_owned())));
        stack.disconnect().unwrap();
        assert_eq!(stack.get("remote_mail_domain").unwrap().value, None);
        assert!(!stack.smtp().unwrap().extensions().offers("PIPELINING"));
        stack.disconnect().unwrap();
    });
}

#[test]
fn a_server_that_does_not_know_ehlo_is_greeted_with_helo() {
    for code in [500, 502] {
        let dialogue = format!(
            "S: 220 old.example
             C: EHLO client.example
             S: {code} what?
             C: HELO client.example
             S: 250-old.example
             S: 250 PIPELINING"
        );
        play_connected(&dialogue, |stack| {
            let session = stack.smtp().unwrap();
            assert_eq!(session.extensions().server(), Some("old.example"));
            assert!(!session.extensions().offers("PIPELINING"), "HELO offers nothing");
        });
    }
}

#[test]
fn a_server_that_refuses_ehlo_for_another_reason_is_not_asked_again_with_helo() {
    for (code, class) in [
        (550, ErrorClass::Permanent),
        (554, ErrorClass::Permanent),
        (501, ErrorClass::Permanent),
        (504, ErrorClass::Permanent),
        (450, ErrorClass::Transient),
        (421, ErrorClass::Transient),
        (354, ErrorClass::Protocol),
    ] {
        let goodbye = if class == ErrorClass::Protocol || code == 421 { "" } else { GOODBYE };
        let dialogue = format!("S: 220 a\nC: EHLO client.example\nS: {code} no\n{goodbye}");
        let error = play(&dialogue, |stack| {
            let error = stack.connect().unwrap_err();
            assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Script)");
            error
        });
        assert_eq!(error.class(), class, "{code}");
        assert!(error.to_string().contains(&format!("{code} no")), "{error}");
    }
}

#[test]
fn a_refused_helo_is_the_error() {
    let dialogue = "S: 220 a\nC: EHLO client.example\nS: 500 what?\n\
                    C: HELO client.example\nS: 550 go away\n";
    let error = play(&(dialogue.to_owned() + GOODBYE), |stack| stack.connect().unwrap_err());
    let words = "Smtp: HELO client.example was refused: 550 go away";
    assert_eq!(shape(&error), (ErrorClass::Permanent, words.to_owned()));
}

#[test]
fn after_any_greeting_but_220_nothing_is_said() {
    for (greeting, class, words) in [
        ("554 no mail here", ErrorClass::Permanent, "the connection was refused: 554 no mail here"),
        ("421 too busy", ErrorClass::Transient, "the connection was refused: 421 too busy"),
        ("450 later", ErrorClass::Transient, "the connection was refused: 450 later"),
        (
            "250 ok",
            ErrorClass::Protocol,
            "the server answered the connection with 250 ok, which makes no sense there",
        ),
        ("SSH-2.0-OpenSSH_9.6", ErrorClass::Protocol, "the reply to the connection is none"),
        ("HTTP/1.1 400 Bad Request", ErrorClass::Protocol, "the reply to the connection is none"),
        ("\\x16\\x03\\x01\\x02", ErrorClass::Protocol, "the reply to the connection is none"),
        ("", ErrorClass::Protocol, "the reply to the connection is none"),
    ] {
        let (mut stack, transcript, _) = client(Script::parse(&format!("S: {greeting}")).unwrap());
        let error = stack.connect().unwrap_err();
        assert_eq!(shape(&error), (class, format!("Smtp: {words}")));
        assert_eq!(transcript.sent(), b"");
        assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Script)");
    }
}

#[test]
fn a_failed_connect_leaves_nothing_open_and_the_next_one_begins_anew() {
    let dialogue = "
        S: 421 too busy
        connect
        refuse
        connect
        S: 220 a
        C: EHLO client.example
        S: 250 a";
    play(dialogue, |stack| {
        assert_eq!(stack.connect().unwrap_err().class(), ErrorClass::Transient);
        let refused = stack.connect().unwrap_err();
        assert_eq!((refused.layer(), refused.class()), ("Script", ErrorClass::Connection));
        stack.connect().unwrap();
        assert!(stack.is_connected());
    });
}

#[test]
fn a_failed_connect_does_not_wait_minutes_for_the_reply_to_its_goodbye() {
    let dialogue = "S: 220 a\nC: EHLO client.example\nS: 550 no\nC: QUIT\nstall";
    let (mut stack, _, clock) = client(Script::parse(dialogue).unwrap());
    let error = stack.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert_eq!(clock.elapsed().as_secs(), 5);
}

#[test]
fn a_goodbye_that_is_refused_or_not_answered_is_no_error() {
    for goodbye in ["S: 500 what?", "S: 421 bye", "S: junk", "close", "reset", "stall", "S=: 22"] {
        let dialogue = format!("S: 220 a\nC: EHLO client.example\nS: 250 a\nC: QUIT\n{goodbye}");
        let (mut stack, transcript, clock) = client(Script::parse(&dialogue).unwrap());
        stack.connect().unwrap();
        stack.disconnect().unwrap();
        assert!(!stack.is_connected(), "{goodbye}");
        assert!(transcript.sent().ends_with(b"QUIT\r\n"), "{goodbye}");
        assert!(clock.elapsed().as_secs() <= 5, "{goodbye}");
    }
}

#[test]
fn a_session_that_has_ended_is_not_told_goodbye() {
    let dialogue = "S: 220 a\nC: EHLO client.example\nS: 250 a\nC: NOOP\nS: 421 closing";
    play_connected(dialogue, |stack| {
        assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Transient);
        let over = stack.noop().unwrap_err();
        assert_eq!(over.class(), ErrorClass::Connection);
        assert!(over.to_string().contains("an earlier error ended the session"), "{over}");
        stack.disconnect().unwrap();
    });
}

#[test]
fn without_a_name_of_our_own_we_greet_with_the_hosts_full_name_or_an_address() {
    let script = Script::new().send("220 a\r\n").expect_like("EHLO *").reply("250 a\r\n");
    let (mut stack, transcript, _) = client(script);
    stack.set("local_mail_domain", Value::Nothing).unwrap();
    stack.connect().unwrap();
    let host = gethostname::gethostname();
    let full = host.to_str().filter(|name| name.contains('.')).unwrap_or("[127.0.0.1]");
    assert_eq!(transcript.sent(), format!("EHLO {full}\r\n").as_bytes());
}

#[test]
fn a_name_that_is_none_is_never_said() {
    for name in ["a\r\nMAIL FROM:<x@y>", "a b", "", "[x]", "ümlaut.example", "a\0", "a>b"] {
        let dialogue = format!("S: 220 a\n{GOODBYE}");
        let error = play(&dialogue, |stack| {
            stack.set("local_mail_domain", name).unwrap();
            stack.connect().unwrap_err()
        });
        assert_eq!(error.class(), ErrorClass::Usage, "{name:?}");
        assert!(error.to_string().contains("local_mail_domain"), "{error}");
    }
}

#[test]
fn the_name_cannot_be_changed_while_connected() {
    play_connected("S: 220 a\nC: EHLO client.example\nS: 250 a", |stack| {
        let error = stack.set("local_mail_domain", "other.example").unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage);
    });
}

const GOODBYE: &str = "C: QUIT\nS: 221 bye\n";
