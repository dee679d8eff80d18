//! The module `Tcp`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use comms_core::{
    Below, Closing, CommsModule, Level, ModuleSpec, Payload, Properties, Receipt, Result, Severity,
    Value, wrong_payload,
};
use socket2::Socket;

use crate::addresses;
use crate::dial::Dial;
use crate::error::TcpError;
use crate::line::{END_SENDING, Line};
use crate::listen;
use crate::options::TcpOptions;

/// Octets over TCP, the bottom of a stack: nothing lies below it.
///
/// **Connecting.** The addresses of [`host`](TcpOptions::host) are tried in the system's order,
/// IPv6 and IPv4 by turns, each 250 ms after the one before or as soon as that has failed, and the
/// first that answers is taken (RFC 8305). The error lists every address with its reason. All of
/// it happens under the budget `connect_timeout`, called "connect", and under the deadline of the
/// call. *The look-up of a name is the system's own, and cannot be interrupted*: it counts towards
/// the budget, but can outlast it. A program that cannot have that resolves names itself, and
/// gives the addresses with [`Tcp::at`]; an IP address is never looked up.
///
/// **Octets.** `send` returns when the system has taken all octets, or fails: after a failure or
/// a passed deadline a part of them may have been sent. Pieces go into one vectored write. `receive`
/// gives 0 when the peer has ended in good order, and without asking when there is no room to
/// receive into. A connection that broke is told as an error, and never as an end.
///
/// **Others.** `noop` tells whether the peer is still there, as far as this machine knows, and
/// sends nothing; `unread` tells also whether it has said something. `disconnect` never waits. On a stack that listens, `local` and `listen_port`
/// tell where, also if `port` is 0, and each accepted peer gets a `Tcp` with the same properties.
///
/// Its properties are [`TcpOptions`]. Its method `end_sending` closes the direction to the peer,
/// which reads what is on its way and then the end; what the peer says can still be received.
///
/// ```
/// use std::io::Write;
/// use std::net::TcpListener;
///
/// use comms_core::CommsStack;
/// use comms_tcp::Tcp;
///
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let port = server.local_addr()?.port();
///
/// let mut stack = CommsStack::new(Tcp::new("127.0.0.1", port))?;
/// stack.connect()?;
/// server.accept()?.0.write_all(b"220 ready\r\n")?;
///
/// let mut greeting = [0; 64];
/// let octets = stack.receive(&mut greeting)?;
/// assert_eq!(&greeting[..octets], b"220 ready\r\n");
/// stack.disconnect()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Tcp {
    options: TcpOptions,
    addresses: Vec<SocketAddr>,
    line: Line,
}

impl Tcp {
    /// Connects to `host`, a name or an IP address, at `port`; or listens there.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let options = TcpOptions { host: host.into(), port, ..TcpOptions::default() };
        Self { options, ..Self::default() }
    }

    /// Uses these addresses, in this order, and does not look the host up; it remains the name of
    /// the peer. Without any address it is looked up again.
    pub fn at(mut self, addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.addresses = addresses.into_iter().collect();
        self
    }

    /// Connects from this address of our own: the property `local_address`.
    pub fn local_address(mut self, address: IpAddr) -> Self {
        self.options.local_address = Some(address.to_string());
        self
    }

    /// Gives up after this time: the property `connect_timeout`.
    pub fn connect_timeout(mut self, budget: Duration) -> Self {
        self.options.connect_timeout = budget;
        self
    }

    /// Asks a peer that is silent for this long whether it is still there: the property
    /// `keep_alive`.
    pub fn keep_alive(mut self, idle: Duration) -> Self {
        self.options.keep_alive = Some(idle);
        self
    }

    /// The properties as they are.
    pub fn options(&self) -> &TcpOptions {
        &self.options
    }

    fn look_up(&self) -> Result<Vec<SocketAddr>, TcpError> {
        if !self.addresses.is_empty() {
            return Ok(self.addresses.clone());
        }
        let TcpOptions { host, port, .. } = &self.options;
        addresses::look_up(host, *port)
            .map_err(|error| TcpError::NoAddress { host: host.clone(), source: (&error).into() })
    }

    /// Takes up a connection.
    fn take(&mut self, socket: Socket, peer: Option<SocketAddr>) -> Result<(), TcpError> {
        self.options.dress(&socket)?;
        self.options.peer = peer.map(|peer| peer.to_string());
        self.options.local = local(&socket).map(|local| local.to_string());
        self.line = Line::connected(socket)?;
        Ok(())
    }
}

impl CommsModule for Tcp {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.options)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.options)
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.line.idle()?;
        below.limit(self.options.connect_timeout, "connect");
        let began = below.clock().now();
        let from = self.options.from()?;
        let mut addresses = self.look_up()?;
        if self.addresses.is_empty() {
            addresses = addresses::interleave(addresses);
        }
        let dial = Dial::new(&addresses, from, self.options.stagger, below);
        let (socket, peer) = dial.run().map_err(|(attempts, source)| TcpError::Unreachable {
            host: self.options.host.clone(),
            port: self.options.port,
            attempts,
            source,
        })?;
        self.take(socket, Some(peer))?;
        let time = below.clock().now().saturating_duration_since(began).as_millis();
        note(below, format_args!("connected to {peer} after {time} ms"));
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if let Payload::Object(_) = payload {
            return Err(wrong_payload(&SPEC, payload));
        }
        self.line.stream()?.send(payload, (below.deadline(), below.clock()))?;
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.line.stream()?.receive(into, (below.deadline(), below.clock()))
    }

    fn unread(&mut self, _: &mut dyn Below) -> Result<bool> {
        self.line.stream()?.probe()
    }

    fn closing(&self) -> Option<Arc<dyn Closing>> {
        self.line.closing()
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        self.line.stream()?.probe()?;
        Ok(String::new())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.options.forget();
        self.line.close()
    }

    fn bind(&mut self, _: &mut dyn Below) -> Result<()> {
        self.line.idle()?;
        let socket = listen::bind(self.look_up()?).map_err(|attempts| TcpError::CannotListen {
            host: self.options.host.clone(),
            port: self.options.port,
            attempts,
        })?;
        let local = local(&socket);
        self.options.local = local.map(|local| local.to_string());
        self.options.listen_port = local.map(|local| local.port());
        self.line = Line::Bound(socket);
        Ok(())
    }

    fn listen(&mut self, below: &mut dyn Below) -> Result<()> {
        self.line.listen(self.options.backlog)?;
        note(below, format_args!("listening at {}", shown(self.options.local.as_deref())));
        Ok(())
    }

    fn accept(&mut self, below: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let (socket, peer) = self.line.listener()?.accept((below.deadline(), below.clock()))?;
        let mut served = Self { options: self.options.clone(), ..Self::default() };
        served.options.forget();
        served.take(socket, peer.as_socket())?;
        note(below, format_args!("accepted {}", shown(served.options.peer.as_deref())));
        Ok(Box::new(served))
    }

    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        if method != END_SENDING.name {
            return below.invoke(method, args);
        }
        self.line.stream()?.end_sending()?;
        Ok(Value::Nothing)
    }
}

fn local(socket: &Socket) -> Option<SocketAddr> {
    socket.local_addr().ok()?.as_socket()
}

fn shown(address: Option<&str>) -> &str {
    address.unwrap_or("an unknown address")
}

fn note(below: &dyn Below, text: std::fmt::Arguments<'_>) {
    below.note(Severity::Info, Level::Production, text);
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: TcpOptions::TABLE,
    methods: &[END_SENDING],
    ..ModuleSpec::bottom("Tcp", "carries octets over TCP")
};
