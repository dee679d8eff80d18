//! LOGIN, which no RFC has: name and password, each after a question.

use comms_core::Secret;

use crate::auth::mechanism::{Mechanism, MechanismError, Response};
use crate::auth::prepare::checked;

/// Says the name, then the password. What the questions say differs from server to server, so only
/// their order counts.
#[derive(Debug)]
pub(crate) struct Login {
    /// The last is said first.
    answers: Vec<Response>,
}

impl Login {
    pub(crate) fn new(user: &str, password: &Secret) -> Result<Self, MechanismError> {
        let user = Response::new(checked("user", user)?);
        let password = Response::new(checked("password", password.reveal())?);
        Ok(Self { answers: vec![password, user] })
    }
}

impl Mechanism for Login {
    fn name(&self) -> &'static str {
        "LOGIN"
    }

    fn has_initial_response(&self) -> bool {
        false
    }

    fn respond(&mut self, _: &[u8]) -> Result<Response, MechanismError> {
        self.answers.pop().ok_or(MechanismError::Said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_comes_first_whatever_the_questions_are() {
        let mut login = Login::new("tim", &Secret::new("tanstaaf")).unwrap();
        assert_eq!(login.respond(b"Username:").unwrap().reveal(), b"tim");
        assert_eq!(login.respond(b"User Name\0").unwrap().reveal(), b"tanstaaf");
        assert!(matches!(login.respond(b"Password:"), Err(MechanismError::Said)));
    }
}
