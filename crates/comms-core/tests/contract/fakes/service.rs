//! A service whose stacks can be told apart.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use comms_core::{CommsStack, Operation, Pool, PoolBuilder, Result, Secret};

use crate::fakes::clock::ManualClock;
use crate::fakes::diary::{Diary, lock};
use crate::fakes::scribe::{CHECK, Scribe};
use crate::fakes::tcp::{Tcp, World};

/// A service whose stacks, `Check, Tcp`, have their number as port, and a world of their own.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) diary: Diary,
    pub(crate) clock: Arc<ManualClock>,
    worlds: Arc<Mutex<Vec<World>>>,
    refuses: Arc<AtomicBool>,
}

impl Service {
    pub(crate) fn new() -> Self {
        let (diary, clock) = (Diary::default(), ManualClock::new());
        Self { diary, clock, worlds: Arc::default(), refuses: Arc::default() }
    }

    /// Its pool, which does not wait unless it is told to.
    pub(crate) fn pool(&self) -> PoolBuilder {
        let service = self.clone();
        let pool = Pool::builder("mail", move || service.stack());
        pool.wait(Duration::ZERO).clock(self.clock.clone())
    }

    pub(crate) fn stack(&self) -> Result<CommsStack> {
        let world = World::default();
        let mut worlds = lock(&self.worlds);
        worlds.push(world.clone());
        let mut check = Scribe::new(&CHECK, &self.diary);
        if self.refuses.load(Ordering::SeqCst) {
            check = check.failing(Operation::Connect);
        }
        let mut stack = CommsStack::builder().layer(check).layer(Tcp::of(&world)).build()?;
        stack.set_clock(self.clock.clone());
        stack.set("port", i64::try_from(worlds.len()).unwrap())?;
        stack.set("pass_word", Secret::new("marker-password"))?;
        Ok(stack)
    }

    /// Whether stacks that are made from now on fail to connect.
    pub(crate) fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::SeqCst);
    }

    /// What lies outside of the stack of that number.
    pub(crate) fn world(&self, number: usize) -> World {
        lock(&self.worlds).get(number - 1).unwrap().clone()
    }

    /// How many stacks were made.
    pub(crate) fn made(&self) -> usize {
        lock(&self.worlds).len()
    }
}

/// The number of the stack.
pub(crate) fn number(stack: &CommsStack) -> i64 {
    stack.get("port").unwrap().value.unwrap().as_integer().unwrap()
}
