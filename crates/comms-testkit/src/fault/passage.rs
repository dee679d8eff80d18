//! How octets and calls pass a fault, and how its connection ends.

use comms_core::{Below, Error, Operation, Payload, Piece, Result, StackError};

use crate::error::FaultStruck;
use crate::fault::point::How;
use crate::fault::properties::FaultProperties;
use crate::fault::tally::FaultHandle;
use crate::pieces;
use crate::scenario::step::Cut;
use crate::silence;

/// What passes, and what does not.
#[derive(Debug, Default)]
pub(crate) struct Passage {
    pub(crate) properties: FaultProperties,
    pub(crate) handle: FaultHandle,
    /// How this connection has ended, where it did.
    pub(crate) broken: Option<Broken>,
}

/// How a connection has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// An operation failed.
    Lost,
    Cut(Cut),
}

impl Passage {
    /// One for another connection, which counts on.
    pub(crate) fn anew(&self) -> Self {
        Self { properties: self.properties.clone(), handle: self.handle.clone(), broken: None }
    }

    /// Counts an operation that carries no octets, and does it unless it has to fail.
    pub(crate) fn pass<T>(
        &mut self,
        operation: Operation,
        below: &mut dyn Below,
        call: impl FnOnce(&mut dyn Below) -> Result<T>,
    ) -> Result<T> {
        match self.due(operation) {
            None => call(below),
            Some(How::TimeOut) => Err(silence::wait(below)),
            Some(How::After) => {
                call(below)?;
                Err(self.lose())
            }
            Some(How::Before | How::Part(_)) => Err(self.lose()),
        }
    }

    /// Counts an operation; how it has to fail, if it does.
    pub(crate) fn due(&mut self, operation: Operation) -> Option<How> {
        self.handle.lock().operation(operation, self.properties.fail)
    }

    /// The connection is lost here.
    pub(crate) fn lose(&mut self) -> Error {
        self.broken = Some(Broken::Lost);
        self.loss()
    }

    fn loss(&self) -> Error {
        FaultStruck::Lost(self.handle.struck().unwrap_or_default()).into()
    }

    /// Ends the connection if a cut is due.
    pub(crate) fn cut_if_due(&mut self) {
        if self.broken.is_none() {
            let (sent, received) = (self.properties.cut_sent, self.properties.cut);
            let due = self.handle.lock().due_cut(sent, received);
            self.broken = due.map(|point| Broken::Cut(point.cut));
        }
    }

    /// That the connection stands for a call that asks the peer something.
    pub(crate) fn check(&self, below: &mut dyn Below) -> Result<()> {
        match self.broken {
            None => Ok(()),
            Some(Broken::Cut(Cut::Stall)) => Err(silence::wait(below)),
            Some(Broken::Cut(Cut::Close)) => Err(FaultStruck::Closed.into()),
            Some(Broken::Cut(Cut::Reset)) => Err(FaultStruck::Reset.into()),
            Some(Broken::Lost) => Err(self.loss()),
        }
    }

    /// Sends what the cut lets through.
    pub(crate) fn put(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<()> {
        let room = self.handle.lock().room_to_send(self.properties.cut_sent);
        if room >= payload.len() {
            self.put_altered(payload, below)?;
            self.cut_if_due();
            return Ok(());
        }
        let (before, _) = pieces::split(payload.pieces(), room);
        self.put_altered(Payload::Pieces(&before), below)?;
        self.cut_if_due();
        match self.broken {
            // A silent peer's system takes what it is sent.
            Some(Broken::Cut(Cut::Stall)) => Ok(()),
            _ => self.check(below),
        }
    }

    fn put_altered(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<()> {
        let flip = self.properties.flip_sent;
        let at = {
            let mut tally = self.handle.lock();
            let sent = tally.sent;
            tally.flip_in(flip, sent, payload.len())
        };
        let (Some(flip), Some(at)) = (flip, at) else { return self.put_portions(payload, below) };
        let (mut altered, behind) = pieces::split(payload.pieces(), at);
        let (octet, behind) = pieces::split(behind, 1);
        let turned = octet.iter().flat_map(Piece::octets).map(|octet| octet ^ flip.bits);
        let turned = turned.collect::<Vec<_>>();
        altered.extend(octet.iter().map(|piece| piece.same_mark(&turned)));
        altered.extend(behind);
        self.put_portions(Payload::Pieces(&altered), below)
    }

    fn put_portions(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<()> {
        let most = self.properties.send_at_most.unwrap_or(usize::MAX).max(1);
        if payload.len() <= most {
            below.send(payload)?;
            self.handle.lock().sent += octets(payload.len());
            return Ok(());
        }
        let mut rest: Vec<Piece<'_>> = payload.pieces().collect();
        while !rest.is_empty() {
            let (portion, behind) = pieces::split(rest, most);
            below.send(Payload::Pieces(&portion))?;
            self.handle.lock().sent += octets(Payload::Pieces(&portion).len());
            rest = behind;
        }
        Ok(())
    }

    /// Counts what came, and alters it.
    fn took(&mut self, came: &mut [u8]) {
        let mut tally = self.handle.lock();
        let received = tally.received;
        let at = tally.flip_in(self.properties.flip, received, came.len());
        if let (Some(octet), Some(flip)) =
            (at.and_then(|at| came.get_mut(at)), self.properties.flip)
        {
            *octet ^= flip.bits;
        }
        tally.received += octets(came.len());
        drop(tally);
        self.cut_if_due();
    }

    /// Receives what the cut lets through.
    pub(crate) fn fetch(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let room = self.handle.lock().room_to_receive(self.properties.cut);
        let most = self.properties.receive_at_most.unwrap_or(usize::MAX).max(1);
        let most = into.len().min(most).min(room);
        let into = into.get_mut(..most).unwrap_or_default();
        let came = below.receive(into)?;
        self.took(into.get_mut(..came).unwrap_or_default());
        Ok(came)
    }

    /// Receives a line, if the cut lets it through whole.
    pub(crate) fn fetch_line(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        let before = into.len();
        let came = below.receive_until(end, limit, into)?;
        let room = self.handle.lock().room_to_receive(self.properties.cut);
        let kept = into.len().min(before.saturating_add(room));
        self.took(into.get_mut(before..kept).unwrap_or_default());
        if kept == into.len() {
            return Ok(came);
        }
        // The line was cut off: what there was of it stays in no buffer.
        into.truncate(before);
        match self.broken {
            Some(Broken::Cut(Cut::Close)) if kept > before => {
                let during = format!("in the middle of a line, after {} octets", kept - before);
                Err(StackError::Ended { during }.into())
            }
            Some(Broken::Cut(Cut::Close)) => Ok(0),
            _ => self.check(below).map(|()| 0),
        }
    }
}

fn octets(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
