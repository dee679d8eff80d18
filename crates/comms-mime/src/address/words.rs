//! What the tokens of an address say: names, and where an address begins.

use crate::address::Address;
use crate::address::scanner::is_control;
use crate::address::token::{Kind, Token};
use crate::header::decoded::decoded;

/// The address within the only quoted string.
pub(crate) fn whole(tokens: &[Token<'_>]) -> Option<Address> {
    let mut content = tokens.iter().filter(|token| token.is_content());
    match (content.next().map(|token| &token.kind), content.next()) {
        (Some(Kind::Quoted(said)), None) => said.parse().ok(),
        _ => None,
    }
}

/// Where the local part begins in what stands in front of the `@`.
pub(crate) fn local_begin(before: &[Token<'_>]) -> usize {
    let mut begin = before.len();
    let mut dotted = true;
    for (n, token) in before.iter().enumerate().rev() {
        match &token.kind {
            Kind::Blank | Kind::Comment(_) => continue,
            Kind::Word(_) | Kind::Quoted(_) if dotted || begin == n + 1 => begin = n,
            Kind::Word(".") => begin = n,
            _ => break,
        }
        dotted = matches!(token.kind, Kind::Word(said) if said.starts_with('.'));
    }
    begin
}

/// The words as a name, decoded; none when there are none.
pub(crate) fn phrase(tokens: &[Token<'_>]) -> Option<String> {
    let mut said = String::new();
    let mut apart = false;
    for token in tokens {
        let word = match &token.kind {
            Kind::Blank => {
                apart = !said.is_empty();
                continue;
            }
            Kind::Comment(_) => continue,
            Kind::Word(word) | Kind::Literal(word) => word,
            Kind::Quoted(word) => word.as_str(),
            Kind::Special(_) => "@",
        };
        if std::mem::take(&mut apart) {
            said.push(' ');
        }
        said.push_str(word);
    }
    shown(&said)
}

/// The last comment, by which older mail names people.
pub(crate) fn comment(tokens: &[Token<'_>]) -> Option<String> {
    tokens.iter().rev().find_map(|token| match &token.kind {
        Kind::Comment(said) => shown(said.trim()),
        _ => None,
    })
}

/// The text decoded; control characters that were encoded become blanks.
fn shown(text: &str) -> Option<String> {
    let harmless = |c: char| if is_control(c) { ' ' } else { c };
    let shown: String = decoded(text).chars().map(harmless).collect();
    Some(shown).filter(|shown| !shown.is_empty())
}
