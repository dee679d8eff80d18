//! Any content through the scanner, in any pieces, against a model that knows one octet at a time:
//! what a server unstuffs, or gets in a chunk, is the repaired content, and the strict policy finds
//! what was repaired.
#![no_main]

use comms_smtp::{DotScanner, StrayLineEnd, StrayLineEnds};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Draft<'a> {
    Scan(&'a [u8]),
    /// Lines of these lengths with what stands between them, so that an odd octet can be anywhere
    /// among many that are clean.
    Long(Vec<(u8, u8)>),
    /// So many lines that are known to be clean.
    Pass(u8),
}

/// What the scanner is given at a time.
enum Piece {
    Scan(Vec<u8>),
    Pass(Vec<u8>),
}

fuzz_target!(|drafts: Vec<Draft<'_>>| {
    let pieces = drafts.iter().map(piece).collect::<Vec<_>>();
    let mut model = Model::default();
    for piece in &pieces {
        match piece {
            Piece::Scan(octets) => octets.iter().for_each(|octet| model.scan(*octet)),
            Piece::Pass(lines) => model.pass(lines),
        }
    }
    model.finish_line();

    let sent = send(&pieces, DotScanner::new(StrayLineEnds::Repair));
    assert_eq!(sent.outcome, Ok(()));
    assert_eq!(server(&sent.wire).as_ref(), Some(&model.repaired));
    assert_eq!(sent.added, model.added);
    let plain = send(&pieces, DotScanner::without_dots(StrayLineEnds::Repair));
    assert_eq!(plain.outcome, Ok(()));
    assert_eq!(plain.wire, model.repaired, "in a chunk, dots are as they were");
    assert_eq!(plain.added, model.added);

    let strict = send(&pieces, DotScanner::new(StrayLineEnds::Refuse));
    let strict_plain = send(&pieces, DotScanner::without_dots(StrayLineEnds::Refuse));
    match model.stray {
        None => {
            assert_eq!((strict.wire, strict.outcome), (sent.wire, Ok(())));
            assert_eq!((strict_plain.wire, strict_plain.outcome), (plain.wire, Ok(())));
        }
        Some(offset) => {
            assert_eq!(strict.outcome, Err(StrayLineEnd { offset }));
            assert_eq!(server(&strict.wire), None, "what is refused must not end");
            assert_eq!(strict_plain.outcome, Err(StrayLineEnd { offset }));
            assert!(model.repaired.starts_with(&strict_plain.wire));
        }
    }
});

fn piece(draft: &Draft<'_>) -> Piece {
    match draft {
        Draft::Scan(octets) => Piece::Scan(octets.iter().map(|octet| hard(*octet)).collect()),
        Draft::Long(lines) => {
            let lines = lines.iter().flat_map(|(length, end)| {
                let text = b"abc.defg".iter().copied().cycle().take(usize::from(*length));
                text.chain(ENDS[usize::from(*end) % ENDS.len()].iter().copied())
            });
            Piece::Scan(lines.collect())
        }
        Draft::Pass(lines) => Piece::Pass(b"QUJD\r\n".repeat(usize::from(lines % 3))),
    }
}

/// What goes on the wire, up to an error.
struct Sent {
    wire: Vec<u8>,
    added: u64,
    outcome: Result<(), StrayLineEnd>,
}

fn send(pieces: &[Piece], mut scanner: DotScanner) -> Sent {
    let mut wire = Vec::new();
    let outcome = pieces.iter().try_for_each(|piece| match piece {
        Piece::Scan(octets) => scanner.scan(octets, |run| {
            wire.extend_from_slice(run);
            Ok(())
        }),
        Piece::Pass(lines) => {
            wire.extend_from_slice(scanner.pass(lines)?);
            wire.extend_from_slice(lines);
            Ok(())
        }
    });
    let outcome = outcome.and_then(|()| {
        wire.extend_from_slice(scanner.finish()?);
        Ok(())
    });
    Sent { wire, added: scanner.added(), outcome }
}

/// What a server makes of it (RFC 5321 4.5.2); none if the data end early, or not at all.
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

/// The content with its line ends repaired, and where the first stray one is.
#[derive(Debug, Default)]
struct Model {
    repaired: Vec<u8>,
    after_cr: bool,
    seen: u64,
    /// Octets that repair has cost.
    added: u64,
    stray: Option<u64>,
}

impl Model {
    fn scan(&mut self, octet: u8) {
        match (self.after_cr, octet) {
            (true, b'\n') => {
                self.repaired.push(b'\n');
                self.after_cr = false;
            }
            (false, b'\n') => {
                self.stray.get_or_insert(self.seen);
                self.repaired.extend(b"\r\n");
                self.added += 1;
            }
            _ => {
                self.finish_cr();
                self.repaired.push(octet);
                self.after_cr = octet == b'\r';
            }
        }
        self.seen += 1;
    }

    fn pass(&mut self, lines: &[u8]) {
        self.finish_line();
        self.repaired.extend(lines);
        self.seen += lines.len() as u64;
    }

    fn finish_line(&mut self) {
        self.finish_cr();
        if !self.repaired.is_empty() && !self.repaired.ends_with(b"\n") {
            self.repaired.extend(b"\r\n");
            self.added += 2;
        }
    }

    /// A CR that nothing but a line of its own follows is a stray one.
    fn finish_cr(&mut self) {
        if std::mem::take(&mut self.after_cr) {
            self.stray.get_or_insert(self.seen - 1);
            self.repaired.push(b'\n');
            self.added += 1;
        }
    }
}

/// Makes the hard octets frequent.
fn hard(octet: u8) -> u8 {
    match octet {
        0..64 => b'\r',
        64..128 => b'\n',
        128..192 => b'.',
        other => other,
    }
}

/// How a line ends; most ends are whole.
const ENDS: [&[u8]; 12] = [
    b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\r\n.", b"\r\n..", b"\r", b"\n", b"\n.", b"\r\r\n", b".",
    b"\n\n",
];
