//! Peers of every kind, and those who watch.

use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use comms_core::{Clock, CommsListener, CommsStack, Event, Level, Sink, What};
use comms_tcp::Tcp;
use rustix::event::{PollFd, PollFlags, poll};
use socket2::{Domain, Socket, Type};

/// Long enough for any machine: a net under tests that would otherwise hang.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Short, for deadlines that are meant to pass.
pub(crate) const SHORT: Duration = Duration::from_millis(30);

/// A connected stack of `Tcp` alone, and its peer.
pub(crate) fn pair() -> (CommsStack, TcpStream) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut stack = stack(Tcp::default().at([server.local_addr().unwrap()]));
    stack.connect().unwrap();
    let (peer, _) = server.accept().unwrap();
    peer.set_read_timeout(Some(LONG)).unwrap();
    peer.set_write_timeout(Some(LONG)).unwrap();
    (stack, peer)
}

/// A stack of `tcp` alone, under a net.
pub(crate) fn stack(tcp: Tcp) -> CommsStack {
    let mut stack = CommsStack::new(tcp).unwrap();
    stack.limit(LONG, "test");
    stack
}

/// The port that a listener was given.
pub(crate) fn listen_port(listener: &CommsListener) -> u16 {
    let port = listener.get("listen_port").unwrap().value.unwrap().as_integer().unwrap();
    u16::try_from(port).unwrap()
}

/// An address where nobody listens, and the socket that keeps others from it.
pub(crate) fn refusing(ip: &str) -> (SocketAddr, Socket) {
    let wanted = SocketAddr::new(ip.parse().unwrap(), 0);
    let socket = Socket::new(Domain::for_address(wanted), Type::STREAM, None).unwrap();
    socket.bind(&wanted.into()).unwrap();
    (socket.local_addr().unwrap().as_socket().unwrap(), socket)
}

/// An address that answers nothing: its backlog of none is full, and the system drops what comes.
pub(crate) fn hanging(ip: &str) -> (SocketAddr, (Socket, TcpStream)) {
    let (address, socket) = refusing(ip);
    socket.listen(0).unwrap();
    let first = TcpStream::connect(address).unwrap();
    poll(&mut [PollFd::new(&socket, PollFlags::IN)], None).unwrap();
    (address, (socket, first))
}

/// Whether this machine has `::1`; a test that needs it says so where it is skipped.
pub(crate) fn has_ipv6() -> bool {
    let has = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !has {
        eprintln!("skipped: ::1 cannot be bound on this machine");
    }
    has
}

/// Throws the connection away, as a peer that crashed does.
pub(crate) fn reset(peer: TcpStream) {
    let peer = Socket::from(peer);
    peer.set_linger(Some(Duration::ZERO)).unwrap();
}

/// The records of a level, in order.
#[derive(Debug)]
pub(crate) struct Records {
    level: Level,
    texts: Mutex<Vec<String>>,
}

impl Records {
    pub(crate) fn of(level: Level, stack: &mut CommsStack) -> Arc<Self> {
        let records = Arc::new(Self { level, texts: Mutex::default() });
        let sink: Arc<dyn Sink> = records.clone();
        stack.watch(&sink);
        records
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.texts.lock().unwrap().clone()
    }
}

impl Sink for Records {
    fn note(&self, event: &Event<'_>) {
        if let What::Record { level, text, .. } = event.what
            && level == self.level
        {
            self.texts.lock().unwrap().push(text.to_string());
        }
    }

    fn name(&self) -> String {
        "records".to_owned()
    }
}

/// A clock that stands still.
#[derive(Debug)]
pub(crate) struct Frozen(pub(crate) Instant);

impl Clock for Frozen {
    fn now(&self) -> Instant {
        self.0
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) {}
}

/// A clock on which an hour passes between any two looks.
#[derive(Debug)]
pub(crate) struct Racing(pub(crate) Mutex<Instant>);

impl Clock for Racing {
    fn now(&self) -> Instant {
        let mut now = self.0.lock().unwrap();
        *now += Duration::from_secs(3600);
        *now
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) {}
}
