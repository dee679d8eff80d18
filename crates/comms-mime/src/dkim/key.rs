//! Keys that sign.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use ring::error::KeyRejected;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};

use crate::dkim::error::DkimError;
use crate::dkim::pem;

/// A private key: RSA of 2048 to 4096 bits, or Ed25519 (RFC 8463).
///
/// A copy shares the key. Its debug form shows the algorithm alone.
///
/// ```
/// use comms_mime::DkimKey;
///
/// // openssl genpkey -algorithm ed25519
/// let key = DkimKey::from_pem(
///     "-----BEGIN PRIVATE KEY-----\n\
///      MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
///      -----END PRIVATE KEY-----\n",
/// )?;
/// assert_eq!(
///     key.record(),
///     "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
/// );
/// # Ok::<(), comms_mime::DkimError>(())
/// ```
#[derive(Clone)]
pub struct DkimKey(Arc<Pair>);

enum Pair {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl DkimKey {
    /// The first private key of a PEM text: PKCS#8 or, for RSA, PKCS#1; not encrypted.
    pub fn from_pem(text: &str) -> Result<Self, DkimError> {
        let block = pem::private_key(text)?;
        let pair = match block.label {
            "PRIVATE KEY" => pkcs8(&block),
            "RSA PRIVATE KEY" => {
                RsaKeyPair::from_der(&block.octets).map(Pair::Rsa).map_err(|e| rejected(&block, e))
            }
            label => Err(DkimError::Algorithm { found: label.to_owned() }),
        };
        pair.map(Self::of)
    }

    /// The Ed25519 key of a seed of 32 octets (RFC 8032 5.1.5), which some tools keep bare.
    pub fn from_seed(seed: &[u8]) -> Result<Self, DkimError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed);
        pair.map(|pair| Self::of(Pair::Ed25519(pair)))
            .map_err(|_| DkimError::Seed { octets: seed.len() })
    }

    /// What `a=` says of it (RFC 6376 3.3, RFC 8463 3).
    pub fn algorithm(&self) -> &'static str {
        match &*self.0 {
            Pair::Rsa(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// The record to publish (RFC 6376 3.6.1): the text of the TXT, which a zone file splits into
    /// strings of at most 255 octets.
    pub fn record(&self) -> String {
        let (kind, public) = match &*self.0 {
            Pair::Rsa(pair) => ("rsa", subject_public_key_info(pair.public_key().as_ref())),
            Pair::Ed25519(pair) => ("ed25519", pair.public_key().as_ref().to_vec()),
        };
        format!("v=DKIM1; k={kind}; p={}", STANDARD.encode(public))
    }

    /// How many octets a signature has.
    pub(crate) fn signature_length(&self) -> usize {
        match &*self.0 {
            Pair::Rsa(pair) => pair.public().modulus_len(),
            Pair::Ed25519(_) => ED25519_SIGNATURE,
        }
    }

    /// Signs the header fields in their canonical form.
    pub(crate) fn sign(&self, header: &[u8]) -> Result<Vec<u8>, DkimError> {
        match &*self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let signed =
                    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), header, &mut signature);
                signed.map(|()| signature).map_err(|_| DkimError::Refused)
            }
            // RFC 8463 3: the key signs the hash.
            Pair::Ed25519(pair) => {
                let hash = digest::digest(&digest::SHA256, header);
                Ok(pair.sign(hash.as_ref()).as_ref().to_vec())
            }
        }
    }

    fn of(pair: Pair) -> Self {
        Self(Arc::new(pair))
    }
}

impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimKey({})", self.algorithm())
    }
}

fn pkcs8(block: &pem::Block<'_>) -> Result<Pair, DkimError> {
    match RsaKeyPair::from_pkcs8(&block.octets) {
        Err(error) if is(error, "WrongAlgorithm") => {}
        outcome => return outcome.map(Pair::Rsa).map_err(|error| rejected(block, error)),
    }
    // OpenSSL writes the key without its public half (RFC 5958 v1).
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&block.octets);
    pair.map(Pair::Ed25519).map_err(|error| rejected(block, error))
}

/// The library says why in a word.
fn rejected(block: &pem::Block<'_>, error: KeyRejected) -> DkimError {
    let found = || block.label.to_owned();
    match error.to_string().as_str() {
        "TooSmall" => DkimError::TooShort,
        "TooLarge" => DkimError::TooLong,
        "WrongAlgorithm" => DkimError::Algorithm { found: found() },
        "InvalidEncoding" | "VersionNotSupported" => DkimError::Damaged { found: found() },
        reason => DkimError::Unusable { reason: reason.to_owned() },
    }
}

fn is(error: KeyRejected, word: &str) -> bool {
    error.to_string() == word
}

/// The public key as verifiers want it: `SubjectPublicKeyInfo` around the `RSAPublicKey` that RFC
/// 6376 names (its appendix C shows the former, and `opendkim` reads nothing else).
fn subject_public_key_info(key: &[u8]) -> Vec<u8> {
    let bits = [&[0][..], key].concat();
    let bits = element(BIT_STRING, &bits);
    element(SEQUENCE, &[RSA_ENCRYPTION, &bits].concat())
}

/// An element of DER (ITU-T X.690 8.1).
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let start = length.iter().position(|octet| *octet != 0).unwrap_or(length.len());
    let length = length.get(start..).unwrap_or_default();
    let mut element = vec![tag];
    match length {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        long => {
            element.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            element.extend_from_slice(long);
        }
    }
    element.extend_from_slice(content);
    element
}

const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

/// The algorithm `rsaEncryption` with no parameters (RFC 3279 2.3.1).
const RSA_ENCRYPTION: &[u8] = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";

/// RFC 8032 5.1.6.
const ED25519_SIGNATURE: usize = 64;
