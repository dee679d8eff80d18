//! Commands and replies as octets, without I/O.

pub(crate) mod command;
pub(crate) mod reply;
