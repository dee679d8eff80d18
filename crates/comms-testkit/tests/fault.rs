//! What a fault promises to the tests that use it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers may fail the test")]

use std::time::Duration;

use comms_core::{
    Below, CommsModule, CommsStack, ErrorClass, ModuleSpec, Operation, Payload, Piece, Provides,
    Registry, Result, Service, StackError,
};
use comms_testkit::{
    Cut, Fault, FaultPoint, Latency, Loopback, ManualClock, Script, SweepError, conform,
    for_each_failure_point, sweep,
};

const DIALOGUE: &str = "S: 220 a\nC: NOOP\nS: 250 b\nC: QUIT\nS: 221 c";

fn over(fault: Fault, dialogue: &str) -> CommsStack {
    let script = Script::parse(dialogue).unwrap();
    CommsStack::builder().layer(fault).layer(script).build().unwrap()
}

fn talk(stack: &mut CommsStack) -> Result<()> {
    stack.connect()?;
    let mut reply = Vec::new();
    for word in ["", "NOOP\r\n", "QUIT\r\n"] {
        stack.send(word)?;
        stack.flush()?;
        reply.clear();
        while !reply.ends_with(b"\r\n") {
            let mut some = [0; 64];
            let octets = stack.receive(&mut some)?;
            if octets == 0 {
                return Err(StackError::Ended { during: "in a reply".to_owned() }.into());
            }
            reply.extend(&some[..octets]);
        }
    }
    stack.disconnect()
}

#[test]
fn a_fault_that_has_nothing_to_do_keeps_the_rules_and_so_do_short_reads_and_writes() {
    conform::filter(Fault::new).unwrap();
    conform::filter(|| Fault::new().receive_at_most(999).send_at_most(700)).unwrap();
}

#[test]
fn every_operation_can_fail_and_the_connection_is_lost_with_it() {
    let mut struck = Vec::new();
    let points = for_each_failure_point(|fault| {
        let handle = fault.handle();
        let mut stack = over(fault, DIALOGUE);
        if let Err(error) = talk(&mut stack) {
            assert_eq!((error.layer(), error.class()), ("Fault", ErrorClass::Connection));
            if stack.is_connected() {
                stack.receive(&mut [0; 8]).unwrap_err();
                stack.send("x").unwrap_err();
            }
        }
        struck.extend(handle.struck());
    })
    .unwrap();
    // connect, three times send, flush, receive; then the last flush, and disconnect.
    assert_eq!(points, 12);
    assert_eq!(struck[0], "operation 1, a connect");
    assert_eq!(struck[4], "operation 5, a send");
    assert_eq!(struck[11], "operation 12, a disconnect");
}

#[test]
fn a_run_that_fails_is_named_with_its_point() {
    let failed = for_each_failure_point(|fault| talk(&mut over(fault, DIALOGUE))).unwrap_err();
    assert_eq!(failed.to_string(), "the test fails at point 0 (operation 1, a connect)");
    let panicked = for_each_failure_point(|fault| {
        let handle = fault.handle();
        let _ = talk(&mut over(fault, DIALOGUE));
        assert_ne!(handle.operations(), 4, "four are too many");
    });
    let SweepError::Failed { point: 3, source, .. } = panicked.unwrap_err() else {
        panic!("the point is the fourth")
    };
    assert!(source.to_string().contains("four are too many"));
    let unused = for_each_failure_point(|_| talk(&mut over(Fault::new(), DIALOGUE)));
    assert!(matches!(unused, Err(SweepError::NeverReached)), "{unused:?}");
}

#[test]
fn a_cut_after_any_octet_is_what_it_says_and_not_a_hang() {
    for (cut, class) in [(Cut::Close, ErrorClass::Connection), (Cut::Reset, ErrorClass::Connection)]
    {
        let received = sweep(
            |n| Fault::new().cut_at(n, cut),
            |fault| {
                let result = talk(&mut over(fault, DIALOGUE)).map_err(|error| error.class());
                assert!(
                    matches!(result, Ok(()) | Err(ErrorClass::Connection)),
                    "{class}: {result:?}"
                );
            },
        );
        assert_eq!(received.unwrap(), 22, "21 octets are received");
        let sent = sweep(
            |n| Fault::new().cut_sent_at(n, cut),
            |fault| {
                let handle = fault.handle();
                let result = talk(&mut over(fault, DIALOGUE)).map_err(|error| error.class());
                assert_eq!(result.is_err(), handle.struck().is_some(), "the answer to it is lost");
            },
        );
        assert_eq!(sent.unwrap(), 13, "12 octets are sent");
    }
}

#[test]
fn a_silent_peer_takes_what_it_is_sent_and_ends_a_receive_at_its_deadline() {
    let mut stack = over(Fault::new().cut_at(7, Cut::Stall), DIALOGUE);
    let clock = ManualClock::new();
    stack.set_clock(clock.clone());
    stack.connect().unwrap();
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 7);
    stack.send("anything").unwrap();
    assert!(!stack.unread().unwrap());
    stack.limit(Duration::from_secs(300), "reply");
    for _ in 0..2 {
        let error = stack.receive(&mut [0; 8]).unwrap_err();
        assert_eq!((error.layer(), error.class()), ("Fault", ErrorClass::Timeout));
    }
    assert_eq!(clock.slept(), Duration::from_secs(300));
    stack.unlimit();
    assert_eq!(stack.receive(&mut [0; 8]).unwrap_err().class(), ErrorClass::Usage);
}

#[test]
fn what_went_before_a_send_failed_has_gone() {
    let (near, far) = Loopback::pair();
    let point = FaultPoint::nth_of(Operation::Send, 2).after_octets(3);
    let fault = Fault::new().failing(point);
    let mut near = CommsStack::builder().layer(fault).layer(near).build().unwrap();
    let mut far = CommsStack::new(far).unwrap();
    near.connect().unwrap();
    far.connect().unwrap();
    near.send("one").unwrap();
    near.send("two and more").unwrap_err();
    let mut some = [0; 64];
    assert_eq!(far.receive(&mut some).unwrap(), 6);
    assert_eq!(&some[..6], b"onetwo");
}

#[test]
fn a_flush_can_fail_whose_octets_went_and_a_receive_whose_octets_are_lost() {
    let point = FaultPoint::nth_of(Operation::Flush, 1).after_it();
    let script = Script::parse("C: a\nS: b").unwrap();
    let transcript = script.transcript();
    let mut stack =
        CommsStack::builder().layer(Fault::new().failing(point)).layer(script).build().unwrap();
    stack.connect().unwrap();
    stack.send("a\r\n").unwrap();
    stack.flush().unwrap_err();
    assert_eq!(transcript.sent(), b"a\r\n");

    let point = FaultPoint::nth_of(Operation::Receive, 1).after_it();
    let mut stack = over(Fault::new().failing(point), "S: b");
    stack.connect().unwrap();
    stack.receive(&mut [0; 8]).unwrap_err();
    stack.disconnect().unwrap();
}

#[test]
fn a_call_whose_time_ran_out_loses_nothing() {
    let point = FaultPoint::nth_of(Operation::Receive, 1).by_timeout();
    let mut stack = over(Fault::new().failing(point), "S: b");
    stack.set_clock(ManualClock::new());
    stack.connect().unwrap();
    stack.limit(Duration::from_secs(60), "reply");
    assert_eq!(stack.receive(&mut [0; 8]).unwrap_err().class(), ErrorClass::Timeout);
    stack.limit(Duration::from_secs(60), "reply");
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 3);
}

#[test]
fn one_octet_is_turned_over_wherever_it_lies_and_keeps_its_mark() {
    for at in 0..6 {
        let script = Script::new().expect_octets(6).send("123456");
        let transcript = script.transcript();
        let fault = Fault::new().flip_sent_at(at, 0x20).flip_at(at, 0x01).receive_at_most(4);
        let mut stack = CommsStack::builder().layer(fault).layer(script).build().unwrap();
        stack.connect().unwrap();
        let pieces = [Piece::Plain(b"ab"), Piece::Secret(b"cd"), Piece::Plain(b"e")];
        stack.send(Payload::Pieces(&pieces)).unwrap();
        stack.send("f").unwrap();
        let at = usize::try_from(at).unwrap();
        let mut expected = b"abcdef".to_vec();
        expected[at] ^= 0x20;
        assert_eq!(transcript.sent(), expected);
        let mut some = [0; 64];
        assert_eq!(stack.receive(&mut some).unwrap(), 4);
        assert_eq!(stack.receive(&mut some[4..]).unwrap(), 2);
        let mut expected = b"123456".to_vec();
        expected[at] ^= 0x01;
        assert_eq!(some[..6], expected);
        assert!(!transcript.text().contains("cd"), "{}", transcript.text());
    }
}

#[test]
fn a_connect_is_refused_as_often_as_was_said_and_never_again() {
    let mut stack = over(Fault::new().refusing(2), "connect\nconnect\nS: 220 a");
    for _ in 0..2 {
        let error = stack.connect().unwrap_err();
        assert_eq!(error.to_string(), "Fault: the peer refused the connection");
        assert!(!stack.is_connected());
    }
    stack.connect().unwrap();
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 7);
}

#[test]
fn a_fault_strikes_once_and_a_new_connection_finds_nothing_wrong() {
    let twice = format!("{DIALOGUE}\nconnect\n{DIALOGUE}");
    for fault in [Fault::after(3), Fault::new().cut_at(9, Cut::Reset)] {
        let mut stack = over(fault, &twice);
        talk(&mut stack).unwrap_err();
        let _ = stack.disconnect();
        talk(&mut stack).unwrap();
    }
}

/// Gives lines that it knows.
#[derive(Debug)]
struct Lines(Vec<&'static str>);

static LINES: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS, Service::LINES]),
    ..ModuleSpec::bottom("Lines", "gives lines")
};

impl CommsModule for Lines {
    fn spec(&self) -> &'static ModuleSpec {
        &LINES
    }

    fn receive_until(
        &mut self,
        _: &[u8],
        _: usize,
        into: &mut Vec<u8>,
        _: &mut dyn Below,
    ) -> Result<usize> {
        let line = self.0.pop().unwrap_or_default();
        into.extend(line.as_bytes());
        Ok(line.len())
    }
}

#[test]
fn above_a_line_service_a_cut_in_a_line_gives_no_part_of_it() {
    for (octets, whole, cut) in [(0, 0, None), (2, 0, Some("after 2 octets")), (4, 1, None)] {
        let lines = Lines(vec!["yyyy", "xxxx"]);
        let fault = Fault::new().cut_at(octets, Cut::Close);
        let mut stack = CommsStack::builder().layer(fault).layer(lines).build().unwrap();
        stack.connect().unwrap();
        let mut into = Vec::new();
        for _ in 0..whole {
            assert_eq!(stack.receive_until(b"x", 9, &mut into).unwrap(), 4);
        }
        match cut {
            None => assert_eq!(stack.receive_until(b"x", 9, &mut into).unwrap(), 0),
            Some(during) => {
                let error = stack.receive_until(b"x", 9, &mut into).unwrap_err().to_string();
                assert!(error.contains(during), "{error}");
            }
        }
        assert_eq!(into.len(), 4 * whole);
        assert_eq!(stack.receive_until(b"x", 9, &mut into).unwrap(), 0);
    }
}

#[test]
fn a_fault_can_be_built_by_name_and_told_as_text() {
    let registry = Registry::new().with::<Fault>().with::<Script>().with::<Latency>();
    let mut stack = registry.build("Latency,Fault,Script").unwrap();
    for (name, value) in [
        ("fail", "send:2:1"),
        ("cut", "120:stall"),
        ("flip_sent", "17:x20"),
        ("receive_at_most", "1"),
        ("refuse", "0"),
    ] {
        stack.set(&format!("Fault.{name}"), value).unwrap();
    }
    let error = stack.set("Fault.fail", "never").unwrap_err().to_string();
    assert!(error.contains("such as 7, send:2"), "{error}");
    stack.set("dialogue", "S: 220 a").unwrap();
    stack.connect().unwrap();
    assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 1);
}
