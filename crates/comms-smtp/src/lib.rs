//! SMTP as a module of a stack: the client [`Smtp`], and a small server for tests and examples.
//!
//! The protocol itself — replies, commands, the content scanner — is free of I/O; the modules are
//! thin shells around it.

mod argument;
mod auth;
mod authenticate;
mod channel;
mod content;
mod credentials;
mod dialogue;
mod dot;
mod envelope;
mod error;
mod extensions;
mod message;
mod module;
mod plan;
mod report;
mod server;
mod session;
mod starttls;
mod step;
mod transaction;
mod verbs;
mod verdict;
mod wire;

pub use crate::argument::{Argument, ArgumentError, HeloName};
pub use crate::auth::choice::{SkipReason, Skipped};
pub use crate::auth::mechanism::{Mechanism, MechanismError, Response};
pub use crate::credentials::Credentials;
pub use crate::dialogue::{Protocol, SmtpProperties, StartTls};
pub use crate::dot::{DotScanner, StrayLineEnd, StrayLineEnds};
pub use crate::envelope::{Envelope, Notify, Ret, ReversePath, UnknownWord};
pub use crate::error::SmtpError;
pub use crate::extensions::Extensions;
pub use crate::message::{SmtpMessage, SmtpMessageBuilder};
pub use crate::module::Smtp;
pub use crate::report::{Rejected, SendReport};
pub use crate::server::maildir::Maildir;
pub use crate::server::module::{ServerStack, SmtpServer, SmtpServerProperties};
pub use crate::server::store::{DiscardStore, Incoming, MemoryStore, Received, Store};
pub use crate::session::{Session, SmtpStack};
pub use crate::wire::reply::{EnhancedCode, Reply, ReplyError, ReplyParser};
