//! Commands that have no place where they were to be said.

use std::fmt;

/// Why a command cannot be said where it was to be, and what to say first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misplaced {
    /// A transaction is open, and the command has no place in one.
    InTransaction,
    /// No transaction is open.
    BeforeMail,
    /// No recipient of the transaction was accepted.
    BeforeRcpt,
    /// LMTP answers the content for each recipient, there are several, and one answer was asked for.
    ForSeveral,
    /// The channel is secure already.
    Secure,
}

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InTransaction => "within a transaction: end it with DATA or RSET first",
            Self::BeforeMail => "before a transaction was begun: say MAIL first",
            Self::BeforeRcpt => "before a recipient was accepted: say RCPT first",
            Self::ForSeveral => {
                "for one answer, as LMTP gives each recipient one: use data_for_each"
            }
            Self::Secure => "over a channel that is secure already",
        })
    }
}
