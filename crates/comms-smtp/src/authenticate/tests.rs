//! Whole SCRAM dialogues, whose nonce has to be known before.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms_core::{CommsStack, Error, ErrorClass, Secret};
use comms_testkit::{Cut, Delivery, Script, Transcript};
use comms_util::Util;

use crate::auth::hash::Hash;
use crate::auth::mechanism::{Mechanism, MechanismError};
use crate::auth::scram::client::{Binding, ChannelData, Scram};
use crate::auth::scram::keys::Keys;
use crate::credentials::Credentials;
use crate::error::SmtpError;
use crate::module::Smtp;

/// The example of RFC 7677 3, as SMTP has it.
fn dialogue() -> String {
    let first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    let asked = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                 s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    let proof = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                 p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    let signature = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    written([first, asked, proof, signature])
}

/// The same with one iteration, to be played thousands of times.
fn short_dialogue() -> String {
    let nonce = "rOprNGfwEbeRWgbNEkqO";
    let first = format!("n=user,r={nonce}");
    let asked = format!("r={nonce}x,s=QSXC,i=1");
    let last = format!("c=biws,r={nonce}x");
    let exchange = format!("{first},{asked},{last}");
    let keys = Keys::of(Hash::Sha256, "pencil", &STANDARD.decode("QSXC").unwrap(), 1);
    let proof = format!("{last},p={}", STANDARD.encode(keys.proof(&exchange)));
    let signature = format!("v={}", STANDARD.encode(keys.signature(&exchange).as_slice()));
    written([&format!("n,,{first}"), &asked, &proof, &signature])
}

fn written(messages: [&str; 4]) -> String {
    let [first, asked, proof, signature] = messages.map(|text| STANDARD.encode(text));
    format!(
        "S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 AUTH PLAIN SCRAM-SHA-256\n\
         C: AUTH SCRAM-SHA-256 {first}\nS: 334 {asked}\nC: {proof}\nS: 334 {signature}\nC: \n\
         S: 235 welcome\n"
    )
}

fn client(script: Script) -> (CommsStack, Transcript) {
    let make = || {
        let (nonce, password) = ("rOprNGfwEbeRWgbNEkqO", Secret::new("pencil"));
        let scram =
            Scram::with_nonce(nonce, Hash::Sha256, Binding::Unable, None, "user", &password);
        Box::new(scram.unwrap()) as Box<dyn Mechanism>
    };
    let transcript = script.transcript();
    let smtp = Smtp::new().with_credentials(Credentials::own(make));
    let builder = CommsStack::builder().layer(smtp).layer(Util::new()).layer(script);
    let mut stack = builder.build().unwrap();
    stack.set("local_mail_domain", "c").unwrap();
    stack.set_clock(comms_testkit::ManualClock::new());
    (stack, transcript)
}

fn outcome(dialogue: &str) -> (Result<(), Error>, Transcript) {
    let (mut stack, transcript) = client(Script::parse(dialogue).unwrap());
    (stack.connect(), transcript)
}

#[test]
fn a_scram_dialogue_ends_with_the_server_s_signature_and_an_empty_line() {
    for delivery in [Delivery::Whole, Delivery::PerLine, Delivery::PerOctet] {
        let (mut stack, transcript) =
            client(Script::parse(&dialogue()).unwrap().delivery(delivery));
        stack.connect().unwrap();
        transcript.finished().unwrap();
        let error = stack.invoke("auth", &[]).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Usage, "once is enough: {error}");
    }
}

#[test]
fn a_scram_dialogue_cut_at_any_octet_is_an_error_of_one_class_and_never_a_yes() {
    let dialogue = short_dialogue();
    let script = || Script::parse(&dialogue).unwrap();
    let (mut stack, transcript) = client(script());
    stack.connect().unwrap();
    let (said, heard) = (transcript.sent().len(), script().octets());
    for (cut, class) in [
        (Cut::Close, ErrorClass::Connection),
        (Cut::Reset, ErrorClass::Connection),
        (Cut::Stall, ErrorClass::Timeout),
    ] {
        for n in 0..heard {
            let (mut stack, _) = client(script().cut_at(n, cut));
            let error = stack.connect().unwrap_err();
            assert_eq!(error.class(), class, "{cut:?} at {n}: {}", error.sentence());
        }
        for n in 0..said {
            let (mut stack, _) = client(script().cut_sent_at(n, cut));
            assert_eq!(stack.connect().unwrap_err().class(), class, "{cut:?} at {n} of ours");
        }
    }
}

#[test]
fn a_server_that_cannot_sign_is_an_impostor_whatever_it_says() {
    let whole = dialogue();
    let (before, _) = whole.split_once("S: 334 dj02").unwrap();
    let wrong = STANDARD.encode("v=AAAA");
    for (rest, said_last) in [
        ("S: 235 welcome".to_owned(), "="),
        (format!("S: 334 {wrong}\nC: *\nS: 501 ok\n"), "*\r\n"),
        (format!("S: 334 {wrong}\nC: *\nS: 235 welcome all the same\n"), "*\r\n"),
    ] {
        let (outcome, transcript) = outcome(&format!("{before}{rest}"));
        let error = outcome.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Authentication);
        let cause = error.cause::<MechanismError>();
        assert!(matches!(cause, Some(MechanismError::Impostor)), "{}", error.sentence());
        transcript.finished().unwrap();
        let sent = String::from_utf8(transcript.sent()).unwrap();
        assert!(
            sent.trim_end().ends_with(said_last.trim_end()) && !sent.contains("QUIT"),
            "{sent}"
        );
    }
}

#[test]
fn a_bad_challenge_is_cancelled_and_its_reply_is_read() {
    let whole = dialogue();
    let (before, _) = whole.split_once("S: 334").unwrap();
    for (challenge, words, class) in [
        ("!!!", "is no base64", ErrorClass::Protocol),
        ("AA", "is no base64", ErrorClass::Protocol),
        ("", "has no nonce", ErrorClass::Protocol),
        ("/w==", "is no text", ErrorClass::Protocol),
        // m=x
        ("bT14", "asks for an extension", ErrorClass::Protocol),
        // r=another,s=QSXC,i=1
        ("cj1hbm90aGVyLHM9UVNYQyxpPTE=", "has another nonce", ErrorClass::Protocol),
    ] {
        let rest = format!("S: 334 {challenge}\nC: *\nS: 501 ok\nC: QUIT\nS: 221 a");
        let (outcome, transcript) = outcome(&format!("{before}{rest}"));
        let error = outcome.unwrap_err();
        assert!(error.sentence().contains(words), "{challenge}: {}", error.sentence());
        assert_eq!(error.class(), class);
        assert!(matches!(error.cause(), Some(SmtpError::Mechanism { .. })));
        transcript.finished().unwrap();
    }
}

#[test]
fn an_absurd_count_of_iterations_is_not_computed() {
    let whole = dialogue();
    let (before, _) = whole.split_once("S: 334").unwrap();
    let asked = STANDARD.encode("r=rOprNGfwEbeRWgbNEkqOx,s=QSXC,i=4294967295");
    let rest = format!("S: 334 {asked}\nC: *\nS: 501 ok\nC: QUIT\nS: 221 a");
    let (outcome, transcript) = outcome(&format!("{before}{rest}"));
    let error = outcome.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Authentication);
    assert!(error.sentence().contains("asks for 4294967295 iterations"), "{}", error.sentence());
    transcript.finished().unwrap();
}

#[test]
fn what_is_said_of_the_channel_goes_by_what_is_offered() {
    use crate::auth::choice::Offer;
    use crate::auth::known::Known;
    let channel = || Some(ChannelData { kind: "tls-exporter", octets: vec![1] });
    let offer = |names: &[&str]| Offer {
        offered: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Offer::default()
    };
    let both = offer(&["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]);
    let one = offer(&["SCRAM-SHA-256"]);
    let binding = |known, offer, channel| super::binding(known, offer, channel);
    assert!(matches!(binding(Known::ScramSha256Plus, &both, channel()), Binding::To(_)));
    assert_eq!(binding(Known::ScramSha256, &both, channel()), Binding::Unable);
    assert_eq!(binding(Known::ScramSha256, &one, channel()), Binding::NotOffered);
    assert_eq!(binding(Known::ScramSha256, &one, None), Binding::Unable);
}
