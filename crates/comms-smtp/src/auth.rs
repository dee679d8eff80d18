//! SASL mechanisms (RFC 4422), without I/O.

pub(crate) mod choice;
pub(crate) mod cram_md5;
pub(crate) mod external;
pub(crate) mod hash;
pub(crate) mod known;
pub(crate) mod login;
pub(crate) mod mechanism;
pub(crate) mod oauthbearer;
pub(crate) mod plain;
pub(crate) mod prepare;
pub(crate) mod scram;
pub(crate) mod xoauth2;
