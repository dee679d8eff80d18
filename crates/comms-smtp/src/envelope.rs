//! Who a message is from and for, as far as the transport is concerned (RFC 5321 2.3.1).

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use comms_mime::{Address, AddressError};

use crate::parameter::deliver_by::DeliverBy;
use crate::parameter::dsn::{EnvelopeId, Notify, Ret};
use crate::parameter::free::Parameter;
use crate::parameter::hold::Hold;
use crate::parameter::original_recipient::OriginalRecipient;
use crate::parameter::priority::Priority;
use crate::parameter::submitter::Submitter;

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

/// `<>`, or an address with or without its brackets.
impl FromStr for ReversePath {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let inside = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        match inside {
            Some("") => Ok(Self::Null),
            inside => inside.unwrap_or(text).parse().map(Self::Address),
        }
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

/// The envelope of a message: sender, recipients, and what is asked of the servers on its way.
///
/// ```
/// use comms_smtp::{Envelope, Notify, Recipient, ReversePath};
///
/// let ann = ReversePath::Address("ann@x.example".parse()?);
/// let mut bob = Recipient::new("bob@y.example".parse()?);
/// bob.notify = Some(Notify::Never);
/// let mut envelope = Envelope::new(ann, [bob, Recipient::new("carol@y.example".parse()?)]);
/// envelope.require_tls = true;
/// envelope.hold = Some("HOLDFOR=3600".parse()?);
/// assert_eq!(envelope.recipients.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Envelope {
    /// Who is told if delivery fails.
    pub sender: ReversePath,
    /// Who the message is for, each once.
    pub recipients: Vec<Recipient>,
    /// When the sender wants to be told of recipients that do not say it themselves (RFC 3461 4.1);
    /// `None` leaves it to the servers.
    pub notify: Option<Notify>,
    /// How much of the message a notification holds (RFC 3461 4.3).
    pub ret: Option<Ret>,
    /// The envelope's name in notifications (RFC 3461 4.4).
    pub envid: Option<EnvelopeId>,
    /// Whether it goes over TLS all the way, or not at all (RFC 8689).
    pub require_tls: bool,
    /// How urgent it is (RFC 6710).
    pub priority: Option<Priority>,
    /// When it has to be there (RFC 2852).
    pub deliver_by: Option<DeliverBy>,
    /// How long the server keeps it before it sends it on (RFC 4865).
    pub hold: Option<Hold>,
    /// Who submitted it, where that is known (RFC 4954 5).
    pub auth: Option<Submitter>,
    /// Other parameters of MAIL, said whatever the server offers.
    pub parameters: Vec<Parameter>,
}

impl Envelope {
    /// An envelope from `sender` to `recipients`; one named twice gets the message once, as it was
    /// named first.
    pub fn new(
        sender: impl Into<ReversePath>,
        recipients: impl IntoIterator<Item = impl Into<Recipient>>,
    ) -> Self {
        let mut envelope = Self {
            sender: sender.into(),
            recipients: recipients.into_iter().map(Into::into).collect(),
            notify: None,
            ret: None,
            envid: None,
            require_tls: false,
            priority: None,
            deliver_by: None,
            hold: None,
            auth: None,
            parameters: Vec::new(),
        };
        envelope.name_each_once();
        envelope
    }

    /// The addresses of its recipients.
    pub fn addresses(&self) -> impl Iterator<Item = &Address> {
        self.recipients.iter().map(|recipient| &recipient.address)
    }

    /// Leaves out recipients whose address stands before.
    pub(crate) fn name_each_once(&mut self) {
        let mut seen = HashSet::new();
        self.recipients.retain(|recipient| seen.insert(recipient.address.clone()));
    }

    /// Whether it needs a server that speaks of delivery (RFC 3461).
    pub(crate) fn asks_for_notification(&self) -> bool {
        let of_recipient = |one: &Recipient| one.notify.is_some() || one.orcpt.is_some();
        self.notify.is_some()
            || self.ret.is_some()
            || self.envid.is_some()
            || self.recipients.iter().any(of_recipient)
    }
}

/// Somebody a message is for, and what is asked about them. The display is the address.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recipient {
    /// Their address.
    pub address: Address,
    /// When the sender wants to be told, where that is not as for the others (RFC 3461 4.1).
    pub notify: Option<Notify>,
    /// The address that the sender used (RFC 3461 4.2).
    pub orcpt: Option<OriginalRecipient>,
    /// Other parameters of RCPT, said whatever the server offers.
    pub parameters: Vec<Parameter>,
}

impl Recipient {
    /// Somebody about whom nothing is asked.
    pub fn new(address: Address) -> Self {
        Self { address, notify: None, orcpt: None, parameters: Vec::new() }
    }
}

impl From<Address> for Recipient {
    fn from(address: Address) -> Self {
        Self::new(address)
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn a_recipient_named_twice_gets_the_message_once_as_named_first() {
        let mut first = Recipient::new(address("a@x.example"));
        first.notify = Some(Notify::Never);
        let again = Recipient::new(address("a@X.example"));
        let twice = [first.clone(), address("b@x.example").into(), again];
        let envelope = Envelope::new(ReversePath::Null, twice);
        assert_eq!(envelope.recipients, [first, address("b@x.example").into()]);
    }

    #[test]
    fn a_sender_is_read_as_it_is_written() {
        let ann = ReversePath::Address(address("ann@x.example"));
        for text in ["ann@x.example", "<ann@x.example>"] {
            assert_eq!(text.parse(), Ok(ann.clone()), "{text}");
        }
        assert_eq!("<>".parse(), Ok(ReversePath::Null));
        assert_eq!(ann.to_string().parse(), Ok(ann));
        for text in ["", "<", "<<>>", "ann@x.example>", "<ann@x.example", "<ann@x.example>\r\nRSET"]
        {
            assert!(text.parse::<ReversePath>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_recipient_is_shown_as_the_address() {
        let mut bob = Recipient::new(address("bob@y.example"));
        bob.parameters = vec!["A=b".parse().unwrap()];
        assert_eq!(bob.to_string(), "bob@y.example");
    }

    #[test]
    fn one_recipient_who_asks_makes_an_envelope_that_asks() {
        let bob = || Recipient::new(address("bob@y.example"));
        let asks = |one: Recipient| Envelope::new(ReversePath::Null, [one]).asks_for_notification();
        assert!(!asks(bob()));
        assert!(asks(Recipient { notify: Some(Notify::Never), ..bob() }));
        let orcpt = OriginalRecipient::of(&bob().address).ok();
        assert!(asks(Recipient { orcpt, ..bob() }));
    }
}
