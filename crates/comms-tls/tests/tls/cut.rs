//! Connections that end too early.

use std::sync::atomic::Ordering;
use std::thread;

use comms_core::{CommsStack, ErrorClass, Value};
use comms_testkit::Loopback;
use comms_tls::{Tls, TlsError};

use crate::support::{
    Authority, Gate, Issued, Then, client, guarded, hear, meet, open, stack, stack_over,
};

const CONTENT: &[u8] = b"250 a reply of some length, in one record\r\n";

/// A client whose connection ends after so many octets, and its server.
fn pair(authority: &Authority, server: &Issued, octets: usize) -> (CommsStack, CommsStack) {
    let (near, far) = Loopback::pair();
    let near = stack_over(client(authority), Gate::new(octets, Then::End), near);
    (near, stack(server.server().immediately(), far))
}

fn received(stack: &CommsStack) -> usize {
    usize::try_from(stack.info().below.bytes_received).unwrap()
}

#[test]
fn a_cut_at_any_octet_of_the_handshake_is_an_error_on_both_sides_and_no_hang() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (mut near, mut far) = pair(&authority, &server, usize::MAX);
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    let whole = received(&near);
    assert!(whole > 500, "{whole} octets are no handshake");
    for octets in 0..whole {
        let (mut near, mut far) = pair(&authority, &server, octets);
        let (ours, theirs) = meet(&mut near, &mut far);
        let error = match ours {
            Err(error) => error,
            // The last octets were those of a session ticket.
            Ok(()) => near.receive(&mut [0; 16]).unwrap_err(),
        };
        assert_eq!((error.class(), error.layer()), (ErrorClass::Connection, "Tls"), "{octets}");
        // A server that has all it needs is done, whatever becomes of the client.
        let Err(theirs) = theirs else { continue };
        assert_eq!(theirs.class(), ErrorClass::Connection, "{octets}: {theirs:?}");
    }
}

#[test]
fn a_cut_at_any_octet_of_the_clients_flights_is_an_error_at_the_server() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let far = |octets: usize| {
        let (near, far) = Loopback::pair();
        let far = stack_over(server.server().immediately(), Gate::new(octets, Then::End), far);
        (stack(client(&authority), near), far)
    };
    let (mut near, mut whole) = far(usize::MAX);
    let (ours, theirs) = meet(&mut near, &mut whole);
    ours.and(theirs).unwrap();
    for octets in 0..received(&whole) {
        let (mut near, mut far) = far(octets);
        let (ours, theirs) = thread::scope(|scope| {
            let far = scope.spawn(|| far.connect());
            // A client that is done finds the end at its first receive.
            let ours = near.connect().and_then(|()| near.receive(&mut [0; 16]));
            (ours, far.join().unwrap())
        });
        let theirs = theirs.unwrap_err();
        assert_eq!((theirs.class(), theirs.layer()), (ErrorClass::Connection, "Tls"), "{octets}");
        assert_eq!(ours.unwrap_err().class(), ErrorClass::Connection, "{octets}");
    }
}

#[test]
fn a_cut_at_any_octet_of_the_data_is_never_taken_for_a_clean_end() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    // How much arrives: up to the handshake's end, and in all.
    let talk = |octets: usize| {
        let (near, far) = Loopback::pair();
        let gate = Gate::new(usize::MAX, Then::End);
        let open = gate.open.clone();
        let mut near = stack_over(client(&authority), gate, near);
        let mut far = stack(server.server().immediately(), far);
        let (ours, theirs) = meet(&mut near, &mut far);
        ours.and(theirs).unwrap();
        far.send(CONTENT).unwrap();
        far.disconnect().unwrap();
        open.store(octets, Ordering::SeqCst);
        let before = received(&near);
        let mut heard = Vec::new();
        let end = loop {
            let mut some = [0; 100];
            match near.receive(&mut some) {
                Ok(0) => break Ok(()),
                Ok(octets) => heard.extend_from_slice(&some[..octets]),
                Err(error) => break Err(error),
            }
        };
        (heard, end, received(&near) - before)
    };
    let (heard, end, whole) = talk(usize::MAX);
    assert_eq!((heard.as_slice(), end.is_ok()), (CONTENT, true));
    for octets in 0..whole {
        let (heard, end, _) = talk(octets);
        let error = end.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Connection, "{octets}");
        assert_eq!(error.to_string(), "Tls: the connection was cut off: no close_notify");
        assert!(heard.is_empty() || heard == CONTENT, "{octets}: a record comes whole or not");
    }
    let (heard, end, _) = talk(whole);
    assert_eq!((heard.as_slice(), end.is_ok()), (CONTENT, true));
}

#[test]
fn an_end_without_goodbye_is_told_apart_from_a_proper_one_and_stays_so() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (mut near, mut far) = open(client(&authority), server.server().immediately());
    far.send("bye").unwrap();
    far.disconnect().unwrap();
    assert_eq!(hear(&mut near, 3), b"bye");
    for _ in 0..3 {
        assert_eq!(near.receive(&mut [0; 16]).unwrap(), 0);
    }

    let (mut near, mut far) = open(client(&authority), server.server().immediately());
    far.send("bye").unwrap();
    assert_eq!(far.invoke("end_sending", &[]).unwrap(), Value::Nothing);
    assert_eq!(hear(&mut near, 3), b"bye");
    for _ in 0..3 {
        let error = near.receive(&mut [0; 16]).unwrap_err();
        assert!(matches!(error.cause(), Some(TlsError::CutOff)), "{error:?}");
    }
    // The other direction is open as long as nobody closes it.
    near.send("still").unwrap();
    assert_eq!(hear(&mut far, 5), b"still");
}

#[test]
fn an_octet_that_is_altered_is_found_after_what_came_before_it() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (near, far) = Loopback::pair();
    let mut near = stack(client(&authority), near);
    // The server's records are written down, and replayed by hand with one octet altered.
    let recorder = crate::support::Recorder::default();
    let mut far = stack_over(server.server().immediately(), recorder.clone(), far);
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    drop(recorder.take());
    far.send("whole").unwrap();
    far.layer::<Tls>().unwrap();
    let mut garbage = recorder.take().concat();
    *garbage.last_mut().unwrap() ^= 1;
    // Below TLS, as an attacker would.
    let mut view = far.layer::<Tls>().unwrap();
    view.run(|_, below| below.send(comms_core::Payload::Bytes(&garbage)).map(|_| ())).unwrap();

    assert_eq!(hear(&mut near, 5), b"whole");
    let error = near.receive(&mut [0; 16]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol, "{error:?}");
    // The alert has told the other side.
    let error = far.receive(&mut [0; 16]).unwrap_err();
    assert_eq!(error.to_string(), "Tls: the peer sent an alert: bad record mac");
    assert!(near.send("more").is_err());
}

#[test]
fn a_send_that_failed_half_way_is_followed_by_nothing() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (near, far) = Loopback::pair_with_capacity(4000);
    let mut near = stack(client(&authority), near);
    let mut far = stack(server.server().immediately(), far);
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    near.limit(std::time::Duration::from_millis(20), "content");
    let error = near.send(&[b'x'; 10_000]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    near = guarded(near);
    let error = near.send("more").unwrap_err();
    assert!(matches!(error.cause(), Some(TlsError::SendBroken)), "{error:?}");
    assert_eq!(error.class(), ErrorClass::Connection);
    near.disconnect().unwrap();
    let error = far.receive(&mut [0; 16]).unwrap_err();
    assert!(matches!(error.cause(), Some(TlsError::CutOff)), "{error:?}");
}
