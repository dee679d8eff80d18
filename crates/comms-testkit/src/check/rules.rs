//! The rules between two layers, and what they remember. No I/O.

use std::fmt;

use comms_core::{ErrorClass, Operation, Payload, Piece, Result};

use crate::error::RuleBroken;

/// What was said across one face, as far as the rules need it.
#[derive(Default)]
pub(crate) struct Rules {
    /// Octets that may pass only as secret.
    pub(crate) secrets: Vec<Vec<u8>>,
    connected: bool,
    /// A send failed: nothing sent after it could be understood.
    unsendable: bool,
    /// A receive failed for good.
    unreceivable: bool,
    /// The peer's end was received.
    ended: bool,
    /// The last plain octets that were sent: a secret may lie across two sends.
    plain: Vec<u8>,
    pub(crate) calls: u64,
    pub(crate) broken: Option<RuleBroken>,
}

impl Rules {
    /// A connection begins.
    pub(crate) fn connected(&mut self) -> Result<(), RuleBroken> {
        self.calls += 1;
        let again = self.connected;
        self.settle(true);
        if again { self.fail(RuleBroken::ConnectedTwice) } else { Ok(()) }
    }

    /// It is over.
    pub(crate) fn disconnected(&mut self) {
        self.calls += 1;
        self.settle(false);
    }

    /// Whether the layer above may do this now.
    pub(crate) fn asked(&mut self, operation: Operation) -> Result<(), RuleBroken> {
        self.calls += 1;
        if !self.connected {
            return self.fail(RuleBroken::NotConnected { operation });
        }
        if operation == Operation::Send && self.unsendable {
            return self.fail(RuleBroken::SentAfterFailure);
        }
        if operation.receives() && self.unreceivable {
            return self.fail(RuleBroken::ReceivedAfterFailure);
        }
        Ok(())
    }

    /// The layer above waits, and `holds` octets that it was given or does not.
    pub(crate) fn waits(&mut self, holds: bool) -> Result<(), RuleBroken> {
        if holds { self.fail(RuleBroken::HeldWhileWaiting) } else { Ok(()) }
    }

    /// Whether the marks of what is sent are right.
    pub(crate) fn marks(&mut self, payload: Payload<'_>) -> Result<(), RuleBroken> {
        let longest = self.secrets.iter().map(Vec::len).max().unwrap_or_default();
        if longest == 0 {
            return Ok(());
        }
        for piece in payload.pieces() {
            if let Piece::Secret(_) = piece {
                self.plain.clear();
                continue;
            }
            self.plain.extend_from_slice(piece.octets());
            let within = |secret: &Vec<u8>| {
                !secret.is_empty() && self.plain.windows(secret.len()).any(|some| some == secret)
            };
            if self.secrets.iter().any(within) {
                self.plain.clear();
                return self.fail(RuleBroken::Unmarked);
            }
            let passed = self.plain.len().saturating_sub(longest - 1);
            self.plain.drain(..passed);
        }
        Ok(())
    }

    /// What a receive into `room` octets came to.
    pub(crate) fn received(
        &mut self,
        result: Result<usize>,
        room: usize,
        pending: usize,
    ) -> Result<usize> {
        let octets = self.outcome(Operation::Receive, result)?;
        if octets > room {
            return Ok(self.fail(RuleBroken::TooMany { octets, room }).map(|()| octets)?);
        }
        if room > 0 {
            self.at_end(octets, pending)?;
        }
        Ok(octets)
    }

    /// What a `receive_until` came to: `into` had `before` octets.
    pub(crate) fn received_until(
        &mut self,
        result: Result<usize>,
        (end, limit): (&[u8], usize),
        (into, before): (&[u8], usize),
        pending: usize,
    ) -> Result<usize> {
        let appended = into.get(before..);
        if result.is_err() && into.len() != before {
            self.fail(RuleBroken::LineTouched)?;
        }
        let octets = self.outcome(Operation::ReceiveUntil, result)?;
        let Some(line) = appended.filter(|line| line.len() == octets) else {
            return Ok(self.fail(RuleBroken::LineMiscounted { octets }).map(|()| octets)?);
        };
        self.at_end(octets, pending)?;
        let found = line.windows(end.len().max(1)).position(|some| some == end);
        let whole = line.is_empty() || found.is_some_and(|at| at + end.len() == line.len());
        if !whole {
            self.fail(RuleBroken::NotALine)?;
        }
        if octets > limit {
            self.fail(RuleBroken::TooMany { octets, room: limit })?;
        }
        Ok(octets)
    }

    /// Whether the end and the limit of a `receive_until` make sense.
    pub(crate) fn bounds(&mut self, end: &[u8], limit: usize) -> Result<(), RuleBroken> {
        if end.is_empty() || limit < end.len() {
            return self.fail(RuleBroken::NoSuchLine { limit });
        }
        Ok(())
    }

    /// Remembers how an operation failed.
    pub(crate) fn outcome<T>(&mut self, operation: Operation, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            let for_good = error.class() == ErrorClass::Connection;
            // A write may have ended half-way whatever the reason, unless it never began.
            self.unsendable |= operation == Operation::Send && error.class() != ErrorClass::Usage;
            self.unreceivable |= operation.receives() && for_good;
        }
        result
    }

    fn at_end(&mut self, octets: usize, pending: usize) -> Result<(), RuleBroken> {
        if octets > 0 && self.ended {
            return self.fail(RuleBroken::AfterTheEnd { octets });
        }
        self.ended |= octets == 0;
        if self.ended && pending > 0 {
            return self.fail(RuleBroken::PendingAtTheEnd { octets: pending });
        }
        Ok(())
    }

    fn settle(&mut self, connected: bool) {
        self.connected = connected;
        self.unsendable = false;
        self.unreceivable = false;
        self.ended = false;
        self.plain.clear();
    }

    /// The first rule that was broken is kept.
    fn fail(&mut self, broken: RuleBroken) -> Result<(), RuleBroken> {
        self.broken.get_or_insert_with(|| broken.clone());
        Err(broken)
    }
}

/// Shows none of the secrets, and none of the octets.
impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &mut f.debug_struct("Rules");
        shown.field("calls", &self.calls).field("broken", &self.broken).finish_non_exhaustive()
    }
}
