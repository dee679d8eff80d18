//! Lists of mailboxes and groups (RFC 5322 3.4 `address-list`).

use std::fmt;
use std::str::FromStr;

use crate::address::error::{AddressError, AddressProblem};
use crate::address::mailbox::{Mailbox, Scanned, checked, phrase};
use crate::address::scanner::{Scanner, quoted};

/// Several mailboxes under one name: `friends: a@x.example, b@x.example;`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    name: String,
    members: Vec<Mailbox>,
}

impl Group {
    /// A group. Control characters in the name are an error.
    pub fn new(
        name: impl Into<String>,
        members: impl IntoIterator<Item = Mailbox>,
    ) -> Result<Self, AddressError> {
        let name = name.into();
        checked(&name)?;
        Ok(Group { name, members: members.into_iter().collect() })
    }

    /// The name of the group.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The group of those who are not named: `undisclosed-recipients:;`.
    pub fn undisclosed() -> Self {
        Group { name: "undisclosed-recipients".to_owned(), members: Vec::new() }
    }

    pub(crate) fn into_parts(self) -> (String, Vec<Mailbox>) {
        (self.name, self.members)
    }

    /// Its members.
    pub fn members(&self) -> &[Mailbox] {
        &self.members
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { quoted("").into() } else { phrase(&self.name) };
        write!(f, "{name}:")?;
        for (n, member) in self.members.iter().enumerate() {
            write!(f, "{}{member}", if n == 0 { " " } else { ", " })?;
        }
        f.write_str(";")
    }
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entry {
    /// A mailbox of its own.
    Mailbox(Mailbox),
    /// A group.
    Group(Group),
}

/// A list of mailboxes and groups, as a header or a command line gives it.
///
/// ```
/// use comms_mime::Mailboxes;
///
/// let list: Mailboxes = r#"a@x.example, "B, C" <bc@x.example>, all: d@x.example, e@x.example;"#
///     .parse()?;
/// let local: Vec<_> = list.iter().map(|mailbox| mailbox.address().local_part()).collect();
/// assert_eq!(local, ["a", "bc", "d", "e"]);
/// # Ok::<(), comms_mime::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailboxes(Vec<Entry>);

impl Mailboxes {
    /// All mailboxes in order, those of groups among them.
    pub fn iter(&self) -> impl Iterator<Item = &Mailbox> {
        self.0.iter().flat_map(|entry| match entry {
            Entry::Mailbox(mailbox) => std::slice::from_ref(mailbox),
            Entry::Group(group) => group.members(),
        })
    }

    /// The entries as they were written.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.0
    }

    /// All mailboxes in order, those of groups among them.
    pub fn into_mailboxes(self) -> Vec<Mailbox> {
        let mailboxes = self.0.into_iter().flat_map(|entry| match entry {
            Entry::Mailbox(mailbox) => vec![mailbox],
            Entry::Group(group) => group.members,
        });
        mailboxes.collect()
    }
}

impl FromIterator<Mailbox> for Mailboxes {
    fn from_iter<I: IntoIterator<Item = Mailbox>>(mailboxes: I) -> Self {
        Mailboxes(mailboxes.into_iter().map(Entry::Mailbox).collect())
    }
}

impl FromIterator<Entry> for Mailboxes {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        Mailboxes(entries.into_iter().collect())
    }
}

impl From<Group> for Mailboxes {
    fn from(group: Group) -> Self {
        Mailboxes(vec![Entry::Group(group)])
    }
}

impl FromStr for Mailboxes {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let mut scanner = Scanner::new(text);
        let mut entries = Vec::new();
        loop {
            scanner.blanks()?;
            entries.push(match Mailbox::scan(&mut scanner)? {
                Scanned::Mailbox(mailbox) => Entry::Mailbox(mailbox),
                Scanned::GroupName(name) => Entry::Group(members(name, &mut scanner)?),
            });
            if scanner.peek().is_none() {
                return Ok(Mailboxes(entries));
            }
            comma(&mut scanner)?;
        }
    }
}

impl fmt::Display for Mailboxes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, entry) in self.0.iter().enumerate() {
            f.write_str(if n == 0 { "" } else { ", " })?;
            match entry {
                Entry::Mailbox(mailbox) => mailbox.fmt(f)?,
                Entry::Group(group) => group.fmt(f)?,
            }
        }
        Ok(())
    }
}

/// Takes the members of a group, from its colon to behind its semicolon.
fn members(name: String, scanner: &mut Scanner<'_>) -> Result<Group, AddressError> {
    let open = scanner.offset();
    scanner.take(':');
    scanner.blanks()?;
    let mut members = Vec::new();
    while !scanner.take(';') {
        if scanner.peek().is_none() {
            return Err(scanner.error_at(open, AddressProblem::OpenGroup));
        }
        if !members.is_empty() {
            comma(scanner)?;
            scanner.blanks()?;
        }
        match Mailbox::scan(scanner)? {
            Scanned::Mailbox(mailbox) => members.push(mailbox),
            Scanned::GroupName(_) => return Err(scanner.error(AddressProblem::NestedGroup)),
        }
    }
    scanner.blanks()?;
    Ok(Group { name, members })
}

fn comma(scanner: &mut Scanner<'_>) -> Result<(), AddressError> {
    if scanner.take(',') {
        return Ok(());
    }
    Err(match scanner.peek() {
        Some(found) => scanner.error(AddressProblem::Unexpected(found)),
        None => scanner.error(AddressProblem::Missing),
    })
}
