//! Traces: what happened in a stack, kept as values that say it all but the secrets.

pub(crate) mod event;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod log;
pub(crate) mod masked;
pub(crate) mod timeline;
