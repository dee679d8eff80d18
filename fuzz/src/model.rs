//! A mail server as the bottom of a stack: it does what it is told, or not, as a fuzzer has it, and
//! never says that it did what it did not do.

mod session;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use comms_core::{
    Below, CommsModule, Error, ErrorClass, ModuleSpec, Payload, Receipt, Result, wrong_payload,
};

use crate::draws::{Draws, Rupture};
use crate::model::state::State;

pub use crate::model::state::{Offers, Taken};

/// The server. It answers in the thread of the test, and remembers what it took.
#[derive(Debug)]
pub struct ModelServer {
    state: Shared,
}

impl ModelServer {
    /// A server that offers this, decides by `draws`, and gives `portion` octets at a time.
    pub fn new(offers: Offers, draws: Draws, portion: u8) -> Self {
        let state = State::new(offers, draws, usize::from(portion).max(1));
        Self { state: Shared(Arc::new(Mutex::new(state))) }
    }

    /// What it took and did, to be looked at after a stack has taken the server.
    pub fn record(&self) -> Record {
        Record { state: self.state.clone() }
    }
}

/// What a server took and did.
#[derive(Debug, Clone)]
pub struct Record {
    state: Shared,
}

impl Record {
    /// What it took, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.state.lock().taken.clone()
    }

    /// How often a client came.
    pub fn connections(&self) -> usize {
        self.state.lock().connections
    }

    /// How often it said no, or anything that is no plain yes, where it need not have.
    pub fn moods(&self) -> usize {
        self.state.lock().moods
    }

    /// How often a connection was broken, ended, or made to wait, not by the client.
    pub fn breaks(&self) -> usize {
        self.state.lock().breaks
    }

    /// How often it asked for content when nobody was to get it.
    pub fn contradictions(&self) -> usize {
        self.state.lock().contradictions
    }

    /// A while in which nothing is said; the server may not last it out.
    pub fn idle(&self) {
        self.state.lock().idle();
    }
}

impl CommsModule for ModelServer {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        if self.state.lock().meet() { Ok(()) } else { Err(reset()) }
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.state.lock().part();
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if matches!(payload, Payload::Object(_)) {
            return Err(wrong_payload(&SPEC, payload));
        }
        let mut state = self.state.lock();
        for piece in payload.pieces() {
            let octets = piece.octets();
            if state.gone && state.resets {
                return Err(reset());
            }
            let room = match state.rupture {
                Rupture::Sending(at) | Rupture::Stalling(at) | Rupture::Hearing(at) => {
                    at.saturating_sub(state.heard)
                }
                _ => usize::MAX,
            };
            let (heard, lost) = octets.split_at(room.min(octets.len()));
            let before = state.heard;
            state.hear(heard);
            match state.rupture {
                Rupture::Slow(at) if before <= at && at < state.heard => {
                    state.breaks += 1;
                    below.clock().sleep(LONG);
                }
                Rupture::Sending(_) if !lost.is_empty() => {
                    state.break_off();
                    return Err(reset());
                }
                Rupture::Stalling(_) if !lost.is_empty() => {
                    state.break_off();
                    return Err(wait_out(below));
                }
                Rupture::Hearing(_) if !lost.is_empty() => state.fall(),
                _ => {}
            }
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let mut state = self.state.lock();
        if !state.late.is_zero() {
            let left = below.deadline().remaining(below.clock())?.expect("a wait with an end");
            below.clock().sleep(left.min(state.late));
            state.late = state.late.saturating_sub(left);
            if !state.late.is_zero() {
                return Err(below.deadline().passed().into());
            }
        }
        let octets = state.answer_into(into);
        if octets > 0 {
            return Ok(octets);
        }
        match state.rupture {
            Rupture::Falling(at) if at <= state.answered => {
                state.fall();
                Err(wait_out(below))
            }
            Rupture::Answering(at) if at <= state.answered => {
                state.break_off();
                Ok(0)
            }
            _ if state.fallen => Err(wait_out(below)),
            _ => {
                assert!(state.gone, "the client waits for an answer to nothing");
                state.ends += 1;
                assert!(
                    state.ends < MOST_ENDS,
                    "the client does not see that the server has ended"
                );
                if state.resets { Err(reset()) } else { Ok(0) }
            }
        }
    }

    fn flush(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        Ok(String::new())
    }

    fn unread(&mut self, _: &mut dyn Below) -> Result<bool> {
        let state = self.state.lock();
        if state.has_answers() {
            return Ok(true);
        }
        if state.gone && state.shows { Err(reset()) } else { Ok(false) }
    }
}

#[derive(Debug, Clone)]
struct Shared(Arc<Mutex<State>>);

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reset() -> Error {
    Error::new(ErrorClass::Connection, "the connection was reset")
}

/// The time of the call passes, and nothing happens.
fn wait_out(below: &mut dyn Below) -> Error {
    match below.deadline().remaining(below.clock()) {
        Ok(left) => {
            below.clock().sleep(left.expect("a wait with an end"));
            below.deadline().passed().into()
        }
        Err(passed) => passed.into(),
    }
}

static SPEC: ModuleSpec = ModuleSpec::bottom("Model", "a server that remembers what it took");

/// Longer than any step may take.
const LONG: Duration = Duration::from_secs(1200);

/// No conversation asks so often after the end.
const MOST_ENDS: usize = 100;
