//! The embedded server: for tests, examples, and a developer's own mail sink.

pub(crate) mod answers;
pub(crate) mod arriving;
pub(crate) mod auth;
pub(crate) mod chunks;
pub(crate) mod content;
pub(crate) mod delivery;
pub(crate) mod exchange;
pub(crate) mod faults;
pub(crate) mod greeting;
pub(crate) mod handler;
pub(crate) mod keyword;
pub(crate) mod maildir;
pub(crate) mod module;
pub(crate) mod origin;
pub(crate) mod parameters;
pub(crate) mod properties;
pub(crate) mod rooms;
pub(crate) mod running;
pub(crate) mod scram;
pub(crate) mod shift;
pub(crate) mod stage;
pub(crate) mod store;
pub(crate) mod tally;
pub(crate) mod transaction;
pub(crate) mod users;
