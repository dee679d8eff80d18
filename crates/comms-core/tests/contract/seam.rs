//! The seam counts, tells the watchers, and gives errors their layer.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use comms_core::{
    Below, CommsListener, CommsModule, CommsStack, Error, ErrorClass, Level, ModuleSpec, Object,
    Operation, Payload, Piece, Receipt, Result, Severity, Sink, StackError, State, Traffic,
};

use crate::fakes::clock::ManualClock;
use crate::fakes::diary::Diary;
use crate::fakes::mail::mail_over;
use crate::fakes::scribe::{CHECK, Refusal, Scribe};
use crate::fakes::sink::Watcher;
use crate::fakes::tcp::{TCP, Tcp, World};
use crate::fakes::util::Util;

#[test]
fn both_faces_of_each_layer_are_counted() {
    let (_, mut stack) = checked(&World::saying(["hello", "you"]));
    stack.send("abc").unwrap();
    stack.send(Payload::Secret(b"de")).unwrap();
    stack.send("").unwrap();
    let mut room = [0; 4];
    while stack.receive(&mut room).unwrap() > 0 {}
    let expected =
        Traffic { bytes_sent: 5, packets_sent: 3, bytes_received: 8, packets_received: 3 };
    for layer in ["Check", "Check#2", "Tcp"] {
        let info = stack.info_of(layer).unwrap();
        assert_eq!((info.above, info.below), (expected, expected), "{layer}");
    }
    assert_eq!(stack.info().above, stack.info().below);
    assert_eq!(stack.info().state, State::Connected);
    assert!(stack.info_of("Tls").is_err());
}

#[test]
fn a_coalescing_layer_has_fewer_packets_below_than_above() {
    let world = World::saying(["250 one\r\n250 two\r\n"]);
    let mut stack = mail_over(&world).unwrap();
    stack.connect().unwrap();
    for command in ["MAIL\r\n", "RCPT\r\n", "DATA\r\n"] {
        stack.send(command).unwrap();
    }
    for _ in 0..2 {
        stack.receive_until(b"\r\n", 512, &mut Vec::new()).unwrap();
    }
    let util = stack.info_of("util").unwrap();
    assert_eq!((util.above.packets_sent, util.below.packets_sent), (3, 1));
    assert_eq!((util.above.bytes_sent, util.below.bytes_sent), (18, 18));
    assert_eq!((util.above.packets_received, util.below.packets_received), (2, 1));
    assert_eq!((util.above.bytes_received, util.below.bytes_received), (18, 18));
    let info = stack.info();
    assert_eq!((info.above, info.below), (util.above, util.below), "as the whole stack");
    let mut sum = Traffic::default();
    sum += util.above;
    sum += util.below;
    let expected =
        Traffic { bytes_sent: 36, packets_sent: 4, bytes_received: 36, packets_received: 3 };
    assert_eq!(sum, expected);
    let words =
        (util.bytes_sent(), util.packets_sent(), util.bytes_received(), util.packets_received());
    assert_eq!(words, (18, 3, 18, 2), "those of the upper face");
}

/// Writes down which layer was told of at which place, and of which stack.
#[derive(Debug, Default)]
struct Places(Diary);

impl Sink for Places {
    fn note(&self, event: &comms_core::Event<'_>) {
        self.0.write(format!("{} {} of {}", event.layer, event.depth, event.stack));
    }

    fn name(&self) -> String {
        "places".to_owned()
    }
}

#[test]
fn watchers_are_told_the_place_of_each_layer_whoever_asks_it() {
    let (_, mut stack) = checked(&World::saying(["hello"]));
    stack.set_number(7);
    let places = Arc::new(Places::default());
    stack.watch(&(Arc::clone(&places) as _));
    stack.connect().unwrap();
    stack.send("abc").unwrap();
    stack.receive(&mut [0; 8]).unwrap();
    places.0.tear_out();
    stack.layer::<Tcp>().unwrap().run(|_, _| Ok(())).unwrap();
    assert_eq!(places.0.tear_out(), ["Tcp 2 of 7", "Tcp 2 of 7"]);
    stack.disconnect().unwrap();
    let told = places.0.tear_out();
    for line in &told {
        let known = ["Check 0 of 7", "Check#2 1 of 7", "Tcp 2 of 7"];
        assert!(known.contains(&line.as_str()), "{line}");
    }
    assert!(told.iter().any(|line| line.starts_with("Tcp")), "{told:?}");
}

#[test]
fn what_failed_is_not_counted_as_sent() {
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&CHECK, &Diary::default()).failing(Operation::Send))
        .layer(Tcp::default())
        .build()
        .unwrap();
    stack.connect().unwrap();
    stack.send("abc").unwrap_err();
    assert_eq!(stack.info().above, Traffic::default());
}

#[test]
fn times_are_those_of_the_stack_s_own_clock() {
    let clock = ManualClock::new();
    let (_, mut stack) = checked(&World::saying(["x"]));
    stack.set_clock(clock.clone());
    let info = stack.info();
    assert_eq!((info.time_since_sent, info.time_since_received, info.idle()), (None, None, None));
    stack.send("x").unwrap();
    clock.pass(Duration::from_secs(3));
    stack.receive(&mut [0; 8]).unwrap();
    clock.pass(Duration::from_secs(4));
    stack.receive(&mut [0; 8]).unwrap();
    let info = stack.info();
    assert_eq!(info.time_since_sent, Some(Duration::from_secs(7)));
    assert_eq!(info.time_since_received, Some(Duration::from_secs(4)), "an end is no octet");
    assert_eq!(info.idle(), Some(Duration::from_secs(4)));
}

#[test]
fn what_waited_in_a_buffer_was_sent_at_the_time_of_something_else_or_never() {
    let clock = ManualClock::new();
    let mut stack = mail_over(&World::default()).unwrap();
    stack.set_clock(clock.clone());
    stack.connect().unwrap();
    clock.pass(Duration::from_secs(60));
    stack.send("held back").unwrap();
    assert_eq!(stack.info().time_since_sent, Some(Duration::ZERO));
    assert_eq!(stack.info_of("Tcp").unwrap().time_since_sent, None);
    clock.pass(Duration::from_secs(5));
    assert_eq!(stack.info().idle(), Some(Duration::from_secs(5)));
}

#[test]
fn a_watcher_sees_each_call_begin_and_end_in_order_in_every_layer() {
    let (watcher, mut stack) = checked(&World::saying(["250 ok\r\n"]));
    let (_, _) = (stack.send("NOOP\r\n").unwrap(), stack.receive(&mut [0; 64]).unwrap());
    assert_eq!(
        watcher.diary.tear_out(),
        [
            r#"1.0.Check send ["NOOP\r\n"]"#,
            r#"1.1.Check#2 send ["NOOP\r\n"]"#,
            r#"1.2.Tcp send ["NOOP\r\n"]"#,
            r#"1.2.Tcp send done [""]"#,
            r#"1.1.Check#2 send done [""]"#,
            r#"1.0.Check send done [""]"#,
            "1.0.Check receive",
            "1.1.Check#2 receive",
            "1.2.Tcp receive",
            r#"1.2.Tcp receive done ["250 ok\r\n"]"#,
            r#"1.1.Check#2 receive done ["250 ok\r\n"]"#,
            r#"1.0.Check receive done ["250 ok\r\n"]"#,
        ]
    );
}

#[test]
fn every_begin_has_its_end_whatever_is_asked() {
    let (watcher, mut stack) = checked(&World::saying(["x"]));
    let _ = stack.noop();
    let _ = stack.reset();
    let _ = stack.flush();
    let _ = stack.start_tls();
    let _ = stack.invoke("peer_name", &[]);
    let _ = stack.receive_until(b"\n", 8, &mut Vec::new());
    let _ = stack.disconnect();
    let _ = stack.connect();
    let mut open = Vec::new();
    for line in watcher.diary.tear_out() {
        let mut words = line.split(' ').map(str::to_owned);
        let call = (words.next().unwrap(), words.next().unwrap());
        match words.next().as_deref() {
            Some("done" | "failed:") => assert_eq!(open.pop(), Some(call), "{line}"),
            _ => open.push(call),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_layer_s_own_sink_sees_that_layer_alone() {
    let (_, mut stack) = checked(&World::default());
    let own = Watcher::default();
    stack.log("check#2", Arc::new(own.clone())).unwrap();
    assert!(stack.log("Tls", Arc::new(own.clone())).is_err());
    stack.send("x").unwrap();
    assert_eq!(
        own.diary.tear_out(),
        [r#"1.1.Check#2 send ["x"]"#, r#"1.1.Check#2 send done [""]"#]
    );
    assert_eq!(stack.get("Check.log").unwrap().value, Some("a watcher".into()));
    assert_eq!(stack.get("Check#2.log").unwrap().value, Some("a watcher, a watcher".into()));
}

#[test]
fn who_watches_the_stack_sees_layers_that_come_later_too() {
    let (watcher, mut stack) = checked(&World::default());
    stack.push(Util::default()).unwrap();
    stack.connect().unwrap();
    watcher.diary.tear_out();
    stack.send("x").unwrap();
    assert_eq!(
        watcher.diary.tear_out(),
        [r#"1.0.Util send ["x"]"#, r#"1.0.Util send done [""]"#],
        "held back, so nobody below was asked"
    );
    let own = Watcher::default();
    stack.log("Util", Arc::new(own.clone())).unwrap();
    stack.push(Util::default()).unwrap();
    stack.noop().unwrap_err();
    stack.connect().unwrap();
    own.diary.tear_out();
    stack.noop().unwrap();
    let lines = own.diary.tear_out();
    assert_eq!(lines, ["1.1.Util#2 noop", r#"1.1.Util#2 noop done [""]"#], "under its new name");
}

#[test]
fn a_module_s_records_reach_its_own_log_alone_and_are_not_made_while_nobody_watches() {
    /// Makes a record of whatever it sends; the text says that it was made.
    #[derive(Debug)]
    struct Talker(Diary);
    struct Text<'a>(&'a Diary);
    impl std::fmt::Display for Text<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.write("made");
            f.write_str("sending")
        }
    }
    static TALKER: ModuleSpec = ModuleSpec::filter("Talker", "talks");
    impl CommsModule for Talker {
        fn spec(&self) -> &'static ModuleSpec {
            &TALKER
        }
        fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
            below.note(Severity::Warn, Level::Script, format_args!("{}", Text(&self.0)));
            below.send(payload)
        }
    }
    let (diary, world) = (Diary::default(), World::default());
    let builder = CommsStack::builder().layer(Talker(diary.clone())).layer(Tcp::of(&world));
    let mut stack = builder.build().unwrap();
    let (below, own) = (Watcher::default(), Watcher::default());
    stack.log("Tcp", Arc::new(below.clone())).unwrap();
    stack.connect().unwrap();
    stack.send("x").unwrap();
    assert!(diary.tear_out().is_empty(), "nobody watched");
    stack.log("Talker", Arc::new(own.clone())).unwrap();
    stack.send("x").unwrap();
    assert_eq!(diary.tear_out(), ["made"]);
    assert!(own.diary.tear_out().contains(&"1.0.Talker !script sending".to_owned()));
    assert!(!below.diary.tear_out().concat().contains("sending"));
}

#[test]
fn secrets_are_masked_in_every_event_and_reach_the_wire() {
    let world = World::default();
    let (watcher, mut stack) = checked(&world);
    stack.push(Util::default()).unwrap();
    stack.connect().unwrap();
    stack.send(Payload::Secret(b"hunter2")).unwrap();
    let pieces = [Piece::Plain(b"AUTH "), Piece::Secret(b"hunter2"), Piece::Plain(b"\r\n")];
    stack.send(Payload::Pieces(&pieces)).unwrap();
    stack.flush().unwrap();
    stack.set("pass_word", "hunter2").unwrap();
    stack.set("port", "hunter2").unwrap_err();
    let lines = watcher.diary.tear_out().join("\n");
    assert!(!lines.contains("hunter2"), "{lines}");
    assert!(lines.contains(r#"["AUTH ", <7 secret octets>, "\r\n"]"#), "{lines}");
    assert_eq!(world.heard(), "hunter2AUTH hunter2\r\n");
}

#[test]
fn what_is_received_is_masked_in_all_layers_for_as_long_as_one_asks_for_it() {
    let world = World::saying(["hunter2\r\n", "welcome\r\n"]);
    let (watcher, mut stack) = checked(&world);
    stack.push(Util::default()).unwrap();
    stack.connect().unwrap();
    let mut lines = Vec::new();
    let hide = |_: &mut Util, below: &mut dyn Below| {
        below.hide_received();
        Ok(())
    };
    stack.layer::<Util>().unwrap().run(hide).unwrap();
    stack.receive_until(b"\n", 512, &mut lines).unwrap();
    let seen = watcher.diary.tear_out().join("\n");
    assert!(!seen.contains("hunter2"), "{seen}");
    assert_eq!(seen.matches("<9 secret octets>").count(), 4, "in each layer: {seen}");
    let show = |_: &mut Util, below: &mut dyn Below| {
        below.show_received();
        Ok(())
    };
    stack.layer::<Util>().unwrap().run(show).unwrap();
    stack.receive_until(b"\n", 512, &mut lines).unwrap();
    let seen = watcher.diary.tear_out().join("\n");
    assert_eq!(seen.matches("welcome").count(), 4, "{seen}");
    assert_eq!(lines, b"hunter2\r\nwelcome\r\n");
}

#[test]
fn a_secret_that_the_peer_repeats_is_masked_in_all_layers_until_the_next_connection() {
    let world = World::saying(["no hun", "ter2\r\n", "no hunter2\r\n"]);
    let (watcher, mut stack) = checked(&world);
    stack.push(Util::default()).unwrap();
    stack.connect().unwrap();
    let blotted = |_: &mut Util, below: &mut dyn Below| {
        below.withhold(b"hunter2");
        let mut octets = *b"hunter2, hunter";
        below.blot(&mut octets);
        Ok(octets)
    };
    assert_eq!(&stack.layer::<Util>().unwrap().run(blotted).unwrap(), b"*******, hunter");
    let mut lines = Vec::new();
    stack.receive_until(b"\n", 512, &mut lines).unwrap();
    let seen = watcher.diary.tear_out().join("\n");
    assert!(!seen.contains("hun") && !seen.contains("ter2"), "{seen}");
    assert!(
        seen.contains(r#"Util receive_until done ["no ", <7 secret octets>, "\r\n"]"#),
        "{seen}"
    );
    for part in [r#"done ["no ", <3 secret octets>]"#, r#"done [<4 secret octets>, "\r\n"]"#] {
        assert_eq!(seen.matches(part).count(), 3, "in each layer below: {seen}");
    }
    world.say("still no hunter2\r\n");
    stack.push(Util::default()).unwrap();
    stack.connect().unwrap();
    stack.receive_until(b"\n", 512, &mut lines).unwrap();
    let seen = watcher.diary.tear_out().join("\n");
    assert!(!seen.contains("hunter2"), "a layer that joins is no other connection: {seen}");
    lines.clear();
    stack.disconnect().unwrap();
    stack.connect().unwrap();
    stack.receive_until(b"\n", 512, &mut lines).unwrap();
    assert!(watcher.diary.tear_out().join("\n").contains("no hunter2"), "it is forgotten");
    assert_eq!(lines, b"still no hunter2\r\n");
}

#[test]
fn an_error_keeps_the_layer_it_began_in_all_the_way_up() {
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&CHECK, &Diary::default()))
        .layer(Scribe::new(&CHECK, &Diary::default()).failing(Operation::Send))
        .layer(Tcp::default())
        .build()
        .unwrap();
    stack.connect().unwrap();
    let watcher = Watcher::default();
    stack.watch(&(Arc::new(watcher.clone()) as Arc<dyn Sink>));
    let error = stack.send("x").unwrap_err();
    assert_eq!(error.layer(), "Check#2");
    assert_eq!(error.sentence(), "Check#2: refused to send");
    assert_eq!(error.cause(), Some(&Refusal(Operation::Send)));
    assert!(error.source().is_none());
    let lines = watcher.diary.tear_out();
    assert_eq!(lines.last().unwrap(), "1.0.Check send failed: Check#2: refused to send");
}

#[test]
fn an_error_of_another_class_forgot_the_layer_it_began_in() {
    /// Calls every failure below by another class.
    #[derive(Debug)]
    struct Judge;
    impl CommsModule for Judge {
        fn spec(&self) -> &'static ModuleSpec {
            &CHECK
        }
        fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
            below.send(payload).map_err(|error| Error::new(ErrorClass::DeliveryUnknown, error))
        }
    }
    let tcp = Scribe::new(&TCP, &Diary::default()).failing(Operation::Send);
    let mut stack = CommsStack::builder().layer(Judge).layer(tcp).build().unwrap();
    stack.connect().unwrap();
    let error = stack.send("x").unwrap_err();
    assert_eq!(error.class(), ErrorClass::DeliveryUnknown);
    assert_eq!(error.sentence(), "Check: Tcp: refused to send");
    assert_eq!(error.layer(), "Tcp");
    assert_eq!(error.cause(), Some(&Refusal(Operation::Send)));
}

#[test]
fn nothing_is_read_through_a_layer_that_is_not_connected() {
    let world = World::saying(["secret of the layer below"]);
    let (_, mut stack) = checked(&world);
    stack.push(Util::default()).unwrap();
    let refused = [
        stack.receive(&mut [0; 8]).map(|_| ()),
        stack.receive_until(b"\n", 8, &mut Vec::new()).map(|_| ()),
        stack.send("x").map(|_| ()),
        stack.flush(),
        stack.noop().map(|_| ()),
        stack.reset(),
        stack.start_tls(),
    ];
    for outcome in refused {
        let error = outcome.unwrap_err();
        assert_eq!(error.sentence(), "Util: not connected: call connect first");
        assert_eq!(error.cause(), Some(&StackError::NotConnected));
    }
    assert_eq!((world.calls(), world.heard().as_str()), (0, ""));
}

#[test]
fn an_object_that_the_top_does_not_take_is_an_error_that_names_both() {
    #[derive(Debug)]
    struct Fax;
    impl Object for Fax {
        fn kind(&self) -> &'static str {
            "Fax"
        }
    }
    let mut stack = mail_over(&World::default()).unwrap();
    stack.connect().unwrap();
    let error = stack.send(&Fax).unwrap_err();
    assert_eq!(error.sentence(), "Smtp: Smtp takes Letter, not Fax");
    assert_eq!(error.class(), ErrorClass::Usage);
}

#[test]
fn stacks_listeners_and_errors_go_from_thread_to_thread() {
    fn goes<T: Send>() {}
    goes::<CommsStack>();
    goes::<CommsListener>();
    goes::<Error>();
    goes::<Receipt>();
    let (_, mut stack) = checked(&World::default());
    let thread = std::thread::spawn(move || stack.send("x").map(|_| stack.info().above.bytes_sent));
    assert_eq!(thread.join().unwrap().unwrap(), 1);
}

/// `Check, Check, Tcp`, connected and watched from then on.
fn checked(world: &World) -> (Watcher, CommsStack) {
    let mut stack = CommsStack::builder()
        .layer(Scribe::new(&CHECK, &Diary::default()))
        .layer(Scribe::new(&CHECK, &Diary::default()))
        .layer(Tcp::of(world))
        .build()
        .unwrap();
    stack.connect().unwrap();
    let watcher = Watcher::default();
    stack.watch(&(Arc::new(watcher.clone()) as Arc<dyn Sink>));
    (watcher, stack)
}
