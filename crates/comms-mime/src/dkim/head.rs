//! The head in the form that is hashed: its fields, and relaxed canonicalisation (RFC 6376 3.4.2).

/// A field of a head, with its folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawField<'h> {
    /// The name, as it is written.
    pub(crate) name: &'h [u8],
    /// What stands behind the colon, without the last line end.
    value: &'h [u8],
}

impl RawField<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The field in its relaxed form, without a line end.
    pub(crate) fn relaxed(&self) -> Vec<u8> {
        let mut relaxed = self.name.to_ascii_lowercase();
        relaxed.push(b':');
        let words = self.value.split(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n'));
        for (n, word) in words.filter(|word| !word.is_empty()).enumerate() {
            if n > 0 {
                relaxed.push(b' ');
            }
            relaxed.extend_from_slice(word);
        }
        relaxed
    }
}

/// The fields of a head, first to last. Lines end with CRLF, LF or CR; a line that is neither a
/// field nor belongs to one is passed over.
pub(crate) fn fields(head: &[u8]) -> Vec<RawField<'_>> {
    let mut fields = Vec::new();
    let mut rest = head;
    while !rest.is_empty() {
        let (field, behind) = rest.split_at_checked(field_length(rest)).unwrap_or((rest, b""));
        rest = behind;
        let Some(colon) = memchr::memchr(b':', field) else { continue };
        let Some((name, value)) = field.split_at_checked(colon) else { continue };
        let name = name.trim_ascii_end();
        if !name.is_empty() && name.iter().all(u8::is_ascii_graphic) {
            fields.push(RawField { name, value: value.get(1..).unwrap_or_default() });
        }
    }
    fields
}

/// A header field in its relaxed form with its CRLF; none where the octets are no field.
///
/// ```
/// let relaxed = comms_mime::relaxed_field(b"SUBJECT :  a\r\n\t b \r\n");
/// assert_eq!(relaxed.as_deref(), Some(&b"subject:a b\r\n"[..]));
/// ```
pub fn relaxed_field(field: &[u8]) -> Option<Vec<u8>> {
    let mut relaxed = fields(field).first()?.relaxed();
    relaxed.extend_from_slice(b"\r\n");
    Some(relaxed)
}

/// How many octets the first field has, with its folds and line ends.
fn field_length(head: &[u8]) -> usize {
    let mut at = 0;
    while let Some(end) = head.get(at..).and_then(|line| memchr::memchr2(b'\r', b'\n', line)) {
        at += end;
        let is_pair = head.get(at..).is_some_and(|rest| rest.starts_with(b"\r\n"));
        at += if is_pair { 2 } else { 1 };
        if !matches!(head.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(head: &str) -> String {
        let lines = fields(head.as_bytes()).into_iter().map(|field| field.relaxed());
        lines.map(|line| String::from_utf8(line).unwrap() + "\r\n").collect()
    }

    #[test]
    fn the_example_of_rfc_6376_3_4_5_comes_out_as_it_stands_there() {
        assert_eq!(all("A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n"), "a:X\r\nb:Y Z\r\n");
    }

    #[test]
    fn a_field_ends_where_its_last_fold_does_whatever_ends_its_lines() {
        assert_eq!(all("A: 1\n 2\r\t3\rB: 4"), "a:1 2 3\r\nb:4\r\n");
        assert_eq!(all("A:\r\n \r\nB:b\r\n"), "a:\r\nb:b\r\n");
    }

    #[test]
    fn what_is_no_field_is_passed_over_with_its_continuation() {
        assert_eq!(all("From nobody\n folded\nA: 1\n: x\na b: 2\nC: 3"), "a:1\r\nc:3\r\n");
        assert_eq!(relaxed_field(b"none"), None);
    }
}
