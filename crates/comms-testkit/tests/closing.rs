//! Another thread ends what a stack waits for.

use std::thread;

use comms_core::CommsStack;
use comms_testkit::Loopback;

#[test]
fn another_thread_ends_a_wait_and_what_is_sent_still_goes() {
    let (near, far) = Loopback::pair();
    let (mut near, mut far) = (CommsStack::new(near).unwrap(), CommsStack::new(far).unwrap());
    near.connect().unwrap();
    far.connect().unwrap();
    far.send("read before the end").unwrap();
    let closing = near.closing().unwrap();
    let waiting = thread::spawn(move || {
        let mut heard = [0; 64];
        let octets = near.receive(&mut heard).unwrap();
        (near.receive(&mut heard).unwrap(), octets, near)
    });
    closing.end_receiving();
    let (end, before, mut near) = waiting.join().unwrap();
    assert_eq!((end, before), (0, 19));
    near.send("goodbye").unwrap();
    assert_eq!(far.receive(&mut [0; 64]).unwrap(), 7);
}

#[test]
fn what_another_thread_has_closed_neither_sends_nor_receives_until_it_is_connected_anew() {
    let (near, far) = Loopback::pair();
    let (mut near, mut far) = (CommsStack::new(near).unwrap(), CommsStack::new(far).unwrap());
    near.connect().unwrap();
    far.connect().unwrap();
    near.closing().unwrap().close();
    assert_eq!(near.receive(&mut [0; 8]).unwrap(), 0);
    assert!(near.send("x").is_err());
    assert_eq!(far.receive(&mut [0; 8]).unwrap(), 0);
    near.disconnect().unwrap();
    far.disconnect().unwrap();
    near.connect().unwrap();
    far.connect().unwrap();
    near.send("again").unwrap();
    assert_eq!(far.receive(&mut [0; 8]).unwrap(), 5);
}
