//! A pair that is connected, and what rules do with it.

use std::thread;
use std::time::Duration;

use comms_core::{CommsListener, CommsStack, Error, ErrorClass, Result, Width};

use crate::conform::pair::{Far, Pair};

/// Whether a rule holds.
pub(crate) type Outcome = Result<(), Finding>;

/// In what way it does not.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) found: String,
    pub(crate) cause: Option<Error>,
}

impl From<Error> for Finding {
    fn from(cause: Error) -> Self {
        Self { found: "a call failed that should not".to_owned(), cause: Some(cause) }
    }
}

/// The finding, unless `holds`.
pub(crate) fn ensure(holds: bool, found: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(Finding { found: found(), cause: None }) }
}

/// The error that a call must end in.
pub(crate) fn refused<T>(result: Result<T>, call: &str) -> Result<Error, Finding> {
    match result {
        Err(error) => Ok(error),
        Ok(_) => Err(Finding { found: format!("{call} succeeded"), cause: None }),
    }
}

/// Both sides, connected.
pub(crate) struct Session {
    pub(crate) near: CommsStack,
    pub(crate) far: CommsStack,
    listener: Option<Box<CommsListener>>,
}

impl Session {
    /// Connects both sides.
    pub(crate) fn open(pair: Pair) -> Result<Self> {
        let mut near = pair.near;
        match pair.far {
            Far::Stack(mut far) => {
                meet(&mut near, || connect(&mut far))?;
                Ok(Self { near, far: *far, listener: None })
            }
            Far::Listener(mut listener) => {
                let far = meet(&mut near, || accept(&mut listener))?;
                Ok(Self { near, far, listener: Some(listener) })
            }
        }
    }

    /// Connects both sides again; both are disconnected.
    pub(crate) fn open_again(&mut self) -> Result<()> {
        match &mut self.listener {
            None => meet(&mut self.near, || connect(&mut self.far)),
            Some(listener) => {
                self.far = meet(&mut self.near, || accept(listener))?;
                Ok(())
            }
        }
    }

    /// Octets to send: of all values, as far as the layers pass them.
    pub(crate) fn content(&self, octets: usize) -> Vec<u8> {
        let narrow = self.near.modules().any(|module| module.width() == Width::SevenBit);
        let values = if narrow { 0..=127 } else { 0..=255 };
        values.cycle().take(octets).collect()
    }
}

/// Sends all of `octets`, and lets nothing of them wait.
pub(crate) fn say(stack: &mut CommsStack, octets: &[u8]) -> Result<()> {
    stack.send(octets)?;
    stack.flush()
}

/// Receives until so many octets are there, in portions of `portion` at most.
pub(crate) fn hear(
    stack: &mut CommsStack,
    octets: usize,
    portion: usize,
) -> Result<Vec<u8>, Finding> {
    let mut heard = Vec::with_capacity(octets);
    let mut some = vec![0; portion];
    while heard.len() < octets {
        let room = portion.min(octets - heard.len());
        let into = some.get_mut(..room).unwrap_or_default();
        let received = stack.receive(into)?;
        ensure(received > 0, || format!("the end came after {} of {octets} octets", heard.len()))?;
        ensure(received <= room, || format!("{received} octets came into a room of {room}"))?;
        heard.extend(into.iter().take(received));
    }
    Ok(heard)
}

/// That what was heard is what was said.
pub(crate) fn same(heard: &[u8], said: &[u8]) -> Outcome {
    let differ = heard.iter().zip(said).position(|(one, other)| one != other);
    ensure(heard == said, || match differ {
        Some(at) => format!("what arrived differs at octet {at} of {}", said.len()),
        None => format!("{} octets arrived of {}", heard.len(), said.len()),
    })
}

/// That a receive finds nothing, and ends when its time is over.
pub(crate) fn silent(stack: &mut CommsStack) -> Outcome {
    stack.limit(MOMENT, "silence");
    let error = refused(stack.receive(&mut [0; 16]), "a receive from a silent peer")?;
    stack.limit(GUARD, "conformance");
    if error.class() == ErrorClass::Timeout {
        return Ok(());
    }
    let found = "a receive from a silent peer ended otherwise than by its deadline".to_owned();
    Err(Finding { found, cause: Some(error) })
}

fn meet<T: Send>(near: &mut CommsStack, far: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let far = scope.spawn(far);
        let near = connect(near);
        // A panic of the far side goes on here, as its own.
        let far = far.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        near.and(far)
    })
}

fn connect(stack: &mut CommsStack) -> Result<()> {
    stack.limit(GUARD, "conformance");
    stack.connect()
}

fn accept(listener: &mut CommsListener) -> Result<CommsStack> {
    listener.limit(GUARD);
    let mut stack = listener.take()?;
    connect(&mut stack)?;
    Ok(stack)
}

/// Time for a whole rule: what takes longer hangs.
const GUARD: Duration = Duration::from_secs(10);

/// Time in which nothing comes: it runs out in any case, so it may be short.
pub(crate) const MOMENT: Duration = Duration::from_millis(2);
