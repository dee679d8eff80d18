//! What lies below, as the library reads and writes it.

use std::io::{self, IoSlice, Read, Write};

use comms_core::{Below, Error, Payload, Piece};

use crate::heard::Heard;

/// The layers below as a reader and a writer. The library's results have no room for an error of a
/// layer, so it is kept here until the call is over.
pub(crate) struct Wire<'a> {
    below: &'a mut dyn Below,
    heard: Option<&'a mut Heard>,
    failure: Option<Error>,
}

impl<'a> Wire<'a> {
    pub(crate) fn new(below: &'a mut dyn Below) -> Self {
        Self { below, heard: None, failure: None }
    }

    /// As `new`, and what comes first is remembered.
    pub(crate) fn hearing(below: &'a mut dyn Below, heard: &'a mut Heard) -> Self {
        Self { below, heard: Some(heard), failure: None }
    }

    /// Why a call ended with an error, if that was below.
    pub(crate) fn into_failure(self) -> Option<Error> {
        self.failure
    }

    fn keep<T>(&mut self, result: Result<T, Error>) -> io::Result<T> {
        result.map_err(|error| {
            self.failure = Some(error);
            io::ErrorKind::Other.into()
        })
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let result = self.below.receive(into);
        let octets = self.keep(result)?;
        if let Some(heard) = &mut self.heard {
            heard.add(into.get(..octets).unwrap_or_default());
        }
        Ok(octets)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let result = self.below.send(Payload::Bytes(octets));
        self.keep(result).map(|_| octets.len())
    }

    /// All records in one send.
    fn write_vectored(&mut self, records: &[IoSlice<'_>]) -> io::Result<usize> {
        if let [record] = records {
            return self.write(record);
        }
        let mut pieces = [Piece::Plain(&[]); RECORDS];
        for (piece, record) in pieces.iter_mut().zip(records) {
            *piece = Piece::Plain(record);
        }
        let pieces = pieces.get(..records.len()).unwrap_or(&pieces);
        let octets = pieces.iter().map(Piece::len).sum();
        let result = self.below.send(Payload::Pieces(pieces));
        self.keep(result).map(|_| octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the library hands over at a time.
const RECORDS: usize = 64;
