//! Who a message is from and for, as far as the transport is concerned (RFC 5321 2.3.1).

use std::fmt;

use comms_mime::Address;

use crate::argument::{Argument, Xtext};

/// The sender of an envelope: an address, or the null sender of bounces (RFC 5321 4.5.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReversePath {
    /// `<>`: nobody is told if delivery fails.
    Null,
    /// The address that is told.
    Address(Address),
}

impl From<Address> for ReversePath {
    fn from(address: Address) -> Self {
        Self::Address(address)
    }
}

impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("<>"),
            Self::Address(address) => write!(f, "<{address}>"),
        }
    }
}

/// The envelope of a message: sender, recipients, and what is asked about delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// Who is told if delivery fails.
    pub sender: ReversePath,
    /// Who the message is for, each once.
    pub recipients: Vec<Address>,
    /// When the sender wants to be told (RFC 3461 4.1); `None` leaves it to the servers.
    pub notify: Option<Notify>,
    /// How much of the message a notification holds (RFC 3461 4.3).
    pub ret: Option<Ret>,
    /// The envelope's name in notifications (RFC 3461 4.4).
    pub envid: Option<Argument>,
}

impl Envelope {
    /// An envelope from `sender` to `recipients`; one named twice gets the message once.
    pub fn new(
        sender: impl Into<ReversePath>,
        recipients: impl IntoIterator<Item = Address>,
    ) -> Self {
        let mut envelope = Self {
            sender: sender.into(),
            recipients: Vec::new(),
            notify: None,
            ret: None,
            envid: None,
        };
        let mut seen = std::collections::HashSet::new();
        let fresh = recipients.into_iter().filter(|address| seen.insert(address.clone()));
        envelope.recipients.extend(fresh);
        envelope
    }

    /// Whether it needs a server that speaks of delivery (RFC 3461).
    pub(crate) fn asks_for_notification(&self) -> bool {
        self.notify.is_some() || self.ret.is_some() || self.envid.is_some()
    }

    /// The parameters of RFC 3461 for MAIL.
    pub(crate) fn mail_parameters(&self) -> String {
        let ret = self.ret.map(|ret| format!(" RET={ret}"));
        let envid = self.envid.as_ref().map(|id| format!(" ENVID={}", Xtext::of(id.as_str())));
        ret.unwrap_or_default() + &envid.unwrap_or_default()
    }

    /// The parameters of RFC 3461 for RCPT.
    pub(crate) fn rcpt_parameters(&self) -> String {
        self.notify.map(|notify| format!(" NOTIFY={notify}")).unwrap_or_default()
    }
}

/// When a sender wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notify {
    /// Never.
    Never,
    /// On these occasions.
    On {
        /// When it was delivered.
        success: bool,
        /// When it could not be.
        failure: bool,
        /// When it takes long.
        delay: bool,
    },
}

impl fmt::Display for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::On { success, failure, delay } = *self else { return f.write_str("NEVER") };
        let words = [(success, "SUCCESS"), (failure, "FAILURE"), (delay, "DELAY")];
        let words = words.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect::<Vec<_>>();
        f.write_str(if words.is_empty() { "NEVER" } else { "" })?;
        f.write_str(&words.join(","))
    }
}

/// `success,failure,delay` in any choice, or `never`.
impl std::str::FromStr for Notify {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        if text.eq_ignore_ascii_case("never") {
            return Ok(Self::Never);
        }
        let (mut success, mut failure, mut delay) = (false, false, false);
        for word in text.split(',') {
            match word.trim().to_ascii_lowercase().as_str() {
                "success" => success = true,
                "failure" => failure = true,
                "delay" => delay = true,
                _ => {
                    return Err(UnknownWord {
                        word: word.escape_debug().to_string(),
                        known: "success, failure, delay, or never alone",
                    });
                }
            }
        }
        Ok(Self::On { success, failure, delay })
    }
}

/// How much of a message a notification holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ret {
    /// All of it.
    Full,
    /// Its headers.
    Headers,
}

impl fmt::Display for Ret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "FULL",
            Self::Headers => "HDRS",
        })
    }
}

impl std::str::FromStr for Ret {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text.to_ascii_lowercase().as_str() {
            "full" => Ok(Self::Full),
            "hdrs" => Ok(Self::Headers),
            _ => Err(UnknownWord { word: text.escape_debug().to_string(), known: "full or hdrs" }),
        }
    }
}

/// A word that is none of those that may stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not known here: {known}")]
#[non_exhaustive]
pub struct UnknownWord {
    /// What was found.
    pub word: String,
    /// What may stand there.
    pub known: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_named_twice_gets_the_message_once() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        let twice = [address("a@x.example"), address("b@x.example"), address("a@x.example")];
        assert_eq!(Envelope::new(ReversePath::Null, twice).recipients.len(), 2);
    }

    #[test]
    fn the_words_of_rfc_3461_are_read_and_written() {
        let notify = "failure, Success".parse::<Notify>().unwrap();
        assert_eq!(notify.to_string(), "SUCCESS,FAILURE");
        assert_eq!("never".parse::<Notify>(), Ok(Notify::Never));
        assert!("never,success".parse::<Notify>().is_err());
        assert_eq!("HDRS".parse::<Ret>(), Ok(Ret::Headers));
    }
}
