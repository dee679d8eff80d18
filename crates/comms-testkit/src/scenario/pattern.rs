//! A line with wildcards.

use std::fmt;

use crate::scenario::shown;

/// A line in which each `*` stands for any octets, or none. The line's end is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// What stands between the wildcards; always at least one part.
    parts: Vec<Vec<u8>>,
}

impl Pattern {
    /// The pattern of `text`, where every `*` is a wildcard.
    pub(crate) fn of(text: &[u8]) -> Self {
        Self::from_parts(text.split(|octet| *octet == b'*').map(<[u8]>::to_vec).collect())
    }

    /// The pattern with a wildcard between each two parts.
    pub(crate) fn from_parts(parts: Vec<Vec<u8>>) -> Self {
        Self { parts }
    }

    /// Whether `line`, with or without its line end, fits.
    pub(crate) fn fits(&self, line: &[u8]) -> bool {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some((first, rest)) = self.parts.split_first() else { return line.is_empty() };
        let Some(line) = line.strip_prefix(first.as_slice()) else { return false };
        let Some((last, middle)) = rest.split_last() else { return line.is_empty() };
        // Taking each part at its first place leaves the most for those that follow.
        let after_middle = middle.iter().try_fold(line, |line, part| after(line, part));
        after_middle.is_some_and(|line| line.ends_with(last))
    }
}

/// What follows the first `part` in `line`.
fn after<'l>(line: &'l [u8], part: &[u8]) -> Option<&'l [u8]> {
    if part.is_empty() {
        return Some(line);
    }
    let at = line.windows(part.len()).position(|window| window == part)?;
    line.get(at + part.len()..)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown::quoted(&self.parts.join(&b'*')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_any_octets_or_none() {
        for (pattern, line, fits) in [
            ("EHLO *", "EHLO client.example\r\n", true),
            ("EHLO *", "EHLO \r\n", true),
            ("EHLO *", "HELO x\r\n", false),
            ("*", "\r\n", true),
            ("NOOP", "NOOP\n", true),
            ("NOOP", "NOOP x\r\n", false),
            ("MAIL FROM:<*> SIZE=*", "MAIL FROM:<a@b> SIZE=12\r\n", true),
            ("MAIL FROM:<*> SIZE=*", "MAIL FROM:<a@b>\r\n", false),
            ("a*aba", "aba\r\n", false),
            ("a*a*a", "aa\r\n", false),
            ("a**b", "ab\r\n", true),
            ("", "\r\n", true),
        ] {
            assert_eq!(Pattern::of(pattern.as_bytes()).fits(line.as_bytes()), fits, "{pattern}");
        }
    }
}
