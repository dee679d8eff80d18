//! Stacks by configuration: `comms.toml`, and the URLs of mail servers.
//!
//! A file names stacks and services, with their properties; a [`Config`] is such a file, checked
//! against the modules of a [`Registry`](comms_core::Registry), with every mistake told at once.
//! A service is a [`Blueprint`]: it is built into a stack, or explained, each property with its
//! value and where that came from. A [`MailUrl`] is a short service.
//!
//! What is set later outdoes what is set before: a module's own value, `[defaults]`, the stack, the
//! service, the program's flags.

mod blueprint;
mod check;
mod config;
mod error;
mod explain;
mod find;
mod findings;
mod given;
mod layers;
mod lexical;
mod log;
mod mail_url;
mod mistake;
mod modules;

mod problem;
mod schema;
mod scope;
mod set_by;
mod source;
mod tree;
mod url_error;

pub use crate::blueprint::{Blueprint, SettingError};
pub use crate::config::Config;
pub use crate::error::ConfigError;
pub use crate::explain::{Explained, ExplainedLayer, ExplainedProperty};
pub use crate::given::{Given, Missing};
pub use crate::log::LogSettings;
pub use crate::mail_url::MailUrl;
pub use crate::mistake::Mistake;
pub use crate::problem::Problem;
pub use crate::schema::config_schema;
pub use crate::set_by::SetBy;
pub use crate::url_error::UrlError;
