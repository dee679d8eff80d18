//! Mailboxes: an address with or without a display name (RFC 5322 3.4).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::address::Address;
use crate::address::error::{AddressError, AddressProblem};
use crate::address::scanner::{Scanner, is_atext, is_control, quoted};

/// An address, and the name that is shown with it.
///
/// The display is that of RFC 5322, with a quoted name where needed and never an encoded word;
/// parsed again it gives the same mailbox.
///
/// ```
/// use comms_mime::Mailbox;
///
/// let bob: Mailbox = "Bob Müller <bob@x.example>".parse()?;
/// assert_eq!(bob.name(), Some("Bob Müller"));
/// assert_eq!(bob.address().to_string(), "bob@x.example");
///
/// let odd = Mailbox::named("Doe, \"J\"", "j@x.example".parse()?)?;
/// assert_eq!(odd.to_string(), r#""Doe, \"J\"" <j@x.example>"#);
///
/// // An address in front of the address is no name, unless it is quoted.
/// assert!("alice@evil.example <bob@good.example>".parse::<Mailbox>().is_err());
/// # Ok::<(), comms_mime::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mailbox {
    name: Option<String>,
    address: Address,
}

impl Mailbox {
    /// A mailbox without a name.
    pub fn new(address: Address) -> Self {
        Mailbox { name: None, address }
    }

    /// A mailbox with a name; an empty one is none. Control characters in it are an error.
    pub fn named(name: impl Into<String>, address: Address) -> Result<Self, AddressError> {
        let name = name.into();
        checked(&name)?;
        Ok(Mailbox { name: Some(name).filter(|name| !name.is_empty()), address })
    }

    /// The display name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Takes one mailbox off the scanner, or the name of a group up to its colon.
    pub(crate) fn scan(scanner: &mut Scanner<'_>) -> Result<Scanned, AddressError> {
        let start = scanner.offset();
        let phrase = Phrase::scan(scanner)?;
        match scanner.peek() {
            Some('<') => {
                let open = scanner.offset();
                scanner.take('<');
                let address = Address::from_spec(&scanner.spec()?);
                if !scanner.take('>') {
                    return Err(match scanner.peek() {
                        None => scanner.error_at(open, AddressProblem::OpenAngle),
                        Some(found) => scanner.error(AddressProblem::Unexpected(found)),
                    });
                }
                scanner.blanks()?;
                let name = Some(phrase.said).filter(|name| !name.is_empty());
                Ok(Scanned::Mailbox(Mailbox { name, address }))
            }
            Some('@') if phrase.words == 0 => Err(scanner.error(AddressProblem::Unexpected('@'))),
            Some('@') if phrase.blanks => Err(scanner.error(AddressProblem::AtInName)),
            Some('@') => {
                let at = scanner.offset();
                scanner.rewind(start);
                let address = Address::from_spec(&scanner.spec()?);
                scanner.blanks()?;
                if scanner.peek() == Some('<') {
                    return Err(scanner.error_at(at, AddressProblem::AtInName));
                }
                Ok(Scanned::Mailbox(Mailbox::new(address)))
            }
            Some(':') if phrase.words > 0 => Ok(Scanned::GroupName(phrase.said)),
            Some(',' | ';') | None if phrase.words == 0 => {
                Err(scanner.error(AddressProblem::Missing))
            }
            Some(',' | ';') | None if phrase.words == 1 => {
                Err(scanner.error(AddressProblem::NoDomain))
            }
            Some(',' | ';') | None => Err(scanner.error(AddressProblem::NoAngle)),
            Some(found) => Err(scanner.error(AddressProblem::Unexpected(found))),
        }
    }
}

/// What was found where a mailbox may begin.
#[derive(Debug)]
pub(crate) enum Scanned {
    Mailbox(Mailbox),
    /// A phrase; the scanner stands at the colon behind it.
    GroupName(String),
}

impl From<Address> for Mailbox {
    fn from(address: Address) -> Self {
        Mailbox::new(address)
    }
}

impl FromStr for Mailbox {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text);
        scanner.blanks()?;
        let found = Mailbox::scan(&mut scanner)?;
        match (found, scanner.peek()) {
            (Scanned::Mailbox(mailbox), None) => Ok(mailbox),
            (Scanned::Mailbox(_), Some(',' | ';')) => Err(scanner.error(AddressProblem::Several)),
            (_, Some(found)) => Err(scanner.error(AddressProblem::Unexpected(found))),
            (Scanned::GroupName(_), None) => Err(scanner.error(AddressProblem::NoAngle)),
        }
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            None => self.address.fmt(f),
            Some(name) => write!(f, "{} <{}>", phrase(name), self.address),
        }
    }
}

/// The name as RFC 5322 `phrase`: bare when it is words of atoms, quoted otherwise.
pub(crate) fn phrase(name: &str) -> Cow<'_, str> {
    let bare = name.split(' ').all(|word| !word.is_empty() && word.chars().all(is_atext));
    if bare { name.into() } else { quoted(name).into() }
}

/// Checks a name for what cannot stand in one.
pub(crate) fn checked(name: &str) -> Result<(), AddressError> {
    match name.char_indices().find(|(_, c)| is_control(*c)) {
        None => Ok(()),
        Some((at, c)) => Err(AddressError::at(name, at, AddressProblem::Control(c))),
    }
}

/// Words in front of `<`, `@` or `:`.
#[derive(Debug, Default)]
struct Phrase {
    said: String,
    words: usize,
    /// Whether blanks stand between or behind the words, which an address does not allow.
    blanks: bool,
}

impl Phrase {
    fn scan(scanner: &mut Scanner<'_>) -> Result<Phrase, AddressError> {
        let mut phrase = Phrase::default();
        let mut apart = false;
        loop {
            let word = match scanner.peek() {
                Some('"') => scanner.quoted_string()?,
                // RFC 5322 4.1 (obs-phrase): a dot in a name, as in `John Q. Public`.
                Some('.') if phrase.words > 0 => {
                    scanner.take('.');
                    ".".to_owned()
                }
                _ => match scanner.atom() {
                    "" => return Ok(phrase),
                    atom => atom.to_owned(),
                },
            };
            if apart {
                phrase.said.push(' ');
            }
            phrase.said.push_str(&word);
            phrase.words += 1;
            apart = scanner.blanks()?;
            phrase.blanks |= apart;
        }
    }
}
