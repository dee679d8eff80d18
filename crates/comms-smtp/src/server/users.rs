//! Who may send, where not everybody may.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use comms_core::Secret;
use subtle::ConstantTimeEq;

/// Users and their passwords, shared by all servers of a listener.
#[derive(Clone, Default)]
pub(crate) struct Users(Arc<HashMap<String, Secret>>);

impl Users {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The password of `user`.
    pub(crate) fn password(&self, user: &str) -> Option<&Secret> {
        self.0.get(user)
    }

    /// Whether `password` is that of `user`; how much of it is right takes the same time.
    pub(crate) fn knows(&self, user: &str, password: &str) -> bool {
        let known = self.password(user).map_or("", Secret::reveal);
        !known.is_empty() && known.as_bytes().ct_eq(password.as_bytes()).into()
    }
}

impl FromIterator<(String, Secret)> for Users {
    fn from_iter<I: IntoIterator<Item = (String, Secret)>>(users: I) -> Self {
        Self(Arc::new(users.into_iter().collect()))
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_user_s_own_password_is_right_and_an_empty_one_never_is() {
        let users = [("ann", "pencil"), ("eve", "")];
        let users = users.map(|(user, password)| (user.to_owned(), Secret::new(password)));
        let users = Users::from_iter(users);
        assert!(users.knows("ann", "pencil"));
        for (user, password) in [("ann", "pencils"), ("ann", ""), ("bob", "pencil"), ("eve", "")] {
            assert!(!users.knows(user, password), "{user} {password}");
        }
        assert!(!format!("{users:?}").contains("pencil"));
    }
}
