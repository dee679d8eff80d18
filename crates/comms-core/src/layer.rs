//! A module in its place, with what the stack keeps about it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::event::{Event, Sink, What};
use crate::info::{Counters, State};
use crate::module::CommsModule;
use crate::withheld::{Begun, Withheld};

/// A module in its place.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) module: Box<dyn CommsModule>,
    pub(crate) seam: Seam,
}

/// What the stack keeps about the face above a layer.
#[derive(Debug)]
pub(crate) struct Seam {
    /// `Tcp`; the second of a name is `Tcp#2`.
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) counters: Counters,
    pub(crate) sinks: Vec<Arc<dyn Sink>>,
    /// What was received ends in so much of a secret.
    pub(crate) begun: Begun,
}

impl Layer {
    pub(crate) fn new(module: Box<dyn CommsModule>) -> Self {
        let seam = Seam {
            name: module.spec().name.to_owned(),
            state: State::default(),
            counters: Counters::default(),
            sinks: Vec::new(),
            begun: Begun::new(),
        };
        Self { module, seam }
    }
}

impl Seam {
    /// Tells all watchers of this layer, which is `depth` layers below the top.
    #[cold]
    pub(crate) fn tell(&self, shared: &Shared, depth: usize, at: Instant, what: What<'_>) {
        let event = Event::new(shared.number, &self.name, depth, (at, shared.clock.wall()), what);
        for sink in &self.sinks {
            sink.note(&event);
        }
    }
}

/// What all layers of a stack share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    /// The stack's number in the events of all its layers.
    pub(crate) number: u64,
    /// When the bottom was last at work in this call: the one clock read of it.
    pub(crate) now: Option<Instant>,
    /// What is received must not be shown.
    pub(crate) hides_received: bool,
    /// What is not shown where it is received.
    pub(crate) withheld: Withheld,
    /// Time for a goodbye.
    pub(crate) goodbye: Duration,
    /// Those who watch all layers, also ones that come later.
    pub(crate) sinks: Vec<Arc<dyn Sink>>,
}

impl Shared {
    /// What the layers of a first stack share, which nobody watches.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            number: 1,
            now: None,
            hides_received: false,
            withheld: Withheld::default(),
            goodbye: Duration::ZERO,
            sinks: Vec::new(),
        }
    }

    /// The one moment of a call: when the bottom was at work, or now if it was not yet.
    #[inline]
    pub(crate) fn moment(&mut self) -> Instant {
        *self.now.get_or_insert_with(|| self.clock.now())
    }
}
