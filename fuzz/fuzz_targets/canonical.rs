//! Any octets in the relaxed form of DKIM: wherever they are cut the same comes out, it is what the
//! form says, and its own relaxed form.
#![no_main]

use comms_mime::{RelaxedBody, relaxed_field};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    lengths: Vec<u8>,
    octets: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let whole = relaxed([input.octets]);
    assert_eq!(whole, relaxed(input.octets.chunks(1)));
    assert_eq!(whole, relaxed(pieces(&input)));
    assert_eq!(whole, relaxed([whole.as_slice()]), "it was not in its relaxed form");
    assert_eq!(whole, defined(input.octets));
    if let Some(field) = relaxed_field(input.octets) {
        assert!(field.ends_with(b"\r\n") && !field[..field.len() - 2].contains(&b'\n'));
        assert_eq!(relaxed_field(&field), Some(field));
    }
});

fn relaxed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let (mut out, mut body) = (Vec::new(), RelaxedBody::default());
    for piece in pieces {
        body.push(piece, |octets| out.extend_from_slice(octets));
    }
    body.finish(|octets| out.extend_from_slice(octets));
    out
}

/// The body in pieces of the given lengths; the rest is the last.
fn pieces<'a>(input: &Input<'a>) -> Vec<&'a [u8]> {
    let mut rest = input.octets;
    let mut pieces = Vec::new();
    for length in &input.lengths {
        let (piece, behind) = rest.split_at(usize::from(*length).min(rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces.push(rest);
    pieces
}

/// RFC 6376 3.4.4, line by line.
fn defined(octets: &[u8]) -> Vec<u8> {
    let mut lines = vec![Vec::new()];
    let mut rest = octets.iter().copied().peekable();
    while let Some(octet) = rest.next() {
        match octet {
            b'\r' => {
                rest.next_if_eq(&b'\n');
                lines.push(Vec::new());
            }
            b'\n' => lines.push(Vec::new()),
            b' ' | b'\t' => {
                let line = lines.last_mut().unwrap();
                if line.last() != Some(&b' ') {
                    line.push(b' ');
                }
            }
            other => lines.last_mut().unwrap().push(other),
        }
    }
    for line in &mut lines {
        if line.last() == Some(&b' ') {
            line.pop();
        }
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines.into_iter().flat_map(|line| [line, b"\r\n".to_vec()].concat()).collect()
}
