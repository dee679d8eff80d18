//! What happened in a stack, for those who watch. Watchers cannot alter octets.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use crate::error::Error;
use crate::payload::Payload;

/// What a layer can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the method of its name")]
pub enum Operation {
    Connect,
    Send,
    Receive,
    ReceiveUntil,
    Flush,
    Unread,
    Noop,
    Reset,
    StartTls,
    Invoke,
    Disconnect,
    Bind,
    Listen,
    Accept,
}

impl Operation {
    /// Its name, in `snake_case`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Send => "send",
            Self::Receive => "receive",
            Self::ReceiveUntil => "receive_until",
            Self::Flush => "flush",
            Self::Unread => "unread",
            Self::Noop => "noop",
            Self::Reset => "reset",
            Self::StartTls => "start_tls",
            Self::Invoke => "invoke",
            Self::Disconnect => "disconnect",
            Self::Bind => "bind",
            Self::Listen => "listen",
            Self::Accept => "accept",
        }
    }

    /// Whether octets of the peer come up by it.
    pub fn receives(self) -> bool {
        matches!(self, Self::Receive | Self::ReceiveUntil)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How much a record matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// What is usual.
    Info,
    /// What somebody should know: marked `!`.
    Warn,
    /// What went wrong: marked `*`.
    Error,
}

impl Severity {
    /// The mark in front of a record: blank, `!` or `*`.
    pub fn mark(self) -> char {
        match self {
            Self::Info => ' ',
            Self::Warn => '!',
            Self::Error => '*',
        }
    }
}

/// What a record is about. Any set of levels can be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// For the module's author.
    Debug,
    /// Each call that crosses the seam: what was asked, what came of it, how long it took.
    Trace,
    /// The octets themselves.
    Pdus,
    /// The dialogue: commands and replies.
    Script,
    /// For the operator; the only one meant for production.
    Production,
}

impl Level {
    /// All levels, in order.
    pub const ALL: [Self; 5] =
        [Self::Debug, Self::Trace, Self::Pdus, Self::Script, Self::Production];

    /// Its name: `pdus`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Trace => "trace",
            Self::Pdus => "pdus",
            Self::Script => "script",
            Self::Production => "production",
        }
    }
}

/// One thing that happened at the seam above a layer.
#[derive(Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The stack: a number of its own within the process.
    pub stack: u64,
    /// The layer, such as `Tcp`, or `Util#2` for the second of a name.
    pub layer: &'a str,
    /// The layer's place, 0 at the top.
    pub depth: usize,
    /// When, on the stack's clock.
    pub at: Instant,
    /// When, by the calendar.
    pub wall: SystemTime,
    /// What it was.
    pub what: What<'a>,
}

impl<'a> Event<'a> {
    /// An event; the seam makes these, and tests of sinks.
    pub fn new(
        stack: u64,
        layer: &'a str,
        depth: usize,
        (at, wall): (Instant, SystemTime),
        what: What<'a>,
    ) -> Self {
        Self { stack, layer, depth, at, wall, what }
    }
}

/// What happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum What<'a> {
    /// A layer was asked to do something.
    Begin {
        /// What.
        operation: Operation,
        /// What was given to send.
        payload: Option<Payload<'a>>,
        /// Time left for it; `None` without a deadline.
        left: Option<Duration>,
    },
    /// It came to an end.
    End {
        /// What was asked.
        operation: Operation,
        /// When that was.
        began: Instant,
        /// What was received; empty for other operations. Secret where it must not be shown.
        received: Payload<'a>,
        /// Why it failed, if it did.
        failure: Option<&'a Error>,
    },
    /// The module made a record.
    Record {
        /// How much it matters.
        severity: Severity,
        /// What it is about.
        level: Level,
        /// What it says.
        text: fmt::Arguments<'a>,
    },
}

/// A watcher: a log, a trace, a counter of its own. Shared between layers, stacks and threads.
pub trait Sink: fmt::Debug + Send + Sync {
    /// Takes note of `event`. It must not block for long: the stack waits.
    fn note(&self, event: &Event<'_>);

    /// What it is, in a word or two, for the property `log`: `memory`, `file smtp.log`.
    fn name(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_of_the_peer_come_up_by_two_operations() {
        assert!(Operation::Receive.receives() && Operation::ReceiveUntil.receives());
        for other in [Operation::Send, Operation::Unread, Operation::Noop, Operation::Accept] {
            assert!(!other.receives(), "{other}");
        }
    }
}
