//! What every mechanism is.

use std::error::Error as StdError;
use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// A SASL mechanism (RFC 4422), on the client's side, for one exchange.
///
/// It is asked for one [`Response`] after another until the server has decided. Base64 and the
/// commands around it are the exchange's. [`Credentials::with_mechanism`] has a client use one of
/// your own.
///
/// ```
/// use comms_smtp::{Mechanism, MechanismError, Response};
///
/// /// Says a word that both sides know.
/// #[derive(Debug)]
/// struct Password;
///
/// impl Mechanism for Password {
///     fn name(&self) -> &str {
///         "X-WORD"
///     }
///
///     fn respond(&mut self, _challenge: &[u8]) -> Result<Response, MechanismError> {
///         Ok(Response::new(*b"swordfish"))
///     }
/// }
/// ```
///
/// [`Credentials::with_mechanism`]: crate::Credentials::with_mechanism
pub trait Mechanism: fmt::Debug + Send {
    /// Its registered name, such as `SCRAM-SHA-256`.
    fn name(&self) -> &str;

    /// Whether the client speaks first: its first response, to the empty challenge, goes with the
    /// command.
    fn has_initial_response(&self) -> bool {
        true
    }

    /// Answers a challenge. An error cancels the exchange.
    fn respond(&mut self, challenge: &[u8]) -> Result<Response, MechanismError>;

    /// Whether somebody who listens learns no secret.
    fn is_safe_in_clear(&self) -> bool {
        false
    }

    /// Says whether the server may be believed, once it has said yes.
    fn finish(&mut self) -> Result<(), MechanismError> {
        Ok(())
    }

    /// What a person should know of the exchange: the server's account of a failure, a weakness.
    fn remark(&self) -> Option<String> {
        None
    }
}

/// What a mechanism answers: octets that nobody is shown, and that are overwritten when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Response(Zeroizing<Vec<u8>>);

impl Response {
    /// A response of these octets.
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(octets.into()))
    }

    /// A response without octets.
    pub fn empty() -> Self {
        Self::new([])
    }

    /// A response of these parts, one after the other.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        Self::new(parts.concat())
    }

    /// The octets themselves, for the wire and never for a person.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} secret octets>", self.0.len())
    }
}

/// Why a mechanism cannot go on. No secret is in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MechanismError {
    /// A control character would have to be sent: NUL, or the line end of a file perhaps.
    #[error("the {what} holds a control character at octet {at}")]
    Control {
        /// Of what.
        what: &'static str,
        /// Where.
        at: usize,
    },
    /// A character is not allowed in names and passwords (RFC 4013).
    #[error("the {what} holds what SASLprep (RFC 4013) does not allow")]
    Unprepared {
        /// Of what.
        what: &'static str,
    },
    /// There was no randomness for a nonce.
    #[error("the system gives no random octets")]
    Random(#[source] getrandom::Error),
    /// A challenge is not what the mechanism says it must be.
    #[error("the server's challenge {0}")]
    Challenge(&'static str),
    /// The server asks for more than the mechanism has to say.
    #[error("the server asks again though everything is said")]
    Said,
    /// The server wants the password stretched absurdly.
    #[error("the server asks for {asked} iterations, and at most {most} are done")]
    Iterations {
        /// As many as it wrote.
        asked: u64,
        /// As many as are done.
        most: u32,
    },
    /// The server says, within the mechanism, that it failed.
    #[error("the server says `{0}`")]
    Denied(String),
    /// The server does not show that it knows the password: it may be another one.
    #[error("the server does not show that it knows the password: it may be an impostor")]
    Impostor,
    /// A mechanism of your own failed.
    #[error("the mechanism failed")]
    Own(#[source] Box<dyn StdError + Send + Sync>),
}
