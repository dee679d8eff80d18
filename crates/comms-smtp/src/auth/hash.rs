//! The hashes that mechanisms compute with, over the crates that have them.

use hmac::digest::{Digest, Key};
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Md5,
    Sha1,
    Sha256,
}

impl Hash {
    /// H(octets).
    pub(crate) fn digest(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Md5 => Md5::digest(octets).to_vec(),
            Self::Sha1 => Sha1::digest(octets).to_vec(),
            Self::Sha256 => Sha256::digest(octets).to_vec(),
        }
    }

    /// HMAC(key, octets) (RFC 2104).
    pub(crate) fn mac(self, key: &[u8], octets: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::Md5 => mac::<Md5>(key, octets),
            Self::Sha1 => mac::<Sha1>(key, octets),
            Self::Sha256 => mac::<Sha256>(key, octets),
        })
    }

    /// Hi(password, salt, iterations) of RFC 5802 2.2, which is PBKDF2.
    pub(crate) fn stretch(
        self,
        password: &str,
        salt: &[u8],
        iterations: u32,
    ) -> Zeroizing<Vec<u8>> {
        let password = password.as_bytes();
        let mut out = Zeroizing::new(vec![0; self.len()]);
        match self {
            Self::Md5 => pbkdf2::pbkdf2_hmac::<Md5>(password, salt, iterations, &mut out),
            Self::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, &mut out),
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut out),
        }
        out
    }

    fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// With a key of one block, which is what HMAC makes of every key, nothing can fail.
fn mac<D: EagerHash + Digest>(key: &[u8], octets: &[u8]) -> Vec<u8> {
    let mut block = Key::<Hmac<D>>::default();
    let short = if key.len() > block.len() { D::digest(key).to_vec() } else { key.to_vec() };
    let short = Zeroizing::new(short);
    block.iter_mut().zip(short.iter()).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<D>::new(&block);
    block.as_mut_slice().zeroize();
    mac.update(octets);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(octets: &[u8]) -> String {
        octets.iter().fold(String::new(), |text, octet| format!("{text}{octet:02x}"))
    }

    #[test]
    fn the_test_cases_of_rfc_2202_and_4231_hold_for_short_and_long_keys() {
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let of = |hash: Hash, key: &[u8], text: &[u8]| hex(&hash.mac(key, text));
        assert_eq!(
            of(Hash::Md5, b"Jefe", b"what do ya want for nothing?"),
            "750c783e6ab0b503eaa86e310a5db738"
        );
        assert_eq!(of(Hash::Md5, &[0xaa; 80], text), "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
        assert_eq!(of(Hash::Sha1, &[0xaa; 80], text), "aa4ae5e15272d00e95705637ce8a3b55ed402112");
        assert_eq!(
            of(Hash::Sha256, &[0xaa; 131], text),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn the_test_cases_of_rfc_6070_hold() {
        let stretched = Hash::Sha1.stretch("password", b"salt", 4096);
        assert_eq!(hex(&stretched), "4b007901b765489abead49d926f721d065a429c1");
    }
}
