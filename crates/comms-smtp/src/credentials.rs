//! Who we are to a server, and how that is shown.

use std::error::Error as StdError;
use std::fmt;

use comms_core::Secret;

use crate::auth::mechanism::Mechanism;

/// Who we are to a server, and how that is shown. No secret is in its `Debug`.
///
/// ```
/// use comms_core::Secret;
/// use comms_smtp::{Credentials, Smtp};
///
/// let credentials = Credentials::password("ann@x.example", Secret::new("hunter2"));
/// assert!(!format!("{credentials:?}").contains("hunter2"));
/// let client = Smtp::new().with_credentials(credentials);
/// ```
#[derive(Debug, Default)]
pub struct Credentials {
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Secret>,
    pub(crate) token: Option<Secret>,
    pub(crate) authzid: Option<String>,
    pub(crate) auth: Option<String>,
    pub(crate) callbacks: Callbacks,
}

impl Credentials {
    /// A name and its password.
    pub fn password(user: impl Into<String>, password: Secret) -> Self {
        Self { password: Some(password), ..Self::of(user) }
    }

    /// A name and a bearer token for it, for OAUTHBEARER and XOAUTH2.
    pub fn token(user: impl Into<String>, token: Secret) -> Self {
        Self { token: Some(token), ..Self::of(user) }
    }

    /// A name, and where bearer tokens for it come from. `source` is asked whenever one is needed,
    /// and once more when the server refuses what it gave: that may have expired.
    pub fn token_source(
        user: impl Into<String>,
        source: impl Fn() -> Result<Secret, Box<dyn StdError + Send + Sync>> + Send + 'static,
    ) -> Self {
        let mut credentials = Self::of(user);
        credentials.callbacks.token = Some(Box::new(source));
        credentials
    }

    /// Those that the channel has: a client's certificate (EXTERNAL).
    pub fn external() -> Self {
        Self::default().with_auth("EXTERNAL")
    }

    /// Those that a mechanism of your own has.
    pub fn own(make: impl Fn() -> Box<dyn Mechanism> + Send + 'static) -> Self {
        Self::default().with_mechanism(make)
    }

    /// Whom to act for, where that is not the user.
    pub fn with_authzid(mut self, authzid: impl Into<String>) -> Self {
        self.authzid = Some(authzid.into());
        self
    }

    /// The one mechanism that may be used, by its name.
    pub fn with_auth(mut self, mechanism: impl Into<String>) -> Self {
        self.auth = Some(mechanism.into());
        self
    }

    /// A mechanism of your own, made anew for each exchange. Where the server offers it, it goes
    /// before all others.
    pub fn with_mechanism(
        mut self,
        make: impl Fn() -> Box<dyn Mechanism> + Send + 'static,
    ) -> Self {
        self.callbacks.mechanisms.push(Box::new(make));
        self
    }

    fn of(user: impl Into<String>) -> Self {
        Self { user: Some(user.into()), ..Self::default() }
    }
}

type TokenSource = dyn Fn() -> Result<Secret, Box<dyn StdError + Send + Sync>> + Send;

type MakeMechanism = dyn Fn() -> Box<dyn Mechanism> + Send;

/// What a user gave us to call.
#[derive(Default)]
pub(crate) struct Callbacks {
    pub(crate) token: Option<Box<TokenSource>>,
    pub(crate) mechanisms: Vec<Box<MakeMechanism>>,
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks")
            .field("token", &self.token.is_some())
            .field("mechanisms", &self.mechanisms.len())
            .finish()
    }
}
