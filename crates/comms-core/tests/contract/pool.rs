//! A pool lends what is fit to be lent, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use comms_core::{CommsModule, ErrorClass, ModuleSpec, Pool, PoolError, Registry};

use crate::fakes::service::{Service, number};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_stack_that_came_back_is_lent_again() {
    let service = Service::new();
    let pool = service.pool().build();
    assert_eq!(pool.name(), "mail");
    for _ in 0..3 {
        let mut stack = pool.get().unwrap();
        assert_eq!(stack.to_string(), "Check > Tcp");
        assert_eq!(number(&stack), 1);
        stack.send("x").unwrap();
    }
    assert_eq!(service.world(1).heard(), "xxx");
    let said = ["connect Check", "send Check", "send Check", "send Check"];
    assert_eq!(service.diary.tear_out(), said);
}

#[test]
fn nothing_is_connected_before_it_is_lent_and_the_figures_say_where_the_stacks_are() {
    let service = Service::new();
    let pool = service.pool().build();
    let figures = |pool: &Pool| {
        let info = pool.info();
        (info.len, info.idle, info.lent)
    };
    assert_eq!((figures(&pool), service.made()), ((0, 0, 0), 0));
    let (one, two) = (pool.get().unwrap(), pool.get().unwrap());
    assert_eq!(figures(&pool), (2, 0, 2));
    drop(one);
    assert_eq!(figures(&pool), (2, 1, 1));
    drop(two);
    assert_eq!(figures(&pool.clone()), (2, 2, 0), "a clone is the same pool");
}

#[test]
fn what_came_back_last_is_lent_first() {
    let service = Service::new();
    let pool = service.pool().build();
    let (one, two) = (pool.get().unwrap(), pool.get().unwrap());
    drop(two);
    drop(one);
    assert_eq!(number(&pool.get().unwrap()), 1);
}

#[test]
fn when_all_are_lent_the_error_says_what_to_do() {
    let service = Service::new();
    let pool = service.pool().size(2).build();
    let lent = (pool.get().unwrap(), pool.get().unwrap());
    let error = pool.get().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert!(matches!(error.cause(), Some(PoolError::Exhausted { size: 2, .. })));
    assert_eq!(
        error.sentence(),
        "the pool `mail` has lent all it may (2), and none came back within 0 ms: \
         give them back sooner, or raise its size or the time to wait"
    );
    drop(lent);
    pool.get().unwrap();
    assert_eq!(service.made(), 2);
}

#[test]
fn a_pool_has_room_for_one_stack_at_least_and_lends_it_once_at_least() {
    let service = Service::new();
    let pool = service.pool().size(0).uses(0).build();
    for expected in 1..=3 {
        assert_eq!(number(&pool.get().unwrap()), expected);
        assert_eq!(pool.info().len, 1);
    }
}

#[test]
fn a_stack_that_was_idle_for_too_long_is_disconnected_and_another_is_lent() {
    let service = Service::new();
    let pool = service.pool().size(1).idle_time(20 * SECOND).build();
    drop(pool.get().unwrap());
    service.clock.pass(19 * SECOND);
    assert_eq!(number(&pool.get().unwrap()), 1, "it is idle since it came back");
    service.clock.pass(19 * SECOND);
    assert_eq!(number(&pool.get().unwrap()), 1);
    service.clock.pass(20 * SECOND);
    service.diary.tear_out();
    assert_eq!(number(&pool.get().unwrap()), 2);
    let said = ["disconnect Check", "connect Check"];
    assert_eq!(service.diary.tear_out(), said, "never two at a time, where one is allowed");
}

#[test]
fn a_get_disconnects_all_that_were_idle_for_too_long() {
    let service = Service::new();
    let pool = service.pool().idle_time(20 * SECOND).build();
    drop([pool.get().unwrap(), pool.get().unwrap(), pool.get().unwrap()]);
    service.clock.pass(10 * SECOND);
    drop(pool.get().unwrap());
    service.clock.pass(10 * SECOND);
    service.diary.tear_out();
    assert_eq!(number(&pool.get().unwrap()), 3, "the one that was used in between");
    assert_eq!(service.diary.tear_out(), ["disconnect Check", "disconnect Check"]);
    assert_eq!(pool.info().len, 1);
}

#[test]
fn a_stack_is_lent_only_so_often() {
    let service = Service::new();
    let pool = service.pool().uses(2).build();
    let lent = (0..5).map(|_| number(&pool.get().unwrap())).collect::<Vec<_>>();
    assert_eq!(lent, [1, 1, 2, 2, 3]);
    let said = service.diary.tear_out();
    let expected =
        ["connect Check", "disconnect Check", "connect Check", "disconnect Check", "connect Check"];
    assert_eq!(said, expected);
}

#[test]
fn a_peer_that_went_while_its_stack_was_idle_is_not_met_by_the_next_borrower() {
    let service = Service::new();
    let pool = service.pool().build();
    drop(pool.get().unwrap());
    service.world(1).hang_up();
    let mut stack = pool.get().unwrap();
    assert_eq!(number(&stack), 2);
    stack.send("x").unwrap();
    assert_eq!(pool.info().len, 1);
    assert_eq!(service.world(1).heard(), "");
}

#[test]
fn what_the_peer_said_to_nobody_is_not_heard_by_the_next_borrower() {
    let service = Service::new();
    let pool = service.pool().build();
    drop(pool.get().unwrap());
    service.world(1).say("421 closing\r\n");
    let mut stack = pool.get().unwrap();
    assert_eq!(number(&stack), 2);
    assert_eq!(stack.receive(&mut [0; 64]).unwrap(), 0);
}

/// A filter that others can tell that all is over.
#[derive(Debug, Default)]
struct Ends(Arc<AtomicBool>);

static ENDS: ModuleSpec = ModuleSpec::filter("Ends", "ends when it is told to");

impl CommsModule for Ends {
    fn spec(&self) -> &'static ModuleSpec {
        &ENDS
    }

    fn is_over(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_stack_that_was_over_while_it_was_idle_is_not_lent_again() {
    let (service, over) = (Service::new(), Arc::new(AtomicBool::new(false)));
    let (maker, inner) = (service.clone(), Arc::clone(&over));
    let pool = Pool::new("mail", move || {
        let mut stack = maker.stack()?;
        let own = if maker.made() == 1 { Arc::clone(&inner) } else { Arc::default() };
        stack.push(Ends(own))?;
        Ok(stack)
    });
    drop(pool.get().unwrap());
    assert_eq!(number(&pool.get().unwrap()), 1);
    over.store(true, Ordering::SeqCst);
    assert_eq!(number(&pool.get().unwrap()), 2);
}

#[test]
fn a_stack_behind_one_that_cannot_be_lent_is_lent_before_a_new_one() {
    let service = Service::new();
    let pool = service.pool().build();
    let (one, two) = (pool.get().unwrap(), pool.get().unwrap());
    drop(one);
    drop(two);
    service.world(2).hang_up();
    assert_eq!(number(&pool.get().unwrap()), 1);
    assert_eq!((pool.info().len, service.made()), (1, 2));
}

#[test]
fn a_connect_that_fails_leaves_its_place_to_the_next() {
    let service = Service::new();
    let pool = service.pool().size(1).build();
    service.refuse(true);
    let error = pool.get().unwrap_err();
    assert_eq!(error.sentence(), "Check: refused to connect", "the error is the stack's own");
    assert_eq!((error.class(), pool.info().len), (ErrorClass::Connection, 0));
    service.refuse(false);
    assert_eq!(number(&pool.get().unwrap()), 2);
}

#[test]
fn a_factory_that_fails_or_panics_leaves_its_place_to_the_next() {
    let service = Service::new();
    let calls = AtomicU32::new(0);
    let pool = Pool::builder("mail", move || match calls.fetch_add(1, Ordering::SeqCst) {
        0 => panic!("the factory's own mistake"),
        1 => Registry::new().build("Tcp"),
        _ => service.stack(),
    });
    let pool = pool.size(1).wait(Duration::ZERO).build();
    let error = pool.get().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    let said = "the factory of the pool `mail` panicked: there is no stack to lend";
    assert_eq!(error.sentence(), said);
    let error = pool.get().unwrap_err();
    assert!(error.sentence().starts_with("no module is called `Tcp`"), "{error:?}");
    assert_eq!(number(&pool.get().unwrap()), 1);
}

#[test]
fn nothing_that_is_shown_of_a_pool_has_a_secret() {
    let service = Service::new();
    let builder = service.pool();
    let mut shown = vec![format!("{builder:?}")];
    let pool = builder.build();
    let lent = pool.get().unwrap();
    shown.push(format!("{pool:?} {lent:?}"));
    drop(lent);
    shown.push(format!("{pool:?}"));
    let shown = shown.join("\n");
    assert!(shown.contains(r#"name: "mail""#), "{shown}");
    assert!(!shown.contains("marker-password"), "{shown}");
}
