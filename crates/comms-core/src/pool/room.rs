//! The places of a pool: how many stacks there may be, which of them are idle, who waits for one.

use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::clock::Clock;
use crate::pool::builder::Terms;
use crate::pool::error::PoolError;
use crate::stack::CommsStack;

/// A room with as many places as the pool has stacks at most.
///
/// A stack is idle in the room, or outside of it with a place taken. `idle` and `taken` together
/// are never more than the places, and who has to wait waits because all are taken. A stack is
/// connected, disconnected and dropped outside, with its place taken and the lock not held.
pub(crate) struct Room {
    pub(crate) name: String,
    pub(crate) terms: Terms,
    pub(crate) clock: Arc<dyn Clock>,
    state: Mutex<State>,
    left: Condvar,
    made: AtomicU64,
}

#[derive(Default)]
struct State {
    /// The one that came back last is last.
    idle: Vec<Idle>,
    taken: usize,
    waiting: usize,
    closed: bool,
}

/// A stack that waits to be lent.
pub(crate) struct Idle {
    pub(crate) stack: CommsStack,
    /// How often it was lent.
    pub(crate) uses: u64,
    pub(crate) since: Instant,
}

/// A stack that is not to be lent any more, still in its place.
pub(crate) struct Leaving {
    // Let go before its place is.
    pub(crate) stack: CommsStack,
    _place: Place,
}

/// The right to have one stack outside of the room.
pub(crate) struct Place {
    pub(crate) room: Arc<Room>,
    /// What is left in the room when the place is given up.
    back: Option<Idle>,
}

/// What a pool has at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolInfo {
    /// All stacks: idle and lent.
    pub len: usize,
    /// Those that wait to be lent.
    pub idle: usize,
    /// Those that are lent, or being connected or disconnected.
    pub lent: usize,
    /// How many borrowers wait for one.
    pub waiting: usize,
}

impl Room {
    pub(crate) fn new(name: String, terms: Terms, clock: Arc<dyn Clock>) -> Self {
        let (state, left, made) = (Mutex::default(), Condvar::new(), AtomicU64::new(0));
        Self { name, terms, clock, state, left, made }
    }

    /// Takes a place, and with it the stack that came back last, if any is idle. Waits while all
    /// places are taken.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<(Place, Option<Idle>), PoolError> {
        let began = Instant::now();
        let mut state = self.lock();
        // Who was woken, or is late, looks again before giving up: so no wake-up is lost.
        while !state.closed && state.taken >= self.terms.size {
            let left = self.terms.wait.saturating_sub(began.elapsed());
            if left.is_zero() {
                let (pool, size) = (self.name.clone(), self.terms.size);
                return Err(PoolError::Exhausted { pool, size, waited: self.terms.wait });
            }
            state.waiting += 1;
            let woken = self.left.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
        }
        if state.closed {
            return Err(self.closed());
        }
        state.taken += 1;
        let idle = state.idle.pop();
        Ok((self.place(), idle))
    }

    /// Takes out those that were idle for too long, or lent often enough.
    pub(crate) fn stale(self: &Arc<Self>) -> Vec<Leaving> {
        let now = self.clock.now();
        let mut state = self.lock();
        let old = state.idle.extract_if(.., |idle| self.is_stale(idle, now));
        let leaving = old.map(|idle| self.leaving(idle)).collect::<Vec<_>>();
        state.taken += leaving.len();
        leaving
    }

    /// Lends nothing from now on. Takes out all that are idle.
    pub(crate) fn close(self: &Arc<Self>) -> Vec<Leaving> {
        let mut state = self.lock();
        state.closed = true;
        let idle = mem::take(&mut state.idle);
        state.taken += idle.len();
        self.left.notify_all();
        idle.into_iter().map(|idle| self.leaving(idle)).collect()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// The error of a pool that is closed.
    pub(crate) fn closed(&self) -> PoolError {
        PoolError::Closed { pool: self.name.clone() }
    }

    /// Whether a stack that waits has waited for too long, or was lent often enough.
    pub(crate) fn is_stale(&self, idle: &Idle, now: Instant) -> bool {
        let waited = now.saturating_duration_since(idle.since);
        waited >= self.terms.idle_time || idle.uses >= self.terms.uses
    }

    /// How many stacks were made before.
    pub(crate) fn count(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn info(&self) -> PoolInfo {
        let state = self.lock();
        let (idle, lent, waiting) = (state.idle.len(), state.taken, state.waiting);
        PoolInfo { len: idle + lent, idle, lent, waiting }
    }

    fn leaving(self: &Arc<Self>, idle: Idle) -> Leaving {
        Leaving { stack: idle.stack, _place: self.place() }
    }

    fn place(self: &Arc<Self>) -> Place {
        Place { room: Arc::clone(self), back: None }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A thread that panicked while it held the lock left whole stacks and right figures.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Another stack that is idle, for the same place.
    pub(crate) fn next(&self) -> Option<Idle> {
        self.room.lock().idle.pop()
    }

    /// Leaves `stack` in the room when the place is given up.
    pub(crate) fn leave(&mut self, stack: CommsStack, uses: u64) {
        self.back = Some(Idle { stack, uses, since: self.room.clock.now() });
    }
}

/// Gives up the place, and wakes one who waits for it.
impl Drop for Place {
    fn drop(&mut self) {
        let mut back = self.back.take();
        let mut state = self.room.lock();
        state.taken -= 1;
        if !state.closed {
            state.idle.extend(back.take());
        }
        drop(state);
        self.room.left.notify_one();
    }
}

/// Shows the figures, and nothing of the stacks.
impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room")
            .field("name", &self.name)
            .field("terms", &self.terms)
            .field("info", &self.info())
            .finish_non_exhaustive()
    }
}
