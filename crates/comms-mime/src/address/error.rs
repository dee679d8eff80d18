//! What is wrong in a text that should be an address, and where.

use thiserror::Error;

/// Says what is wrong in a text that should be an address, and where.
///
/// The display is one line, and control characters of the input are escaped in it.
///
/// ```
/// use comms_mime::Address;
///
/// let error = "bob@ex ample.com".parse::<Address>().unwrap_err();
/// assert_eq!(error.to_string(), "at character 7: ' ' cannot stand here");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at character {character}: {problem}")]
pub struct AddressError {
    character: usize,
    problem: AddressProblem,
}

impl AddressError {
    /// Names the problem found at an octet of `text`, counting characters only now, once.
    pub(crate) fn at(text: &str, offset: usize, problem: AddressProblem) -> Self {
        let before = text.char_indices().take_while(|(at, _)| *at < offset);
        AddressError { character: before.count() + 1, problem }
    }

    /// The character of the input at which the problem was seen, the first being 1.
    pub fn character(&self) -> usize {
        self.character
    }

    /// What is wrong there.
    pub fn problem(&self) -> AddressProblem {
        self.problem
    }
}

/// What can be wrong in a text that should be an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressProblem {
    /// Nothing stands where an address has to.
    #[error("an address is missing")]
    Missing,
    /// There is a local part, and no `@` behind it.
    #[error("'@' and a domain are missing")]
    NoDomain,
    /// A control character or a line separator, which no address can hold.
    #[error("the control character {0:?} cannot stand in an address")]
    Control(char),
    /// A character that the grammar does not allow in this place.
    #[error("{0:?} cannot stand here")]
    Unexpected(char),
    /// A dot at an end of the local part, or two dots in a row.
    #[error("a dot may not begin or end a local part nor follow another")]
    Dot,
    /// A quotation mark without its partner.
    #[error("the quotation mark is not closed")]
    OpenQuote,
    /// A comment without its closing parenthesis.
    #[error("the comment is not closed")]
    OpenComment,
    /// Comments within comments, deeper than anybody writes them.
    #[error("comments are nested too deeply")]
    Depth,
    /// `<` without its `>`.
    #[error("'>' is missing")]
    OpenAngle,
    /// A group without its `;`.
    #[error("the group is not closed with ';'")]
    OpenGroup,
    /// A group within a group (RFC 5322 3.4 has none).
    #[error("a group cannot stand within a group")]
    NestedGroup,
    /// An unquoted display name that looks like an address itself.
    #[error("a display name that holds '@' must be quoted")]
    AtInName,
    /// A name with no `<address>` behind it.
    #[error("a display name is not followed by <address>")]
    NoAngle,
    /// More text behind the one mailbox that was asked for.
    #[error("one mailbox is expected and more text follows")]
    Several,
    /// A domain that is neither a host name nor one after the mapping of UTS 46.
    #[error("the domain is not valid")]
    Domain,
    /// Square brackets without an IP address in them.
    #[error("the address literal is neither [IPv4] nor [IPv6:...]")]
    Literal,
    /// Longer than a path may be.
    #[error("the address is longer than 254 octets (RFC 5321 4.5.3.1.3)")]
    Length,
}
