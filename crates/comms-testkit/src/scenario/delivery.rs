//! In what portions the peer's octets arrive.

use std::fmt;

use comms_core::{PropertyValue, Value};

/// In what portions the peer's octets arrive at the client.
///
/// A client has to behave the same under all of them. As a property it is text: `whole`,
/// `per_line`, `per_octet`, or `seeded:7`.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::{Delivery, Script};
///
/// let script = Script::new().send("220 ok\r\n").delivery(Delivery::PerOctet);
/// let mut stack = CommsStack::new(script)?;
/// stack.connect()?;
/// assert_eq!(stack.receive(&mut [0; 64])?, 1);
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Delivery {
    /// Everything that the peer has said so far, in one.
    #[default]
    Whole,
    /// At most one line.
    PerLine,
    /// One octet.
    PerOctet,
    /// Portions of all sizes, the same ones for the same number.
    Seeded(u64),
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("whole"),
            Self::PerLine => f.write_str("per_line"),
            Self::PerOctet => f.write_str("per_octet"),
            Self::Seeded(seed) => write!(f, "seeded:{seed}"),
        }
    }
}

impl PropertyValue for Delivery {
    const TYPE: &'static str = "one of: whole, per_line, per_octet, seeded:NUMBER";

    fn to_value(&self) -> Option<Value> {
        Some(Value::Text(self.to_string()))
    }

    fn from_value(value: Value) -> Option<Self> {
        match value.as_text()? {
            "whole" => Some(Self::Whole),
            "per_line" => Some(Self::PerLine),
            "per_octet" => Some(Self::PerOctet),
            other => other.strip_prefix("seeded:")?.parse().ok().map(Self::Seeded),
        }
    }
}

/// Cuts octets into portions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Portions {
    delivery: Delivery,
    state: u64,
}

impl Portions {
    pub(crate) fn new(delivery: Delivery) -> Self {
        let state = if let Delivery::Seeded(seed) = delivery { seed } else { 0 };
        Self { delivery, state }
    }

    /// The size of the next portion of `available` octets.
    pub(crate) fn next<'a>(&mut self, available: impl ExactSizeIterator<Item = &'a u8>) -> usize {
        let most = available.len();
        match self.delivery {
            Delivery::Whole => most,
            Delivery::PerLine => {
                let mut available = available;
                available.position(|octet| *octet == b'\n').map_or(most, |at| at + 1)
            }
            Delivery::PerOctet => most.min(1),
            Delivery::Seeded(_) => self.draw().min(most),
        }
    }

    /// A size from 1 to 128, each power of two as likely as the next.
    fn draw(&mut self) -> usize {
        let size = self.random() % (1 << (self.random() % 8)) + 1;
        usize::try_from(size).unwrap_or(1)
    }

    /// `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014): eight lines do what a crate would.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(delivery: Delivery, octets: &[u8]) -> Vec<usize> {
        let mut portions = Portions::new(delivery);
        let mut rest = octets;
        let mut sizes = Vec::new();
        while !rest.is_empty() {
            let size = portions.next(rest.iter());
            sizes.push(size);
            rest = &rest[size..];
        }
        sizes
    }

    #[test]
    fn portions_are_whole_lines_octets_or_drawn() {
        let octets = b"250-a\r\n250 b\r\nx";
        assert_eq!(sizes(Delivery::Whole, octets), [15]);
        assert_eq!(sizes(Delivery::PerLine, octets), [7, 7, 1]);
        assert_eq!(sizes(Delivery::PerOctet, octets), [1; 15]);
    }

    #[test]
    fn the_same_seed_gives_the_same_portions_and_another_seed_others() {
        let octets = [0; 1000];
        let one = sizes(Delivery::Seeded(1), &octets);
        assert_eq!(one, sizes(Delivery::Seeded(1), &octets));
        assert_ne!(one, sizes(Delivery::Seeded(2), &octets));
        assert_eq!(one.iter().sum::<usize>(), 1000);
        assert!(one.contains(&1) && one.iter().any(|size| *size > 16));
    }

    #[test]
    fn a_delivery_is_text_in_a_file() {
        for delivery in [Delivery::PerLine, Delivery::Seeded(7), Delivery::Whole] {
            assert_eq!(Delivery::from_value(delivery.to_value().unwrap()), Some(delivery));
        }
        assert_eq!(Delivery::from_value("seeded".into()), None);
    }
}
