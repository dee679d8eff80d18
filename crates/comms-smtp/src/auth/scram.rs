//! SCRAM (RFC 5802, RFC 7677): both sides show that they know the password, and neither says it.

pub(crate) mod client;
pub(crate) mod keys;
pub(crate) mod text;
