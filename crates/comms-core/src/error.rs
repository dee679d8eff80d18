//! What went wrong, in which layer, and what kind of thing it was.

use std::error::Error as StdError;
use std::fmt;
use std::iter;

use thiserror::Error as ThisError;

use crate::deadline::{Deadline, DeadlinePassed};
use crate::names::Hint;
use crate::order::OrderError;
use crate::property::PropertyError;

/// The result of everything a stack does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Cause = Box<dyn StdError + Send + Sync>;

/// An error of a layer: the layer, the class, and the layer's own account of it.
///
/// `Display` says this level: `Tcp: the connection was reset by the peer`. [`Error::sentence`], and
/// `{:#}`, say the whole chain. The layer is filled in by the seam, so no module can forget it.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    layer: Option<String>,
    class: ErrorClass,
    cause: Cause,
}

impl Error {
    /// An error of `class`, for `cause`; the seam adds the layer.
    pub fn new(class: ErrorClass, cause: impl Into<Cause>) -> Self {
        Self { inner: Box::new(Inner { layer: None, class, cause: cause.into() }) }
    }

    /// The kind of thing it was: what a program decides by.
    pub fn class(&self) -> ErrorClass {
        self.inner.class
    }

    /// The layer in which it began: that of the innermost error of a layer in the chain.
    /// `"stack"` where it was no layer's.
    pub fn layer(&self) -> &str {
        let errors = self.causes().filter_map(|cause| cause.downcast_ref::<Self>());
        let innermost = errors.filter_map(|error| error.inner.layer.as_deref()).last();
        innermost.or(self.inner.layer.as_deref()).unwrap_or("stack")
    }

    /// The first cause of type `T` in the chain: a module's own error, with its fields.
    pub fn cause<T: StdError + 'static>(&self) -> Option<&T> {
        self.causes().find_map(|cause| cause.downcast_ref())
    }

    /// All causes from here inwards. An error of a layer among them is followed by what it carries,
    /// which its `source` leaves out because its `Display` says it.
    fn causes(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        let first: &(dyn StdError + 'static) = self.inner.cause.as_ref();
        iter::successors(Some(first), |&cause| match cause.downcast_ref::<Self>() {
            Some(error) => Some(error.inner.cause.as_ref()),
            None => cause.source(),
        })
    }

    /// The whole chain as one sentence: `Smtp: no reply to MAIL FROM: Tcp: the connection ...`.
    pub fn sentence(&self) -> String {
        format!("{self:#}")
    }

    /// This error, in `layer` unless it has a layer already.
    #[cold]
    pub(crate) fn in_layer(mut self, layer: &str) -> Self {
        self.inner.layer.get_or_insert_with(|| layer.to_owned());
        self
    }

    /// Tells a passed deadline that octets were being sent, or how many had arrived, if it is this one
    /// and does not know.
    #[cold]
    pub(crate) fn in_course(mut self, deadline: &Deadline, course: Course) -> Self {
        if let Some(passed) = self.inner.cause.downcast_mut::<DeadlinePassed>()
            && (passed.reason, passed.budget) == (deadline.reason(), deadline.budget())
            && (passed.octets, passed.sending) == (None, false)
        {
            match course {
                Course::Sending => passed.sending = true,
                Course::Received(octets) => passed.octets = Some(octets),
            }
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(layer) = &self.inner.layer {
            write!(f, "{layer}: ")?;
        }
        write!(f, "{}", self.inner.cause)?;
        if f.alternate() {
            for cause in iter::successors(self.source(), |&cause| cause.source()) {
                write!(f, ": {cause}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence(), self.inner.class)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.cause.source()
    }
}

impl From<DeadlinePassed> for Error {
    fn from(cause: DeadlinePassed) -> Self {
        Self::new(ErrorClass::Timeout, cause)
    }
}

impl From<OrderError> for Error {
    fn from(cause: OrderError) -> Self {
        Self::new(ErrorClass::Usage, cause)
    }
}

impl From<PropertyError> for Error {
    fn from(cause: PropertyError) -> Self {
        Self::new(ErrorClass::Usage, cause)
    }
}

impl From<StackError> for Error {
    #[cold]
    fn from(cause: StackError) -> Self {
        let class = match cause {
            StackError::NotConnected
            | StackError::Broken
            | StackError::Closed
            | StackError::Ended { .. } => ErrorClass::Connection,
            StackError::TooLong { .. } | StackError::Injected { .. } => ErrorClass::Protocol,
            _ => ErrorClass::Usage,
        };
        Self::new(class, cause)
    }
}

/// How far an operation had come.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Course {
    /// It was sending.
    Sending,
    /// So many octets had arrived since its limit was set.
    Received(u64),
}

/// The kinds of error that a program tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// Refused for now (4xx): the same may work later.
    Transient,
    /// Refused for good (5xx): the same will be refused again.
    Permanent,
    /// The peer broke the protocol.
    Protocol,
    /// Who we are, or who they are, could not be shown.
    Authentication,
    /// The connection could not be made, or was lost before anything was accepted.
    Connection,
    /// A deadline passed.
    Timeout,
    /// The connection was lost after the content had ended and before its reply: a retry might
    /// deliver twice.
    DeliveryUnknown,
    /// What was to be sent cannot be sent: an unreadable file, a malformed address.
    Content,
    /// A mistake in the call: wrong order, unknown name, not connected.
    Usage,
}

impl ErrorClass {
    /// Whether nothing has changed but the answer: somebody said no in good order.
    pub(crate) fn is_plain_no(self) -> bool {
        matches!(self, Self::Usage | Self::Transient | Self::Permanent)
    }
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Protocol => "protocol",
            Self::Authentication => "authentication",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::DeliveryUnknown => "delivery_unknown",
            Self::Content => "content",
            Self::Usage => "usage",
        })
    }
}

/// What the stack itself, or any module, can find wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum StackError {
    /// The layer is not connected.
    #[error("not connected: call connect first")]
    NotConnected,
    /// A write failed half-way: nothing sent after it could be understood.
    #[error("an earlier write failed: disconnect, then connect again")]
    Broken,
    /// The layer is connected, and what was asked is for before that.
    #[error("already connected: disconnect first")]
    Connected,
    /// Another thread closed what was waited for, by a [`Closing`](crate::Closing).
    #[error("another thread closed it")]
    Closed,
    /// The peer closed while more was due.
    #[error("the peer closed the connection {during}")]
    Ended {
        /// When: "in the middle of a line, after 3 octets".
        during: String,
    },
    /// The terminator did not come within the limit.
    #[error("more than {limit} octets came without an end of line")]
    TooLong {
        /// The most octets that were allowed.
        limit: usize,
    },
    /// Octets were there, unread, when the channel was about to become secure.
    #[error(
        "{octets} octets arrived in plain text behind the agreement to start TLS: \
         somebody may be injecting commands; the connection was closed"
    )]
    Injected {
        /// How many there were.
        octets: usize,
    },
    /// The module takes another kind of payload.
    #[error("{module} takes {takes}, not {found}")]
    WrongPayload {
        /// The module that was asked.
        module: &'static str,
        /// What it takes.
        takes: String,
        /// What it was given.
        found: &'static str,
    },
    /// Nothing lies below that could do it.
    #[error("nothing below can {operation}")]
    NothingBelow {
        /// What was asked.
        operation: &'static str,
    },
    /// The module does not do this at all.
    #[error("{module} cannot {operation}")]
    Unsupported {
        /// The module that was asked.
        module: &'static str,
        /// What was asked.
        operation: &'static str,
    },
    /// The stack has no such layer.
    #[error("the stack {stack} has no layer {name}{}", Hint(.nearest.as_deref()))]
    NoSuchLayer {
        /// What was asked for.
        name: String,
        /// The stack, drawn.
        stack: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// No module of the stack has such a method.
    #[error("no module of the stack has a method `{name}`{}", Hint(.nearest.as_deref()))]
    NoSuchMethod {
        /// What was asked for.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// A method was called with arguments that do not fit.
    #[error("{method} takes {takes}")]
    WrongArguments {
        /// The method.
        method: &'static str,
        /// What it takes, in words.
        takes: &'static str,
    },
}

impl StackError {
    pub(crate) fn none_below(operation: &'static str) -> Self {
        Self::NothingBelow { operation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, ThisError)]
    #[error("no reply to MAIL FROM")]
    struct Lost {
        source: Error,
    }

    #[test]
    fn a_chain_reads_as_one_sentence_and_knows_where_it_began() {
        let inner = Error::from(StackError::NotConnected).in_layer("Tcp");
        let outer = Error::new(ErrorClass::Connection, Lost { source: inner }).in_layer("Smtp");
        assert_eq!(
            outer.sentence(),
            "Smtp: no reply to MAIL FROM: Tcp: not connected: call connect first"
        );
        assert_eq!(outer.layer(), "Tcp");
        assert!(outer.cause::<Lost>().is_some());
        assert_eq!(outer.cause(), Some(&StackError::NotConnected), "also what the inner carries");
    }

    #[test]
    fn the_alternate_form_is_the_sentence_and_says_no_cause_twice() {
        let inner = Error::from(StackError::NotConnected).in_layer("Tcp");
        let outer = Error::new(ErrorClass::Connection, Lost { source: inner }).in_layer("Smtp");
        assert_eq!(outer.to_string(), "Smtp: no reply to MAIL FROM");
        assert_eq!(format!("{outer:#}"), outer.sentence());
        let carried = Error::new(ErrorClass::Connection, outer);
        let sentence = "Smtp: no reply to MAIL FROM: Tcp: not connected: call connect first";
        assert_eq!(format!("{carried:#}"), sentence);
    }

    #[test]
    fn the_first_layer_that_failed_keeps_the_error() {
        let error = Error::from(StackError::NotConnected).in_layer("Tcp").in_layer("Util");
        assert_eq!(error.layer(), "Tcp");
    }
}
