//! Bulk throughput of TLS as a layer of a stack, beside the same library driven directly, in one
//! run. Both seal and open the same amount over the same kind of line; printed are the rates and
//! the median of their ratios, round by round.
//!
//! The line is a TCP connection whose other end does no cryptography of its own while the clock
//! runs, or memory, where nothing but sealing and opening takes time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops where something is wrong, and prints what it measured"
)]

use std::io::{self, Cursor, IoSlice, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use comms_core::{Below, CommsModule, CommsStack, ModuleSpec, Payload, Receipt, Result};
use comms_tls::Tls;
use rustls::crypto::ring::default_provider;
use rustls::version::TLS13;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

fn main() {
    let world = World::new();
    println!("{CONTENT} octets, {PORTION} at a time, median of {ROUNDS} rounds");
    for (name, over, way) in [
        ("send, in memory", Over::Memory, Way::Send),
        ("receive, in memory", Over::Memory, Way::Receive),
        ("send, over TCP", Over::Tcp, Way::Send),
        ("receive, over TCP", Over::Tcp, Way::Receive),
    ] {
        let mut rounds: Vec<_> = (0..ROUNDS)
            .map(|round| {
                // Who goes first changes, so that neither has the warmer caches.
                let (direct, stack) = if round % 2 == 0 {
                    let direct = world.direct(over, way);
                    (direct, world.stack(over, way))
                } else {
                    let stack = world.stack(over, way);
                    (world.direct(over, way), stack)
                };
                (stack / direct, direct, stack)
            })
            .collect();
        rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (ratio, direct, stack) = rounds[ROUNDS / 2];
        println!("{name:20} direct {direct:6.0} MiB/s  stack {stack:6.0} MiB/s  ratio {ratio:.3}");
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    Memory,
    Tcp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Send,
    Receive,
}

/// What octets are written to and read from.
enum Line {
    Socket(TcpStream),
    Source(Cursor<Vec<u8>>),
    Sink,
}

impl Read for Line {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => socket.read(into),
            Self::Source(source) => source.read(into),
            Self::Sink => Ok(0),
        }
    }
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => socket.write(octets),
            Self::Source(_) | Self::Sink => Ok(octets.len()),
        }
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Socket(socket) => socket.write_vectored(slices),
            Self::Source(_) | Self::Sink => Ok(slices.iter().map(|slice| slice.len()).sum()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line as the bottom of a stack; shared, to be exchanged after the handshake.
struct Bottom(Arc<Mutex<Line>>);

static BOTTOM: ModuleSpec = ModuleSpec::bottom("Bottom", "a socket or memory");

impl CommsModule for Bottom {
    fn spec(&self) -> &'static ModuleSpec {
        &BOTTOM
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        let mut slices: Vec<_> =
            payload.pieces().map(|piece| IoSlice::new(piece.octets())).collect();
        let mut left = slices.as_mut_slice();
        let mut line = self.0.lock().unwrap();
        while !left.is_empty() {
            let taken = line.write_vectored(left).unwrap();
            IoSlice::advance_slices(&mut left, taken);
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], _: &mut dyn Below) -> Result<usize> {
        Ok(self.0.lock().unwrap().read(into).unwrap())
    }
}

impl std::fmt::Debug for Bottom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bottom")
    }
}

struct World {
    certificate: CertificateDer<'static>,
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    content: Vec<u8>,
}

impl World {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(default_provider());
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        // Nothing of the handshake is on its way when the line is exchanged.
        server.send_tls13_tickets = 0;
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (client, server) = (Arc::new(client), Arc::new(server));
        Self { certificate, client, server, content: vec![b'x'; CONTENT] }
    }

    /// The rate of the library alone.
    fn direct(&self, over: Over, way: Way) -> f64 {
        let (near, far) = sockets();
        let name = ServerName::try_from(HOST).unwrap();
        let mut connection = ClientConnection::new(Arc::clone(&self.client), name).unwrap();
        let mut line = Line::Socket(near);
        let (server, far) = thread::scope(|scope| {
            let server = scope.spawn(|| self.serve(far));
            while connection.is_handshaking() {
                connection.complete_io(&mut line).unwrap();
            }
            server.join().unwrap()
        });
        self.measure(server, far, (over, way), |exchanged| {
            if let Some(exchanged) = exchanged {
                line = exchanged;
            }
            let mut stream = rustls::Stream::new(&mut connection, &mut line);
            match way {
                Way::Send => {
                    let portions = self.content.chunks(PORTION);
                    portions.for_each(|portion| stream.write_all(portion).unwrap());
                }
                Way::Receive => read_all(|into| stream.read(into).unwrap()),
            }
        })
    }

    /// The rate of the layer.
    fn stack(&self, over: Over, way: Way) -> f64 {
        let (near, far) = sockets();
        let line = Arc::new(Mutex::new(Line::Socket(near)));
        let tls = Tls::new().immediately().server_name(HOST).root(self.certificate.to_vec());
        let bottom = Bottom(Arc::clone(&line));
        let mut stack = CommsStack::builder().layer(tls).layer(bottom).build().unwrap();
        let (server, far) = thread::scope(|scope| {
            let server = scope.spawn(|| self.serve(far));
            stack.connect().unwrap();
            server.join().unwrap()
        });
        self.measure(server, far, (over, way), |exchanged| {
            if let Some(exchanged) = exchanged {
                *line.lock().unwrap() = exchanged;
            }
            match way {
                Way::Send => {
                    let portions = self.content.chunks(PORTION);
                    portions.for_each(|portion| drop(stack.send(portion).unwrap()));
                }
                Way::Receive => read_all(|into| stack.receive(into).unwrap()),
            }
        })
    }

    fn serve(&self, mut far: TcpStream) -> (ServerConnection, TcpStream) {
        let mut connection = ServerConnection::new(Arc::clone(&self.server)).unwrap();
        while connection.is_handshaking() || connection.wants_write() {
            connection.complete_io(&mut far).unwrap();
        }
        (connection, far)
    }

    /// Runs `work` against the other end, in MiB a second. It is given another line, if there is
    /// one.
    fn measure(
        &self,
        mut server: ServerConnection,
        mut far: TcpStream,
        (over, way): (Over, Way),
        work: impl FnOnce(Option<Line>),
    ) -> f64 {
        let sealed = match way {
            Way::Send => Vec::new(),
            Way::Receive => self.seal(&mut server),
        };
        let (exchanged, peer) = match (over, way) {
            (Over::Memory, Way::Send) => (Some(Line::Sink), None),
            (Over::Memory, Way::Receive) => (Some(Line::Source(Cursor::new(sealed))), None),
            (Over::Tcp, Way::Send) => (None, Some(thread::spawn(move || drain(&mut far)))),
            (Over::Tcp, Way::Receive) => {
                (None, Some(thread::spawn(move || far.write_all(&sealed).unwrap())))
            }
        };
        let began = Instant::now();
        work(exchanged);
        if let Some(peer) = peer {
            peer.join().unwrap();
        }
        f64::from(u32::try_from(CONTENT >> 20).unwrap()) / began.elapsed().as_secs_f64()
    }

    fn seal(&self, server: &mut ServerConnection) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(CONTENT + (CONTENT >> 8));
        for portion in self.content.chunks(PORTION) {
            server.writer().write_all(portion).unwrap();
            while server.wants_write() {
                server.write_tls(&mut sealed).unwrap();
            }
        }
        sealed
    }
}

/// Reads all that a whole measurement sends, and looks at none of it.
fn drain(far: &mut TcpStream) {
    let mut some = vec![0; 1 << 18];
    let mut left = CONTENT + CONTENT / RECORD * AROUND;
    while left > 0 {
        left -= far.read(&mut some).unwrap();
    }
}

fn read_all(mut read: impl FnMut(&mut [u8]) -> usize) {
    let mut into = vec![0; PORTION];
    let mut left = CONTENT;
    while left > 0 {
        left -= read(&mut into);
    }
}

fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let far = listener.accept().unwrap().0;
    near.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    (near, far)
}

const HOST: &str = "mail.example";

/// Octets of one measurement.
const CONTENT: usize = 64 << 20;

/// Octets that are given or asked for at a time.
const PORTION: usize = 64 << 10;

/// Content of a full record, and what is around it: a head, its type, and the tag.
const RECORD: usize = 16 << 10;
const AROUND: usize = 5 + 1 + 16;

const ROUNDS: usize = 15;
