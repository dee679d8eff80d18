//! Whom a client trusts, and who it is itself.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, ring};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, KeyLogFile, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier as Platform;

use crate::error::{Reason, TlsError};
use crate::files;
use crate::options::{MinVersion, TlsOptions, Verify};
use crate::verifier::{Chain, ServerCheck};

/// The client's configuration for these properties, and these roots beside those of `ca_file`.
pub(crate) fn client(
    options: &TlsOptions,
    roots: &[CertificateDer<'static>],
) -> Result<ClientConfig, TlsError> {
    let provider = provider();
    let check = ServerCheck::new(chain(options, roots, &provider)?, pin(options)?, &provider);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions(options.min_version))
        .map_err(|error| unusable("min_version", error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(check));
    let mut config = match (&options.client_certificate, &options.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let chain = files::certificates("client_certificate", certificate)?;
            builder
                .with_client_auth_cert(chain, files::key("client_key", key)?)
                .map_err(|error| unusable("client_certificate and client_key", error))?
        }
        (Some(_), None) => return Err(incomplete("client_key", "with client_certificate")),
        (None, Some(_)) => return Err(incomplete("client_certificate", "with client_key")),
    };
    config.alpn_protocols = options.protocols();
    if options.key_log {
        config.key_log = Arc::new(KeyLogFile::new());
    }
    Ok(config)
}

/// The name to expect: `mail.example`, also with a dot at the end, an IP address, also in brackets.
pub(crate) fn server_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    let plain = name.trim();
    let plain = plain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(plain);
    let plain = plain.strip_suffix('.').unwrap_or(plain);
    ServerName::try_from(plain.to_owned())
        .map_err(|_| TlsError::ServerName { found: name.to_owned() })
}

/// The cryptography, given explicitly everywhere: never what the process has as its default.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

pub(crate) fn versions(oldest: MinVersion) -> &'static [&'static SupportedProtocolVersion] {
    match oldest {
        MinVersion::Tls12 => &BOTH,
        MinVersion::Tls13 => &NEWEST,
    }
}

/// The store of these authorities.
pub(crate) fn store(
    authorities: impl IntoIterator<Item = CertificateDer<'static>>,
    what: &'static str,
) -> Result<Arc<RootCertStore>, TlsError> {
    let mut store = RootCertStore::empty();
    for authority in authorities {
        store.add(authority).map_err(|error| unusable(what, error))?;
    }
    Ok(Arc::new(store))
}

pub(crate) fn incomplete(needed: &'static str, purpose: &'static str) -> TlsError {
    TlsError::Incomplete { needed, purpose }
}

pub(crate) fn unusable(
    what: &'static str,
    cause: impl std::error::Error + Send + Sync + 'static,
) -> TlsError {
    TlsError::Unusable { what, source: Reason::new(cause) }
}

fn chain(
    options: &TlsOptions,
    roots: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Chain, TlsError> {
    if options.verify == Verify::None {
        return Ok(Chain::Unverified);
    }
    let mut authorities = roots.to_vec();
    if let Some(path) = &options.ca_file {
        authorities.extend(files::certificates("ca_file", path)?);
    }
    Ok(Chain::Verified(if authorities.is_empty() {
        platform(provider)?
    } else {
        let store = store(authorities, "the authorities")?;
        WebPkiServerVerifier::builder_with_provider(store, Arc::clone(provider))
            .build()
            .map_err(|error| unusable("the authorities", error))?
    }))
}

fn platform(provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let verifier = Platform::new(Arc::clone(provider))
        .map_err(|error| unusable("the platform's authorities: name others with ca_file", error))?;
    Ok(Arc::new(verifier))
}

/// The property `pin` in the one spelling that keys are compared in.
fn pin(options: &TlsOptions) -> Result<Option<String>, TlsError> {
    let Some(text) = &options.pin else { return Ok(None) };
    let hash = STANDARD.decode(text.trim()).ok().filter(|hash| hash.len() == SHA256);
    let hash = hash.ok_or_else(|| TlsError::Pin { found: text.clone() })?;
    Ok(Some(STANDARD.encode(hash)))
}

static BOTH: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];
static NEWEST: [&SupportedProtocolVersion; 1] = [&TLS13];

/// Octets of a SHA-256.
const SHA256: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_host_or_an_address_in_any_usual_spelling() {
        for (name, expected) in [
            ("mail.example", "mail.example"),
            ("mail.example.", "mail.example"),
            (" mail.example ", "mail.example"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(server_name(name).unwrap().to_str(), expected);
        }
        for wrong in
            ["", ".", "a b", "mail..example", "mail.example\r\nx", "[", "m\u{fc}ller.example"]
        {
            assert!(matches!(server_name(wrong), Err(TlsError::ServerName { .. })), "{wrong:?}");
        }
    }

    #[test]
    fn a_pin_is_the_base64_of_a_hash_and_nothing_else() {
        let pin =
            |text: &str| pin(&TlsOptions { pin: Some(text.to_owned()), ..TlsOptions::default() });
        let good = STANDARD.encode([7; SHA256]);
        assert_eq!(pin(&format!(" {good}\n")).unwrap(), Some(good));
        for wrong in ["", "x", "AAAA", &"00".repeat(32)] {
            assert!(matches!(pin(wrong), Err(TlsError::Pin { .. })), "{wrong}");
        }
    }
}
