//! What a `Tcp` can be told, and what it tells.

use std::net::IpAddr;
use std::time::Duration;

use socket2::{Socket, TcpKeepalive};

use crate::error::TcpError;

comms_core::properties! {
    /// The properties of [`Tcp`](crate::Tcp).
    #[derive(Debug, Clone)]
    pub struct TcpOptions {
        /// Host to connect to, or to listen at: a name or an IP address.
        BeforeConnect host: String = String::from("localhost"),
        /// Port to connect to, or to listen at; 0 listens at a free one.
        BeforeConnect port: u16 = 25,
        /// IP address of this machine to connect from; the system chooses without it.
        BeforeConnect local_address: Option<String> = None,
        /// Time to find the host's addresses and to connect to one of them.
        BeforeConnect connect_timeout: Duration = CONNECT_TIMEOUT,
        /// Time that one address is given before the next is tried as well (RFC 8305).
        BeforeConnect stagger: Duration = STAGGER,
        /// Sends small writes at once (TCP_NODELAY); coalescing is the layers' own work.
        BeforeConnect nodelay: bool = true,
        /// Time of silence after which the system asks whether the peer is still there.
        BeforeConnect keep_alive: Option<Duration> = None,
        /// Peers that may wait to be accepted.
        BeforeConnect backlog: u32 = BACKLOG,
        /// The peer's address and port, while connected.
        ReadOnly peer: Option<String> = None,
        /// Our own address and port, while connected or listening.
        ReadOnly local: Option<String> = None,
        /// The port that is listened at, also where `port` is 0.
        ReadOnly listen_port: Option<u16> = None,
    }
}

impl TcpOptions {
    /// The address to connect from.
    pub(crate) fn from(&self) -> Result<Option<IpAddr>, TcpError> {
        let Some(text) = &self.local_address else { return Ok(None) };
        let address = text.trim().parse();
        address.map(Some).map_err(|_| TcpError::LocalAddress { found: text.clone() })
    }

    /// Gives a connected socket its options.
    pub(crate) fn dress(&self, socket: &Socket) -> Result<(), TcpError> {
        if self.nodelay {
            socket.set_tcp_nodelay(true).map_err(|error| TcpError::of("set nodelay", &error))?;
        }
        if let Some(idle) = self.keep_alive {
            let keep_alive = TcpKeepalive::new().with_time(idle);
            socket
                .set_tcp_keepalive(&keep_alive)
                .map_err(|error| TcpError::of("set keep_alive", &error))?;
        }
        Ok(())
    }

    /// Forgets the connection.
    pub(crate) fn forget(&mut self) {
        self.peer = None;
        self.local = None;
        self.listen_port = None;
    }
}

/// A SYN that is lost four times in a row is repeated after 1, 3, 7 and 15 s (RFC 6298 2.1, 5.5);
/// who has not answered by twice that is not there.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// RFC 8305 5: "a recommended value for a default delay is 250 milliseconds".
const STAGGER: Duration = Duration::from_millis(250);

/// What the standard library's listeners take.
pub(crate) const BACKLOG: u32 = 128;

#[cfg(test)]
mod tests {
    use socket2::{Domain, Type};

    use super::*;

    #[test]
    fn a_socket_is_given_the_options_and_no_others() {
        let socket = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let (plain, patient) = (socket(), socket());
        TcpOptions::default().dress(&plain).unwrap();
        assert!(plain.tcp_nodelay().unwrap());
        assert!(!plain.keepalive().unwrap());

        let keep_alive = Some(Duration::from_secs(90));
        let options = TcpOptions { nodelay: false, keep_alive, ..TcpOptions::default() };
        options.dress(&patient).unwrap();
        assert!(!patient.tcp_nodelay().unwrap());
        assert!(patient.keepalive().unwrap());
        assert_eq!(patient.tcp_keepalive_time().unwrap(), Duration::from_secs(90));
    }
}
