//! Who asks a proxy for a connection.

use crate::error::ProxyError;

/// A user and a password without control characters. It has no `Debug`: there is nothing to show.
#[derive(Clone, Copy)]
pub(crate) struct Credentials<'o> {
    pub(crate) user: &'o str,
    pub(crate) password: &'o str,
}

impl<'o> Credentials<'o> {
    /// RFC 7617 2 allows no control characters, and to SOCKS servers a NUL ends the text.
    pub(crate) fn new(user: &'o str, password: &'o str) -> Result<Self, ProxyError> {
        for (property, text) in [("user", user), ("password", password)] {
            if text.chars().any(char::is_control) {
                let problem = "contains a control character";
                return Err(ProxyError::Credentials { property, problem });
            }
        }
        Ok(Self { user, password })
    }
}
