//! The properties of a `Tls`, set as it is made.

use std::path::PathBuf;
use std::time::Duration;

use crate::module::Tls;
use crate::options::{MinVersion, Start, Verify};

impl Tls {
    /// Does the handshake as it connects: the property `start`.
    pub fn immediately(mut self) -> Self {
        self.options_mut().start = Start::Immediately;
        self
    }

    /// Expects a certificate for this name or IP address: the property `server_name`.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.options_mut().server_name = Some(name.into());
        self
    }

    /// Trusts the authorities of this PEM file: the property `ca_file`.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.options_mut().ca_file = Some(path.into());
        self
    }

    /// Verifies the server's certificate so far: the property `verify`.
    pub fn verify(mut self, verify: Verify) -> Self {
        self.options_mut().verify = verify;
        self
    }

    /// Asks for this key, the base64 of a SHA-256: the property `pin`.
    pub fn pin(mut self, pin: impl Into<String>) -> Self {
        self.options_mut().pin = Some(pin.into());
        self
    }

    /// Shows servers that ask for it the certificate of these PEM files: the properties
    /// `client_certificate` and `client_key`.
    pub fn client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.options_mut().client_certificate = Some(certificate.into());
        self.options_mut().client_key = Some(key.into());
        self
    }

    /// As a server, asks for client certificates of the authorities of this PEM file: the property
    /// `client_ca_file`.
    pub fn client_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.options_mut().client_ca_file = Some(path.into());
        self
    }

    /// Offers these protocols, best first, separated by commas: the property `alpn`.
    pub fn alpn(mut self, protocols: impl Into<String>) -> Self {
        self.options_mut().alpn = Some(protocols.into());
        self
    }

    /// Speaks no older version: the property `min_version`.
    pub fn min_version(mut self, version: MinVersion) -> Self {
        self.options_mut().min_version = version;
        self
    }

    /// Writes the keys of each session to the file that `SSLKEYLOGFILE` names: the property `key_log`.
    pub fn key_log(mut self) -> Self {
        self.options_mut().key_log = true;
        self
    }

    /// Gives the handshake so long: the property `handshake_timeout`.
    pub fn handshake_timeout(mut self, budget: Duration) -> Self {
        self.options_mut().handshake_timeout = budget;
        self
    }
}
