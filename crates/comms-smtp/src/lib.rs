//! SMTP as a module of a stack: the client [`Smtp`], and a small server for tests and examples.
//!
//! The protocol itself — replies, commands, the content scanner — is free of I/O; the modules are
//! thin shells around it.

mod argument;
mod asked;
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
mod job;
mod message;
mod module;
mod opening;
mod parameter;
mod pipeline;
mod plan;
mod queue_id;
mod relocation;
mod report;
mod series;
mod server;
mod session;
mod starttls;
mod step;
mod transaction;
mod verbs;
mod way;
mod ways;
mod wire;

pub use crate::argument::{Argument, ArgumentError, HeloName};
pub use crate::auth::choice::{SkipReason, Skipped};
pub use crate::auth::mechanism::{Mechanism, MechanismError, Response};
pub use crate::credentials::Credentials;
pub use crate::dialogue::{Protocol, SmtpProperties, StartTls};
pub use crate::dot::{DotScanner, StrayLineEnd, StrayLineEnds};
pub use crate::envelope::{Envelope, Recipient, ReversePath};
pub use crate::error::SmtpError;
pub use crate::extensions::Extensions;
pub use crate::message::{SmtpMessage, SmtpMessageBuilder};
pub use crate::module::Smtp;
pub use crate::parameter::body::Body;
pub use crate::parameter::deliver_by::{DeliverBy, DeliverByMode};
pub use crate::parameter::dsn::{EnvelopeId, Notify, Ret};
pub use crate::parameter::error::ParameterError;
pub use crate::parameter::free::Parameter;
pub use crate::parameter::hold::{Hold, HoldInterval, HoldLimits};
pub use crate::parameter::limits::Limits;
pub use crate::parameter::original_recipient::OriginalRecipient;
pub use crate::parameter::priority::Priority;
pub use crate::parameter::size::Size;
pub use crate::parameter::submitter::Submitter;
pub use crate::parameter::utc_time::UtcTime;
pub use crate::queue_id::queue_id;
pub use crate::report::{Forwarded, Rejected, Relocated, SendReport, Unfinished};
pub use crate::server::maildir::Maildir;
pub use crate::server::module::{ServerStack, SmtpServer};
pub use crate::server::properties::SmtpServerProperties;
pub use crate::server::store::{DiscardStore, Incoming, MemoryStore, Received, Store};
pub use crate::session::{Session, SmtpStack};
pub use crate::wire::reply::{EnhancedCode, Reply, ReplyError, ReplyParser};
