//! The server's side.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use comms_core::{CommsListener, CommsStack, DeadlinePassed, ErrorClass, Level, StackError, Value};
use comms_tcp::{Tcp, TcpError};

use crate::peers::{Frozen, LONG, Records, SHORT, has_ipv6, listen_port, stack};

fn listening(host: &str) -> (CommsListener, u16) {
    let listener = CommsStack::new(Tcp::new(host, 0)).unwrap().listen().unwrap();
    let port = listen_port(&listener);
    (listener, port)
}

#[test]
fn a_listener_at_port_0_tells_the_port_it_was_given() {
    let (listener, port) = listening("127.0.0.1");
    assert_ne!(port, 0);
    let local = Value::Text(format!("127.0.0.1:{port}"));
    assert_eq!(listener.get("local").unwrap().value, Some(local));
    assert_eq!(listener.get("port").unwrap().value, Some(Value::Integer(0)));
}

#[test]
fn each_peer_gets_a_stack_of_its_own_and_the_listener_keeps_its_properties() {
    let mut prototype = CommsStack::new(Tcp::new("127.0.0.1", 0)).unwrap();
    prototype.set("keep_alive", "90s").unwrap();
    let mut listener = prototype.listen().unwrap();
    listener.limit(LONG);
    let port = listen_port(&listener);
    let mut served = Vec::new();
    for word in ["one", "two"] {
        let mut peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
        peer.write_all(word.as_bytes()).unwrap();
        let stack = listener.accept().unwrap();
        let address = Value::Text(peer.local_addr().unwrap().to_string());
        assert_eq!(stack.get("peer").unwrap().value, Some(address));
        assert_eq!(stack.get("keep_alive").unwrap(), listener.get("keep_alive").unwrap());
        assert_eq!(stack.get("listen_port").unwrap().value, None);
        served.push((word, stack, peer));
    }
    assert_eq!(listener.get("peer").unwrap().value, None);
    assert_eq!(listen_port(&listener), port);
    drop(listener);
    for (word, mut stack, mut peer) in served {
        let mut into = [0; 8];
        let octets = stack.receive(&mut into).unwrap();
        assert_eq!(&into[..octets], word.as_bytes());
        stack.send(b"heard").unwrap();
        stack.disconnect().unwrap();
        let mut answer = String::new();
        peer.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "heard");
    }
}

#[test]
fn a_peer_over_ipv6_is_served_as_well() {
    if !has_ipv6() {
        return;
    }
    let (mut listener, port) = listening("::1");
    let mut client = stack(Tcp::new("::1", port));
    client.connect().unwrap();
    let mut served = listener.accept().unwrap();
    served.send(b"hello").unwrap();
    assert_eq!(client.receive(&mut [0; 8]).unwrap(), 5);
    assert_eq!(client.get("local").unwrap().value, served.get("peer").unwrap().value);
}

#[test]
fn accept_ends_at_the_deadline_and_the_next_goes_on() {
    let (mut listener, port) = listening("127.0.0.1");
    listener.limit(SHORT);
    let error = listener.accept().unwrap_err();
    assert_eq!(error.cause::<DeadlinePassed>().unwrap().reason, "next peer");
    listener.limit(LONG);
    let _peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert!(listener.accept().unwrap().is_connected());
}

#[test]
fn a_clock_that_stands_still_makes_no_accept_endless() {
    let mut prototype = CommsStack::new(Tcp::new("127.0.0.1", 0)).unwrap();
    prototype.set_clock(Arc::new(Frozen(Instant::now())));
    let mut listener = prototype.listen().unwrap();
    listener.limit(SHORT);
    assert_eq!(listener.accept().unwrap_err().class(), ErrorClass::Timeout);
}

#[test]
fn an_address_in_use_is_named_and_is_free_again_after_the_listener() {
    let (mut listener, port) = listening("127.0.0.1");
    let again = || CommsStack::new(Tcp::new("127.0.0.1", port)).unwrap().listen();
    let error = again().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Tcp: cannot listen at 127.0.0.1 port {port}: 127.0.0.1:{port} address already in use"
        )
    );
    assert!(matches!(error.cause(), Some(TcpError::CannotListen { .. })));
    // A connection that the server closed first must not keep its port from it.
    let _peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
    listener.accept().unwrap().disconnect().unwrap();
    drop(listener);
    again().unwrap();
}

#[test]
fn a_connected_stack_does_not_listen() {
    let (_listener, port) = listening("127.0.0.1");
    let mut client = stack(Tcp::new("127.0.0.1", port));
    client.connect().unwrap();
    let error = client.listen().unwrap_err();
    assert_eq!(error.to_string(), "already connected: disconnect first");
}

#[test]
fn the_operator_is_told_of_each_peer() {
    let mut prototype = CommsStack::new(Tcp::new("127.0.0.1", 0)).unwrap();
    let records = Records::of(Level::Production, &mut prototype);
    let mut listener = prototype.listen().unwrap();
    let port = listen_port(&listener);
    let peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
    listener.accept().unwrap();
    let peer = peer.local_addr().unwrap();
    assert_eq!(
        records.texts(),
        [format!("listening at 127.0.0.1:{port}"), format!("accepted {peer}")]
    );
}

#[test]
fn another_thread_ends_the_wait_for_peers() {
    let (mut listener, _) = listening("127.0.0.1");
    let closing = listener.closing().unwrap();
    let waiting = thread::spawn(move || listener.take().unwrap_err());
    closing.close();
    let error = waiting.join().unwrap();
    assert_eq!(error.cause(), Some(&StackError::Closed));
}

#[test]
fn another_thread_ends_the_wait_for_octets_and_the_peer_still_hears_a_goodbye() {
    let (mut listener, port) = listening("127.0.0.1");
    let mut peer = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut served = listener.accept().unwrap();
    let closing = served.closing().unwrap();
    let waiting = thread::spawn(move || (served.receive(&mut [0; 8]).unwrap(), served));
    closing.end_receiving();
    let (end, mut served) = waiting.join().unwrap();
    assert_eq!(end, 0);
    served.send("421 goodbye").unwrap();
    served.disconnect().unwrap();
    let mut heard = String::new();
    peer.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "421 goodbye");
}
