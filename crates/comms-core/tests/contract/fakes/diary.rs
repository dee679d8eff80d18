//! What happened, in order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happened, in order; its clones are the same diary.
#[derive(Debug, Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn write(&self, line: impl Into<String>) {
        lock(&self.0).push(line.into());
    }

    /// All lines so far; it starts afresh.
    pub(crate) fn tear_out(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.0))
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
