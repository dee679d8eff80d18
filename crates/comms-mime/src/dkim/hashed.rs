//! The octets of a message as a signature sees them: the head as it is, and a hash of the body.

use std::fmt;
use std::marker::PhantomData;

use ring::digest::{Context, Digest, SHA256};

use crate::dkim::body::RelaxedBody;
use crate::write::Output;

/// An output that keeps the head of a message and the hash of its body.
///
/// Line ends are taken for what they become on the wire: CR, LF and CRLF end a line.
pub(crate) struct Hashed<E> {
    head: Head,
    body: RelaxedBody,
    hash: Context,
    error: PhantomData<E>,
}

impl<E> Hashed<E> {
    pub(crate) fn new() -> Self {
        Self {
            head: Head::default(),
            body: RelaxedBody::default(),
            hash: Context::new(&SHA256),
            error: PhantomData,
        }
    }

    /// The whole message was written.
    pub(crate) fn finish(mut self) -> Content {
        self.body.finish(|octets| self.hash.update(octets));
        Content { head: self.head.octets, body_hash: self.hash.finish() }
    }
}

impl<E> Output for Hashed<E> {
    type Error = E;

    fn write(&mut self, octets: &[u8]) -> Result<(), E> {
        let body = self.head.push(octets);
        self.body.push(body, |octets| self.hash.update(octets));
        Ok(())
    }
}

impl<E> fmt::Debug for Hashed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashed").field("head", &self.head.octets.len()).finish_non_exhaustive()
    }
}

/// What is signed of a message.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) head: Vec<u8>,
    pub(crate) body_hash: Digest,
}

impl Content {
    /// Whether a signature of one is one of the other.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.head == other.head && self.body_hash.as_ref() == other.body_hash.as_ref()
    }
}

/// Writes, and sees what is written.
#[derive(Debug)]
pub(crate) struct Watched<'o, O: Output + ?Sized> {
    pub(crate) out: &'o mut O,
    pub(crate) hashed: Hashed<O::Error>,
}

impl<O: Output + ?Sized> Output for Watched<'_, O> {
    type Error = O::Error;

    fn write(&mut self, octets: &[u8]) -> Result<(), O::Error> {
        self.hashed.write(octets)?;
        self.out.write(octets)
    }

    fn write_clean(&mut self, octets: &[u8]) -> Result<(), O::Error> {
        self.hashed.write(octets)?;
        self.out.write_clean(octets)
    }
}

/// An output that keeps the head, and refuses what follows it.
#[derive(Debug, Default)]
pub(crate) struct HeadAlone(Head);

impl HeadAlone {
    pub(crate) fn octets(self) -> Vec<u8> {
        self.0.octets
    }
}

impl Output for HeadAlone {
    type Error = HeadEnd;

    fn write(&mut self, octets: &[u8]) -> Result<(), HeadEnd> {
        self.0.push(octets);
        if self.0.place == Place::Body { Err(HeadEnd) } else { Ok(()) }
    }
}

/// The head has ended.
#[derive(Debug)]
pub(crate) struct HeadEnd;

/// The head of a message that comes in pieces, up to and with its empty line.
#[derive(Debug, Default)]
struct Head {
    octets: Vec<u8>,
    place: Place,
}

/// ```text
///            CR                        CR
///  Line ----------> AfterCr --------------------> LastCr
///   ^ |  LF          | LF   | other                 | LF or other
///   | +--> Start <---+      +--> Line               v
///   +--other--+ +------------- LF ---------------> Body
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    Line,
    AfterCr,
    /// The CR ended the empty line; an LF now still belongs to it.
    LastCr,
    Body,
}

impl Head {
    /// Takes a piece; gives what of it belongs to the body.
    fn push<'p>(&mut self, piece: &'p [u8]) -> &'p [u8] {
        let mut rest = piece;
        while let Some((octet, behind)) = rest.split_first() {
            let next = match (self.place, *octet) {
                (Place::Body, _) => break,
                (Place::LastCr | Place::Start, b'\n') => Place::Body,
                (Place::LastCr, _) => {
                    self.place = Place::Body;
                    break;
                }
                (Place::Start | Place::AfterCr, b'\r') => Place::LastCr,
                (Place::AfterCr | Place::Line, b'\n') => Place::Start,
                (Place::Line, b'\r') => Place::AfterCr,
                (Place::Start | Place::AfterCr | Place::Line, _) => Place::Line,
            };
            self.place = next;
            self.octets.push(*octet);
            rest = behind;
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::head;

    #[test]
    fn the_head_ends_where_it_does_on_the_wire_at_every_cut() {
        let messages = [
            "A: b\r\n\r\nbody",
            "A: b\n\nbody",
            "A: b\r\rbody",
            "A: b\r\r\nbody",
            "A: b\n\r\n\nbody",
            "\r\nbody",
            "\nbody",
            "\r\r\nbody",
            "A: b\r\n \r\nC: d\r\n\r\n",
            "A: b",
            "",
        ];
        for message in messages {
            let octets = message.as_bytes();
            let end = head::end(octets).unwrap_or(octets.len());
            for cut in 0..=octets.len() {
                let mut hashed = Hashed::<Infallible>::new();
                let Ok(()) = hashed.write(&octets[..cut]);
                let Ok(()) = hashed.write(&octets[cut..]);
                let content = hashed.finish();
                assert_eq!(content.head, octets[..end], "{message:?} cut at {cut}");
                let mut body = Hashed::<Infallible>::new();
                let Ok(()) = body.write(b"\n");
                let Ok(()) = body.write(&octets[end..]);
                assert_eq!(body.finish().body_hash.as_ref(), content.body_hash.as_ref());
            }
        }
    }
}
