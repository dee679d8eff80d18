//! Who a received message says that it is from and for.

use std::fmt;

use crate::address::Address;
use crate::address::group::Mailboxes;
use crate::address::mailbox::Mailbox;
use crate::address::scanner::is_control;

/// A mailbox in a received message, or what stands where one should.
///
/// ```
/// use comms_mime::{Correspondent, ParsedMessage};
///
/// let message = ParsedMessage::new(&b"To: Bob <bob@x.example>, nobody\r\n\r\n"[..])?;
/// let to = message.to();
/// assert_eq!(to[0].mailbox(), Some(&"Bob <bob@x.example>".parse().unwrap()));
/// assert_eq!(to[1], Correspondent::Text("nobody".to_owned()));
/// # Ok::<(), comms_mime::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Correspondent {
    /// A mailbox, of which no control characters are left.
    Mailbox(Mailbox),
    /// A text that is no mailbox, as it stands there.
    Text(String),
}

impl Correspondent {
    /// The mailbox, where it is one.
    pub fn mailbox(&self) -> Option<&Mailbox> {
        match self {
            Correspondent::Mailbox(mailbox) => Some(mailbox),
            Correspondent::Text(_) => None,
        }
    }

    /// A list as RFC 5322 has it; none where it is not.
    pub(crate) fn strictly(list: &str) -> Option<Vec<Self>> {
        let mailboxes = list.parse::<Mailboxes>().ok()?.into_mailboxes();
        Some(mailboxes.into_iter().map(Correspondent::Mailbox).collect())
    }

    /// One entry of a list, as far as it can be made out.
    pub(crate) fn leniently(name: Option<&str>, address: Option<&str>) -> Option<Self> {
        let name = name.map(|name| name.replace(is_control, " "));
        let name = name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let Some(address) = address.map(str::trim).filter(|address| !address.is_empty()) else {
            return name.map(|name| Correspondent::Text(name.to_owned()));
        };
        let parsed = address.parse::<Address>().ok().and_then(|address| match name {
            Some(name) => Mailbox::named(name, address).ok(),
            None => Some(Mailbox::new(address)),
        });
        Some(match (parsed, name) {
            (Some(mailbox), _) => Correspondent::Mailbox(mailbox),
            (None, Some(name)) => Correspondent::Text(format!("{name} <{address}>")),
            (None, None) => Correspondent::Text(address.to_owned()),
        })
    }
}

/// One line: control characters are shown escaped.
impl fmt::Display for Correspondent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Correspondent::Mailbox(mailbox) => mailbox.fmt(f),
            Correspondent::Text(text) => text.chars().try_for_each(|c| match c {
                c if is_control(c) => write!(f, "{}", c.escape_default()),
                c => write!(f, "{c}"),
            }),
        }
    }
}
