//! What the inbox needs of HTTP/1.1 (RFC 9112): requests without content, one to a connection.

pub(crate) mod guard;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod server;
