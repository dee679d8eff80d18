//! An event as a value that outlives it.

use std::time::{Duration, Instant};

use comms_core::{ErrorClass, Event, Level, Operation, Payload, Severity, What};

use crate::harmless::harmless;
use crate::trace::masked::MaskedOctets;

/// An event of a stack as a value of its own, without secrets: what traces are made of.
///
/// Calls nest: what a layer asks of the one below begins and ends between its own begin and end.
///
/// ```
/// use std::time::{Duration, Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Operation, Payload, What};
/// use comms_log::{TraceEvent, Traced};
///
/// let began = Instant::now();
/// let payload = Some(Payload::Bytes(b"NOOP\r\n"));
/// let what = What::Begin { operation: Operation::Send, payload, left: None };
/// let at = began + Duration::from_millis(2);
/// let event = Event::new(1, "Tcp", 2, (at, UNIX_EPOCH), what);
///
/// let traced = TraceEvent::of(&event, began, 1024).unwrap();
/// assert_eq!((traced.at, &*traced.layer, traced.depth), (Duration::from_millis(2), "Tcp", 2));
/// let Traced::Begin { payload: Some(octets), .. } = &traced.what else { panic!("{traced:?}") };
/// assert_eq!(octets.to_string(), r"NOOP\r\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceEvent {
    /// The time since the trace began.
    pub at: Duration,
    /// The stack's number.
    pub stack: u64,
    /// The layer, such as `Tcp`, or `Util#2` for the second of a name.
    pub layer: Box<str>,
    /// The layer's place, 0 at the top.
    pub depth: usize,
    /// What it was.
    pub what: Traced,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Traced {
    /// A layer was asked to do something.
    Begin {
        /// What.
        operation: Operation,
        /// What was given to send; `None` where nothing was, and for an object.
        payload: Option<MaskedOctets>,
        /// The kind of the object that was given to send.
        object: Option<&'static str>,
        /// Time left for it; `None` without a deadline.
        left: Option<Duration>,
    },
    /// It came to an end.
    End {
        /// What was asked.
        operation: Operation,
        /// How long it took.
        took: Duration,
        /// What was received; `None` for operations that receive nothing.
        received: Option<MaskedOctets>,
        /// Why it failed, if it did.
        failure: Option<TraceFailure>,
    },
    /// The module made a record.
    Record {
        /// How much it matters.
        severity: Severity,
        /// What it is about.
        level: Level,
        /// What it says, with all that could alter a line or a terminal escaped.
        text: Box<str>,
    },
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceFailure {
    /// The kind of thing it was.
    pub class: ErrorClass,
    /// The layer in which it began.
    pub layer: Box<str>,
    /// The whole chain of causes as a sentence, escaped as the text of a record.
    pub text: Box<str>,
}

impl TraceEvent {
    /// What `event` says, in a trace that began at `began`, with at most `limit` octets of a
    /// payload; `None` for a kind of event that is not known here.
    pub fn of(event: &Event<'_>, began: Instant, limit: usize) -> Option<Self> {
        Some(Self {
            at: event.at.saturating_duration_since(began),
            stack: event.stack,
            layer: event.layer.into(),
            depth: event.depth,
            what: Traced::of(event, limit)?,
        })
    }

    /// The memory that it takes.
    pub(crate) fn weight(&self) -> usize {
        let octets =
            |octets: &Option<MaskedOctets>| octets.as_ref().map_or(0, MaskedOctets::weight);
        let own = match &self.what {
            Traced::Begin { payload, .. } => octets(payload),
            Traced::End { received, failure, .. } => {
                let failure = failure.as_ref().map_or(0, |one| one.layer.len() + one.text.len());
                octets(received) + failure
            }
            Traced::Record { text, .. } => text.len(),
        };
        size_of::<Self>() + self.layer.len() + own
    }
}

impl Traced {
    fn of(event: &Event<'_>, limit: usize) -> Option<Self> {
        Some(match &event.what {
            What::Begin { operation, payload, left } => Self::Begin {
                operation: *operation,
                payload: payload.and_then(|payload| octets(payload, limit)),
                object: payload.and_then(object),
                left: *left,
            },
            What::End { operation, began, received, failure } => Self::End {
                operation: *operation,
                took: event.at.saturating_duration_since(*began),
                received: operation.receives().then(|| MaskedOctets::of(*received, limit)),
                failure: failure.map(|error| TraceFailure {
                    class: error.class(),
                    layer: error.layer().into(),
                    text: harmless(error.sentence()).into(),
                }),
            },
            What::Record { severity, level, text } => {
                Self::Record { severity: *severity, level: *level, text: harmless(text).into() }
            }
            _ => return None,
        })
    }
}

fn octets(payload: Payload<'_>, limit: usize) -> Option<MaskedOctets> {
    let is_octets = !matches!(payload, Payload::Object(_));
    is_octets.then(|| MaskedOctets::of(payload, limit))
}

fn object(payload: Payload<'_>) -> Option<&'static str> {
    match payload {
        Payload::Object(object) => Some(object.kind()),
        _ => None,
    }
}
