//! The first octets of a peer: enough to recognise one that does not speak TLS.

/// What came first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    octets: Vec<u8>,
}

impl Heard {
    /// Takes note of `more`, as far as it matters.
    pub(crate) fn add(&mut self, more: &[u8]) {
        let room = MOST.saturating_sub(self.octets.len());
        self.octets.extend(more.iter().take(room));
    }

    pub(crate) fn len(&self) -> usize {
        self.octets.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Whether this cannot be TLS: a record begins with its type, which is no character of text
    /// (RFC 8446 5.1).
    pub(crate) fn is_plain_text(&self) -> bool {
        self.octets.first().is_some_and(|first| !RECORDS.contains(first))
    }

    /// Whether the first line is there, or more of it than is quoted.
    pub(crate) fn has_line(&self) -> bool {
        self.octets.contains(&b'\n') || self.octets.len() >= MOST
    }

    /// The first line, without control characters, and not long.
    pub(crate) fn line(&self) -> String {
        let line = self.octets.split(|octet| matches!(octet, b'\r' | b'\n')).next();
        let shown = line.unwrap_or_default();
        let cut = if shown.len() >= MOST { "..." } else { "" };
        format!("{}{cut}", String::from_utf8_lossy(shown).escape_debug())
    }
}

/// Octets that are quoted.
const MOST: usize = 80;

/// `change_cipher_spec`, `alert`, `handshake`, `application_data`, `heartbeat`.
const RECORDS: std::ops::RangeInclusive<u8> = 20..=24;

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(octets: &[u8]) -> Heard {
        let mut heard = Heard::default();
        heard.add(octets);
        heard
    }

    #[test]
    fn text_is_told_from_records_by_its_first_octet() {
        assert!(heard(b"220 mail.example").is_plain_text());
        assert!(heard(b"\x00").is_plain_text());
        assert!(!heard(b"\x16\x03\x03").is_plain_text());
        assert!(!heard(b"\x15\x03").is_plain_text());
        assert!(!heard(b"").is_plain_text());
    }

    #[test]
    fn the_first_line_is_quoted_harmlessly() {
        assert_eq!(heard(b"220 mail.example ESMTP\r\n250 x").line(), "220 mail.example ESMTP");
        assert_eq!(
            heard(b"220 \x1b[31m\"x\"\x00\xff").line(),
            "220 \\u{1b}[31m\\\"x\\\"\\0\u{fffd}"
        );
        let long = heard(&[b'x'; 1000]);
        assert_eq!((long.len(), long.line().len()), (80, 83));
        assert!(long.has_line() && !heard(b"220 ").has_line());
    }
}
