//! A bottom that is joined to another one in memory.

use std::sync::Arc;

use comms_core::{
    Below, Closing, CommsModule, Error, MethodSpec, ModuleSpec, Payload, Properties, Receipt,
    Result, Value, wrong_payload,
};

use crate::wire::{Shape, Side, Wire};

/// A bottom that is joined to another one in memory: what one end sends, the other receives.
///
/// It changes nothing, and needs nothing below. Each direction holds at most `capacity` octets;
/// a sender waits for room, a receiver for octets, both until their deadline.
///
/// - [`pair`](Self::pair) is for two threads, or for one as long as nobody must wait. A wait with
///   a deadline looks at the stack's clock every millisecond, so that another thread can advance a
///   [`ManualClock`](crate::ManualClock); if nobody advances it, the wait goes on.
/// - [`pair_in_one_thread`](Self::pair_in_one_thread) never waits in vain: what would be a wait
///   lets the time pass on the stack's clock and ends at the deadline, or is an error where there
///   is none.
/// - `Loopback::default()` is joined to itself, for stacks built by name: an echo, in one thread.
///
/// Whichever end connects first, its octets are kept for the other. After one end has
/// disconnected, the other reads what was on its way, then 0; what it sends is refused. When both
/// ends have disconnected (or the other never connected), the first to connect begins a new
/// connection, and nothing of the old one is left. A dropped end counts as disconnected, and does
/// not come back.
///
/// Properties: `capacity` (64 KiB) and, read-only, `writes`. Method: `end_sending`.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::Loopback;
///
/// let (near, far) = Loopback::pair();
/// let (mut near, mut far) = (CommsStack::new(near)?, CommsStack::new(far)?);
/// near.connect()?;
/// far.connect()?;
///
/// near.send("hello")?;
/// let mut heard = [0; 8];
/// assert_eq!(far.receive(&mut heard)?, 5);
///
/// near.disconnect()?;
/// assert_eq!(far.receive(&mut heard)?, 0);
/// assert!(far.send("too late").is_err());
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Loopback {
    wire: Arc<Wire>,
    side: Side,
    properties: LoopbackProperties,
}

comms_core::properties! {
    /// What a [`Loopback`] can be told and asked.
    #[derive(Debug, Clone)]
    pub struct LoopbackProperties {
        /// The most octets that this end has on their way at a time.
        BeforeConnect capacity: usize = 65_536,
        /// How many sends this end has made: each is a segment on a real wire.
        ReadOnly writes: u64 = 0,
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: LoopbackProperties::TABLE,
    methods: &[MethodSpec { name: "end_sending", doc: "sends no more: the peer reads the end" }],
    ..ModuleSpec::bottom("Loopback", "is joined to another loopback, or to itself, in memory")
};

impl Loopback {
    /// Two ends of one wire, which may be used from two threads.
    pub fn pair() -> (Self, Self) {
        Self::ends(Shape::Threads)
    }

    /// As [`pair`](Self::pair), with room for this many octets each way; at least one.
    ///
    /// ```
    /// # use comms_core::CommsStack;
    /// # use comms_testkit::Loopback;
    /// let (near, far) = Loopback::pair_with_capacity(4);
    /// let (mut near, mut far) = (CommsStack::new(near)?, CommsStack::new(far)?);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| near.connect().and_then(|()| near.send("longer than four")));
    ///     far.connect()?;
    ///     let mut heard = Vec::new();
    ///     while heard.len() < 16 {
    ///         let mut some = [0; 16];
    ///         let octets = far.receive(&mut some)?;
    ///         heard.extend_from_slice(&some[..octets]);
    ///     }
    ///     assert_eq!(heard, b"longer than four");
    ///     Ok::<(), comms_core::Error>(())
    /// })?;
    /// # Ok::<(), comms_core::Error>(())
    /// ```
    pub fn pair_with_capacity(octets: usize) -> (Self, Self) {
        let (mut near, mut far) = Self::pair();
        near.properties.capacity = octets;
        far.properties.capacity = octets;
        (near, far)
    }

    /// Two ends of one wire that one thread has: nothing waits in vain.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use comms_core::{CommsStack, ErrorClass};
    /// use comms_testkit::{Loopback, ManualClock};
    ///
    /// let (near, _far) = Loopback::pair_in_one_thread();
    /// let mut near = CommsStack::new(near)?;
    /// near.set_clock(ManualClock::new());
    /// near.connect()?;
    /// near.limit(Duration::from_secs(300), "greeting");
    /// let error = near.receive(&mut [0; 8]).unwrap_err();
    /// assert_eq!(error.class(), ErrorClass::Timeout);
    /// # Ok::<(), comms_core::Error>(())
    /// ```
    pub fn pair_in_one_thread() -> (Self, Self) {
        Self::ends(Shape::OneThread)
    }

    /// A handle to this end, for the time when the stack owns it.
    pub fn handle(&self) -> LoopbackHandle {
        LoopbackHandle { wire: Arc::clone(&self.wire), side: self.side }
    }

    fn ends(shape: Shape) -> (Self, Self) {
        let wire = Arc::new(Wire::new(shape));
        (Self::end(Arc::clone(&wire), Side::Near), Self::end(wire, Side::Far))
    }

    fn end(wire: Arc<Wire>, side: Side) -> Self {
        Self { wire, side, properties: LoopbackProperties::default() }
    }
}

/// A loopback that is joined to itself.
impl Default for Loopback {
    fn default() -> Self {
        Self::end(Arc::new(Wire::new(Shape::Echo)), Side::Near)
    }
}

impl CommsModule for Loopback {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.wire.attach(self.side).map_err(Error::from)
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if let Payload::Object(_) = payload {
            return Err(wrong_payload(&SPEC, payload));
        }
        if !payload.is_empty() {
            self.wire.send(self.side, payload, self.properties.capacity, below)?;
            self.properties.writes = self.wire.writes(self.side);
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.wire.receive(self.side, into, below)
    }

    fn unread(&mut self, _: &mut dyn Below) -> Result<bool> {
        Ok(self.wire.is_unread(self.side)?)
    }

    fn closing(&self) -> Option<Arc<dyn Closing>> {
        Some(Arc::new(self.handle()))
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        self.wire.check(self.side)?;
        Ok(String::new())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.wire.release(self.side);
        Ok(())
    }

    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        if method != "end_sending" {
            return below.invoke(method, args);
        }
        self.wire.end_sending(self.side);
        Ok(Value::Nothing)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.wire.drop_end(self.side);
    }
}

/// One end of a loopback, to look at and to close while a stack owns it.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::Loopback;
///
/// let (near, far) = Loopback::pair();
/// let handle = near.handle();
/// let (mut near, mut far) = (CommsStack::new(near)?, CommsStack::new(far)?);
/// near.connect()?;
/// far.connect()?;
/// near.send("last words")?;
/// handle.end_sending();
///
/// let mut heard = [0; 16];
/// assert_eq!(far.receive(&mut heard)?, 10);
/// assert_eq!(far.receive(&mut heard)?, 0);
/// far.send("I heard you")?;
/// assert_eq!(near.receive(&mut heard)?, 11);
/// assert_eq!(handle.writes(), 1);
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LoopbackHandle {
    wire: Arc<Wire>,
    side: Side,
}

impl LoopbackHandle {
    /// Closes the direction from this end to the other: the other end reads what is on its way,
    /// then 0. This end can still receive.
    pub fn end_sending(&self) {
        self.wire.end_sending(self.side);
    }

    /// Ends what this end receives: it reads what has arrived, then 0. It can still send.
    pub fn end_receiving(&self) {
        self.wire.end_receiving(self.side);
    }

    /// How many sends this end has made: each is a segment on a real wire.
    pub fn writes(&self) -> u64 {
        self.wire.writes(self.side)
    }

    /// Octets that the other end sent and this end has not received.
    pub fn waiting(&self) -> usize {
        self.wire.waiting(self.side)
    }
}

impl Closing for LoopbackHandle {
    fn end_receiving(&self) {
        LoopbackHandle::end_receiving(self);
    }

    fn close(&self) {
        self.end_receiving();
        self.end_sending();
    }
}
