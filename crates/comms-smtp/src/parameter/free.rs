//! Parameters that have no type of their own (RFC 5321 4.1.2).

use std::fmt;
use std::str::FromStr;

use crate::parameter::error::ParameterError;

/// A parameter of MAIL or RCPT: a keyword, with or without a value.
///
/// It is what a caller adds for an extension that this crate does not know, and what a server finds
/// in a command before it knows more. The keyword is kept in upper case.
///
/// ```
/// use comms_smtp::Parameter;
///
/// let parameter = Parameter::new("Transid")?.with_value("<12345@x.example>")?;
/// assert_eq!(parameter.to_string(), "TRANSID=<12345@x.example>");
/// assert_eq!("transid=<12345@x.example>".parse(), Ok(parameter));
/// assert!("A=b SIZE=1".parse::<Parameter>().is_err());
/// # Ok::<(), comms_smtp::ParameterError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Parameter {
    keyword: String,
    value: Option<String>,
}

impl Parameter {
    /// A keyword: letters, digits and hyphens, the first of them no hyphen.
    pub fn new(keyword: &str) -> Result<Self, ParameterError> {
        let of_keyword = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let begins = keyword.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !begins || !keyword.chars().all(of_keyword) {
            return Err(ParameterError::new(WHAT, KEYWORD, keyword));
        }
        Ok(Self { keyword: keyword.to_ascii_uppercase(), value: None })
    }

    /// The same keyword with a value: one printable character or more, no blank and no `=` among
    /// them. One beyond ASCII needs a server with SMTPUTF8 (RFC 6531 3.3).
    pub fn with_value(self, value: &str) -> Result<Self, ParameterError> {
        let of_value = |c: char| match c {
            ' ' | '=' | '\u{2028}' | '\u{2029}' => false,
            c => !c.is_control(),
        };
        if value.is_empty() || !value.chars().all(of_value) {
            return Err(ParameterError::new(WHAT, VALUE, value));
        }
        Ok(Self { value: Some(value.to_owned()), ..self })
    }

    /// The keyword, in upper case.
    pub fn keyword(&self) -> &str {
        &self.keyword
    }

    /// The value.
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// Whether it can stand in a command without SMTPUTF8.
    pub(crate) fn is_ascii(&self) -> bool {
        self.value.as_deref().is_none_or(str::is_ascii)
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.keyword)?;
        self.value.iter().try_for_each(|value| write!(f, "={value}"))
    }
}

/// `KEYWORD` or `KEYWORD=value`.
impl FromStr for Parameter {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        match text.split_once('=') {
            Some((keyword, value)) => Self::new(keyword)?.with_value(value),
            None => Self::new(text),
        }
    }
}

const WHAT: &str = "a parameter";
const KEYWORD: &str = "a keyword of letters, digits and hyphens";
const VALUE: &str = "a value of printable characters without blanks and `=`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_one_word_with_at_most_one_equals_sign() {
        for good in ["A", "X-Y=z", "8BITMIME", "BY=1;R", "TRANSID=<a@b>", "X=é", "X=a,b"] {
            assert_eq!(good.parse::<Parameter>().unwrap().to_string(), good);
        }
        for bad in ["", "-A", "A_B", "A=", "=a", "A=b=c", "A B", " A", "A ", "A=b ", "é=a"] {
            assert!(bad.parse::<Parameter>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_control_character_cannot_be_in_a_parameter() {
        for evil in ["\r", "\n", "\0", "\x7f", "\u{85}", "\u{9b}", "\t", "\u{2028}", "\r\nRSET"] {
            assert!(Parameter::new(&format!("A{evil}")).is_err(), "{evil:?}");
            let error = format!("A=b{evil}").parse::<Parameter>().unwrap_err();
            assert!(!error.to_string().chars().any(char::is_control), "{error}");
        }
    }

    #[test]
    fn wide_characters_never_narrow_to_a_line_end() {
        let parameter = "A=\u{760d}\u{760a}".parse::<Parameter>().unwrap();
        assert_eq!(parameter.to_string(), "A=\u{760d}\u{760a}");
        assert!(!parameter.is_ascii());
    }

    proptest::proptest! {
        #[test]
        fn a_parameter_that_is_read_is_written_as_it_was(text: String) {
            if let Ok(parameter) = text.parse::<Parameter>() {
                let written = parameter.to_string();
                assert!(written.eq_ignore_ascii_case(&text));
                assert_eq!(written.parse(), Ok(parameter));
            }
        }
    }
}
