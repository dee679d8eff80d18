//! A filter that holds both of its neighbours to the rules of calling.

pub(crate) mod rules;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use comms_core::{Below, CommsModule, Error, ModuleSpec, Operation, Payload, Receipt, Result};

use crate::check::rules::Rules;
use crate::error::RuleBroken;

/// A filter that holds the layer above to the rules of calling, and the layer below to those of
/// answering.
///
/// Above: nothing is sent after a send that failed, nothing received after a receive that failed
/// for good, no line asked for that there cannot be, no secret sent in the plain (where the test
/// names the octets of one). Below: a receive gives no more than fits, the end stays the end and
/// leaves nothing pending, a line ends where it should and only there, and what a line's caller had
/// stays as it was where there is none.
///
/// A broken rule is an error of class `Usage` with a [`RuleBroken`], at once; it is kept, and
/// `disconnect` gives it again, as [`CheckHandle::finished`] does. All octets pass unchanged; it can
/// stand anywhere above a bottom.
///
/// ```
/// use comms_core::{CommsStack, Payload};
/// use comms_testkit::{Check, Script};
///
/// let check = Check::new().secret("hunter2");
/// let handle = check.handle();
/// let script = Script::new().expect_octets(14);
/// let mut stack = CommsStack::builder().layer(check).layer(script).build()?;
/// stack.connect()?;
/// stack.send(Payload::Secret(b"hunter2"))?;
/// let error = stack.send("hunter2").unwrap_err();
/// assert_eq!(error.to_string(), "Check: octets that are secret were sent without their mark");
/// assert!(handle.finished().is_err());
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Check {
    handle: CheckHandle,
    /// Where this is the upper or the lower one of two.
    pair: Option<(Place, Holding)>,
}

/// Which of two checks it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Upper,
    Lower,
}

/// Whether octets went into what lies between two checks, and none came out since.
type Holding = Arc<AtomicBool>;

static SPEC: ModuleSpec =
    ModuleSpec::filter("Check", "holds its neighbours to the rules of calling");

impl Check {
    /// A filter that knows of no secrets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Two filters, to be put above and below the layers that they hold to one rule more: who was
    /// given octets to send lets go of them before waiting for input.
    ///
    /// ```
    /// use comms_core::CommsStack;
    /// use comms_testkit::{Check, Latency, Script};
    ///
    /// let (upper, lower) = Check::pair();
    /// let script = Script::new().expect("NOOP\r\n").send("250 ok\r\n");
    /// let builder = CommsStack::builder().layer(upper).layer(Latency::default()).layer(lower);
    /// let mut stack = builder.layer(script).build()?;
    /// stack.connect()?;
    /// stack.send("NOOP\r\n")?;
    /// assert_eq!(stack.receive(&mut [0; 64])?, 8);
    /// stack.disconnect()?;
    /// # Ok::<(), comms_core::Error>(())
    /// ```
    pub fn pair() -> (Self, Self) {
        let holding = Holding::default();
        let one = |place| Self { pair: Some((place, Arc::clone(&holding))), ..Self::default() };
        (one(Place::Upper), one(Place::Lower))
    }

    /// These octets may be sent as secret alone.
    pub fn secret(self, octets: impl AsRef<[u8]>) -> Self {
        self.handle.lock().secrets.push(octets.as_ref().to_vec());
        self
    }

    /// What it found, to be looked at while a stack owns it, and after.
    pub fn handle(&self) -> CheckHandle {
        self.handle.clone()
    }

    /// Octets are sent: into what lies between two checks, or out of it.
    fn note_send(&self) {
        if let Some((place, holding)) = &self.pair {
            holding.store(*place == Place::Upper, Ordering::SeqCst);
        }
    }

    /// The layer above waits for input.
    fn check_wait(&self) -> Result<(), RuleBroken> {
        let holds = self.pair.as_ref().is_some_and(|(place, holding)| {
            *place == Place::Lower && holding.load(Ordering::SeqCst)
        });
        self.handle.lock().waits(holds)
    }

    /// Another connection: nothing is held.
    fn settle(&self) {
        if let Some((_, holding)) = &self.pair {
            holding.store(false, Ordering::SeqCst);
        }
    }

    fn pass<T>(
        &mut self,
        operation: Operation,
        below: &mut dyn Below,
        call: impl FnOnce(&mut dyn Below) -> Result<T>,
    ) -> Result<T> {
        self.handle.lock().asked(operation)?;
        let result = call(below);
        self.handle.lock().outcome(operation, result)
    }
}

/// What a [`Check`] found.
#[derive(Debug, Clone, Default)]
pub struct CheckHandle {
    rules: Arc<Mutex<Rules>>,
}

impl CheckHandle {
    /// That no rule was broken so far; or the first that was.
    pub fn finished(&self) -> Result<(), RuleBroken> {
        self.lock().broken.clone().map_or(Ok(()), Err)
    }

    /// How many calls it has seen.
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommsModule for Check {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.settle();
        self.handle.lock().connected().map_err(Error::from)
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        self.handle.lock().marks(payload)?;
        if !payload.is_empty() {
            self.note_send();
        }
        self.pass(Operation::Send, below, |below| below.send(payload))
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.handle.lock().asked(Operation::Receive)?;
        if !into.is_empty() {
            self.check_wait()?;
        }
        let result = below.receive(into);
        self.handle.lock().received(result, into.len(), below.pending())
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        self.handle.lock().asked(Operation::ReceiveUntil)?;
        self.handle.lock().bounds(end, limit)?;
        self.check_wait()?;
        let before = into.len();
        let result = below.receive_until(end, limit, into);
        let mut rules = self.handle.lock();
        rules.received_until(result, (end, limit), (into, before), below.pending())
    }

    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        self.pass(Operation::Flush, below, |below| below.flush())
    }

    fn unread(&mut self, below: &mut dyn Below) -> Result<bool> {
        self.pass(Operation::Unread, below, |below| below.unread())
    }

    fn noop(&mut self, below: &mut dyn Below) -> Result<String> {
        self.pass(Operation::Noop, below, |below| below.noop())
    }

    fn reset(&mut self, below: &mut dyn Below) -> Result<()> {
        self.pass(Operation::Reset, below, |below| below.reset())
    }

    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        self.pass(Operation::StartTls, below, |below| below.start_tls())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.settle();
        self.handle.lock().disconnected();
        self.handle.finished().map_err(Error::from)
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let check = Self::new();
        check.handle.lock().secrets.clone_from(&self.handle.lock().secrets);
        Ok(Box::new(check))
    }
}
