//! OAUTHBEARER (RFC 7628).

use comms_core::Secret;

use crate::auth::mechanism::{Mechanism, MechanismError, Response};
use crate::auth::prepare::checked;
use crate::auth::scram::text::saslname;

/// Says whom to act for, and the token. A server that refuses it sends its reasons as a challenge,
/// which is answered by U+0001 before it says no (RFC 7628 3.2.3).
#[derive(Debug)]
pub(crate) struct OauthBearer {
    message: Option<Response>,
    reasons: Option<String>,
}

impl OauthBearer {
    /// `server` is where we are connected to, if that is known.
    pub(crate) fn new(
        user: &str,
        server: Option<&(String, u16)>,
        token: &Secret,
    ) -> Result<Self, MechanismError> {
        let user = saslname(checked("user", user)?);
        let token = checked("token", token.reveal())?;
        let place = match server {
            Some((host, port)) => format!("host={}\x01port={port}\x01", checked("host", host)?),
            None => String::new(),
        };
        let head = format!("n,a={user},\x01{place}auth=Bearer ");
        let message = Response::of(&[head.as_bytes(), token.as_bytes(), b"\x01\x01"]);
        Ok(Self { message: Some(message), reasons: None })
    }
}

impl Mechanism for OauthBearer {
    fn name(&self) -> &'static str {
        "OAUTHBEARER"
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Response, MechanismError> {
        match self.message.take() {
            Some(message) => Ok(message),
            None if self.reasons.is_some() => Err(MechanismError::Said),
            None => {
                self.reasons = Some(challenge.escape_ascii().to_string().replace("\\\"", "\""));
                Ok(Response::new(*b"\x01"))
            }
        }
    }

    fn remark(&self) -> Option<String> {
        self.reasons.clone()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn the_example_of_rfc_7628_4_is_said_so() {
        let token = Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        let server = ("server.example.com".to_owned(), 587);
        let mut bearer = OauthBearer::new("user@example.com", Some(&server), &token).unwrap();
        assert_eq!(
            STANDARD.encode(bearer.respond(b"").unwrap().reveal()),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9NTg3AWF1dGg9QmVh\
             cmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
        );
        let reasons = br#"{"status":"invalid_token"}"#;
        assert_eq!(STANDARD.encode(bearer.respond(reasons).unwrap().reveal()), "AQ==");
        assert_eq!(bearer.remark().unwrap(), r#"{"status":"invalid_token"}"#);
        assert!(matches!(bearer.respond(b""), Err(MechanismError::Said)));
    }

    #[test]
    fn a_comma_in_the_user_ends_no_field() {
        let mut bearer = OauthBearer::new("a=b,c", None, &Secret::new("t")).unwrap();
        let said = bearer.respond(b"").unwrap();
        assert_eq!(said.reveal(), b"n,a=a=3Db=2Cc,\x01auth=Bearer t\x01\x01");
    }
}
