//! The text of a file: its lines and columns, and how a place in it is shown.

use std::path::{Path, PathBuf};

use crate::tree::Span;

/// The text of a file, and what of it must not be shown.
#[derive(Debug)]
pub(crate) struct Source<'t> {
    pub(crate) path: PathBuf,
    text: &'t str,
    /// Where each line begins.
    lines: Vec<usize>,
    hidden: Vec<Span>,
}

/// A line of a file, as a person is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The line's number, from 1.
    pub(crate) line: usize,
    /// The column in characters, from 1.
    pub(crate) column: usize,
    /// The line's text, without what must not be shown.
    pub(crate) text: String,
    /// Characters before the place, in `text`.
    pub(crate) before: usize,
    /// Characters of the place, in `text`; at least one.
    pub(crate) width: usize,
}

impl<'t> Source<'t> {
    pub(crate) fn new(path: &Path, text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, octet)| *octet == b'\n');
        let lines = [0].into_iter().chain(ends.map(|(at, _)| at + 1)).collect();
        Self { path: path.to_owned(), text, lines, hidden: Vec::new() }
    }

    /// Shows none of these places.
    pub(crate) fn hide(&mut self, places: impl IntoIterator<Item = Span>) {
        self.hidden.extend(places);
        self.hidden.sort_by_key(|place| place.start);
    }

    /// The number of the line in which `offset` is, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    /// What stands at `place`.
    pub(crate) fn at(&self, place: &Span) -> &'t str {
        self.text.get(place.clone()).unwrap_or_default()
    }

    /// The line of `place`, as it may be shown.
    pub(crate) fn excerpt(&self, place: &Span) -> Excerpt {
        let start = self.boundary(place.start);
        let line = self.around(start);
        let end = self.boundary(place.end).clamp(start, line.end.max(start));
        let near = self.boundary(start.saturating_sub(NEAR)).max(line.start)
            ..self.boundary(start.saturating_add(NEAR)).min(line.end);
        let (shown, [before, until]) = self.shown(&near, [start, end.min(near.end)]);
        let skipped = before.saturating_sub(LEFT);
        let left = if skipped > 0 || near.start > line.start { CUT } else { "" };
        let mut text = left.to_owned();
        text.extend(shown.iter().skip(skipped).take(LEFT + RIGHT));
        if shown.len() > skipped + LEFT + RIGHT || near.end < line.end {
            text.push_str(CUT);
        }
        Excerpt {
            line: self.line(start),
            column: 1 + self.text.get(line.start..start).unwrap_or_default().chars().count(),
            text: text.trim_end().to_owned(),
            before: left.len() + before - skipped,
            width: until.saturating_sub(before).clamp(1, RIGHT),
        }
    }

    /// The whole line around `offset`, without its end.
    pub(crate) fn around(&self, offset: usize) -> Span {
        let (before, after) = self.text.split_at_checked(offset).unwrap_or((self.text, ""));
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = offset + after.find('\n').unwrap_or(after.len());
        start..end.min(self.text.len())
    }

    /// The characters of `line`, a mark for each hidden place among them and nothing that moves a
    /// cursor, and where two offsets of the text are among them. The second of two within a hidden
    /// place is behind its mark.
    fn shown(&self, line: &Span, [start, end]: [usize; 2]) -> (Vec<char>, [usize; 2]) {
        let mut shown = Vec::new();
        let mut marks = [None; 2];
        let mut at = line.start;
        let mut hidden = self.hidden.iter().filter(|one| one.end > line.start).peekable();
        while at < line.end {
            let from = shown.len();
            let next = hidden.next_if(|one| one.start <= at);
            let until = match next {
                Some(one) if one.end <= at => continue,
                Some(one) => {
                    shown.extend(HIDDEN.chars());
                    one.end
                }
                None => {
                    let c = self.at(&(at..line.end)).chars().next().unwrap_or_default();
                    shown.push(harmless(c));
                    at + c.len_utf8()
                }
            };
            if start < until {
                marks[0].get_or_insert(from);
            }
            if end <= until {
                marks[1].get_or_insert(shown.len());
            }
            at = until;
        }
        let length = shown.len();
        (shown, marks.map(|mark| mark.unwrap_or(length)))
    }

    /// The nearest boundary of a character at or before `offset`.
    fn boundary(&self, offset: usize) -> usize {
        let offset = offset.min(self.text.len());
        (0..=offset).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }
}

/// The character, or a mark in place of one that a terminal would act on.
fn harmless(c: char) -> char {
    match c {
        '\t' => ' ',
        c if acts(c) => '\u{fffd}',
        c => c,
    }
}

/// Whether a terminal would act on it: move the cursor, break the line or turn the text around.
pub(crate) fn acts(c: char) -> bool {
    let turns = '\u{202a}'..='\u{202e}';
    let isolates = '\u{2066}'..='\u{2069}';
    let marks = ['\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{feff}'];
    c.is_control() || turns.contains(&c) || isolates.contains(&c) || marks.contains(&c)
}

/// What stands for a value that must not be shown.
const HIDDEN: &str = "<not shown>";

/// What stands for the rest of a long line.
const CUT: &str = "...";

/// Octets of a line around the place that are looked at.
const NEAR: usize = 1000;

/// Characters of a line that are shown left of the place, and from it on.
const LEFT: usize = 60;
const RIGHT: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_counted_in_characters_and_shown_in_its_line() {
        let source = Source::new(Path::new("x"), "a = 1\nü = \"ö\" # b\n");
        let place = source.text.find('ö').map(|at| at..at + 2).unwrap();
        let excerpt = source.excerpt(&place);
        assert_eq!((excerpt.line, excerpt.column), (2, 6));
        assert_eq!((excerpt.before, excerpt.width), (5, 1));
        assert_eq!(excerpt.text, "ü = \"ö\" # b");
    }

    #[test]
    fn what_is_hidden_is_hidden_wherever_the_place_lies() {
        let text = "password = \"hunter2\" # x";
        let mut source = Source::new(Path::new("x"), text);
        source.hide(std::iter::once(11..20));
        for start in 0..=text.len() {
            for end in start..=text.len() + 2 {
                let shown = source.excerpt(&(start..end)).text;
                assert!(!shown.contains("hunter2") && !shown.contains("unter"), "{shown}");
            }
        }
    }

    #[test]
    fn a_place_beyond_the_end_and_a_long_line_are_shown_all_the_same() {
        let text = format!("{}x{}", "a".repeat(500), "b".repeat(500));
        let source = Source::new(Path::new("x"), &text);
        let excerpt = source.excerpt(&(500..501));
        assert_eq!(excerpt.text.chars().nth(excerpt.before), Some('x'));
        assert!(excerpt.text.len() < 200);
        assert_eq!(source.excerpt(&(5000..9000)).column, 1002);
    }
}
