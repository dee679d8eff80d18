//! What a session came to.

use std::fmt;
use std::time::Duration;

use comms_core::{Event, Operation, What};

use crate::harmless::plural;
use crate::trace::sheet::millis;

/// What a session came to, so far.
#[derive(Debug)]
pub(crate) struct Sums {
    began: Duration,
    latest: Duration,
    /// By the depth of the layer.
    faces: Vec<Face>,
}

/// What passed above a layer.
#[derive(Debug, Clone, Default)]
struct Face {
    layer: String,
    down: usize,
    up: usize,
    /// Time in which it connected or received.
    waited: Duration,
    round_trips: usize,
    /// Something was sent that nothing was received for.
    is_asking: bool,
    /// It was asked something since it was last disconnected.
    is_open: bool,
}

impl Sums {
    pub(crate) fn new(now: Duration) -> Self {
        Self { began: now, latest: now, faces: Vec::new() }
    }

    pub(crate) fn latest(&self) -> Duration {
        self.latest
    }

    pub(crate) fn note(&mut self, event: &Event<'_>, now: Duration) {
        self.latest = self.latest.max(now);
        if event.depth >= DEEPEST {
            return;
        }
        if self.faces.len() <= event.depth {
            self.faces.resize(event.depth + 1, Face::default());
        }
        let Some(face) = self.faces.get_mut(event.depth) else { return };
        if face.layer.is_empty() {
            event.layer.clone_into(&mut face.layer);
        }
        match event.what {
            What::Begin { payload, .. } => {
                let octets = payload.map_or(0, |payload| payload.len());
                face.down += octets;
                face.is_asking |= octets > 0;
                face.is_open = true;
            }
            What::End { operation: Operation::Disconnect, .. } => face.is_open = false,
            What::End { operation, began, received, .. } if waits(operation) => {
                face.waited += event.at.saturating_duration_since(began);
                face.up += received.len();
                if !received.is_empty() && std::mem::take(&mut face.is_asking) {
                    face.round_trips += 1;
                }
            }
            _ => {}
        }
    }

    /// Whether all layers are disconnected.
    pub(crate) fn is_closed(&self) -> bool {
        self.faces.iter().all(|face| !face.is_open)
    }

    /// Whether the layers below this depth have sent anything.
    pub(crate) fn spoke_below(&self, depth: usize) -> bool {
        self.faces.iter().skip(depth + 1).any(|face| face.down > 0)
    }
}

/// `25.1 ms, of which 19.2 ms (76 %) waiting for the peer; 4 round trips; ...`
impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.latest.saturating_sub(self.began);
        let Some(bottom) = self.faces.last() else { return write!(f, "{} ms", millis(whole)) };
        let waited = bottom.waited.min(whole);
        let share = waited.as_nanos() * 100 / whole.as_nanos().max(1);
        let Face { layer, down, up, round_trips, .. } = bottom;
        write!(
            f,
            "{} ms, of which {} ms ({share} %) waiting for the peer; ",
            millis(whole),
            millis(waited)
        )?;
        write!(f, "{round_trips} round trip{}; ", plural(*round_trips))?;
        write!(f, "{layer} sent {down} octet{} and received {up}", plural(*down))
    }
}

/// Whether the time of it is the peer's.
fn waits(operation: Operation) -> bool {
    operation == Operation::Connect || operation.receives()
}

/// No stack is so deep.
const DEEPEST: usize = 256;
