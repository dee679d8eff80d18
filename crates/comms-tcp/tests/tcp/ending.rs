//! One direction ends before the other.

use std::io::{Read, Write};

use comms_core::{CommsStack, ErrorClass, StackError};
use comms_tcp::{Tcp, TcpError};

use crate::peers::{pair, reset};

#[test]
fn the_peer_reads_the_end_and_can_still_answer() {
    let (mut stack, mut peer) = pair();
    stack.send(b"all I have").unwrap();
    stack.invoke("end_sending", &[]).unwrap();
    let mut heard = String::new();
    peer.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "all I have");
    peer.write_all(b"heard").unwrap();
    assert_eq!(stack.receive(&mut [0; 16]).unwrap(), 5);
}

#[test]
fn a_send_after_the_end_of_sending_is_the_callers_mistake_and_not_the_peers() {
    let (mut stack, _peer) = pair();
    for _ in 0..2 {
        stack.invoke("end_sending", &[]).unwrap();
    }
    let error = stack.send(b"more").unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert_eq!(error.to_string(), "Tcp: this side has ended its sending");
    stack.send(b"").unwrap();
    stack.disconnect().unwrap();
}

#[test]
fn a_new_connection_sends_again() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = Tcp::default().at([server.local_addr().unwrap()]);
    let mut stack = CommsStack::new(tcp).unwrap();
    stack.connect().unwrap();
    stack.invoke("end_sending", &[]).unwrap();
    stack.disconnect().unwrap();
    stack.connect().unwrap();
    stack.send(b"again").unwrap();
}

#[test]
fn an_end_of_sending_to_a_peer_that_is_gone_says_so() {
    let (mut stack, peer) = pair();
    reset(peer);
    stack.receive(&mut [0; 16]).unwrap_err();
    let error = stack.invoke("end_sending", &[]).unwrap_err();
    assert_eq!(error.cause(), Some(&TcpError::Reset));
}

#[test]
fn a_stack_that_is_not_connected_has_no_sending_to_end() {
    let mut stack = CommsStack::new(Tcp::default()).unwrap();
    let error = stack.invoke("end_sending", &[]).unwrap_err();
    assert_eq!(error.cause(), Some(&StackError::NotConnected));
}
