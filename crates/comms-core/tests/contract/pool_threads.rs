//! A pool is shared by threads.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use comms_core::{ErrorClass, Pool, PoolBuilder, PoolError, PoolInfo, Pooled};

use crate::fakes::service::{Service, number};

/// Far longer than any of this takes.
const LONG: Duration = Duration::from_secs(30);

/// Threads that wait for each other; none of them may have waited for its time to end.
fn scope<'e>(work: impl for<'s> FnOnce(&'s thread::Scope<'s, 'e>)) {
    let began = Instant::now();
    thread::scope(work);
    assert!(began.elapsed() < LONG, "somebody was not woken");
}

#[test]
fn pools_and_what_they_lend_go_from_thread_to_thread() {
    fn goes<T: Send + 'static>() {}
    fn is_shared<T: Send + Sync + Clone + 'static>() {}
    goes::<Pooled>();
    goes::<PoolBuilder>();
    is_shared::<Pool>();
    is_shared::<PoolInfo>();
    let service = Service::new();
    let pool = service.pool().size(1).build();
    let mut lent = pool.get().unwrap();
    let thread = thread::spawn(move || lent.send("x").map(|_| ()));
    thread.join().unwrap().unwrap();
    assert_eq!(service.world(1).heard(), "x");
    assert_eq!(number(&pool.get().unwrap()), 1, "dropped over there, lent again here");
}

#[test]
fn never_more_than_its_size_are_lent_and_everybody_gets_one_in_the_end() {
    let service = Service::new();
    let pool = service.pool().size(2).uses(7).wait(LONG).build();
    let (lent, most, ready) = (AtomicUsize::new(0), AtomicUsize::new(0), Barrier::new(8));
    scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                ready.wait();
                for turn in 0..50 {
                    let mut stack = pool.get().unwrap();
                    most.fetch_max(lent.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    stack.send("x").unwrap();
                    lent.fetch_sub(1, Ordering::SeqCst);
                    if turn % 10 == 9 {
                        stack.discard();
                    }
                }
            });
        }
    });
    assert!(most.load(Ordering::SeqCst) <= 2);
    let heard = (1..=service.made()).map(|number| service.world(number).heard().len());
    let heard = heard.collect::<Vec<_>>();
    assert_eq!(heard.iter().sum::<usize>(), 400);
    assert!(heard.iter().all(|uses| *uses <= 7), "{heard:?}");
    let info = pool.info();
    assert!(info.len <= 2 && info.lent == 0, "{info:?}");
}

#[test]
fn who_waits_is_woken_when_a_stack_comes_back_or_is_let_go() {
    for discarded in [false, true] {
        let service = Service::new();
        let pool = service.pool().size(1).wait(LONG).build();
        let lent = pool.get().unwrap();
        scope(|scope| {
            let waiting = [(); 3].map(|()| scope.spawn(|| pool.get().map(drop)));
            wait_for_waiting(&pool, 3);
            if discarded {
                lent.discard();
            } else {
                drop(lent);
            }
            for thread in waiting {
                thread.join().unwrap().unwrap();
            }
        });
        assert_eq!(service.made(), if discarded { 2 } else { 1 });
        assert_eq!(pool.info().waiting, 0, "nobody waits any longer");
    }
}

#[test]
fn a_connect_that_fails_wakes_the_next_who_waits() {
    let service = Service::new();
    let pool = service.pool().size(1).wait(LONG).build();
    let lent = pool.get().unwrap();
    service.refuse(true);
    scope(|scope| {
        let all = [(); 8].map(|()| scope.spawn(|| pool.get().map(drop).unwrap_err().class()));
        wait_for_waiting(&pool, 8);
        lent.discard();
        for thread in all {
            assert_eq!(thread.join().unwrap(), ErrorClass::Connection, "and not a time-out");
        }
    });
    assert_eq!((service.made(), pool.info().len), (9, 0));
}

#[test]
fn closing_tells_all_who_wait() {
    let service = Service::new();
    let pool = service.pool().size(1).wait(LONG).build();
    let lent = pool.get().unwrap();
    scope(|scope| {
        let waiting = [(); 4].map(|()| scope.spawn(|| pool.get().map(drop).unwrap_err()));
        wait_for_waiting(&pool, 4);
        pool.close().unwrap();
        for thread in waiting {
            let error = thread.join().unwrap();
            assert!(matches!(error.cause(), Some(PoolError::Closed { .. })), "{error:?}");
        }
    });
    drop(lent);
    assert_eq!(pool.info().len, 0);
}

#[test]
fn a_stack_that_was_lent_often_enough_is_not_handed_on_to_who_waits_for_it() {
    let service = Service::new();
    let pool = service.pool().size(1).uses(1).wait(LONG).build();
    let lent = pool.get().unwrap();
    scope(|scope| {
        let waiting = scope.spawn(|| number(&pool.get().unwrap()));
        wait_for_waiting(&pool, 1);
        drop(lent);
        assert_eq!(waiting.join().unwrap(), 2);
    });
}

/// Until so many borrowers wait.
fn wait_for_waiting(pool: &Pool, borrowers: usize) {
    while pool.info().waiting < borrowers {
        thread::yield_now();
    }
}
