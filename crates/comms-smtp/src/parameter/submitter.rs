//! Who submitted a message, as far as a server knows (RFC 4954 5).

use std::fmt;
use std::str::FromStr;

use comms_mime::Address;

use crate::parameter::error::ParameterError;
use crate::parameter::xtext::{Xtext, decoded};

/// Who submitted a message, as one trusted server tells another: `AUTH=`.
///
/// ```
/// use comms_smtp::Submitter;
///
/// let ann = Submitter::new("ann+1@x.example".parse()?)?;
/// assert_eq!(ann.to_string(), "ann+2B1@x.example");
/// assert_eq!(Submitter::UNKNOWN.to_string(), "<>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Submitter(Option<Address>);

impl Submitter {
    /// Nobody knows.
    pub const UNKNOWN: Self = Self(None);

    /// Whoever has this address. One of which too much has to be encoded does not fit.
    pub fn new(address: Address) -> Result<Self, ParameterError> {
        let submitter = Self(Some(address));
        let encoded = submitter.to_string();
        if encoded.len() > LONGEST {
            return Err(ParameterError::new(AUTH, "at most 494 characters", &encoded));
        }
        Ok(submitter)
    }

    /// The address; `None` where nobody knows.
    pub fn address(&self) -> Option<&Address> {
        self.0.as_ref()
    }
}

/// `<>`, or the address as `xtext`.
impl fmt::Display for Submitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("<>"),
            Some(address) => Xtext(&address.to_string()).fmt(f),
        }
    }
}

impl FromStr for Submitter {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        if text == "<>" {
            return Ok(Self::UNKNOWN);
        }
        let address = decoded(text).and_then(|address| address.parse().ok());
        Self::new(address.ok_or_else(|| ParameterError::new(AUTH, "<> or an address", text))?)
    }
}

const AUTH: &str = "AUTH";

/// RFC 4954 3: the parameter lengthens MAIL by up to 500 characters.
const LONGEST: usize = 500 - " AUTH=".len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submitter_is_an_address_or_unknown() {
        for good in ["<>", "ann@x.example", "\"a+20b\"@x.example", "j+C3+B6rg@x.example"] {
            assert_eq!(good.parse::<Submitter>().unwrap().to_string(), good);
        }
        for bad in
            ["", "ann", "<ann@x.example>", "a b@x.example", "a=b@x.example", "a+0D@x.example"]
        {
            assert!(bad.parse::<Submitter>().is_err(), "{bad:?}");
        }
        let odd = format!("{}@x.example", "+".repeat(200)).parse().unwrap();
        assert!(Submitter::new(odd).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_submitter_is_read_as_it_was_written(address in "[a-z+=é]{1,40}@[a-z]{1,9}") {
            let submitter = Submitter::new(address.parse().unwrap()).unwrap();
            assert_eq!(submitter.to_string().parse(), Ok(submitter));
        }
    }
}
