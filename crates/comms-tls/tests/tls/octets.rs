//! What becomes of octets: records, sends, deadlines.

use std::sync::atomic::Ordering;
use std::thread;

use comms_core::{CommsStack, ErrorClass, Payload, Piece};
use comms_testkit::Loopback;
use comms_tls::{Tls, TlsOptions};
use comms_util::Util;

use crate::support::{
    Authority, Gate, Recorder, Then, client, drip, guarded, hear, meet, open, records, stack,
    stack_over,
};

/// A connected pair, and what the client hands down.
fn recorded(
    make: impl FnOnce(Tls, Recorder, Loopback) -> CommsStack,
) -> (CommsStack, CommsStack, Recorder) {
    let authority = Authority::new();
    let recorder = Recorder::default();
    let (near, far) = Loopback::pair();
    let mut near = make(client(&authority), recorder.clone(), near);
    let mut far = stack(authority.issue("mail.example").server().immediately(), far);
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    (near, far, recorder)
}

#[test]
fn each_flight_of_the_handshake_is_one_send() {
    let (_near, _far, recorder) = recorded(stack_over);
    let flights = recorder.take();
    assert_eq!(flights.len(), 2, "a hello, and the end");
    assert_eq!(records(&flights[0]).len(), 1);
}

#[test]
fn a_small_send_is_one_record_whatever_its_pieces() {
    let (mut near, mut far, recorder) = recorded(stack_over);
    drop(recorder.take());
    near.send("NOOP\r\n").unwrap();
    near.send(Payload::Secret(b"hunter2")).unwrap();
    let pieces = [
        Piece::Plain(b"AUTH "),
        Piece::Plain(b""),
        Piece::Secret(b"hunter2"),
        Piece::Plain(b"\r\n"),
    ];
    near.send(Payload::Pieces(&pieces)).unwrap();
    near.send(Payload::Pieces(&pieces[..1])).unwrap();
    near.send("").unwrap();
    near.send(Payload::Pieces(&[Piece::Plain(b""), Piece::Secret(b"")])).unwrap();
    let sends = recorder.take();
    assert_eq!(sends.len(), 4, "nothing is sent for nothing");
    assert!(sends.iter().all(|send| records(send).len() == 1));
    assert_eq!(hear(&mut far, 32), b"NOOP\r\nhunter2AUTH hunter2\r\nAUTH ");
}

#[test]
fn what_a_buffer_above_gathers_is_one_record() {
    let (mut near, mut far, recorder) = recorded(|tls, recorder, near| {
        let layers = CommsStack::builder().layer(Util::new()).layer(tls).layer(recorder);
        guarded(layers.layer(near).build().unwrap())
    });
    drop(recorder.take());
    for command in ["MAIL FROM:<a@b.example>\r\n", "RCPT TO:<c@d.example>\r\n", "DATA\r\n"] {
        near.send(command).unwrap();
    }
    assert!(recorder.take().is_empty());
    near.flush().unwrap();
    let sends = recorder.take();
    assert_eq!((sends.len(), records(&sends[0]).len()), (1, 1));
    hear(&mut far, 30);
}

#[test]
fn many_records_go_down_in_few_sends_and_full() {
    let (mut near, mut far, recorder) = recorded(stack_over);
    drop(recorder.take());
    let content = vec![b'x'; 200_000];
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(hear(&mut far, content.len()), content));
        near.send(&content).unwrap();
    });
    let sends = recorder.take();
    assert!(sends.len() <= 4, "{} sends", sends.len());
    let records: Vec<_> = sends.iter().flat_map(|send| records(send)).collect();
    assert_eq!(records.len(), 200_000_usize.div_ceil(16_384), "{records:?}");
}

#[test]
fn ten_mebibytes_pass_both_ways() {
    let authority = Authority::new();
    let (mut near, mut far) =
        open(client(&authority), authority.issue("mail.example").server().immediately());
    let content: Vec<u8> = (0..=250).cycle().take(10 << 20).collect();
    pass(&mut near, &mut far, &content);
    pass(&mut far, &mut near, &content);
}

fn pass(from: &mut CommsStack, to: &mut CommsStack, content: &[u8]) {
    thread::scope(|scope| {
        scope.spawn(|| content.chunks(1 << 20).for_each(|chunk| drop(from.send(chunk).unwrap())));
        assert!(hear(to, content.len()) == content);
    });
}

#[test]
fn one_octet_at_a_time_is_as_good_as_any() {
    let authority = Authority::new();
    let (near, far) = Loopback::pair();
    let mut near = stack_over(client(&authority), drip(), near);
    let mut far = stack_over(authority.issue("mail.example").server().immediately(), drip(), far);
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    far.send("220 ready\r\n").unwrap();
    assert_eq!(hear(&mut near, 11), b"220 ready\r\n");
    near.send("EHLO\r\n").unwrap();
    assert_eq!(hear(&mut far, 6), b"EHLO\r\n");
    near.disconnect().unwrap();
    assert_eq!(far.receive(&mut [0; 16]).unwrap(), 0);
}

#[test]
fn a_deadline_at_any_octet_of_a_record_loses_nothing() {
    let authority = Authority::new();
    let server = authority.issue("mail.example");
    let (near, far) = Loopback::pair();
    let gate = Gate::new(usize::MAX, Then::Wait);
    let open = gate.open.clone();
    let mut near = stack_over(client(&authority), gate, near);
    let mut far = stack(server.server().immediately(), far);
    let (ours, theirs) = meet(&mut near, &mut far);
    ours.and(theirs).unwrap();
    far.send("first").unwrap();
    assert_eq!(hear(&mut near, 5), b"first");
    // Head of five octets, "a line", its type, and the tag.
    let record = 5 + 6 + 1 + 16;
    for split in 0..record {
        far.send("a line").unwrap();
        open.store(split, Ordering::SeqCst);
        for _ in 0..2 {
            let error = near.receive(&mut [0; 16]).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Timeout, "{split}");
            assert_eq!(open.load(Ordering::SeqCst), 0);
        }
        open.store(record - split, Ordering::SeqCst);
        assert_eq!(hear(&mut near, 6), b"a line");
        assert_eq!(open.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn what_was_opened_and_not_handed_up_is_pending() {
    let authority = Authority::new();
    let (mut near, mut far) =
        open(client(&authority), authority.issue("mail.example").server().immediately());
    let pending = |stack: &CommsStack| stack.top().unwrap().pending();
    assert_eq!(pending(&near), 0);
    far.send("eleven or so").unwrap();
    near.receive(&mut [0; 5]).unwrap();
    assert_eq!(pending(&near), 7);
    assert_eq!(near.receive(&mut []).unwrap(), 0);
    near.receive(&mut [0; 50]).unwrap();
    assert_eq!(pending(&near), 0);
}

#[test]
fn lines_are_the_work_of_a_layer_above() {
    let authority = Authority::new();
    let (mut near, _far) =
        open(client(&authority), authority.issue("mail.example").server().immediately());
    let error = near.receive_until(b"\r\n", 100, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "Tls: Tls cannot receive_until");
    assert_eq!(TlsOptions::TABLE.iter().filter(|row| row.secret).count(), 0);
}
