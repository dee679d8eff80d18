//! What can go wrong with a log.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a record did not reach its file. The stack goes on all the same.
///
/// ```
/// use comms_log::{FileLog, Levels, LogError};
///
/// let error = FileLog::create("no/such/folder/smtp.log", Levels::ALL).unwrap_err();
/// assert!(matches!(error, LogError::Open { .. }));
/// assert_eq!(error.to_string(), "cannot open the log no/such/folder/smtp.log");
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file could not be opened or created.
    #[error("cannot open the log {}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The record could not be written.
    #[error("cannot write to the log {}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The full file could not make room for a new one.
    #[error("cannot rename the full log {} to {}", .path.display(), .older.display())]
    Rename {
        /// The file.
        path: PathBuf,
        /// What it should have become.
        older: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// A name that is no level's.
///
/// ```
/// use comms_log::Levels;
///
/// let error = "script,pds".parse::<Levels>().unwrap_err();
/// assert_eq!(error.to_string(), "no level is called `pds`: did you mean `pdus`?");
/// let error = "9".parse::<Levels>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "no level is called `9`: take production, script, pdus, trace or debug; or all, or none"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no level is called `{name}`: {}", advice(.nearest.as_deref()))]
#[non_exhaustive]
pub struct UnknownLevel {
    /// The name.
    pub name: String,
    /// The level that is called most like it, if one is.
    pub nearest: Option<String>,
}

fn advice(nearest: Option<&str>) -> String {
    match nearest {
        Some(name) => format!("did you mean `{name}`?"),
        None => "take production, script, pdus, trace or debug; or all, or none".to_owned(),
    }
}
