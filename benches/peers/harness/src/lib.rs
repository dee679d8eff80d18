//! What every client of the benchmark is told, and what it answers.
//!
//! A client is a program of its own, so that its processor time and its memory are its own. It is
//! handed a [`Job`] as its arguments, sends the messages, and prints a [`Report`].

mod job;
mod report;

pub use crate::job::Job;
pub use crate::report::{Report, measured};

/// Why a client or a scenario came to nothing.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The sender of every message.
pub const SENDER: &str = "ann@x.example";

/// The one recipient of every message.
pub const RECIPIENT: &str = "bob@y.example";

/// The name that clients greet with.
pub const CLIENT: &str = "client.example";
