//! A message as programs hand it to sendmail: its end, and its head.

use std::io::{self, BufRead, BufReader, Read};

/// A reader that ends at a line with nothing but a dot.
#[derive(Debug)]
pub(crate) struct UntilDot<R> {
    from: BufReader<R>,
    piece: Vec<u8>,
    given: usize,
    is_line_start: bool,
    is_over: bool,
}

impl<R: Read> UntilDot<R> {
    pub(crate) fn new(from: R) -> Self {
        let from = BufReader::new(from);
        Self { from, piece: Vec::new(), given: 0, is_line_start: true, is_over: false }
    }

    /// The next line, or as much of it as is kept at a time.
    fn next_piece(&mut self) -> io::Result<()> {
        self.piece.clear();
        self.given = 0;
        (&mut self.from).take(LONGEST_PIECE).read_until(b'\n', &mut self.piece)?;
        let is_dot = matches!(self.piece.as_slice(), b".\n" | b".\r\n" | b".");
        if self.piece.is_empty() || self.is_line_start && is_dot {
            self.piece.clear();
            self.is_over = true;
        }
        self.is_line_start = self.piece.ends_with(b"\n");
        Ok(())
    }
}

impl<R: Read> Read for UntilDot<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.given == self.piece.len() && !self.is_over {
            self.next_piece()?;
        }
        let mut left = self.piece.get(self.given..).unwrap_or_default();
        let octets = left.read(into)?;
        self.given += octets;
        Ok(octets)
    }
}

/// The head of a message, field by field, each as it is written and with its line ends.
#[derive(Debug, Default)]
pub(crate) struct Head {
    fields: Vec<Vec<u8>>,
}

impl Head {
    /// Reads the head; gives what was read behind it, too. A line that is no field ends it, as if an
    /// empty line stood before; what mail folders write in front of a message is left away.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<(Self, Vec<u8>)> {
        let (mut head, mut length, mut is_first) = (Self::default(), 0, true);
        loop {
            let mut line = Vec::new();
            from.take(LONGEST_PIECE).read_until(b'\n', &mut line)?;
            length += line.len();
            if length > LONGEST_HEAD {
                return Err(io::Error::other("its head does not end"));
            }
            let continues = line.first().is_some_and(|octet| b" \t".contains(octet));
            let is_folder_s = line.starts_with(b"From ") || line.starts_with(b">From ");
            let is_torn = head.fields.last().is_some_and(|field| !field.ends_with(b"\n"));
            match head.fields.last_mut() {
                // The rest of a line that is longer than a piece.
                Some(field) if is_torn && !line.is_empty() => field.extend(line),
                _ if matches!(line.as_slice(), b"" | b"\n" | b"\r\n") => {
                    return Ok((head, Vec::new()));
                }
                _ if is_first && is_folder_s => {}
                Some(field) if continues => field.extend(line),
                _ if is_field(&line) => head.fields.push(line),
                _ => return Ok((head, line)),
            }
            is_first = false;
        }
    }

    /// The texts of all fields of this name, unfolded.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let found = self.fields.iter().filter_map(|field| {
            let (of, text) = split(field)?;
            of.eq_ignore_ascii_case(name.as_bytes()).then_some(text)
        });
        let unfolded = found
            .map(|text| String::from_utf8_lossy(text).replace(['\r', '\n'], "").trim().to_owned());
        unfolded.filter(|text| !text.is_empty()).collect()
    }

    /// Adds a field, in front of the others.
    pub(crate) fn add(&mut self, field: Vec<u8>) {
        self.fields.insert(0, field);
    }

    /// The octets, with the empty line at the end.
    pub(crate) fn into_octets(self) -> Vec<u8> {
        let mut octets = Vec::new();
        for field in self.fields {
            octets.extend(field);
            if octets.last() != Some(&b'\n') {
                octets.push(b'\n');
            }
        }
        octets.push(b'\n');
        octets
    }
}

fn is_field(line: &[u8]) -> bool {
    split(line).is_some_and(|(name, _)| !name.is_empty() && name.iter().all(u8::is_ascii_graphic))
}

/// Name and text. Blanks before the colon are of the obsolete form (RFC 5322 4.5).
fn split(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = field.iter().position(|octet| *octet == b':')?;
    let (name, text) = field.split_at_checked(at)?;
    Some((name.trim_ascii_end(), text.get(1..)?))
}

/// What is kept of a line at a time.
const LONGEST_PIECE: u64 = 64 * 1024;

/// What servers accept is far below.
const LONGEST_HEAD: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn until_dot(text: &str) -> String {
        let mut read = String::new();
        UntilDot::new(text.as_bytes()).read_to_string(&mut read).unwrap();
        read
    }

    #[test]
    fn a_lone_dot_ends_the_message_and_others_do_not() {
        for (text, expected) in [
            ("a\n.\nb\n", "a\n"),
            ("a\r\n.\r\nb\r\n", "a\r\n"),
            ("a\n.", "a\n"),
            (".\n", ""),
            ("a\n..\n.b\n", "a\n..\n.b\n"),
            ("a.\nb", "a.\nb"),
        ] {
            assert_eq!(until_dot(text), expected, "{text:?}");
        }
        let long = "x".repeat(usize::try_from(LONGEST_PIECE).unwrap()) + ".\nend";
        assert_eq!(until_dot(&long), long);
    }

    #[test]
    fn a_head_ends_where_its_fields_do() {
        for (text, fields, rest) in [
            ("To: a\nCc: b,\n c\n\nhi\n", 2, ""),
            ("hi\nthere\n", 0, "hi\n"),
            ("From ann Mon Jan 1\nTo: a\nno field\n", 1, "no field\n"),
            ("To : a\n", 1, ""),
            (" lost\n", 0, " lost\n"),
            ("", 0, ""),
        ] {
            let (head, behind) = Head::read(&mut text.as_bytes()).unwrap();
            assert_eq!(
                (head.fields.len(), behind.as_slice()),
                (fields, rest.as_bytes()),
                "{text:?}"
            );
        }
        let (head, _) = Head::read(&mut "to: a\nTO : b,\r\n\tc\n".as_bytes()).unwrap();
        assert_eq!(head.texts("To"), ["a", "b,\tc"]);
        assert_eq!(head.into_octets(), b"to: a\nTO : b,\r\n\tc\n\n");
    }

    /// What was behind 64 KiB of a line was taken for the text: recipients were lost without a word,
    /// and whom Bcc named was shown to all.
    #[test]
    fn a_field_in_one_long_line_is_one_field() {
        let piece = usize::try_from(LONGEST_PIECE).unwrap();
        for length in [piece - 1, piece, piece + 1, 5 * piece] {
            let long = format!("Bcc: {}", "a@x.example, ".repeat(length / 13 + 1));
            let (long, _) = long.split_at(length - 1);
            for end in ["\n", "\r\n"] {
                let text = format!("{long}{end} b@x.example\nX: y\n\nhi\n");
                let (head, behind) = Head::read(&mut text.as_bytes()).unwrap();
                assert_eq!((head.fields.len(), behind.len()), (2, 0), "{length}");
                let whole = format!("{} b@x.example", &long[5..]);
                assert_eq!(head.texts("Bcc"), [whole], "{length}");
            }
        }
        let body = "no field ".repeat(piece);
        let (head, behind) = Head::read(&mut body.as_bytes()).unwrap();
        assert_eq!((head.fields.len(), behind.len()), (0, piece));
    }

    #[test]
    fn a_head_without_an_end_is_an_error_and_not_memory() {
        let lines = b"X: y\n".repeat(300_000);
        assert!(Head::read(&mut lines.as_slice()).is_err());
    }
}
