//! What a bottom over sockets has open.

use std::sync::Arc;

use comms_core::{Closing, Error, MethodSpec, Result, StackError};
use socket2::Socket;

use crate::error::TcpError;
use crate::listen::Listener;
use crate::stream::Stream;

/// What is open.
///
/// ```text
///        connect               disconnect
///  Idle ---------> Connected ------------> Idle
///        bind           listen            disconnect
///  Idle ------> Bound ---------> Listening ----------> Idle
/// ```
#[derive(Debug, Default)]
pub(crate) enum Line {
    #[default]
    Idle,
    Connected(Stream),
    Bound(Socket),
    Listening(Listener),
}

impl Line {
    /// That nothing is open.
    pub(crate) fn idle(&self) -> Result<(), StackError> {
        match self {
            Self::Idle => Ok(()),
            _ => Err(StackError::Connected),
        }
    }

    /// Takes up the connection of a connected socket.
    pub(crate) fn connected(socket: Socket) -> Result<Self, TcpError> {
        Stream::new(socket).map(Self::Connected)
    }

    /// The connection.
    #[inline]
    pub(crate) fn stream(&mut self) -> Result<&mut Stream, StackError> {
        match self {
            Self::Connected(stream) => Ok(stream),
            _ => Err(StackError::NotConnected),
        }
    }

    /// Begins to listen at the address that it is bound to.
    pub(crate) fn listen(&mut self, backlog: u32) -> Result<()> {
        let Self::Bound(socket) = std::mem::take(self) else {
            return Err(StackError::NotConnected.into());
        };
        *self = Self::Listening(Listener::new(socket, backlog)?);
        Ok(())
    }

    /// The socket that listens.
    pub(crate) fn listener(&self) -> Result<&Listener, StackError> {
        match self {
            Self::Listening(listener) => Ok(listener),
            _ => Err(StackError::NotConnected),
        }
    }

    /// By what another thread ends waits at what is open.
    pub(crate) fn closing(&self) -> Option<Arc<dyn Closing>> {
        match self {
            Self::Connected(stream) => stream.closing(),
            Self::Listening(listener) => listener.closing(),
            Self::Idle | Self::Bound(_) => None,
        }
    }

    /// Lets go of what is open.
    pub(crate) fn close(&mut self) -> Result<(), Error> {
        match std::mem::take(self) {
            Self::Connected(stream) => stream.close(),
            Self::Idle | Self::Bound(_) | Self::Listening(_) => Ok(()),
        }
    }
}

/// The method of a bottom that can close one direction.
pub(crate) const END_SENDING: MethodSpec =
    MethodSpec { name: "end_sending", doc: "sends no more: the peer reads the end" };
