//! PEM (RFC 7468): the private key among the blocks of a text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::dkim::error::DkimError;

/// A block of a PEM text.
pub(crate) struct Block<'p> {
    /// What it says that it is: `PRIVATE KEY`.
    pub(crate) label: &'p str,
    pub(crate) octets: Zeroizing<Vec<u8>>,
}

/// The first private key of the text.
pub(crate) fn private_key(text: &str) -> Result<Block<'_>, DkimError> {
    let mut found = None;
    let mut rest = text;
    while let Some((label, inside, behind)) = next(rest) {
        if label.ends_with("PRIVATE KEY") {
            return decoded(label, inside);
        }
        found.get_or_insert(label);
        rest = behind;
    }
    match found {
        Some(label) => Err(DkimError::NotPrivate { found: excerpt(label) }),
        None => Err(DkimError::NotPem),
    }
}

fn decoded<'p>(label: &'p str, inside: &str) -> Result<Block<'p>, DkimError> {
    if label.contains("ENCRYPTED") || inside.contains("ENCRYPTED") {
        return Err(DkimError::Encrypted);
    }
    let mut letters = Zeroizing::new(Vec::with_capacity(inside.len()));
    letters.extend(inside.bytes().filter(|octet| !octet.is_ascii_whitespace()));
    let mut octets = Zeroizing::new(vec![0; letters.len()]);
    let length = STANDARD
        .decode_slice(&*letters, &mut octets)
        .map_err(|_| DkimError::Damaged { found: excerpt(label) })?;
    octets.truncate(length);
    Ok(Block { label, octets })
}

/// The label of the first block, what is in it, and what follows it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (_, behind) = text.split_once("-----BEGIN ")?;
    let (label, behind) = behind.split_once("-----")?;
    let (inside, behind) = behind.split_once(&format!("-----END {label}-----"))?;
    Some((label, inside, behind))
}

fn excerpt(label: &str) -> String {
    label.chars().filter(|c| !c.is_control()).take(LONGEST_LABEL).collect()
}

/// Labels in use are far shorter.
const LONGEST_LABEL: usize = 60;
