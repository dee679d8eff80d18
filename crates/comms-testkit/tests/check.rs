//! What a check finds, and what it lets pass.

#![expect(clippy::unwrap_used, reason = "helpers may fail the test")]

use comms_core::{
    Below, CommsModule, CommsStack, ErrorClass, ModuleSpec, Operation, Payload, Piece, Provides,
    Receipt, Result, Service, StackError,
};
use comms_testkit::{Check, CheckHandle, Cut, Fault, FaultPoint, RuleBroken, Script, conform};

fn over(below: impl CommsModule) -> (CommsStack, CheckHandle) {
    let check = Check::new().secret("hunter2").secret("");
    let handle = check.handle();
    let mut stack = CommsStack::builder().layer(check).layer(below).build().unwrap();
    stack.connect().unwrap();
    (stack, handle)
}

#[test]
fn a_check_keeps_the_rules_itself() {
    conform::filter(Check::new).unwrap();
}

#[test]
fn nothing_is_sent_after_a_send_that_failed() {
    let (mut stack, handle) = over(Script::new().expect("a").expect("b").expect("c"));
    stack.send("x").unwrap_err();
    handle.finished().unwrap();
    let error = stack.send("b").unwrap_err();
    assert_eq!((error.layer(), error.class()), ("Check", ErrorClass::Usage));
    assert_eq!(error.cause(), Some(&RuleBroken::SentAfterFailure));
    assert_eq!(handle.finished(), Err(RuleBroken::SentAfterFailure));
    let error = stack.disconnect().unwrap_err();
    assert_eq!(error.cause(), Some(&RuleBroken::SentAfterFailure), "{error}");
}

#[test]
fn nothing_is_received_after_the_connection_was_lost_and_a_timeout_is_no_loss() {
    let point = FaultPoint::nth_of(Operation::Receive, 1).by_timeout();
    let mut faulty = CommsStack::builder()
        .layer(Check::new())
        .layer(Fault::new().failing(point).cut_at(3, Cut::Reset))
        .layer(Script::new().send("abcdef"))
        .build()
        .unwrap();
    faulty.set_clock(comms_testkit::ManualClock::new());
    faulty.limit(std::time::Duration::from_secs(9), "reply");
    faulty.connect().unwrap();
    faulty.receive(&mut [0; 8]).unwrap_err();
    faulty.unlimit();
    assert_eq!(faulty.receive(&mut [0; 8]).unwrap(), 3);
    assert_eq!(faulty.receive(&mut [0; 8]).unwrap_err().layer(), "Fault");
    let error = faulty.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.cause(), Some(&RuleBroken::ReceivedAfterFailure));
}

#[test]
fn a_secret_without_its_mark_is_found_also_across_sends() {
    let (mut stack, handle) = over(Script::new().expect_octets(99));
    stack.send(Payload::Pieces(&[Piece::Plain(b"hun"), Piece::Secret(b"ter2")])).unwrap();
    stack.send("ter2").unwrap();
    handle.finished().unwrap();
    stack.send("hunt").unwrap();
    let error = stack.send(Payload::Pieces(&[Piece::Plain(b"er"), Piece::Plain(b"2")]));
    assert_eq!(error.unwrap_err().cause(), Some(&RuleBroken::Unmarked));
    assert!(!format!("{stack:?} {handle:?}").contains("hunter2"));
}

#[test]
fn a_line_that_there_cannot_be_is_not_asked_for() {
    for (end, limit) in [(b"".as_slice(), 9), (b"\r\n", 1)] {
        let (mut stack, _) = over(Lines::of(Wrong::Nothing));
        let error = stack.receive_until(end, limit, &mut Vec::new()).unwrap_err();
        assert_eq!(error.cause(), Some(&RuleBroken::NoSuchLine { limit }));
    }
}

/// What a line service does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Nothing,
    TooMany,
    GoesOn,
    NoEnd,
    Miscounts,
    Touches,
    AfterTheEnd,
    HoldsBack,
}

/// A line service that gives one line, `a;`, and the end.
#[derive(Debug)]
struct Lines {
    wrong: Wrong,
    given: usize,
}

static SPEC: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS, Service::LINES]),
    ..ModuleSpec::bottom("Lines", "gives lines")
};

impl Lines {
    fn of(wrong: Wrong) -> Self {
        Self { wrong, given: 0 }
    }
}

impl CommsModule for Lines {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
        Ok(if self.wrong == Wrong::TooMany { into.len() + 1 } else { 0 })
    }

    fn receive_until(
        &mut self,
        _: &[u8],
        _: usize,
        into: &mut Vec<u8>,
        _: &mut dyn Below,
    ) -> Result<usize> {
        self.given += 1;
        let line: &[u8] = match (self.wrong, self.given) {
            (Wrong::GoesOn, 1) => b"a;b;",
            (Wrong::NoEnd, 1) => b"a",
            (_, 1) | (Wrong::AfterTheEnd, 3) => b"a;",
            _ => b"",
        };
        into.extend(line);
        match self.wrong {
            Wrong::Miscounts => Ok(line.len() + 1),
            Wrong::Touches => Err(StackError::TooLong { limit: 9 }.into()),
            _ => Ok(line.len()),
        }
    }

    fn pending(&self) -> usize {
        usize::from(self.wrong == Wrong::HoldsBack)
    }
}

#[test]
fn an_answer_that_breaks_a_rule_is_told_which() {
    for (wrong, rule) in [
        (Wrong::Nothing, None),
        (Wrong::GoesOn, Some(RuleBroken::NotALine)),
        (Wrong::NoEnd, Some(RuleBroken::NotALine)),
        (Wrong::Miscounts, Some(RuleBroken::LineMiscounted { octets: 3 })),
        (Wrong::Touches, Some(RuleBroken::LineTouched)),
        (Wrong::AfterTheEnd, Some(RuleBroken::AfterTheEnd { octets: 2 })),
        (Wrong::HoldsBack, Some(RuleBroken::PendingAtTheEnd { octets: 1 })),
    ] {
        let (mut stack, handle) = over(Lines::of(wrong));
        let mut into = b"kept".to_vec();
        for _ in 0..3 {
            if stack.receive_until(b";", 9, &mut into).is_err() {
                break;
            }
        }
        assert_eq!(handle.finished().err(), rule, "{wrong:?}");
    }
    let (mut stack, handle) = over(Lines::of(Wrong::TooMany));
    stack.receive(&mut [0; 4]).unwrap_err();
    assert_eq!(handle.finished(), Err(RuleBroken::TooMany { octets: 5, room: 4 }));
}

/// Keeps what it is given until it is flushed.
#[derive(Debug, Default)]
struct Holder(Vec<u8>);

static HOLDER: ModuleSpec = ModuleSpec::filter("Holder", "keeps what it is given");

impl CommsModule for Holder {
    fn spec(&self) -> &'static ModuleSpec {
        &HOLDER
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        self.0.extend(payload.pieces().flat_map(|piece| piece.octets().to_vec()));
        Ok(Receipt::TAKEN)
    }

    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        below.send(Payload::Bytes(&std::mem::take(&mut self.0)))?;
        below.flush()
    }
}

#[test]
fn who_waits_has_let_go_of_what_was_given_to_be_sent() {
    for flushes in [true, false] {
        let (upper, lower) = Check::pair();
        let handle = lower.handle();
        let script = Script::new().send("a").expect("b").send("c");
        let builder = CommsStack::builder().layer(upper).layer(Holder::default()).layer(lower);
        let mut stack = builder.layer(script).build().unwrap();
        stack.connect().unwrap();
        assert_eq!(stack.receive(&mut [0; 8]).unwrap(), 1);
        stack.send("b").unwrap();
        assert_eq!(stack.receive(&mut []).unwrap(), 0);
        if flushes {
            stack.flush().unwrap();
        }
        assert_eq!(stack.receive(&mut [0; 8]).is_ok(), flushes);
        assert_eq!(handle.finished().is_ok(), flushes);
        if !flushes {
            assert_eq!(handle.finished(), Err(RuleBroken::HeldWhileWaiting));
        }
    }
}
