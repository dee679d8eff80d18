//! Which way a message goes: behind 354, in chunks, or with its commands all at once.

use comms_mime::Transfer;

use crate::dialogue::{Dialogue, Protocol};

/// The way that a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Commands and content together, by BDAT: one round trip.
    AtOnce,
    /// Commands, and then the content by BDAT: all at once would send much for nothing if nobody is
    /// accepted, and in LMTP the replies could not be counted.
    Chunks,
    /// Commands, 354, and then the content.
    Data,
}

impl Way {
    /// The way of a message of this size, as far as it is known, whose commands are so long.
    pub(crate) fn of(
        dialogue: &Dialogue,
        transfer: Transfer,
        size: Option<u64>,
        commands: usize,
    ) -> Self {
        let properties = &dialogue.properties;
        let small = size.is_some_and(|size| size <= SMALL);
        let one_verdict = properties.protocol == Protocol::Smtp && !properties.strict;
        let fits = commands <= MOST_UNANSWERED;
        match transfer {
            _ if !dialogue.chunks() => Self::Data,
            _ if small && one_verdict && fits && dialogue.pipelines() => Self::AtOnce,
            Transfer::Binary => Self::Chunks,
            _ if small => Self::Chunks,
            // Nothing is gained by chunks where the transfer takes longer than a round trip.
            _ => Self::Data,
        }
    }
}

/// Octets of commands that may be without a reply: less than any socket buffer, or both ends could
/// wait for the other to read.
pub(crate) const MOST_UNANSWERED: usize = 4096;

/// Octets that are sent before it is known whether anybody gets them.
const SMALL: u64 = 64 * 1024;
