//! Whether a message can be signed.

use crate::dkim::error::DkimError;
use crate::dkim::head::fields;

/// What nothing can be signed without.
pub(crate) fn check_head(head: &[u8]) -> Result<(), DkimError> {
    if matches!(head.first(), Some(b' ' | b'\t')) {
        return Err(DkimError::BeginsFolded);
    }
    let has_from = fields(head).iter().any(|field| field.is("From"));
    if has_from { Ok(()) } else { Err(DkimError::NoFrom) }
}
