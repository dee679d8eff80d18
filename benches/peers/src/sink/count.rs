//! What a sink has taken.

use std::fmt;
use std::str::FromStr;

use harness::Failure;

/// The messages of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    /// Those that came by DATA.
    pub(crate) dotted: u64,
    /// Their octets, with the dots of the transport, without the end mark.
    pub(crate) dotted_octets: u64,
    /// Those that came by BDAT.
    pub(crate) chunked: u64,
    /// Their octets.
    pub(crate) chunked_octets: u64,
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dotted, dotted_octets, chunked, chunked_octets } = self;
        write!(f, "{dotted} {dotted_octets} {chunked} {chunked_octets}")
    }
}

impl FromStr for Count {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let numbers = text.split_whitespace().map(str::parse).collect::<Result<Vec<u64>, _>>()?;
        let &[dotted, dotted_octets, chunked, chunked_octets] = numbers.as_slice() else {
            return Err(format!("not a count: {text:?}").into());
        };
        Ok(Self { dotted, dotted_octets, chunked, chunked_octets })
    }
}
