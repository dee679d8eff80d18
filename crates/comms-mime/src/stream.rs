//! The two ways to go through a message: writing it, and adding up its length.

use std::convert::Infallible;

use crate::encode::{base64, quoted_printable};
use crate::error::WriteError;
use crate::source::Source;
use crate::write::Output;

/// What a message is walked with.
pub(crate) trait Stream {
    /// Why the walk ends early.
    type Error;

    /// Takes octets that are in memory.
    fn octets(&mut self, octets: &[u8]) -> Result<(), Self::Error>;

    /// Takes a source as base64 lines.
    fn base64(&mut self, source: &Source) -> Result<(), Self::Error>;

    /// Takes a text with CRLF line ends as quoted-printable, which has so many octets.
    fn quoted_printable(
        &mut self,
        text: &[u8],
        length: impl FnOnce() -> u64,
    ) -> Result<(), Self::Error>;

    /// Takes a source as it is.
    fn binary(&mut self, source: &Source) -> Result<(), Self::Error>;

    /// Takes content that writes itself.
    fn produced(&mut self, content: &impl Produced) -> Result<(), Self::Error>;
}

/// Content that writes itself, in constant memory.
pub(crate) trait Produced {
    /// How many octets it writes, where that is known before.
    fn length(&self) -> Option<u64>;

    /// Shows what it is read from.
    fn sources<S: Stream>(&self, stream: &mut S) -> Result<(), S::Error>;

    /// Writes all of it.
    fn write<O: Output + ?Sized>(&self, out: &mut O) -> Result<(), WriteError<O::Error>>;
}

/// Writes.
#[derive(Debug)]
pub(crate) struct Written<'o, O: ?Sized>(pub(crate) &'o mut O);

impl<O: Output + ?Sized> Stream for Written<'_, O> {
    type Error = WriteError<O::Error>;

    fn octets(&mut self, octets: &[u8]) -> Result<(), Self::Error> {
        self.0.write(octets).map_err(WriteError::Output)
    }

    fn base64(&mut self, source: &Source) -> Result<(), Self::Error> {
        let mut lines = Vec::new();
        let mut empty = true;
        source.blocks(BLOCK, |block| {
            empty = false;
            base64::lines(block, &mut lines);
            self.0.write_clean(&lines).map_err(WriteError::Output)
        })?;
        if empty { self.octets(b"\r\n") } else { Ok(()) }
    }

    fn quoted_printable(
        &mut self,
        text: &[u8],
        _: impl FnOnce() -> u64,
    ) -> Result<(), Self::Error> {
        let mut lines = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            lines.clear();
            let taken = quoted_printable::lines(rest, TEXT, &mut lines);
            rest = rest.get(taken..).unwrap_or_default();
            if lines.ends_with(b"\r\n") {
                self.0.write_clean(&lines).map_err(WriteError::Output)?;
            } else {
                self.octets(&lines)?;
            }
        }
        Ok(())
    }

    fn binary(&mut self, source: &Source) -> Result<(), Self::Error> {
        source.blocks(BLOCK, |block| self.octets(block))
    }

    fn produced(&mut self, content: &impl Produced) -> Result<(), Self::Error> {
        content.write(self.0)
    }
}

/// Adds up lengths; none as soon as one is not known.
#[derive(Debug)]
pub(crate) struct Measured(pub(crate) Option<u64>);

impl Measured {
    fn add(&mut self, octets: Option<u64>) {
        self.0 = self.0.and_then(|sum| sum.checked_add(octets?));
    }
}

impl Stream for Measured {
    type Error = Infallible;

    fn octets(&mut self, octets: &[u8]) -> Result<(), Infallible> {
        self.add(Some(octets.len() as u64));
        Ok(())
    }

    fn base64(&mut self, source: &Source) -> Result<(), Infallible> {
        self.add(source.length().map(base64::encoded_len));
        Ok(())
    }

    fn quoted_printable(
        &mut self,
        _: &[u8],
        length: impl FnOnce() -> u64,
    ) -> Result<(), Infallible> {
        self.add(Some(length()));
        Ok(())
    }

    fn binary(&mut self, source: &Source) -> Result<(), Infallible> {
        self.add(source.length());
        Ok(())
    }

    fn produced(&mut self, content: &impl Produced) -> Result<(), Infallible> {
        self.add(content.length());
        Ok(())
    }
}

/// Looks for what cannot be read again, and keeps the name of the first.
#[derive(Debug, Default)]
pub(crate) struct Once(pub(crate) Option<String>);

impl Stream for Once {
    type Error = Infallible;

    fn octets(&mut self, _: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }

    fn base64(&mut self, source: &Source) -> Result<(), Infallible> {
        self.binary(source)
    }

    fn quoted_printable(&mut self, _: &[u8], _: impl FnOnce() -> u64) -> Result<(), Infallible> {
        Ok(())
    }

    fn binary(&mut self, source: &Source) -> Result<(), Infallible> {
        if source.is_read_once() {
            self.0.get_or_insert_with(|| source.name());
        }
        Ok(())
    }

    fn produced(&mut self, content: &impl Produced) -> Result<(), Infallible> {
        content.sources(self)
    }
}

/// Whole lines of base64, and few calls for a large file.
const BLOCK: usize = base64::LINE * 1024;

/// Much text for a call, and little memory when each octet becomes three.
const TEXT: usize = 16 * 1024;
