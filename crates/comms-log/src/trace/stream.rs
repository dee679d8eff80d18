//! Events that are written as they come.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use comms_core::{Event, Operation, What};

/// What a view makes of events: octets of a file.
pub(crate) trait View: Send {
    /// Adds what `event` comes to.
    fn note(&mut self, event: &Event<'_>, out: &mut Vec<u8>);

    /// Adds what stands at the end.
    fn end(&mut self, out: &mut Vec<u8>);

    /// Whether what is in `out` may be written yet.
    fn is_settled(&self) -> bool {
        true
    }

    /// What was in `out` is written.
    fn was_written(&mut self) {}
}

/// A view, written before the stack waits for its peer, so that a file shows what a stack hangs in;
/// and at its end, which is at latest that of its last clone.
///
/// A failure to write never fails the stack: what comes after it is lost.
pub(crate) struct Stream<V: View>(Arc<Mutex<Open<V>>>);

impl<V: View> Stream<V> {
    pub(crate) fn new(view: V, to: impl Write + Send + 'static) -> Self {
        let open = Open {
            view,
            ready: Vec::new(),
            to: Box::new(to),
            failure: None,
            bottom: 0,
            is_over: false,
        };
        Self(Arc::new(Mutex::new(open)))
    }

    pub(crate) fn note(&self, event: &Event<'_>) {
        self.open().note(event);
    }

    /// Writes the end, once, and says whether all could be written.
    pub(crate) fn finish(&self) -> io::Result<()> {
        let open = &mut *self.open();
        open.finish();
        open.failure.take().map_or(Ok(()), Err)
    }

    /// Alters the view, before there is anything to see.
    pub(crate) fn with(self, change: impl FnOnce(&mut V)) -> Self {
        change(&mut self.open().view);
        self
    }

    fn open(&self) -> MutexGuard<'_, Open<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: View> Clone for Stream<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V: View> fmt::Debug for Stream<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("failure", &self.open().failure).finish_non_exhaustive()
    }
}

struct Open<V: View> {
    view: V,
    /// What is not written yet.
    ready: Vec<u8>,
    to: Box<dyn Write + Send>,
    failure: Option<io::Error>,
    /// The deepest place that anything was told of.
    bottom: usize,
    is_over: bool,
}

impl<V: View> Open<V> {
    fn note(&mut self, event: &Event<'_>) {
        if self.failure.is_some() || self.is_over {
            return;
        }
        self.bottom = self.bottom.max(event.depth);
        if self.ready.len() >= FULL || (event.depth == self.bottom && waits(&event.what)) {
            self.write();
        }
        self.view.note(event, &mut self.ready);
    }

    fn write(&mut self) {
        if self.view.is_settled() || self.ready.len() >= TOO_FULL {
            self.write_all();
        }
    }

    fn write_all(&mut self) {
        if self.failure.is_none()
            && let Err(error) = self.to.write_all(&self.ready)
        {
            self.failure = Some(error);
        }
        self.ready.clear();
        self.view.was_written();
    }

    fn finish(&mut self) {
        if self.is_over {
            return;
        }
        self.is_over = true;
        self.view.end(&mut self.ready);
        self.write_all();
        if self.failure.is_none() {
            self.failure = self.to.flush().err();
        }
    }
}

/// Nobody is left to tell a failure to: who wants to know it calls `finish`.
impl<V: View> Drop for Open<V> {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Whether the layer may now wait for its peer.
fn waits(what: &What<'_>) -> bool {
    let What::Begin { operation, .. } = what else { return false };
    operation.receives() || matches!(operation, Operation::Connect | Operation::Accept)
}

/// 64 KiB are written without waiting for a wait.
const FULL: usize = 64 << 10;

/// 4 MiB are written in any case.
const TOO_FULL: usize = 4 << 20;
