//! The few parts of a certificate that are asked for here. Verifying it is the library's own work.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{self, Algorithm, SHA256, SHA384, SHA512};

/// A certificate (RFC 5280 4.1), each part as it is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Certificate<'a> {
    issuer: &'a [u8],
    subject: &'a [u8],
    spki: &'a [u8],
    /// The contents of the outer `signatureAlgorithm`.
    signature: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// The parts of `der`; none where it is no certificate.
    pub(crate) fn parse(der: &'a [u8]) -> Option<Self> {
        let mut outer = take(&mut { der }, SEQUENCE)?.contents;
        let mut tbs = take(&mut outer, SEQUENCE)?.contents;
        let signature = take(&mut outer, SEQUENCE)?.contents;
        if tbs.first() == Some(&VERSION) {
            take(&mut tbs, VERSION)?;
        }
        take(&mut tbs, INTEGER)?;
        take(&mut tbs, SEQUENCE)?;
        let issuer = take(&mut tbs, SEQUENCE)?.whole;
        take(&mut tbs, SEQUENCE)?;
        let subject = take(&mut tbs, SEQUENCE)?.whole;
        let spki = take(&mut tbs, SEQUENCE)?.whole;
        Some(Self { issuer, subject, spki, signature })
    }

    /// Whether it names itself as its issuer.
    pub(crate) fn is_self_signed(&self) -> bool {
        self.issuer == self.subject
    }

    /// SHA-256 of its key (the `SubjectPublicKeyInfo`), in base64, as RFC 7469 2.4 pins it.
    pub(crate) fn pin(&self) -> String {
        STANDARD.encode(digest::digest(&SHA256, self.spki))
    }

    /// The hash that binds a channel to it (RFC 5929 4.1): that of its signature, SHA-256 in place
    /// of MD5 and SHA-1; none where its signature has no hash, or not one alone.
    pub(crate) fn binding_hash(&self) -> Option<&'static Algorithm> {
        let mut parts = self.signature;
        let oid = take(&mut parts, OID)?.contents;
        match oid {
            RSA_MD5 | RSA_SHA1 | RSA_SHA256 | ECDSA_SHA1 | ECDSA_SHA256 => Some(&SHA256),
            RSA_SHA384 | ECDSA_SHA384 => Some(&SHA384),
            RSA_SHA512 | ECDSA_SHA512 => Some(&SHA512),
            RSA_PSS => pss_hash(parts),
            _ => None,
        }
    }
}

/// SHA-256 of a whole certificate, in hexadecimal.
pub(crate) fn fingerprint(der: &[u8]) -> String {
    let hash = digest::digest(&SHA256, der);
    hash.as_ref().iter().fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"))
}

/// The hash of `RSASSA-PSS-params` (RFC 4055 3.1); SHA-1 where none is named.
fn pss_hash(parameters: &[u8]) -> Option<&'static Algorithm> {
    let mut parameters = take(&mut { parameters }, SEQUENCE)?.contents;
    if parameters.first() != Some(&FIRST) {
        return Some(&SHA256);
    }
    let mut hash = take(&mut parameters, FIRST)?.contents;
    let mut algorithm = take(&mut hash, SEQUENCE)?.contents;
    match take(&mut algorithm, OID)?.contents {
        HASH_SHA256 => Some(&SHA256),
        HASH_SHA384 => Some(&SHA384),
        HASH_SHA512 => Some(&SHA512),
        _ => None,
    }
}

/// A value in DER: what is in it, and all of it.
struct Encoded<'a> {
    contents: &'a [u8],
    whole: &'a [u8],
}

/// Takes the next value off the front, if it has this tag.
fn take<'a>(der: &mut &'a [u8], tag: u8) -> Option<Encoded<'a>> {
    let all = *der;
    let (&found, rest) = all.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = octets.iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
            (usize::try_from(length).ok()?, rest)
        }
        _ => return None,
    };
    let (contents, rest) = rest.split_at_checked(length)?;
    let whole = all.get(..all.len() - rest.len())?;
    *der = rest;
    (found == tag).then_some(Encoded { contents, whole })
}

const INTEGER: u8 = 0x02;
const OID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `[0] EXPLICIT`, for the version of a certificate and the hash of PSS.
const VERSION: u8 = 0xa0;
const FIRST: u8 = 0xa0;

/// RFC 8017 appendix C: 1.2.840.113549.1.1.n.
const RSA_MD5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4];
const RSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const RSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
const RSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12];
const RSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13];
/// RFC 3279 2.2.3 and RFC 5758 3.2: 1.2.840.10045.4.n.
const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ECDSA_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
/// RFC 4055 2.1: 2.16.840.1.101.3.4.2.n.
const HASH_SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 2, 1];
const HASH_SHA384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 2, 2];
const HASH_SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 3, 4, 2, 3];

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, Issuer, KeyPair, PublicKeyData, SignatureAlgorithm};

    use super::*;

    fn made(algorithm: &'static SignatureAlgorithm) -> (Vec<u8>, KeyPair) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let params = CertificateParams::new(vec!["mail.example".to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().der().to_vec(), key)
    }

    #[test]
    fn the_key_and_the_hash_of_a_certificate_are_found() {
        for (algorithm, hash) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, Some(&SHA256)),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Some(&SHA384)),
            (&rcgen::PKCS_ED25519, None),
        ] {
            let (der, key) = made(algorithm);
            let certificate = Certificate::parse(&der).unwrap();
            assert_eq!(certificate.spki, key.subject_public_key_info());
            assert!(certificate.is_self_signed());
            assert_eq!(certificate.binding_hash(), hash);
        }
    }

    #[test]
    fn a_certificate_of_another_issuer_is_not_self_signed() {
        let (_, key) = made(&rcgen::PKCS_ED25519);
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.distinguished_name.push(rcgen::DnType::CommonName, "authority");
        let params = CertificateParams::new(vec!["mail.example".to_owned()]).unwrap();
        let leaf = params.signed_by(&key, &Issuer::new(ca, &key)).unwrap();
        assert!(!Certificate::parse(leaf.der()).unwrap().is_self_signed());
    }

    #[test]
    fn the_hash_of_pss_stands_in_its_parameters() {
        let algorithm = |hash: &[u8]| {
            let oid = [&[OID, u8::try_from(hash.len()).unwrap()], hash].concat();
            let nest = |tag: u8, inner: &[u8]| {
                [&[tag, u8::try_from(inner.len()).unwrap()], inner].concat()
            };
            nest(SEQUENCE, &nest(FIRST, &nest(SEQUENCE, &oid)))
        };
        assert_eq!(pss_hash(&algorithm(HASH_SHA512)), Some(&SHA512));
        assert_eq!(pss_hash(&algorithm(HASH_SHA384)), Some(&SHA384));
        assert_eq!(pss_hash(&algorithm(HASH_SHA256)), Some(&SHA256));
        assert_eq!(pss_hash(&algorithm(RSA_MD5)), None);
        assert_eq!(pss_hash(&[SEQUENCE, 0]), Some(&SHA256), "SHA-1 by default");
    }

    #[test]
    fn a_certificate_that_is_cut_or_bent_is_none_and_no_panic() {
        let (der, _) = made(&rcgen::PKCS_ECDSA_P256_SHA256);
        for cut in 0..der.len() {
            assert_eq!(Certificate::parse(&der[..cut]), None, "{cut}");
        }
        for at in 0..der.len().min(120) {
            for bent in [0, 0x7f, 0x80, 0x84, 0xff] {
                let mut der = der.clone();
                der[at] = bent;
                let _ = Certificate::parse(&der).map(|certificate| certificate.binding_hash());
            }
        }
    }
}
