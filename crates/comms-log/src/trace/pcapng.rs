//! A trace of one layer as a capture that Wireshark opens.

mod block;
mod chunks;
mod connection;
mod keys;
mod segment;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use comms_core::{Event, Operation, Payload, Piece, Sink, What};

use crate::harmless::harmless;
use crate::trace::dialogue::Side;
use crate::trace::pcapng::block::{Blocks, Packet};
use crate::trace::pcapng::connection::{Connection, Frame};
use crate::trace::pcapng::keys::KeyFile;
use crate::trace::stream::{Stream, View};

/// What crossed the seam above one layer, as a capture (pcapng) that Wireshark and tshark open.
///
/// The octets are the layer's: above `Tls` they are plain, and above `Tcp` as they were on the wire.
/// All around them is made up: a TCP connection from 192.0.2.1 to port 25 of 192.0.2.2, with its
/// beginning, its end and its acknowledgements. Each write and each read is a packet, at its time.
/// Secret octets are as many `*`. What the layer has to say stands in the packets' comments; each
/// stack is an interface of its own.
///
/// Where a layer above starts TLS, another connection begins, from the next port: what follows is
/// plain here, and a reader would expect it to be sealed. Octets that come from a layer that was not
/// asked to connect are a server's.
///
/// What was noted is written before a stack waits for its peer, and at the end: by
/// [`finish`](Self::finish), or with the last clone. The memory it takes does not grow.
///
/// ```
/// use std::time::{Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Operation, Payload, Sink, What};
/// use comms_log::PcapngTrace;
///
/// let file = tempfile::NamedTempFile::new()?;
/// let trace = PcapngTrace::new(file.reopen()?, "comms 0.1.0", "Tls");
///
/// // A stack does this, once `stack.watch(&trace.clone().into())` has attached it.
/// let payload = Some(Payload::Bytes(b"NOOP\r\n"));
/// let what = What::Begin { operation: Operation::Send, payload, left: None };
/// trace.note(&Event::new(1, "Tls", 2, (Instant::now(), UNIX_EPOCH), what));
/// trace.finish()?;
///
/// let capture = std::fs::read(file.path())?;
/// assert!(capture.windows(6).any(|octets| octets == b"NOOP\r\n"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PcapngTrace {
    stream: Stream<Capture>,
}

impl PcapngTrace {
    /// A capture that is written to `to`, by `program` (`comms 0.1.0`), of what the layer `at` is
    /// given and gives. [`dialogue_layer`](crate::dialogue_layer) names one that is plain.
    pub fn new(
        to: impl Write + Send + 'static,
        program: impl Into<String>,
        at: impl Into<String>,
    ) -> Self {
        let capture = Capture {
            program: program.into(),
            at: at.into(),
            keys: None,
            has_begun: false,
            interfaces: 0,
            connections: 0,
            faces: BTreeMap::new(),
        };
        Self { stream: Stream::new(capture, to) }
    }

    /// Puts the keys of TLS into the capture that come to stand in `path`, a file in the format of
    /// `SSLKEYLOGFILE`: who has the capture then can read all that was sealed in it, the secrets too.
    pub fn with_keys(self, path: impl Into<PathBuf>) -> Self {
        let keys = KeyFile::new(path.into());
        Self { stream: self.stream.with(|capture| capture.keys = Some(keys)) }
    }

    /// Writes what is left. An error is the first that there was; what came after it is lost.
    pub fn finish(&self) -> io::Result<()> {
        self.stream.finish()
    }
}

impl Sink for PcapngTrace {
    fn note(&self, event: &Event<'_>) {
        self.stream.note(event);
    }

    fn name(&self) -> String {
        "capture".to_owned()
    }
}

impl From<PcapngTrace> for Arc<dyn Sink> {
    fn from(trace: PcapngTrace) -> Self {
        Arc::new(trace)
    }
}

struct Capture {
    program: String,
    /// The layer above which it is made.
    at: String,
    keys: Option<KeyFile>,
    has_begun: bool,
    /// How many interfaces there are.
    interfaces: u32,
    /// How many connections were made up.
    connections: u16,
    /// Of the stacks that are not disconnected, by their numbers.
    faces: BTreeMap<u64, Face>,
}

/// What is known of the layer in one stack.
struct Face {
    interface: u32,
    depth: usize,
    connection: Option<Connection>,
    /// When its last packet was.
    latest: Duration,
    /// What the next packet is to say.
    comments: Vec<String>,
}

impl View for Capture {
    fn note(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        if !mem::replace(&mut self.has_begun, true) {
            Blocks(out).section(&self.program);
        }
        if event.layer == self.at {
            self.at_the_layer(event, out);
        } else if let Some(keys) = &mut self.keys
            && self.faces.get(&event.stack).is_some_and(|face| event.depth < face.depth)
        {
            keys.note(event, out);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        for face in self.faces.values_mut() {
            let now = face.latest;
            Place { face, connections: &mut self.connections, now, out }.close();
        }
    }

    fn is_settled(&self) -> bool {
        self.keys.as_ref().is_none_or(KeyFile::is_settled)
    }

    fn was_written(&mut self) {
        if let Some(keys) = &mut self.keys {
            keys.begin_anew();
        }
    }
}

impl Capture {
    fn at_the_layer(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let (next, interfaces) = (self.interfaces, &mut self.interfaces);
        let face = self.faces.entry(event.stack).or_insert_with(|| {
            let (layer, stack) = (event.layer, event.stack);
            *interfaces = next.saturating_add(1);
            Blocks(out).interface(
                &format!("{layer} of stack {stack}"),
                &format!("what the layer {layer} of stack {stack} was given and gave"),
            );
            Face {
                interface: next,
                depth: event.depth,
                connection: None,
                latest: Duration::ZERO,
                comments: Vec::new(),
            }
        });
        let now = since_epoch(event.wall);
        let mut place = Place { face, connections: &mut self.connections, now, out };
        match event.what {
            What::Begin { payload: Some(payload), .. } => place.pass(Side::Down, payload),
            What::End { operation, received, failure, .. } => {
                place.pass(Side::Up, received);
                if let Some(error) = failure {
                    place.comment(format_args!("{operation} failed: {}", error.sentence()));
                } else if received.is_empty() && operation.receives() {
                    place.comment(format_args!("the peer has ended"));
                }
                place.end_of(operation, failure.is_none());
                if operation == Operation::Disconnect {
                    self.faces.remove(&event.stack);
                }
            }
            What::Record { text, .. } => place.comment(text),
            _ => {}
        }
    }
}

/// A layer of a stack at one moment.
struct Place<'p> {
    face: &'p mut Face,
    connections: &'p mut u16,
    now: Duration,
    out: &'p mut Vec<u8>,
}

impl Place<'_> {
    fn end_of(&mut self, operation: Operation, is_well: bool) {
        match operation {
            Operation::Connect if is_well => self.open(Side::Down),
            Operation::Connect => self.try_in_vain(),
            Operation::StartTls if is_well => {
                let client = self.face.connection.as_ref().map_or(Side::Down, Connection::client);
                self.close();
                self.comment(format_args!("TLS has started: on the wire, this is sealed"));
                self.open(client);
            }
            Operation::Disconnect => self.close(),
            _ => {}
        }
    }

    /// Octets of one side. Who was not asked to connect is a server.
    fn pass(&mut self, from: Side, payload: Payload<'_>) {
        if payload.is_empty() || matches!(payload, Payload::Object(_)) {
            return;
        }
        self.open(Side::Up);
        let octets = masked(payload);
        let frames = self.face.connection.as_mut().map(|connection| connection.pass(from, &octets));
        self.write(frames.unwrap_or_default());
    }

    /// A connection, unless there is one.
    fn open(&mut self, client: Side) {
        if self.face.connection.is_none() {
            let (connection, frames) = Connection::begin(client, self.next_port());
            self.face.connection = Some(connection);
            self.write(frames);
        }
    }

    /// One that nobody answered.
    fn try_in_vain(&mut self) {
        let (_, frames) = Connection::begin(Side::Down, self.next_port());
        self.write(frames.into_iter().take(1).collect());
    }

    fn close(&mut self) {
        if let Some(connection) = self.face.connection.take() {
            self.write(connection.end());
        }
        self.face.comments.clear();
    }

    fn next_port(&mut self) -> u16 {
        let port = FIRST_PORT + *self.connections % PORTS;
        *self.connections = self.connections.wrapping_add(1);
        port
    }

    fn comment(&mut self, text: fmt::Arguments<'_>) {
        if self.face.comments.len() < COMMENTS {
            self.face.comments.push(harmless(text));
        }
    }

    fn write(&mut self, frames: Vec<Frame>) {
        for Frame { from, octets } in frames {
            let comments = mem::take(&mut self.face.comments);
            let (interface, at) = (self.face.interface, self.now);
            let packet = Packet { interface, at, is_ours: from == Side::Down, octets, comments };
            Blocks(self.out).packet(&packet);
        }
        self.face.latest = self.now;
    }
}

/// The octets of a payload, with `*` in place of secret ones.
fn masked(payload: Payload<'_>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(payload.len());
    for piece in payload.pieces() {
        match piece {
            Piece::Plain(plain) => octets.extend_from_slice(plain),
            Piece::Secret(secret) => octets.resize(octets.len() + secret.len(), b'*'),
        }
    }
    octets
}

fn since_epoch(wall: SystemTime) -> Duration {
    wall.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The ports of clients: those that nobody has registered (RFC 6335 6).
const FIRST_PORT: u16 = 49152;
const PORTS: u16 = u16::MAX - FIRST_PORT;

/// What waits for the next packet is no more than this.
const COMMENTS: usize = 16;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// All stacks that ever were stayed in memory, and those of a server have no end.
    #[test]
    fn a_stack_that_is_over_is_forgotten() {
        let trace = PcapngTrace::new(io::sink(), "comms", "Tcp");
        for stack in 0..1000 {
            for operation in [Operation::Connect, Operation::Disconnect] {
                let (began, received) = (Instant::now(), Payload::Bytes(&[]));
                let what = What::End { operation, began, received, failure: None };
                trace.note(&Event::new(stack, "Tcp", 0, (began, UNIX_EPOCH), what));
            }
        }
        let kept = |capture: &mut Capture| {
            assert_eq!((capture.faces.len(), capture.interfaces), (0, 1000));
        };
        trace.stream.with(kept);
    }
}
