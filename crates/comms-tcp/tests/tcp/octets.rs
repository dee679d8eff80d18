//! Octets both ways, and what stops them.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use comms_core::{
    CommsStack, DeadlinePassed, Error, ErrorClass, Object, Payload, Piece, StackError,
};
use comms_tcp::TcpError;

use crate::peers::{Frozen, LONG, SHORT, pair, reset};

/// Octets that show any loss, doubling or exchange.
fn pattern(octets: usize) -> Vec<u8> {
    (0..octets).map(|at| u8::try_from((at * 31 + at / 251) % 256).unwrap()).collect()
}

#[test]
fn pieces_arrive_in_order_whatever_their_marks() {
    let (mut stack, mut peer) = pair();
    let pieces = [
        Piece::Plain(b""),
        Piece::Plain(b"AUTH PLAIN "),
        Piece::Secret(b"AGEAYg=="),
        Piece::Plain(b""),
        Piece::Plain(b"\r\n"),
    ];
    stack.send(Payload::Pieces(&pieces)).unwrap();
    stack.send(Payload::Pieces(&[])).unwrap();
    stack.send(Payload::Pieces(&[Piece::Plain(b""), Piece::Secret(b"")])).unwrap();
    stack.send(Payload::Secret(b"x")).unwrap();
    stack.send(b"").unwrap();
    stack.disconnect().unwrap();
    let mut heard = Vec::new();
    peer.read_to_end(&mut heard).unwrap();
    assert_eq!(heard, b"AUTH PLAIN AGEAYg==\r\nx");
}

#[test]
fn more_pieces_than_one_write_takes_arrive_whole() {
    let (mut stack, mut peer) = pair();
    let octets = pattern(300_000);
    let pieces: Vec<_> = octets.chunks(1000).map(Piece::Plain).collect();
    let reader = thread::spawn(move || {
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).unwrap();
        heard
    });
    stack.send(Payload::Pieces(&pieces)).unwrap();
    stack.disconnect().unwrap();
    assert!(reader.join().unwrap() == octets);
}

#[test]
fn five_mebibytes_reach_a_slow_reader_whole() {
    let octets = pattern(5 << 20);
    let (first, second) = octets.split_at(1 << 20);
    let pieces = [Piece::Plain(first), Piece::Plain(b""), Piece::Secret(second)];
    for payload in [Payload::Bytes(&octets), Payload::Pieces(&pieces)] {
        let (mut stack, mut peer) = pair();
        let reader = thread::spawn(move || {
            let (mut heard, mut some) = (Vec::new(), [0; 700]);
            loop {
                match peer.read(&mut some).unwrap() {
                    0 => return heard,
                    octets => heard.extend_from_slice(&some[..octets]),
                }
                thread::yield_now();
            }
        });
        stack.send(payload).unwrap();
        stack.disconnect().unwrap();
        assert!(reader.join().unwrap() == octets);
    }
}

#[test]
fn an_object_is_refused_and_nothing_is_sent() {
    #[derive(Debug)]
    struct Letter;
    impl Object for Letter {
        fn kind(&self) -> &'static str {
            "Letter"
        }
    }
    let (mut stack, mut peer) = pair();
    let error = stack.send(&Letter).unwrap_err();
    assert_eq!(error.to_string(), "Tcp: Tcp takes octets, not Letter");
    stack.disconnect().unwrap();
    assert_eq!(peer.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn a_deadline_ends_a_receive_and_the_next_goes_on() {
    let (mut stack, mut peer) = pair();
    let mut into = [0; 8];
    stack.limit(SHORT, "greeting");
    let error = stack.receive(&mut into).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Tcp: the time for the greeting (30 ms) ran out, nothing arrived"
    );
    assert_eq!(error.class(), ErrorClass::Timeout);
    peer.write_all(b"late").unwrap();
    stack.limit(LONG, "greeting");
    assert_eq!(stack.receive(&mut into).unwrap(), 4);
    assert_eq!(&into[..4], b"late");
}

#[test]
fn a_short_deadline_leaves_no_mark_on_later_calls() {
    let (mut stack, mut peer) = pair();
    let echo = thread::spawn(move || {
        let mut octet = [0];
        while peer.read(&mut octet).unwrap() > 0 {
            peer.write_all(&octet).unwrap();
        }
    });
    for round in 0..50 {
        stack.limit(SHORT / 10, "nothing");
        assert_eq!(stack.receive(&mut [0; 8]).unwrap_err().class(), ErrorClass::Timeout);
        if round % 2 == 0 {
            stack.unlimit();
        } else {
            stack.limit(LONG, "echo");
        }
        stack.send(b"x").unwrap();
        assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 1, "{round}");
    }
    stack.disconnect().unwrap();
    echo.join().unwrap();
}

#[test]
fn a_send_to_a_peer_that_does_not_read_ends_at_the_deadline() {
    let octets = vec![b'x'; 32 << 20];
    let pieces = [Piece::Plain(&octets), Piece::Plain(b"y")];
    for payload in [Payload::Bytes(&octets), Payload::Pieces(&pieces)] {
        let (mut stack, _peer) = pair();
        stack.limit(SHORT, "content");
        let error = stack.send(payload).unwrap_err();
        assert_eq!(error.cause::<DeadlinePassed>().unwrap().reason, "content");
    }
}

#[test]
fn a_clock_that_stands_still_makes_no_call_endless() {
    let (mut stack, _peer) = pair();
    stack.set_clock(Arc::new(Frozen(Instant::now())));
    stack.limit(SHORT, "reply");
    assert_eq!(stack.receive(&mut [0; 8]).unwrap_err().class(), ErrorClass::Timeout);
    assert_eq!(stack.send(&vec![0; 32 << 20]).unwrap_err().class(), ErrorClass::Timeout);
}

#[test]
fn an_end_in_good_order_is_zero_as_often_as_it_is_asked_for() {
    let (mut stack, mut peer) = pair();
    peer.write_all(b"bye").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut into = [0; 8];
    assert_eq!(stack.receive(&mut []).unwrap(), 0);
    assert_eq!(stack.receive(&mut into).unwrap(), 3);
    assert_eq!(stack.receive(&mut into).unwrap(), 0);
    assert_eq!(stack.receive(&mut into).unwrap(), 0);
    // The other direction is still open.
    stack.send(b"and you").unwrap();
    assert_eq!(peer.read(&mut into).unwrap(), 7);
}

#[test]
fn a_reset_is_never_taken_for_an_end() {
    let (mut stack, peer) = pair();
    reset(peer);
    for _ in 0..3 {
        let error = stack.receive(&mut [0; 8]).unwrap_err();
        assert_eq!(error.to_string(), "Tcp: the connection was reset by the peer");
        assert_eq!(error.class(), ErrorClass::Connection);
    }
}

#[test]
fn a_connection_that_broke_under_a_send_does_not_end_in_good_order_either() {
    let (mut stack, peer) = pair();
    reset(peer);
    let error = send_until_it_fails(&mut stack);
    assert_eq!(error.cause(), Some(&TcpError::Reset));
    assert_eq!(send_until_it_fails(&mut stack).cause(), Some(&TcpError::Closed));
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.cause(), Some(&TcpError::Reset));
    assert_eq!(stack.noop().unwrap_err().cause(), Some(&TcpError::Reset));
}

#[test]
fn a_last_word_is_still_heard_after_a_send_failed() {
    let (mut stack, mut peer) = pair();
    peer.write_all(b"421 closing\r\n").unwrap();
    drop(peer);
    let error = send_until_it_fails(&mut stack);
    assert_eq!(error.class(), ErrorClass::Connection);
    let mut into = [0; 32];
    let octets = stack.receive(&mut into).unwrap();
    assert_eq!(&into[..octets], b"421 closing\r\n");
}

fn send_until_it_fails(stack: &mut CommsStack) -> Error {
    loop {
        if let Err(error) = stack.send(b"x") {
            return error;
        }
    }
}

#[test]
fn noop_tells_a_living_peer_from_a_dead_one() {
    let (mut stack, mut peer) = pair();
    assert_eq!(stack.noop().unwrap(), "");
    peer.write_all(b"x").unwrap();
    assert_eq!(stack.noop().unwrap(), "");
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 1);
    drop(peer);
    // The end has arrived once it has been received.
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 0);
    let error = stack.noop().unwrap_err();
    assert_eq!(error.to_string(), "Tcp: the peer closed the connection");
    assert_eq!(error.class(), ErrorClass::Connection);
}

#[test]
fn noop_waits_for_nothing() {
    let (mut stack, _peer) = pair();
    stack.unlimit();
    assert_eq!(stack.noop().unwrap(), "");
}

#[test]
fn what_the_peer_said_unasked_is_seen_without_taking_it_away() {
    let (mut stack, mut peer) = pair();
    assert!(!stack.unread().unwrap());
    peer.write_all(b"421 closing\r\n").unwrap();
    drop(peer);
    // All of it has arrived once some of it has been received.
    let mut into = [0; 4];
    assert_eq!(stack.receive(&mut into).unwrap(), 4);
    assert!(stack.unread().unwrap());
    let mut rest = [0; 16];
    assert_eq!(stack.receive(&mut rest).unwrap(), 9);
    assert_eq!(stack.receive(&mut rest).unwrap(), 0);
    assert_eq!(stack.unread().unwrap_err().to_string(), "Tcp: the peer closed the connection");
}

#[test]
fn nothing_below_can_make_the_channel_secure() {
    let (mut stack, _peer) = pair();
    let error = stack.start_tls().unwrap_err();
    assert!(matches!(error.cause(), Some(StackError::NothingBelow { .. })), "{error}");
    stack.flush().unwrap();
    stack.reset().unwrap();
}
