//! How long each step of a session's beginning takes, as a watcher sees it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use comms::{Event, Operation, Payload, Sink, What};

/// What was seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times {
    pub(crate) connect: Option<Duration>,
    pub(crate) handshake: Option<Duration>,
    /// How long the server took to say its first line, and that line.
    pub(crate) greeting: Option<(Duration, String)>,
}

/// A watcher that measures.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch(Mutex<Times>);

impl Stopwatch {
    pub(crate) fn times(&self) -> Times {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Stopwatch {
    fn note(&self, event: &Event<'_>) {
        let What::End { operation, began, received, failure: None } = &event.what else { return };
        let took = event.at.saturating_duration_since(*began);
        let times = &mut *self.lock();
        match (event.layer, operation) {
            ("Tcp" | "Unix", Operation::Connect) => times.connect = Some(took),
            ("Tls", Operation::StartTls) => times.handshake = Some(took),
            ("Tls", Operation::Connect) if times.handshake.is_none() => {
                times.handshake = Some(took);
            }
            ("Util", Operation::ReceiveUntil) if times.greeting.is_none() => {
                let Payload::Bytes(line) = received else { return };
                let line = String::from_utf8_lossy(line).trim_end().to_owned();
                times.greeting = Some((took, line));
            }
            _ => {}
        }
    }

    fn name(&self) -> String {
        "stopwatch".to_owned()
    }
}
