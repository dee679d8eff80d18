//! A filter in which something goes wrong, at a place that is known before.

pub(crate) mod passage;
pub(crate) mod point;
pub(crate) mod properties;
pub(crate) mod tally;

use comms_core::{Below, CommsModule, ModuleSpec, Operation, Payload, Properties, Receipt, Result};

use crate::error::FaultStruck;
use crate::fault::passage::{Broken, Passage};
use crate::fault::point::{CutPoint, FaultPoint, FlipPoint, How};
use crate::fault::properties::FaultProperties;
use crate::fault::tally::FaultHandle;
use crate::pieces;
use crate::scenario::step::Cut;
use crate::silence;

/// A filter in which something goes wrong, at a place that is known before: the nth operation
/// fails, the connection ends after n octets, octets arrive altered or in small portions.
///
/// It can stand anywhere above a bottom; what it provides is what lies below it. Operations and
/// octets are counted over all connections, so that each fault strikes once: a client that connects
/// again finds nothing wrong. An operation that fails ends the connection (unless
/// [`by_timeout`](FaultPoint::by_timeout)): every later call fails as well, until the next
/// `connect`. Accepted by a listener, it counts on in each accepted stack.
///
/// Properties, all empty unless set: `fail` (which operation; see [`FaultPoint`]), `refuse` (so many
/// connects), `cut` and `cut_sent` (after so many octets received or sent; see [`CutPoint`]), `flip`
/// and `flip_sent` (see [`FlipPoint`]), `receive_at_most` and `send_at_most` (octets at a time).
///
/// ```
/// use comms_core::{CommsStack, ErrorClass};
/// use comms_testkit::{Cut, Fault, Loopback};
///
/// let (near, far) = Loopback::pair();
/// let fault = Fault::new().cut_sent_at(3, Cut::Reset);
/// let mut near = CommsStack::builder().layer(fault).layer(near).build()?;
/// let mut far = CommsStack::new(far)?;
/// near.connect()?;
/// far.connect()?;
/// let error = near.send("hello").unwrap_err();
/// assert_eq!((error.layer(), error.class()), ("Fault", ErrorClass::Connection));
/// assert_eq!(far.receive(&mut [0; 16])?, 3);
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Fault {
    passage: Passage,
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: FaultProperties::TABLE,
    ..ModuleSpec::filter("Fault", "lets something go wrong at a place that is known before")
};

impl Fault {
    /// A filter in which nothing goes wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// So many operations pass, of whatever kind; the next one fails.
    pub fn after(operations: u64) -> Self {
        Self::new().failing(FaultPoint::nth(operations.saturating_add(1)))
    }

    /// This operation fails.
    pub fn failing(mut self, point: FaultPoint) -> Self {
        self.passage.properties.fail = Some(point);
        self
    }

    /// So many connects are refused; what is below has connected by then, and is let go.
    pub fn refusing(mut self, connects: u64) -> Self {
        self.passage.properties.refuse = connects;
        self
    }

    /// The connection ends once so many octets were received.
    pub fn cut_at(mut self, octets: u64, cut: Cut) -> Self {
        self.passage.properties.cut = Some(CutPoint { octets, cut });
        self
    }

    /// The connection ends once so many octets were sent. A send that ends there succeeds, a longer
    /// one fails (but not with [`Cut::Stall`]), and what the peer answers is lost.
    pub fn cut_sent_at(mut self, octets: u64, cut: Cut) -> Self {
        self.passage.properties.cut_sent = Some(CutPoint { octets, cut });
        self
    }

    /// The octet that is received behind so many others has these bits turned over.
    pub fn flip_at(mut self, octets: u64, bits: u8) -> Self {
        self.passage.properties.flip = Some(FlipPoint { octets, bits });
        self
    }

    /// The octet that is sent behind so many others goes on with these bits turned over.
    pub fn flip_sent_at(mut self, octets: u64, bits: u8) -> Self {
        self.passage.properties.flip_sent = Some(FlipPoint { octets, bits });
        self
    }

    /// A receive gives so many octets at most, and at least one.
    pub fn receive_at_most(mut self, octets: usize) -> Self {
        self.passage.properties.receive_at_most = Some(octets);
        self
    }

    /// What is sent goes down in portions of so many octets at most, and at least one.
    pub fn send_at_most(mut self, octets: usize) -> Self {
        self.passage.properties.send_at_most = Some(octets);
        self
    }

    /// What it did, to be looked at while a stack owns it, and after.
    pub fn handle(&self) -> FaultHandle {
        self.passage.handle.clone()
    }
}

impl CommsModule for Fault {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.passage.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.passage.properties)
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.passage.broken = None;
        {
            let mut tally = self.passage.handle.lock();
            tally.connects += 1;
            if tally.connects <= self.passage.properties.refuse {
                tally.strike("a refused connect".to_owned());
                return Err(FaultStruck::Refused.into());
            }
        }
        self.passage.pass(Operation::Connect, below, |_| Ok(()))?;
        self.passage.cut_if_due();
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if let Payload::Object(_) = payload {
            return self.passage.pass(Operation::Send, below, |below| below.send(payload));
        }
        let due = self.passage.due(Operation::Send);
        if self.passage.broken == Some(Broken::Cut(Cut::Stall)) {
            return Ok(Receipt::TAKEN);
        }
        self.passage.check(below)?;
        match due {
            None => self.passage.put(payload, below).map(|()| Receipt::TAKEN),
            Some(How::TimeOut) => Err(silence::wait(below)),
            Some(How::Before) => Err(self.passage.lose()),
            Some(How::After) => {
                self.passage.put(payload, below)?;
                Err(self.passage.lose())
            }
            Some(How::Part(octets)) => {
                let (before, _) = pieces::split(payload.pieces(), octets);
                self.passage.put(Payload::Pieces(&before), below)?;
                Err(self.passage.lose())
            }
        }
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let due = self.passage.due(Operation::Receive);
        if into.is_empty() && due.is_none() {
            return Ok(0);
        }
        if self.passage.broken == Some(Broken::Cut(Cut::Close)) {
            return Ok(0);
        }
        self.passage.check(below)?;
        match due {
            None => self.passage.fetch(into, below),
            Some(How::TimeOut) => Err(silence::wait(below)),
            Some(How::After) => {
                self.passage.fetch(into, below)?;
                Err(self.passage.lose())
            }
            Some(How::Before | How::Part(_)) => Err(self.passage.lose()),
        }
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        let due = self.passage.due(Operation::ReceiveUntil);
        if self.passage.broken == Some(Broken::Cut(Cut::Close)) {
            return Ok(0);
        }
        self.passage.check(below)?;
        match due {
            None => self.passage.fetch_line(end, limit, into, below),
            Some(How::TimeOut) => Err(silence::wait(below)),
            Some(How::After) => {
                let before = into.len();
                self.passage.fetch_line(end, limit, into, below)?;
                into.truncate(before);
                Err(self.passage.lose())
            }
            Some(How::Before | How::Part(_)) => Err(self.passage.lose()),
        }
    }

    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        // Nothing is held here: also where the connection has ended, that never fails.
        self.passage.pass(Operation::Flush, below, |below| below.flush())
    }

    fn unread(&mut self, below: &mut dyn Below) -> Result<bool> {
        if self.passage.broken == Some(Broken::Cut(Cut::Stall)) {
            return Ok(false);
        }
        self.passage.check(below)?;
        self.passage.pass(Operation::Unread, below, |below| below.unread())
    }

    fn noop(&mut self, below: &mut dyn Below) -> Result<String> {
        self.passage.check(below)?;
        self.passage.pass(Operation::Noop, below, |below| below.noop())
    }

    fn reset(&mut self, below: &mut dyn Below) -> Result<()> {
        self.passage.check(below)?;
        self.passage.pass(Operation::Reset, below, |below| below.reset())
    }

    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        self.passage.check(below)?;
        self.passage.pass(Operation::StartTls, below, |below| below.start_tls())
    }

    fn disconnect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.passage.broken = None;
        let done = self.passage.pass(Operation::Disconnect, below, |_| Ok(()));
        self.passage.broken = None;
        done
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        Ok(Box::new(Self { passage: self.passage.anew() }))
    }
}
