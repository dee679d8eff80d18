//! Secrets that a peer may say again.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::payload::Piece;

/// Secrets of which watchers are told the number of octets alone, also where they come back.
#[derive(Default)]
pub(crate) struct Withheld {
    secrets: Vec<Sought>,
}

/// How much of each secret the octets that one face passed so far end in.
pub(crate) type Begun = Vec<usize>;

impl Withheld {
    /// Withholds one more; one too short to be told from other text is none.
    pub(crate) fn add(&mut self, secret: &[u8]) {
        let known = self.secrets.iter().any(|known| known.octets.as_slice() == secret);
        if known || !(LEAST..=LONGEST).contains(&secret.len()) {
            return;
        }
        if self.secrets.len() == MOST {
            self.secrets.remove(0);
        }
        self.secrets.push(Sought::new(secret));
    }

    /// Forgets all.
    pub(crate) fn forget(&mut self) {
        self.secrets.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Overwrites what is withheld in `octets`, which stand alone, by asterisks.
    pub(crate) fn blot(&self, octets: &mut [u8]) {
        let mut spans = Vec::new();
        for secret in &self.secrets {
            secret.find(octets, 0, &mut spans);
        }
        for span in spans {
            octets.get_mut(span).unwrap_or_default().fill(b'*');
        }
    }

    /// `octets` in pieces, those that are withheld marked. So are octets at their end that may be the
    /// beginning of a secret: what follows is not known yet.
    pub(crate) fn marked<'o>(&self, octets: &'o [u8], begun: &mut Begun) -> Vec<Piece<'o>> {
        let mut spans = Vec::new();
        begun.resize(self.secrets.len(), 0);
        for (secret, begun) in self.secrets.iter().zip(begun) {
            *begun = secret.find(octets, *begun, &mut spans);
            spans.push(octets.len().saturating_sub(*begun)..octets.len());
        }
        spans.sort_unstable_by_key(|span| span.start);
        let mut pieces = Vec::new();
        let mut done = 0;
        for Range { start, end } in spans.into_iter().filter(|span| !span.is_empty()) {
            pieces.push(Piece::Plain(octets.get(done..start).unwrap_or_default()));
            pieces.push(Piece::Secret(octets.get(start.max(done)..end).unwrap_or_default()));
            done = done.max(end);
        }
        pieces.push(Piece::Plain(octets.get(done..).unwrap_or_default()));
        pieces.retain(|piece| !piece.is_empty());
        pieces
    }
}

impl fmt::Debug for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.secrets.len())
    }
}

/// One of them, with what it takes to find it in a stream (Knuth, Morris and Pratt).
struct Sought {
    octets: Zeroizing<Vec<u8>>,
    /// For each number of octets found: how many are still found when the next one differs.
    falls: Vec<usize>,
}

impl Sought {
    fn new(octets: &[u8]) -> Self {
        let falls = Vec::with_capacity(octets.len() + 1);
        let mut sought = Self { octets: Zeroizing::new(octets.to_vec()), falls };
        sought.falls.extend([0, 0]);
        for octet in octets.iter().skip(1) {
            let found = sought.falls.last().copied().unwrap_or_default();
            let found = sought.step(found, *octet);
            sought.falls.push(found);
        }
        sought
    }

    /// How many octets are found with `octet` behind `found` of them.
    fn step(&self, mut found: usize, octet: u8) -> usize {
        loop {
            if self.octets.get(found) == Some(&octet) {
                return found + 1;
            }
            if found == 0 {
                return 0;
            }
            found = self.falls.get(found).copied().unwrap_or_default();
        }
    }

    /// Adds where it stands in `octets`, of which `begun` came before; how much of it they end in.
    fn find(&self, octets: &[u8], begun: usize, spans: &mut Vec<Range<usize>>) -> usize {
        if begun == 0 && self.octets.first().is_none_or(|first| !octets.contains(first)) {
            return 0;
        }
        let mut found = begun;
        for (at, octet) in octets.iter().enumerate() {
            found = self.step(found, *octet);
            if found == self.octets.len() {
                spans.push((at + 1).saturating_sub(found)..at + 1);
            }
        }
        found
    }
}

/// What is shorter stands everywhere.
const LEAST: usize = 4;

/// No credential is longer.
const LONGEST: usize = 65_536;

/// As many as the exchanges of one connection say.
const MOST: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn withheld(secrets: &[&str]) -> Withheld {
        let mut withheld = Withheld::default();
        for secret in secrets {
            withheld.add(secret.as_bytes());
        }
        withheld
    }

    fn blotted(secrets: &[&str], text: &str) -> String {
        let mut octets = text.as_bytes().to_vec();
        withheld(secrets).blot(&mut octets);
        String::from_utf8(octets).unwrap()
    }

    /// What watchers see of `text` when it comes in portions of `size`.
    fn seen(secrets: &[&str], text: &str, size: usize) -> String {
        let withheld = withheld(secrets);
        let mut begun = Begun::new();
        let mut seen = String::new();
        for portion in text.as_bytes().chunks(size) {
            for piece in withheld.marked(portion, &mut begun) {
                match piece {
                    Piece::Plain(octets) => seen.push_str(std::str::from_utf8(octets).unwrap()),
                    Piece::Secret(octets) => seen.push_str(&"*".repeat(octets.len())),
                }
            }
        }
        seen
    }

    #[test]
    fn what_is_withheld_is_blotted_out_wherever_it_stands() {
        assert_eq!(blotted(&["hunter2"], "hunter2, no hunter2"), "*******, no *******");
        assert_eq!(blotted(&["aaaa"], "aaaaaab"), "******b", "they may overlap");
        assert_eq!(blotted(&["abab", "babc"], "xababcx"), "x*****x", "also each other");
        assert_eq!(blotted(&["hunter2"], "hunter"), "hunter", "a part of it is another word");
        assert_eq!(blotted(&["abc"], "abc"), "abc", "three octets stand everywhere");
        assert_eq!(blotted(&[], "abc"), "abc");
    }

    #[test]
    fn a_secret_that_comes_in_portions_is_seen_in_none() {
        let text = "535 hunter2 is no password";
        assert_eq!(seen(&["hunter2"], text, 64), "535 ******* is no password");
        assert_eq!(seen(&["hunter2"], text, 6), "535 ******* is no password");
        assert_eq!(seen(&["hunter2"], text, 1), "535 ******* is no password");
        assert_eq!(seen(&["hunter2"], "go hunting", 7), "go ****ing", "it may have been one");
    }

    #[test]
    fn of_too_many_secrets_the_first_are_forgotten() {
        let secrets: Vec<String> = (0..=MOST).map(|number| format!("secret {number:02}")).collect();
        let mut withheld = Withheld::default();
        for secret in secrets.iter().chain(&secrets[1..]) {
            withheld.add(secret.as_bytes());
        }
        let mut text = *b"secret 00 secret 01 secret 32";
        withheld.blot(&mut text);
        assert_eq!(&text, b"secret 00 ********* *********");
        assert_eq!(format!("{withheld:?}"), "32 secrets");
        withheld.add(&vec![b'a'; LONGEST + 1]);
        assert_eq!(withheld.secrets.len(), MOST);
    }

    proptest! {
        #[test]
        fn no_portions_show_a_secret_and_all_octets_are_told(
            text in "[ab]{0,40}", secrets in proptest::collection::vec("[ab]{4,6}", 1..4), size in 1_usize..9,
        ) {
            let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let seen = seen(&secrets, &text, size);
            prop_assert_eq!(seen.len(), text.len());
            // What stands in the whole is masked in its portions as well.
            for ((seen, whole), octet) in seen.chars().zip(blotted(&secrets, &text).chars()).zip(text.chars()) {
                prop_assert!(seen == '*' || seen == octet && whole == octet);
            }
        }
    }
}
