//! The tokens of addresses as they are met in the wild. Linear: what has no end is looked for once.

use crate::address::error::{AddressError, AddressProblem};
use crate::address::scanner::is_control;
use crate::header::decoded::EncodedWord;

/// A token, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) at: usize,
    pub(crate) kind: Kind<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// Blanks, also of a folded line.
    Blank,
    /// Anything but specials and blanks; dots are in it.
    Word(&'a str),
    /// What a quoted string says.
    Quoted(String),
    /// What a comment says.
    Comment(String),
    /// An address literal with its brackets.
    Literal(&'a str),
    /// One of `<>@,;:`.
    Special(char),
}

impl Token<'_> {
    /// Whether it is the `@`.
    pub(crate) fn is_at(&self) -> bool {
        self.kind == Kind::Special('@')
    }

    /// Whether it is more than blanks and comments.
    pub(crate) fn is_content(&self) -> bool {
        !matches!(self.kind, Kind::Blank | Kind::Comment(_))
    }
}

/// The tokens of a text.
#[derive(Debug)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// The openings that have no end, so that the next ones are not looked at either.
    unclosed: Vec<char>,
}

impl<'a> Tokens<'a> {
    /// The tokens of a text. A control character in it is an error.
    pub(crate) fn of(text: &'a str) -> Result<Self, AddressError> {
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let folds = match c {
                '\r' => next == Some('\n'),
                '\n' => matches!(next, None | Some(' ' | '\t')),
                c => c == '\t',
            };
            if is_control(c) && !folds {
                return Err(AddressError::at(text, at, AddressProblem::Control(c)));
            }
        }
        Ok(Tokens { text, at: 0, unclosed: Vec::new() })
    }

    fn kind(&mut self) -> Option<Kind<'a>> {
        let rest = self.text.get(self.at..)?;
        let c = rest.chars().next()?;
        let (kind, length) = match c {
            '<' | '>' | '@' | ',' | ';' | ':' => (Kind::Special(c), 1),
            '"' | '(' | '[' if !self.unclosed.contains(&c) => {
                let found = enclosed(rest, c);
                if found.is_none() {
                    self.unclosed.push(c);
                }
                found.unwrap_or((Kind::Blank, 1))
            }
            c if is_blank(c) || is_stray(c) => (Kind::Blank, 1),
            _ => {
                let length = word(rest);
                (Kind::Word(rest.get(..length)?), length)
            }
        };
        self.at += length;
        Some(kind)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let at = self.at;
        self.kind().map(|kind| Token { at, kind })
    }
}

/// What stands in quotes, parentheses or brackets, and how many octets that is; none without an
/// end.
fn enclosed(rest: &str, open: char) -> Option<(Kind<'_>, usize)> {
    if open == '[' {
        let length = rest.find(']')? + 1;
        return Some((Kind::Literal(rest.get(..length)?), length));
    }
    let mut said = String::new();
    let mut depth = 0_usize;
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match (open, c) {
            _ if matches!(c, '\r' | '\n') => continue,
            _ if escaped => escaped = false,
            (_, '\\') => {
                escaped = true;
                continue;
            }
            ('"', '"') => return Some((Kind::Quoted(said), at + 1)),
            ('(', ')') if depth == 0 => return Some((Kind::Comment(said), at + 1)),
            ('(', '(') => depth += 1,
            ('(', ')') => depth -= 1,
            _ => {}
        }
        said.push(if c == '\t' { ' ' } else { c });
    }
    None
}

/// How long the word at the beginning is. Encoded words may hold specials.
fn word(rest: &str) -> usize {
    let ends = |c: char| is_blank(c) || is_stray(c) || "<>@,;:".contains(c);
    let mut at = 0;
    while let Some(from) = rest.get(at..) {
        let encoded = from.starts_with("=?").then(|| EncodedWord::first(from)).flatten();
        at += match (encoded, from.chars().next()) {
            (Some(encoded), _) => encoded.length,
            (None, Some(c)) if !ends(c) => c.len_utf8(),
            (None, _) => break,
        };
    }
    at
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// What is half of a pair whose other half is missing.
fn is_stray(c: char) -> bool {
    matches!(c, '"' | '(' | ')' | '[' | ']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind<'_>> {
        Tokens::of(text).unwrap().map(|token| token.kind).collect()
    }

    #[test]
    fn openings_without_an_end_are_blanks() {
        let b = Kind::Blank;
        assert_eq!(kinds("\"a\\\"\"b"), [Kind::Quoted("a\"".into()), Kind::Word("b")]);
        assert_eq!(kinds("\"a"), [b.clone(), Kind::Word("a")]);
        assert_eq!(
            kinds("(a(b)c"),
            [b.clone(), Kind::Word("a"), b.clone(), Kind::Word("b"), b.clone(), Kind::Word("c")]
        );
        assert_eq!(kinds("((a))"), [Kind::Comment("(a)".into())]);
        assert_eq!(kinds("[1].[2"), [Kind::Literal("[1]"), Kind::Word("."), b, Kind::Word("2")]);
        assert_eq!(kinds("=?utf-8?q?a,b?=,"), [Kind::Word("=?utf-8?q?a,b?="), Kind::Special(',')]);
        assert_eq!(
            kinds("a\r\n b"),
            [Kind::Word("a"), Kind::Blank, Kind::Blank, Kind::Blank, Kind::Word("b")]
        );
    }
}
