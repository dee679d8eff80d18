//! What a file says, as a tree with places: TOML, without its grammar.

use std::ops::Range;

use comms_core::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A part of the file's text, in octets.
pub(crate) type Span = Range<usize>;

/// A key with what it has.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Span,
    pub(crate) node: Node,
}

/// What a key has.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Span,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// Text, a whole number, or true or false.
    Value(Value),
    /// A number with a fraction, or a whole one that is too great, as it stands there.
    Number(String),
    /// A date or a time of day.
    Date,
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// What is not TOML.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) place: Span,
    pub(crate) why: String,
}

/// Reads `text`, as far as it can be read. Entries are in the order of the file.
pub(crate) fn parse(text: &str) -> (Vec<Entry>, Vec<Unreadable>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let unreadable = errors.iter().map(|error| Unreadable {
        place: error.span().unwrap_or_default(),
        why: error.message().to_owned(),
    });
    (entries(table.get_ref()), unreadable.collect())
}

fn entries(table: &DeTable<'_>) -> Vec<Entry> {
    let mut entries = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().clone().into_owned(),
            place: key.span(),
            node: node(value),
        })
        .collect::<Vec<_>>();
    entries.sort_by_key(|entry| entry.place.start);
    entries
}

fn node(value: &Spanned<DeValue<'_>>) -> Node {
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Value(Value::from(&**text)),
        DeValue::Boolean(truth) => Kind::Value(Value::Bool(*truth)),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Kind::Value(Value::Integer(number)),
            Err(_) => Kind::Number(number.to_string()),
        },
        DeValue::Float(number) => Kind::Number(number.as_str().to_owned()),
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(values) => Kind::List(values.iter().map(node).collect()),
        DeValue::Table(table) => Kind::Table(entries(table)),
    };
    Node { place: value.span(), kind }
}

impl Node {
    /// The text, if it is text.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Value(value) => value.as_text(),
            _ => None,
        }
    }

    /// The entries, if it is a table.
    pub(crate) fn table(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// Where its values stand, those within tables and lists as well.
    pub(crate) fn leaves(&self, into: &mut Vec<Span>) {
        match &self.kind {
            Kind::Table(entries) => entries.iter().for_each(|entry| entry.node.leaves(into)),
            _ => into.push(self.place.clone()),
        }
    }
}
