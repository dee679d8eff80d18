//! What a line of a log says of an event, in words.

use std::fmt;
use std::time::Duration;

use comms_core::{Error, Event, Level, Operation, Payload, What};

use crate::harmless::{Harmless, octets, plural};
use crate::levels::Levels;

/// What a [`Line`](crate::Line) says, without its head.
///
/// ```
/// use std::time::{Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Operation, Payload, What};
/// use comms_log::{Levels, Line};
///
/// let payload = Some(Payload::Bytes(b"NOOP\r\n"));
/// let what = What::Begin { operation: Operation::Send, payload, left: None };
/// let event = Event::new(1, "Tcp", 0, (Instant::now(), UNIX_EPOCH), what);
/// let text = Line::of(&event, Levels::ALL).unwrap().text();
/// assert_eq!(text.to_string(), r"> send 6 octets -> NOOP\r\n");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Text<'e> {
    event: &'e Event<'e>,
    levels: Levels,
    limit: usize,
}

impl<'e> Text<'e> {
    /// What there is to say of `event`; `None` where its levels are off.
    pub(crate) fn of(event: &'e Event<'e>, levels: Levels) -> Option<Self> {
        let call =
            |octets: usize| levels.has(Level::Trace) || (levels.has(Level::Pdus) && octets > 0);
        let is_on = match &event.what {
            What::Begin { payload, .. } => call(payload.map_or(0, |payload| payload.len())),
            What::End { received, .. } => call(received.len()),
            What::Record { level, .. } => levels.has(*level),
            _ => false,
        };
        is_on.then_some(Self { event, levels, limit: OCTETS })
    }

    /// The same with at most `limit` octets of a payload.
    pub(crate) fn cut_at(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    fn trace(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.event.what {
            What::Begin { operation, payload, left } => begin(f, *operation, *payload, *left),
            What::End { operation, began, received, failure } => {
                let took = Time(self.event.at.saturating_duration_since(*began));
                match failure {
                    Some(error) => failed(f, *operation, took, error),
                    None => end(f, *operation, took, received.len()),
                }
            }
            _ => Ok(()),
        }
    }

    fn pdu(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (arrow, payload) = match self.event.what {
            What::Begin { payload: Some(payload), .. } => ("->", payload),
            What::End { received, .. } => ("<-", received),
            _ => return Ok(()),
        };
        if payload.pieces().all(|piece| piece.is_empty()) {
            return Ok(());
        }
        let space = if self.levels.has(Level::Trace) { " " } else { "" };
        write!(f, "{space}{arrow} ")?;
        octets(f, payload, self.limit)
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let What::Record { text, .. } = self.event.what {
            return Harmless::new(f).show(text);
        }
        if self.levels.has(Level::Trace) {
            self.trace(f)?;
        }
        if self.levels.has(Level::Pdus) {
            self.pdu(f)?;
        }
        Ok(())
    }
}

/// `> send 12 octets, 4.9 s left`
fn begin(
    f: &mut fmt::Formatter<'_>,
    operation: Operation,
    payload: Option<Payload<'_>>,
    left: Option<Duration>,
) -> fmt::Result {
    write!(f, "> {operation}")?;
    match payload {
        Some(Payload::Object(object)) => write!(f, " {}", object.kind())?,
        Some(payload) => write!(f, " {}", Octets(payload.len()))?,
        None => {}
    }
    left.map_or(Ok(()), |left| write!(f, ", {} left", Time(left)))
}

/// `< received 27 octets in 3.1 ms`
fn end(
    f: &mut fmt::Formatter<'_>,
    operation: Operation,
    took: Time,
    received: usize,
) -> fmt::Result {
    match operation {
        Operation::Receive | Operation::ReceiveUntil if received == 0 => {
            write!(f, "< the peer has ended, in {took}")
        }
        Operation::Receive | Operation::ReceiveUntil => {
            write!(f, "< received {} in {took}", Octets(received))
        }
        operation => write!(f, "< {} in {took}", done(operation)),
    }
}

/// `< receive failed in 5.0 s (timeout): Tcp: no greeting ...`
fn failed(
    f: &mut fmt::Formatter<'_>,
    operation: Operation,
    took: Time,
    error: &Error,
) -> fmt::Result {
    write!(f, "< {operation} failed in {took} ({}): ", error.class())?;
    Harmless::new(f).show(error.sentence())
}

fn done(operation: Operation) -> &'static str {
    match operation {
        Operation::Connect => "connected",
        Operation::Send => "sent",
        Operation::Flush => "flushed",
        Operation::Unread => "looked",
        Operation::Noop => "answered",
        Operation::Reset => "reset",
        Operation::StartTls => "started TLS",
        Operation::Invoke => "invoked",
        Operation::Disconnect => "disconnected",
        Operation::Bind => "bound",
        Operation::Listen => "listens",
        Operation::Accept => "accepted",
        _ => "done",
    }
}

struct Octets(usize);

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octet{}", self.0, plural(self.0))
    }
}

#[derive(Clone, Copy)]
struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_micros() {
            micros @ ..100 => write!(f, "{micros} µs"),
            ..1_000_000 => write!(f, "{:.1} ms", self.0.as_secs_f64() * 1000.0),
            _ => write!(f, "{:.1} s", self.0.as_secs_f64()),
        }
    }
}

/// The octets of a payload that are shown unless something else is wished: a few lines of a
/// dialogue, and enough of content to know it by.
const OCTETS: usize = 256;

#[cfg(test)]
mod tests {
    use std::time::{Instant, UNIX_EPOCH};

    use comms_core::StackError;

    use super::*;

    fn said(levels: &str, what: What<'_>) -> Option<String> {
        let event = Event::new(1, "Tcp", 0, (Instant::now(), UNIX_EPOCH), what);
        Text::of(&event, levels.parse().unwrap()).map(|text| text.to_string())
    }

    fn send(payload: Payload<'_>) -> What<'_> {
        let left = Some(Duration::from_millis(4900));
        What::Begin { operation: Operation::Send, payload: Some(payload), left }
    }

    fn received<'a>(octets: &'a [u8], failure: Option<&'a Error>) -> What<'a> {
        // Later than the event: shown as no time at all, and no arithmetic goes wrong.
        let began = Instant::now() + Duration::from_secs(9);
        let received = Payload::Bytes(octets);
        What::End { operation: Operation::Receive, began, received, failure }
    }

    #[test]
    fn a_call_is_trace_and_its_octets_are_pdus() {
        let noop = || send(Payload::Bytes(b"NOOP\r\n"));
        assert_eq!(said("trace", noop()).unwrap(), "> send 6 octets, 4.9 s left");
        assert_eq!(said("pdus", noop()).unwrap(), r"-> NOOP\r\n");
        assert_eq!(said("all", noop()).unwrap(), r"> send 6 octets, 4.9 s left -> NOOP\r\n");
        assert_eq!(said("script,production,debug", noop()), None);
    }

    #[test]
    fn what_came_up_is_told_with_its_time() {
        let ok = || received(b"250 ok\r\n", None);
        assert_eq!(said("trace", ok()).unwrap(), "< received 8 octets in 0 µs");
        assert_eq!(said("pdus", ok()).unwrap(), r"<- 250 ok\r\n");
        assert_eq!(said("all", ok()).unwrap(), r"< received 8 octets in 0 µs <- 250 ok\r\n");
        assert_eq!(said("all", received(b"", None)).unwrap(), "< the peer has ended, in 0 µs");
        assert_eq!(said("pdus", received(b"", None)), None);
    }

    #[test]
    fn a_failure_is_told_with_its_class_and_the_octets_that_came() {
        let lost = Error::from(StackError::Ended { during: "in a\r\nline".to_owned() });
        assert_eq!(
            said("trace,pdus", received(b"25", Some(&lost))).unwrap(),
            "< receive failed in 0 µs (connection): \
             the peer closed the connection in a\\r\\nline <- 25"
        );
    }

    #[test]
    fn a_record_is_of_its_own_level() {
        let record = || What::Record {
            severity: comms_core::Severity::Info,
            level: Level::Debug,
            text: format_args!("window is 1\n2"),
        };
        assert_eq!(said("debug", record()).unwrap(), r"window is 1\n2");
        assert_eq!(said("trace,pdus,script,production", record()), None);
    }

    #[test]
    fn an_object_is_named_by_its_kind() {
        #[derive(Debug)]
        struct Letter;
        impl comms_core::Object for Letter {
            fn kind(&self) -> &'static str {
                "Letter"
            }
        }
        assert_eq!(said("all", send((&Letter).into())).unwrap(), "> send Letter, 4.9 s left");
        assert_eq!(said("pdus", send((&Letter).into())), None);
    }

    #[test]
    fn times_are_told_in_the_unit_that_suits() {
        for (micros, told) in
            [(0, "0 µs"), (99, "99 µs"), (300, "0.3 ms"), (3_100, "3.1 ms"), (75_000_000, "75.0 s")]
        {
            assert_eq!(Time(Duration::from_micros(micros)).to_string(), told);
        }
    }
}
