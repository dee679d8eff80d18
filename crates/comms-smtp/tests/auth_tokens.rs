//! Bearer tokens: what becomes of one that is refused.

#![cfg(test)]

mod secure;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use comms_core::{Error, ErrorClass, Secret};
use comms_smtp::{Credentials, Smtp};
use comms_testkit::Script;

use crate::secure::{Tls, client};

/// A dialogue in which the server offers one mechanism.
fn offering(mechanism: &str, rest: &str) -> String {
    format!("S: 220 a\nC: EHLO c\nS: 250-a\nS: 250 AUTH {mechanism}\n{rest}")
}

/// Plays a dialogue to its end over a secure channel.
fn play(credentials: Credentials, dialogue: &str) -> Result<(), Error> {
    let smtp = Smtp::new().with_credentials(credentials);
    let (mut stack, transcript) = client(smtp, Tls::implicit(), Script::parse(dialogue).unwrap());
    let outcome = stack.connect();
    assert_eq!(transcript.finished().map_err(|error| error.to_string()), Ok(()), "{outcome:?}");
    outcome
}

#[test]
fn the_reasons_of_a_refused_token_are_answered_and_told() {
    // {"status":"401"}
    let reasons = "eyJzdGF0dXMiOiI0MDEifQ==";
    for (mechanism, answer) in [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")] {
        let rest = format!(
            "C~: AUTH {mechanism} *\nS: 334 {reasons}\nC: {answer}\nS: 535 no\nC: QUIT\nS: 221 a"
        );
        let credentials = Credentials::token("ann", Secret::new("ya29"));
        let error = play(credentials, &offering(mechanism, &rest)).unwrap_err();
        let words = format!(r#"Smtp: AUTH {mechanism} was refused: 535 no ({{"status":"401"}})"#);
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn a_source_of_tokens_is_asked_once_more_after_a_refusal() {
    let source = |tokens: &'static [&'static str]| {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        let credentials = Credentials::token_source("ann", move || {
            let at = counter.fetch_add(1, Ordering::SeqCst);
            tokens.get(at).map(|token| Secret::new(*token)).ok_or_else(|| "no more".into())
        });
        (credentials, asked)
    };
    // "old" and "new" behind the same beginning.
    let start = "C: AUTH XOAUTH2 dXNlcj1hbm4BYXV0aD1CZWFyZXIg";
    let first = format!("{start}b2xkAQE=\nS: 334 e30=\nC: \nS: 535 expired\n");
    let second = format!("{first}{start}bmV3AQE=\n");

    let (credentials, asked) = source(&["old", "new"]);
    play(credentials, &offering("XOAUTH2", &format!("{second}S: 235 welcome"))).unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);

    let (credentials, asked) = source(&["old", "new", "newer"]);
    let quit = "C: QUIT\nS: 221 a";
    let twice = format!("{second}S: 535 no\n{quit}");
    let error = play(credentials, &offering("XOAUTH2", &twice)).unwrap_err();
    assert_eq!((error.class(), asked.load(Ordering::SeqCst)), (ErrorClass::Authentication, 2));

    let (credentials, asked) = source(&["old", "old"]);
    let same = format!("{first}{quit}");
    play(credentials, &offering("XOAUTH2", &same)).unwrap_err();
    assert_eq!(asked.load(Ordering::SeqCst), 2, "the same token is not tried again");

    let (credentials, asked) = source(&["old", "new"]);
    let later = format!("{start}b2xkAQE=\nS: 454 later\n{quit}");
    let error = play(credentials, &offering("XOAUTH2", &later)).unwrap_err();
    assert_eq!((error.class(), asked.load(Ordering::SeqCst)), (ErrorClass::Transient, 1));

    let (credentials, _) = source(&[]);
    let error = play(credentials, &offering("XOAUTH2", quit)).unwrap_err();
    assert_eq!(error.sentence(), "Smtp: the token source gave no token: no more");
    assert_eq!(error.class(), ErrorClass::Authentication);
}
