//! TLS within a session: when it is started, and what is believed and said around it.

#![cfg(test)]

mod secure;

use comms_core::{CommsStack, Error, ErrorClass, Secret, StackError, Value};
use comms_smtp::{Credentials, Smtp, SmtpError, SmtpStack};
use comms_testkit::{Delivery, Script};
use comms_util::Util;

use crate::secure::{HANDSHAKE, Tls, Watcher, client};

const OFFER: &str = "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250-AUTH PLAIN\nS: 250 STARTTLS\n";

/// Connects by `dialogue` under a policy; gives what came of it, and what the client said.
fn connect(dialogue: &str, policy: &str, tls: Tls) -> (Result<(), Error>, String, CommsStack) {
    connect_as(Smtp::new(), dialogue, policy, tls)
}

fn connect_as(
    smtp: Smtp,
    dialogue: &str,
    policy: &str,
    tls: Tls,
) -> (Result<(), Error>, String, CommsStack) {
    let (mut stack, transcript) = client(smtp, tls, Script::parse(dialogue).unwrap());
    stack.set("Smtp.tls", policy).unwrap();
    let outcome = stack.connect();
    let sent = String::from_utf8(transcript.sent()).unwrap();
    if outcome.is_ok() {
        transcript.finished().unwrap();
    }
    (outcome, sent, stack)
}

#[test]
fn what_was_said_before_tls_is_not_believed() {
    let after = "C: EHLO c\nS: 250-b\nS: 250 SIZE 5";
    for policy in ["opportunistic", "required"] {
        let dialogue = format!("{OFFER}C: STARTTLS\nS: 220 go\n{HANDSHAKE}{after}");
        let (outcome, sent, mut stack) = connect(&dialogue, policy, Tls::default());
        outcome.unwrap();
        assert_eq!(sent, "EHLO c\r\nSTARTTLS\r\n\x16helloEHLO c\r\n");
        let extensions = stack.smtp().unwrap().extensions();
        assert_eq!((extensions.server(), extensions.size_limit()), (Some("b"), Some(5)));
        assert!(!extensions.offers("AUTH") && !extensions.offers("STARTTLS"));
    }
}

#[test]
fn an_auth_that_was_offered_before_tls_alone_is_not_used() {
    let dialogue =
        format!("{OFFER}C: STARTTLS\nS: 220 go\n{HANDSHAKE}C: EHLO c\nS: 250 a\nC: QUIT\nS: 221 a");
    let smtp = Smtp::new().with_credentials(Credentials::password("ann", Secret::new("x")));
    let (outcome, _, _) = connect_as(smtp, &dialogue, "opportunistic", Tls::default());
    let error = outcome.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Authentication);
    assert!(error.to_string().contains("the server does not offer AUTH here"), "{error}");
}

#[test]
fn tls_from_the_first_octet_is_not_started_again() {
    for policy in ["opportunistic", "required", "none"] {
        let (outcome, sent, _) = connect(OFFER, policy, Tls::implicit());
        outcome.unwrap();
        assert_eq!(sent, "EHLO c\r\n");
    }
}

#[test]
fn without_an_offer_or_the_wish_the_session_goes_on_in_clear() {
    let bare = "S: 220 a\nC: EHLO c\nS: 250 a";
    for (dialogue, policy) in [(bare, "opportunistic"), (bare, "none"), (OFFER, "none")] {
        let (outcome, sent, _) = connect(dialogue, policy, Tls::default());
        outcome.unwrap();
        assert_eq!(sent, "EHLO c\r\n");
    }
}

#[test]
fn where_tls_is_required_nothing_is_said_after_its_failure() {
    let ask = format!("{OFFER}C: STARTTLS\n");
    let asked = "EHLO c\r\nSTARTTLS\r\n";
    for (dialogue, said, class, words) in [
        (
            "S: 220 a\nC: EHLO c\nS: 250 a".to_owned(),
            "EHLO c\r\n",
            ErrorClass::Authentication,
            "TLS is required, and the server does not offer STARTTLS",
        ),
        (
            "S: 220 a\nC: EHLO c\nS: 502 what?\nC: HELO c\nS: 250-a\nS: 250 STARTTLS".to_owned(),
            "EHLO c\r\nHELO c\r\n",
            ErrorClass::Authentication,
            "TLS is required, and the server does not offer STARTTLS",
        ),
        (
            format!("{ask}S: 454 not now"),
            asked,
            ErrorClass::Authentication,
            "TLS is required, and the server refused STARTTLS: 454 not now",
        ),
        (
            format!("{ask}S: 502 what?"),
            asked,
            ErrorClass::Authentication,
            "TLS is required, and the server refused STARTTLS: 502 what?",
        ),
        (format!("{ask}S: 250 ok"), asked, ErrorClass::Protocol, "answered STARTTLS with 250 ok"),
        (format!("{ask}S: 354 go"), asked, ErrorClass::Protocol, "answered STARTTLS with 354 go"),
        (format!("{ask}S: 421 bye"), asked, ErrorClass::Transient, "STARTTLS was refused: 421"),
        (format!("{ask}S: junk"), asked, ErrorClass::Protocol, "the reply to STARTTLS is none"),
        (format!("{ask}close"), asked, ErrorClass::Connection, "no reply to STARTTLS"),
        ("S: junk".to_owned(), "", ErrorClass::Protocol, "the reply to the connection is none"),
    ] {
        let (outcome, sent, stack) = connect(&dialogue, "required", Tls::default());
        let error = outcome.unwrap_err();
        assert_eq!(error.class(), class, "{dialogue}: {}", error.sentence());
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(sent, said, "{dialogue}");
        assert!(!stack.is_connected());
    }
}

#[test]
fn a_refused_starttls_is_warned_of_and_nothing_is_authenticated_after_it() {
    for refusal in ["454 not now", "502 what?", "500 what?", "554 no"] {
        let plain = format!("{OFFER}C: STARTTLS\nS: {refusal}\n");
        let script = Script::parse(&plain).unwrap();
        let (mut stack, transcript) = client(Smtp::new(), Tls::default(), script);
        let watcher = Watcher::of(&mut stack);
        stack.connect().unwrap();
        transcript.finished().unwrap();
        let warning = format!("refused STARTTLS, going on in clear: {refusal}");
        assert!(
            watcher.seen().lines().any(|line| line.contains(&warning) && line.contains("Warn"))
        );

        let smtp = Smtp::new().with_credentials(Credentials::password("ann", Secret::new("x")));
        let script = Script::parse(&format!("{plain}C: QUIT\nS: 221 a")).unwrap();
        let (mut stack, transcript) = client(smtp, Tls::default(), script);
        stack.set("allow_plaintext_auth", true).unwrap();
        let error = stack.connect().unwrap_err();
        assert_eq!(error.class(), ErrorClass::Authentication);
        assert!(matches!(error.cause(), Some(SmtpError::ClearAfterRefusal)), "{error}");
        assert!(!String::from_utf8(transcript.sent()).unwrap().contains("AUTH"));
    }
}

#[test]
fn a_handshake_that_fails_ends_the_session_under_every_policy() {
    for (class, seen) in [
        (ErrorClass::Authentication, ErrorClass::Authentication),
        (ErrorClass::Connection, ErrorClass::Connection),
        (ErrorClass::Timeout, ErrorClass::Timeout),
        (ErrorClass::Protocol, ErrorClass::Protocol),
        // A plain "no" leaves the layers below open, but the server waits for TLS.
        (ErrorClass::Usage, ErrorClass::Authentication),
        (ErrorClass::Permanent, ErrorClass::Authentication),
    ] {
        for policy in ["opportunistic", "required"] {
            let dialogue = format!("{OFFER}C: STARTTLS\nS: 220 go");
            let (outcome, sent, stack) = connect(&dialogue, policy, Tls::failing(class));
            let error = outcome.unwrap_err();
            assert_eq!((error.class(), error.layer()), (seen, "Tls"), "{}", error.sentence());
            assert_eq!(
                error.sentence(),
                "Smtp: TLS could not be started: Tls: the certificate is for other.example"
            );
            assert_eq!(sent, "EHLO c\r\nSTARTTLS\r\n");
            assert!(!stack.is_connected());
        }
    }
}

#[test]
fn what_is_glued_behind_the_agreement_is_an_injection_wherever_it_is_split() {
    for glued in ["250-evil\\r\\n250 AUTH PLAIN\\r\\n", "250 evil\\r\\n", "250-evil", "\\n", "2"] {
        let dialogue = format!("{OFFER}C: STARTTLS\nS=: 220 go\\r\\n{glued}\n{HANDSHAKE}");
        let deliveries = (0..100).map(Delivery::Seeded);
        let whole = [Delivery::Whole, Delivery::PerLine, Delivery::PerOctet];
        for delivery in whole.into_iter().chain(deliveries) {
            let script = Script::parse(&dialogue).unwrap().delivery(delivery);
            let smtp = Smtp::new().with_credentials(Credentials::password("ann", Secret::new("x")));
            let (mut stack, transcript) = client(smtp, Tls::default(), script);
            let error = stack.connect().unwrap_err();
            assert_eq!(error.class(), ErrorClass::Protocol, "{delivery}: {}", error.sentence());
            let sent = String::from_utf8(transcript.sent()).unwrap();
            let greeted = sent.matches("EHLO").count();
            assert_eq!((greeted, sent.contains("AUTH")), (1, false), "{delivery}");
            assert!(!stack.is_connected());
            if delivery == Delivery::Whole {
                assert!(matches!(error.cause(), Some(StackError::Injected { .. })), "{error:?}");
                assert!(error.sentence().contains("may be injecting"), "{}", error.sentence());
                assert_eq!(sent, "EHLO c\r\nSTARTTLS\r\n");
            }
        }
    }
}

#[test]
fn without_a_layer_for_it_tls_is_an_error_only_where_it_is_required() {
    for (policy, fine) in [("opportunistic", true), ("none", true), ("required", false)] {
        let script = Script::parse(OFFER).unwrap();
        let transcript = script.transcript();
        let mut stack = CommsStack::builder()
            .layer(Smtp::new())
            .layer(Util::new())
            .layer(script)
            .build()
            .unwrap();
        stack.set("local_mail_domain", "c").unwrap();
        stack.set("tls", policy).unwrap();
        let outcome = stack.connect();
        assert_eq!(transcript.sent(), b"EHLO c\r\n");
        assert_eq!(outcome.is_ok(), fine);
        if let Err(error) = outcome {
            assert_eq!(error.class(), ErrorClass::Usage);
            assert!(error.to_string().contains("put Tls between Util and Tcp"), "{error}");
        }
    }
}

#[test]
fn the_next_session_starts_tls_again() {
    let session = format!(
        "{OFFER}C: STARTTLS\nS: 220 go\n{HANDSHAKE}C: EHLO c\nS: 250 a\nC: QUIT\nS: 221 a\n"
    );
    let dialogue = format!("{session}connect\n{session}");
    let script = Script::parse(&dialogue).unwrap();
    let (mut stack, transcript) = client(Smtp::new(), Tls::default(), script);
    for _ in 0..2 {
        stack.connect().unwrap();
        assert_eq!(stack.get("Tls.active").unwrap().value, Some(Value::Bool(true)));
        stack.disconnect().unwrap();
    }
    transcript.finished().unwrap();
}
