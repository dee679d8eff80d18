//! What is still to be done for one message of a series.

use std::time::Instant;

use comms_core::Error;

use crate::envelope::Recipient;
use crate::relocation::Moves;
use crate::report::Fates;

/// What is still to be done for one message: its next transaction.
///
/// Most messages are one. A second is for recipients that did not go into the first: they had moved,
/// or the server takes only so many at a time.
#[derive(Debug, Default)]
pub(crate) struct Job {
    /// The place of the message in its series.
    pub(crate) number: usize,
    /// Whom the transaction is for; all of the envelope where it is the first.
    pub(crate) recipients: Option<Vec<Recipient>>,
    /// What earlier transactions came to.
    pub(crate) fates: Fates,
    /// Who has moved where.
    pub(crate) moves: Moves,
    /// Octets of content that went out last.
    pub(crate) size: u64,
    /// When its first command was said.
    pub(crate) began: Option<Instant>,
    /// It was begun on a connection that turned out to be over, and begun again.
    pub(crate) begun_again: bool,
}

impl Job {
    /// All that there is to do for a message.
    pub(crate) fn new(number: usize) -> Self {
        Self { number, ..Self::default() }
    }
}

/// How a transaction ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// In good order; these are to be asked for in another one.
    Done(Vec<Recipient>),
    /// With this for all who had not been refused by then.
    Failed(Error),
    /// The session was over before the server had begun with it: nothing of it was taken.
    Unbegun(Failed),
    /// The server does not know the BDAT that it had offered: nothing of it was taken.
    Unchunked(Error),
}

/// A transaction that was not begun.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It was the next, and this is what the server, or the connection, said to it.
    First(Error),
    /// The session has had as many messages as it may, the server said.
    Full(Error),
    /// It stood behind another one.
    Behind,
}
