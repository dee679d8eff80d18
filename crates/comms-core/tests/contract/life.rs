//! Connect goes up, disconnect goes down, and whatever fails leaves nothing half-open.

use std::time::Duration;

use comms_core::{
    Below, CommsModule, CommsStack, ErrorClass, ModuleSpec, Operation, Payload, Receipt, Result,
    StackError, State,
};

use crate::fakes::clock::ManualClock;
use crate::fakes::diary::Diary;
use crate::fakes::mail::mail_over;
use crate::fakes::scribe::{CHECK, Refusal, SMTP, Scribe, TLS, scribes};
use crate::fakes::tcp::{TCP, World};
use crate::fakes::util::UTIL;

#[test]
fn connect_goes_up_and_disconnect_goes_down() {
    let diary = Diary::default();
    let mut stack = scribes(&[&SMTP, &UTIL, &TLS, &TCP], &diary).unwrap();
    stack.connect().unwrap();
    assert_eq!(diary.tear_out(), ["connect Tcp", "connect Tls", "connect Util", "connect Smtp"]);
    assert_eq!(stack.to_string(), "Smtp > Util > Tls > Tcp");
    assert!(stack.is_connected());
    stack.disconnect().unwrap();
    assert_eq!(
        diary.tear_out(),
        ["disconnect Smtp", "disconnect Util", "disconnect Tls", "disconnect Tcp"]
    );
    assert_eq!(stack.info().state, State::Disconnected);
}

#[test]
fn connecting_twice_and_disconnecting_twice_is_harmless() {
    let diary = Diary::default();
    let mut stack = scribes(&[&CHECK, &TCP], &diary).unwrap();
    stack.disconnect().unwrap();
    stack.connect().unwrap();
    stack.connect().unwrap();
    stack.disconnect().unwrap();
    stack.disconnect().unwrap();
    let once = ["connect Tcp", "connect Check", "disconnect Check", "disconnect Tcp"];
    assert_eq!(diary.tear_out(), once);
    stack.connect().unwrap();
    assert_eq!(diary.tear_out(), ["connect Tcp", "connect Check"], "and again from the start");
}

#[test]
fn a_connect_that_fails_at_any_layer_leaves_nothing_open_and_keeps_its_cause() {
    let specs = [&SMTP, &UTIL, &TLS, &TCP];
    for (at, broken) in specs.iter().enumerate() {
        let diary = Diary::default();
        let mut builder = CommsStack::builder();
        for spec in specs {
            let scribe = Scribe::new(spec, &diary).saying("bye");
            let fails = spec.name == broken.name;
            builder =
                builder.layer(if fails { scribe.failing(Operation::Connect) } else { scribe });
        }
        let mut stack = builder.build().unwrap();
        let error = stack.connect().unwrap_err();
        assert_eq!(error.sentence(), format!("{}: refused to connect", broken.name));
        assert_eq!(error.cause(), Some(&Refusal(Operation::Connect)));
        assert_eq!((error.layer(), error.class()), (broken.name, ErrorClass::Connection));
        assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Tls) > (Tcp)");
        let connected = specs.iter().skip(at).rev().map(|spec| format!("connect {}", spec.name));
        let left = specs.iter().skip(at).map(|spec| format!("disconnect {}", spec.name));
        let all = connected.chain(left).collect::<Vec<_>>();
        assert_eq!(diary.tear_out(), all, "every layer that was asked lets go, and says nothing");
    }
}

#[test]
fn a_layer_that_was_let_go_after_a_failed_connect_said_goodbye_without_a_deadline() {
    let diary = Diary::default();
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&SMTP, &diary).failing(Operation::Connect))
        .layer(Scribe::new(&UTIL, &diary).saying("bye"))
        .layer(Scribe::new(&TCP, &diary))
        .build()
        .unwrap();
    stack.connect().unwrap_err();
    let said = diary.tear_out();
    assert!(!said.contains(&"send Tcp".to_owned()), "{said:?}");
}

#[test]
fn every_layer_is_left_even_if_one_cannot_say_goodbye() {
    let diary = Diary::default();
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&SMTP, &diary).failing(Operation::Disconnect))
        .layer(Scribe::new(&UTIL, &diary).failing(Operation::Disconnect))
        .layer(Scribe::new(&TCP, &diary))
        .build()
        .unwrap();
    stack.connect().unwrap();
    diary.tear_out();
    let error = stack.disconnect().unwrap_err();
    assert_eq!(error.sentence(), "Smtp: refused to disconnect", "the first one is told");
    assert_eq!(diary.tear_out(), ["disconnect Smtp", "disconnect Util", "disconnect Tcp"]);
    assert_eq!(stack.to_string(), "(Smtp) > (Util) > (Tcp)");
}

#[test]
fn what_was_held_goes_out_before_the_goodbye() {
    let world = World::default();
    let mut stack = mail_over(&world).unwrap();
    stack.connect().unwrap();
    stack.send("last words").unwrap();
    assert_eq!(world.heard(), "");
    stack.disconnect().unwrap();
    assert_eq!(world.heard(), "last words");
}

#[test]
fn a_goodbye_has_its_own_time_even_when_the_deadline_has_passed() {
    let clock = ManualClock::new();
    let diary = Diary::default();
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&CHECK, &diary).saying("bye"))
        .layer(Scribe::new(&TCP, &diary))
        .build()
        .unwrap();
    stack.set_clock(clock.clone());
    stack.connect().unwrap();
    stack.limit(Duration::from_secs(1), "work");
    clock.pass(Duration::from_secs(2));
    assert_eq!(
        stack.send("x").unwrap_err().sentence(),
        "Tcp: the time for the work (1 s) ran out while sending"
    );
    diary.tear_out();
    stack.disconnect().unwrap();
    assert_eq!(diary.tear_out(), ["send Tcp", "disconnect Check", "disconnect Tcp"]);
}

#[test]
fn a_goodbye_that_takes_too_long_is_cut_off_and_everything_is_left() {
    let clock = ManualClock::new();
    let diary = Diary::default();
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&SMTP, &diary).saying("bye"))
        .layer(Slow)
        .layer(Scribe::new(&UTIL, &diary))
        .layer(Scribe::new(&TCP, &diary))
        .build()
        .unwrap();
    stack.set_clock(clock);
    stack.set_goodbye(Duration::from_secs(3));
    stack.connect().unwrap();
    diary.tear_out();
    let error = stack.disconnect().unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the goodbye (3 s) ran out while sending");
    assert_eq!(
        diary.tear_out(),
        ["send Util", "disconnect Smtp", "disconnect Util", "disconnect Tcp"]
    );
    assert!(!stack.is_connected());
}

#[test]
fn the_time_for_a_goodbye_went_on_after_it() {
    /// Connects anew at each reset.
    #[derive(Debug)]
    struct Again;
    static AGAIN: ModuleSpec = ModuleSpec::filter("Again", "connects anew");
    impl CommsModule for Again {
        fn spec(&self) -> &'static ModuleSpec {
            &AGAIN
        }
        fn reset(&mut self, below: &mut dyn Below) -> Result<()> {
            below.disconnect()?;
            assert_eq!(below.deadline().reason(), "call", "no longer that of the goodbye");
            below.connect()
        }
    }
    let diary = Diary::default();
    let mut stack =
        CommsStack::builder().layer(Again).layer(Scribe::new(&TCP, &diary)).build().unwrap();
    stack.connect().unwrap();
    stack.reset().unwrap();
    assert_eq!(diary.tear_out(), ["connect Tcp", "disconnect Tcp", "connect Tcp"]);
    assert!(stack.is_connected());
}

#[test]
fn a_layer_kept_what_it_knew_of_a_connection_that_was_gone_below_it() {
    /// Gives up the connection when it is asked anything.
    #[derive(Debug)]
    struct Quitter;
    static QUITTER: ModuleSpec = ModuleSpec::filter("Quitter", "gives up");
    impl CommsModule for Quitter {
        fn spec(&self) -> &'static ModuleSpec {
            &QUITTER
        }
        fn noop(&mut self, below: &mut dyn Below) -> Result<String> {
            below.disconnect().map(|()| "gone".to_owned())
        }
    }
    let diary = Diary::default();
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&CHECK, &diary).saying("bye"))
        .layer(Quitter)
        .layer(Scribe::new(&TCP, &diary))
        .build()
        .unwrap();
    stack.connect().unwrap();
    stack.noop().unwrap();
    assert_eq!(stack.to_string(), "Check > Quitter > (Tcp)");
    assert!(!stack.is_connected(), "a stack with a hole in it is not connected");
    diary.tear_out();
    stack.connect().unwrap();
    assert_eq!(
        diary.tear_out(),
        ["disconnect Check", "connect Tcp", "connect Check"],
        "the layers above greet the new connection, and say nothing to the old one"
    );
    assert!(stack.is_connected());
}

#[test]
fn a_stack_that_is_dropped_asks_nothing_of_anybody() {
    let diary = Diary::default();
    let mut stack = scribes(&[&CHECK, &TCP], &diary).unwrap();
    stack.connect().unwrap();
    diary.tear_out();
    drop(stack);
    assert_eq!(diary.tear_out(), Vec::<String>::new());
}

#[test]
fn connect_after_a_push_connects_the_new_layer_alone() {
    let diary = Diary::default();
    let mut stack = scribes(&[&TCP], &diary).unwrap();
    stack.connect().unwrap();
    diary.tear_out();
    stack.push(Scribe::new(&CHECK, &diary)).unwrap();
    assert_eq!(stack.to_string(), "(Check) > Tcp");
    assert!(!stack.is_connected());
    assert_eq!(stack.send("x").unwrap_err().sentence(), "Check: not connected: call connect first");
    stack.connect().unwrap();
    assert_eq!(diary.tear_out(), ["connect Check"]);
}

#[test]
fn a_new_layer_that_cannot_connect_takes_the_old_ones_with_it() {
    let diary = Diary::default();
    let mut stack = scribes(&[&TCP], &diary).unwrap();
    stack.connect().unwrap();
    stack.push(Scribe::new(&CHECK, &diary).failing(Operation::Connect)).unwrap();
    stack.connect().unwrap_err();
    assert_eq!(stack.to_string(), "(Check) > (Tcp)");
    stack.pop().unwrap();
    stack.connect().unwrap();
    assert_eq!(stack.to_string(), "Tcp");
}

#[test]
fn a_popped_module_comes_back_as_it_is() {
    let diary = Diary::default();
    let mut stack = scribes(&[&CHECK, &TCP], &diary).unwrap();
    let top = stack.pop().unwrap();
    assert_eq!(top.spec().name, "Check");
    assert_eq!(stack.top().map(|module| module.spec().name), Some("Tcp"));
    assert_eq!(stack.bottom().map(|module| module.spec().name), Some("Tcp"));
    assert_eq!(stack.modules().count(), 1);
}

#[test]
fn what_is_sent_before_connect_is_refused_by_name() {
    let mut stack = scribes(&[&CHECK, &TCP], &Diary::default()).unwrap();
    let error = stack.send("x").unwrap_err();
    assert_eq!(error.cause(), Some(&StackError::NotConnected));
    assert_eq!((error.layer(), error.class()), ("Check", ErrorClass::Connection));
}

/// Takes four seconds to pass anything on.
#[derive(Debug)]
struct Slow;

static SLOW: ModuleSpec = ModuleSpec::filter("Slow", "takes its time");

impl CommsModule for Slow {
    fn spec(&self) -> &'static ModuleSpec {
        &SLOW
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        below.clock().sleep(Duration::from_secs(4));
        below.send(payload)
    }
}
