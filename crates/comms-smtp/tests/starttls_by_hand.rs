//! TLS that is started by hand, in the middle of a session.

#![cfg(test)]

mod secure;

use comms_core::{CommsStack, ErrorClass, Secret, Value};
use comms_smtp::{Credentials, Misplaced, ReversePath, Smtp, SmtpError, SmtpStack};
use comms_testkit::Script;
use comms_util::Util;

use crate::secure::{HANDSHAKE, Tls, client};

const OFFER: &str = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250-SIZE 9\nS: 250 STARTTLS\n";
const GO: &str = "C: STARTTLS\nS: 220 go\n";
const AFTER: &str = "C: EHLO c\nS: 250-b\nS: 250 AUTH PLAIN\n";

/// Has a client that starts no TLS by itself talk by `dialogue`, to its end.
fn play(dialogue: &str, tls: Tls, talk: impl FnOnce(&mut CommsStack)) -> String {
    let (mut stack, transcript) = client(Smtp::new(), tls, Script::parse(dialogue).unwrap());
    stack.set("Smtp.tls", "none").unwrap();
    stack.connect().unwrap();
    talk(&mut stack);
    transcript.finished().unwrap();
    String::from_utf8(transcript.sent()).unwrap()
}

fn ann() -> ReversePath {
    "ann@x.example".parse().unwrap()
}

#[test]
fn what_was_said_before_tls_is_not_believed_after_it() {
    let sent = play(&format!("{OFFER}{GO}{HANDSHAKE}{AFTER}"), Tls::default(), |stack| {
        let mut session = stack.smtp().unwrap();
        assert_eq!(session.extensions().size_limit(), Some(9));
        assert_eq!(session.starttls().unwrap(), ["b", "AUTH PLAIN"]);
        assert_eq!(session.extensions().size_limit(), None);
        assert_eq!(session.helo_response(), ["b", "AUTH PLAIN"]);
        assert_eq!(stack.get("remote_mail_domain").unwrap().value, Some("b".into()));
        assert_eq!(stack.get("Tls.active").unwrap().value, Some(Value::Bool(true)));
    });
    assert_eq!(sent, "EHLO c\r\nSTARTTLS\r\n\x16helloEHLO c\r\n");
}

#[test]
fn who_we_are_can_be_shown_once_tls_was_started() {
    let dialogue = format!("{OFFER}{GO}{HANDSHAKE}{AFTER}C: AUTH PLAIN AGFubgB4\nS: 235 welcome\n");
    let smtp = Smtp::new().with_credentials(Credentials::password("ann", Secret::new("x")));
    let (mut stack, transcript) = client(smtp, Tls::default(), Script::parse(&dialogue).unwrap());
    stack.set("Smtp.tls", "none").unwrap();
    // Without a name nobody authenticates while connecting.
    stack.set("Smtp.user", "").unwrap();
    stack.connect().unwrap();
    stack.set("Smtp.user", "ann").unwrap();
    let mut session = stack.smtp().unwrap();
    session.auth().unwrap_err();
    session.starttls().unwrap();
    session.auth().unwrap();
    transcript.finished().unwrap();
}

#[test]
fn tls_is_started_once_and_where_it_is_offered_and_known() {
    let again = format!("{OFFER}{GO}{HANDSHAKE}{AFTER}C: NOOP\nS: 250 ok\n");
    play(&again, Tls::default(), |stack| {
        let mut session = stack.smtp().unwrap();
        session.starttls().unwrap();
        let error = session.starttls().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage);
        let why = Misplaced::Secure;
        assert!(
            matches!(error.cause(), Some(SmtpError::OutOfOrder { why: found, .. }) if *found == why)
        );
        assert!(error.to_string().ends_with("over a channel that is secure already"), "{error}");
        session.noop().unwrap();
    });
    let bare = "S: 220 a\nC: EHLO c\nS: 250 a\nC: NOOP\nS: 250 ok\n";
    play(bare, Tls::default(), |stack| {
        let mut session = stack.smtp().unwrap();
        let error = session.starttls().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Authentication);
        assert!(matches!(error.cause(), Some(SmtpError::TlsNotOffered)), "{error}");
        session.noop().unwrap();
    });
    let script = Script::parse(OFFER).unwrap();
    let stack = CommsStack::builder().layer(Smtp::new()).layer(Util::new()).layer(script);
    let mut stack = stack.build().unwrap();
    stack.set("local_mail_domain", "c").unwrap();
    stack.connect().unwrap();
    let error = stack.smtp().unwrap().starttls().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert!(matches!(error.cause(), Some(SmtpError::NoTlsLayer)), "{error}");
}

#[test]
fn a_server_that_declines_goes_on_in_clear_and_nothing_is_authenticated_there() {
    for refusal in ["454 not now", "502 what?"] {
        let dialogue = format!("{OFFER}C: STARTTLS\nS: {refusal}\nC: NOOP\nS: 250 ok\n");
        play(&dialogue, Tls::default(), |stack| {
            stack.set("allow_plaintext_auth", true).unwrap();
            stack.set("user", "ann").unwrap();
            stack.set("password", "x").unwrap();
            let mut session = stack.smtp().unwrap();
            let error = session.starttls().unwrap_err();
            assert_eq!(error.class(), ErrorClass::Authentication);
            assert!(error.to_string().ends_with(refusal), "{error}");
            let error = session.auth().unwrap_err();
            assert!(matches!(error.cause(), Some(SmtpError::ClearAfterRefusal)), "{error}");
            session.noop().unwrap();
        });
    }
}

#[test]
fn a_handshake_that_fails_or_a_reply_that_makes_no_sense_ends_the_session() {
    for (dialogue, tls, class) in [
        (
            format!("{OFFER}{GO}"),
            Tls::failing(ErrorClass::Authentication),
            ErrorClass::Authentication,
        ),
        (format!("{OFFER}{GO}"), Tls::failing(ErrorClass::Permanent), ErrorClass::Authentication),
        (format!("{OFFER}C: STARTTLS\nS: 250 ok\n"), Tls::default(), ErrorClass::Protocol),
        (format!("{OFFER}C: STARTTLS\nS: 421 bye\n"), Tls::default(), ErrorClass::Transient),
        (format!("{OFFER}C: STARTTLS\nclose\n"), Tls::default(), ErrorClass::Connection),
        // What is glued behind the agreement is an injection.
        (
            format!("{OFFER}C: STARTTLS\nS=: 220 go\\r\\n250 evil\\r\\n\n"),
            Tls::default(),
            ErrorClass::Protocol,
        ),
    ] {
        let (mut stack, transcript) = client(Smtp::new(), tls, Script::parse(&dialogue).unwrap());
        stack.set("Smtp.tls", "none").unwrap();
        stack.connect().unwrap();
        let error = stack.smtp().unwrap().starttls().unwrap_err();
        assert_eq!(error.class(), class, "{dialogue}: {}", error.sentence());
        assert!(!stack.is_connected(), "{dialogue}");
        let _ = stack.disconnect();
        assert!(transcript.sent().ends_with(b"\r\nSTARTTLS\r\n"), "{dialogue}");
    }
}

#[test]
fn what_a_message_left_unfinished_is_ended_before_tls() {
    let left = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RSET\nS: 250 ok\n";
    let dialogue = format!("{OFFER}{left}{GO}{HANDSHAKE}{AFTER}");
    play(&dialogue, Tls::default(), |stack| {
        let mut session = stack.smtp().unwrap();
        session.mail(ann()).unwrap();
        // Given up by a series of no messages.
        let none: [comms_smtp::SmtpMessage; 0] = [];
        session.send_all(none).unwrap();
        session.starttls().unwrap();
    });
}
