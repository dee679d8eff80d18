//! What ends the program, with its status and what to do about it.

use std::fmt::Display;
use std::process::ExitCode;

use comms::{ConfigError, Error, ErrorClass};

use crate::remedy::remedy;

/// The exit statuses: those of `sysexits.h`, and 1 for a message that did not reach everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Status {
    Done = 0,
    SomeRefused = 1,
    Usage = 64,
    BadInput = 65,
    Refused = 67,
    Unreachable = 69,
    Internal = 70,
    DeliveryUnknown = 74,
    RefusedForNow = 75,
    Protocol = 76,
    NotAllowed = 77,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Why the program ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The call does not make sense.
    #[error("{0}")]
    Usage(String),
    /// What was to be sent does not make sense.
    #[error("{0}")]
    BadInput(String),
    /// A file has mistakes, each told in several lines.
    #[error("{0}")]
    Mistakes(Box<ConfigError>),
    /// A layer of the stack says so.
    #[error("{}", .0.sentence())]
    Stack(Error),
    /// The program cannot do its own work: write its output, say.
    #[error("{0}")]
    Internal(String),
    /// Another, of which the object that `--json` asks for was printed.
    #[error("{0}")]
    Told(Box<Failure>),
}

impl Failure {
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Usage(_) => Status::Usage,
            Self::BadInput(_) | Self::Mistakes(_) => Status::BadInput,
            Self::Internal(_) => Status::Internal,
            Self::Stack(error) => status_of(error.class()),
            Self::Told(failure) => failure.status(),
        }
    }

    /// What to do about it; empty where the sentence says it.
    pub(crate) fn advice(&self) -> &'static str {
        match self {
            Self::Stack(error) => remedy(error),
            Self::Told(failure) => failure.advice(),
            Self::Usage(_) | Self::BadInput(_) | Self::Mistakes(_) | Self::Internal(_) => "",
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Stack(error)
    }
}

/// What was given, which can be anything, and what is wrong with it.
pub(crate) fn bad(what: &dyn Display, error: &dyn std::error::Error) -> Failure {
    Failure::BadInput(format!("{what}: {}", chain(error)))
}

/// An error and its causes, as one sentence.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        sentence = format!("{sentence}: {cause}");
        next = cause.source();
    }
    sentence
}

fn status_of(class: ErrorClass) -> Status {
    match class {
        ErrorClass::Transient => Status::RefusedForNow,
        ErrorClass::Permanent => Status::Refused,
        ErrorClass::Protocol => Status::Protocol,
        ErrorClass::Authentication => Status::NotAllowed,
        ErrorClass::Connection | ErrorClass::Timeout => Status::Unreachable,
        ErrorClass::DeliveryUnknown => Status::DeliveryUnknown,
        ErrorClass::Content => Status::BadInput,
        ErrorClass::Usage => Status::Usage,
        _ => Status::Internal,
    }
}
