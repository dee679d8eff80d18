//! Any content through the scanner, in any pieces, against a model that knows one octet at a time:
//! what a server unstuffs is the repaired content, and the strict policy finds what was repaired.
#![no_main]

use comms_smtp::{DotScanner, StrayLineEnd, StrayLineEnds};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Piece<'a> {
    Scan(&'a [u8]),
    /// So many lines that are known to be clean.
    Pass(u8),
}

fuzz_target!(|pieces: Vec<Piece<'_>>| {
    let mut model = Model::default();
    for piece in &pieces {
        match piece {
            Piece::Scan(octets) => octets.iter().for_each(|octet| model.scan(hard(*octet))),
            Piece::Pass(lines) => model.pass(&clean(*lines)),
        }
    }
    model.finish_line();

    let (wire, outcome) = send(&pieces, StrayLineEnds::Repair);
    assert_eq!(outcome, Ok(()));
    assert_eq!(server(&wire), Some(model.repaired));

    let (strict, outcome) = send(&pieces, StrayLineEnds::Refuse);
    match model.stray {
        None => assert_eq!((strict, outcome), (wire, Ok(()))),
        Some(offset) => {
            assert_eq!(outcome, Err(StrayLineEnd { offset }));
            assert_eq!(server(&strict), None, "what is refused must not end");
        }
    }
});

/// What goes on the wire, up to an error.
fn send(pieces: &[Piece<'_>], policy: StrayLineEnds) -> (Vec<u8>, Result<(), StrayLineEnd>) {
    let mut wire = Vec::new();
    let mut scanner = DotScanner::new(policy);
    let outcome = pieces.iter().try_for_each(|piece| match piece {
        Piece::Scan(octets) => {
            let octets = octets.iter().map(|octet| hard(*octet)).collect::<Vec<_>>();
            scanner.scan(&octets, |run| {
                wire.extend_from_slice(run);
                Ok(())
            })
        }
        Piece::Pass(lines) => {
            wire.extend_from_slice(scanner.pass(&clean(*lines))?);
            wire.extend_from_slice(&clean(*lines));
            Ok(())
        }
    });
    let outcome = outcome.and_then(|()| {
        wire.extend_from_slice(scanner.finish()?);
        Ok(())
    });
    (wire, outcome)
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
        }
    }

    /// A CR that nothing but a line of its own follows is a stray one.
    fn finish_cr(&mut self) {
        if std::mem::take(&mut self.after_cr) {
            self.stray.get_or_insert(self.seen - 1);
            self.repaired.push(b'\n');
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

fn clean(lines: u8) -> Vec<u8> {
    b"QUJD\r\n".repeat(usize::from(lines % 3))
}
