//! What joins the two ends of a loopback: two bounded queues of octets, and who is still there.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use comms_core::{Below, Payload, Result};

use crate::error::LoopbackError;

/// Which end of a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Near,
    Far,
}

/// How the ends of a wire lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Two ends, each perhaps on a thread of its own.
    Threads,
    /// Two ends on one thread: a wait could be ended by nobody.
    OneThread,
    /// One end, joined to itself.
    Echo,
}

/// A wire with its two ends.
pub(crate) struct Wire {
    shape: Shape,
    ends: Mutex<Ends>,
    changed: Condvar,
}

#[derive(Default)]
struct Ends {
    near: End,
    far: End,
}

/// One end, and the octets on their way to it.
#[derive(Default)]
struct End {
    stage: Stage,
    dropped: bool,
    sending_ended: bool,
    receiving_ended: bool,
    inbox: VecDeque<u8>,
    writes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// Not yet in this connection.
    #[default]
    Fresh,
    Open,
    /// No more in this connection.
    Gone,
}

impl Wire {
    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, ends: Mutex::default(), changed: Condvar::new() }
    }

    /// Joins the connection, or begins a new one where the last is over.
    pub(crate) fn attach(&self, side: Side) -> Result<(), LoopbackError> {
        let mut ends = self.lock();
        let (mine, theirs) = (ends.at(side).stage, ends.at(self.peer(side)).stage);
        let dropped = ends.at(self.peer(side)).dropped;
        if self.shape != Shape::Echo {
            match (mine, theirs) {
                (Stage::Gone, Stage::Open) => return Err(LoopbackError::PeerStillConnected),
                (Stage::Gone, _) | (_, Stage::Fresh) if dropped => {
                    return Err(LoopbackError::PeerGone);
                }
                _ => {}
            }
        }
        if mine == Stage::Gone {
            ends.renew(Side::Near);
            ends.renew(Side::Far);
        }
        ends.at(side).stage = Stage::Open;
        Ok(())
    }

    /// Leaves the connection. The peer can still read what is on its way to it.
    pub(crate) fn release(&self, side: Side) {
        let mut ends = self.lock();
        let end = ends.at(side);
        if end.stage == Stage::Open {
            end.stage = Stage::Gone;
            end.inbox.clear();
        }
        self.changed.notify_all();
    }

    /// Leaves for good.
    pub(crate) fn drop_end(&self, side: Side) {
        self.release(side);
        self.lock().at(side).dropped = true;
        self.changed.notify_all();
    }

    /// Sends no more: the peer reads what is on its way, and then the end.
    pub(crate) fn end_sending(&self, side: Side) {
        self.lock().at(side).sending_ended = true;
        self.changed.notify_all();
    }

    /// Receives no more than what has arrived.
    pub(crate) fn end_receiving(&self, side: Side) {
        self.lock().at(side).receiving_ended = true;
        self.changed.notify_all();
    }

    /// Puts all octets on their way, and waits for room where `capacity` says so.
    pub(crate) fn send(
        &self,
        side: Side,
        payload: Payload<'_>,
        capacity: usize,
        below: &dyn Below,
    ) -> Result<()> {
        let mut ends = self.lock();
        for piece in payload.pieces() {
            let mut octets = piece.octets();
            while !octets.is_empty() {
                if ends.at(side).sending_ended {
                    return Err(LoopbackError::SendingEnded.into());
                }
                let peer = ends.at(self.peer(side));
                if peer.stage == Stage::Gone || peer.dropped {
                    return Err(LoopbackError::PeerClosed.into());
                }
                let room = capacity.max(1).saturating_sub(peer.inbox.len());
                let (now, later) = octets.split_at(room.min(octets.len()));
                peer.inbox.extend(now);
                octets = later;
                self.changed.notify_all();
                if !octets.is_empty() {
                    ends = self.wait(ends, below)?;
                }
            }
        }
        ends.at(side).writes += 1;
        Ok(())
    }

    /// Takes what is there; 0 when the peer has ended.
    pub(crate) fn receive(&self, side: Side, into: &mut [u8], below: &dyn Below) -> Result<usize> {
        let mut ends = self.lock();
        loop {
            let octets = ends.at(side).take(into);
            if octets > 0 {
                self.changed.notify_all();
                return Ok(octets);
            }
            let ended = ends.at(side).receiving_ended || ends.at(self.peer(side)).has_ended();
            if into.is_empty() || ended {
                return Ok(0);
            }
            ends = self.wait(ends, below)?;
        }
    }

    /// Whether the peer is still there.
    pub(crate) fn check(&self, side: Side) -> Result<(), LoopbackError> {
        let mut ends = self.lock();
        let peer = ends.at(self.peer(side));
        if peer.stage == Stage::Gone || peer.dropped {
            return Err(LoopbackError::PeerClosed);
        }
        Ok(())
    }

    /// Whether octets are there; an error says that none will come any more.
    pub(crate) fn is_unread(&self, side: Side) -> Result<bool, LoopbackError> {
        let mut ends = self.lock();
        let unread = !ends.at(side).inbox.is_empty();
        if !unread && ends.at(self.peer(side)).has_ended() {
            return Err(LoopbackError::PeerClosed);
        }
        Ok(unread)
    }

    /// Sends that were made from this end.
    pub(crate) fn writes(&self, side: Side) -> u64 {
        self.lock().at(side).writes
    }

    /// Octets on their way to this end.
    pub(crate) fn waiting(&self, side: Side) -> usize {
        self.lock().at(side).inbox.len()
    }

    /// Waits until something may have changed, or says why that is in vain.
    fn wait<'g>(
        &self,
        ends: MutexGuard<'g, Ends>,
        below: &dyn Below,
    ) -> Result<MutexGuard<'g, Ends>> {
        let deadline = below.deadline();
        let left = deadline.remaining(below.clock())?;
        match (self.shape, left) {
            (Shape::Threads, None) => {
                Ok(self.changed.wait(ends).unwrap_or_else(PoisonError::into_inner))
            }
            (Shape::Threads, Some(left)) => {
                let waited = self.changed.wait_timeout(ends, left.min(RECHECK));
                Ok(waited.unwrap_or_else(PoisonError::into_inner).0)
            }
            (_, None) => Err(LoopbackError::NobodyActs.into()),
            (_, Some(left)) => {
                drop(ends);
                below.clock().sleep(left);
                Err(deadline.passed().into())
            }
        }
    }

    fn peer(&self, side: Side) -> Side {
        match (self.shape, side) {
            (Shape::Echo, _) => side,
            (_, Side::Near) => Side::Far,
            (_, Side::Far) => Side::Near,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        // A thread that panicked while it held the lock left whole octets and whole flags.
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows none of the octets: there may be secrets among them.
impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wire").field(&self.shape).finish()
    }
}

impl Ends {
    fn at(&mut self, side: Side) -> &mut End {
        match side {
            Side::Near => &mut self.near,
            Side::Far => &mut self.far,
        }
    }

    fn renew(&mut self, side: Side) {
        let end = self.at(side);
        *end = End { dropped: end.dropped, writes: end.writes, ..End::default() };
    }
}

impl End {
    /// Whether nothing more comes from this end.
    fn has_ended(&self) -> bool {
        self.sending_ended || self.stage == Stage::Gone || self.dropped
    }

    fn take(&mut self, into: &mut [u8]) -> usize {
        let octets = into.len().min(self.inbox.len());
        let (first, second) = self.inbox.as_slices();
        let (front, back) = into.split_at_mut(first.len().min(octets));
        copy(first, front);
        copy(second, back);
        self.inbox.drain(..octets);
        octets
    }
}

/// Copies as many octets as both have.
fn copy(from: &[u8], into: &mut [u8]) {
    let octets = from.len().min(into.len());
    if let (Some(from), Some(into)) = (from.get(..octets), into.get_mut(..octets)) {
        into.copy_from_slice(from);
    }
}

/// The clock may be one that another thread moves, and says nothing when it does: so a wait with
/// a deadline looks at it this often.
const RECHECK: Duration = Duration::from_millis(1);
