//! Why a pool lends nothing.

use std::time::Duration;

use thiserror::Error as ThisError;

use crate::deadline::seconds;
use crate::error::{Error, ErrorClass};

/// Why a pool lends nothing. What went wrong while a stack was built or connected is that stack's
/// own error.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum PoolError {
    /// All stacks are lent, and none came back in time: class `Timeout`.
    #[error(
        "the pool `{pool}` has lent all it may ({size}), and none came back within {}: \
         give them back sooner, or raise its size or the time to wait",
        seconds(*.waited)
    )]
    Exhausted {
        /// The pool's name.
        pool: String,
        /// The most stacks that it may have.
        size: usize,
        /// The time that was waited.
        waited: Duration,
    },
    /// The pool was closed: class `Usage`.
    #[error("the pool `{pool}` is closed: nothing more is lent")]
    Closed {
        /// The pool's name.
        pool: String,
    },
    /// The factory panicked: class `Usage`.
    #[error("the factory of the pool `{pool}` panicked: there is no stack to lend")]
    FactoryPanicked {
        /// The pool's name.
        pool: String,
    },
}

impl From<PoolError> for Error {
    fn from(cause: PoolError) -> Self {
        let class = match cause {
            PoolError::Exhausted { .. } => ErrorClass::Timeout,
            PoolError::Closed { .. } | PoolError::FactoryPanicked { .. } => ErrorClass::Usage,
        };
        Self::new(class, cause)
    }
}
