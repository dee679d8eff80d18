//! The `xtext` of RFC 3461 section 4.

use std::fmt;

/// Text as `xtext`: what stands outside of `!` to `~`, and `+` and `=`, as `+` and two digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Xtext<'t>(pub(crate) &'t str);

impl fmt::Display for Xtext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|octet| match octet {
            b'!'..=b'~' if !matches!(octet, b'+' | b'=') => write!(f, "{}", char::from(octet)),
            _ => write!(f, "+{octet:02X}"),
        })
    }
}

/// What `xtext` says, if it is that and says UTF-8.
pub(crate) fn decoded(xtext: &str) -> Option<String> {
    let mut said = Vec::with_capacity(xtext.len());
    let mut octets = xtext.bytes();
    while let Some(octet) = octets.next() {
        said.push(match octet {
            b'+' => digit(octets.next()?)? * 16 + digit(octets.next()?)?,
            b'!'..=b'~' if octet != b'=' => octet,
            _ => return None,
        });
    }
    String::from_utf8(said).ok()
}

/// A hexadecimal digit, which is upper case in `xtext`.
fn digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xtext_encodes_what_rfc_3461_says() {
        assert_eq!(Xtext("a+b=c d\r\né").to_string(), "a+2Bb+3Dc+20d+0D+0A+C3+A9");
        assert_eq!(decoded("a+2Bb+3Dc+20d+41").as_deref(), Some("a+b=c dA"));
    }

    #[test]
    fn what_is_no_xtext_says_nothing() {
        for wrong in ["a b", "a=b", "+", "+4", "+4g", "+2b", "é", "+C3", "a\r\n", "\u{7f}", "+-1"]
        {
            assert_eq!(decoded(wrong), None, "{wrong:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_goes_through_xtext_unchanged(text: String) {
            let xtext = Xtext(&text).to_string();
            assert!(xtext.bytes().all(|octet| (b'!'..=b'~').contains(&octet) && octet != b'='));
            assert_eq!(decoded(&xtext), Some(text));
        }
    }
}
