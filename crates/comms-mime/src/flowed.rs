//! Text whose lines readers lay out anew: format=flowed (RFC 3676).

use std::fmt;

/// Paragraphs of plain text, each with how deep it is quoted.
///
/// ```
/// use comms_mime::{DelSp, Flowed};
///
/// let text = Flowed::new("> Is it done?\nIt is, and it was a good deal more work than either of us \
///     thought when we began.\n-- \nAnn");
/// let wire = text.laid_out();
/// assert_eq!(
///     wire,
///     "> Is it done?\nIt is, and it was a good deal more work than either of us thought when we \
///      \nbegan.\n-- \nAnn"
/// );
/// assert_eq!(Flowed::received(&wire, DelSp::No), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Flowed {
    paragraphs: Vec<Paragraph>,
}

/// Whether the blank at the end of a soft line belongs to the text (RFC 3676 4, parameter
/// `DelSp`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DelSp {
    /// It does: words are separated by it.
    #[default]
    No,
    /// It does not, as in writing without blanks between words.
    Yes,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Paragraph {
    depth: usize,
    text: String,
}

impl Flowed {
    /// Takes a text whose lines are paragraphs. A line that begins with `>` is quoted, as deep as
    /// there are `>`; blanks at its end are left out. A line `-- ` ends the text, and begins the
    /// signature.
    pub fn new(text: &str) -> Self {
        let paragraphs = lines(text).map(|line| {
            let (depth, text) = unquoted(line, Blanks::Between);
            Paragraph::new(depth, text.to_owned())
        });
        Flowed { paragraphs: paragraphs.collect() }
    }

    /// Reads a text that was received as format=flowed.
    pub fn received(text: &str, delsp: DelSp) -> Self {
        let mut paragraphs = Vec::new();
        let mut open: Option<Paragraph> = None;
        for line in lines(text) {
            let (depth, said) = unquoted(line, Blanks::Stuffed);
            let soft = said.ends_with(' ') && said != SIGNATURE;
            let said = match delsp {
                DelSp::Yes if soft => said.strip_suffix(' ').unwrap_or(said),
                DelSp::Yes | DelSp::No => said,
            };
            // RFC 3676 4.5 and 4.3: what is quoted differently, or a signature, stands alone.
            let joins = |before: &Paragraph| before.depth == depth && said != SIGNATURE;
            match open.as_mut().filter(|before| joins(before)) {
                Some(before) => before.text.push_str(said),
                None => paragraphs.extend(open.replace(Paragraph { depth, text: said.to_owned() })),
            }
            if !soft {
                paragraphs.extend(open.take());
            }
        }
        paragraphs.extend(open);
        let trimmed = paragraphs.into_iter().map(|p| Paragraph::new(p.depth, p.text));
        Flowed { paragraphs: trimmed.collect() }
    }

    /// The text in lines of at most 78 characters where its words allow that, for a part of the
    /// type `text/plain; format=flowed`.
    pub fn laid_out(&self) -> String {
        let mut out = String::new();
        for (n, paragraph) in self.paragraphs.iter().enumerate() {
            if n > 0 {
                out.push('\n');
            }
            paragraph.lay_out(&mut out);
        }
        out
    }

    /// The paragraphs in order, each with how deep it is quoted.
    pub fn paragraphs(&self) -> impl Iterator<Item = (usize, &str)> {
        self.paragraphs.iter().map(|paragraph| (paragraph.depth, paragraph.text.as_str()))
    }
}

/// A line for each paragraph, those that are quoted behind `>`.
impl fmt::Display for Flowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, paragraph) in self.paragraphs.iter().enumerate() {
            let end = if n > 0 { "\n" } else { "" };
            let blank = if paragraph.depth > 0 && !paragraph.text.is_empty() { " " } else { "" };
            write!(f, "{end}{}{blank}{}", ">".repeat(paragraph.depth), paragraph.text)?;
        }
        Ok(())
    }
}

impl Paragraph {
    fn new(depth: usize, mut text: String) -> Self {
        if text != SIGNATURE {
            text.truncate(text.trim_end_matches(' ').len());
        }
        Paragraph { depth, text }
    }

    fn lay_out(&self, out: &mut String) {
        let quotes = ">".repeat(self.depth);
        let room = WIDTH.saturating_sub(self.depth);
        let mut rest = self.text.as_str();
        loop {
            let end = soft_end(rest, room);
            let (line, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
            out.push_str(&quotes);
            // RFC 3676 4.4: what would be taken for a quote, a stuffed line or a new message.
            let stuffed = if self.depth > 0 {
                !line.is_empty()
            } else {
                line.starts_with([' ', '>']) || line.starts_with("From ")
            };
            if stuffed {
                out.push(' ');
            }
            out.push_str(line);
            if behind.is_empty() {
                return;
            }
            out.push('\n');
            rest = behind;
        }
    }
}

/// Where the first line of the text ends: behind the last blank that fits, or the first one.
fn soft_end(text: &str, room: usize) -> usize {
    let mut end = None;
    let mut before = '\0';
    for (column, (at, c)) in text.char_indices().enumerate() {
        if before == ' ' && c != ' ' && text.get(..at) != Some(SIGNATURE) {
            if column > room {
                return end.unwrap_or(at);
            }
            end = Some(at);
        }
        if column >= room
            && let Some(end) = end
        {
            return end;
        }
        before = c;
    }
    text.len()
}

/// What stands where the quotes end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blanks {
    /// Blanks may stand between the `>`, as people write them.
    Between,
    /// One blank may be stuffed in, and what follows it is text.
    Stuffed,
}

/// How deep a line is quoted, and the line without that.
fn unquoted(line: &str, blanks: Blanks) -> (usize, &str) {
    let mut depth = 0;
    let mut rest = line;
    while depth < DEEPEST {
        let apart = rest.strip_prefix(' ').filter(|_| blanks == Blanks::Between && depth > 0);
        match apart.unwrap_or(rest).strip_prefix('>') {
            Some(behind) => rest = behind,
            None => break,
        }
        depth += 1;
    }
    if depth > 0 || blanks == Blanks::Stuffed {
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    (depth, rest)
}

/// The lines of a text with line ends of any kind; the last one may be empty.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.find(['\r', '\n']).unwrap_or(text.len());
        let (line, behind) = text.split_at_checked(end)?;
        rest = behind.strip_prefix("\r\n").or_else(|| behind.get(1..));
        Some(line)
    })
}

/// RFC 3676 4.3: it ends with a blank, and is no soft line.
const SIGNATURE: &str = "-- ";

/// RFC 3676 4.2 asks for at most 78 characters, and advises 72.
const WIDTH: usize = 76;

/// Deeper quotes are text: each line repeats them.
const DEEPEST: usize = 40;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str, delsp: DelSp) -> Vec<(usize, String)> {
        let flowed = Flowed::received(text, delsp);
        flowed.paragraphs().map(|(depth, text)| (depth, text.to_owned())).collect()
    }

    #[test]
    fn soft_lines_join_and_others_do_not() {
        let read = |text| shown(text, DelSp::No);
        assert_eq!(read("a \r\nb\r\nc"), [(0, "a b".into()), (0, "c".into())]);
        assert_eq!(
            read("> a \n> b\n>> c \n> d"),
            [(1, "a b".into()), (2, "c".into()), (1, "d".into())]
        );
        assert_eq!(read("a \n-- \nb"), [(0, "a".into()), (0, "-- ".into()), (0, "b".into())]);
        assert_eq!(
            read(" >a\n  b\n From c"),
            [(0, ">a".into()), (0, " b".into()), (0, "From c".into())]
        );
        assert_eq!(shown("日 \n本", DelSp::Yes), [(0, "日本".into())]);
        assert_eq!(read(""), [(0, String::new())]);
    }

    #[test]
    fn lines_that_would_be_misread_are_stuffed() {
        let long = format!("{} >b {} From c", "a".repeat(74), "d".repeat(71));
        let wire = Flowed::new(&long).laid_out();
        assert!(wire.contains("\n >b ") && wire.contains("\n From c"), "{wire}");
        let dashes = format!("-- {}", "e".repeat(90));
        assert_eq!(Flowed::new(&dashes).laid_out(), dashes);
        assert_eq!(Flowed::new("> > a\n>> b\n>\n>>c").laid_out(), ">> a\n>> b\n>\n>> c");
    }

    #[test]
    fn deep_quotes_are_not_repeated_without_end() {
        let text = ">".repeat(1 << 16) + &" a".repeat(1 << 16);
        assert!(Flowed::new(&text).laid_out().len() < 8 * text.len());
        let blanks = " ".repeat(1 << 20) + "a";
        assert!(Flowed::new(&blanks).laid_out().len() < blanks.len() + 8);
    }

    proptest! {
        #[test]
        fn what_is_laid_out_is_read_as_it_was(
            text in "(>{0,3} ?)?[a-c >é-]{0,200}(\n|\r\n)?[>a ]{0,9}(\n)?(-- )?[a-z ]{0,120}",
        ) {
            let flowed = Flowed::new(&text);
            let wire = flowed.laid_out();
            prop_assert_eq!(&Flowed::received(&wire, DelSp::No), &flowed, "{}", wire);
            prop_assert_eq!(&Flowed::new(&flowed.to_string()).laid_out(), &wire);
            for line in wire.lines() {
                let words = line.trim_start_matches(['>', ' ']).trim_end();
                prop_assert!(line.chars().count() <= 78 || !words.contains(' '), "{}", line);
            }
        }
    }
}
