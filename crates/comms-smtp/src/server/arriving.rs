//! A message whose content is on its way from a client into the store.

use std::fmt;
use std::io;

use comms_core::{Below, Level, Severity};

use crate::envelope::{Envelope, Recipient};
use crate::server::store::{Incoming, Store};

/// A message on its way, of which no more is kept than the limit.
pub(crate) struct Arriving {
    message: Box<dyn Incoming>,
    /// The most octets that it may have.
    limit: Option<u64>,
    octets: u64,
    failure: Option<io::Error>,
}

/// Why a message cannot be kept.
#[derive(Debug)]
pub(crate) enum Trouble {
    TooLarge,
    NotStored(io::Error),
}

impl Trouble {
    /// The code and the words of the reply.
    pub(crate) fn reply(&self, below: &dyn Below) -> (u16, &'static str) {
        match self {
            Self::TooLarge => (552, "5.3.4 the message is too large"),
            Self::NotStored(failure) => {
                let trouble = format_args!("not stored: {failure}");
                below.note(Severity::Error, Level::Production, trouble);
                (451, "4.3.0 the message could not be stored")
            }
        }
    }
}

/// What the content is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Content {
    /// Lines.
    #[default]
    Lines,
    /// Octets, of which CR and LF are two like others (RFC 3030).
    Octets,
}

impl Arriving {
    /// A message that begins.
    pub(crate) fn begin(
        store: &mut dyn Store,
        envelope: &Envelope,
        content: Content,
        limit: Option<u64>,
    ) -> Result<Self, Trouble> {
        let message = match content {
            Content::Lines => store.begin(envelope),
            Content::Octets => store.begin_binary(envelope),
        };
        let message = message.map_err(Trouble::NotStored)?;
        Ok(Self { message, limit, octets: 0, failure: None })
    }

    /// Hands octets to the store, unless it is known already that they are not wanted.
    pub(crate) fn write(&mut self, octets: &[u8]) {
        self.octets = self.octets.saturating_add(octets.len() as u64);
        if self.failure.is_none() && !self.is_too_large() && !octets.is_empty() {
            self.failure = self.message.write(octets).err();
        }
    }

    /// Tells the store that the message is not for `recipient` after all.
    pub(crate) fn refuse(&mut self, recipient: &Recipient) {
        if self.failure.is_none() {
            self.failure = self.message.refuse(recipient).err();
        }
    }

    /// Keeps it: after this it is not lost any more.
    pub(crate) fn keep(self) -> Result<(), Trouble> {
        self.message.keep().map_err(Trouble::NotStored)
    }

    /// The message, if nothing has happened to it.
    pub(crate) fn sound(mut self) -> Result<Self, Trouble> {
        if self.is_too_large() {
            return Err(Trouble::TooLarge);
        }
        match self.failure.take() {
            Some(failure) => Err(Trouble::NotStored(failure)),
            None => Ok(self),
        }
    }

    fn is_too_large(&self) -> bool {
        self.limit.is_some_and(|limit| self.octets > limit)
    }
}

impl fmt::Debug for Arriving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arriving").field("octets", &self.octets).finish_non_exhaustive()
    }
}
