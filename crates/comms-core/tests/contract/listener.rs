//! A listening stack hands out stacks of their own.

use std::sync::Arc;
use std::time::Duration;

use comms_core::{
    CommsListener, CommsModule, CommsStack, ErrorClass, ModuleSpec, Operation, Sink, StackError,
    Value,
};

use crate::fakes::clock::ManualClock;
use crate::fakes::diary::Diary;
use crate::fakes::mail::mail;
use crate::fakes::scribe::{CHECK, Scribe, TLS, scribes};
use crate::fakes::sink::Watcher;
use crate::fakes::tcp::{TCP, Tcp, World};
use crate::fakes::util::Util;

#[test]
fn it_binds_and_listens_from_the_bottom_up_and_says_where() {
    let diary = Diary::default();
    let listener = scribes(&[&CHECK, &TCP], &diary).unwrap().listen().unwrap();
    assert_eq!(diary.tear_out(), ["bind Tcp", "bind Check", "listen Tcp", "listen Check"]);
    assert_eq!(listener.to_string(), "Check > Tcp");
    let listener = serving(&World::default()).listen().unwrap();
    assert_eq!(listener.get("local_port").unwrap().value, Some(Value::Integer(2525)));
}

#[test]
fn each_peer_is_served_by_a_stack_of_its_own() {
    let world = World::default();
    let mut listener = serving(&world).listen().unwrap();
    world.call(World::saying(["from one\r\n"]));
    world.call(World::saying(["from two\r\n"]));
    let mut one = listener.accept().unwrap();
    let mut two = listener.accept().unwrap();
    assert_eq!(one.to_string(), "Util > Tcp");
    let mut lines = Vec::new();
    two.receive_until(b"\r\n", 512, &mut lines).unwrap();
    one.receive_until(b"\r\n", 512, &mut lines).unwrap();
    assert_eq!(lines, b"from two\r\nfrom one\r\n");
    one.disconnect().unwrap();
    assert!(two.is_connected(), "one peer's end is nobody else's");
    assert_eq!(two.invoke("peer_name", &[]).unwrap(), Value::from("a caller"));
}

#[test]
fn a_listener_counts_its_peers_and_shows_its_state() {
    let world = World::default();
    let mut listener = serving(&world).listen().unwrap();
    let info = listener.info();
    assert!(info.is_listening() && info.is_bound(), "{info:?}");
    assert!(!info.is_connecting() && !info.is_connected() && !info.is_disconnecting(), "{info:?}");
    assert_eq!((listener.accepted(), info.idle()), (0, None));
    world.call(World::saying(["12345"]));
    let mut peer = listener.accept().unwrap();
    peer.receive(&mut [0; 8]).unwrap();
    assert_eq!((listener.accepted(), listener.info_of("Tcp").unwrap().bytes_received()), (1, 0));
    let info = peer.info();
    assert!(info.is_connected() && !info.is_listening() && !info.is_bound(), "{info:?}");
    assert_eq!((info.bytes_received(), info.packets_received()), (5, 1));
    assert_eq!((info.bytes_sent(), info.packets_sent()), (0, 0));
    assert!(listener.info_of("Tls").is_err());
}

#[test]
fn a_new_stack_has_the_clock_and_the_watchers_of_its_listener() {
    let (world, clock) = (World::default(), ManualClock::new());
    let (all, one) = (Watcher::default(), Watcher::default());
    let mut stack = serving(&world);
    stack.set_clock(clock.clone());
    stack.watch(&(Arc::new(all.clone()) as Arc<dyn Sink>));
    stack.log("Tcp", Arc::new(one.clone())).unwrap();
    let mut listener = stack.listen().unwrap();
    world.call(World::saying(["x"]));
    let mut stack = listener.accept().unwrap();
    stack.receive(&mut [0; 8]).unwrap();
    clock.pass(Duration::from_secs(7));
    assert_eq!(stack.info().idle(), Some(Duration::from_secs(7)));
    let (all, one) = (all.diary.tear_out(), one.diary.tear_out());
    assert_eq!(all.last().unwrap(), r#"2.0.Util receive done ["x"]"#);
    assert_eq!(one.last().unwrap(), r#"2.1.Tcp receive done ["x"]"#);
    assert!(one.iter().all(|line| line.contains(".Tcp ")), "{one:?}");
}

#[test]
fn the_first_accepted_stack_had_the_number_of_its_listener() {
    let (world, watcher) = (World::default(), Watcher::default());
    let mut stack = serving(&world);
    stack.watch(&(Arc::new(watcher.clone()) as Arc<dyn Sink>));
    stack.set_number(40);
    let mut listener = stack.listen().unwrap();
    for expected in ["41.", "42."] {
        world.call(World::default());
        let mut stack = listener.accept().unwrap();
        watcher.diary.tear_out();
        stack.noop().unwrap();
        let lines = watcher.diary.tear_out();
        assert!(lines.iter().all(|line| line.starts_with(expected)), "{lines:?}");
    }
}

#[test]
fn a_peer_that_was_taken_is_greeted_when_its_stack_connects() {
    let diary = Diary::default();
    let mut listener = scribes(&[&CHECK, &TCP], &diary).unwrap().listen().unwrap();
    diary.tear_out();
    let mut stack = listener.take().unwrap();
    assert_eq!(diary.tear_out(), ["accept Tcp", "accept Check"]);
    assert_eq!(stack.to_string(), "(Check) > Tcp");
    stack.connect().unwrap();
    assert_eq!(diary.tear_out(), ["connect Check"], "the bottom is connected already");
    listener.accept().unwrap();
    assert_eq!(diary.tear_out(), ["accept Tcp", "accept Check", "connect Check"]);
}

#[test]
fn a_module_that_cannot_serve_says_so_and_the_listener_goes_on() {
    #[derive(Debug)]
    struct Client;
    impl CommsModule for Client {
        fn spec(&self) -> &'static ModuleSpec {
            &CHECK
        }
    }
    let world = World::default();
    let stack = CommsStack::builder().layer(Client).layer(Tcp::of(&world)).build().unwrap();
    let mut listener = stack.listen().unwrap();
    for _ in 0..2 {
        world.call(World::default());
        let error = listener.accept().unwrap_err();
        assert_eq!(error.sentence(), "Check: Check cannot serve");
        assert_eq!(error.class(), ErrorClass::Usage);
        assert_eq!(listener.to_string(), "Check > Tcp");
    }
}

#[test]
fn a_bottom_that_cannot_listen_says_so() {
    #[derive(Debug)]
    struct Outgoing;
    impl CommsModule for Outgoing {
        fn spec(&self) -> &'static ModuleSpec {
            &TCP
        }
    }
    let error = CommsStack::new(Outgoing).unwrap().listen().unwrap_err();
    assert_eq!(error.sentence(), "Tcp: Tcp cannot listen");
}

#[test]
fn an_error_in_accept_leaves_the_listener_usable() {
    let (world, clock) = (World::default(), ManualClock::new());
    let mut stack = serving(&world);
    stack.set_clock(clock.clone());
    let mut listener = stack.listen().unwrap();
    listener.limit(Duration::from_secs(5));
    let error = listener.accept().unwrap_err();
    assert_eq!(error.sentence(), "Tcp: the time for the next peer (5 s) ran out, nothing arrived");
    world.call(World::default());
    assert!(listener.accept().unwrap().is_connected());
}

#[test]
fn the_time_for_the_second_peer_had_begun_with_the_first() {
    let (world, clock) = (World::default(), ManualClock::new());
    let mut stack = serving(&world);
    stack.set_clock(clock.clone());
    let mut listener = stack.listen().unwrap();
    listener.limit(Duration::from_secs(5));
    for _ in 0..3 {
        clock.pass(Duration::from_secs(60));
        let over = clock.elapsed() + Duration::from_secs(5);
        listener.accept().unwrap_err();
        assert_eq!(clock.elapsed(), over);
    }
}

#[test]
fn a_listen_that_failed_half_way_kept_its_address() {
    for fails_at in [Operation::Bind, Operation::Listen] {
        let diary = Diary::default();
        let stack = CommsStack::builder()
            .layer(Scribe::new(&TLS, &diary).failing(fails_at))
            .layer(Scribe::new(&TCP, &diary))
            .build()
            .unwrap();
        let error = stack.listen().unwrap_err();
        assert_eq!(error.sentence(), format!("Tls: refused to {fails_at}"));
        let asked = diary.tear_out();
        assert_eq!(asked.last().unwrap(), "disconnect Tcp", "{asked:?}");
    }
}

#[test]
fn a_stack_that_was_connected_listened_over_its_own_connection() {
    let mut stack = mail().unwrap();
    stack.connect().unwrap();
    let error = stack.listen().map(|_: CommsListener| ()).unwrap_err();
    assert_eq!(error.cause(), Some(&StackError::Connected));
}

/// `Util, Tcp`, ready to listen in `world`.
fn serving(world: &World) -> CommsStack {
    CommsStack::builder().layer(Util::default()).layer(Tcp::of(world)).build().unwrap()
}
