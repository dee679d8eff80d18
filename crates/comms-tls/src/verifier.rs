//! How a server's certificate is checked during the handshake.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use thiserror::Error as ThisError;

use crate::certificate::Certificate;

/// What is asked of the certificate's chain, name and dates.
#[derive(Debug)]
pub(crate) enum Chain {
    /// Everything, by this verifier.
    Verified(Arc<dyn ServerCertVerifier>),
    /// Nothing.
    Unverified,
}

/// The whole check: the chain, then the key. Whatever is asked of the certificate, the server must
/// show in the handshake that it has its key.
#[derive(Debug)]
pub(crate) struct ServerCheck {
    chain: Chain,
    pin: Option<String>,
    algorithms: WebPkiSupportedAlgorithms,
}

/// What the library itself doesn't tell.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum Flaw {
    #[error("the certificate is self-signed")]
    SelfSigned,
    #[error("the key is {0}")]
    WrongKey(String),
}

impl ServerCheck {
    pub(crate) fn new(chain: Chain, pin: Option<String>, provider: &CryptoProvider) -> Self {
        Self { chain, pin, algorithms: provider.signature_verification_algorithms }
    }

    fn check_key(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        let Some(pin) = &self.pin else { return Ok(()) };
        let certificate = Certificate::parse(certificate).ok_or(CertificateError::BadEncoding)?;
        let found = certificate.pin();
        if *pin == found { Ok(()) } else { Err(flaw(Flaw::WrongKey(found))) }
    }
}

impl ServerCertVerifier for ServerCheck {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Chain::Verified(verifier) = &self.chain {
            verifier
                .verify_server_cert(certificate, others, name, ocsp, now)
                .map_err(|error| closer(error, certificate))?;
        }
        self.check_key(certificate)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match &self.chain {
            Chain::Verified(verifier) => {
                verifier.verify_tls12_signature(message, certificate, signature)
            }
            Chain::Unverified => {
                verify_tls12_signature(message, certificate, signature, &self.algorithms)
            }
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match &self.chain {
            Chain::Verified(verifier) => {
                verifier.verify_tls13_signature(message, certificate, signature)
            }
            Chain::Unverified => {
                verify_tls13_signature(message, certificate, signature, &self.algorithms)
            }
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        match &self.chain {
            Chain::Verified(verifier) => verifier.supported_verify_schemes(),
            Chain::Unverified => self.algorithms.supported_schemes(),
        }
    }
}

/// Tells a self-signed certificate apart from one of an unknown authority.
fn closer(error: Error, certificate: &CertificateDer<'_>) -> Error {
    let alone = || Certificate::parse(certificate).is_some_and(|it| it.is_self_signed());
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) if alone() => {
            flaw(Flaw::SelfSigned)
        }
        other => other,
    }
}

fn flaw(flaw: Flaw) -> Error {
    Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(flaw))))
}
