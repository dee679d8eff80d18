//! Whether a person sent a message or a program (RFC 3834 5).

use std::fmt;

/// What made a message, so that programs do not answer each other for ever.
///
/// ```
/// use comms_mime::{AutoSubmitted, Message};
///
/// let report = Message::builder()
///     .from("backup@x.example".parse()?)
///     .auto_submitted(AutoSubmitted::Generated)
///     .build()?;
/// assert!(AutoSubmitted::received("auto-replied (vacation)").is_automatic());
/// assert!(!AutoSubmitted::received("no").is_automatic());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AutoSubmitted {
    /// A person sent it, as is taken for granted without the header.
    No,
    /// A program made it, and it answers no other message.
    Generated,
    /// A program made it as an answer to a message.
    Replied,
    /// A program tells of something that happened elsewhere (RFC 5436 2.7.1).
    Notified,
}

impl AutoSubmitted {
    /// Reads the value of a received header. All that is not `no` is of a program.
    pub fn received(value: &str) -> Self {
        let ends = |c: char| matches!(c, ';' | '(' | ' ' | '\t' | '\r' | '\n');
        let keyword = value.trim().split(ends).next().unwrap_or_default();
        let all = [Self::No, Self::Replied, Self::Notified];
        let known = all.into_iter().find(|known| known.keyword().eq_ignore_ascii_case(keyword));
        known.unwrap_or(Self::Generated)
    }

    /// Whether a program made it: such a message is not answered by another program.
    pub fn is_automatic(self) -> bool {
        self != Self::No
    }

    /// The value of the header.
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Generated => "auto-generated",
            Self::Replied => "auto-replied",
            Self::Notified => "auto-notified",
        }
    }
}

impl fmt::Display for AutoSubmitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_no_is_of_a_program() {
        let values = [
            ("no", AutoSubmitted::No),
            (" NO (a person)", AutoSubmitted::No),
            ("Auto-Replied; owner=x@y", AutoSubmitted::Replied),
            ("auto-notified", AutoSubmitted::Notified),
            ("auto-generated", AutoSubmitted::Generated),
            ("x-new", AutoSubmitted::Generated),
            ("", AutoSubmitted::Generated),
        ];
        for (value, expected) in values {
            assert_eq!(AutoSubmitted::received(value), expected, "{value:?}");
        }
    }
}
