//! The module `Util`.

use std::time::Duration;

use comms_core::{
    Below, CommsInfo, CommsModule, Error, MethodSpec, ModuleSpec, Payload, Piece, Properties,
    Provides, Receipt, Result, Service, StackError, Value, Width, wrong_payload,
};

use crate::buffer::{LineBuffer, SendBuffer};
use crate::parity::Parity;
use crate::traffic::TrafficGroups;

comms_core::properties! {
    /// The properties of a [`Util`] layer.
    #[derive(Debug, Clone)]
    pub struct UtilProperties {
        /// What is done with the eighth bit of each octet received.
        Always read_parity: Parity = Parity::Preserve,
        /// What is done with the eighth bit of each octet sent.
        Always write_parity: Parity = Parity::Preserve,
        /// The group of layers that this one's traffic is summed with.
        Always traffic_group: Option<String> = None,
        /// The time after which a program may take the peer for lost; kept for it and not acted on.
        Always inactivity_timeout: Option<Duration> = None,
    }
}

/// The line service and coalescing buffer.
///
/// What is sent waits in a buffer until somebody waits for input, or it is full, so that many
/// small writes become one. What is received can be taken by line (`receive_until`), by number
/// (`receive_n`) or as it comes; nothing is lost by a time-out in the middle.
///
/// Below it must be a stream of octets. It provides `lines` and `octets`. A parity other than
/// `preserve` makes the channel seven bits wide. Properties: see [`UtilProperties`]. Methods:
/// `receive_n(n)` gives exactly n octets, `traffic([group])` the sums of a group as (bytes sent,
/// bytes received, packets sent, packets received, time since sent, time since received, idle),
/// `reset_traffic([group])` sets them back.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::Script;
/// use comms_util::Util;
///
/// let peer = Script::new().send("220 mail.example\r\n250 ok\r\n");
/// let mut stack = CommsStack::builder().layer(Util::new()).layer(peer).build()?;
/// stack.connect()?;
/// let mut line = Vec::new();
/// stack.receive_until(b"\r\n", 512, &mut line)?;
/// assert_eq!(line, b"220 mail.example\r\n");
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Util {
    properties: UtilProperties,
    groups: TrafficGroups,
    received: LineBuffer,
    sent: SendBuffer,
    /// A write failed half-way.
    broken: bool,
}

impl Util {
    /// A layer with a traffic group map of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// A layer whose traffic group is one of `groups`.
    pub fn in_groups(groups: &TrafficGroups) -> Self {
        Self { groups: groups.clone(), ..Self::default() }
    }

    /// Receives exactly as many octets as `into` holds. A time-out loses nothing: the next call
    /// goes on.
    pub fn receive_n(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<()> {
        while self.received.len() < into.len() {
            let missing = into.len() - self.received.len();
            if self.fill(missing.min(READ), below)? == 0 {
                return Err(self.ended("before all octets had come"));
            }
        }
        into.copy_from_slice(self.received.take(into.len()));
        self.count_received(into.len(), below);
        Ok(())
    }

    /// Waits for more octets; what was sent goes first, or both ends would wait.
    fn fill(&mut self, at_least: usize, below: &mut dyn Below) -> Result<usize> {
        self.write_out(Payload::Bytes(&[]), below)?;
        let room = self.received.room(at_least.max(READ));
        let octets = below.receive(room)?;
        if let Some(new) = room.get_mut(..octets) {
            self.properties.read_parity.apply(new);
        }
        self.received.fill(octets);
        Ok(octets)
    }

    /// Hands everything down that waits, with `more` behind it, in one go. When there is no time
    /// left it all stays; a write that fails half-way is the last.
    fn write_out(&mut self, more: Payload<'_>, below: &mut dyn Below) -> Result<()> {
        if self.sent.is_empty() && more.is_empty() {
            return Ok(());
        }
        if self.broken {
            return Err(StackError::Broken.into());
        }
        below.deadline().remaining(below.clock())?;
        let outcome = match more {
            more if self.sent.is_empty() => below.send(more),
            Payload::Bytes(more) if !self.sent.holds_secrets() => {
                let both = [Piece::Plain(self.sent.octets()), Piece::Plain(more)];
                let pieces = if more.is_empty() { both.split_at(1).0 } else { &both };
                below.send(Payload::Pieces(pieces))
            }
            more => {
                let mut pieces = self.sent.pieces();
                pieces.extend(more.pieces().filter(|piece| !piece.is_empty()));
                below.send(Payload::Pieces(&pieces))
            }
        };
        self.sent.clear();
        self.broken = outcome.is_err();
        outcome.map(|_| ())
    }

    fn ended(&self, when: &str) -> Error {
        let during = format!("{when}, after {} octets", self.received.len());
        StackError::Ended { during }.into()
    }

    fn count_received(&self, octets: usize, below: &dyn Below) {
        if let Some(group) = &self.properties.traffic_group
            && octets > 0
        {
            self.groups.received(group, octets, below.clock().now());
        }
    }

    fn count_sent(&self, octets: usize, below: &dyn Below) {
        if let Some(group) = &self.properties.traffic_group {
            self.groups.sent(group, octets, below.clock().now());
        }
    }

    /// The group that a method names, or this layer's own.
    fn group<'v>(&'v self, args: &'v [Value], method: &'static str) -> Result<&'v str> {
        match args {
            [] => Ok(self.properties.traffic_group.as_deref().unwrap_or_default()),
            [Value::Text(group)] => Ok(group),
            _ => {
                Err(StackError::WrongArguments { method, takes: "one group's name, or none" }
                    .into())
            }
        }
    }
}

impl CommsModule for Util {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn width(&self) -> Width {
        match (self.properties.read_parity, self.properties.write_parity) {
            (Parity::Preserve, Parity::Preserve) => Width::EightBit,
            _ => Width::SevenBit,
        }
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.received.clear();
        self.sent.clear();
        self.broken = false;
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if matches!(payload, Payload::Object(_)) {
            return Err(wrong_payload(&SPEC, payload));
        }
        let parity = self.properties.write_parity;
        if parity == Parity::Preserve && self.sent.len() + payload.len() > HOLD {
            self.write_out(payload, below)?;
        } else {
            for piece in payload.pieces() {
                parity.apply(self.sent.push(piece));
            }
            if self.sent.len() > HOLD {
                self.write_out(Payload::Bytes(&[]), below)?;
            }
        }
        self.count_sent(payload.len(), below);
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let octets = if self.received.is_empty() && into.len() >= READ {
            self.write_out(Payload::Bytes(&[]), below)?;
            let octets = below.receive(into)?;
            self.properties.read_parity.apply(into.get_mut(..octets).unwrap_or_default());
            octets
        } else {
            if self.received.is_empty() {
                self.fill(READ, below)?;
            }
            let held = self.received.take(into.len());
            into.iter_mut().zip(held).for_each(|(to, from)| *to = *from);
            held.len()
        };
        self.count_received(octets, below);
        Ok(octets)
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        let octets = loop {
            match self.received.find(end) {
                Some(octets) if octets <= limit => break octets,
                None if self.received.len() < limit => {}
                _ => return Err(StackError::TooLong { limit }.into()),
            }
            if self.fill(READ, below)? == 0 {
                if self.received.is_empty() {
                    return Ok(0);
                }
                return Err(self.ended("in the middle of a line"));
            }
        };
        into.extend_from_slice(self.received.take(octets));
        self.count_received(octets, below);
        Ok(octets)
    }

    fn flush(&mut self, below: &mut dyn Below) -> Result<()> {
        self.write_out(Payload::Bytes(&[]), below)?;
        below.flush()
    }

    fn pending(&self) -> usize {
        self.received.len()
    }

    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        self.write_out(Payload::Bytes(&[]), below)?;
        below.start_tls()
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.received.clear();
        self.sent.clear();
        self.broken = false;
        Ok(())
    }

    /// The new layer has the same properties and the same traffic groups.
    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let properties = self.properties.clone();
        Ok(Box::new(Self { properties, ..Self::in_groups(&self.groups) }))
    }

    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        match method {
            "receive_n" => {
                let octets =
                    args.first().and_then(Value::as_integer).and_then(|n| usize::try_from(n).ok());
                let octets = octets.filter(|octets| *octets <= MOST_N).ok_or(
                    StackError::WrongArguments {
                        method: "receive_n",
                        takes: "a number of octets up to 1048576",
                    },
                )?;
                let mut into = vec![0; octets];
                self.receive_n(&mut into, below)?;
                Ok(Value::Octets(into))
            }
            "traffic" => {
                let group = self.group(args, "traffic")?;
                Ok(figures(&self.groups.info(group, below.clock().now())))
            }
            "reset_traffic" => {
                self.groups.reset(self.group(args, "reset_traffic")?);
                Ok(Value::Nothing)
            }
            _ => below.invoke(method, args),
        }
    }
}

/// The counters of a group by place, its times behind them.
fn figures(info: &CommsInfo) -> Value {
    let counters =
        [info.bytes_sent(), info.bytes_received(), info.packets_sent(), info.packets_received()];
    let times = [info.time_since_sent, info.time_since_received, info.idle()];
    let counters = counters.map(|figure| Value::Integer(i64::try_from(figure).unwrap_or(i64::MAX)));
    let times = times.map(|time| time.map_or(Value::Nothing, Value::Duration));
    Value::List(counters.into_iter().chain(times).collect())
}

static SPEC: ModuleSpec = ModuleSpec {
    provides: Provides::Services(&[Service::OCTETS, Service::LINES]),
    properties: UtilProperties::TABLE,
    methods: &[
        MethodSpec { name: "receive_n", doc: "receive_n(n): exactly n octets" },
        MethodSpec { name: "traffic", doc: "traffic([group]): what passed through a group" },
        MethodSpec { name: "reset_traffic", doc: "reset_traffic([group]): counts anew" },
    ],
    ..ModuleSpec::filter("Util", "serves lines and gathers small writes")
};

/// More than this does not wait in the buffer: four TLS records, so that one write fills them, and
/// few system calls for content that comes in small runs.
const HOLD: usize = 64 * 1024;

/// Octets that are asked for at a time.
const READ: usize = 8 * 1024;

/// The most that `receive_n` gives by name.
const MOST_N: usize = 1024 * 1024;
