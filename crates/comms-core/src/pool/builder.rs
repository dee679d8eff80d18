//! The terms on which a pool lends.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::error::Result;
use crate::stack::CommsStack;

/// A pool on its way to be built; made by `Pool::builder`.
///
/// ```
/// use std::time::Duration;
///
/// use comms_core::{Pool, Registry};
///
/// let registry = Registry::new();
/// let pool = Pool::builder("mail", move || registry.build("Smtp,Util,Tcp"))
///     .size(3)
///     .idle_time(Duration::from_secs(20))
///     .uses(50)
///     .wait(Duration::from_secs(5))
///     .build();
/// assert_eq!(pool.info().len, 0, "nothing is connected before it is lent");
/// ```
#[must_use]
pub struct PoolBuilder {
    pub(crate) name: String,
    pub(crate) factory: Factory,
    pub(crate) terms: Terms,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Makes stacks that are not yet connected.
pub(crate) type Factory = Arc<dyn Fn() -> Result<CommsStack> + Send + Sync>;

/// The terms on which a pool lends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) size: usize,
    pub(crate) idle_time: Duration,
    pub(crate) uses: u64,
    pub(crate) wait: Duration,
}

impl PoolBuilder {
    pub(crate) fn new(name: String, factory: Factory) -> Self {
        Self { name, factory, terms: Terms::USUAL, clock: Arc::new(SystemClock) }
    }

    /// The most stacks at a time, lent and idle together; at least 1. 4 unless set.
    pub fn size(mut self, stacks: usize) -> Self {
        self.terms.size = stacks.max(1);
        self
    }

    /// A stack that was idle for so long is disconnected and not lent again. 60 s unless set.
    /// It is best shorter than the time after which the peer would close.
    pub fn idle_time(mut self, time: Duration) -> Self {
        self.terms.idle_time = time;
        self
    }

    /// How often a stack is lent before another takes its place; at least once. 100 unless set.
    pub fn uses(mut self, times: u64) -> Self {
        self.terms.uses = times.max(1);
        self
    }

    /// How long `get` waits, by the system's clock, while all stacks are lent. 30 s unless set;
    /// with zero it does not wait at all.
    pub fn wait(mut self, time: Duration) -> Self {
        self.terms.wait = time;
        self
    }

    /// The clock that `idle_time` goes by. The system's unless set. The stacks' own are set by the
    /// factory.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

/// Shows the terms; what the factory knows it keeps.
impl fmt::Debug for PoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolBuilder")
            .field("name", &self.name)
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}

impl Terms {
    const USUAL: Self = Self {
        size: 4,
        idle_time: Duration::from_secs(60),
        uses: 100,
        wait: Duration::from_secs(30),
    };
}
