//! The other end of a connection, as a fuzzer plays it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use comms_core::{
    Below, CommsModule, Error, ErrorClass, ModuleSpec, Payload, Receipt, Result, StackError,
    wrong_payload,
};

/// A bottom whose peer says the same octets whatever it is told, and then ends its side. On each
/// further connection it says others; where it has none left, nobody is let in.
///
/// It says them in portions, so that they arrive split anywhere; it listens to the end, or breaks
/// the connection once it has heard so many octets. A stack that goes on receiving after the end
/// has come is found out by a panic.
#[derive(Debug)]
pub struct Peer {
    parts: VecDeque<Vec<u8>>,
    octets: Vec<u8>,
    at: usize,
    portion: usize,
    hears: usize,
    ends: u32,
    said: Said,
}

impl Peer {
    /// A peer that says these octets, a part on each connection, `portion` of them at a time.
    pub fn new(parts: impl IntoIterator<Item = Vec<u8>>, portion: u8) -> Self {
        Self {
            parts: parts.into_iter().collect(),
            octets: Vec::new(),
            at: 0,
            portion: usize::from(portion).max(1),
            hears: usize::MAX,
            ends: 0,
            said: Said::default(),
        }
    }

    /// The connection breaks once the peer has heard so many octets.
    pub fn hears(mut self, octets: u16) -> Self {
        self.hears = octets.into();
        self
    }

    /// What the stack above says, to be looked at after the stack has taken the peer.
    pub fn said(&self) -> Said {
        self.said.clone()
    }
}

/// What a stack said to its peer.
#[derive(Debug, Clone, Default)]
pub struct Said(Arc<Mutex<Vec<u8>>>);

impl Said {
    /// All octets so far.
    pub fn octets(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds octets, and gives their number in all.
    fn add(&self, octets: &[u8]) -> usize {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend_from_slice(octets);
        said.len()
    }
}

impl CommsModule for Peer {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        let nobody = || Error::new(ErrorClass::Connection, "nobody is there");
        self.octets = self.parts.pop_front().ok_or_else(nobody)?;
        (self.at, self.ends) = (0, 0);
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        if matches!(payload, Payload::Object(_)) {
            return Err(wrong_payload(&SPEC, payload));
        }
        for piece in payload.pieces() {
            if self.said.add(piece.octets()) > self.hears {
                let during = "while it was spoken to".to_owned();
                return Err(StackError::Ended { during }.into());
            }
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
        let rest = &self.octets[self.at..];
        let octets = self.portion.min(rest.len()).min(into.len());
        into[..octets].copy_from_slice(&rest[..octets]);
        self.at += octets;
        if rest.is_empty() {
            self.ends += 1;
            assert!(self.ends < MOST_ENDS, "the stack does not see that the peer has ended");
        }
        Ok(octets)
    }

    fn flush(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        Ok(String::new())
    }
}

static SPEC: ModuleSpec = ModuleSpec::bottom("Peer", "says what a fuzzer has it say");

/// No conversation asks so often after the end.
const MOST_ENDS: u32 = 100;
