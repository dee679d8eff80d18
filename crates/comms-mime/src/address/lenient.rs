//! Addresses read as people and old programs write them (RFC 5322 4.4, and beyond).

use crate::address::Address;
use crate::address::error::{AddressError, AddressProblem};
use crate::address::group::{Entry, Group, Mailboxes};
use crate::address::mailbox::Mailbox;
use crate::address::scanner::quoted;
use crate::address::token::{Kind, Token, Tokens};
use crate::address::words::{comment, local_begin, phrase, whole};

impl Mailbox {
    /// Reads one mailbox of a received header. See [`Mailboxes::parse_lenient`] for what is taken.
    ///
    /// ```
    /// use comms_mime::Mailbox;
    ///
    /// let bob = Mailbox::parse_lenient("=?utf-8?q?B=C3=B8b?= bob@x.example.")?;
    /// assert_eq!(bob.to_string(), "Bøb <bob@x.example>");
    /// # Ok::<(), comms_mime::AddressError>(())
    /// ```
    pub fn parse_lenient(text: &str) -> Result<Self, AddressError> {
        let mut found = Mailboxes::parse_lenient(text)?.into_entries().into_iter();
        match (found.next(), found.next()) {
            (Some(Entry::Mailbox(mailbox)), None) => Ok(mailbox),
            (None, _) => Err(AddressError::at(text, text.len(), AddressProblem::Missing)),
            _ => Err(AddressError::at(text, text.len(), AddressProblem::Several)),
        }
    }
}

impl Mailboxes {
    /// Reads the addresses of a received header as far as they have one meaning. What is built is
    /// parsed strictly (by `parse`); this is for what others have written.
    ///
    /// It takes, beyond the strict form: folded lines; commas and semicolons too many, semicolons
    /// as separators, a group without its end, a list of nothing; encoded words in names, decoded;
    /// a comment behind an address as its name; names with a comma that lack quotes, with an
    /// address in front of the one in brackets, behind it, or in front of one without brackets;
    /// quotes, parentheses and brackets that are not closed; routes (`<@a,@b:c@d>`), doubled and
    /// quoted brackets, quotes around a whole address; blanks and comments within an address;
    /// local parts of several words or with dots too many; a dot at the end of a domain.
    ///
    /// An entry without an address is an error, and so are two addresses with neither a comma nor a
    /// bracket between, and a control character.
    ///
    /// ```
    /// use comms_mime::Mailboxes;
    ///
    /// let list = Mailboxes::parse_lenient(",Smith, Bob <bob@x.example>; ann@x.example (Ann),,")?;
    /// assert_eq!(list.to_string(), r#""Smith, Bob" <bob@x.example>, Ann <ann@x.example>"#);
    /// # Ok::<(), comms_mime::AddressError>(())
    /// ```
    pub fn parse_lenient(text: &str) -> Result<Self, AddressError> {
        let mut reader = Reader { text, ..Reader::default() };
        for token in Tokens::of(text)? {
            reader.take(token)?;
        }
        reader.finish(Next::End)?;
        reader.close_group();
        Ok(reader.entries.into_iter().collect())
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reader<'a> {
    text: &'a str,
    entries: Vec<Entry>,
    group: Option<(String, Vec<Mailbox>)>,
    element: Element<'a>,
    /// Words without an address in front of a comma: the beginning of a name without its quotes.
    held: Option<(usize, String)>,
}

/// What stands between two commas.
#[derive(Debug, Default)]
struct Element<'a> {
    /// What stands in front of the bracket, or all of it.
    outside: Vec<Token<'a>>,
    inside: Vec<Token<'a>>,
    bracket: Bracket,
    /// Whether something stands in the brackets.
    begun: bool,
    /// Whether the brackets begin with a route, in which commas do not end anything.
    route: bool,
    /// Whether it began right behind another one, without a comma.
    joined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Bracket {
    #[default]
    None,
    Open,
    Closed,
}

/// What ends an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Comma,
    Joined,
    End,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: Token<'a>) -> Result<(), AddressError> {
        let bracket = self.element.bracket;
        match (&token.kind, bracket) {
            (Kind::Special(',' | ':'), Bracket::Open) if self.element.route => {
                self.element.inside.push(token);
            }
            (Kind::Special(','), _) => self.finish(Next::Comma)?,
            (Kind::Special(';'), _) => {
                self.finish(Next::End)?;
                self.close_group();
            }
            (Kind::Special(':'), Bracket::None) if !self.element.has_at() => {
                self.open_group(&token)?;
            }
            (Kind::Special(':'), _) => {
                return Err(self.error(token.at, AddressProblem::Unexpected(':')));
            }
            (Kind::Special('<'), Bracket::None) => self.element.bracket = Bracket::Open,
            (Kind::Special('<'), Bracket::Open) if self.element.inside.is_empty() => {}
            (Kind::Special('>'), Bracket::Open) => self.element.bracket = Bracket::Closed,
            (Kind::Special('>') | Kind::Blank, Bracket::Closed) => {}
            (Kind::Special(found @ ('<' | '>')), Bracket::None | Bracket::Open) => {
                return Err(self.error(token.at, AddressProblem::Unexpected(*found)));
            }
            (_, Bracket::Open) => self.element.push_inside(token),
            (_, Bracket::None) | (Kind::Comment(_), Bracket::Closed) => {
                self.element.outside.push(token);
            }
            (_, Bracket::Closed) => {
                self.finish(Next::Joined)?;
                self.element.joined = true;
                self.take(token)?;
            }
        }
        Ok(())
    }

    fn open_group(&mut self, colon: &Token<'a>) -> Result<(), AddressError> {
        if self.group.is_some() {
            return Err(self.error(colon.at, AddressProblem::NestedGroup));
        }
        let element = std::mem::take(&mut self.element);
        let name = phrase(&element.outside).unwrap_or_default();
        self.group = Some((self.with_held(name), Vec::new()));
        Ok(())
    }

    fn close_group(&mut self) {
        if let Some((name, members)) = self.group.take()
            && let Ok(group) = Group::new(name, members)
        {
            self.entries.push(Entry::Group(group));
        }
    }

    /// Ends an element.
    fn finish(&mut self, next: Next) -> Result<(), AddressError> {
        let element = std::mem::take(&mut self.element);
        let has_address = element.bracket != Bracket::None || element.has_at();
        let whole = element.whole();
        if !has_address && whole.is_none() {
            return self.without_address(&element, next);
        }
        let (name, address) = match (element.bracket, whole) {
            (Bracket::None, Some(address)) => (None, address),
            (Bracket::None, None) => self.bare(&element.outside)?,
            (Bracket::Open | Bracket::Closed, _) => {
                (phrase(&element.outside), self.address(&element.inside)?)
            }
        };
        if let (Some((at, _)), Bracket::None) = (&self.held, element.bracket) {
            return Err(self.error(*at, AddressProblem::NoAngle));
        }
        let name = name.or_else(|| comment(&element.outside).or_else(|| comment(&element.inside)));
        let name = match self.held {
            Some(_) => Some(self.with_held(name.unwrap_or_default())),
            None => name,
        };
        let mailbox = match name {
            Some(name) => Mailbox::named(name, address)?,
            None => Mailbox::new(address),
        };
        self.push(mailbox);
        Ok(())
    }

    /// Words alone: a name behind its address, the beginning of a name, or nothing.
    fn without_address(&mut self, element: &Element<'a>, next: Next) -> Result<(), AddressError> {
        let Some(name) = phrase(&element.outside) else {
            return match &self.held {
                Some((at, _)) if next == Next::End => Err(self.error(*at, AddressProblem::NoAngle)),
                _ => Ok(()),
            };
        };
        if element.joined && self.name_last(&name)? {
            return Ok(());
        }
        let first = element.outside.iter().find(|token| token.is_content());
        let at = first.map_or(0, |token| token.at);
        if next != Next::Comma || element.joined {
            let at = self.held.as_ref().map_or(at, |(at, _)| *at);
            return Err(self.error(at, AddressProblem::NoAngle));
        }
        let at = self.held.as_ref().map_or(at, |(at, _)| *at);
        self.held = Some((at, self.with_held(name) + ","));
        Ok(())
    }

    /// Gives the name to the mailbox before, if that has none.
    fn name_last(&mut self, name: &str) -> Result<bool, AddressError> {
        let last = match &mut self.group {
            Some((_, members)) => members.last_mut(),
            None => match self.entries.last_mut() {
                Some(Entry::Mailbox(mailbox)) => Some(mailbox),
                Some(Entry::Group(_)) | None => None,
            },
        };
        match last.filter(|last| last.name().is_none()) {
            Some(last) => *last = Mailbox::named(name, last.address().clone())?,
            None => return Ok(false),
        }
        Ok(true)
    }

    fn with_held(&mut self, name: String) -> String {
        match self.held.take() {
            Some((_, held)) if name.is_empty() => held,
            Some((_, held)) => held + " " + &name,
            None => name,
        }
    }

    fn push(&mut self, mailbox: Mailbox) {
        match &mut self.group {
            Some((_, members)) => members.push(mailbox),
            None => self.entries.push(Entry::Mailbox(mailbox)),
        }
    }

    /// An address without brackets, and the name in front of it.
    fn bare(&self, tokens: &[Token<'a>]) -> Result<(Option<String>, Address), AddressError> {
        let at = tokens.iter().position(Token::is_at).unwrap_or_default();
        let before = tokens.get(..at).unwrap_or_default();
        let begin = local_begin(before);
        let (name, _) = before.split_at_checked(begin).unwrap_or((before, &[]));
        let address = self.address(tokens.get(begin..).unwrap_or_default())?;
        Ok((phrase(name), address))
    }

    /// The address that the tokens are, blanks and comments left out where that is allowed.
    fn address(&self, tokens: &[Token<'a>]) -> Result<Address, AddressError> {
        if let Some(address) = whole(tokens) {
            return Ok(address);
        }
        let begin = tokens.first().map_or(self.text.len(), |token| token.at);
        let tokens = self.without_route(tokens)?;
        let Some(at) = tokens.iter().position(Token::is_at) else {
            let problem =
                if tokens.is_empty() { AddressProblem::Missing } else { AddressProblem::NoDomain };
            return Err(self.error(begin, problem));
        };
        let (left, right) = tokens.split_at_checked(at).unwrap_or_default();
        let mut local = self.joined(left)?;
        let mut domain = self.joined(right.get(1..).unwrap_or_default())?;
        if let (Some(l), Some(d)) = (local.strip_prefix('\''), domain.strip_suffix('\'')) {
            (local, domain) = (l.to_owned(), d.to_owned());
        }
        if local.is_empty() && !left.iter().any(|token| matches!(token.kind, Kind::Quoted(_))) {
            return Err(self.error(begin, AddressProblem::Unexpected('@')));
        }
        let text = format!("{}@{}", quoted(&local), domain.trim_end_matches('.'));
        text.parse::<Address>().map_err(|error| self.error(begin, error.problem()))
    }

    /// What stands behind a route (RFC 5322 4.4 `obs-route`).
    fn without_route<'t>(&self, tokens: &'t [Token<'a>]) -> Result<&'t [Token<'a>], AddressError> {
        let first = tokens.iter().find(|token| token.is_content());
        let Some(first) = first.filter(|token| token.is_at()) else { return Ok(tokens) };
        let colon = tokens.iter().rposition(|token| token.kind == Kind::Special(':'));
        let behind = colon.and_then(|colon| tokens.get(colon + 1..));
        behind.ok_or_else(|| self.error(first.at, AddressProblem::Unexpected('@')))
    }

    /// One side of the address; its words have dots between, and perhaps blanks.
    fn joined(&self, tokens: &[Token<'a>]) -> Result<String, AddressError> {
        let mut out = String::new();
        for token in tokens {
            let said = match &token.kind {
                Kind::Blank | Kind::Comment(_) => continue,
                Kind::Word(said) | Kind::Literal(said) => said,
                Kind::Quoted(said) => said.as_str(),
                Kind::Special(found) => {
                    return Err(self.error(token.at, AddressProblem::Unexpected(*found)));
                }
            };
            if !out.is_empty() && !out.ends_with('.') && !said.starts_with('.') {
                return Err(self.error(token.at, AddressProblem::Several));
            }
            out.push_str(said);
        }
        Ok(out)
    }

    fn error(&self, at: usize, problem: AddressProblem) -> AddressError {
        AddressError::at(self.text, at, problem)
    }
}

impl<'a> Element<'a> {
    fn push_inside(&mut self, token: Token<'a>) {
        self.route |= token.is_at() && !self.begun;
        self.begun |= token.is_content();
        self.inside.push(token);
    }

    fn has_at(&self) -> bool {
        self.outside.iter().any(Token::is_at)
    }

    /// The address, when all of it stands in quotes.
    fn whole(&self) -> Option<Address> {
        whole(&self.outside).filter(|_| self.bracket == Bracket::None)
    }
}
