//! The server's side: an address, and those who come to it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use comms_core::{Closing, Error, Result, StackError};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::attempts::{Attempt, Attempts};
use crate::closing::Listening;
use crate::error::TcpError;
use crate::patience::Time;
use crate::wait;

/// The first of `addresses` that can be had, or why none can.
pub(crate) fn bind(addresses: Vec<SocketAddr>) -> Result<Socket, Attempts> {
    let mut attempts = Attempts::default();
    for address in addresses {
        match bind_to(address) {
            Ok(socket) => return Ok(socket),
            Err(error) => attempts.0.push(Attempt { address, failure: error.into() }),
        }
    }
    Err(attempts)
}

fn bind_to(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // On Unix: so that a server can start again at once. Elsewhere it would let others in.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// A listening socket, which does not block: a peer may be gone between the notice and `accept`.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: Socket,
    end: Option<End>,
}

/// A pair of sockets: what becomes of the far one by another thread is seen at the near one.
#[derive(Debug)]
struct End {
    near: Socket,
    far: Arc<Listening>,
}

impl Listener {
    /// Listens at the address of `socket`.
    pub(crate) fn new(socket: Socket, backlog: u32) -> Result<Self, TcpError> {
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        let listening = socket.set_nonblocking(true).and_then(|()| socket.listen(backlog));
        listening.map_err(|error| TcpError::of("listen", &error))?;
        Ok(Self { socket, end: end() })
    }

    /// By what another thread ends the wait for peers.
    pub(crate) fn closing(&self) -> Option<Arc<dyn Closing>> {
        let end = self.end.as_ref()?;
        Some(Arc::clone(&end.far) as Arc<dyn Closing>)
    }

    /// Waits for a peer, and gives its address as well.
    pub(crate) fn accept(&self, (deadline, clock): Time<'_>) -> Result<(Socket, SockAddr)> {
        loop {
            match self.socket.accept() {
                Ok(peer) => return Ok(peer),
                Err(error) if is_passing(error.kind()) => {
                    deadline.remaining(clock)?;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(failed(&error)),
            }
            match self.wait(deadline.remaining(clock)?) {
                Ok(Some(true)) => {}
                Ok(Some(false)) => return Err(deadline.passed().into()),
                Ok(None) => return Err(StackError::Closed.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    /// Waits for a peer, and says whether there is one; none when another thread has ended it.
    fn wait(&self, time: Option<Duration>) -> io::Result<Option<bool>> {
        match &self.end {
            Some(end) => wait::until_readable_unless(&self.socket, &end.near, time),
            None => wait::until_readable(&self.socket, time).map(Some),
        }
    }
}

/// Without it a listener works too, and is waited for to its deadline.
#[cfg(unix)]
fn end() -> Option<End> {
    let (near, far) = Socket::pair(Domain::UNIX, Type::STREAM, None).ok()?;
    Some(End { near, far: Arc::new(Listening(far)) })
}

#[cfg(not(unix))]
fn end() -> Option<End> {
    None
}

/// Whether it says nothing about the next peer: a signal, or what became of one that was waiting,
/// which Linux hands to `accept` (see its manual, "Error handling").
fn is_passing(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionReset, HostUnreachable, Interrupted, NetworkDown,
        NetworkUnreachable,
    };
    matches!(
        kind,
        Interrupted
            | ConnectionAborted
            | ConnectionReset
            | HostUnreachable
            | NetworkDown
            | NetworkUnreachable
    )
}

fn failed(error: &io::Error) -> Error {
    TcpError::of("accept", error).into()
}
