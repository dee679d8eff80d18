//! A connected socket: what is the same whatever it is connected with.

use std::ffi::c_int;
use std::io::{self, IoSlice, Read};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::sync::Arc;

use comms_core::{Closing, Error, Payload, Piece};
use socket2::Socket;

use crate::closing::Connected;
use crate::error::TcpError;
use crate::patience::{Patience, Time};
use crate::wait;

/// A connected socket that blocks.
#[derive(Debug)]
pub(crate) struct Stream {
    socket: Socket,
    sending: Patience,
    receiving: Patience,
    sending_ended: bool,
    /// How the connection broke. The system tells it once, and then speaks of an end in good order.
    broken: Option<TcpError>,
}

impl Stream {
    /// The stream over a connected socket.
    pub(crate) fn new(socket: Socket) -> Result<Self, TcpError> {
        socket
            .set_nonblocking(false)
            .map_err(|error| TcpError::of("make the socket wait", &error))?;
        Ok(Self {
            socket,
            sending: Patience::to_send(),
            receiving: Patience::to_receive(),
            sending_ended: false,
            broken: None,
        })
    }

    /// Sends all octets of `payload`, pieces of it in one vectored write.
    pub(crate) fn send(&mut self, payload: Payload<'_>, time: Time<'_>) -> Result<(), Error> {
        if self.sending_ended && !payload.is_empty() {
            return Err(TcpError::SendingEnded.into());
        }
        let sent = match payload {
            Payload::Bytes(octets) | Payload::Secret(octets) => self.send_octets(octets, time),
            Payload::Pieces([piece]) => self.send_octets(piece.octets(), time),
            Payload::Pieces(pieces) => self.send_pieces(pieces, time),
            Payload::Object(_) => Ok(()),
        };
        self.remember(sent)
    }

    fn send_octets(&mut self, mut octets: &[u8], time: Time<'_>) -> Result<(), Error> {
        while !octets.is_empty() {
            let write = |socket: &Socket| socket.send_with_flags(octets, NO_SIGNAL);
            let taken = self.sending.call(&self.socket, time, write)?;
            octets = octets.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    fn send_pieces(&mut self, pieces: &[Piece<'_>], time: Time<'_>) -> Result<(), Error> {
        for batch in pieces.chunks(BATCH) {
            let mut slices = [IoSlice::new(&[]); BATCH];
            for (slice, piece) in slices.iter_mut().zip(batch) {
                *slice = IoSlice::new(piece.octets());
            }
            let mut left = slices.get_mut(..batch.len()).unwrap_or_default();
            // Takes the empty ones off the front, here and below.
            IoSlice::advance_slices(&mut left, 0);
            while !left.is_empty() {
                let write = |socket: &Socket| socket.send_vectored_with_flags(left, NO_SIGNAL);
                let taken = self.sending.call(&self.socket, time, write)?;
                IoSlice::advance_slices(&mut left, taken);
            }
        }
        Ok(())
    }

    /// Receives what is there, waiting for at least one octet; 0 when the peer has ended.
    pub(crate) fn receive(&mut self, into: &mut [u8], time: Time<'_>) -> Result<usize, Error> {
        if into.is_empty() {
            return Ok(0);
        }
        let received = self.receiving.call(&self.socket, time, |mut socket| socket.read(into));
        match (self.remember(received)?, &self.broken) {
            (0, Some(broken)) => Err(broken.clone().into()),
            (octets, _) => Ok(octets),
        }
    }

    /// Sends no more: the peer reads what is on its way, and then the end.
    pub(crate) fn end_sending(&mut self) -> Result<(), Error> {
        if let Some(broken) = &self.broken {
            return Err(broken.clone().into());
        }
        let ended = self.socket.shutdown(Shutdown::Write);
        self.remember(ended.map_err(|error| TcpError::of("end sending", &error).into()))?;
        self.sending_ended = true;
        Ok(())
    }

    /// Whether the peer is still there, as far as this machine knows, and has said something that
    /// was not received.
    pub(crate) fn probe(&mut self) -> Result<bool, Error> {
        let octets = match wait::is_readable(&self.socket) {
            Ok(false) => return Ok(false),
            Ok(true) => self.socket.peek(&mut [MaybeUninit::uninit()]),
            Err(error) => Err(error),
        };
        let octets = octets.map_err(|error| TcpError::of("ask for the peer", &error).into());
        match self.remember(octets)? {
            0 => Err(self.broken.clone().unwrap_or(TcpError::Closed).into()),
            _ => Ok(true),
        }
    }

    /// By what another thread ends waits here.
    pub(crate) fn closing(&self) -> Option<Arc<dyn Closing>> {
        let socket = self.socket.try_clone().ok()?;
        Some(Arc::new(Connected(socket)))
    }

    /// Lets go of the connection, without waiting for what is still on its way.
    pub(crate) fn close(self) -> Result<(), Error> {
        match self.socket.shutdown(Shutdown::Both) {
            // The peer was faster.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result.map_err(|error| TcpError::of("disconnect", &error).into()),
        }
    }

    fn remember<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result
            && let Some(broken) = error.cause::<TcpError>()
        {
            self.broken.get_or_insert_with(|| broken.clone());
        }
        result
    }
}

/// Pieces that one system call takes; a reply or a command has two or three.
const BATCH: usize = 64;

/// A peer that is gone is an error and not a signal, also in a program that wants its SIGPIPE.
/// (Apple's systems have an option of the socket for it, which socket2 sets.)
#[cfg(not(any(target_vendor = "apple", windows)))]
const NO_SIGNAL: c_int = rustix::net::SendFlags::NOSIGNAL.bits().cast_signed();
#[cfg(any(target_vendor = "apple", windows))]
const NO_SIGNAL: c_int = 0;
