//! Who a server is.

use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::{KeyLogFile, ServerConfig};
use rustls_pki_types::CertificateDer;

use crate::error::TlsError;
use crate::files;
use crate::options::TlsOptions;
use crate::trust;

/// What all modules that serve one listener's peers share: keys, and the sessions to go on from.
pub(crate) struct Identity {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) certificate: CertificateDer<'static>,
}

impl Identity {
    /// The identity in the files that the properties name.
    pub(crate) fn load(options: &TlsOptions) -> Result<Self, TlsError> {
        let purpose = "to serve";
        let path = options.certificate.as_deref();
        let path = path.ok_or_else(|| trust::incomplete("certificate", purpose))?;
        let key = options.key.as_deref().ok_or_else(|| trust::incomplete("key", purpose))?;
        let chain = files::certificates("certificate", path)?;
        let certificate = chain.first().cloned().unwrap_or_else(|| Vec::new().into());
        let key = files::key("key", key)?;

        let provider = trust::provider();
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(trust::versions(options.min_version))
            .map_err(|error| trust::unusable("min_version", error))?;
        let builder = match &options.client_ca_file {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let authorities = files::certificates("client_ca_file", path)?;
                let store = trust::store(authorities, "client_ca_file")?;
                let verifier = WebPkiClientVerifier::builder_with_provider(store, provider)
                    .build()
                    .map_err(|error| trust::unusable("client_ca_file", error))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|error| trust::unusable("certificate and key", error))?;
        config.alpn_protocols = options.protocols();
        if options.key_log {
            config.key_log = Arc::new(KeyLogFile::new());
        }
        Ok(Self { config: Arc::new(config), certificate })
    }
}
