//! Where messages are written to.

use std::convert::Infallible;
use std::io;

/// Takes the octets of a message, in order.
pub trait Output {
    /// Why octets were refused.
    type Error;

    /// Takes octets that may be anything: a piece of a line, several lines.
    fn write(&mut self, octets: &[u8]) -> Result<(), Self::Error>;

    /// Takes whole CRLF lines, from the beginning of a line on, none of which holds a stray CR or
    /// LF or begins with a dot. A scanner for line ends and dots may skip them.
    fn write_clean(&mut self, octets: &[u8]) -> Result<(), Self::Error> {
        self.write(octets)
    }
}

impl Output for Vec<u8> {
    type Error = Infallible;

    fn write(&mut self, octets: &[u8]) -> Result<(), Infallible> {
        self.extend_from_slice(octets);
        Ok(())
    }
}

/// Writes a message to anything that takes octets in `std`: a file, a socket, a pipe.
///
/// ```
/// use comms_mime::{Message, Transfer, Writer};
///
/// let message = Message::builder().from("a@x.example".parse()?).text("hi").build()?;
/// let mut out = Writer(std::io::sink());
/// message.write(&mut out, Transfer::EightBit)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<W>(
    /// What takes the octets.
    pub W,
);

impl<W: io::Write> Output for Writer<W> {
    type Error = io::Error;

    fn write(&mut self, octets: &[u8]) -> Result<(), io::Error> {
        self.0.write_all(octets)
    }
}

/// What the path to the recipient takes (RFC 2045 2.7 to 2.9), each with all before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transfer {
    /// Lines of at most 998 octets of ASCII.
    SevenBit,
    /// Lines of at most 998 octets other than NUL (8BITMIME, RFC 6152).
    EightBit,
    /// Octets (BINARYMIME, RFC 3030). Attachments are then written as they are, so the output must
    /// not touch line ends.
    Binary,
}
