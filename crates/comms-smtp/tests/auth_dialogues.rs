//! Whole dialogues by which a client shows who it is.

#![cfg(test)]

mod secure;

use comms_core::{CommsStack, Error, ErrorClass, Secret, Value};
use comms_smtp::{
    Credentials, Mechanism, MechanismError, Response, SkipReason, Smtp, SmtpError, SmtpMessage,
    SmtpStack,
};
use comms_testkit::{Delivery, Script, Transcript};

use crate::secure::{Tls, Watcher, client};

fn ann() -> Credentials {
    Credentials::password("tim", Secret::new("tanstaaftanstaaf"))
}

/// A dialogue in which the server offers these mechanisms.
fn offering(mechanisms: &str, rest: &str) -> String {
    format!("S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 AUTH {mechanisms}\n{rest}")
}

fn stack(credentials: Credentials, tls: Tls, dialogue: &str) -> (CommsStack, Transcript) {
    let smtp = Smtp::new().with_credentials(credentials);
    client(smtp, tls, Script::parse(dialogue).unwrap())
}

/// Plays a dialogue to its end over a secure channel.
fn play(credentials: Credentials, dialogue: &str) -> Result<(), Error> {
    let (mut stack, transcript) = stack(credentials, Tls::implicit(), dialogue);
    let outcome = stack.connect();
    assert_eq!(transcript.finished().map_err(|error| error.to_string()), Ok(()), "{outcome:?}");
    outcome
}

#[test]
fn each_mechanism_has_its_dialogue() {
    let token = || Credentials::token("someuser@example.com", Secret::new("ya29.vF9"));
    for (credentials, mechanisms, rest) in [
        (ann(), "PLAIN LOGIN", "C: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm"),
        (
            ann().with_authzid("Ursel"),
            "PLAIN LOGIN",
            "C: AUTH PLAIN VXJzZWwAdGltAHRhbnN0YWFmdGFuc3RhYWY=",
        ),
        (
            ann(),
            "LOGIN",
            "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: dGlt\nS: 334 UGFzc3dvcmQ6\n\
             C: dGFuc3RhYWZ0YW5zdGFhZg==",
        ),
        (
            ann(),
            "PLAIN CRAM-MD5",
            "C: AUTH CRAM-MD5\n\
             S: 334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\n\
             C: dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw",
        ),
        (
            token(),
            "PLAIN XOAUTH2",
            "C: AUTH XOAUTH2 dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOQEB",
        ),
        (
            token(),
            "XOAUTH2 OAUTHBEARER",
            "C: AUTH OAUTHBEARER bixhPXNvbWV1c2VyQGV4YW1wbGUuY29tLAFhdXRoPUJlYXJlciB5YTI5LnZGOQEB",
        ),
        (Credentials::external(), "PLAIN EXTERNAL", "C: AUTH EXTERNAL ="),
        (Credentials::external().with_authzid("ann"), "EXTERNAL", "C: AUTH EXTERNAL YW5u"),
    ] {
        let dialogue = offering(mechanisms, &format!("{rest}\nS: 235 2.7.0 welcome"));
        play(credentials, &dialogue).unwrap();
    }
}

#[test]
fn who_we_are_can_be_set_by_name_and_shown_later() {
    let dialogue = offering("PLAIN", "C: AUTH PLAIN AGFubgBwZW5jaWw=\nS: 235 welcome");
    let script = Script::parse(&dialogue).unwrap();
    let (mut stack, transcript) = client(Smtp::new(), Tls::implicit(), script);
    stack.connect().unwrap();
    stack.set("user", "ann").unwrap();
    stack.set("password", "pencil").unwrap();
    assert_eq!(stack.get("password").unwrap().value.unwrap().to_string(), "<secret>");
    stack.smtp().unwrap().auth().unwrap();
    transcript.finished().unwrap();
    let again = stack.invoke("auth", &[]).unwrap_err();
    assert!(matches!(again.cause(), Some(SmtpError::Authenticated)), "{again}");
}

#[test]
fn a_transaction_under_way_is_ended_before_auth() {
    let rest = "C: MAIL FROM:<ann@x.example>\nS: 250 ok\nC: RCPT TO:<bob@y.example>\nS: 550 no\n\
                C: RSET\nS: 250 ok\nC: AUTH PLAIN AGFubgBwZW5jaWw=\nS: 235 welcome";
    let script = Script::parse(&offering("PLAIN", rest)).unwrap();
    let (mut stack, transcript) = client(Smtp::new(), Tls::implicit(), script);
    stack.connect().unwrap();
    let message = SmtpMessage::builder("ann@x.example".parse().unwrap())
        .recipient("bob@y.example".parse().unwrap())
        .build()
        .unwrap();
    stack.send(&message).unwrap_err();
    stack.set("user", "ann").unwrap();
    stack.set("password", "pencil").unwrap();
    stack.smtp().unwrap().auth().unwrap();
    transcript.finished().unwrap();
}

#[test]
fn a_server_that_closes_within_an_exchange_ends_the_session() {
    for (rest, class) in [
        ("S: 421 closing", ErrorClass::Transient),
        ("S: 334 UGFzc3dvcmQ6\nC: YW5u\nS: 421 closing", ErrorClass::Transient),
        ("S: junk", ErrorClass::Protocol),
        ("S: 334-VXNl\nS: 334 cm5h\nC: *\nS: 501 ok\nC: QUIT\nS: 221 a", ErrorClass::Protocol),
    ] {
        let credentials = Credentials::password("ann", Secret::new("x"));
        let dialogue = offering("LOGIN", &format!("C: AUTH LOGIN\n{rest}"));
        let error = play(credentials, &dialogue).unwrap_err();
        assert_eq!(error.class(), class, "{}", error.sentence());
    }
}

#[test]
fn a_first_response_that_is_too_long_for_a_command_waits_for_its_turn() {
    for (length, alone) in [(369, false), (370, true), (3000, true)] {
        let credentials = Credentials::password("u", Secret::new("p".repeat(length)));
        let rest = if alone {
            "C: AUTH PLAIN\nS: 334 \nC~: AHUA*\nS: 235 welcome"
        } else {
            "C~: AUTH PLAIN AHUA*\nS: 235 welcome"
        };
        let dialogue = offering("PLAIN", rest);
        let (mut stack, transcript) = stack(credentials, Tls::implicit(), &dialogue);
        stack.connect().unwrap();
        transcript.finished().unwrap();
        let sent = String::from_utf8(transcript.sent()).unwrap();
        let command = sent.split_inclusive('\n').find(|line| line.starts_with("AUTH")).unwrap();
        assert!(command.len() <= 512, "{}", command.len());
    }
}

#[test]
fn a_refusal_is_of_its_class_and_nothing_weaker_is_tried() {
    for (reply, class) in [
        ("535 5.7.8 no", ErrorClass::Authentication),
        ("534 5.7.9 too weak", ErrorClass::Authentication),
        ("538 5.7.11 encrypt", ErrorClass::Authentication),
        ("504 5.5.4 unknown", ErrorClass::Authentication),
        ("500 5.5.6 too long", ErrorClass::Authentication),
        ("454 4.7.0 later", ErrorClass::Transient),
        ("432 4.7.12 change it", ErrorClass::Transient),
    ] {
        let rest = format!("C~: AUTH PLAIN *\nS: {reply}\nC: QUIT\nS: 221 a");
        let error = play(ann(), &offering("PLAIN LOGIN", &rest)).unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert_eq!(error.to_string(), format!("Smtp: AUTH PLAIN was refused: {reply}"));
        let code = error.cause::<SmtpError>().unwrap().reply().unwrap().code();
        assert!(reply.starts_with(&code.to_string()));
    }
    for (reply, class) in [("250 ok", ErrorClass::Protocol), ("354 go", ErrorClass::Protocol)] {
        let rest = format!("C~: AUTH PLAIN *\nS: {reply}");
        assert_eq!(play(ann(), &offering("PLAIN", &rest)).unwrap_err().class(), class);
    }
}

/// What watchers and the error of a session tell in which the server says `reply`.
fn told(credentials: Credentials, dialogue: &str, delivery: Delivery) -> String {
    let script = Script::parse(dialogue).unwrap().delivery(delivery);
    let smtp = Smtp::new().with_credentials(credentials);
    let (mut stack, _) = client(smtp, Tls::implicit(), script);
    let watcher = Watcher::of(&mut stack);
    let error = stack.connect().unwrap_err();
    watcher.seen() + &format!("{error} {error:?} {}", error.sentence())
}

#[test]
fn credentials_that_the_server_repeats_are_told_to_nobody() {
    let secret = || Secret::new("tanstaaftanstaaf");
    let password = ["tanstaaftanstaaf", "dGFuc3RhYWZ0YW5zdGFhZg=="];
    let plain = "AHRpbQB0YW5zdGFhZnRhbnN0YWFm";
    let xoauth2 = "dXNlcj10aW0BYXV0aD1CZWFyZXIgdGFuc3RhYWZ0YW5zdGFhZgEB";
    let login =
        "LOGIN\nS: 334 VXNlcm5hbWU6\nC: dGlt\nS: 334 UGFzc3dvcmQ6\nC: dGFuc3RhYWZ0YW5zdGFhZg==";
    for (mechanism, exchange, said) in [
        ("PLAIN", format!("PLAIN {plain}"), vec![plain]),
        ("LOGIN", login.to_owned(), vec![]),
        ("XOAUTH2", format!("XOAUTH2 {xoauth2}"), vec![xoauth2]),
    ] {
        for secret_octets in password.into_iter().chain(said) {
            let refusal = format!("S: 535-5.7.8 no, {secret_octets}\nS: 535 {secret_octets}");
            let none = format!("S: {secret_octets} is no reply");
            for reply in [refusal, none, format!("S: 535{secret_octets} is none either")] {
                for delivery in [Delivery::Whole, Delivery::PerOctet, Delivery::Seeded(1)] {
                    let credentials = match mechanism {
                        "XOAUTH2" => Credentials::token("tim", secret()),
                        _ => Credentials::password("tim", secret()),
                    };
                    let dialogue = offering(mechanism, &format!("C: AUTH {exchange}\n{reply}"));
                    let told = told(credentials, &dialogue, delivery);
                    let octets = format!("{:?}", secret_octets.as_bytes());
                    for form in [secret_octets, octets.trim_matches(['[', ']'])] {
                        assert!(!told.contains(form), "{mechanism}, {delivery}, {reply}: {told}");
                    }
                    assert!(told.contains("****"), "{told}");
                }
            }
        }
    }
}

#[test]
fn a_token_that_the_server_repeats_among_its_reasons_is_told_to_nobody() {
    // {"status":"401","token":"tanstaaftanstaaf"}
    let reasons = "eyJzdGF0dXMiOiI0MDEiLCJ0b2tlbiI6InRhbnN0YWFmdGFuc3RhYWYifQ==";
    let rest = format!("C~: AUTH XOAUTH2 *\nS: 334 {reasons}\nC: \nS: 535 no");
    let credentials = Credentials::token("tim", Secret::new("tanstaaftanstaaf"));
    let told = told(credentials, &offering("XOAUTH2", &rest), Delivery::Whole);
    assert!(told.contains(r#""token":"****************""#), "{told}");
    assert!(!told.contains("tanstaaf"), "{told}");
}

#[test]
fn a_server_that_asks_forever_is_left() {
    let asks = "S: 334 \nC: d29yZA==\n".repeat(16);
    let end = "S: 334 \nC: *\nS: 501 ok\nC: QUIT\nS: 221 a";
    let dialogue = offering("X-WORD", &format!("C~: AUTH X-WORD *\n{asks}{end}"));
    let (mut stack, transcript) =
        stack(Credentials::own(|| Box::new(Word)), Tls::implicit(), &dialogue);
    let error = stack.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol, "{}", error.sentence());
    transcript.finished().unwrap();
}

/// A mechanism of one's own.
#[derive(Debug)]
struct Word;

impl Mechanism for Word {
    fn name(&self) -> &'static str {
        "X-WORD"
    }

    fn respond(&mut self, _: &[u8]) -> Result<Response, MechanismError> {
        Ok(Response::new(*b"word"))
    }
}

#[test]
fn a_mechanism_of_one_s_own_goes_before_all_others_where_it_is_offered() {
    let both = || ann().with_mechanism(|| Box::new(Word));
    let own = offering("SCRAM-SHA-256 x-word", "C: AUTH X-WORD d29yZA==\nS: 235 welcome");
    play(both(), &own).unwrap();
    let other = offering("PLAIN", "C~: AUTH PLAIN *\nS: 235 welcome");
    play(both(), &other).unwrap();
    let rest = "C: QUIT\nS: 221 a";
    let clear = offering("X-WORD", rest);
    let (mut stack, _) = stack(Credentials::own(|| Box::new(Word)), Tls::default(), &clear);
    let error = stack.connect().unwrap_err();
    assert!(error.to_string().contains("X-WORD would show the secret"), "{error}");
}

#[test]
fn no_secret_is_said_in_clear_unless_that_is_allowed() {
    let token = || Credentials::token("ann", Secret::new("ya29"));
    for (credentials, mechanism) in [
        (ann as fn() -> Credentials, "PLAIN"),
        (ann, "LOGIN"),
        (token, "XOAUTH2"),
        (token, "OAUTHBEARER"),
    ] {
        let quit = offering(mechanism, "C: QUIT\nS: 221 a");
        let (mut plain, transcript) = stack(credentials(), Tls::default(), &quit);
        let error = plain.connect().unwrap_err();
        transcript.finished().unwrap();
        assert_eq!(error.class(), ErrorClass::Authentication);
        let Some(SmtpError::NoMechanism { offered, skipped, .. }) = error.cause() else {
            panic!("{error:?}")
        };
        assert_eq!(offered, &[mechanism]);
        assert_eq!(skipped[0].reason, SkipReason::InClear);
        assert!(error.to_string().contains("use TLS, or set `allow_plaintext_auth`"), "{error}");

        let fine = match mechanism {
            "LOGIN" => "C: AUTH LOGIN\nS: 334 \nC~: *\nS: 334 \nC~: *\nS: 235 a".to_owned(),
            _ => format!("C~: AUTH {mechanism} *\nS: 235 a"),
        };
        let (mut allowed, transcript) =
            stack(credentials(), Tls::default(), &offering(mechanism, &fine));
        allowed.set("allow_plaintext_auth", true).unwrap();
        allowed.connect().unwrap();
        transcript.finished().unwrap();
    }
    let cram = offering("CRAM-MD5", "C: AUTH CRAM-MD5\nS: 334 PGE+\nC~: *\nS: 235 a");
    let (mut stack, _) = stack(ann(), Tls::default(), &cram);
    stack.connect().unwrap();
}

#[test]
fn the_error_without_a_mechanism_is_a_sentence_with_what_to_change() {
    let quit = "C: QUIT\nS: 221 a";
    let said = |credentials, mechanisms| {
        let (mut stack, _) = stack(credentials, Tls::default(), &offering(mechanisms, quit));
        stack.connect().unwrap_err().to_string()
    };
    assert_eq!(
        said(ann(), "PLAIN GSSAPI XOAUTH2"),
        "Smtp: cannot authenticate: the server offers PLAIN, GSSAPI, XOAUTH2, and SCRAM-SHA-256, \
         SCRAM-SHA-1, CRAM-MD5 could be used if offered: PLAIN would show the secret to everybody on the \
         way: use TLS, or set `allow_plaintext_auth`; GSSAPI is not known here; XOAUTH2 needs a \
         `token`"
    );
    assert_eq!(
        said(ann().with_auth("SCRAM-SHA-256"), "PLAIN"),
        "Smtp: cannot authenticate: the server offers PLAIN, and SCRAM-SHA-256 could be used if offered: \
         SCRAM-SHA-256 is not offered; PLAIN is not the one that `auth` asks for"
    );
    let nothing = "S: 220 a\nC: EHLO c\nS: 250 a\nC: QUIT\nS: 221 a";
    let (mut stack, _) = stack(ann(), Tls::default(), nothing);
    let error = stack.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Authentication);
    assert!(error.to_string().contains("does not offer AUTH here: use another port"), "{error}");
}

#[test]
fn a_control_character_in_name_password_or_token_is_an_error_and_not_sent() {
    for mechanism in ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
        for (user, password) in [("a\0b", "x"), ("a", "x\0y"), ("a\r\nRSET", "x"), ("a", "x\r\n")] {
            let credentials = Credentials::password(user, Secret::new(password));
            let error = play(credentials, &offering(mechanism, "C: QUIT\nS: 221 a")).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Usage);
            assert!(error.sentence().contains("holds a control character"), "{error:?}");
        }
    }
    for mechanism in ["XOAUTH2", "OAUTHBEARER"] {
        let credentials = Credentials::token("ann", Secret::new("x\x01y"));
        let error = play(credentials, &offering(mechanism, "C: QUIT\nS: 221 a")).unwrap_err();
        assert!(error.sentence().contains("the token holds a control character"), "{error:?}");
    }
    let authzid = ann().with_authzid("z\0");
    let error = play(authzid, &offering("PLAIN", "C: QUIT\nS: 221 a")).unwrap_err();
    assert!(error.sentence().contains("the authzid holds a control character"), "{error:?}");
    let prohibited = Credentials::password("ann", Secret::new("\u{e000}"));
    let error = play(prohibited, &offering("SCRAM-SHA-256", "C: QUIT\nS: 221 a")).unwrap_err();
    assert!(error.sentence().contains("SASLprep"), "{error:?}");
}

#[test]
fn without_a_name_nobody_authenticates() {
    for credentials in [Credentials::default(), Credentials::password("", Secret::new("x"))] {
        play(credentials, &offering("PLAIN", "")).unwrap();
    }
}

#[test]
fn a_channel_with_a_binding_is_bound_to() {
    // p=tls-exporter,,n=tim,r=...
    let bound = offering(
        "SCRAM-SHA-1-PLUS SCRAM-SHA-256",
        "C~: AUTH SCRAM-SHA-1-PLUS cD10bHMtZXhwb3J0ZXIsLG49dGltLHI9*\nS: 535 no\nC: QUIT\nS: 221 a",
    );
    let tls = || Tls::implicit().with_binding(b"octets");
    let (mut stack_bound, transcript) = stack(ann(), tls(), &bound);
    stack_bound.connect().unwrap_err();
    transcript.finished().unwrap();
    // y,,n=tim,r=...
    let able = offering(
        "SCRAM-SHA-256",
        "C~: AUTH SCRAM-SHA-256 eSwsbj10aW0scj*\nS: 535 no\nC: QUIT\nS: 221 a",
    );
    let (mut stack_able, transcript) = stack(ann(), tls(), &able);
    stack_able.connect().unwrap_err();
    transcript.finished().unwrap();
    // n,,n=tim,r=...
    let unable = offering(
        "SCRAM-SHA-256-PLUS SCRAM-SHA-256",
        "C~: AUTH SCRAM-SHA-256 biwsbj10aW0scj*\nS: 535 no\nC: QUIT\nS: 221 a",
    );
    play(ann(), &unable).unwrap_err();
}

#[test]
fn the_script_of_the_log_names_the_mechanism_and_no_secret() {
    let rest = "C: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nC: dGlt\nS: 334 UGFzc3dvcmQ6\n\
                C: dGFuc3RhYWZ0YW5zdGFhZg==\nS: 535 no\nC: AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\n\
                S: 235 yes";
    let (mut stack, transcript) =
        stack(Credentials::default(), Tls::implicit(), &offering("PLAIN LOGIN", rest));
    stack.connect().unwrap();
    let watcher = Watcher::of(&mut stack);
    stack.set("user", "tim").unwrap();
    stack.set("password", "tanstaaftanstaaf").unwrap();
    stack.set("auth", "LOGIN").unwrap();
    stack.smtp().unwrap().auth().unwrap_err();
    stack.set("auth", Value::Nothing).unwrap();
    stack.smtp().unwrap().auth().unwrap();
    transcript.finished().unwrap();
    let seen = watcher.seen();
    let lines = seen.lines().filter(|line| line.contains("level: Script"));
    let texts = lines.filter_map(|line| line.split_once("text: ")).map(|(_, text)| text);
    let texts = texts.map(|text| text.trim_end_matches([' ', '}'])).collect::<Vec<_>>();
    assert_eq!(
        texts,
        [
            "C: AUTH LOGIN",
            "S: 334 VXNlcm5hbWU6",
            "C: <secret>",
            "S: 334 UGFzc3dvcmQ6",
            "C: <secret>",
            "S: 535 no",
            "C: AUTH PLAIN <secret>",
            "S: 235 yes"
        ]
    );
}
