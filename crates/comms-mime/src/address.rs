//! Addresses: `local-part@domain` (RFC 5322 3.4.1, RFC 6532).

pub(crate) mod domain;
pub(crate) mod error;
pub(crate) mod group;
pub(crate) mod lenient;
pub(crate) mod mailbox;
pub(crate) mod scanner;
pub(crate) mod token;
pub(crate) mod words;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use crate::address::error::{AddressError, AddressProblem};
use crate::address::scanner::{Scanner, Spec, is_dot_atom, quoted};

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
#[derive(Clone)]
pub struct Address {
    /// The local part without quotes, and the domain behind it. A copy of an address costs nothing.
    text: Arc<str>,
    /// Where the domain begins.
    at: usize,
}

impl Address {
    /// The part before the `@`, without quotes.
    pub fn local_part(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// The part behind the `@`: a host name, or an address literal in its brackets.
    pub fn domain(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Whether the address can be written without SMTPUTF8 as it is.
    pub fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    /// The same address with a domain of A-labels (RFC 5890); none when the local part is not
    /// ASCII, since nothing but SMTPUTF8 can carry that.
    pub fn to_ascii(&self) -> Option<Address> {
        if self.is_ascii() {
            return Some(self.clone());
        }
        let local = self.local_part();
        let domain = local.is_ascii().then(|| domain::to_ascii(self.domain()))??;
        Some(Self::new(local, &domain))
    }

    /// How many octets its two parts have.
    pub(crate) fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Makes an address of what the scanner has checked.
    pub(crate) fn from_spec(spec: &Spec) -> Self {
        Self::new(&spec.local, &spec.domain)
    }

    fn new(local: &str, domain: &str) -> Self {
        Address { text: [local, domain].concat().into(), at: local.len() }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text);
        let spec = scanner.spec()?;
        match scanner.peek() {
            None => Ok(Address::from_spec(&spec)),
            Some(found) => Err(scanner.error(AddressProblem::Unexpected(found))),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, domain) = (self.local_part(), self.domain());
        if is_dot_atom(local) {
            f.write_str(local)?;
        } else {
            f.write_str(&quoted(local))?;
        }
        f.write_str("@")?;
        f.write_str(domain)
    }
}

/// The address as it is displayed.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.local_part() == other.local_part()
            && self.domain().eq_ignore_ascii_case(other.domain())
    }
}

impl Eq for Address {}

impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.local_part().hash(state);
        self.domain().bytes().for_each(|octet| state.write_u8(octet.to_ascii_lowercase()));
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Self) -> Ordering {
        let domain = |address: &Address| address.domain().to_ascii_lowercase();
        let local = self.local_part().cmp(other.local_part());
        local.then_with(|| domain(self).cmp(&domain(other)))
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
