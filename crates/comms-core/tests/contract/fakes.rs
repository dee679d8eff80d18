//! Small modules under the names of real ones, a clock that is moved by hand, and a diary.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use comms_core::{
    Below, Clock, CommsModule, CommsStack, Deadline, Error, ErrorClass, MethodSpec, ModuleSpec,
    Needs, Operation, Payload, Piece, Properties, Provides, Receipt, Result, Secret, Service,
    StackError, Value, Width, wrong_payload,
};

pub const TCP: ModuleSpec = ModuleSpec {
    properties: TcpProperties::TABLE,
    methods: &[MethodSpec { name: "peer_name", doc: "takes nothing, gives the peer's name" }],
    ..ModuleSpec::bottom("Tcp", "a connection that is not there")
};
pub const UTIL: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS, Service::LINES]),
    properties: UtilProperties::TABLE,
    methods: &[MethodSpec { name: "held", doc: "takes nothing, gives the number of octets held" }],
    ..ModuleSpec::filter("Util", "lines, and a buffer that waits")
};
pub const TLS: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS]),
    sends: Width::EightBit,
    ..ModuleSpec::filter("Tls", "is secure once it is told to be")
};
pub const SMTP: ModuleSpec = ModuleSpec {
    needs: Needs::Service(Service::LINES),
    provides: Provides::Nothing,
    takes: &["Letter"],
    ..ModuleSpec::filter("Smtp", "sends letters")
};
pub const CHECK: ModuleSpec = ModuleSpec::filter("Check", "lets everything pass");

comms_core::properties! {
    /// What the fake connection can be told.
    #[derive(Debug)]
    pub struct TcpProperties {
        /// Where to connect.
        BeforeConnect host: String = String::from("localhost"),
        /// The port there.
        BeforeConnect port: u16 = 25,
        /// Time between two signs of life.
        Always keep_alive: Option<Duration> = None,
        /// Our own end, once connected.
        ReadOnly local_port: Option<u16> = None,
        /// The word that opens the door.
        Always pass_word: Secret = Secret::default(),
        /// A second such word.
        Always spare_word: Option<Secret> = None,
    }
}

comms_core::choice! {
    /// What becomes of the eighth bit.
    pub enum Parity {
        /// It stays.
        None = "none",
        /// It makes the sum even.
        Even = "even",
    }
}

comms_core::properties! {
    /// What the fake buffer can be told.
    #[derive(Debug)]
    pub struct UtilProperties {
        /// What becomes of the eighth bit.
        Always parity: Parity = Parity::None,
        /// Octets to hold at most.
        Always limit: u32 = 4096,
    }
}

/// What happened, in order; its clones are the same diary.
#[derive(Debug, Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub fn write(&self, line: impl Into<String>) {
        lock(&self.0).push(line.into());
    }

    /// All lines so far; it starts afresh.
    pub fn tear_out(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.0))
    }
}

/// The world outside of the bottom; its clones are the same world.
#[derive(Debug, Clone, Default)]
pub struct World(Arc<Mutex<Outside>>);

#[derive(Debug, Default)]
struct Outside {
    coming: VecDeque<Vec<u8>>,
    gone: Vec<u8>,
    pace: Option<(Arc<ManualClock>, Duration)>,
    calls: usize,
    callers: VecDeque<World>,
}

impl World {
    /// A world that will say this, one packet each.
    pub fn saying<'a>(packets: impl IntoIterator<Item = &'a str>) -> Self {
        let world = Self::default();
        for packet in packets {
            world.say(packet);
        }
        world
    }

    pub fn say(&self, packet: &str) {
        lock(&self.0).coming.push_back(packet.as_bytes().to_vec());
    }

    /// Each packet takes this long from now on.
    pub fn slow_down(&self, clock: &Arc<ManualClock>, pace: Duration) {
        lock(&self.0).pace = Some((Arc::clone(clock), pace));
    }

    /// Somebody calls who will be served from a world of his own.
    pub fn call(&self, caller: World) {
        lock(&self.0).callers.push_back(caller);
    }

    /// What was sent, so far.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0).gone).into_owned()
    }

    /// How often the bottom was asked for octets.
    pub fn calls(&self) -> usize {
        lock(&self.0).calls
    }
}

/// A bottom over a `World`.
#[derive(Debug, Default)]
pub struct Tcp {
    pub properties: TcpProperties,
    pub world: World,
    served: bool,
}

impl Tcp {
    pub fn of(world: &World) -> Self {
        Self { world: world.clone(), ..Self::default() }
    }
}

impl CommsModule for Tcp {
    fn spec(&self) -> &'static ModuleSpec {
        &TCP
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.properties.local_port = Some(50_000);
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        for piece in payload.pieces() {
            lock(&self.world.0).gone.extend_from_slice(piece.octets());
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let mut outside = lock(&self.world.0);
        outside.calls += 1;
        if let Some((clock, pace)) = &outside.pace {
            let left = below.deadline().remaining(below.clock())?;
            clock.pass(left.map_or(*pace, |left| left.min(*pace)));
            if left.is_some_and(|left| left < *pace) {
                return Err(below.deadline().passed().into());
            }
        }
        let Some(mut packet) = outside.coming.pop_front() else { return Ok(0) };
        let octets = packet.len().min(into.len());
        let rest = packet.split_off(octets);
        if !rest.is_empty() {
            outside.coming.push_front(rest);
        }
        into.iter_mut().zip(&packet).for_each(|(to, from)| *to = *from);
        Ok(octets)
    }

    fn flush(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        Ok("still here".to_owned())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.properties.local_port = None;
        Ok(())
    }

    fn bind(&mut self, _: &mut dyn Below) -> Result<()> {
        self.properties.local_port = Some(2525);
        Ok(())
    }

    fn listen(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn accept(&mut self, below: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let caller = lock(&self.world.0).callers.pop_front();
        match caller {
            Some(world) => Ok(Box::new(Self { served: true, ..Self::of(&world) })),
            None => {
                let left = below.deadline().remaining(below.clock())?;
                below.clock().sleep(left.unwrap_or_default());
                Err(below.deadline().passed().into())
            }
        }
    }

    fn invoke(&mut self, _: &str, _: &[Value], _: &mut dyn Below) -> Result<Value> {
        Ok(Value::from(if self.served { "a caller" } else { "a server" }))
    }
}

/// A line service that holds what is sent until somebody waits.
#[derive(Debug, Default)]
pub struct Util {
    pub properties: UtilProperties,
    held: Vec<u8>,
    secret: bool,
    arrived: Vec<u8>,
}

impl Util {
    fn give(&mut self, octets: usize, into: &mut Vec<u8>) -> usize {
        into.extend(self.arrived.drain(..octets));
        octets
    }
}

impl CommsModule for Util {
    fn spec(&self) -> &'static ModuleSpec {
        &UTIL
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn width(&self) -> Width {
        match self.properties.parity {
            Parity::None => Width::EightBit,
            Parity::Even => Width::SevenBit,
        }
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        for piece in payload.pieces() {
            self.secret |= matches!(piece, Piece::Secret(_));
            self.held.extend_from_slice(piece.octets());
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.flush(below)?;
        if self.arrived.is_empty() {
            return below.receive(into);
        }
        let octets = self.arrived.len().min(into.len());
        into.iter_mut().zip(self.arrived.drain(..octets)).for_each(|(to, from)| *to = from);
        Ok(octets)
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        self.flush(below)?;
        loop {
            let found = self.arrived.windows(end.len()).position(|window| window == end);
            if let Some(at) = found {
                return Ok(self.give(at + end.len(), into));
            }
            if self.arrived.len() >= limit {
                return Err(StackError::TooLong { limit }.into());
            }
            let mut room = [0; 64];
            let octets = below.receive(&mut room)?;
            self.arrived.extend(room.iter().take(octets));
            if octets == 0 {
                return Ok(0);
            }
        }
    }

    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        let secret = std::mem::take(&mut self.secret);
        below.send(if secret { Payload::Secret(&held) } else { Payload::Bytes(&held) })?;
        Ok(())
    }

    fn pending(&self) -> usize {
        self.arrived.len()
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.held.clear();
        self.arrived.clear();
        Ok(())
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        Ok(Box::new(Self::default()))
    }

    fn invoke(&mut self, _: &str, _: &[Value], _: &mut dyn Below) -> Result<Value> {
        Ok(Value::Integer(i64::try_from(self.held.len()).unwrap_or(i64::MAX)))
    }
}

/// A layer of any kind that writes down what it is asked, and fails at what it is told to.
#[derive(Debug)]
pub struct Scribe {
    pub spec: &'static ModuleSpec,
    pub diary: Diary,
    pub fails_at: Option<Operation>,
    /// What it says when it leaves, if it says anything.
    pub farewell: Option<&'static str>,
}

impl Scribe {
    pub fn new(spec: &'static ModuleSpec, diary: &Diary) -> Self {
        Self { spec, diary: diary.clone(), fails_at: None, farewell: None }
    }

    pub fn failing(self, fails_at: Operation) -> Self {
        Self { fails_at: Some(fails_at), ..self }
    }

    pub fn saying(self, farewell: &'static str) -> Self {
        Self { farewell: Some(farewell), ..self }
    }

    fn part(&self, operation: Operation) -> Result<()> {
        self.diary.write(format!("{operation} {}", self.spec.name));
        if self.fails_at == Some(operation) {
            return Err(Error::new(ErrorClass::Connection, Refusal(operation)));
        }
        Ok(())
    }
}

impl CommsModule for Scribe {
    fn spec(&self) -> &'static ModuleSpec {
        self.spec
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.part(Operation::Connect)
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if matches!(payload, Payload::Object(_)) {
            return Err(wrong_payload(self.spec, payload));
        }
        self.part(Operation::Send)?;
        if self.spec.is_bottom() { Ok(Receipt::TAKEN) } else { below.send(payload) }
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.part(Operation::Receive)?;
        if self.spec.is_bottom() { Ok(0) } else { below.receive(into) }
    }

    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        self.part(Operation::StartTls)?;
        if self.spec.name == TLS.name { Ok(()) } else { below.start_tls() }
    }

    fn disconnect(&mut self, below: &mut dyn Below) -> Result<()> {
        let said = match self.farewell {
            Some(words) => below.send(words.into()).map(|_| ()),
            None => Ok(()),
        };
        self.part(Operation::Disconnect).and(said)
    }

    fn bind(&mut self, _: &mut dyn Below) -> Result<()> {
        self.part(Operation::Bind)
    }

    fn listen(&mut self, _: &mut dyn Below) -> Result<()> {
        self.part(Operation::Listen)
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        self.part(Operation::Accept)?;
        Ok(Box::new(Self::new(self.spec, &self.diary)))
    }
}

/// Why a scribe fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub Operation);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused to {}", self.0)
    }
}

impl std::error::Error for Refusal {}

/// A clock that stands still until it is moved; sleeping moves it.
#[derive(Debug)]
pub struct ManualClock {
    start: Instant,
    passed: Mutex<Duration>,
}

impl ManualClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { start: Instant::now(), passed: Mutex::default() })
    }

    pub fn pass(&self, time: Duration) {
        *lock(&self.passed) += time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.start + *lock(&self.passed)
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + *lock(&self.passed)
    }

    fn sleep(&self, duration: Duration) {
        self.pass(duration);
    }
}

/// A stack of these modules, top first.
pub fn stack(modules: Vec<Box<dyn CommsModule>>) -> Result<CommsStack> {
    CommsStack::of(modules)
}

/// A stack of scribes, top first.
pub fn scribes(specs: &[&'static ModuleSpec], diary: &Diary) -> Result<CommsStack> {
    let modules = specs.iter().map(|spec| Box::new(Scribe::new(spec, diary)) as Box<_>);
    CommsStack::of(modules.collect())
}

/// `Smtp, Util, Tcp`, with nobody outside.
pub fn mail() -> Result<CommsStack> {
    mail_over(&World::default())
}

/// `Smtp, Util, Tcp` over `world`.
pub fn mail_over(world: &World) -> Result<CommsStack> {
    let smtp = Scribe::new(&SMTP, &Diary::default());
    CommsStack::builder().layer(smtp).layer(Util::default()).layer(Tcp::of(world)).build()
}

/// The deadline that lies `seconds` ahead on `clock`.
pub fn ahead(clock: &ManualClock, seconds: u64) -> Deadline {
    Deadline::after(clock, Duration::from_secs(seconds), "test")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
