//! What is wrong with the value of a parameter.

use thiserror::Error;

/// Why text is no value of a parameter. The display is one line, whatever was found.
///
/// ```
/// use comms_smtp::Ret;
///
/// let error = "ALL\r\nRSET".parse::<Ret>().unwrap_err();
/// assert_eq!(error.to_string(), r"RET takes FULL or HDRS, and not `ALL\r\nRSET`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{parameter} takes {expected}, and not `{found}`")]
#[non_exhaustive]
pub struct ParameterError {
    /// The parameter, by its keyword.
    pub parameter: &'static str,
    /// What may stand there.
    pub expected: &'static str,
    /// What was found: its beginning, made printable.
    pub found: String,
}

impl ParameterError {
    pub(crate) fn new(parameter: &'static str, expected: &'static str, found: &str) -> Self {
        let mut shown = found.chars().take(SHOWN).collect::<String>().escape_debug().to_string();
        if found.chars().nth(SHOWN).is_some() {
            shown.push_str("...");
        }
        Self { parameter, expected, found: shown }
    }
}

/// Characters of a wrong value that an error shows.
const SHOWN: usize = 60;
