//! What a `Tls` can be told, and what it tells.

use std::path::PathBuf;
use std::time::Duration;

comms_core::choice! {
    /// When the channel becomes secure.
    pub enum Start {
        /// When a layer above asks for it: STARTTLS. Until then octets pass untouched.
        OnRequest = "on_request",
        /// As it connects, before the first octet: `smtps`, `submissions`.
        Immediately = "immediately",
    }
}

comms_core::choice! {
    /// How the server's certificate is verified.
    pub enum Verify {
        /// Its chain, its name and its dates.
        Full = "full",
        /// Not at all: anybody can stand in between. Each handshake is logged as a warning.
        None = "none",
    }
}

comms_core::choice! {
    /// The oldest version of TLS that is spoken.
    pub enum MinVersion {
        /// TLS 1.2 and later.
        Tls12 = "1.2",
        /// TLS 1.3 alone.
        Tls13 = "1.3",
    }
}

comms_core::properties! {
    /// The properties of [`Tls`](crate::Tls).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct TlsOptions {
        /// When the channel becomes secure.
        BeforeConnect start: Start = Start::OnRequest,
        /// Name or IP address that the server's certificate must be for; without it, the property `host` of what lies below.
        BeforeConnect server_name: Option<String> = None,
        /// File of certificate authorities (PEM), trusted in place of the platform's.
        BeforeConnect ca_file: Option<PathBuf> = None,
        /// How the server's certificate is verified.
        BeforeConnect verify: Verify = Verify::Full,
        /// Base64 of the SHA-256 of the key that the server must have (its SubjectPublicKeyInfo), beyond what `verify` asks.
        BeforeConnect pin: Option<String> = None,
        /// File of the client's certificate and its chain (PEM), for servers that ask for one.
        BeforeConnect client_certificate: Option<PathBuf> = None,
        /// File of the client certificate's key (PEM, not encrypted).
        BeforeConnect client_key: Option<PathBuf> = None,
        /// File of the server's own certificate and its chain (PEM), where this is the server's side.
        BeforeConnect certificate: Option<PathBuf> = None,
        /// File of the server's own key (PEM, not encrypted).
        BeforeConnect key: Option<PathBuf> = None,
        /// File of certificate authorities (PEM) that a client's certificate must come from; without it clients are not asked for one.
        BeforeConnect client_ca_file: Option<PathBuf> = None,
        /// Protocols to agree on, best first, separated by commas (ALPN).
        BeforeConnect alpn: Option<String> = None,
        /// The oldest version of TLS that is spoken.
        BeforeConnect min_version: MinVersion = MinVersion::Tls12,
        /// Whether the keys of each session go to the file that the variable `SSLKEYLOGFILE` of the environment names: who has it can read all that was said, secrets too. For looking into a session with Wireshark, and nothing else.
        BeforeConnect key_log: bool = false,
        /// Time for the whole handshake.
        BeforeConnect handshake_timeout: Duration = HANDSHAKE_TIMEOUT,
        /// Whether the channel is secure.
        ReadOnly active: bool = false,
        /// The version that was agreed on: `TLS 1.3`.
        ReadOnly version: Option<String> = None,
        /// The cipher suite that was agreed on, by its IANA name.
        ReadOnly cipher: Option<String> = None,
        /// SHA-256 of the peer's certificate, in hexadecimal.
        ReadOnly peer_certificate: Option<String> = None,
        /// What `pin` would be to ask for the peer's key.
        ReadOnly peer_spki_pin: Option<String> = None,
        /// Whether the handshake went on from an earlier session.
        ReadOnly resumed: Option<bool> = None,
        /// The protocol that was agreed on (ALPN).
        ReadOnly alpn_agreed: Option<String> = None,
    }
}

impl TlsOptions {
    /// The protocols of `alpn`, in order.
    pub(crate) fn protocols(&self) -> Vec<Vec<u8>> {
        let names = self.alpn.as_deref().unwrap_or_default().split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(|name| name.as_bytes().to_vec()).collect()
    }

    /// Forgets what was agreed on.
    pub(crate) fn forget(&mut self) {
        self.active = false;
        self.version = None;
        self.cipher = None;
        self.peer_certificate = None;
        self.peer_spki_pin = None;
        self.resumed = None;
        self.alpn_agreed = None;
    }
}

/// A handshake is a few round trips; who has not finished by then is not going to.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_a_list_with_commas() {
        let protocols = |alpn: Option<&str>| {
            TlsOptions { alpn: alpn.map(str::to_owned), ..TlsOptions::default() }.protocols()
        };
        assert_eq!(protocols(Some("smtp, imap,,")), [b"smtp".to_vec(), b"imap".to_vec()]);
        assert!(protocols(Some("")).is_empty());
        assert!(protocols(None).is_empty());
    }
}
