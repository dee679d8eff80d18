//! The head of a message that exists already: where it ends, and what its fields say.

/// Where the head ends: behind its first empty line. None when there is no empty line.
///
/// Lines end with CRLF, LF or CR.
pub(crate) fn end(octets: &[u8]) -> Option<usize> {
    let mut lines = Lines { rest: octets };
    while let Some(line) = lines.next() {
        if line.is_empty() {
            return octets.len().checked_sub(lines.rest.len());
        }
    }
    None
}

/// The value of the first field of this name, unfolded (RFC 5322 2.2.3) and trimmed.
pub(crate) fn field(head: &[u8], name: &str) -> Option<String> {
    let mut lines = Lines { rest: head }.peekable();
    while let Some(line) = lines.next() {
        let Some(first) = value(line, name) else {
            continue;
        };
        let mut whole = first.to_vec();
        while let Some(more) =
            lines.next_if(|line| line.starts_with(b" ") || line.starts_with(b"\t"))
        {
            whole.extend_from_slice(more);
        }
        return Some(String::from_utf8_lossy(whole.trim_ascii()).into_owned());
    }
    None
}

fn value<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let (found, behind) = line.split_at_checked(memchr::memchr(b':', line)?)?;
    let matches = found.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes());
    matches.then(|| behind.get(1..).unwrap_or_default())
}

/// Lines without their ends.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let length = memchr::memchr2(b'\r', b'\n', self.rest).unwrap_or(self.rest.len());
        let (line, end) = self.rest.split_at_checked(length)?;
        self.rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..)).unwrap_or_default();
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_ends_behind_the_first_empty_line() {
        let heads = [
            ("A: b\r\n\r\nbody", 8),
            ("A: b\n\nbody", 6),
            ("A: b\r\rbody", 6),
            ("A: b\r\r\nbody", 7),
            ("\r\nbody", 2),
            ("\nbody", 1),
            ("A: b\r\n \r\nC: d\r\n\r\n", 17),
        ];
        for (message, expected) in heads {
            assert_eq!(end(message.as_bytes()), Some(expected), "{message:?}");
        }
        for message in ["", "A: b", "A: b\r\n", "A: b\r\n "] {
            assert_eq!(end(message.as_bytes()), None, "{message:?}");
        }
    }

    #[test]
    fn a_field_is_found_in_any_case_and_unfolded() {
        let head =
            b"to : a@x.example,\r\n\tb@x.example\nSubject:\r\n x \r\nTO: second\r\nBad\xff: \xff\r";
        assert_eq!(field(head, "To").as_deref(), Some("a@x.example,\tb@x.example"));
        assert_eq!(field(head, "subject").as_deref(), Some("x"));
        assert_eq!(field(head, "Cc"), None);
        assert_eq!(field(head, "x"), None);
    }
}
