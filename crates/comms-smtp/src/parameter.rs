//! The parameters of MAIL and RCPT: a file for each RFC.
//!
//! `Display` is what goes on the wire and `FromStr` reads the same, for the server. No value holds
//! a control character, and none can end a parameter early, because what could is encoded or
//! refused when the value is made.

pub(crate) mod body;
pub(crate) mod deliver_by;
pub(crate) mod digits;
pub(crate) mod dsn;
pub(crate) mod error;
pub(crate) mod free;
pub(crate) mod hold;
pub(crate) mod limits;
pub(crate) mod original_recipient;
pub(crate) mod priority;
pub(crate) mod size;
pub(crate) mod submitter;
pub(crate) mod utc_time;
pub(crate) mod xtext;
