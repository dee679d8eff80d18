//! CRAM-MD5 (RFC 2195).

use std::fmt::Write;

use comms_core::Secret;

use crate::auth::hash::Hash;
use crate::auth::mechanism::{Mechanism, MechanismError, Response};
use crate::auth::prepare::checked;

/// Answers a challenge with its keyed hash.
#[derive(Debug)]
pub(crate) struct CramMd5 {
    user: String,
    /// Until it is used.
    password: Option<Secret>,
}

impl CramMd5 {
    pub(crate) fn new(user: &str, password: &Secret) -> Result<Self, MechanismError> {
        checked("password", password.reveal())?;
        Ok(Self { user: checked("user", user)?.to_owned(), password: Some(password.clone()) })
    }
}

impl Mechanism for CramMd5 {
    fn name(&self) -> &'static str {
        "CRAM-MD5"
    }

    fn has_initial_response(&self) -> bool {
        false
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Response, MechanismError> {
        let password = self.password.take().ok_or(MechanismError::Said)?;
        if challenge.is_empty() {
            return Err(MechanismError::Challenge("is empty"));
        }
        Ok(Response::new(format!("{} {}", self.user, answer(&password, challenge))))
    }

    fn is_safe_in_clear(&self) -> bool {
        true
    }
}

/// The keyed hash of `challenge`, in hexadecimal digits.
pub(crate) fn answer(password: &Secret, challenge: &[u8]) -> String {
    let mut digits = String::new();
    for octet in Hash::Md5.mac(password.reveal().as_bytes(), challenge).iter() {
        // Writing into a string does not fail.
        let _ = write!(digits, "{octet:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_2195_is_answered_so() {
        let mut cram = CramMd5::new("tim", &Secret::new("tanstaaftanstaaf")).unwrap();
        let response = cram.respond(b"<1896.697170952@postoffice.reston.mci.net>").unwrap();
        assert_eq!(response.reveal(), b"tim b913a602c7eda7a495b4e6e7334d3890");
        assert!(matches!(cram.respond(b"<again>"), Err(MechanismError::Said)));
    }

    #[test]
    fn an_empty_challenge_is_not_signed() {
        let mut cram = CramMd5::new("tim", &Secret::new("x")).unwrap();
        assert!(matches!(cram.respond(b""), Err(MechanismError::Challenge(_))));
    }
}
