//! Why a configuration cannot be used.

use std::io;
use std::path::PathBuf;

use comms_core::{Error, ErrorClass};
use thiserror::Error as ThisError;

use crate::mistake::Mistake;

/// Why a configuration cannot be used.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no file.
    #[error("there is no comms.toml: write one, or name it in COMMS_CONFIG; looked for {looked}")]
    NotFound {
        /// Where it was looked for.
        looked: String,
    },
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is longer than any configuration.
    #[error("{} is longer than {most} octets: this is no configuration", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most that there may be.
        most: u64,
    },
    /// The file is not UTF-8.
    #[error("{} is not UTF-8: save it as UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file has mistakes: the first of them, all in order, and how many more there are.
    #[error("{}", told(mistakes, *more))]
    Mistakes {
        /// The mistakes, in the order of the file.
        mistakes: Vec<Mistake>,
        /// How many more there are beyond these.
        more: usize,
    },
    /// The file has no such service.
    #[error("{} has no service `{}`{}", path.display(), name.escape_debug(), others(nearest.as_deref(), known))]
    NoService {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// The nearest that there is.
        nearest: Option<String>,
        /// All that there are.
        known: Vec<String>,
    },
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        let class = match error {
            ConfigError::NotFound { .. } | ConfigError::NoService { .. } => ErrorClass::Usage,
            _ => ErrorClass::Content,
        };
        Self::new(class, error)
    }
}

fn told(mistakes: &[Mistake], more: usize) -> String {
    let mut told = mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join("\n\n")
}

fn others(nearest: Option<&str>, known: &[String]) -> String {
    match (nearest, known) {
        (Some(nearest), _) => format!(": did you mean `{nearest}`?"),
        (None, []) => ", nor any other: add [services.NAME]".to_owned(),
        (None, known) => format!(": it has {}", known.join(", ")),
    }
}
