//! Addresses: `local-part@domain` (RFC 5322 3.4.1, RFC 6532).

pub(crate) mod domain;
pub(crate) mod group;
pub(crate) mod mailbox;
pub(crate) mod scanner;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use crate::address::scanner::{Scanner, Spec, is_dot_atom, quoted};
use crate::error::{AddressError, AddressProblem};

/// An address that can stand in a command and in a header.
///
/// It holds no control characters, its domain is a valid host name (mapped by UTS 46) or address
/// literal, and its display is the form for the wire: the local part is quoted when it has to be.
/// Two addresses are equal when their local parts are, and their domains up to the case of ASCII.
///
/// ```
/// use comms_mime::Address;
///
/// let plain: Address = "bob@x.example".parse()?;
/// assert_eq!((plain.local_part(), plain.domain()), ("bob", "x.example"));
///
/// let odd: Address = r#""a> ORCPT=x"@example.com"#.parse()?;
/// assert_eq!(odd.local_part(), "a> ORCPT=x");
/// assert_eq!(odd.to_string(), r#""a> ORCPT=x"@example.com"#);
///
/// let international: Address = "info@bücher.example".parse()?;
/// assert_eq!(international.to_ascii().unwrap().domain(), "xn--bcher-kva.example");
/// # Ok::<(), comms_mime::AddressError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Address {
    local: String,
    domain: String,
}

impl Address {
    /// The part before the `@`, without quotes.
    pub fn local_part(&self) -> &str {
        &self.local
    }

    /// The part behind the `@`: a host name, or an address literal in its brackets.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Whether the address can be written without SMTPUTF8 as it is.
    pub fn is_ascii(&self) -> bool {
        self.local.is_ascii() && self.domain.is_ascii()
    }

    /// The same address with a domain of A-labels (RFC 5890); none when the local part is not
    /// ASCII, since nothing but SMTPUTF8 can carry that.
    pub fn to_ascii(&self) -> Option<Address> {
        if !self.local.is_ascii() {
            return None;
        }
        let domain = if self.domain.is_ascii() {
            self.domain.clone()
        } else {
            domain::to_ascii(&self.domain)?
        };
        Some(Address { local: self.local.clone(), domain })
    }

    /// Makes an address of what the scanner has checked.
    pub(crate) fn from_spec(spec: Spec) -> Self {
        Address { local: spec.local, domain: spec.domain }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text);
        let spec = scanner.spec()?;
        match scanner.peek() {
            None => Ok(Address::from_spec(spec)),
            Some(found) => Err(scanner.error(AddressProblem::Unexpected(found))),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_atom(&self.local) {
            write!(f, "{}@{}", self.local, self.domain)
        } else {
            write!(f, "{}@{}", quoted(&self.local), self.domain)
        }
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.local == other.local && self.domain.eq_ignore_ascii_case(&other.domain)
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.local.hash(state);
        self.domain.to_ascii_lowercase().hash(state);
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        let domain = |address: &Address| address.domain.to_ascii_lowercase();
        self.local.cmp(&other.local).then_with(|| domain(self).cmp(&domain(other)))
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
