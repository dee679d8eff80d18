//! What has passed a fault, and whether it struck.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use comms_core::Operation;

use crate::fault::point::{CutPoint, FaultPoint, FlipPoint, How};

/// Counts over all connections.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) operations: u64,
    /// Operations of the kind that is to fail.
    of_kind: u64,
    pub(crate) connects: u64,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    cut_sent: bool,
    cut_received: bool,
    pub(crate) struck: Option<String>,
}

impl Tally {
    /// Counts an operation; how it has to fail, if it does.
    pub(crate) fn operation(
        &mut self,
        operation: Operation,
        point: Option<FaultPoint>,
    ) -> Option<How> {
        self.operations += 1;
        let point = point.filter(|point| point.operation.is_none_or(|kind| kind == operation))?;
        self.of_kind += 1;
        if self.of_kind != point.nth {
            return None;
        }
        self.strike(format!("operation {}, a {operation}", self.operations));
        Some(point.how)
    }

    /// The first thing that went wrong is kept.
    pub(crate) fn strike(&mut self, what: String) {
        self.struck.get_or_insert(what);
    }

    /// The cut that is due now, if one is; each is once.
    pub(crate) fn due_cut(
        &mut self,
        sent: Option<CutPoint>,
        received: Option<CutPoint>,
    ) -> Option<CutPoint> {
        let sent = sent.filter(|point| !self.cut_sent && self.sent >= point.octets);
        let received = received.filter(|point| !self.cut_received && self.received >= point.octets);
        let (due, word) = match (sent, received) {
            (Some(due), _) => (due, "sent"),
            (None, due) => (due?, "received"),
        };
        self.cut_sent |= word == "sent";
        self.cut_received |= word == "received";
        self.strike(format!("the {} after {} octets were {word}", due.cut, due.octets));
        Some(due)
    }

    /// Octets that may still be sent before the cut.
    pub(crate) fn room_to_send(&self, cut: Option<CutPoint>) -> usize {
        room(cut.filter(|_| !self.cut_sent), self.sent)
    }

    /// Octets that may still be received before the cut.
    pub(crate) fn room_to_receive(&self, cut: Option<CutPoint>) -> usize {
        room(cut.filter(|_| !self.cut_received), self.received)
    }

    /// Where in the next `octets` behind `passed` the flip is, if it is there.
    pub(crate) fn flip_in(
        &mut self,
        flip: Option<FlipPoint>,
        passed: u64,
        octets: usize,
    ) -> Option<usize> {
        let ahead = flip?.octets.checked_sub(passed)?;
        let at = usize::try_from(ahead).ok().filter(|at| *at < octets)?;
        self.strike(format!("the bits turned over behind {} octets", passed + ahead));
        Some(at)
    }
}

fn room(cut: Option<CutPoint>, passed: u64) -> usize {
    let left = cut.map_or(u64::MAX, |cut| cut.octets.saturating_sub(passed));
    usize::try_from(left).unwrap_or(usize::MAX)
}

/// What a [`Fault`](crate::Fault) did, to be looked at while a stack owns it, and after.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::{Fault, Script};
///
/// let fault = Fault::after(1);
/// let handle = fault.handle();
/// let script = Script::new().send("220 ok\r\n");
/// let mut stack = CommsStack::builder().layer(fault).layer(script).build()?;
/// stack.connect()?;
/// assert_eq!(handle.struck(), None);
/// stack.receive(&mut [0; 64]).unwrap_err();
/// assert_eq!(handle.struck().as_deref(), Some("operation 2, a receive"));
/// assert_eq!(handle.operations(), 2);
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct FaultHandle {
    tally: Arc<Mutex<Tally>>,
}

impl FaultHandle {
    /// What went wrong first, in words; `None` while nothing has. Short reads and writes are not
    /// wrong.
    pub fn struck(&self) -> Option<String> {
        self.lock().struck.clone()
    }

    /// Operations so far, on all connections, failed ones among them.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// Octets that were sent through it, on all connections.
    pub fn sent(&self) -> u64 {
        self.lock().sent
    }

    /// Octets that were received through it, on all connections.
    pub fn received(&self) -> u64 {
        self.lock().received
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
