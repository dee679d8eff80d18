//! A pool: connected stacks of one service, lent to whoever needs one.

pub(crate) mod builder;
pub(crate) mod error;
pub(crate) mod pooled;
pub(crate) mod room;

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::pool::builder::{Factory, PoolBuilder};
use crate::pool::error::PoolError;
use crate::pool::pooled::Pooled;
use crate::pool::room::{Idle, PoolInfo, Room};
use crate::stack::CommsStack;

/// Connected stacks of one service, lent to one borrower at a time and used again by the next.
///
/// The clones of a pool are the same pool, and threads share it. It has no thread of its own: what
/// is to be done is done by those who call. Stacks are made by a factory and connected when they
/// are lent; there are never more at a time than the pool's `size`, those included that are being
/// connected or disconnected.
///
/// **What is lent again.** A stack that came back is lent again if it is still connected and no
/// layer of it is over, it was idle for less than `idle_time`, it was lent fewer times than `uses`,
/// and [`unread`](CommsStack::unread) says that its peer is there and *silent*. Octets that nobody
/// asked for are a farewell (a 421, a `close_notify`) or would be taken for the answer to the next
/// request. They may be harmless (a TLS session ticket that came late): then a new connection was
/// made for nothing. Nothing is sent to find all this out. A peer that closes after the look, or is
/// gone without a word, is met by the borrower, as on any other connection.
///
/// **Goodbyes.** Giving a stack back never waits. One that is not to be lent any more is
/// disconnected by the next [`get`](Self::get), for at most a second as somebody waits, or by
/// [`reap`](Self::reap) or [`close`](Self::close). The last clone dropped lets go of what is idle
/// without a goodbye.
///
/// What a borrower sets on a stack, other than a deadline, stays for the next. In events the
/// stacks have numbers of their own, counted from the one that the factory gave.
///
/// ```
/// use comms_core::{Below, CommsModule, CommsStack, ModuleSpec, Payload, Pool, Receipt, Result};
///
/// /// A bottom that takes everything.
/// #[derive(Debug)]
/// struct Sink;
///
/// static SPEC: ModuleSpec = ModuleSpec::bottom("Sink", "takes everything");
///
/// impl CommsModule for Sink {
///     fn spec(&self) -> &'static ModuleSpec {
///         &SPEC
///     }
///     fn send(&mut self, _: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
///         Ok(Receipt::TAKEN)
///     }
/// }
///
/// let pool = Pool::builder("sink", || CommsStack::new(Sink)).size(2).build();
/// std::thread::scope(|scope| {
///     for _ in 0..8 {
///         scope.spawn(|| pool.get()?.send("hello"));
///     }
/// });
/// let info = pool.info();
/// assert!(info.idle <= 2 && info.lent == 0);
/// pool.close()?;
/// assert_eq!(
///     pool.get().unwrap_err().to_string(),
///     "the pool `sink` is closed: nothing more is lent"
/// );
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Pool {
    factory: Factory,
    room: Arc<Room>,
}

impl Pool {
    /// The pool of the service `name`, on the usual terms. `factory` makes a stack that is not yet
    /// connected.
    pub fn new(
        name: impl Into<String>,
        factory: impl Fn() -> Result<CommsStack> + Send + Sync + 'static,
    ) -> Self {
        Self::builder(name, factory).build()
    }

    /// Starts a pool on terms of its own.
    pub fn builder(
        name: impl Into<String>,
        factory: impl Fn() -> Result<CommsStack> + Send + Sync + 'static,
    ) -> PoolBuilder {
        PoolBuilder::new(name.into(), Arc::new(factory))
    }

    /// The service's name.
    pub fn name(&self) -> &str {
        &self.room.name
    }

    /// Lends a connected stack: one that came back, or a new one. It waits while all are lent; the
    /// error is of class `Timeout` when that takes too long, of class `Usage` once the pool is
    /// closed, and the stack's own when it could not be built or connected.
    pub fn get(&self) -> Result<Pooled> {
        for mut stale in self.room.stale() {
            leave_briefly(&mut stale.stack);
        }
        let (place, mut idle) = self.room.enter()?;
        while let Some(mut one) = idle {
            if self.is_fit(&mut one) {
                return Ok(Pooled::new(one.stack, one.uses + 1, place));
            }
            leave_briefly(&mut one.stack);
            idle = place.next();
        }
        Ok(Pooled::new(self.connected()?, 1, place))
    }

    /// Disconnects the stacks that were idle for too long, or lent often enough, and gives their
    /// number. A program that calls it now and then spares those who `get` the goodbyes.
    pub fn reap(&self) -> usize {
        let stale = self.room.stale();
        let count = stale.len();
        for mut one in stale {
            // The layers' watchers are told; nobody else waits for this goodbye.
            let _ = one.stack.disconnect();
        }
        count
    }

    /// Lends nothing from now on, and disconnects what is idle. What is lent is let go when it
    /// comes back. An error says that a goodbye could not be said. Twice is harmless.
    pub fn close(&self) -> Result<()> {
        let said = self.room.close().into_iter().map(|mut one| one.stack.disconnect());
        said.fold(Ok(()), Result::and)
    }

    /// How many stacks there are, idle and lent, and how many borrowers wait.
    pub fn info(&self) -> PoolInfo {
        self.room.info()
    }

    /// Whether a stack that came back can be lent again.
    fn is_fit(&self, idle: &mut Idle) -> bool {
        !self.room.is_stale(idle, self.room.clock.now())
            && idle.stack.is_connected()
            && matches!(idle.stack.unread(), Ok(false))
    }

    /// A new stack.
    fn connected(&self) -> Result<CommsStack> {
        let made = panic::catch_unwind(AssertUnwindSafe(|| (self.factory)()));
        let panicked = |_| PoolError::FactoryPanicked { pool: self.room.name.clone() };
        let mut stack = made.map_err(panicked)??;
        stack.set_number(stack.shared.number.wrapping_add(self.room.count()));
        stack.connect()?;
        if self.room.is_closed() {
            leave_briefly(&mut stack);
            return Err(self.room.closed().into());
        }
        Ok(stack)
    }
}

impl PoolBuilder {
    /// The pool. Nothing is connected yet.
    pub fn build(self) -> Pool {
        let Self { name, factory, terms, clock } = self;
        Pool { factory, room: Arc::new(Room::new(name, terms, clock)) }
    }
}

/// Shows the figures; what the factory and the stacks know they keep.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pool").field(&self.room).finish()
    }
}

/// Says goodbye while somebody waits for another stack.
fn leave_briefly(stack: &mut CommsStack) {
    stack.set_goodbye(stack.shared.goodbye.min(BRIEF));
    // It is let go in any case, and what it carried had ended before.
    let _ = stack.disconnect();
}

/// A peer that is there answers sooner, and one that is not is not worth more.
const BRIEF: Duration = Duration::from_secs(1);
