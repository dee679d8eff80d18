//! A bottom, and the world outside.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use comms_core::{
    Below, CommsModule, MethodSpec, ModuleSpec, Payload, Properties, Receipt, Result, Secret,
    StackError, Value,
};

use crate::fakes::clock::ManualClock;
use crate::fakes::diary::lock;

pub(crate) const TCP: ModuleSpec = ModuleSpec {
    properties: TcpProperties::TABLE,
    methods: &[MethodSpec { name: "peer_name", doc: "takes nothing, gives the peer's name" }],
    ..ModuleSpec::bottom("Tcp", "a connection that is not there")
};

comms_core::properties! {
    /// What the fake connection can be told.
    #[derive(Debug)]
    pub(crate) struct TcpProperties {
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

/// The world outside of the bottom; its clones are the same world.
#[derive(Debug, Clone, Default)]
pub(crate) struct World(Arc<Mutex<Outside>>);

#[derive(Debug, Default)]
struct Outside {
    coming: VecDeque<Vec<u8>>,
    gone: Vec<u8>,
    pace: Option<(Arc<ManualClock>, Duration)>,
    calls: usize,
    callers: VecDeque<World>,
    ended: bool,
}

impl World {
    /// A world that will say this, one packet each.
    pub(crate) fn saying<'a>(packets: impl IntoIterator<Item = &'a str>) -> Self {
        let world = Self::default();
        for packet in packets {
            world.say(packet);
        }
        world
    }

    pub(crate) fn say(&self, packet: &str) {
        lock(&self.0).coming.push_back(packet.as_bytes().to_vec());
    }

    /// Each packet takes this long from now on.
    pub(crate) fn slow_down(&self, clock: &Arc<ManualClock>, pace: Duration) {
        lock(&self.0).pace = Some((Arc::clone(clock), pace));
    }

    /// Somebody calls who will be served from a world of his own.
    pub(crate) fn call(&self, caller: World) {
        lock(&self.0).callers.push_back(caller);
    }

    /// Whoever is there goes.
    pub(crate) fn hang_up(&self) {
        lock(&self.0).ended = true;
    }

    /// What was sent, so far.
    pub(crate) fn heard(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0).gone).into_owned()
    }

    /// How often the bottom was asked for octets.
    pub(crate) fn calls(&self) -> usize {
        lock(&self.0).calls
    }
}

/// A bottom over a `World`.
#[derive(Debug, Default)]
pub(crate) struct Tcp {
    pub(crate) properties: TcpProperties,
    pub(crate) world: World,
    served: bool,
}

impl Tcp {
    pub(crate) fn of(world: &World) -> Self {
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

    fn unread(&mut self, _: &mut dyn Below) -> Result<bool> {
        let outside = lock(&self.world.0);
        match (outside.coming.is_empty(), outside.ended) {
            (true, true) => Err(StackError::Ended { during: "while idle".to_owned() }.into()),
            (silent, _) => Ok(!silent),
        }
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
        if let Some(world) = caller {
            return Ok(Box::new(Self { served: true, ..Self::of(&world) }));
        }
        let left = below.deadline().remaining(below.clock())?;
        below.clock().sleep(left.unwrap_or_default());
        Err(below.deadline().passed().into())
    }

    fn invoke(&mut self, _: &str, _: &[Value], _: &mut dyn Below) -> Result<Value> {
        Ok(Value::from(if self.served { "a caller" } else { "a server" }))
    }
}
