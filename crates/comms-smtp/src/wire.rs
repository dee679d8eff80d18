//! Commands, requests and replies as octets, without I/O.

pub(crate) mod command;
pub(crate) mod reply;
pub(crate) mod request;
