//! What can go wrong with the test doubles themselves.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use comms_core::{Error, ErrorClass, Operation};
use thiserror::Error as ThisError;

/// What a [`Loopback`](crate::Loopback) can find wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum LoopbackError {
    /// The other end was disconnected or dropped.
    #[error("the peer closed the connection")]
    PeerClosed,
    /// The other end was dropped before it ever connected, or since both were disconnected.
    #[error("the other end of the loopback is gone")]
    PeerGone,
    /// One end was disconnected, and is connected again before the other end was disconnected.
    #[error("the other end is still in the last connection: disconnect it as well")]
    PeerStillConnected,
    /// This end said that it sends no more.
    #[error("this end has ended its sending")]
    SendingEnded,
    /// One thread has both ends, and would wait for itself without end.
    #[error("this call would wait for ever: one thread has both ends, and there is no deadline")]
    NobodyActs,
}

impl From<LoopbackError> for Error {
    fn from(cause: LoopbackError) -> Self {
        let class = match cause {
            LoopbackError::PeerClosed | LoopbackError::PeerGone => ErrorClass::Connection,
            _ => ErrorClass::Usage,
        };
        Self::new(class, cause)
    }
}

/// What a [`Script`](crate::Script) finds wrong with its client, and what it makes go wrong.
///
/// Octets are shown escaped, and cut where they are many. Those that the client sent as secret are
/// shown as their number, on both sides of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum ScriptError {
    /// The client said something else.
    #[error(
        "the script expected {expected} (step {step}), got {got}: they differ at octet {at}{diff}"
    )]
    Differs {
        /// What the script expected.
        expected: String,
        /// The step, counted from 1.
        step: usize,
        /// What the client sent for this step, to the end of its line.
        got: String,
        /// The first octet that differs, counted from 0.
        at: usize,
        /// The lines before, and both sides one above the other with a mark where they differ.
        diff: String,
    },
    /// The client's line does not fit the pattern.
    #[error("the script expected {expected} (step {step}), got {got}{diff}")]
    Unlike {
        /// What the script expected.
        expected: String,
        /// The step, counted from 1.
        step: usize,
        /// The line.
        got: String,
        /// The lines before, and both sides one above the other.
        diff: String,
    },
    /// The client said something after the last step.
    #[error("the script was over after step {steps}, got {got}")]
    Over {
        /// The last step of this connection.
        steps: usize,
        /// What the client sent.
        got: String,
    },
    /// The client spoke before it had heard all that it must hear first.
    #[error("the client sent {got} before it had read {unread} octets of the peer (step {step})")]
    TooEarly {
        /// What the client sent.
        got: String,
        /// What it had not read.
        unread: usize,
        /// The step, counted from 1.
        step: usize,
    },
    /// The client receives, and it is the client's turn.
    #[error("both wait: the client receives, and the script expects {expected} (step {step}){}", so_far(.got.as_deref()))]
    BothWait {
        /// What the script expects.
        expected: String,
        /// The step, counted from 1.
        step: usize,
        /// What the client has sent for this step so far, if anything.
        got: Option<String>,
    },
    /// The client ended before the script did.
    #[error("the script was not finished: step {step} of {steps} ({what}) is not done")]
    Unfinished {
        /// The first step that is not done, counted from 1.
        step: usize,
        /// How many there are.
        steps: usize,
        /// The step, as the text form writes it.
        what: String,
    },
    /// The client connects more often than the script says.
    #[error("the script has no connection number {number}")]
    NoSuchConnection {
        /// Which one it would be.
        number: usize,
    },
    /// The script falls silent, and nothing would end the wait.
    #[error("the script stalls and the call has no deadline")]
    StallsForever,
    /// The script, or a cut, closed the connection.
    #[error("the peer closed the connection")]
    Closed,
    /// The script, or a cut, reset the connection.
    #[error("the connection was reset by the peer")]
    Reset,
    /// The script refuses to be connected to.
    #[error("the peer refused the connection")]
    Refused,
}

fn so_far(got: Option<&str>) -> String {
    got.map(|got| format!(", so far it has {got}")).unwrap_or_default()
}

impl From<ScriptError> for Error {
    fn from(cause: ScriptError) -> Self {
        let class = match cause {
            ScriptError::Closed | ScriptError::Reset | ScriptError::Refused => {
                ErrorClass::Connection
            }
            ScriptError::StallsForever => ErrorClass::Usage,
            _ => ErrorClass::Protocol,
        };
        Self::new(class, cause)
    }
}

/// A script or a tape in a file that cannot be had.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum ScriptFileError {
    /// The file cannot be read.
    #[error("{path} cannot be read", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What it says is no script.
    #[error("{path} is no script", path = .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, and what is wrong with it.
        source: ScriptParseError,
    },
}

impl From<ScriptFileError> for Error {
    fn from(cause: ScriptFileError) -> Self {
        Self::new(ErrorClass::Usage, cause)
    }
}

/// A tape that cannot be written.
#[derive(Debug, ThisError)]
#[error("the tape {path} cannot be written", path = .path.display())]
#[non_exhaustive]
pub struct TapeError {
    /// The file.
    pub path: PathBuf,
    /// Why: it exists already, say.
    pub source: io::Error,
}

impl From<TapeError> for Error {
    fn from(cause: TapeError) -> Self {
        Self::new(ErrorClass::Usage, cause)
    }
}

/// A dialogue that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("line {line} of the script: {problem}")]
#[non_exhaustive]
pub struct ScriptParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: ParseProblem,
}

impl From<ScriptParseError> for Error {
    fn from(cause: ScriptParseError) -> Self {
        Self::new(ErrorClass::Usage, cause)
    }
}

/// What can be wrong with a line of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum ParseProblem {
    /// It is none of the forms that there are.
    #[error(
        "`{0}` is none of S:, C:, C~:, S=:, C=:, until, take, wait, read, connect, close, reset, \
         stall, refuse"
    )]
    Unknown(String),
    /// A backslash is followed by something else than r, n, t, 0, \, * or xHH.
    #[error("`{0}` is no escape: there are \\r \\n \\t \\0 \\\\ \\* and \\xHH")]
    Escape(String),
    /// `take` is not followed by a number.
    #[error("`{0}` is not a number of octets")]
    Count(String),
    /// `wait` is not followed by a time.
    #[error("`{0}` is no time such as 20ms, 1.5s or 5m")]
    Time(String),
    /// `until` is followed by nothing.
    #[error("until needs the octets to wait for, such as \\r\\n.\\r\\n")]
    NoTerminator,
    /// `refuse` stands where the connection has been made already.
    #[error("refuse must be the first step of its connection")]
    LateRefusal,
}

/// What a [`Fault`](crate::Fault) makes go wrong.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum FaultStruck {
    /// An operation was to fail; the connection is lost since.
    #[error("the connection was lost on purpose: {0}")]
    Lost(String),
    /// The connection was cut.
    #[error("the peer closed the connection")]
    Closed,
    /// The connection was cut.
    #[error("the connection was reset by the peer")]
    Reset,
    /// The connect was to be refused.
    #[error("the peer refused the connection")]
    Refused,
    /// The peer was to fall silent, and nothing would end the wait.
    #[error("the peer is silent from here on, and the call has no deadline")]
    StallsForever,
}

impl From<FaultStruck> for Error {
    fn from(cause: FaultStruck) -> Self {
        let class = match cause {
            FaultStruck::StallsForever => ErrorClass::Usage,
            _ => ErrorClass::Connection,
        };
        Self::new(class, cause)
    }
}

/// A rule of calling that a [`Check`](crate::Check) found broken.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum RuleBroken {
    /// Above: a call on a layer that is not connected.
    #[error("{operation} was called while not connected")]
    NotConnected {
        /// The call.
        operation: Operation,
    },
    /// The stack: connected again without an end of the last connection.
    #[error("connect was called again while connected")]
    ConnectedTwice,
    /// Above: sent on after a send that failed, perhaps half-way.
    #[error("something was sent after a send that failed: the peer cannot understand it")]
    SentAfterFailure,
    /// Above: received on from a connection that is lost.
    #[error("a receive was tried after one that failed with the connection")]
    ReceivedAfterFailure,
    /// Above: a line without an end, or longer than its limit.
    #[error("a line was asked for that there cannot be, of at most {limit} octets with its end")]
    NoSuchLine {
        /// The limit that was given.
        limit: usize,
    },
    /// Above: it was given octets to send, and waits with them.
    #[error("the layer above waits for input and has not let go of what it was given to send")]
    HeldWhileWaiting,
    /// Above: a secret that lost its mark.
    #[error("octets that are secret were sent without their mark")]
    Unmarked,
    /// Below: more was given than fits.
    #[error("{octets} octets were received where {room} were asked for at most")]
    TooMany {
        /// What was given.
        octets: usize,
        /// What was asked for.
        room: usize,
    },
    /// Below: the end was no end.
    #[error("{octets} octets were received after the end")]
    AfterTheEnd {
        /// What was given.
        octets: usize,
    },
    /// Below: the end, with octets held back.
    #[error("the end was received, and {octets} octets are pending")]
    PendingAtTheEnd {
        /// What is held.
        octets: usize,
    },
    /// Below: the count of a line is not its length.
    #[error("a line of {octets} octets was told, and is not what was appended")]
    LineMiscounted {
        /// What was told.
        octets: usize,
    },
    /// Below: a line that does not end in its end, or goes on behind it.
    #[error("a line was received that does not end at its first end of line")]
    NotALine,
    /// Below: an error, and octets in the caller's buffer.
    #[error("a call for a line failed and changed what its caller had")]
    LineTouched,
}

impl From<RuleBroken> for Error {
    fn from(cause: RuleBroken) -> Self {
        Self::new(ErrorClass::Usage, cause)
    }
}

/// Why a [`sweep`](crate::sweep()) over all places of a fault failed.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum SweepError {
    /// A run of the test failed.
    #[error("the test fails at point {point} ({place})")]
    Failed {
        /// The point, from 0.
        point: u64,
        /// What struck there, in words.
        place: String,
        /// The error of the run, or the words of its panic.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The first fault was reached by no run: it stands in no stack that does anything.
    #[error("the fault was never reached: is it in the stack?")]
    NeverReached,
    /// There is always one place more.
    #[error("the test still reaches the fault after {points} points")]
    Endless {
        /// How many were tried.
        points: u64,
    },
}

/// A rule of [`conform`](crate::conform) that a module breaks.
#[derive(Debug, ThisError)]
#[error("the rule is broken that {rule}: {found}")]
#[non_exhaustive]
pub struct Violation {
    /// The rule, as a sentence.
    pub rule: &'static str,
    /// What was found instead.
    pub found: String,
    /// The error in which a call ended, where one did.
    pub source: Option<Error>,
}
