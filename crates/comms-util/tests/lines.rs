//! The line service: what is received, by line, by number and as it comes.

#![cfg(test)]

use std::time::Duration;

use comms_core::{CommsModule, CommsStack, ErrorClass, StackError, Value};
use comms_testkit::{Delivery, Loopback, ManualClock, Script};
use comms_util::Util;

fn over(bottom: impl CommsModule) -> CommsStack {
    let mut stack = CommsStack::builder().layer(Util::new()).layer(bottom).build().unwrap();
    stack.set_clock(ManualClock::new());
    stack.connect().unwrap();
    stack
}

fn line(stack: &mut CommsStack, end: &[u8], limit: usize) -> Result<Vec<u8>, comms_core::Error> {
    let mut line = Vec::new();
    let octets = stack.receive_until(end, limit, &mut line)?;
    assert_eq!(octets, line.len());
    Ok(line)
}

#[test]
fn lines_are_the_same_in_portions_of_any_size() {
    let script = Script::new().send("a\r\nb\rc\nd\r\n\r\nrest");
    let seeded = (0..20).map(Delivery::Seeded);
    for delivery in [Delivery::Whole, Delivery::PerOctet].into_iter().chain(seeded) {
        let mut stack = over(script.clone().delivery(delivery));
        assert_eq!(line(&mut stack, b"\r\n", 9).unwrap(), b"a\r\n");
        assert_eq!(line(&mut stack, b"\r\n", 9).unwrap(), b"b\rc\nd\r\n");
        assert_eq!(line(&mut stack, b"\r\n", 2).unwrap(), b"\r\n");
        let error = line(&mut stack, b"\r\n", 9).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Connection);
        assert!(error.to_string().contains("in the middle of a line, after 4 octets"), "{error}");
        let mut rest = [0; 8];
        assert_eq!(stack.receive(&mut rest).unwrap(), 4, "what came is not lost");
        assert_eq!(line(&mut stack, b"\r\n", 9).unwrap(), b"", "the end, between lines");
        stack.disconnect().unwrap();
    }
}

#[test]
fn a_time_out_in_the_middle_of_a_line_loses_nothing() {
    let (near, far) = Loopback::pair_in_one_thread();
    let (mut near, mut far) = (over(near), CommsStack::new(far).unwrap());
    far.connect().unwrap();
    let text = b"250 first\r\n251 second\r\n";
    let mut lines = Vec::new();
    for octet in text {
        near.limit(Duration::from_secs(1), "line");
        if let Err(error) = near.receive_until(b"\r\n", 64, &mut lines) {
            assert_eq!(error.class(), ErrorClass::Timeout);
        }
        far.send(&[*octet]).unwrap();
    }
    near.unlimit();
    near.receive_until(b"\r\n", 64, &mut lines).unwrap();
    assert_eq!(lines, text);
}

#[test]
fn a_line_longer_than_its_limit_is_an_error_and_stays() {
    for delivery in [Delivery::Whole, Delivery::PerOctet] {
        let mut stack = over(Script::new().send("12345678\r\nx\r\n").delivery(delivery));
        for limit in [0, 1, 8, 9] {
            let error = line(&mut stack, b"\r\n", limit).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Protocol);
            assert_eq!(error.cause(), Some(&StackError::TooLong { limit }), "{delivery}");
        }
        assert_eq!(line(&mut stack, b"\r\n", 10).unwrap(), b"12345678\r\n");
        assert_eq!(line(&mut stack, b"\r\n", 3).unwrap(), b"x\r\n");
    }
}

#[test]
fn so_many_octets_come_whatever_the_portions() {
    for delivery in [Delivery::Whole, Delivery::PerOctet, Delivery::Seeded(1)] {
        let script = Script::new().send("1234567890ab\r\n").delivery(delivery);
        let mut stack = over(script);
        let receive = |stack: &mut CommsStack, n: i64| stack.invoke("receive_n", &[n.into()]);
        assert_eq!(receive(&mut stack, 0).unwrap(), Value::Octets(Vec::new()));
        assert_eq!(receive(&mut stack, 10).unwrap(), Value::Octets(b"1234567890".to_vec()));
        assert_eq!(line(&mut stack, b"\r\n", 9).unwrap(), b"ab\r\n");
        let error = receive(&mut stack, 1).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Connection);
        for wrong in [-1, 1_048_577] {
            assert_eq!(receive(&mut stack, wrong).unwrap_err().class(), ErrorClass::Usage);
        }
    }
}

#[test]
fn octets_that_stand_behind_a_line_are_refused_when_tls_is_to_start() {
    // The seam asks the layer directly below the one that starts TLS: here, below the top.
    let script = Script::new().send("220 go\r\n250-evil\r\n");
    let mut stack = over(script);
    line(&mut stack, b"\r\n", 64).unwrap();
    assert_eq!(stack.top().unwrap().pending(), 10);
    let error = stack.start_tls().unwrap_err();
    assert_eq!(error.cause(), Some(&StackError::Injected { octets: 10 }));
    assert!(!stack.is_connected());
}

#[test]
fn nothing_of_one_connection_is_left_in_the_next() {
    let mut stack = over(Script::new().send("old").then_connect().send("new\r\n"));
    stack.receive(&mut [0; 1]).unwrap();
    assert_eq!(stack.top().unwrap().pending(), 2);
    stack.disconnect().unwrap();
    stack.connect().unwrap();
    assert_eq!(line(&mut stack, b"\r\n", 9).unwrap(), b"new\r\n");
}

#[test]
fn a_mebibyte_that_comes_octet_by_octet_takes_linear_work() {
    let octets = vec![b'x'; 1 << 20];
    let mut stack = over(Script::new().send(&octets).delivery(Delivery::PerOctet));
    let received = stack.invoke("receive_n", &[(1_i64 << 20).into()]).unwrap();
    assert!(received == Value::Octets(octets));
}
