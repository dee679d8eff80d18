//! The embedded server: for tests, examples, and a developer's own mail sink.

pub(crate) mod content;
pub(crate) mod maildir;
pub(crate) mod module;
pub(crate) mod store;
