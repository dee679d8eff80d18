//! Trees of parts, drawn at random: what is written is as long as was told, and another parser
//! finds the same structure, names and octets.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::io::Cursor;
use std::sync::Arc;

use comms_mime::{Attachment, Body, Message, Part, RawMessage, Transfer};
use mail_parser::{MessageParser, MessagePart, MimeHeaders, PartType};
use proptest::prelude::*;

use crate::support::{begun, text_of, written};

const TRANSFERS: [Transfer; 3] = [Transfer::SevenBit, Transfer::EightBit, Transfer::Binary];

/// What a tree is made of.
#[derive(Debug, Clone)]
enum Tree {
    Text(String, From),
    Html(String),
    Octets(Vec<u8>, From),
    File(String, Vec<u8>),
    Inline(Vec<u8>),
    Raw(String),
    Message(Box<Tree>),
    Multipart(&'static str, Vec<Tree>),
}

/// Where content comes from.
#[derive(Debug, Clone, Copy)]
enum From {
    Memory,
    Generator,
}

fn body(octets: &[u8], from: From) -> Body {
    let octets: Arc<[u8]> = octets.into();
    match from {
        From::Memory => Body::bytes(octets.to_vec()),
        From::Generator => {
            let length = octets.len() as u64;
            Body::generator(move || Ok(Cursor::new(Arc::clone(&octets)))).with_length(length)
        }
    }
}

fn part(tree: &Tree, number: &mut u32) -> Part {
    *number += 1;
    match tree {
        Tree::Text(text, from) => {
            Part::of("text/plain".parse().unwrap(), body(text.as_bytes(), *from)).unwrap()
        }
        Tree::Html(html) => Part::html(html),
        Tree::Octets(octets, from) => {
            Part::of("application/x-any".parse().unwrap(), body(octets, *from)).unwrap()
        }
        Tree::File(name, octets) => Part::attachment(
            Attachment::bytes(name, octets.clone()).content_type("application/x-any").unwrap(),
        ),
        Tree::Inline(octets) => Part::inline(
            Attachment::bytes("i.png", octets.clone()).content_id(&format!("{number}")).unwrap(),
        ),
        Tree::Raw(text) => {
            let raw = format!("Subject: raw\r\n\r\n{text}");
            Part::raw_message(RawMessage::bytes(raw)).unwrap()
        }
        Tree::Message(tree) => Part::message(message(tree)),
        Tree::Multipart(kind, parts) => {
            let parts: Vec<Part> = parts.iter().map(|tree| part(tree, number)).collect();
            match *kind {
                "alternative" => Part::alternative(parts),
                "related" => Part::related(parts),
                _ => Part::mixed(parts),
            }
        }
    }
}

fn message(tree: &Tree) -> Message {
    begun().subject("in").body(part(tree, &mut 0)).build().unwrap()
}

fn leaf() -> impl Strategy<Value = Tree> {
    let from = || prop_oneof![Just(From::Memory), Just(From::Generator)];
    let text = || "([ -~]{0,30}|é|日|\0|\r|\n|\r\n|\\.|--|=_1_|x{990,1010}){0,8}";
    let octets = || proptest::collection::vec(any::<u8>(), 0..300);
    prop_oneof![
        (text(), from()).prop_map(|(text, from)| Tree::Text(text, from)),
        text().prop_map(Tree::Html),
        (octets(), from()).prop_map(|(octets, from)| Tree::Octets(octets, from)),
        ("[a-zäß日]{1,40}\\.[a-z]{1,4}", octets()).prop_map(|(name, all)| Tree::File(name, all)),
        octets().prop_map(Tree::Inline),
        text().prop_map(Tree::Raw),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let kind = prop_oneof![Just("alternative"), Just("related"), Just("mixed")];
        prop_oneof![
            3 => (kind, proptest::collection::vec(inner.clone(), 1..4))
                .prop_map(|(kind, parts)| Tree::Multipart(kind, parts)),
            1 => inner.prop_map(embedded),
        ]
    })
}

/// A message that is a part. That of a message whose root is a message is beyond mail-parser
/// (0.11.9), which closes one of them at a boundary: there a multipart stands between the two.
fn embedded(tree: Tree) -> Tree {
    let is_message = matches!(tree, Tree::Raw(_) | Tree::Message(_));
    let root = if is_message { Tree::Multipart("mixed", vec![tree]) } else { tree };
    Tree::Message(Box::new(root))
}

/// A text as readers see it: the last line whole or not, however its lines end.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim_end_matches('\n').to_owned()
}

/// Compares a tree with what was read, part by part in the order in which they stand.
fn compare(
    tree: &Tree,
    to: Transfer,
    parts: &mut dyn Iterator<Item = &MessagePart<'_>>,
) -> Result<(), TestCaseError> {
    let found = parts.next();
    prop_assert!(found.is_some(), "a part is missing: {:?}", tree);
    let found = found.unwrap();
    let essence = found
        .content_type()
        .map(|of| format!("{}/{}", of.ctype(), of.subtype().unwrap_or_default()));
    let essence = essence.unwrap_or_default();
    match tree {
        Tree::Text(text, _) | Tree::Html(text) => {
            prop_assert_eq!(lines(found.text_contents().unwrap_or_default()), lines(text));
        }
        Tree::Octets(octets, _) | Tree::Inline(octets) => {
            prop_assert_eq!(found.contents(), octets.as_slice());
        }
        Tree::File(name, octets) => {
            prop_assert_eq!(found.contents(), octets.as_slice());
            prop_assert_eq!(found.attachment_name(), Some(name.as_str()));
        }
        Tree::Raw(text) => {
            let raw = format!("Subject: raw\r\n\r\n{text}");
            if let PartType::Message(message) = &found.body {
                prop_assert_eq!(message.subject(), Some("raw"));
                let read = String::from_utf8_lossy(message.raw_message()).into_owned();
                prop_assert_eq!(lines(&read), lines(&raw));
            } else {
                prop_assert_eq!(found.contents(), raw.as_bytes());
                prop_assert_eq!(essence, "application/octet-stream");
                prop_assert!(to < Transfer::Binary);
            }
        }
        Tree::Message(tree) => {
            let PartType::Message(message) = &found.body else {
                return Err(TestCaseError::fail("a message is none"));
            };
            prop_assert_eq!(message.subject(), Some("in"));
            compare(tree, to, &mut message.parts.iter())?;
        }
        Tree::Multipart(kind, trees) => {
            prop_assert_eq!(essence, format!("multipart/{kind}"));
            for tree in trees {
                compare(tree, to, parts)?;
            }
        }
    }
    Ok(())
}

#[test]
fn a_boundary_separates_and_stands_nowhere_else() {
    let mut text = String::new();
    // Each message holds all that came before, with all its boundaries, in every way.
    for _ in 0..4 {
        let forward = Part::raw_message(RawMessage::bytes(text.clone())).unwrap();
        let whole = Attachment::bytes("whole.eml", text.clone());
        let parts = [Part::text(&text), Part::html(&text), forward, Part::attachment(whole)];
        let message = begun().body(Part::mixed(parts)).build().unwrap();
        text = text_of(&message, Transfer::SevenBit);
        let (_, behind) = text.split_once("boundary=\"").unwrap();
        let (boundary, _) = behind.split_once('"').unwrap();
        assert_eq!(text.matches(boundary).count(), 1 + 5, "{boundary}");
        for transfer in TRANSFERS {
            let octets = written(&message, transfer);
            assert_eq!(
                octets.windows(boundary.len()).filter(|at| at == &boundary.as_bytes()).count(),
                6
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_as_long_as_was_told_and_is_read_as_it_was_made(tree in tree()) {
        let message = message(&tree);
        for to in TRANSFERS {
            let octets = written(&message, to);
            let needed = message.written_as(to);
            prop_assert!(needed <= to);
            prop_assert!(needed > Transfer::SevenBit || octets.is_ascii());
            if needed < Transfer::Binary {
                let text = octets.strip_suffix(b"\r\n").unwrap();
                for line in text.split(|octet| *octet == b'\n') {
                    prop_assert!(line.len() <= 999 && !line.contains(&0));
                }
                let ends = octets.windows(2).filter(|two| *two == b"\r\n").count();
                let stray = octets.iter().filter(|octet| b"\r\n".contains(octet)).count();
                prop_assert_eq!(stray, 2 * ends, "a stray line end");
            }
            let parsed = MessageParser::new().parse(&octets).unwrap();
            compare(&tree, to, &mut parsed.parts.iter())?;
        }
    }
}
