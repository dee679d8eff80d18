//! EXTERNAL (RFC 4422 appendix A): the channel itself says who we are.

use crate::auth::mechanism::{Mechanism, MechanismError, Response};
use crate::auth::prepare::checked;

/// Says at most whom to act for.
#[derive(Debug)]
pub(crate) struct External {
    message: Option<Response>,
}

impl External {
    pub(crate) fn new(authzid: Option<&str>) -> Result<Self, MechanismError> {
        let authzid = checked("authzid", authzid.unwrap_or_default())?;
        Ok(Self { message: Some(Response::new(authzid)) })
    }
}

impl Mechanism for External {
    fn name(&self) -> &'static str {
        "EXTERNAL"
    }

    fn respond(&mut self, _: &[u8]) -> Result<Response, MechanismError> {
        self.message.take().ok_or(MechanismError::Said)
    }

    fn is_safe_in_clear(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_to_act_for_is_all_that_is_said() {
        let said = |authzid| External::new(authzid).unwrap().respond(b"").unwrap();
        assert_eq!(said(Some("fred@example.com")).reveal(), b"fred@example.com");
        assert_eq!(said(None), Response::empty());
    }
}
