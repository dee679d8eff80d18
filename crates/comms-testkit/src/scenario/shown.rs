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
}
