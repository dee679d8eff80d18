//! The scanner below all parsers of addresses. Linear: each character is looked at twice at most.

use crate::address::domain;
use crate::address::error::{AddressError, AddressProblem};

/// An `addr-spec` after its checks.
#[derive(Debug)]
pub(crate) struct Spec {
    /// The local part, without quotes.
    pub(crate) local: String,
    /// The host name or literal.
    pub(crate) domain: String,
}

/// A place in a text.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Scanner { text, at: 0 }
    }

    /// The character here, if there is one.
    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The offset of this place, for [`Scanner::rewind`] and [`Scanner::error_at`].
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// Goes back to a place where the scanner was before.
    pub(crate) fn rewind(&mut self, offset: usize) {
        self.at = offset;
    }

    /// Takes the character if it stands here.
    pub(crate) fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// An error about this place. A control character is always the worse problem.
    pub(crate) fn error(&self, problem: AddressProblem) -> AddressError {
        let problem = match self.peek() {
            Some(found) if is_control(found) => AddressProblem::Control(found),
            _ => problem,
        };
        self.error_at(self.at, problem)
    }

    /// An error about an earlier place.
    pub(crate) fn error_at(&self, offset: usize, problem: AddressProblem) -> AddressError {
        AddressError::at(self.text, offset, problem)
    }

    /// Skips blanks and comments (RFC 5322 CFWS, without line ends); says whether there were any.
    pub(crate) fn blanks(&mut self) -> Result<bool, AddressError> {
        let start = self.at;
        loop {
            match self.peek() {
                Some(' ' | '\t') => self.at += 1,
                Some('(') => self.comment()?,
                _ => return Ok(self.at > start),
            }
        }
    }

    /// Takes a run of characters that may stand in an atom (RFC 5322 3.2.3, RFC 6532 3.2).
    pub(crate) fn atom(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !is_atext(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Takes a quoted string, and gives what it says.
    pub(crate) fn quoted_string(&mut self) -> Result<String, AddressError> {
        let open = self.at;
        self.take('"');
        let mut said = String::new();
        let mut escaped = false;
        while let Some(c) = self.peek() {
            if is_control(c) {
                return Err(self.error(AddressProblem::Control(c)));
            }
            self.at += c.len_utf8();
            match c {
                _ if escaped => {
                    said.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => return Ok(said),
                _ => said.push(c),
            }
        }
        Err(self.error_at(open, AddressProblem::OpenQuote))
    }

    /// Takes `local-part@domain`, without blanks anywhere.
    pub(crate) fn spec(&mut self) -> Result<Spec, AddressError> {
        let start = self.at;
        let local = match self.peek() {
            None => return Err(self.error(AddressProblem::Missing)),
            Some('"') => self.quoted_string()?,
            Some(_) => self.dot_atom()?,
        };
        if !self.take('@') {
            return Err(match self.peek() {
                Some(found) if !matches!(found, ',' | ';' | '>') => {
                    self.error(AddressProblem::Unexpected(found))
                }
                _ => self.error(AddressProblem::NoDomain),
            });
        }
        let domain = self.domain()?;
        let ascii = domain::to_ascii(&domain).map_or(0, |name| name.len()).max(domain.len());
        let local_length = if is_dot_atom(&local) { local.len() } else { quoted(&local).len() };
        if local_length + 1 + ascii > LONGEST_ADDRESS {
            return Err(self.error_at(start, AddressProblem::Length));
        }
        Ok(Spec { local, domain })
    }

    fn dot_atom(&mut self) -> Result<String, AddressError> {
        let start = self.at;
        loop {
            if self.atom().is_empty() {
                return Err(match self.peek() {
                    Some('.') => self.error(AddressProblem::Dot),
                    Some(found) if self.at == start => {
                        self.error(AddressProblem::Unexpected(found))
                    }
                    _ => self.error(AddressProblem::Dot),
                });
            }
            if !self.take('.') {
                return Ok(self.text.get(start..self.at).unwrap_or_default().to_owned());
            }
        }
    }

    fn domain(&mut self) -> Result<String, AddressError> {
        let start = self.at;
        let rest = self.rest();
        if rest.starts_with('[') {
            let end = rest.find(']').ok_or_else(|| self.error(AddressProblem::Literal))?;
            self.at += end + 1;
            let inside = rest.get(1..end).unwrap_or_default();
            return domain::literal(inside).map_err(|problem| self.error_at(start, problem));
        }
        let end = rest.find(ends_domain).unwrap_or(rest.len());
        self.at += end;
        if end == 0 {
            return Err(match self.peek() {
                Some(found) => self.error(AddressProblem::Unexpected(found)),
                None => self.error(AddressProblem::NoDomain),
            });
        }
        let name = rest.get(..end).unwrap_or_default();
        domain::host(name).map_err(|problem| self.error_at(start, problem))
    }

    fn comment(&mut self) -> Result<(), AddressError> {
        let open = self.at;
        let mut depth = 0;
        let mut escaped = false;
        while let Some(c) = self.peek() {
            if is_control(c) && c != '\t' {
                return Err(self.error(AddressProblem::Control(c)));
            }
            self.at += c.len_utf8();
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '(' if depth == DEEPEST_COMMENT => {
                    return Err(self.error_at(open, AddressProblem::Depth));
                }
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
        Err(self.error_at(open, AddressProblem::OpenComment))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }
}

/// Whether no address and no name may hold the character: C0, DEL, C1, and the separators of
/// lines and paragraphs.
pub(crate) fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether the text can stand in an atom (RFC 5322 3.2.3 `atext`, RFC 6532 3.2).
pub(crate) fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || ATEXT_SPECIALS.contains(c) || (!c.is_ascii() && !is_control(c))
}

/// Whether the text can stand as a local part without quotes. What looks like an encoded word is
/// quoted all the same, since some readers decode those where they must not.
pub(crate) fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
        && !text.contains("=?")
}

/// The text as a quoted string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

fn ends_domain(c: char) -> bool {
    is_control(c) || " ,;<>()[]:\"@\\".contains(c)
}

/// RFC 5322 3.2.3.
const ATEXT_SPECIALS: &str = "!#$%&'*+-/=?^_`{|}~";

/// RFC 5321 4.5.3.1.3: a path has 256 octets, two of them for the angle brackets.
const LONGEST_ADDRESS: usize = 254;

/// Deeper comments are an attack and not a text.
const DEEPEST_COMMENT: u32 = 16;
