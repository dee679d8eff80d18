//! Whether octets that come in pieces are UTF-8.

/// Looks at pieces, and keeps a character that is not whole until the next.
#[derive(Debug, Default)]
pub(crate) struct Utf8 {
    held: Vec<u8>,
}

impl Utf8 {
    /// Takes the next piece; false once it cannot be UTF-8 any more.
    pub(crate) fn push(&mut self, piece: &[u8]) -> bool {
        let mut rest = piece;
        while !self.held.is_empty() {
            let Some((&next, behind)) = rest.split_first() else { return true };
            self.held.push(next);
            rest = behind;
            match incomplete(&self.held) {
                Some(0) => self.held.clear(),
                Some(_) => {}
                None => return false,
            }
        }
        match incomplete(rest) {
            Some(tail) => {
                let from = rest.len() - tail;
                self.held.extend_from_slice(rest.get(from..).unwrap_or_default());
                true
            }
            None => false,
        }
    }

    /// Whether the last character is whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.held.is_empty()
    }
}

/// How many octets at the end begin a character that may go on; none when it is not UTF-8.
fn incomplete(octets: &[u8]) -> Option<usize> {
    match std::str::from_utf8(octets) {
        Ok(_) => Some(0),
        Err(error) if error.error_len().is_none() => Some(octets.len() - error.valid_up_to()),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judged<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> bool {
        let mut utf8 = Utf8::default();
        pieces.into_iter().all(|piece| utf8.push(piece)) && utf8.is_whole()
    }

    proptest! {
        #[test]
        fn pieces_are_judged_as_the_whole(
            text in "[a\u{e9}\u{65e5}\u{1f600}]{0,12}",
            size in 1..5_usize,
            at in 0..48_usize,
            broken in proptest::option::of(any::<u8>()),
        ) {
            let mut octets = text.into_bytes();
            if let (Some(broken), false) = (broken, octets.is_empty()) {
                let at = at % octets.len();
                octets[at] = broken;
            }
            prop_assert_eq!(judged(octets.chunks(size)), std::str::from_utf8(&octets).is_ok());
        }
    }
}
