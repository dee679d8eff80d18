//! Channel bindings: what a SCRAM-PLUS exchange is tied to, so that nobody can pass it on.

use ring::digest;
use rustls::{Connection, ProtocolVersion};

use crate::certificate::Certificate;
use crate::error::TlsError;

/// The binding called `kind`: `tls-exporter` (RFC 9266) or `tls-server-end-point` (RFC 5929 4),
/// where the server's certificate is `server`.
pub(crate) fn channel(
    kind: &str,
    connection: &Connection,
    server: Option<&[u8]>,
) -> Result<Vec<u8>, TlsError> {
    let none = |why| TlsError::NoBinding { kind: kind.escape_debug().to_string(), why };
    match kind {
        "tls-exporter" if connection.protocol_version() != Some(ProtocolVersion::TLSv1_3) => {
            Err(none(VERSION))
        }
        "tls-exporter" => {
            let exported = vec![0; EXPORTED];
            let exported = match connection {
                Connection::Client(it) => it.export_keying_material(exported, LABEL, Some(&[])),
                Connection::Server(it) => it.export_keying_material(exported, LABEL, Some(&[])),
            };
            exported.map_err(|_| none("the connection has failed"))
        }
        "tls-server-end-point" => {
            let der = server.ok_or_else(|| none("the server showed no certificate"))?;
            let hash = Certificate::parse(der).and_then(|it| it.binding_hash());
            let hash = hash.ok_or_else(|| none(NO_HASH))?;
            Ok(digest::digest(hash, der).as_ref().to_vec())
        }
        _ => Err(none("the kinds are tls-exporter and tls-server-end-point")),
    }
}

/// RFC 9266 4.2.
const LABEL: &[u8] = b"EXPORTER-Channel-Binding";
const EXPORTED: usize = 32;

/// RFC 9266 3: before 1.3 only with the extended master secret, and the library does not tell.
const VERSION: &str = "it needs TLS 1.3";

/// RFC 5929 4.1: "undefined at this time".
const NO_HASH: &str = "the signature of the server's certificate has no single hash";
