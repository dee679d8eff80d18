//! Where a value came from.

use std::fmt;

/// Where the value of a property came from; each outdoes those before it.
///
/// ```
/// use comms_config::SetBy;
///
/// let origin = SetBy::Service { name: "mailhub".to_owned(), line: 12 };
/// assert_eq!(origin.to_string(), "service `mailhub` line 12");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetBy {
    /// The module itself.
    Default,
    /// `[defaults]` of the file.
    Defaults {
        /// The line.
        line: usize,
    },
    /// `[stacks.NAME]`.
    Stack {
        /// The stack.
        name: String,
        /// The line.
        line: usize,
    },
    /// `[services.NAME]`, its `url` among it.
    Service {
        /// The service.
        name: String,
        /// The line.
        line: usize,
    },
    /// The call of the program: `--set`.
    Flag(&'static str),
}

impl fmt::Display for SetBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Defaults { line } => write!(f, "[defaults] line {line}"),
            Self::Stack { name, line } => write!(f, "stack `{name}` line {line}"),
            Self::Service { name, line } => write!(f, "service `{name}` line {line}"),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}
