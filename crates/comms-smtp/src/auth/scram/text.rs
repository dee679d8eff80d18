//! The messages of SCRAM as text (RFC 5802 7).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::auth::mechanism::MechanismError;

/// The server's first message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerFirst {
    pub(crate) nonce: String,
    pub(crate) salt: Vec<u8>,
    pub(crate) iterations: u32,
}

impl ServerFirst {
    /// Reads `r=...,s=...,i=...`. What follows these is optional, and passed over as the RFC wants;
    /// a mandatory extension in front of them cannot be.
    pub(crate) fn parse(text: &str) -> Result<Self, MechanismError> {
        let mut attributes = text.split(',');
        let nonce = match attributes.next().and_then(|first| first.split_once('=')) {
            Some(("r", nonce)) if is_nonce(nonce) => nonce.to_owned(),
            Some(("m", _)) => {
                return Err(MechanismError::Challenge("asks for an extension that is not known"));
            }
            _ => return Err(MechanismError::Challenge("has no nonce")),
        };
        let salt = value(attributes.next(), "s=").and_then(|salt| STANDARD.decode(salt).ok());
        let salt = salt.filter(|salt| !salt.is_empty());
        let salt = salt.ok_or(MechanismError::Challenge("has no salt"))?;
        let iterations = value(attributes.next(), "i=").and_then(number);
        let asked = iterations.ok_or(MechanismError::Challenge("has no iteration count"))?;
        let iterations = u32::try_from(asked).ok().filter(|count| *count <= MOST_ITERATIONS);
        let most = MOST_ITERATIONS;
        let iterations = iterations.ok_or(MechanismError::Iterations { asked, most })?;
        Ok(Self { nonce, salt, iterations })
    }
}

/// The server's last message: its signature.
pub(crate) fn signature(text: &str) -> Result<Vec<u8>, MechanismError> {
    let first = text.split(',').next();
    if let Some(reason) = value(first, "e=") {
        return Err(MechanismError::Denied(reason.escape_debug().to_string()));
    }
    let signature = value(first, "v=").and_then(|signature| STANDARD.decode(signature).ok());
    signature.ok_or(MechanismError::Challenge("has no signature"))
}

/// A name in which `,` and `=` cannot end a field.
pub(crate) fn saslname(name: &str) -> String {
    name.replace('=', "=3D").replace(',', "=2C")
}

/// The value of an attribute, if it is this one.
pub(crate) fn value<'a>(attribute: Option<&'a str>, name: &str) -> Option<&'a str> {
    attribute?.strip_prefix(name)
}

/// Printable characters other than the comma (RFC 5802 7, `printable`).
fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic())
}

/// A `posit-number`: digits, the first of which is not 0.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|octet| octet.is_ascii_digit()) && !text.starts_with('0');
    // One that does not fit is more than we do, too.
    let many = !text.is_empty() && digits;
    many.then(|| text.parse().unwrap_or(u64::MAX))
}

/// A server must not keep us computing: so many take about half a second.
const MOST_ITERATIONS: u32 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_message_is_read_or_says_what_is_wrong() {
        let first = ServerFirst::parse("r=abc,s=QSXCR+Q6sek8bf92,i=4096,x=later").unwrap();
        assert_eq!((first.nonce.as_str(), first.iterations, first.salt.len()), ("abc", 4096, 12));
        for (wrong, words) in [
            ("m=x,r=abc,s=QSXC,i=1", "asks for an extension"),
            ("", "has no nonce"),
            ("r=,s=QSXC,i=1", "has no nonce"),
            ("r=a b,s=QSXC,i=1", "has no nonce"),
            ("s=QSXC,r=abc,i=1", "has no nonce"),
            ("r=abc,s=,i=1", "has no salt"),
            ("r=abc,s=QSX,i=1", "has no salt"),
            ("r=abc,i=1", "has no salt"),
            ("r=abc,s=QSXC", "has no iteration"),
            ("r=abc,s=QSXC,i=0", "has no iteration"),
            ("r=abc,s=QSXC,i=-1", "has no iteration"),
            ("r=abc,s=QSXC,i=", "has no iteration"),
            ("r=abc,s=QSXC,i=1000001", "asks for 1000001 iterations"),
            ("r=abc,s=QSXC,i=99999999999999999999999", "asks for 18446744073709551615"),
        ] {
            let error = ServerFirst::parse(wrong).unwrap_err().to_string();
            assert!(error.contains(words), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_last_message_is_a_signature_or_the_server_s_reasons() {
        assert_eq!(signature("v=AAEC,x=y").unwrap(), [0, 1, 2]);
        let denied = signature("e=invalid-proof").unwrap_err();
        assert_eq!(denied.to_string(), "the server says `invalid-proof`");
        for wrong in ["", "v=", "v=A", "x=AAEC", "V=AAEC"] {
            let outcome = signature(wrong);
            assert!(wrong == "v=" || outcome.is_err(), "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = ServerFirst::parse(&text);
            let _ = signature(&text);
        }
    }
}
