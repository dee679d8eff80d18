//! Any message through the filter of blind copies: wherever it is split, the same is kept, the
//! body whole, and no blind copy in the head.
#![no_main]

use comms_mime::BccFilter;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    lengths: Vec<u8>,
    octets: &'a [u8],
}

fuzz_target!(|input: Input<'_>| {
    let (kept, body) = filtered(input.octets.chunks(1));
    assert_eq!(kept, filtered([input.octets]).0);
    assert_eq!(kept, filtered(pieces(&input)).0);
    assert_eq!(kept, filtered([kept.as_slice()]).0, "there was more to remove");
    assert!(kept.ends_with(&input.octets[body..]));
    // The filter may complete one line end by a CR of its own.
    assert!(kept.len() <= input.octets.len() + 1);
    assert!(!names_blind_copies(&kept));
});

/// What is kept, and where the body begins, as far as the pieces tell.
fn filtered<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, usize) {
    let (mut kept, mut body) = (Vec::new(), 0);
    let mut filter = BccFilter::default();
    for piece in pieces {
        filter.push(piece, |octets| kept.extend_from_slice(octets));
        if !filter.is_past_head() {
            body += piece.len();
        }
    }
    let body = if filter.is_past_head() { body + 1 } else { body };
    filter.finish(|octets| kept.extend_from_slice(octets));
    (kept, body)
}

/// The message in pieces of the given lengths; the rest is the last.
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

/// Whether the head has such a field, in the simplest words.
fn names_blind_copies(message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message).replace("\r\n", "\n").replace('\r', "\n");
    let mut head = text.split('\n').take_while(|line| !line.is_empty());
    head.any(|line| {
        let name = line.split(':').next().filter(|name| name.len() < line.len());
        let name = name.unwrap_or_default().trim_end_matches([' ', '\t']).to_ascii_lowercase();
        matches!(name.trim_start_matches('\u{feff}'), "bcc" | "resent-bcc")
    })
}
