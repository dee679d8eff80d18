//! How a stack leaves its pool.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use comms_core::{CommsStack, ErrorClass, Event, Operation, Pool, PoolError, Sink, What};

use crate::fakes::diary::lock;
use crate::fakes::service::{Service, number};
use crate::fakes::sink::Watcher;

#[test]
fn giving_a_stack_back_never_says_goodbye() {
    let service = Service::new();
    let pool = service.pool().uses(1).build();
    let lent = [pool.get().unwrap(), pool.get().unwrap()];
    service.diary.tear_out();
    drop(lent);
    assert_eq!((service.diary.tear_out().len(), pool.info().idle), (0, 2));
    assert_eq!(pool.reap(), 2);
    assert_eq!(service.diary.tear_out(), ["disconnect Check", "disconnect Check"]);
    assert_eq!((pool.info().len, pool.reap()), (0, 0));
}

#[test]
fn reaping_leaves_what_can_still_be_lent() {
    let service = Service::new();
    let pool = service.pool().idle_time(Duration::from_secs(20)).build();
    let late = pool.get().unwrap();
    drop(pool.get().unwrap());
    service.clock.pass(Duration::from_secs(19));
    drop(late);
    assert_eq!(pool.reap(), 0);
    service.clock.pass(Duration::from_secs(1));
    assert_eq!(pool.reap(), 1);
    assert_eq!(number(&pool.get().unwrap()), 1);
}

#[test]
fn a_stack_that_is_not_connected_any_more_does_not_come_back() {
    let service = Service::new();
    let pool = service.pool().build();
    let mut stack = pool.get().unwrap();
    stack.disconnect().unwrap();
    drop(stack);
    assert_eq!(pool.info().len, 0);
    assert_eq!(number(&pool.get().unwrap()), 2);
}

#[test]
fn a_stack_that_is_discarded_does_not_come_back_and_says_nothing() {
    let service = Service::new();
    let pool = service.pool().size(1).build();
    pool.get().unwrap().discard();
    assert_eq!(pool.info().len, 0);
    assert_eq!(service.diary.tear_out(), ["connect Check"]);
    assert_eq!(number(&pool.get().unwrap()), 2);
}

#[test]
fn a_stack_whose_borrower_panicked_does_not_come_back() {
    let service = Service::new();
    let pool = service.pool().size(1).build();
    let borrower = pool.clone();
    let thread = std::thread::spawn(move || {
        let _lent = borrower.get().unwrap();
        panic!("in the middle of a dialogue");
    });
    assert!(thread.join().is_err());
    assert_eq!(pool.info().len, 0);
    assert_eq!(number(&pool.get().unwrap()), 2);
}

#[test]
fn a_deadline_of_one_borrower_is_not_the_next_one_s() {
    let service = Service::new();
    let pool = service.pool().build();
    let mut stack = pool.get().unwrap();
    stack.limit(Duration::from_secs(1), "message");
    service.clock.pass(Duration::from_secs(2));
    assert_eq!(stack.send("x").unwrap_err().class(), ErrorClass::Timeout);
    drop(stack);
    let mut stack = pool.get().unwrap();
    assert_eq!(number(&stack), 1);
    stack.send("x").unwrap();
}

#[test]
fn closing_disconnects_what_is_idle_and_lets_go_of_what_comes_back() {
    let service = Service::new();
    let pool = service.pool().build();
    let lent = pool.get().unwrap();
    drop(pool.get().unwrap());
    service.diary.tear_out();
    pool.close().unwrap();
    assert_eq!(service.diary.tear_out(), ["disconnect Check"]);
    let error = pool.get().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Usage);
    assert_eq!(error.cause(), Some(&PoolError::Closed { pool: "mail".to_owned() }));
    assert_eq!(pool.info().lent, 1);
    drop(lent);
    assert_eq!((service.diary.tear_out().len(), pool.info().len), (0, 0));
    pool.close().unwrap();
}

#[test]
fn closing_tells_of_a_goodbye_that_could_not_be_said_and_says_all_others() {
    let service = Service::new();
    let pool = service.pool().build();
    let mut lent = [pool.get().unwrap(), pool.get().unwrap()];
    // A layer that holds octets, and no time to hand them down.
    for stack in &mut lent {
        stack.set_goodbye(Duration::ZERO);
        stack.disconnect().unwrap();
        stack.push(crate::fakes::util::Util::default()).unwrap();
        stack.connect().unwrap();
        stack.send("held").unwrap();
    }
    drop(lent);
    service.diary.tear_out();
    let error = pool.close().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout, "{error:?}");
    let said = service.diary.tear_out();
    assert_eq!(said.iter().filter(|said| *said == "disconnect Check").count(), 2, "{said:?}");
    assert_eq!(pool.info().len, 0);
}

#[test]
fn a_pool_that_is_closed_while_a_stack_connects_does_not_lend_it() {
    let service = Service::new();
    let own = Arc::new(OnceLock::<Pool>::new());
    let (maker, inner) = (service.clone(), Arc::clone(&own));
    let pool = Pool::builder("mail", move || {
        inner.get().unwrap().close()?;
        maker.stack()
    });
    let pool = own.get_or_init(|| pool.build());
    let error = pool.get().unwrap_err();
    assert!(matches!(error.cause(), Some(PoolError::Closed { .. })), "{error:?}");
    assert_eq!(service.diary.tear_out(), ["connect Check", "disconnect Check"]);
    assert_eq!(pool.info().len, 0);
}

#[test]
fn the_stacks_have_numbers_of_their_own_in_what_watchers_are_told() {
    let (service, watcher) = (Service::new(), Watcher::default());
    let (maker, sink) = (service.clone(), Arc::new(watcher.clone()) as Arc<dyn Sink>);
    let pool = Pool::new("mail", move || {
        let mut stack = maker.stack()?;
        stack.set_number(70);
        stack.watch(&sink);
        Ok(stack)
    });
    let lent = [pool.get().unwrap(), pool.get().unwrap()];
    let told = watcher.diary.tear_out();
    let begun = told.iter().filter(|line| line.ends_with("Check connect")).collect::<Vec<_>>();
    assert_eq!(begun, ["70.0.Check connect", "71.0.Check connect"]);
    drop(lent);
}

/// Looks at the pool at every event, and writes down the time that each goodbye has.
#[derive(Debug, Default)]
struct Onlooker {
    pool: OnceLock<Pool>,
    events: Mutex<usize>,
    goodbyes: Mutex<Vec<Option<Duration>>>,
}

impl Sink for Onlooker {
    fn note(&self, event: &Event<'_>) {
        *lock(&self.events) += usize::from(self.pool.get().unwrap().info().lent > 0);
        if let What::Begin { operation: Operation::Disconnect, left, .. } = event.what {
            lock(&self.goodbyes).push(left);
        }
    }

    fn name(&self) -> String {
        "an onlooker".to_owned()
    }
}

#[test]
fn the_lock_is_never_held_at_a_stack_s_work_and_a_goodbye_is_short_while_somebody_waits() {
    let (service, onlooker) = (Service::new(), Arc::new(Onlooker::default()));
    let (maker, sink) = (service.clone(), Arc::clone(&onlooker) as Arc<dyn Sink>);
    let pool = Pool::builder("mail", move || {
        let mut stack: CommsStack = maker.stack()?;
        stack.watch(&sink);
        Ok(stack)
    });
    let pool = onlooker.pool.get_or_init(|| pool.uses(1).build());
    drop(pool.get().unwrap());
    drop(pool.get().unwrap());
    let second = Some(Duration::from_secs(1));
    assert_eq!(std::mem::take(&mut *lock(&onlooker.goodbyes)), [second, second], "each layer's");
    assert_eq!(pool.reap(), 1);
    let own = Some(Duration::from_secs(5));
    assert_eq!(*lock(&onlooker.goodbyes), [own, own]);
    // Two connects and two disconnects of two layers, each begun and ended, in a place of the pool.
    assert!(*lock(&onlooker.events) >= 16);
}
