//! Fields of mailboxes and groups (RFC 5322 3.6.2, 3.6.3).

use std::fmt::Write;
use std::ops::Range;

use crate::address::Address;
use crate::address::group::{Entry, Mailboxes};
use crate::address::mailbox::{Mailbox, phrase};
use crate::address::scanner::quoted;
use crate::encode::fold::Field;
use crate::encode::word;

/// The mailboxes of one field, and the groups that some of them stand in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    mailboxes: Vec<Mailbox>,
    groups: Vec<(String, Range<usize>)>,
}

impl Listed {
    /// Adds a mailbox of its own.
    pub(crate) fn push(&mut self, mailbox: Mailbox) {
        self.mailboxes.push(mailbox);
    }

    /// Adds what a list holds, its groups as groups.
    pub(crate) fn extend(&mut self, list: Mailboxes) {
        for entry in list.into_entries() {
            match entry {
                Entry::Mailbox(mailbox) => self.mailboxes.push(mailbox),
                Entry::Group(group) => {
                    let start = self.mailboxes.len();
                    let (name, members) = group.into_parts();
                    self.mailboxes.extend(members);
                    self.groups.push((name, start..self.mailboxes.len()));
                }
            }
        }
    }

    /// All mailboxes, those of groups among them.
    pub(crate) fn mailboxes(&self) -> &[Mailbox] {
        &self.mailboxes
    }

    /// All mailboxes, those of groups among them.
    pub(crate) fn into_mailboxes(self) -> Vec<Mailbox> {
        self.mailboxes
    }

    /// The field, unless nothing stands in it.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        if self.mailboxes.is_empty() && self.groups.is_empty() {
            return None;
        }
        let mut row = Row { field: Field::new(name), first: true };
        let mut at = 0;
        for (name, members) in &self.groups {
            row.mailboxes(self.mailboxes.get(at..members.start).unwrap_or_default());
            row.group(name, self.mailboxes.get(members.clone()).unwrap_or_default());
            at = members.end;
        }
        row.mailboxes(self.mailboxes.get(at..).unwrap_or_default());
        Some(row.field.finish())
    }
}

/// A field of mailboxes.
pub(crate) fn mailbox_field<'a>(
    name: &str,
    mailboxes: impl IntoIterator<Item = &'a Mailbox>,
) -> String {
    let mut row = Row { field: Field::new(name), first: true };
    row.mailboxes(mailboxes);
    row.field.finish()
}

/// Whether an address in a field needs SMTPUTF8: its domain could be written in ASCII, its local
/// part cannot.
pub(crate) fn needs_smtputf8(address: &Address) -> bool {
    address.to_ascii().is_none()
}

/// Entries with commas between.
struct Row {
    field: Field,
    first: bool,
}

impl Row {
    fn mailboxes<'a>(&mut self, mailboxes: impl IntoIterator<Item = &'a Mailbox>) {
        for mailbox in mailboxes {
            self.separate();
            put_mailbox(&mut self.field, mailbox);
        }
    }

    fn group(&mut self, name: &str, members: &[Mailbox]) {
        self.separate();
        match put_phrase(&mut self.field, name) {
            Spelled::Plain => self.field.glue(":"),
            // RFC 2047 5 (3): a blank has to stand between an encoded word and the colon.
            Spelled::Encoded => self.field.token(":"),
        }
        self.first = true;
        self.mailboxes(members);
        self.field.glue(";");
        self.first = false;
    }

    fn separate(&mut self) {
        if !self.first {
            self.field.glue(",");
        }
        self.first = false;
    }
}

fn put_mailbox(field: &mut Field, mailbox: &Mailbox) {
    // In ASCII, unless nothing but SMTPUTF8 can carry it.
    let ascii = mailbox.address().to_ascii();
    let address = ascii.as_ref().unwrap_or(mailbox.address());
    let mut text = String::with_capacity(address.text_len() + 3);
    // Writing to a string cannot fail.
    let _ = write!(text, "{address}");
    let Some(name) = mailbox.name() else {
        field.token(&text);
        return;
    };
    put_phrase(field, name);
    field.enclosed("<", &text, ">");
}

/// How a name was written.
pub(crate) enum Spelled {
    Plain,
    Encoded,
}

/// Puts a name into a field.
pub(crate) fn put_phrase(field: &mut Field, name: &str) -> Spelled {
    let shown = if name.is_empty() { quoted(name).into() } else { phrase(name) };
    if !word::is_plain(&shown) || word::has_runs(name) || shown.len() > LONGEST_PHRASE {
        word::words(field, name);
        return Spelled::Encoded;
    }
    if shown == name {
        name.split(' ').for_each(|atom| field.token(atom));
    } else {
        field.token(&shown);
    }
    Spelled::Plain
}

/// A quoted name cannot be folded.
const LONGEST_PHRASE: usize = 70;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bare_quoted_or_encoded() {
        let mailboxes = [
            ("Bob Smith <b@x.example>", "Bob Smith <b@x.example>"),
            ("\"Smith, Bob\" <b@x.example>", "\"Smith, Bob\" <b@x.example>"),
            ("\" Bob\" <b@x.example>", "\" Bob\" <b@x.example>"),
            ("Bøb <b@x.example>", "=?utf-8?q?B=C3=B8b?= <b@x.example>"),
            ("\"Bob  S\" <b@x.example>", "=?utf-8?q?Bob__S?= <b@x.example>"),
            ("=?utf-8?q?x?= <b@x.example>", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <b@x.example>"),
        ];
        for (mailbox, written) in mailboxes {
            let field = mailbox_field("To", [&mailbox.parse().unwrap()]);
            assert_eq!(field, format!("To: {written}\r\n"));
        }
    }

    #[test]
    fn groups_stand_where_they_were_put() {
        let lists = [
            ("undisclosed-recipients:;", "undisclosed-recipients:;"),
            ("a@x, my group: B <b@x>, c@x;, d@x", "a@x, my group: B <b@x>, c@x;, d@x"),
            ("one:;, two: a@x;", "one:;, two: a@x;"),
            ("Grüße: a@x;", "=?utf-8?b?R3LDvMOfZQ==?= : a@x;"),
            ("\"\": a@x;", "\"\": a@x;"),
            ("\"a, b\":;, c@x", "\"a, b\":;, c@x"),
        ];
        for (list, written) in lists {
            let mut listed = Listed::default();
            listed.extend(list.parse().unwrap());
            assert_eq!(listed.field("To"), Some(format!("To: {written}\r\n")));
        }
        assert_eq!(Listed::default().field("To"), None);
    }
}
