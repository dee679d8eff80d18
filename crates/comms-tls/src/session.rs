//! A TLS connection over whatever lies below.

use std::io::{ErrorKind, IoSlice, Read, Write};

use comms_core::{Below, Error, ErrorClass, Payload, Piece, Result};
use rustls::Connection;

use crate::error::{Reason, TlsError};
use crate::heard::Heard;
use crate::wire::Wire;

/// A TLS connection: records go down as soon as they are made, and come up one by one.
pub(crate) struct Session {
    connection: Connection,
    /// Whom it is with.
    peer: String,
    /// Octets that were decrypted and not yet handed up.
    plaintext: usize,
    /// What the peer did wrong; told once everything before it was handed up.
    refused: Option<rustls::Error>,
    /// A part of a record may be below: what would follow it could not be understood.
    broken: bool,
}

impl Session {
    pub(crate) fn new(connection: impl Into<Connection>, peer: String) -> Self {
        let connection = connection.into();
        Self { connection, peer, plaintext: 0, refused: None, broken: false }
    }

    /// The connection, to ask.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whom it is with.
    pub(crate) fn peer(&self) -> &str {
        &self.peer
    }

    /// Octets that were decrypted and not yet handed up.
    pub(crate) fn pending(&self) -> usize {
        self.plaintext
    }

    /// Sends all of `payload`, pieces of it in common records, the records in as few sends as the
    /// library's own limit (64 KiB) allows.
    pub(crate) fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<()> {
        match payload {
            Payload::Bytes(octets) | Payload::Secret(octets) => self.send_octets(octets, below),
            Payload::Pieces([piece]) => self.send_octets(piece.octets(), below),
            Payload::Pieces(pieces) => self.send_pieces(pieces, below),
            Payload::Object(_) => Ok(()),
        }
    }

    fn send_octets(&mut self, mut octets: &[u8], below: &mut dyn Below) -> Result<()> {
        while !octets.is_empty() {
            let sealed = self.connection.writer().write(octets);
            let taken = self.taken(sealed)?;
            self.write_out(below)?;
            octets = octets.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    fn send_pieces(&mut self, pieces: &[Piece<'_>], below: &mut dyn Below) -> Result<()> {
        let mut slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece.octets())).collect();
        let mut left = slices.as_mut_slice();
        // Takes the empty ones off the front, here and below.
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            let sealed = self.connection.writer().write_vectored(left);
            let taken = self.taken(sealed)?;
            self.write_out(below)?;
            IoSlice::advance_slices(&mut left, taken);
        }
        Ok(())
    }

    /// How many octets went into records. None do after an error on either side.
    fn taken(&self, sealed: std::io::Result<usize>) -> Result<usize> {
        match (sealed, &self.refused) {
            (Ok(taken), _) if taken > 0 && !self.broken => Ok(taken),
            (_, Some(refused)) => Err(TlsError::of(refused.clone(), &self.peer).into()),
            _ => Err(TlsError::SendBroken.into()),
        }
    }

    /// Receives what one record brings, or what is left of one. A deadline in the middle of a
    /// record loses nothing of it.
    pub(crate) fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            match self.connection.reader().read(into) {
                Ok(octets) => {
                    self.plaintext = self.plaintext.saturating_sub(octets);
                    return Ok(octets);
                }
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    return Err(TlsError::CutOff.into());
                }
                Err(_) => {}
            }
            if let Some(refused) = &self.refused {
                return Err(TlsError::of(refused.clone(), &self.peer).into());
            }
            self.write_out(below)?;
            self.read(Wire::new(below))?;
            if self.open(below).is_err() {
                self.plaintext = 0;
            }
        }
    }

    /// Reads once; 0 when the peer has ended.
    pub(crate) fn read_hearing(
        &mut self,
        below: &mut dyn Below,
        heard: &mut Heard,
    ) -> Result<usize> {
        self.read(Wire::hearing(below, heard))
    }

    fn read(&mut self, mut wire: Wire<'_>) -> Result<usize> {
        let read = self.connection.read_tls(&mut wire);
        read.map_err(|error| {
            let own = || Error::from(TlsError::Protocol { source: Reason::new(error) });
            wire.into_failure().unwrap_or_else(own)
        })
    }

    /// Opens the records that are whole. A peer that broke the rules is told so at once.
    pub(crate) fn open(&mut self, below: &mut dyn Below) -> Result<(), rustls::Error> {
        match self.connection.process_new_packets() {
            Ok(state) => {
                self.plaintext = state.plaintext_bytes_to_read();
                Ok(())
            }
            Err(refused) => {
                // The error that we have is the one to tell, whether the alert arrives or not.
                let _ = self.write_out(below);
                self.refused = Some(refused.clone());
                Err(refused)
            }
        }
    }

    /// Hands all records down that are made.
    pub(crate) fn write_out(&mut self, below: &mut dyn Below) -> Result<()> {
        while !self.broken && self.connection.wants_write() {
            let mut wire = Wire::new(below);
            let written = self.connection.write_tls(&mut wire);
            if let Err(error) = written {
                self.broken = true;
                let own = || Error::from(TlsError::Protocol { source: Reason::new(error) });
                return Err(wire.into_failure().unwrap_or_else(own));
            }
        }
        Ok(())
    }

    /// Says goodbye. A peer that is gone already need not hear it.
    pub(crate) fn close(&mut self, below: &mut dyn Below) -> Result<()> {
        if self.broken {
            return Ok(());
        }
        self.connection.send_close_notify();
        match self.write_out(below).and_then(|()| below.flush()) {
            Err(error) if error.class() == ErrorClass::Connection => Ok(()),
            said => said,
        }
    }
}
