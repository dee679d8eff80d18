//! When the channel becomes secure, and what must not happen on the way.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use comms_core::{CommsStack, ErrorClass, Sink, StackError};
use comms_testkit::{Loopback, ManualClock};
use comms_tls::{Tls, TlsError, Verify};
use comms_util::Util;

use crate::support::{
    Authority, Recorder, Told, client, drip, guarded, hear, meet, open, stack, stack_over, stacks,
    text,
};

/// A client that waits to be asked.
fn patient(authority: &Authority) -> Tls {
    Tls::new().server_name("mail.example").ca_file(authority.ca_file())
}

fn lines(tls: Tls, bottom: Loopback) -> CommsStack {
    guarded(CommsStack::builder().layer(Util::new()).layer(tls).layer(bottom).build().unwrap())
}

fn line(stack: &mut CommsStack) -> String {
    let mut line = Vec::new();
    stack.receive_until(b"\r\n", 512, &mut line).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn a_conversation_becomes_secure_in_the_middle() {
    let authority = Authority::new();
    let (near, far) = Loopback::pair();
    let recorder = Recorder::default();
    let mut near = guarded(
        CommsStack::builder()
            .layer(Util::new())
            .layer(patient(&authority))
            .layer(recorder.clone())
            .layer(near)
            .build()
            .unwrap(),
    );
    let mut far = lines(authority.issue("mail.example").server(), far);
    thread::scope(|scope| {
        scope.spawn(|| {
            far.connect().unwrap();
            far.send("220 ready\r\n").unwrap();
            assert_eq!(line(&mut far), "STARTTLS\r\n");
            far.send("220 go\r\n").unwrap();
            far.start_tls().unwrap();
            assert_eq!(line(&mut far), "EHLO b\r\n");
            far.send("250 ok\r\n").unwrap();
            far.flush().unwrap();
        });
        near.connect().unwrap();
        assert_eq!(text(&near, "active"), "false");
        assert_eq!(line(&mut near), "220 ready\r\n");
        near.send("STARTTLS\r\n").unwrap();
        assert_eq!(line(&mut near), "220 go\r\n");
        assert_eq!(recorder.take(), [b"STARTTLS\r\n"], "untouched until then");
        near.start_tls().unwrap();
        assert_eq!(text(&near, "active"), "true");
        near.send("EHLO b\r\n").unwrap();
        assert_eq!(line(&mut near), "250 ok\r\n");
        assert!(!recorder.take().concat().windows(4).any(|four| four == b"EHLO"));
    });
}

#[test]
fn after_a_disconnect_all_is_as_the_property_says() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (mut near, mut far) = open(patient(&authority), server.server());
    for _ in 0..2 {
        near.send("plain").unwrap();
        assert_eq!(hear(&mut far, 5), b"plain");
        thread::scope(|scope| {
            let far = scope.spawn(|| far.start_tls());
            near.start_tls().unwrap();
            far.join().unwrap().unwrap();
        });
        assert_eq!(text(&near, "active"), "true");
        near.disconnect().unwrap();
        far.disconnect().unwrap();
        assert_eq!(
            (text(&near, "active"), text(&near, "version")),
            ("false".into(), "none".into())
        );
        let (ours, theirs) = meet(&mut near, &mut far);
        ours.and(theirs).unwrap();
    }
}

#[test]
fn a_second_start_is_an_error_and_the_channel_stays_secure() {
    let authority = Authority::new();
    let (mut near, mut far) =
        open(client(&authority), authority.issue("mail.example").server().immediately());
    let error = near.start_tls().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert!(matches!(error.cause(), Some(TlsError::AlreadySecure)));
    near.send("still").unwrap();
    assert_eq!(hear(&mut far, 5), b"still");
}

#[test]
fn a_mistake_in_the_properties_leaves_the_plain_channel_as_it_was() {
    let (mut near, mut far) = open(Tls::new(), Tls::new());
    let error = near.start_tls().unwrap_err();
    assert!(matches!(error.cause(), Some(TlsError::NoServerName)), "{error:?}");
    near.send("plain").unwrap();
    assert_eq!(hear(&mut far, 5), b"plain");
}

#[test]
fn what_is_glued_behind_the_agreement_is_refused_at_every_split() {
    let authority = Authority::new();
    for injected in ["250-evil.example\r\n250 AUTH PLAIN\r\n", "250 evil", "\u{1}"] {
        for split in 0..=injected.len() {
            let (near, far) = Loopback::pair();
            let mut near = lines(patient(&authority), near);
            let mut far = guarded(CommsStack::new(far).unwrap());
            near.connect().unwrap();
            far.connect().unwrap();
            far.send(format!("220 go\r\n{}", &injected[..split]).as_str()).unwrap();
            assert_eq!(line(&mut near), "220 go\r\n");
            far.send(&injected.as_bytes()[split..]).unwrap();
            let error = near.start_tls().unwrap_err();
            assert_eq!(error.class(), ErrorClass::Protocol, "{split}: {error:?}");
            assert!(matches!(error.cause(), Some(StackError::Injected { .. })), "{error:?}");
            assert!(near.names().count() == 3 && !near.is_connected());
            let error = near.send("AUTH PLAIN").and_then(|_| near.flush()).unwrap_err();
            assert!(matches!(error.cause(), Some(StackError::NotConnected)), "{error:?}");
        }
    }
}

#[test]
fn commands_glued_behind_a_clients_request_are_refused_at_every_split() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let injected = "MAIL FROM:<evil@example>\r\n";
    for split in 0..=injected.len() {
        let (near, far) = Loopback::pair();
        let mut near = guarded(CommsStack::new(near).unwrap());
        let mut far = lines(server.server(), far);
        near.connect().unwrap();
        far.connect().unwrap();
        near.send(format!("STARTTLS\r\n{}", &injected[..split]).as_str()).unwrap();
        assert_eq!(line(&mut far), "STARTTLS\r\n");
        near.send(&injected.as_bytes()[split..]).unwrap();
        let error = far.start_tls().unwrap_err();
        assert!(matches!(error.cause(), Some(StackError::Injected { .. })), "{error:?}");
    }
}

#[test]
fn a_greeting_in_plain_text_is_named_and_quoted_harmlessly() {
    let authority = Authority::new();
    let says = "Tls: the server greeted in plain text: \"220 mail.example \\u{1b}[1mESMTP\": \
                use STARTTLS (submission://, port 587)";
    let greeting = "220 mail.example \u{1b}[1mESMTP\r\n";
    let (near, far) = Loopback::pair();
    let drips = Loopback::pair();
    for (mut near, far) in [
        (stack(client(&authority), near), far),
        (stack_over(client(&authority), drip(), drips.0), drips.1),
    ] {
        let mut far = CommsStack::new(far).unwrap();
        far.connect().unwrap();
        far.send(greeting).unwrap();
        let error = near.connect().unwrap_err();
        assert_eq!((error.to_string().as_str(), error.class()), (says, ErrorClass::Protocol));
    }
}

#[test]
fn half_a_greeting_is_quoted_when_no_more_comes() {
    let authority = Authority::new();
    let (near, far) = Loopback::pair_in_one_thread();
    let mut near = stack(client(&authority), near);
    near.set_clock(ManualClock::new());
    near.limit(Duration::from_secs(90), "connect");
    let mut far = CommsStack::new(far).unwrap();
    far.connect().unwrap();
    far.send("22").unwrap();
    let error = near.connect().unwrap_err();
    assert!(error.to_string().contains("plain text: \"22\""), "{error}");
}

#[test]
fn a_client_that_begins_in_plain_text_is_named() {
    let authority = Authority::new();
    let (near, far) = Loopback::pair();
    let mut near = CommsStack::new(near).unwrap();
    let mut far = stack(authority.issue("mail.example").server().immediately(), far);
    near.connect().unwrap();
    near.send("EHLO client.example\r\n").unwrap();
    let error = far.connect().unwrap_err();
    assert_eq!(error.to_string(), "Tls: the client began in plain text: \"EHLO client.example\"");
}

#[test]
fn a_server_that_says_nothing_is_perhaps_one_for_starttls() {
    let authority = Authority::new();
    let (near, _far) = Loopback::pair_in_one_thread();
    let mut near = stack(client(&authority), near);
    let clock = ManualClock::new();
    near.set_clock(clock.clone());
    near.unlimit();
    let error = near.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert_eq!(
        error.sentence(),
        "Tls: nothing came: is this a port for STARTTLS?: \
         Loopback: the time for the TLS handshake (30 s) ran out, nothing arrived"
    );
    assert_eq!(clock.elapsed(), Duration::from_secs(30));
}

#[test]
fn the_deadline_of_the_call_ends_a_handshake_before_its_own() {
    let authority = Authority::new();
    let (near, _far) = Loopback::pair_in_one_thread();
    let mut near = stack(patient(&authority), near);
    near.set_clock(ManualClock::new());
    near.connect().unwrap();
    near.limit(Duration::from_secs(7), "session");
    let error = near.start_tls().unwrap_err();
    assert_eq!(
        error.sentence(),
        "Loopback: the time for the session (7 s) ran out, nothing arrived"
    );
    assert!(!near.is_connected());
}

#[test]
fn each_handshake_without_verification_is_a_warning() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let warnings = |verify: Verify| {
        let told = Arc::new(Told::default());
        let sink: Arc<dyn Sink> = told.clone();
        let client = client(&authority).verify(verify);
        let (mut near, mut far) = stacks(client, server.server().immediately());
        near.watch(&sink);
        for _ in 0..2 {
            let (ours, theirs) = meet(&mut near, &mut far);
            ours.and(theirs).unwrap();
            near.disconnect().unwrap();
            far.disconnect().unwrap();
        }
        let told = told.0.lock().unwrap();
        told.matches("severity: Warn, level: Production, text: verify is none").count()
    };
    assert_eq!((warnings(Verify::None), warnings(Verify::Full)), (2, 0));
}
