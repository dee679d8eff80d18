//! DKIM signatures (RFC 6376, RFC 8463): keys, signers, and what they sign.

pub(crate) mod body;
pub(crate) mod error;
pub(crate) mod field;
pub(crate) mod fitness;
pub(crate) mod hashed;
pub(crate) mod head;
pub(crate) mod key;
pub(crate) mod name;
pub(crate) mod pem;
pub(crate) mod signer;
