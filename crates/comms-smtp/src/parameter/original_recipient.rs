//! The address that a sender used for a recipient (RFC 3461 4.2, RFC 6533 3).

use std::fmt::{self, Write};
use std::str::FromStr;

use comms_mime::Address;

use crate::parameter::error::ParameterError;
use crate::parameter::xtext::{Xtext, decoded};

/// The address that the sender used for a recipient, with its type: `ORCPT=`. Notifications name
/// it, wherever the message was forwarded to.
///
/// It goes on the wire in ASCII, so that any server with DSN takes it; read is also the form of
/// RFC 6533 that has characters beyond ASCII as they are.
///
/// ```
/// use comms_smtp::OriginalRecipient;
///
/// let bob = OriginalRecipient::of(&"bob+1@y.example".parse()?)?;
/// assert_eq!(bob.to_string(), "rfc822;bob+2B1@y.example");
/// assert_eq!("RFC822;bob+2B1@y.example".parse(), Ok(bob));
///
/// let wide = OriginalRecipient::of(&"jörg@y.example".parse()?)?;
/// assert_eq!(wide.to_string(), r"utf-8;j\x{F6}rg@y.example");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OriginalRecipient {
    addr_type: String,
    address: String,
}

impl OriginalRecipient {
    /// An address of mail: of the type `rfc822`, or `utf-8` where it goes beyond ASCII. One of which
    /// too much has to be encoded does not fit.
    pub fn of(address: &Address) -> Result<Self, ParameterError> {
        let addr_type = if address.is_ascii() { "rfc822" } else { UTF_8 };
        Self::new(addr_type, &address.to_string())
    }

    /// An address of any type. It is printable text, in ASCII unless the type is `utf-8`, and has
    /// with its type at most 494 characters once it is encoded.
    pub fn new(addr_type: &str, address: &str) -> Result<Self, ParameterError> {
        let of_type = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if addr_type.is_empty() || !addr_type.chars().all(of_type) {
            return Err(ParameterError::new(ORCPT, "a type of letters and digits", addr_type));
        }
        let addr_type = addr_type.to_ascii_lowercase();
        let of_address = |c: char| match c {
            ' '..='~' => true,
            c => addr_type == UTF_8 && is_wide(c),
        };
        if address.is_empty() || !address.chars().all(of_address) {
            return Err(ParameterError::new(ORCPT, "a printable address of its type", address));
        }
        let recipient = Self { addr_type, address: address.to_owned() };
        if recipient.to_string().len() > LONGEST {
            return Err(ParameterError::new(ORCPT, "at most 494 characters", address));
        }
        Ok(recipient)
    }

    /// The type, in lower case: `rfc822`, `utf-8`.
    pub fn addr_type(&self) -> &str {
        &self.addr_type
    }

    /// The address, not encoded. It need not be one of mail.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// `type;address`, the address as `xtext`, or as `utf-8-addr-xtext` (RFC 6533 3).
impl fmt::Display for OriginalRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};", self.addr_type)?;
        if self.addr_type != UTF_8 {
            return Xtext(&self.address).fmt(f);
        }
        self.address.chars().try_for_each(|c| match c {
            c if is_plain(c) => f.write_char(c),
            c => write!(f, r"\x{{{:X}}}", u32::from(c)),
        })
    }
}

impl FromStr for OriginalRecipient {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let wrong = || ParameterError::new(ORCPT, "a type, `;` and an encoded address", text);
        let (addr_type, encoded) = text.split_once(';').ok_or_else(wrong)?;
        let is_utf_8 = addr_type.eq_ignore_ascii_case(UTF_8);
        let address = if is_utf_8 { decoded_utf_8(encoded) } else { decoded(encoded) };
        Self::new(addr_type, &address.ok_or_else(wrong)?)
    }
}

/// What `utf-8-addr-xtext` or `utf-8-addr-unitext` says.
fn decoded_utf_8(encoded: &str) -> Option<String> {
    let mut said = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some(c) = rest.chars().next() {
        if c == '\\' {
            let (digits, behind) = rest.strip_prefix(r"\x{")?.split_once('}')?;
            said.push(embedded(digits)?);
            rest = behind;
        } else if is_plain(c) || is_wide(c) {
            said.push(c);
            rest = rest.get(c.len_utf8()..)?;
        } else {
            return None;
        }
    }
    Some(said)
}

/// The character that `\x{...}` says: one that may not stand as it is.
fn embedded(digits: &str) -> Option<char> {
    let is_number = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_number || digits.len() > MOST_DIGITS || digits.starts_with('0') {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
    (!is_plain(c) && !c.is_control()).then_some(c)
}

/// RFC 6533 3 `QCHAR`: what stands as it is.
fn is_plain(c: char) -> bool {
    matches!(c, '!'..='~') && !matches!(c, '\\' | '+' | '=')
}

/// A character beyond ASCII that does not end a line anywhere.
fn is_wide(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

const ORCPT: &str = "ORCPT";

/// The type of addresses beyond ASCII (RFC 6533 3).
const UTF_8: &str = "utf-8";

/// RFC 3461 4.2: the parameter with its keyword has 500 characters.
const LONGEST: usize = 500 - "ORCPT=".len();

/// Of the largest character, `10FFFF`.
const MOST_DIGITS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<OriginalRecipient> {
        text.parse().ok()
    }

    #[test]
    fn a_type_decides_how_an_address_is_encoded() {
        let x400 = OriginalRecipient::new("X400", "/S=bob /C=de").unwrap();
        assert_eq!(x400.to_string(), "x400;/S+3Dbob+20/C+3Dde");
        let odd = OriginalRecipient::new("utf-8", r#""a \+=b"@ü"#).unwrap();
        assert_eq!(odd.to_string(), r#"utf-8;"a\x{20}\x{5C}\x{2B}\x{3D}b"@\x{FC}"#);
        assert_eq!(read(r#"UTF-8;"a\x{20}\x{5C}\x{2b}\x{3D}b"@ü"#), Some(odd));
    }

    #[test]
    fn what_is_not_encoded_as_its_type_wants_is_refused() {
        for bad in [
            "",
            "rfc822",
            ";a",
            "rfc822;",
            "rfc822;a b",
            "rfc822;a=b",
            "rfc822;+4",
            "rfc822;+2b",
            "rfc822;é",
            "rfc822;+C3+A9",
            "rfc 822;a",
            "rfc_822;a",
            "utf-8;+41",
            "utf-8;a=b",
            "utf-8;a b",
            r"utf-8;\",
            r"utf-8;\x{",
            r"utf-8;\x{}",
            r"utf-8;\x{41}",
            r"utf-8;\x{0C9}",
            r"utf-8;\x{D800}",
            r"utf-8;\x{110000}",
            r"utf-8;\x{+C9}",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_control_character_cannot_be_in_an_original_recipient() {
        for evil in ["\r", "\n", "\0", "\x7f", "\u{85}", "\u{9b}", "\t", "\u{2028}"] {
            for addr_type in ["rfc822", "utf-8"] {
                assert!(OriginalRecipient::new(addr_type, &format!("a{evil}@b")).is_err());
                assert!(OriginalRecipient::new(&format!("{addr_type}{evil}"), "a@b").is_err());
                assert_eq!(read(&format!("{addr_type};a{evil}")), None, "{evil:?}");
            }
            assert_eq!(read(&format!("rfc822;a{}", Xtext(evil))), None, "{evil:?}");
            let code = u32::from(evil.chars().next().unwrap());
            assert_eq!(read(&format!("utf-8;\\x{{{code:X}}}")), None, "{evil:?}");
        }
    }

    #[test]
    fn an_address_of_which_too_much_is_encoded_does_not_fit() {
        let long = |local: &str| format!("{}@y.example", local.repeat(240)).parse().unwrap();
        assert!(OriginalRecipient::of(&long("a")).is_ok());
        assert!(OriginalRecipient::of(&long("+")).is_err());
        assert!(OriginalRecipient::new("rfc822", &"a".repeat(487)).is_ok());
        assert!(OriginalRecipient::new("rfc822", &"a".repeat(488)).is_err());
    }

    proptest! {
        #[test]
        fn any_original_recipient_is_read_as_it_was_written(
            addr_type in "[a-zA-Z0-9-]{1,10}|utf-8",
            address in "\\PC{1,60}|[ -~]{1,200}",
        ) {
            if let Ok(recipient) = OriginalRecipient::new(&addr_type, &address) {
                let written = recipient.to_string();
                let fits = |octet: u8| (b'!'..=b'~').contains(&octet) && octet != b'=';
                assert!(written.bytes().all(fits), "{written}");
                assert_eq!(recipient.address(), address);
                assert_eq!(written.parse(), Ok(recipient));
            }
        }

        #[test]
        fn any_text_is_some_original_recipient_or_none(text: String) {
            if let Some(recipient) = read(&format!("utf-8;{text}")) {
                assert!(!recipient.address().chars().any(char::is_control));
            }
        }
    }
}
