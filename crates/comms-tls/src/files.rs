//! Certificates and keys out of PEM files.

use std::path::Path;

use rustls_pki_types::pem::{Error as PemError, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::{Reason, TlsError};

/// All certificates of the file that `property` names; at least one.
pub(crate) fn certificates(
    property: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let what = "certificate";
    let all = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(error, what, property, path))?;
    if all.is_empty() {
        return Err(TlsError::Missing { what, property, path: path.display().to_string() });
    }
    Ok(all)
}

/// The private key of the file that `property` names.
pub(crate) fn key(property: &'static str, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path)
        .map_err(|error| unreadable(error, "private key without a password", property, path))
}

/// What the failure means. The system's words are kept, the file's contents never: it may be a key.
fn unreadable(
    error: PemError,
    what: &'static str,
    property: &'static str,
    path: &Path,
) -> TlsError {
    let path = path.display().to_string();
    match error {
        PemError::Io(error) => TlsError::File { property, path, source: Reason::new(error) },
        _ => TlsError::Missing { what, property, path },
    }
}
