//! Octets as a person is shown them.

use std::ops::Range;

/// `"EHLO a\r\n"`: plain octets, escaped, and cut where they are many.
pub(crate) fn quoted(octets: &[u8]) -> String {
    masked(octets, &[])
}

/// As [`quoted`]; what lies in one of the `secrets` is shown as its number.
pub(crate) fn masked(octets: &[u8], secrets: &[Range<usize>]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut at = 0;
    let most = octets.len().min(MOST);
    for range in secrets {
        let (start, end) = (range.start.min(octets.len()), range.end.min(octets.len()));
        if start >= end {
            continue;
        }
        push_plain(&mut parts, octets.get(at..start.min(most)));
        parts.push(secret(end - start));
        at = end;
    }
    push_plain(&mut parts, octets.get(at..most));
    if octets.len() > most.max(at) {
        parts.push(format!("and {} octets more", octets.len() - most.max(at)));
    }
    if parts.is_empty() { "\"\"".to_owned() } else { parts.join(" ") }
}

/// As [`masked`], with the octet at `at` within what is shown.
pub(crate) fn around(at: usize, octets: &[u8], secrets: &[Range<usize>]) -> String {
    let start = if at < MOST { 0 } else { at - MOST / 2 };
    let moved =
        |range: &Range<usize>| range.start.saturating_sub(start)..range.end.saturating_sub(start);
    let secrets = secrets.iter().map(moved).collect::<Vec<_>>();
    let shown = masked(octets.get(start..).unwrap_or_default(), &secrets);
    if start == 0 { shown } else { format!("{start} octets and {shown}") }
}

/// Two runs of octets, one above the other, with a mark below the octet `at`.
pub(crate) fn compared(
    expected: &[u8],
    got: &[u8],
    secrets: &[Range<usize>],
    at: Option<usize>,
) -> String {
    let (expected, column) = window(expected, secrets, at.unwrap_or(0));
    let (got, _) = window(got, secrets, at.unwrap_or(0));
    let mut text = format!("\n  expected {expected}\n  got      {got}");
    if at.is_some() {
        text.push_str("\n           ");
        text.push_str(&" ".repeat(column));
        text.push('^');
    }
    text
}

/// The octets on one line, cut around octet `at`, and the column of that.
pub(crate) fn window(octets: &[u8], secrets: &[Range<usize>], at: usize) -> (String, usize) {
    let (mut text, mut column) = (String::new(), None);
    for (place, octet) in octets.iter().enumerate() {
        let mask = secrets.iter().find(|range| range.contains(&place));
        if place == at {
            column = Some(text.len());
        }
        match mask {
            Some(range) if place == range.start => {
                let end = range.end.min(octets.len());
                text.push_str(&secret(end - range.start));
            }
            // Within the mask: its beginning stands for all of it.
            Some(_) if place == at => column = text.rfind('<'),
            Some(_) => {}
            None => text.push_str(&escaped(&[*octet])),
        }
        if text.len() > column.unwrap_or(text.len()) + WIDTH {
            text.push_str("...");
            break;
        }
    }
    let column = column.unwrap_or(text.len());
    let skipped = column.saturating_sub(WIDTH);
    match text.get(skipped..).filter(|_| skipped > 0) {
        Some(rest) => (format!("...{rest}"), column - skipped + 3),
        None => (text, column),
    }
}

/// As much of a line as a person can take in.
pub(crate) fn cut(line: &str) -> &str {
    let end = line.char_indices().nth(MOST).map_or(line.len(), |(at, _)| at);
    line.get(..end).unwrap_or(line)
}

/// What stands in the place of secret octets.
pub(crate) fn secret(octets: usize) -> String {
    format!("<{octets} secret octets>")
}

/// The octets as the text form writes them: quotes stay, the rest is escaped.
pub(crate) fn escaped(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for octet in octets {
        match octet {
            b'"' | b'\'' => text.push(char::from(*octet)),
            _ => text.push_str(&octet.escape_ascii().to_string()),
        }
    }
    text
}

fn push_plain(parts: &mut Vec<String>, octets: Option<&[u8]>) {
    if let Some(octets) = octets.filter(|octets| !octets.is_empty()) {
        parts.push(format!("\"{}\"", octets.escape_ascii()));
    }
}

/// An error that is longer than a few lines is not read.
const MOST: usize = 160;

/// So much of a line stands on either side of a difference.
const WIDTH: usize = 40;

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;

    #[test]
    fn secret_octets_are_shown_as_their_number_also_behind_the_cut() {
        assert_eq!(quoted(b"EHLO a\r\n"), r#""EHLO a\r\n""#);
        assert_eq!(quoted(b""), "\"\"");
        assert_eq!(
            masked(b"AUTH PLAIN AGEAYg==\r\n", from_ref(&(11..19))),
            r#""AUTH PLAIN " <8 secret octets> "\r\n""#
        );
        let mut long = vec![b'a'; 300];
        long.extend_from_slice(b"hunter2");
        assert!(masked(&long, from_ref(&(300..307))).ends_with("<7 secret octets>"));
        assert!(quoted(&long).ends_with("and 147 octets more"));
        assert_eq!(masked(b"abc", from_ref(&(1..9))), r#""a" <2 secret octets>"#);
    }

    #[test]
    fn a_mark_stands_below_the_difference_wherever_it_is() {
        let text = compared(b"EHLO a\r\n", b"EHLO b\r\n", &[], Some(5));
        assert_eq!(text, "\n  expected EHLO a\\r\\n\n  got      EHLO b\\r\\n\n                ^");
        for at in [0, 10, 39, 40, 41, 500, 990] {
            let mut other = vec![b'\r'; 1000];
            other[at] = b'x';
            let text = compared(&[b'\r'; 1000], &other, &[], Some(at));
            let lines = text.lines().collect::<Vec<_>>();
            assert!(lines[2].len() < 110, "{text}");
            assert_eq!(lines[2].find('x'), lines[3].find('^'), "{text}");
        }
        let secret = from_ref(&(5..9));
        let text = compared(b"PASS abcd\r\n", b"PASS abxd\r\n", secret, Some(7));
        let masked = "PASS <4 secret octets>\\r\\n";
        let mark = "                ^";
        assert_eq!(text, format!("\n  expected {masked}\n  got      {masked}\n{mark}"));
    }
}
