//! Octets that are kept, without those that are secret.

use std::fmt;

use comms_core::{Payload, Piece};

use crate::harmless::{LABEL, escaped, secret};

/// What a payload said, up to a limit. Of secret octets it has the number alone, so nothing that is
/// made of it can show them.
///
/// `Display` gives it as logs have it: on one line, with `\r`, `\n` and `\xNN` for what is not plain
/// ASCII, and a backslash doubled.
///
/// ```
/// use comms_core::{Payload, Piece};
/// use comms_log::MaskedOctets;
///
/// let pieces = [Piece::Plain(b"AUTH PLAIN "), Piece::Secret(b"AGEAYg=="), Piece::Plain(b"\r\n")];
/// let masked = MaskedOctets::of(Payload::Pieces(&pieces), 256);
/// assert_eq!(masked.to_string(), r"AUTH PLAIN <8 secret octets>\r\n");
/// assert_eq!((masked.len(), masked.is_cut()), (21, false));
///
/// let cut = MaskedOctets::of(Payload::Bytes(b"250 ok\r\n"), 3);
/// assert_eq!((cut.to_string().as_str(), cut.len(), cut.is_cut()), ("250", 8, true));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MaskedOctets {
    plain: Vec<u8>,
    secrets: Vec<Gap>,
    len: usize,
    kept: usize,
}

/// Where secret octets were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gap {
    /// How many plain octets are kept from before it.
    at: usize,
    octets: usize,
}

/// Octets of one mark, in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaskedRun<'a> {
    /// What may be shown.
    Plain(&'a [u8]),
    /// So many octets that may not.
    Secret(usize),
}

impl MaskedOctets {
    /// What `payload` says, with at most `limit` of its octets.
    pub fn of(payload: Payload<'_>, limit: usize) -> Self {
        let (mut masked, mut room) = (Self::default(), limit);
        payload.pieces().for_each(|piece| masked.push(&piece, &mut room));
        masked
    }

    /// Adds `piece`, as far as there is room.
    pub(crate) fn push(&mut self, piece: &Piece<'_>, room: &mut usize) {
        if piece.is_empty() {
            return;
        }
        if self.is_cut() {
            // Nothing that comes behind what was left out may look as if it followed.
            *room = 0;
        }
        self.len += piece.len();
        *room = match piece {
            Piece::Plain(octets) => self.keep(octets, *room),
            Piece::Secret(octets) => self.skip(octets.len(), *room),
        };
    }

    /// Keeps what there is room for; what room is left then.
    fn keep(&mut self, octets: &[u8], room: usize) -> usize {
        let (kept, _) = octets.split_at(room.min(octets.len()));
        self.plain.extend_from_slice(kept);
        self.kept += kept.len();
        room - kept.len()
    }

    fn skip(&mut self, octets: usize, room: usize) -> usize {
        if room == 0 {
            return 0;
        }
        self.kept += octets;
        match self.secrets.last_mut().filter(|last| last.at == self.plain.len()) {
            Some(last) => last.octets += octets,
            None => self.secrets.push(Gap { at: self.plain.len(), octets }),
        }
        room.saturating_sub(LABEL)
    }

    /// The same without the end of a line, if there is one.
    pub(crate) fn without_line_end(mut self) -> Self {
        let is_last = self.secrets.last().is_none_or(|gap| gap.at + 2 <= self.plain.len());
        if !self.is_cut() && is_last && self.plain.ends_with(b"\r\n") {
            self.plain.truncate(self.plain.len() - 2);
            self.kept -= 2;
            self.len -= 2;
        }
        self
    }

    /// How many octets the payload had, with the secret ones and those that are not kept.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it had none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether the end of it was left out.
    pub fn is_cut(&self) -> bool {
        self.kept < self.len
    }

    /// How many of them are kept, or are secret and counted.
    pub(crate) fn kept(&self) -> usize {
        self.kept
    }

    /// What is kept, run by run.
    pub fn runs(&self) -> impl Iterator<Item = MaskedRun<'_>> {
        let behind = self.secrets.last().map_or(0, |gap| gap.at);
        let before = self.secrets.iter().scan(0, |from, gap| {
            let plain = self.plain.get(*from..gap.at).unwrap_or_default();
            *from = gap.at;
            Some([MaskedRun::Plain(plain), MaskedRun::Secret(gap.octets)])
        });
        let last = MaskedRun::Plain(self.plain.get(behind..).unwrap_or_default());
        before.flatten().chain([last]).filter(|run| !matches!(run, MaskedRun::Plain([])))
    }

    /// Writes it as `Display` has it.
    pub(crate) fn show(&self, to: &mut (impl fmt::Write + ?Sized)) -> fmt::Result {
        self.runs().try_for_each(|run| match run {
            MaskedRun::Plain(octets) => escaped(to, octets),
            MaskedRun::Secret(octets) => secret(to, octets),
        })
    }

    /// The memory that it takes, beside its own size.
    pub(crate) fn weight(&self) -> usize {
        self.plain.len() + self.secrets.len() * size_of::<Gap>()
    }
}

impl fmt::Display for MaskedOctets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece<'_>], limit: usize) -> (String, usize, bool) {
        let masked = MaskedOctets::of(Payload::Pieces(pieces), limit);
        (masked.to_string(), masked.len(), masked.is_cut())
    }

    #[test]
    fn a_secret_is_its_number_alone_wherever_it_stands() {
        let pieces = [Piece::Secret(b"a"), Piece::Plain(b" b "), Piece::Secret(b"cd")];
        assert_eq!(
            shown(&pieces, 99),
            ("<1 secret octet> b <2 secret octets>".to_owned(), 6, false)
        );
        let masked = MaskedOctets::of(Payload::Secret(b"hunter2"), 99);
        assert_eq!(masked.to_string(), "<7 secret octets>");
        assert!(!format!("{masked:?}").contains("hunter2"));
    }

    #[test]
    fn secrets_in_a_row_are_one() {
        let pieces = [Piece::Plain(b"x"), Piece::Secret(b"ab"), Piece::Secret(b"c")];
        assert_eq!(shown(&pieces, 99), ("x<3 secret octets>".to_owned(), 4, false));
    }

    #[test]
    fn what_is_behind_the_limit_is_left_out_and_nothing_slips_in_behind_it() {
        let pieces = [Piece::Plain(b"PASS "), Piece::Secret(b"hunter22"), Piece::Plain(b"\r\n")];
        assert_eq!(shown(&pieces, 99), (r"PASS <8 secret octets>\r\n".to_owned(), 15, false));
        assert_eq!(shown(&pieces, 22), ("PASS <8 secret octets>".to_owned(), 15, true));
        assert_eq!(shown(&pieces, 5), ("PASS ".to_owned(), 15, true));
        assert_eq!(shown(&pieces, 2), ("PA".to_owned(), 15, true));
        assert_eq!(shown(&pieces, 0), (String::new(), 15, true));
    }

    #[test]
    fn octets_are_escaped_as_logs_have_them() {
        let octets = MaskedOctets::of(Payload::Bytes(b"a\\\"\t\0\xff'\r\n"), 99);
        assert_eq!(octets.to_string(), r#"a\\"\t\x00\xff'\r\n"#);
        assert_eq!(MaskedOctets::of(Payload::Bytes(b""), 99), MaskedOctets::default());
    }

    #[test]
    fn any_number_of_secrets_is_bounded_as_well() {
        let pieces = [Piece::Secret(b"x"), Piece::Plain(b"y")].repeat(1000);
        let masked = MaskedOctets::of(Payload::Pieces(&pieces), 256);
        assert!(masked.is_cut() && masked.weight() < 1024, "{}", masked.weight());
    }
}
