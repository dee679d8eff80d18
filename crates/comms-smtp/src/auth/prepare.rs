//! Names and passwords, checked and prepared before anything is said.

use comms_core::Secret;

use crate::auth::mechanism::MechanismError;

/// Text as it is, if it holds no control character. NUL and U+0001 separate fields on the wire,
/// and a line end comes from the file that the password was in.
pub(crate) fn checked<'a>(what: &'static str, text: &'a str) -> Result<&'a str, MechanismError> {
    match text.char_indices().find(|(_, c)| c.is_control()) {
        Some((at, _)) => Err(MechanismError::Control { what, at }),
        None => Ok(text),
    }
}

/// Text by `SASLprep` (RFC 4013). For mechanisms that compute with it: both sides have to come to
/// the same octets. Where the server is sent the text itself, the preparing is the server's
/// (RFC 4616 2).
pub(crate) fn prepared(what: &'static str, text: &str) -> Result<Secret, MechanismError> {
    let text = stringprep::saslprep(checked(what, text)?);
    let text = text.map_err(|_| MechanismError::Unprepared { what })?;
    if text.is_empty() {
        return Err(MechanismError::Unprepared { what });
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_4013_are_prepared_so() {
        for (text, wanted) in [
            ("I\u{ad}X", "IX"),
            ("user", "user"),
            ("USER", "USER"),
            ("\u{aa}", "a"),
            ("\u{2168}", "IX"),
        ] {
            assert_eq!(prepared("user", text).unwrap().reveal(), wanted);
        }
        assert!(matches!(prepared("user", "\u{7}"), Err(MechanismError::Control { at: 0, .. })));
        for prohibited in ["\u{627}1", "\u{e000}", "\u{200e}", "\u{ad}"] {
            let outcome = prepared("user", prohibited);
            assert!(matches!(outcome, Err(MechanismError::Unprepared { .. })), "{prohibited:?}");
        }
    }

    #[test]
    fn a_control_character_is_named_by_its_place_and_the_text_is_not_repeated() {
        for evil in ["ab\0c", "ab\r\nc", "ab\x7fc", "ab\u{85}c", "ab\x01c"] {
            let error = checked("password", evil).unwrap_err();
            assert_eq!(error.to_string(), "the password holds a control character at octet 2");
        }
    }
}
