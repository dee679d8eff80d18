//! What a client has said for the present step.

use std::mem;
use std::ops::Range;

use crate::scenario::record::Speaker;
use crate::scenario::shown;
use crate::scenario::step::Expected;

/// Octets, and which of them are secret.
#[derive(Default)]
pub(crate) struct Heard {
    octets: Vec<u8>,
    secrets: Vec<Range<usize>>,
}

impl Heard {
    /// The octets themselves.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Keeps more.
    pub(crate) fn keep(&mut self, octets: &[u8], speaker: Speaker) {
        let start = self.octets.len();
        self.octets.extend_from_slice(octets);
        if speaker == Speaker::ClientInSecret {
            self.secrets.push(start..self.octets.len());
        }
    }

    /// Gives the octets away, for a new step.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.secrets.clear();
        mem::take(&mut self.octets)
    }

    /// As a person is shown it; `None` where there is nothing.
    pub(crate) fn shown(&self) -> Option<String> {
        let octets = Some(self.octets.as_slice()).filter(|octets| !octets.is_empty());
        octets.map(|octets| shown::masked(octets, &self.secrets))
    }

    /// As a person is shown it, with the surroundings of octet `at`.
    pub(crate) fn shown_around(&self, at: usize) -> String {
        shown::around(at, &self.octets, &self.secrets)
    }

    /// What the script expected, above what came, with a mark below octet `at`.
    pub(crate) fn compared(&self, at: Option<usize>, expected: &Expected) -> String {
        match expected {
            Expected::Exactly(octets) => shown::compared(octets, &self.octets, &self.secrets, at),
            other => {
                let (got, _) = shown::window(&self.octets, &self.secrets, 0);
                format!("\n  expected {other}\n  got      {got}")
            }
        }
    }

    /// What the script expected, masked where the client sent a secret: the script knows it too.
    pub(crate) fn expected_around(&self, at: usize, expected: &Expected) -> String {
        match expected {
            Expected::Exactly(octets) => shown::around(at, octets, &self.secrets),
            other => other.to_string(),
        }
    }
}

/// The last number that is written in `line`, or 0.
pub(crate) fn last_number(line: &[u8]) -> usize {
    let mut numbers = line.split(|octet| !octet.is_ascii_digit());
    let last = numbers.rfind(|digits| !digits.is_empty());
    let last = last.and_then(|digits| std::str::from_utf8(digits).ok());
    last.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
