//! A deadline says which budget ended, where, and how far the peer had come.

use std::sync::Arc;
use std::time::Duration;

use comms_core::{
    Below, CommsModule, CommsStack, Deadline, DeadlinePassed, ErrorClass, ModuleSpec, Payload,
    Receipt, Result,
};

use crate::fakes::clock::ManualClock;
use crate::fakes::diary::Diary;
use crate::fakes::mail::mail_over;
use crate::fakes::scribe::{CHECK, Scribe, TLS};
use crate::fakes::tcp::{TCP, Tcp, World};
use crate::fakes::util::Util;

#[test]
fn a_deadline_that_passed_says_its_reason_its_layer_and_the_octets_that_came() {
    let (_, world, mut stack) = drip(["220 a", "b", "c"], 4);
    stack.limit(Duration::from_secs(10), "greeting");
    let error = stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the greeting (10 s) ran out after 6 octets");
    assert_eq!((error.layer(), error.class()), ("Tcp", ErrorClass::Timeout));
    let passed = error.cause::<DeadlinePassed>().unwrap();
    assert_eq!((passed.reason, passed.octets), ("greeting", Some(6)));
    assert_eq!(passed.budget, Duration::from_secs(10));
    assert_eq!(world.calls(), 3);
}

#[test]
fn of_two_deadlines_at_the_same_time_the_one_that_was_there_holds() {
    let clock = ManualClock::new();
    let at = |seconds, reason| Deadline::after(&*clock, Duration::from_secs(seconds), reason);
    assert_eq!(at(5, "mine").sooner(at(5, "theirs")).reason(), "mine");
    assert_eq!(at(5, "mine").sooner(at(4, "theirs")).reason(), "theirs");
    assert_eq!(at(5, "mine").sooner(at(6, "theirs")).reason(), "mine");
}

#[test]
fn one_octet_is_told_as_one() {
    let (_, _, mut stack) = drip(["2", "20"], 6);
    stack.limit(Duration::from_secs(10), "greeting");
    let error = stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the greeting (10 s) ran out after 1 octet");
}

#[test]
fn octets_that_came_before_the_limit_are_not_counted() {
    let (clock, world, mut stack) = drip(["220 welcome\r\n", "250"], 1);
    stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap();
    stack.limit(Duration::from_secs(10), "reply");
    world.slow_down(&clock, Duration::from_secs(6));
    let error = stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the reply (10 s) ran out after 3 octets");
}

#[test]
fn a_slow_drip_does_not_extend_the_time() {
    let (clock, world, mut stack) = drip(["x"; 100], 1);
    stack.limit(Duration::from_millis(4500), "reply");
    let error = stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the reply (4.5 s) ran out after 4 octets");
    assert_eq!(clock.elapsed(), Duration::from_millis(4500));
    assert_eq!(world.calls(), 5);
}

#[test]
fn a_time_out_loses_nothing_and_the_next_call_goes_on() {
    let (_, world, mut stack) = drip(["220 wel", "co", "me\r\n"], 4);
    stack.limit(Duration::from_secs(10), "greeting");
    let mut line = Vec::new();
    stack.receive_until(b"\r\n", 512, &mut line).unwrap_err();
    assert!(line.is_empty());
    stack.limit(Duration::from_secs(1000), "greeting");
    assert_eq!(stack.receive_until(b"\r\n", 512, &mut line).unwrap(), 13);
    assert_eq!(line, b"220 welcome\r\n");
    assert_eq!(world.calls(), 4);
}

#[test]
fn the_bottom_is_not_asked_once_the_time_is_up() {
    let (clock, world, mut stack) = drip(["a line\r\nand more"], 1);
    stack.limit(Duration::from_secs(10), "work");
    stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap();
    let calls = world.calls();
    clock.pass(Duration::from_secs(10));
    let mut room = [0; 64];
    assert_eq!(stack.receive(&mut room).unwrap(), 8, "what is there already is handed up");
    let error = stack.receive(&mut room).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the work (10 s) ran out after 16 octets");
    stack.send("x").unwrap();
    let error = stack.flush().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert_eq!(error.sentence(), "Tcp: the time for the work (10 s) ran out while sending");
    assert_eq!(stack.noop().unwrap_err().class(), ErrorClass::Timeout);
    assert_eq!((world.calls(), world.heard()), (calls, String::new()));
    stack.unlimit();
    assert_eq!(stack.noop().unwrap(), "still here");
}

#[test]
fn connect_lies_within_the_budget_too() {
    let clock = ManualClock::new();
    let diary = Diary::default();
    let mut stack = CommsStack::new(Scribe::new(&TCP, &diary)).unwrap();
    stack.set_clock(clock.clone());
    stack.limit(Duration::from_secs(10), "connect");
    clock.pass(Duration::from_secs(10));
    let error = stack.connect().unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the connect (10 s) ran out, nothing arrived");
    assert_eq!(diary.tear_out(), ["disconnect Tcp"], "it is let go though it was never asked");
}

#[test]
fn a_layer_brings_a_deadline_forward() {
    let mut stack = over_hurry(Hurry { seconds: &[3], ..Hurry::default() });
    stack.limit(Duration::from_secs(10), "work");
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the hurry (3 s) ran out, nothing arrived");
}

#[test]
fn a_layer_does_not_put_a_deadline_off_nor_take_its_name() {
    let mut stack = over_hurry(Hurry { seconds: &[300], ..Hurry::default() });
    stack.limit(Duration::from_secs(5), "work");
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the work (5 s) ran out, nothing arrived");
}

#[test]
fn a_second_limit_in_one_call_is_measured_from_the_call_and_not_from_the_first() {
    let mut stack = over_hurry(Hurry { seconds: &[3, 20], ..Hurry::default() });
    stack.limit(Duration::from_secs(60), "work");
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the hurry (20 s) ran out, nothing arrived");
    stack.limit(Duration::from_secs(10), "work");
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the work (10 s) ran out, nothing arrived");
}

#[test]
fn a_limit_ends_with_the_call_that_set_it() {
    let mut stack = over_hurry(Hurry { seconds: &[3], ..Hurry::default() });
    stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(stack.noop().unwrap(), "call", "the next call has no deadline");
}

#[test]
fn octets_of_an_outer_budget_were_counted_from_the_inner_one() {
    // The inner limit is longer than what is left of the outer one, so the outer one ends.
    let clock = ManualClock::new();
    let world = World::saying(["abc", "de"]);
    let mut stack = CommsStack::builder()
        .layer(Hurry { seconds: &[300], ..Hurry::default() })
        .layer(Tcp::of(&world))
        .build()
        .unwrap();
    stack.set_clock(clock.clone());
    stack.connect().unwrap();
    world.slow_down(&clock, Duration::from_secs(4));
    stack.limit(Duration::from_secs(10), "work");
    let mut room = [0; 8];
    stack.receive(&mut room).unwrap();
    stack.receive(&mut room).unwrap();
    let error = stack.receive(&mut room).unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the work (10 s) ran out after 5 octets");
}

#[test]
fn a_budget_without_end_never_passes() {
    let (clock, world, mut stack) = drip(["a\r\n"], 1);
    stack.limit(Duration::MAX, "work");
    world.slow_down(&clock, Duration::from_secs(u64::from(u32::MAX)));
    assert_eq!(stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap(), 3);
}

#[test]
fn a_layer_with_a_budget_of_its_own_making_is_not_given_octets_that_are_not_its() {
    let mut stack = over_hurry(Hurry { own: true, ..Hurry::default() });
    stack.limit(Duration::from_secs(60), "work");
    let error = stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(error.sentence(), "Hurry: the time for the work (2 s) ran out");
}

/// A stack over packets that take `pace` seconds each and then stall.
fn drip<'a>(
    packets: impl IntoIterator<Item = &'a str>,
    pace: u64,
) -> (Arc<ManualClock>, World, CommsStack) {
    let clock = ManualClock::new();
    let world = World::saying(packets);
    let mut stack = mail_over(&world).unwrap();
    stack.pop().unwrap();
    stack.push(Scribe::new(&CHECK, &Diary::default())).unwrap();
    stack.insert(2, Scribe::new(&TLS, &Diary::default())).unwrap();
    stack.set_clock(clock.clone());
    stack.connect().unwrap();
    world.slow_down(&clock, Duration::from_secs(pace));
    (clock, world, stack)
}

/// A hurrying layer over a peer that says nothing for an hour.
fn over_hurry(hurry: Hurry) -> CommsStack {
    let clock = ManualClock::new();
    let world = World::default();
    world.slow_down(&clock, Duration::from_secs(3600));
    let builder = CommsStack::builder().layer(hurry).layer(Util::default()).layer(Tcp::of(&world));
    let mut stack = builder.build().unwrap();
    stack.set_clock(clock);
    stack.connect().unwrap();
    stack
}

/// Sets these limits, one after the other, in each call.
#[derive(Debug, Default)]
struct Hurry {
    seconds: &'static [u64],
    own: bool,
}

static HURRY: ModuleSpec = ModuleSpec::filter("Hurry", "has no time");

impl CommsModule for Hurry {
    fn spec(&self) -> &'static ModuleSpec {
        &HURRY
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        below.send(payload)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if self.own {
            let two = Duration::from_secs(2);
            return Err(Deadline::after(below.clock(), two, "work").passed().into());
        }
        for seconds in self.seconds {
            below.limit(Duration::from_secs(*seconds), "hurry");
        }
        below.receive(into)
    }

    fn noop(&mut self, below: &mut dyn Below) -> Result<String> {
        Ok(below.deadline().reason().to_owned())
    }
}
