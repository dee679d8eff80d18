//! The bottom of a stack: octets over TCP, or over a unix socket.
//!
//! [`Tcp`] connects, as a client, to the first address of a host that answers (RFC 8305), or
//! listens, as a server, and serves each peer with a module of its own. It starts no thread; all
//! that it waits for, it waits for under the deadline of the call, with one exception that
//! [`Tcp`] names: the system's look-up of a name. `Unix` is its sibling for the paths of unix
//! sockets, where there are such.
//!
//! [`Socks5`] and [`HttpConnect`] stand above a bottom that is connected with a proxy, and have the
//! proxy connect to the peer.

mod addresses;
mod attempts;
mod closing;
mod dial;
mod error;
mod line;
mod listen;
mod module;
mod options;
mod patience;
mod proxy;
#[cfg(unix)]
mod socket_file;
mod stream;
#[cfg(unix)]
mod unix;
mod wait;

pub use crate::attempts::{Attempt, Attempts, Failure, SystemError};
pub use crate::error::{ProxyError, TcpError};
pub use crate::module::Tcp;
pub use crate::options::TcpOptions;
pub use crate::proxy::http_connect::HttpConnect;
pub use crate::proxy::http_wire::{ConnectHead, HttpNonsense};
pub use crate::proxy::options::ProxyOptions;
pub use crate::proxy::socks5::Socks5;
pub use crate::proxy::socks5_wire::{
    Socks5Method, Socks5Nonsense, Socks5Parsed, Socks5Reply, Socks5Verdict,
};
pub use crate::proxy::target::HostProblem;
#[cfg(unix)]
pub use crate::unix::{Unix, UnixOptions};
