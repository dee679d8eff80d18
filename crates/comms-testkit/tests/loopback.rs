//! What a loopback promises to the tests that use it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers may fail the test")]

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use comms_core::{Clock, CommsStack, ErrorClass, Payload, Piece, Registry, Value};
use comms_testkit::{Loopback, ManualClock};

fn stacks((near, far): (Loopback, Loopback)) -> (CommsStack, CommsStack) {
    (CommsStack::new(near).unwrap(), CommsStack::new(far).unwrap())
}

fn connected(pair: (Loopback, Loopback)) -> (CommsStack, CommsStack) {
    let (mut near, mut far) = stacks(pair);
    near.connect().unwrap();
    far.connect().unwrap();
    (near, far)
}

fn heard(stack: &mut CommsStack) -> String {
    let mut some = [0; 64];
    let octets = stack.receive(&mut some).unwrap();
    String::from_utf8(some[..octets].to_vec()).unwrap()
}

#[test]
fn what_is_sent_before_the_other_end_connects_waits_for_it() {
    let (mut near, mut far) = stacks(Loopback::pair());
    near.connect().unwrap();
    near.send("early").unwrap();
    near.disconnect().unwrap();
    far.connect().unwrap();
    assert_eq!(heard(&mut far), "early");
    assert_eq!(heard(&mut far), "");
}

#[test]
fn a_payload_of_several_pieces_is_one_write() {
    let (near, far) = Loopback::pair();
    let handle = near.handle();
    let other = far.handle();
    let (mut near, mut far) = connected((near, far));
    near.send(Payload::Pieces(&[Piece::Plain(b"a"), Piece::Secret(b"b")])).unwrap();
    near.send("").unwrap();
    near.send("c").unwrap();
    assert_eq!((handle.writes(), other.waiting()), (2, 3));
    assert_eq!(near.get("writes").unwrap().value, Some(Value::Integer(2)));
    assert_eq!(near.info_of("Loopback").unwrap().below.bytes_sent, 3);
    assert_eq!(heard(&mut far), "abc");
    assert_eq!(other.waiting(), 0);
}

#[test]
fn what_waits_to_be_received_is_unread_and_an_end_behind_it_is_told_after_it() {
    let (mut near, mut far) = connected(Loopback::pair());
    assert!(!near.unread().unwrap());
    far.send("421 bye").unwrap();
    far.disconnect().unwrap();
    assert!(near.unread().unwrap());
    assert_eq!(heard(&mut near), "421 bye");
    let error = near.unread().unwrap_err();
    assert_eq!(error.to_string(), "Loopback: the peer closed the connection");
}

#[test]
fn an_end_that_was_disconnected_refuses_what_is_sent_to_it() {
    let (mut near, mut far) = connected(Loopback::pair());
    far.disconnect().unwrap();
    for error in [near.send("x").unwrap_err(), near.noop().unwrap_err()] {
        assert_eq!(error.to_string(), "Loopback: the peer closed the connection");
        assert_eq!(error.class(), ErrorClass::Connection);
    }
}

#[test]
fn a_new_connection_needs_both_ends_to_have_left_the_old_one() {
    let (mut near, mut far) = connected(Loopback::pair());
    far.send("old").unwrap();
    near.disconnect().unwrap();
    let error = near.connect().unwrap_err();
    assert_eq!(
        error.to_string(),
        "Loopback: the other end is still in the last connection: disconnect it as well"
    );
    far.disconnect().unwrap();
    near.connect().unwrap();
    near.send("new").unwrap();
    far.connect().unwrap();
    assert_eq!(heard(&mut far), "new");
    far.disconnect().unwrap();
    assert_eq!(heard(&mut near), "");
}

#[test]
fn an_end_whose_other_end_was_dropped_cannot_connect() {
    let (mut near, far) = stacks(Loopback::pair());
    drop(far);
    let error = near.connect().unwrap_err();
    assert_eq!(error.to_string(), "Loopback: the other end of the loopback is gone");
    assert_eq!(error.class(), ErrorClass::Connection);
}

#[test]
fn a_sender_waits_for_room_and_loses_nothing() {
    let (mut near, mut far) = connected(Loopback::pair_with_capacity(3));
    let content = "longer than the room there is";
    thread::scope(|scope| {
        scope.spawn(|| near.send(content).unwrap());
        let mut all = String::new();
        while all.len() < content.len() {
            let some = heard(&mut far);
            assert!(some.len() <= 3);
            all += &some;
        }
        assert_eq!(all, content);
    });
}

#[test]
fn a_sender_that_waits_hears_that_its_peer_left() {
    let (mut near, mut far) = connected(Loopback::pair_with_capacity(1));
    thread::scope(|scope| {
        let sender = scope.spawn(|| near.send("more than one").unwrap_err());
        heard(&mut far);
        drop(far);
        assert_eq!(sender.join().unwrap().class(), ErrorClass::Connection);
    });
}

#[test]
fn a_receiver_that_waits_on_a_manual_clock_sees_it_move_by_another_thread() {
    let (mut near, _far) = connected(Loopback::pair());
    let clock = ManualClock::new();
    near.set_clock(clock.clone());
    near.limit(Duration::from_secs(300), "reply");
    let (waiting, begun) = mpsc::channel();
    thread::scope(|scope| {
        let receiver = scope.spawn(move || {
            waiting.send(()).unwrap();
            near.receive(&mut [0; 8]).unwrap_err()
        });
        begun.recv().unwrap();
        clock.advance(Duration::from_secs(299));
        clock.advance(Duration::from_secs(1));
        let error = receiver.join().unwrap();
        assert_eq!(error.class(), ErrorClass::Timeout);
        assert!(error.to_string().contains("the time for the reply (300 s) ran out"), "{error}");
    });
}

#[test]
fn one_thread_with_both_ends_is_never_left_waiting() {
    let (near, far) = Loopback::pair_in_one_thread();
    let (mut near, mut far) = connected((near, far));
    let clock = ManualClock::new();
    near.set_clock(clock.clone());
    let error = near.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert!(error.to_string().contains("this call would wait for ever"), "{error}");

    let before = clock.now();
    near.limit(Duration::from_secs(60), "reply");
    assert_eq!(near.receive(&mut [0; 8]).unwrap_err().class(), ErrorClass::Timeout);
    assert_eq!(clock.now() - before, Duration::from_secs(60));

    near.limit(Duration::from_secs(60), "content");
    let error = near.send(&vec![0; 70_000]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    far.send("still there").unwrap();
    near.unlimit();
    assert_eq!(heard(&mut near), "still there");
}

#[test]
fn a_loopback_by_name_is_an_echo() {
    let mut stack = Registry::new().with::<Loopback>().build("Loopback").unwrap();
    stack.set("capacity", 4).unwrap();
    for word in ["one", "two"] {
        stack.connect().unwrap();
        stack.send(word).unwrap();
        assert_eq!(heard(&mut stack), word);
        stack.send("lost").unwrap();
        stack.disconnect().unwrap();
    }
    stack.connect().unwrap();
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    stack.send("last").unwrap();
    stack.invoke("end_sending", &[]).unwrap();
    assert_eq!(heard(&mut stack), "last");
    assert_eq!(heard(&mut stack), "");
    assert!(stack.send("more").unwrap_err().to_string().contains("ended its sending"));
}
