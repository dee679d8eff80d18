//! An event as one line of text.

use std::fmt;

use comms_core::{Event, Severity, What};
use jiff::Timestamp;

use crate::harmless::Harmless;
use crate::levels::Levels;
use crate::text::Text;

/// An event as one line: the date in UTC, the stack's number, the mark of its severity, the layer,
/// and what there is to say. `Display` gives it without the end of the line.
///
/// A call begins with `>` and ends with `<`; octets follow `->` on their way down and `<-` on their
/// way up, escaped and cut. Where trace and pdus are both on, they share the line: one event is
/// exactly one line, whatever its texts and octets contain.
///
/// ```
/// use std::time::{Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Operation, Payload, Piece, What};
/// use comms_log::{Levels, Line};
///
/// let pieces = [Piece::Plain(b"PASS "), Piece::Secret(b"hunter22"), Piece::Plain(b"\r\n")];
/// let payload = Some(Payload::Pieces(&pieces));
/// let what = What::Begin { operation: Operation::Send, payload, left: None };
/// let event = Event::new(1, "Tcp", 0, (Instant::now(), UNIX_EPOCH), what);
///
/// let line = Line::of(&event, Levels::ALL).unwrap();
/// assert_eq!(
///     line.to_string(),
///     r"1970-01-01T00:00:00.000Z  1   Tcp      > send 15 octets -> PASS <8 secret octets>\r\n"
/// );
/// assert!(Line::of(&event, Levels::default()).is_none());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Line<'e> {
    event: &'e Event<'e>,
    text: Text<'e>,
}

impl<'e> Line<'e> {
    /// The line of `event`; `None` where the levels that it belongs to are off.
    pub fn of(event: &'e Event<'e>, levels: Levels) -> Option<Self> {
        Text::of(event, levels).map(|text| Self { event, text })
    }

    /// The same line with at most `octets` of a payload shown; 256 unless set.
    pub fn cut_at(self, octets: usize) -> Self {
        Self { text: self.text.cut_at(octets), ..self }
    }

    /// What it says, without the head: for logs that put a head of their own.
    pub fn text(self) -> Text<'e> {
        self.text
    }

    /// How much it matters: a record's own severity; a call that failed is an error.
    pub fn severity(self) -> Severity {
        match self.event.what {
            What::Record { severity, .. } => severity,
            What::End { failure: Some(_), .. } => Severity::Error,
            _ => Severity::Info,
        }
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { stack, layer, wall, .. } = self.event;
        match Timestamp::try_from(*wall) {
            Ok(date) => write!(f, "{date:.3}")?,
            Err(_) => f.write_str(NO_DATE)?,
        }
        write!(f, " {stack:>2} {} ", self.severity().mark())?;
        Harmless::new(f).show(layer)?;
        let blanks = LAYER.saturating_sub(layer.chars().count());
        write!(f, "{:blanks$} {}", "", self.text)
    }
}

/// The width of a layer's name; a longer one moves its own line only.
const LAYER: usize = 8;

/// Stands for a date beyond the calendar: a clock that was set to nonsense.
const NO_DATE: &str = "????-??-??T??:??:??.???Z";

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    use comms_core::{Error, Level, Operation, Payload, StackError};

    use super::*;

    fn line(stack: u64, layer: &str, wall: SystemTime, what: What<'_>) -> String {
        let event = Event::new(stack, layer, 0, (Instant::now(), wall), what);
        Line::of(&event, Levels::ALL).unwrap().to_string()
    }

    fn record(severity: Severity) -> What<'static> {
        What::Record { severity, level: Level::Production, text: format_args!("text") }
    }

    #[test]
    fn the_columns_of_all_severities_and_stacks_align() {
        let wall = UNIX_EPOCH + Duration::from_millis(1_763_781_947_123);
        let lines = [
            line(1, "Tcp", wall, record(Severity::Info)),
            line(12, "Util#2", wall, record(Severity::Warn)),
            line(3, "Loopback", wall, record(Severity::Error)),
        ];
        assert_eq!(
            lines,
            [
                "2025-11-22T03:25:47.123Z  1   Tcp      text",
                "2025-11-22T03:25:47.123Z 12 ! Util#2   text",
                "2025-11-22T03:25:47.123Z  3 * Loopback text",
            ]
        );
    }

    #[test]
    fn a_call_that_failed_is_marked() {
        let error = Error::from(StackError::NotConnected);
        let (began, received) = (Instant::now(), Payload::Bytes(&[]));
        let failure = Some(&error);
        let what = What::End { operation: Operation::Connect, began, received, failure };
        assert!(line(1, "Tcp", UNIX_EPOCH, what).starts_with("1970-01-01T00:00:00.000Z  1 * Tcp "));
    }

    #[test]
    fn milliseconds_are_cut_and_dates_before_the_epoch_are_dates() {
        let late = UNIX_EPOCH + Duration::from_micros(999_999);
        assert!(
            line(1, "Tcp", late, record(Severity::Info)).starts_with("1970-01-01T00:00:00.999Z")
        );
        let early = UNIX_EPOCH - Duration::from_secs(1);
        assert!(
            line(1, "Tcp", early, record(Severity::Info)).starts_with("1969-12-31T23:59:59.000Z")
        );
    }

    #[test]
    fn a_clock_beyond_the_calendar_is_told_as_such() {
        let Some(never) = UNIX_EPOCH.checked_add(Duration::from_secs(1 << 50)) else { return };
        assert!(line(1, "Tcp", never, record(Severity::Info)).starts_with(NO_DATE));
    }
}
