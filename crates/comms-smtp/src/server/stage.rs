//! How far a client is with the server.

use crate::envelope::Envelope;

/// How far a client is.
///
/// ```text
///  Start --EHLO/HELO--> Greeted --MAIL--> Envelope --DATA ... dot--> Greeted
/// ```
#[derive(Debug, Default)]
pub(crate) enum Stage {
    #[default]
    Start,
    Greeted,
    Envelope(Envelope),
}

/// Whether the conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Go,
    Stop,
}
