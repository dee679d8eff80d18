//! PLAIN (RFC 4616).

use comms_core::Secret;

use crate::auth::mechanism::{Mechanism, MechanismError, Response};
use crate::auth::prepare::checked;

/// Says name and password as they are.
#[derive(Debug)]
pub(crate) struct Plain {
    message: Option<Response>,
}

impl Plain {
    pub(crate) fn new(
        authzid: Option<&str>,
        user: &str,
        password: &Secret,
    ) -> Result<Self, MechanismError> {
        let authzid = checked("authzid", authzid.unwrap_or_default())?;
        let user = checked("user", user)?;
        let password = checked("password", password.reveal())?;
        let parts = [authzid.as_bytes(), b"\0", user.as_bytes(), b"\0", password.as_bytes()];
        Ok(Self { message: Some(Response::of(&parts)) })
    }
}

impl Mechanism for Plain {
    fn name(&self) -> &'static str {
        "PLAIN"
    }

    fn respond(&mut self, _: &[u8]) -> Result<Response, MechanismError> {
        self.message.take().ok_or(MechanismError::Said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(authzid: Option<&str>, user: &str, password: &str) -> Vec<u8> {
        let mut plain = Plain::new(authzid, user, &Secret::new(password)).unwrap();
        let message = plain.respond(b"").unwrap().reveal().to_vec();
        assert!(matches!(plain.respond(b""), Err(MechanismError::Said)));
        message
    }

    #[test]
    fn the_examples_of_rfc_4616_are_said_so() {
        assert_eq!(message(None, "tim", "tanstaaftanstaaf"), b"\0tim\0tanstaaftanstaaf");
        assert_eq!(message(Some("Ursel"), "Kurt", "xipj3plmq"), b"Ursel\0Kurt\0xipj3plmq");
    }

    #[test]
    fn nul_stands_in_no_field() {
        let new = |authzid, user, password: &str| Plain::new(authzid, user, &Secret::new(password));
        assert!(new(None, "a\0b", "x").is_err());
        assert!(new(None, "a", "x\0y").is_err());
        assert!(new(Some("z\0"), "a", "x").is_err());
    }
}
