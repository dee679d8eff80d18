//! TLS as a layer of a stack.
//!
//! [`Tls`] secures what passes through it: from the first octet, or from the moment when a protocol
//! above has agreed with its peer to start (STARTTLS). It is a client by default, and a server
//! where it was made as one or accepted by a listener. The cryptography is rustls with ring, given
//! explicitly: what the application has installed for the whole process doesn't matter.

mod agreed;
mod binding;
mod build;
mod certificate;
mod date;
mod error;
mod files;
mod handshake;
mod heard;
mod module;
mod options;
mod party;
mod refusal;
mod serve;
mod session;
mod trust;
mod verifier;
mod wire;

pub use crate::error::{Reason, TlsError};
pub use crate::module::Tls;
pub use crate::options::{MinVersion, Start, TlsOptions, Verify};
