//! What SCRAM computes (RFC 5802 3).

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::auth::hash::Hash;

/// The keys of a password, for one salt and one count of iterations.
pub(crate) struct Keys {
    hash: Hash,
    client: Zeroizing<Vec<u8>>,
    stored: Zeroizing<Vec<u8>>,
    server: Zeroizing<Vec<u8>>,
}

impl Keys {
    /// The keys of a prepared password.
    pub(crate) fn of(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Self {
        let salted = hash.stretch(password, salt, iterations);
        let client = hash.mac(&salted, b"Client Key");
        let stored = Zeroizing::new(hash.digest(&client));
        Self { hash, server: hash.mac(&salted, b"Server Key"), client, stored }
    }

    /// What the client says of an exchange to show that it knows the password.
    pub(crate) fn proof(&self, exchange: &str) -> Vec<u8> {
        xor(&self.client, &self.hash.mac(&self.stored, exchange.as_bytes()))
    }

    /// Whether `proof` is the one, in constant time.
    pub(crate) fn accepts(&self, proof: &[u8], exchange: &str) -> bool {
        if proof.len() != self.client.len() {
            return false;
        }
        let signature = self.hash.mac(&self.stored, exchange.as_bytes());
        let client = Zeroizing::new(xor(proof, &signature));
        self.hash.digest(&client).ct_eq(&self.stored).into()
    }

    /// What the server says of an exchange to show that it knows the password.
    pub(crate) fn signature(&self, exchange: &str) -> Zeroizing<Vec<u8>> {
        self.hash.mac(&self.server, exchange.as_bytes())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<secret keys of {:?}>", self.hash)
    }
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(one, other)| one ^ other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_accepted_for_its_own_exchange_alone() {
        for hash in [Hash::Sha1, Hash::Sha256] {
            let keys = Keys::of(hash, "pencil", b"salt", 2);
            let proof = keys.proof("exchange");
            assert!(keys.accepts(&proof, "exchange"));
            assert!(!keys.accepts(&proof, "another"));
            assert!(!keys.accepts(&[], "exchange"));
            assert!(!keys.accepts(&[&proof[..], b"x"].concat(), "exchange"));
            assert!(!Keys::of(hash, "pencils", b"salt", 2).accepts(&proof, "exchange"));
        }
    }
}
