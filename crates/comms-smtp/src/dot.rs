//! The content scanner: line ends repaired, dots stuffed, the end marked (RFC 5321 4.1.1.4, 4.5.2).
//!
//! Every octet of every message passes here, except base64 that is known to be clean. Nothing is
//! copied: the scanner hands on runs of the caller's octets, and its own between them.

use memchr::memchr2;
use thiserror::Error;

comms_core::choice! {
    /// What is done about a CR or LF that stands alone.
    #[derive(Default)]
    pub enum StrayLineEnds {
        /// It becomes CRLF.
        #[default]
        Repair = "repair",
        /// It is an error.
        Refuse = "refuse",
    }
}

/// The scanner's place between two calls.
///
/// ```text
///              any but CR, LF                  CR
///  LineStart ----------------> InLine -----------------> AfterCr
///     ^  '.' is doubled          | LF: CR before it        | LF, or LF added
///     +--------------------------+-------------------------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    LineStart,
    InLine,
    AfterCr,
}

/// What is done about a dot at the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Dots {
    /// It is doubled, and one alone ends the content.
    #[default]
    Stuffed,
    Plain,
}

/// Turns content into what stands between `354` and its reply.
#[derive(Debug, Default)]
pub struct DotScanner {
    place: Place,
    policy: StrayLineEnds,
    dots: Dots,
    /// Octets seen in earlier calls.
    seen: u64,
    added: u64,
}

impl DotScanner {
    /// A scanner at the beginning of a message.
    pub fn new(policy: StrayLineEnds) -> Self {
        Self { policy, ..Self::default() }
    }

    /// A scanner for content whose length is told beforehand (BDAT, RFC 3030): it mends line ends, and
    /// leaves dots as they are.
    pub fn without_dots(policy: StrayLineEnds) -> Self {
        Self { policy, dots: Dots::Plain, ..Self::default() }
    }

    /// Scans the next octets, and hands on what is to be sent.
    pub fn scan<E: From<StrayLineEnd>>(
        &mut self,
        octets: &[u8],
        mut out: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        // What was found and not yet handed on begins at `from`; `at` is where to look next.
        let (mut from, mut at) = (0, 0);
        while let Some(next) = octets.get(at) {
            match self.place {
                Place::LineStart if *next == b'.' && self.dots == Dots::Stuffed => {
                    out(run(octets, from, at))?;
                    out(b".")?;
                    from = at;
                    at += 1;
                    self.place = Place::InLine;
                }
                Place::AfterCr if *next == b'\n' => {
                    at += 1;
                    self.place = Place::LineStart;
                }
                Place::AfterCr => {
                    self.stray_before(at)?;
                    out(run(octets, from, at))?;
                    out(b"\n")?;
                    self.added += 1;
                    from = at;
                    self.place = Place::LineStart;
                }
                Place::LineStart | Place::InLine => {
                    let Some(line) = octets.get(at..) else { break };
                    let clean = if *next == b'\n' { 0 } else { clean_prefix(line) };
                    if let Some(last) = clean.checked_sub(1).and_then(|last| line.get(last)) {
                        self.place = match last {
                            b'\r' => Place::AfterCr,
                            b'\n' => Place::LineStart,
                            _ => Place::InLine,
                        };
                        at += clean;
                        continue;
                    }
                    let Some(end) = memchr2(b'\r', b'\n', line) else {
                        self.place = Place::InLine;
                        break;
                    };
                    at += end;
                    if line.get(end) == Some(&b'\r') {
                        self.place = Place::AfterCr;
                    } else {
                        self.stray(self.seen + at as u64)?;
                        out(run(octets, from, at))?;
                        out(b"\r")?;
                        self.added += 1;
                        from = at;
                        self.place = Place::LineStart;
                    }
                    at += 1;
                }
            }
        }
        self.seen += octets.len() as u64;
        match run(octets, from, octets.len()) {
            [] => Ok(()),
            rest => out(rest),
        }
    }

    /// Takes note of whole CRLF lines that hold no stray CR or LF and begin with no dot, and that
    /// the caller sends as they are. They must begin where a line begins: gives what is missing.
    pub fn pass(&mut self, octets: &[u8]) -> Result<&'static [u8], StrayLineEnd> {
        let missing: &[u8] = match self.place {
            Place::LineStart => b"",
            Place::InLine => b"\r\n",
            Place::AfterCr => {
                self.stray_before(0)?;
                b"\n"
            }
        };
        self.seen += octets.len() as u64;
        self.place = Place::LineStart;
        self.added += missing.len() as u64;
        Ok(missing)
    }

    /// What ends the content: its last line end, if that is missing, and the dot where dots are
    /// stuffed.
    pub fn finish(&mut self) -> Result<&'static [u8], StrayLineEnd> {
        let (end, added): (&[u8], usize) = match std::mem::take(&mut self.place) {
            Place::LineStart => (b".\r\n", 0),
            Place::InLine => (b"\r\n.\r\n", 2),
            Place::AfterCr => {
                self.stray_before(0)?;
                (b"\n.\r\n", 1)
            }
        };
        self.added += added as u64;
        Ok(if self.dots == Dots::Stuffed { end } else { end.get(..added).unwrap_or_default() })
    }

    /// Octets that were added so far to make line ends whole; stuffed dots are not among them.
    pub fn added(&self) -> u64 {
        self.added
    }

    /// The CR in front of `at`, perhaps in an earlier call, has no LF.
    fn stray_before(&self, at: usize) -> Result<(), StrayLineEnd> {
        self.stray((self.seen + at as u64).saturating_sub(1))
    }

    fn stray(&self, offset: u64) -> Result<(), StrayLineEnd> {
        match self.policy {
            StrayLineEnds::Repair => Ok(()),
            StrayLineEnds::Refuse => Err(StrayLineEnd { offset }),
        }
    }
}

fn run(octets: &[u8], from: usize, to: usize) -> &[u8] {
    octets.get(from..to).unwrap_or_default()
}

/// A CR or LF that stands alone, under [`StrayLineEnds::Refuse`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a CR or LF stands alone at octet {offset} of the content")]
pub struct StrayLineEnd {
    /// Where, counted from 0.
    pub offset: u64,
}

/// How many octets from the first on, which is no LF, have nothing to mend or to stuff: each CR is
/// followed by LF, no other octet is, and no LF by a dot. It looks at whole strides alone, without a
/// branch for an octet, so that the compiler can take many at a time.
fn clean_prefix(line: &[u8]) -> usize {
    let behind = line.get(1..).unwrap_or_default();
    let strides = line.chunks_exact(STRIDE).zip(behind.chunks_exact(STRIDE));
    let is_clean = |(here, next): &(&[u8], &[u8])| {
        let odd = here.iter().zip(*next).fold(0, |odd, (here, next)| {
            let alone = u8::from(*here == b'\r') ^ u8::from(*next == b'\n');
            odd | alone | (u8::from(*here == b'\n') & u8::from(*next == b'.'))
        });
        odd == 0
    };
    strides.take_while(is_clean).count() * STRIDE
}

/// Octets that are looked at together.
const STRIDE: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    /// What goes on the wire for `content`, cut into reads at `cuts`.
    fn wire(content: &[u8], cuts: &[usize]) -> Vec<u8> {
        let mut scanner = DotScanner::default();
        let mut sent = Vec::new();
        let mut from = 0;
        for to in cuts.iter().copied().chain([content.len()]) {
            let keep = |octets: &[u8]| {
                sent.extend_from_slice(octets);
                Ok::<_, StrayLineEnd>(())
            };
            scanner.scan(&content[from..to], keep).unwrap();
            from = to;
        }
        sent.extend_from_slice(scanner.finish().unwrap());
        sent
    }

    /// What a server makes of it (RFC 5321 4.5.2), or `None` if the data ended early.
    fn server(wire: &[u8]) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        let mut rest = wire;
        loop {
            let end = rest.windows(2).position(|pair| pair == b"\r\n")? + 2;
            let (line, behind) = rest.split_at(end);
            if line == b".\r\n" {
                return behind.is_empty().then_some(content);
            }
            content.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
            rest = behind;
        }
    }

    /// The definition, octet by octet, to hold the scanner against.
    fn repaired(content: &[u8]) -> Vec<u8> {
        let mut lines = Vec::new();
        let mut octets = content.iter().copied().peekable();
        while let Some(octet) = octets.next() {
            match octet {
                b'\r' => {
                    octets.next_if_eq(&b'\n');
                    lines.extend_from_slice(b"\r\n");
                }
                b'\n' => lines.extend_from_slice(b"\r\n"),
                other => lines.push(other),
            }
        }
        if !lines.is_empty() && !lines.ends_with(b"\n") {
            lines.extend_from_slice(b"\r\n");
        }
        lines
    }

    const HARD: [&[u8]; 15] = [
        b"",
        b".",
        b"..",
        b".\r\n",
        b"a\r\n.\r\nb\r\n",
        b"hi\r\r\n.\r\n",
        b"\n.\n",
        b"\n.\r\n",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\r\n.\n",
        b"\r.\r",
        b"a\r",
        b"no end",
        b"\r\n\r\n..x\r\n",
    ];

    #[test]
    fn hard_contents_arrive_whole_and_never_end_early_at_every_split() {
        for content in HARD {
            for first in 0..=content.len() {
                for second in first..=content.len() {
                    let wire = wire(content, &[first, second]);
                    assert_eq!(
                        server(&wire).as_deref(),
                        Some(&repaired(content)[..]),
                        "{:?} cut at {first}, {second}: {:?}",
                        content.escape_ascii().to_string(),
                        wire.escape_ascii().to_string(),
                    );
                }
            }
        }
    }

    #[test]
    fn a_message_ends_with_exactly_one_line_end() {
        assert_eq!(wire(b"a", &[]), b"a\r\n.\r\n");
        assert_eq!(wire(b"a\r\n", &[]), b"a\r\n.\r\n");
        assert_eq!(wire(b"", &[]), b".\r\n");
    }

    #[test]
    fn a_stray_line_end_is_refused_with_its_offset_across_calls() {
        let mut scanner = DotScanner::new(StrayLineEnds::Refuse);
        let quiet = |_: &[u8]| Ok::<_, StrayLineEnd>(());
        scanner.scan(b"ab\r\n", quiet).unwrap();
        assert_eq!(scanner.scan(b"c\nd", quiet), Err(StrayLineEnd { offset: 5 }));
    }

    #[test]
    fn the_offset_of_a_stray_cr_is_its_own_and_not_that_of_what_follows() {
        let quiet = |_: &[u8]| Ok::<_, StrayLineEnd>(());
        for first in 0..=4 {
            let (before, behind) = b"ab\rcd".split_at(first);
            let mut scanner = DotScanner::new(StrayLineEnds::Refuse);
            let outcome = scanner.scan(before, quiet).and_then(|()| scanner.scan(behind, quiet));
            assert_eq!(outcome, Err(StrayLineEnd { offset: 2 }), "cut at {first}");
        }
    }

    #[test]
    fn a_cr_at_the_end_of_text_is_not_passed_over_by_the_strict_policy() {
        let mut scanner = DotScanner::new(StrayLineEnds::Refuse);
        scanner.scan(b"\r\n.\r", |_| Ok::<_, StrayLineEnd>(())).unwrap();
        assert_eq!(scanner.pass(b"QUJD\r\n"), Err(StrayLineEnd { offset: 3 }));
        assert_eq!(scanner.finish(), Err(StrayLineEnd { offset: 3 }));
    }

    #[test]
    fn clean_lines_begin_on_a_line_of_their_own() {
        let mut scanner = DotScanner::default();
        scanner.scan(b"a\r", |_| Ok::<_, StrayLineEnd>(())).unwrap();
        assert_eq!(scanner.pass(b"QUJD\r\n"), Ok(&b"\n"[..]));
        assert_eq!(scanner.pass(b"QUJD\r\n"), Ok(&b""[..]));
        assert_eq!(scanner.finish(), Ok(&b".\r\n"[..]));
    }

    #[test]
    fn long_contents_with_one_odd_place_arrive_whole_wherever_it_is() {
        for odd in [&b"\r"[..], b"\n", b"\n.", b"\r\n.", b".", b"\r\n.\r\n", b"\n\n", b"\r\r\n"] {
            for at in 0..3 * STRIDE {
                let mut content = b"0123456789abcdef\r\n".repeat(40);
                content.splice(at..at, odd.iter().copied());
                let wire = wire(&content, &[at, at + 1]);
                assert_eq!(server(&wire), Some(repaired(&content)), "{odd:?} at {at}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_long_content_arrives_repaired_and_whole(
            lines in proptest::collection::vec("[a.]{0,150}(\r\n|\r\n|\r\n|\n|\r|\r\n\\.)", 0..12),
            cut in 0_usize..2000,
        ) {
            let content = lines.concat().into_bytes();
            let wire = wire(&content, &[cut.min(content.len())]);
            proptest::prop_assert_eq!(server(&wire), Some(repaired(&content)));
        }

        #[test]
        fn any_content_arrives_repaired_and_whole(
            content in "[a.\r\n]{0,40}",
            cut in 0_usize..40,
        ) {
            let content = content.as_bytes();
            let wire = wire(content, &[cut.min(content.len())]);
            proptest::prop_assert_eq!(server(&wire), Some(repaired(content)));
        }
    }
}
