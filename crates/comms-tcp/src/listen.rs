//! The server's side: an address, and those who come to it.

use std::io;
use std::net::SocketAddr;

use comms_core::{Error, Result};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::attempts::{Attempt, Attempts};
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
}

impl Listener {
    /// Listens at the address of `socket`.
    pub(crate) fn new(socket: Socket, backlog: u32) -> Result<Self, TcpError> {
        let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
        let listening = socket.set_nonblocking(true).and_then(|()| socket.listen(backlog));
        listening.map_err(|error| TcpError::of("listen", &error))?;
        Ok(Self { socket })
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
            match wait::until_readable(&self.socket, deadline.remaining(clock)?) {
                Ok(true) => {}
                Ok(false) => return Err(deadline.passed().into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(&error)),
            }
        }
    }
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
