//! Layers that ask a proxy for the connection.

pub(crate) mod credentials;
pub(crate) mod early;
pub(crate) mod http_connect;
pub(crate) mod http_wire;
pub(crate) mod options;
pub(crate) mod socks5;
pub(crate) mod socks5_wire;
pub(crate) mod target;
