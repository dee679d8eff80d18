//! Traces: what happened in a stack, kept as values that say it all but the secrets.

mod dialogue;
pub(crate) mod event;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod lines;
pub(crate) mod log;
pub(crate) mod masked;
pub(crate) mod pcapng;
mod session;
mod sheet;
mod spoken;
mod stream;
mod sums;
pub(crate) mod timeline;
pub(crate) mod transcript;
