//! The sink's side of TLS, from the first octet.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use harness::Failure;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A certificate and its key, ready to be shown.
pub(crate) fn configuration(
    (certificate, key): &(PathBuf, PathBuf),
) -> Result<Arc<ServerConfig>, Failure> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(Arc::new(config))
}

/// A stream under TLS; the handshake happens with the first octets.
pub(crate) fn stream<S: Read + Write>(
    stream: S,
    config: &Arc<ServerConfig>,
) -> Result<StreamOwned<ServerConnection, S>, Failure> {
    Ok(StreamOwned::new(ServerConnection::new(Arc::clone(config))?, stream))
}
