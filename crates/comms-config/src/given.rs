//! A property's value as it was given: itself, or where it is to be found.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use comms_core::{Secret, Value};
use thiserror::Error;

/// A property's value as it was given. What is found elsewhere is looked up when the stack is
/// built, and not before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Given {
    /// The value itself.
    Value(Value),
    /// A variable of the environment: `{ env = "NAME" }`.
    Env(String),
    /// The first line of a file: `{ file = "PATH" }`.
    File(PathBuf),
}

impl Given {
    /// The value. What was found elsewhere is marked as secret, and so never shown.
    pub(crate) fn value(&self) -> Result<Value, Missing> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Env(name) => match std::env::var(name) {
                Ok(text) if !text.is_empty() => Ok(Secret::new(text).into()),
                Ok(_) => Err(Missing::Env { name: name.clone(), how: "empty" }),
                Err(std::env::VarError::NotPresent) => {
                    Err(Missing::Env { name: name.clone(), how: "not set" })
                }
                Err(_) => Err(Missing::Env { name: name.clone(), how: "not UTF-8" }),
            },
            Self::File(path) => match first_line(path) {
                Ok(line) if !line.is_empty() => Ok(Secret::new(line).into()),
                Ok(_) => Err(Missing::Line { path: path.clone() }),
                Err(source) => Err(Missing::File { path: path.clone(), source }),
            },
        }
    }

    /// Whether it has to be found elsewhere.
    pub(crate) fn is_elsewhere(&self) -> bool {
        !matches!(self, Self::Value(_))
    }
}

/// The value, or as the file says where it is; a secret is not shown.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Env(name) => write!(f, "{{ env = {name:?} }}"),
            Self::File(path) => write!(f, "{{ file = {:?} }}", path.display().to_string()),
        }
    }
}

/// Why a value that is to be found elsewhere is not there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Missing {
    /// A variable of the environment has nothing.
    #[error("the environment variable `{name}` is {how}: set it, or name another")]
    Env {
        /// The variable.
        name: String,
        /// How it is instead.
        how: &'static str,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: write the value into its first line, or name another", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The first line of a file is empty.
    #[error("the first line of {} is empty: write the value there", path.display())]
    Line {
        /// The file.
        path: PathBuf,
    },
}

/// The first line, without its end.
fn first_line(path: &PathBuf) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(File::open(path)?.take(LONGEST)).read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(line)
}

/// A token may be long; a line without end is none.
const LONGEST: u64 = 64 * 1024;
