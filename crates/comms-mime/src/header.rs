//! Header fields: the user's own here, each structured one in a file of its own.

pub(crate) mod auto_submitted;
pub(crate) mod content_type;
pub(crate) mod date;
pub(crate) mod decoded;
pub(crate) mod disposition;
pub(crate) mod ids;
pub(crate) mod list;
pub(crate) mod mailboxes;
pub(crate) mod text;

use std::fmt::{self, Write};
use std::str::FromStr;

use crate::address::scanner::is_control;
use crate::error::HeaderError;
use crate::header::content_type::excerpt;
use crate::header::text::text_field;

/// A header field: a checked name, and a value that can be any text.
///
/// A value that is not plain ASCII is written as encoded words (RFC 2047), so that it can neither
/// break the line nor begin another header. A value that looks like encoded words is encoded too:
/// readers see it as it was given.
///
/// ```
/// use comms_mime::Header;
///
/// let header: Header = "X-Campaign: spring 2026".parse()?;
/// assert_eq!((header.name(), header.value()), ("X-Campaign", "spring 2026"));
/// assert!(Header::new("X-A\r\nBcc", "x").is_err());
/// # Ok::<(), comms_mime::HeaderError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Header {
    name: String,
    value: String,
}

impl Header {
    /// A header; the name is of RFC 5322 3.6.8 `ftext`, and at most 76 octets long.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Result<Self, HeaderError> {
        let name = name.into();
        let ftext = |octet: u8| octet.is_ascii_graphic() && octet != b':';
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(ftext) {
            return Err(HeaderError::Name { name: excerpt(&name) });
        }
        Ok(Header { name, value: value.into() })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value, before any encoding.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether the name is this one, whatever the case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The whole field as it is written.
    pub(crate) fn field(&self) -> String {
        text_field(&self.name, &self.value)
    }
}

impl FromStr for Header {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let (name, value) = text.split_once(':').ok_or(HeaderError::NoColon)?;
        Header::new(name, value.trim_matches([' ', '\t']))
    }
}

/// One line: control characters are shown escaped.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        for c in self.value.chars() {
            match c {
                c if is_control(c) => write!(f, "{}", c.escape_default())?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Names in use are far shorter; this leaves room for a value on the same line.
const LONGEST_NAME: usize = 76;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_parsed_at_its_first_colon_and_shown_on_one_line() {
        let header: Header = "X-Url:  https://x.example:1/it's ".parse().unwrap();
        assert_eq!((header.name(), header.value()), ("X-Url", "https://x.example:1/it's"));
        assert_eq!(header.to_string().parse(), Ok(header));
        let odd = Header::new("X-A", "b\r\nBcc: \u{9b}").unwrap();
        assert_eq!(odd.to_string(), "X-A: b\\r\\nBcc: \\u{9b}");
    }

    #[test]
    fn a_header_name_is_visible_ascii_without_a_colon() {
        let long = "x".repeat(77);
        for name in ["", "a b", "a\t", "a\r\nb", "ä", "a:", "\0", "\x7f", &long] {
            assert!(Header::new(name, "x").is_err(), "{name:?}");
        }
        assert_eq!("no colon".parse::<Header>(), Err(HeaderError::NoColon));
        assert!(": x".parse::<Header>().is_err());
    }
}
