//! The bottom of a stack: octets over TCP, or over a unix socket.
//!
//! [`Tcp`] connects, as a client, to the first address of a host that answers (RFC 8305), or
//! listens, as a server, and serves each peer with a module of its own. It starts no thread; all
//! that it waits for, it waits for under the deadline of the call, with one exception that
//! [`Tcp`] names: the system's look-up of a name. `Unix` is its sibling for the paths of unix
//! sockets, where there are such.

mod addresses;
mod attempts;
mod dial;
mod error;
mod line;
mod listen;
mod module;
mod options;
mod patience;
#[cfg(unix)]
mod socket_file;
mod stream;
#[cfg(unix)]
mod unix;
mod wait;

pub use crate::attempts::{Attempt, Attempts, Failure, SystemError};
pub use crate::error::TcpError;
pub use crate::module::Tcp;
pub use crate::options::TcpOptions;
#[cfg(unix)]
pub use crate::unix::{Unix, UnixOptions};
