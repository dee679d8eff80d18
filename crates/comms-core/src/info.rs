//! What passed through a layer, and what state it is in.

use std::fmt;
use std::time::{Duration, Instant};

/// Where a layer is in its life.
///
/// ```text
///                 connect            connect ends
///  Disconnected ----------> Connecting ----------> Connected
///    |  ^  ^                    | fails                | disconnect
///    |  |  +--------------------+                      v
///    |  +-------------------------------------- Disconnecting
///    |  bind          listen
///    +-------> Bound --------> Listening
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    /// Nothing is open.
    #[default]
    Disconnected,
    /// The layer's part of `connect` is under way.
    Connecting,
    /// Octets may pass.
    Connected,
    /// The layer says goodbye.
    Disconnecting,
    /// A listening layer has its address.
    Bound,
    /// A listening layer waits for peers.
    Listening,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Disconnected => "disconnected",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Disconnecting => "disconnecting",
            Self::Bound => "bound",
            Self::Listening => "listening",
        })
    }
}

/// What crossed one face of a layer since the stack was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Octets on their way down.
    pub bytes_sent: u64,
    /// Octets on their way up.
    pub bytes_received: u64,
    /// Calls that sent something: octets or an object.
    pub packets_sent: u64,
    /// Calls that received something.
    pub packets_received: u64,
}

impl std::ops::AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
        self.packets_sent += other.packets_sent;
        self.packets_received += other.packets_received;
    }
}

/// The state and the counters of a layer, or of a whole stack.
///
/// A layer has two faces: what the layer above gave it and took from it, and what it gave to and
/// took from the layer below. A filter that changes nothing has the same figures on both; a
/// coalescing buffer has fewer packets below than above. Where the vocabulary names one figure
/// ([`bytes_sent`](Self::bytes_sent)), it is that of the upper face.
///
/// ```
/// use comms_core::CommsInfo;
///
/// let mut info = CommsInfo::default();
/// info.above.bytes_sent = 12;
/// assert_eq!((info.is_connected(), info.bytes_sent(), info.idle()), (false, 12, None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CommsInfo {
    /// Where the layer is in its life; of a stack: its top.
    pub state: State,
    /// What crossed the upper face.
    pub above: Traffic,
    /// What crossed the lower face; a bottom's is the outside world.
    pub below: Traffic,
    /// Time since something was last sent; `None` if nothing ever was.
    pub time_since_sent: Option<Duration>,
    /// Time since something was last received; `None` if nothing ever was.
    pub time_since_received: Option<Duration>,
}

impl CommsInfo {
    /// Whether the layer's part of `connect` is under way.
    pub fn is_connecting(&self) -> bool {
        self.state == State::Connecting
    }

    /// Whether octets may pass.
    pub fn is_connected(&self) -> bool {
        self.state == State::Connected
    }

    /// Whether the layer says goodbye.
    pub fn is_disconnecting(&self) -> bool {
        self.state == State::Disconnecting
    }

    /// Whether the layer waits for peers.
    pub fn is_listening(&self) -> bool {
        self.state == State::Listening
    }

    /// Whether a layer of the server's side has its address; it still has it while it listens.
    pub fn is_bound(&self) -> bool {
        matches!(self.state, State::Bound | State::Listening)
    }

    /// Octets that were given to the layer to send.
    pub fn bytes_sent(&self) -> u64 {
        self.above.bytes_sent
    }

    /// Octets that were taken from the layer.
    pub fn bytes_received(&self) -> u64 {
        self.above.bytes_received
    }

    /// Calls that gave the layer something to send.
    pub fn packets_sent(&self) -> u64 {
        self.above.packets_sent
    }

    /// Calls that took something from the layer.
    pub fn packets_received(&self) -> u64 {
        self.above.packets_received
    }

    /// Time since anything passed at all; `None` if nothing ever did.
    pub fn idle(&self) -> Option<Duration> {
        match (self.time_since_sent, self.time_since_received) {
            (Some(sent), Some(received)) => Some(sent.min(received)),
            (one, other) => one.or(other),
        }
    }
}

/// What the seam keeps of each layer's upper face.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counters {
    pub(crate) traffic: Traffic,
    pub(crate) last_sent: Option<Instant>,
    pub(crate) last_received: Option<Instant>,
}

impl Counters {
    #[inline]
    pub(crate) fn sent(&mut self, octets: usize, now: Instant) {
        self.traffic.bytes_sent += octets as u64;
        self.traffic.packets_sent += 1;
        self.last_sent = Some(now);
    }

    #[inline]
    pub(crate) fn received(&mut self, octets: usize, now: Instant) {
        if octets > 0 {
            self.traffic.bytes_received += octets as u64;
            self.traffic.packets_received += 1;
            self.last_received = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_its_word() {
        let words = |state| {
            let info = CommsInfo { state, ..CommsInfo::default() };
            let (connecting, connected) = (info.is_connecting(), info.is_connected());
            [connecting, connected, info.is_disconnecting(), info.is_bound(), info.is_listening()]
        };
        assert_eq!(words(State::Disconnected), [false; 5]);
        assert_eq!(words(State::Connecting), [true, false, false, false, false]);
        assert_eq!(words(State::Connected), [false, true, false, false, false]);
        assert_eq!(words(State::Disconnecting), [false, false, true, false, false]);
        assert_eq!(words(State::Bound), [false, false, false, true, false]);
        assert_eq!(words(State::Listening), [false, false, false, true, true]);
    }
}
