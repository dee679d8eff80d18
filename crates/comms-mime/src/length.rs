//! Counting instead of writing.

use std::convert::Infallible;

use crate::write::Output;

/// An output that keeps nothing but the number of octets.
///
/// ```
/// use comms_mime::{Length, RawMessage};
///
/// let mut length = Length::default();
/// RawMessage::bytes("Subject: x\r\nBcc: y@z.example\r\n\r\n").write(&mut length)?;
/// assert_eq!(length.octets(), 14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Length(u64);

impl Length {
    /// How many octets were written so far.
    pub fn octets(self) -> u64 {
        self.0
    }
}

impl Output for Length {
    type Error = Infallible;

    fn write(&mut self, octets: &[u8]) -> Result<(), Infallible> {
        self.0 += octets.len() as u64;
        Ok(())
    }
}
