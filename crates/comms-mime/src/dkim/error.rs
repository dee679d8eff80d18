//! What can be wrong with a key, a signer, or a message that is to be signed.

use thiserror::Error;

/// Why a key cannot be used, or a message cannot be signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DkimError {
    /// The text is no PEM.
    #[error("there is no PEM block in it: a key begins with `-----BEGIN PRIVATE KEY-----`")]
    NotPem,
    /// The text holds something else, such as a certificate or a public key.
    #[error("it holds a {found}, and a PRIVATE KEY (RSA or Ed25519) is wanted")]
    NotPrivate {
        /// What the first block says that it is.
        found: String,
    },
    /// The key is encrypted.
    #[error("the key is encrypted: `openssl pkey -in KEY -out PLAIN` decrypts it")]
    Encrypted,
    /// The block is not base64, or what it holds is no key.
    #[error("the {found} is damaged")]
    Damaged {
        /// What the block says that it is.
        found: String,
    },
    /// The key is of another algorithm.
    #[error("it holds a {found} that is neither RSA nor Ed25519")]
    Algorithm {
        /// What the block says that it is.
        found: String,
    },
    /// The key is shorter than 2048 bits (RFC 8301 3.2 asks for that many).
    #[error("the RSA key is too short: it needs 2048 to 4096 bits")]
    TooShort,
    /// The key is longer than 4096 bits.
    #[error("the RSA key is too long: it may have 2048 to 4096 bits")]
    TooLong,
    /// The numbers of the key do not make one.
    #[error("the RSA key cannot be used: {reason}")]
    Unusable {
        /// What is wrong with it.
        reason: String,
    },
    /// A seed of another length.
    #[error("the seed of an Ed25519 key has 32 octets, and this one has {octets}")]
    Seed {
        /// How many it has.
        octets: usize,
    },
    /// The domain is no host name.
    #[error("{value:?} is not a domain")]
    Domain {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// The selector is not made of labels.
    #[error(
        "{value:?} is not a selector: labels of letters, digits, `-` and `_`, with dots between"
    )]
    Selector {
        /// The value as it was given, cut to a printable length.
        value: String,
    },
    /// A field that cannot be signed.
    #[error("{name:?} is not the name of a field that can be signed")]
    FieldName {
        /// The name as it was given, cut to a printable length.
        name: String,
    },
    /// RFC 6376 5.4: From must be signed.
    #[error("From must be among the signed fields")]
    FromUnsigned,
    /// The identity is of another domain (RFC 6376 3.5, `i=`).
    #[error("the identity is not of the domain {domain} or one below it")]
    Identity {
        /// The domain that signs.
        domain: String,
    },
    /// RFC 6376 5.4: a message without From cannot be signed.
    #[error("the message has no From, and cannot be signed")]
    NoFrom,
    /// The first line would become part of the signature's field.
    #[error("the message begins with the continuation of a field, and cannot be signed")]
    BeginsFolded,
    /// The octets are read twice: once to be hashed, and once to be sent.
    #[error(
        "{name} can be read only once, and what is signed is read twice: \
         give it as octets in memory, a file or a generator"
    )]
    ReadOnce {
        /// What stands for the reader.
        name: String,
    },
    /// The time of the signature is before 1970, or too far away.
    #[error("the time of the signature cannot be written")]
    Time,
    /// The key did not sign.
    #[error("the key gave no signature")]
    Refused,
}
