//! What a proxy layer can be told.

use std::time::Duration;

use comms_core::Secret;

use crate::error::ProxyError;
use crate::proxy::credentials::Credentials;
use crate::proxy::target::Target;

comms_core::properties! {
    /// The properties of [`Socks5`](crate::Socks5) and of [`HttpConnect`](crate::HttpConnect).
    ///
    /// `host` and `port` are the target's, so the layers above find the peer that they talk to.
    /// The proxy's own are those of the layer below: `Tcp.host` and `Tcp.port`.
    #[derive(Debug, Clone)]
    pub struct ProxyOptions {
        /// Host that the proxy is to connect to: a name, which the proxy looks up, or an IP address.
        BeforeConnect host: String = String::new(),
        /// Port that the proxy is to connect to.
        BeforeConnect port: u16 = 25,
        /// Who asks the proxy; without a user nothing is told.
        BeforeConnect user: Option<String> = None,
        /// The user's password.
        BeforeConnect password: Option<Secret> = None,
        /// Time for the proxy to connect to the target and to say so.
        BeforeConnect timeout: Duration = TIMEOUT,
    }
}

impl ProxyOptions {
    /// Where the proxy is to connect to.
    pub(crate) fn target(&self) -> Result<Target, ProxyError> {
        Target::new(&self.host, self.port)
            .map_err(|source| ProxyError::Host { host: self.host.clone(), source })
    }

    /// Who asks, if that is to be told.
    pub(crate) fn credentials(&self) -> Result<Option<Credentials<'_>>, ProxyError> {
        let user = self.user.as_deref().unwrap_or_default();
        if user.is_empty() {
            return Ok(None);
        }
        let password = self.password.as_ref().map_or("", Secret::reveal);
        Credentials::new(user, password).map(Some)
    }
}

/// The proxy connects within it: as long as a `Tcp` waits for the same.
const TIMEOUT: Duration = Duration::from_secs(30);
