//! Connecting and letting go.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use comms_core::{CommsStack, DeadlinePassed, ErrorClass, Level, PropertyError, StackError, Value};
use comms_tcp::{Failure, Tcp, TcpError};

use crate::peers::{
    Frozen, LONG, Racing, Records, SHORT, hanging, has_ipv6, pair, refusing, reset, stack,
};

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn refused_on_every_address_lists_each_with_its_reason() {
    let (one, _keep_one) = refusing("127.0.0.1");
    let (two, _keep_two) = refusing("127.0.0.2");
    let mut stack = stack(Tcp::new("mail.example", 25).at([one, two]));
    let error = stack.connect().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "Tcp: cannot connect to mail.example port 25: \
             {one} connection refused; {two} connection refused"
        )
    );
    assert_eq!((error.class(), error.layer()), (ErrorClass::Connection, "Tcp"));
    assert!(error.cause::<DeadlinePassed>().is_none());
    assert_eq!(stack.to_string(), "(Tcp)");
}

#[test]
fn an_ipv6_address_is_told_in_brackets() {
    if !has_ipv6() {
        return;
    }
    let (address, _keep) = refusing("::1");
    let error = stack(Tcp::new("[::1]", address.port())).connect().unwrap_err();
    let port = address.port();
    assert_eq!(
        error.to_string(),
        format!("Tcp: cannot connect to [::1] port {port}: [::1]:{port} connection refused")
    );
}

#[test]
fn an_address_that_refuses_hands_its_turn_on_at_once() {
    let (dead, _keep) = refusing("127.0.0.1");
    let live = TcpListener::bind("127.0.0.2:0").unwrap();
    let mut stack = stack(Tcp::default().at([dead, live.local_addr().unwrap()]));
    stack.set("stagger", HOUR).unwrap();
    stack.connect().unwrap();
    let peer = live.local_addr().unwrap().to_string();
    assert_eq!(stack.get("peer").unwrap().value, Some(Value::Text(peer)));
}

#[test]
fn an_address_that_hangs_is_overtaken_by_the_next() {
    let (dead, _keep) = hanging("127.0.0.1");
    let live = TcpListener::bind("127.0.0.2:0").unwrap();
    let mut stack = stack(Tcp::default().at([dead, live.local_addr().unwrap()]));
    let records = Records::of(Level::Debug, &mut stack);
    stack.connect().unwrap();
    let live = live.local_addr().unwrap();
    assert_eq!(stack.get("peer").unwrap().value, Some(Value::Text(live.to_string())));
    assert_eq!(records.texts(), [format!("trying {dead}"), format!("trying {live}")]);
}

#[test]
fn a_failure_while_another_hangs_gives_the_third_its_turn() {
    let (hangs, _keep_one) = hanging("127.0.0.1");
    let (refuses, _keep_two) = refusing("127.0.0.2");
    let live = TcpListener::bind("127.0.0.3:0").unwrap();
    let mut stack = stack(Tcp::default().at([hangs, refuses, live.local_addr().unwrap()]));
    stack.set("stagger", "10ms").unwrap();
    let records = Records::of(Level::Debug, &mut stack);
    stack.connect().unwrap();
    let live = live.local_addr().unwrap();
    assert_eq!(
        records.texts(),
        [
            format!("trying {hangs}"),
            format!("trying {refuses}"),
            format!("{refuses} connection refused"),
            format!("trying {live}"),
        ]
    );
}

#[test]
fn localhost_is_found_on_whichever_family_somebody_listens() {
    let ipv4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    stack(Tcp::new("localhost", ipv4.local_addr().unwrap().port())).connect().unwrap();
    if has_ipv6() {
        let ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
        stack(Tcp::new("::1", ipv6.local_addr().unwrap().port())).connect().unwrap();
    }
}

#[test]
fn a_peer_that_does_not_answer_meets_the_connect_budget_and_all_addresses_are_told() {
    let (hangs, _keep) = hanging("127.0.0.1");
    let unused: SocketAddr = "127.0.0.2:1".parse().unwrap();
    let tcp = Tcp::new("mail.example", 25).at([hangs, unused]).connect_timeout(SHORT);
    let mut stack = stack(tcp);
    stack.set("stagger", HOUR).unwrap();
    let error = stack.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert_eq!(error.cause::<DeadlinePassed>().unwrap().reason, "connect");
    let Some(TcpError::Unreachable { attempts, .. }) = error.cause() else { panic!("{error}") };
    assert!(matches!(attempts.0[0].failure, Failure::NoAnswer(_)), "{error}");
    assert_eq!(attempts.0[1].failure, Failure::NotTried);
    let sentence = error.sentence();
    let ends = "; 127.0.0.2:1 not tried: the time for the connect (30 ms) ran out";
    assert!(sentence.contains(&format!("port 25: {hangs} no answer within ")), "{sentence}");
    assert!(sentence.ends_with(ends), "{sentence}");
}

#[test]
fn a_sooner_deadline_of_the_caller_counts_and_keeps_its_reason() {
    let (hangs, _keep) = hanging("127.0.0.1");
    let mut stack = stack(Tcp::default().at([hangs]));
    stack.limit(SHORT, "whole session");
    let error = stack.connect().unwrap_err();
    assert_eq!(error.cause::<DeadlinePassed>().unwrap().reason, "whole session");
}

#[test]
fn a_clock_that_stands_still_makes_no_connect_endless() {
    let (hangs, _keep) = hanging("127.0.0.1");
    let mut stack = CommsStack::new(Tcp::default().at([hangs]).connect_timeout(SHORT)).unwrap();
    stack.set_clock(Arc::new(Frozen(Instant::now())));
    assert_eq!(stack.connect().unwrap_err().class(), ErrorClass::Timeout);
}

#[test]
fn a_look_up_that_took_all_the_time_leaves_nothing_to_try() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let mut stack = CommsStack::new(Tcp::new("127.0.0.1", address.port())).unwrap();
    stack.set_clock(Arc::new(Racing(Mutex::new(Instant::now()))));
    assert_eq!(
        stack.connect().unwrap_err().sentence(),
        format!(
            "Tcp: cannot connect to 127.0.0.1 port {}: {address} not tried: \
             the time for the connect (30 s) ran out",
            address.port()
        )
    );
}

#[test]
fn a_host_without_an_address_is_named() {
    let mut stack = stack(Tcp::new("mail\0.example", 25));
    let error = stack.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Connection);
    assert_eq!(error.to_string(), "Tcp: no address is known for mail\\0.example");
    assert!(matches!(error.cause(), Some(TcpError::NoAddress { .. })));
}

#[test]
fn the_peer_sees_the_local_address_that_was_chosen() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = Tcp::default().at([server.local_addr().unwrap()]);
    let mut stack = stack(tcp.local_address(Ipv4Addr::new(127, 0, 0, 9).into()));
    stack.connect().unwrap();
    let (_, from) = server.accept().unwrap();
    assert_eq!(from.ip(), Ipv4Addr::new(127, 0, 0, 9));
    assert_eq!(stack.get("local").unwrap().value, Some(Value::Text(from.to_string())));
}

#[test]
fn a_local_address_of_the_other_family_or_of_none_is_refused_in_words() {
    let mut stack = stack(Tcp::new("127.0.0.1", 25).local_address(Ipv6Addr::LOCALHOST.into()));
    assert_eq!(
        stack.connect().unwrap_err().to_string(),
        "Tcp: cannot connect to 127.0.0.1 port 25: \
         127.0.0.1:25 not of the same family as local_address"
    );
    stack.set("local_address", "eth0").unwrap();
    let error = stack.connect().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert_eq!(error.to_string(), "Tcp: local_address is an IP address, not `eth0`");
}

#[test]
fn a_disconnected_stack_connects_again_and_disconnects_twice() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stack = stack(Tcp::new("127.0.0.1", server.local_addr().unwrap().port()));
    for round in [b"one", b"two"] {
        stack.connect().unwrap();
        let (mut peer, _) = server.accept().unwrap();
        stack.send(round).unwrap();
        stack.disconnect().unwrap();
        stack.disconnect().unwrap();
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).unwrap();
        assert_eq!(heard, round);
    }
}

#[test]
fn what_it_tells_of_a_connection_is_forgotten_with_it() {
    let (mut stack, peer) = pair();
    let peer = Value::Text(peer.local_addr().unwrap().to_string());
    assert_eq!(stack.get("Tcp.peer").unwrap().value, Some(peer));
    stack.disconnect().unwrap();
    for name in ["peer", "local", "listen_port"] {
        assert_eq!(stack.get(name).unwrap().value, None, "{name}");
    }
}

#[test]
fn where_to_connect_cannot_be_changed_while_connected() {
    let (mut stack, _peer) = pair();
    for (name, value) in [("host", "x.example"), ("port", "26"), ("connectTimeout", "1s")] {
        let error = stack.set(name, value).unwrap_err();
        let cause = error.cause::<PropertyError>();
        assert!(matches!(cause, Some(PropertyError::WhileConnected { .. })), "{error}");
    }
}

#[test]
fn disconnect_succeeds_after_the_peer_was_faster() {
    let (mut stack, peer) = pair();
    drop(peer);
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 0);
    stack.disconnect().unwrap();

    let (mut stack, peer) = pair();
    reset(peer);
    assert!(stack.receive(&mut [0; 8]).is_err());
    stack.disconnect().unwrap();
}

#[test]
fn disconnect_does_not_wait_for_a_peer_that_does_not_read() {
    let (mut stack, _peer) = pair();
    stack.limit(SHORT, "content");
    assert!(stack.send(&vec![b'x'; 32 << 20]).is_err());
    stack.disconnect().unwrap();
    assert_eq!(stack.to_string(), "(Tcp)");
}

#[test]
fn the_operator_is_told_of_the_connection_and_of_nothing_else() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let mut stack = CommsStack::new(Tcp::default().at([address])).unwrap();
    stack.limit(LONG, "test");
    let records = Records::of(Level::Production, &mut stack);
    stack.connect().unwrap();
    server.accept().unwrap().0.write_all(b"hello").unwrap();
    stack.receive(&mut [0; 8]).unwrap();
    stack.disconnect().unwrap();
    let texts = records.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].starts_with(&format!("connected to {address} after ")), "{texts:?}");
}

#[test]
fn nothing_passes_before_connect() {
    let mut stack = stack(Tcp::default());
    for error in [
        stack.send(b"x").map(drop).unwrap_err(),
        stack.receive(&mut [0; 8]).map(drop).unwrap_err(),
        stack.noop().map(drop).unwrap_err(),
    ] {
        assert_eq!(error.cause(), Some(&StackError::NotConnected));
    }
}

#[test]
fn a_tcp_can_be_given_to_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<Tcp>();
    is_send::<TcpError>();
}
