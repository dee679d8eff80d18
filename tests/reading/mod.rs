//! Reading messages with a parser that is not ours, and comparing with what went in.

use mail_parser::{
    Address, DateTime, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders,
    PartType,
};

use crate::matrix::expected::{Content, Expected, Leaf, Node, Shown};

/// What differs, in words; nothing where the message is what went in.
pub(crate) fn differences(expected: &Expected, octets: &[u8]) -> Vec<String> {
    let parser = MessageParser::new().with_mime_headers().with_date_headers();
    let parser = parser.with_address_headers().with_message_ids();
    let parser = parser.header_text(HeaderName::Subject).header_text("X-Free-Text");
    let Some(message) = parser.parse(octets) else {
        return vec![String::from("it is no message")];
    };
    let mut found = Found::default();
    found.compare("id", &message.message_id(), &Some(expected.id.as_str()));
    found.compare("date", &message.date().map(DateTime::to_timestamp), &Some(expected.date));
    for (name, value) in &expected.texts {
        found.compare(name, &text_of(&message, name), value);
    }
    for (name, shown) in &expected.mailboxes {
        found.compare(name, &mailboxes_of(&message, name), shown);
    }
    let fields = expected.texts.len() + expected.mailboxes.len();
    // Date, Message-ID, MIME-Version, and those of the root part.
    let others = message.headers().iter().filter(|header| !is_content(&header.name)).count();
    found.compare("number of fields", &others, &(fields + 3));
    found.node(&message, 0, &expected.root, true);
    found.differences
}

#[derive(Default)]
struct Found {
    differences: Vec<String>,
}

impl Found {
    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.differences.push(format!("{what}: {found:?}, not {expected:?}"));
        }
    }

    fn node(&mut self, message: &Message<'_>, at: u32, expected: &Node, is_root: bool) {
        let Some(part) = message.part(at) else {
            return self.differences.push(format!("part {at} is missing"));
        };
        match (expected, &part.body) {
            (Node::Multipart(subtype, nodes), PartType::Multipart(parts)) => {
                self.compare("multipart", &type_of(part), &format!("multipart/{subtype}"));
                self.compare("number of parts", &parts.len(), &nodes.len());
                for (part, node) in parts.iter().zip(nodes) {
                    self.node(message, *part, node, false);
                }
            }
            (Node::Leaf(leaf), _) => self.leaf(part, leaf, is_root),
            (Node::Multipart(..), _) => self.differences.push(format!("part {at} has no parts")),
        }
    }

    fn leaf(&mut self, part: &MessagePart<'_>, leaf: &Leaf, is_root: bool) {
        self.compare("type", &type_of(part), &leaf.media_type);
        let disposition = part.content_disposition().map(|field| field.ctype().to_owned());
        self.compare("disposition", &disposition.as_deref(), &leaf.disposition);
        self.compare("file name", &part.attachment_name(), &leaf.file_name.as_deref());
        self.compare("content id", &part.content_id(), &leaf.content_id.as_deref());
        match &leaf.content {
            Content::Octets(octets) if part.contents() != octets => {
                let (found, expected) = (part.contents(), octets.as_slice());
                self.differences.push(format!("octets: {}, not {}", brief(found), brief(expected)));
            }
            Content::Octets(_) => {}
            Content::Text(expected) => {
                let found = part.text_contents().unwrap_or_default().replace("\r\n", "\n");
                let added = is_root && !expected.ends_with('\n') && found.ends_with('\n');
                let found = if added { &found[..found.len() - 1] } else { &found };
                if found != expected {
                    let (found, expected) = (found.as_bytes(), expected.as_bytes());
                    self.differences.push(format!(
                        "text: {}, not {}",
                        brief(found),
                        brief(expected)
                    ));
                }
            }
        }
    }
}

fn is_content(name: &HeaderName<'_>) -> bool {
    name.as_str().starts_with("Content-")
}

fn text_of(message: &Message<'_>, name: &str) -> String {
    match message.header(name) {
        Some(HeaderValue::Text(text)) => text.to_string(),
        Some(HeaderValue::Empty) => String::new(),
        other => format!("{other:?}"),
    }
}

fn mailboxes_of(message: &Message<'_>, name: &str) -> Vec<Shown> {
    let list = match message.header(name) {
        Some(HeaderValue::Address(Address::List(list))) => list.as_slice(),
        _ => &[],
    };
    let shown = list.iter().map(|one| Shown {
        name: one.name.as_deref().map(str::to_owned),
        address: one.address.as_deref().unwrap_or_default().to_owned(),
    });
    shown.collect()
}

fn type_of(part: &MessagePart<'_>) -> String {
    let found = part.content_type();
    found.map_or_else(String::new, |found| {
        format!("{}/{}", found.ctype(), found.subtype().unwrap_or_default())
    })
}

/// The beginning and the length.
fn brief(octets: &[u8]) -> String {
    let beginning = octets.get(..60).unwrap_or(octets);
    format!("{} octets \"{}\"", octets.len(), beginning.escape_ascii())
}
