//! XOAUTH2, as Google and Microsoft have it: a bearer token and the user it is for.

use comms_core::Secret;

use crate::auth::mechanism::{Mechanism, MechanismError, Response};
use crate::auth::prepare::checked;

/// Says user and token. A server that refuses them sends its reasons as a challenge, which is
/// answered by an empty line before it says no.
#[derive(Debug)]
pub(crate) struct Xoauth2 {
    message: Option<Response>,
    reasons: Option<String>,
}

impl Xoauth2 {
    pub(crate) fn new(user: &str, token: &Secret) -> Result<Self, MechanismError> {
        let user = checked("user", user)?.as_bytes();
        let token = checked("token", token.reveal())?.as_bytes();
        let message = Response::of(&[b"user=", user, b"\x01auth=Bearer ", token, b"\x01\x01"]);
        Ok(Self { message: Some(message), reasons: None })
    }
}

impl Mechanism for Xoauth2 {
    fn name(&self) -> &'static str {
        "XOAUTH2"
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Response, MechanismError> {
        match self.message.take() {
            Some(message) => Ok(message),
            None if self.reasons.is_some() => Err(MechanismError::Said),
            None => {
                self.reasons = Some(challenge.escape_ascii().to_string().replace("\\\"", "\""));
                Ok(Response::empty())
            }
        }
    }

    fn remark(&self) -> Option<String> {
        self.reasons.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_token_are_said_and_the_reasons_are_answered_by_nothing() {
        let token = Secret::new("ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
        let mut xoauth2 = Xoauth2::new("someuser@example.com", &token).unwrap();
        assert_eq!(
            xoauth2.respond(b"").unwrap().reveal(),
            b"user=someuser@example.com\x01auth=Bearer \
              ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
        );
        let reasons = b"{\"status\":\"401\",\"schemes\":\"bearer\"}\x1b";
        assert_eq!(xoauth2.respond(reasons).unwrap(), Response::empty());
        let remark = xoauth2.remark().unwrap();
        assert_eq!(remark, r#"{"status":"401","schemes":"bearer"}\x1b"#);
        assert!(matches!(xoauth2.respond(b""), Err(MechanismError::Said)));
    }

    #[test]
    fn the_separator_stands_in_no_field() {
        assert!(Xoauth2::new("a\x01auth=Bearer x", &Secret::new("t")).is_err());
        assert!(Xoauth2::new("a", &Secret::new("t\x01")).is_err());
    }
}
