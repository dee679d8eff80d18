//! The octets of a payload, taken apart.

use comms_core::Piece;

/// The first `octets` of a payload's pieces, and those behind them, each under its mark.
pub(crate) fn split<'a>(
    pieces: impl IntoIterator<Item = Piece<'a>>,
    octets: usize,
) -> (Vec<Piece<'a>>, Vec<Piece<'a>>) {
    let (mut before, mut behind) = (Vec::new(), Vec::new());
    let mut left = octets;
    for piece in pieces.into_iter().filter(|piece| !piece.is_empty()) {
        let (here, there) = piece.octets().split_at(left.min(piece.len()));
        left -= here.len();
        before.extend((!here.is_empty()).then(|| piece.same_mark(here)));
        behind.extend((!there.is_empty()).then(|| piece.same_mark(there)));
    }
    (before, behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_keeps_its_mark_on_either_side() {
        let pieces = [Piece::Plain(b"ab"), Piece::Secret(b"cd"), Piece::Plain(b"e")];
        let (before, behind) = split(pieces, 3);
        assert_eq!(before, [Piece::Plain(b"ab"), Piece::Secret(b"c")]);
        assert_eq!(behind, [Piece::Secret(b"d"), Piece::Plain(b"e")]);
        let (before, behind) = split(pieces, 9);
        assert_eq!((before.len(), behind.len()), (3, 0));
    }
}
