//! What two peers agreed on, as properties.

use rustls::{Connection, HandshakeKind, ProtocolVersion, SupportedCipherSuite};

use crate::certificate::{self, Certificate};
use crate::options::TlsOptions;

impl TlsOptions {
    /// Fills in what the handshake of `connection` came to.
    pub(crate) fn agree(&mut self, connection: &Connection) {
        self.active = true;
        self.version = connection.protocol_version().map(version);
        self.cipher = connection.negotiated_cipher_suite().map(cipher);
        self.resumed = connection.handshake_kind().map(|kind| kind == HandshakeKind::Resumed);
        let agreed = connection.alpn_protocol();
        self.alpn_agreed = agreed.map(|name| String::from_utf8_lossy(name).into_owned());
        let peer = connection.peer_certificates().and_then(|chain| chain.first());
        self.peer_certificate = peer.map(|der| certificate::fingerprint(der));
        self.peer_spki_pin = peer.and_then(|der| Certificate::parse(der)).map(|it| it.pin());
    }

    /// What the handshake came to, in words.
    pub(crate) fn agreement(&self) -> String {
        let version = self.version.as_deref().unwrap_or("TLS");
        let cipher = self.cipher.as_deref().unwrap_or("an unknown cipher");
        let resumed = if self.resumed == Some(true) { ", resumed" } else { "" };
        format!("{version}, {cipher}{resumed}")
    }
}

fn version(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLS 1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

/// The library writes the IANA names of TLS 1.3's suites with the version in them.
fn cipher(suite: SupportedCipherSuite) -> String {
    format!("{:?}", suite.suite()).replacen("TLS13_", "TLS_", 1)
}
