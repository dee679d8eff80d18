//! A trace as lines of JSON: a header, then an object for each event.

use std::fmt::{self, Write};
use std::time::{Duration, SystemTime};

use comms_core::Severity;
use jiff::Timestamp;

use crate::trace::event::{TraceEvent, TraceFailure, Traced};
use crate::trace::masked::MaskedOctets;

/// The first line of a trace: its format, when it began, and what wrote it.
///
/// ```
/// use std::time::UNIX_EPOCH;
///
/// use comms_log::TraceHeader;
///
/// let header = TraceHeader { began: UNIX_EPOCH, program: "comms 0.1.0".to_owned() };
/// assert_eq!(
///     header.json().to_string(),
///     r#"{"comms_trace":1,"began":"1970-01-01T00:00:00.000Z","program":"comms 0.1.0"}"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceHeader {
    /// When the trace began, by the calendar.
    pub began: SystemTime,
    /// What wrote it: `comms 0.1.0`.
    pub program: String,
}

impl TraceHeader {
    /// The header as an object of JSON, on one line.
    pub fn json(&self) -> impl fmt::Display + '_ {
        let began = Timestamp::try_from(self.began).ok();
        Shown(move |f: &mut fmt::Formatter<'_>| {
            f.write_str("{\"comms_trace\":1")?;
            began.map_or(Ok(()), |began| write!(f, ",\"began\":\"{began:.3}\""))?;
            write!(f, ",\"program\":{}}}", Quoted(&self.program))
        })
    }
}

impl TraceEvent {
    /// The event as an object of JSON, on one line. What is absent is left out.
    ///
    /// `at`, `took` and `left` are nanoseconds; `data` is what [`MaskedOctets`] shows, and `cut`
    /// says whether it is the beginning alone.
    ///
    /// ```
    /// use std::time::{Instant, UNIX_EPOCH};
    ///
    /// use comms_core::{Event, Operation, Payload, What};
    /// use comms_log::TraceEvent;
    ///
    /// let now = Instant::now();
    /// let received = Payload::Bytes(b"250 ok\r\n");
    /// let what = What::End { operation: Operation::Receive, began: now, received, failure: None };
    /// let event = Event::new(1, "Tcp", 3, (now, UNIX_EPOCH), what);
    /// assert_eq!(
    ///     TraceEvent::of(&event, now, 1024).unwrap().json().to_string(),
    ///     r#"{"at":0,"stack":1,"layer":"Tcp","depth":3,"event":"end","operation":"receive","#
    ///         .to_owned()
    ///         + r#""took":0,"octets":8,"data":"250 ok\\r\\n","cut":false}"#
    /// );
    /// ```
    pub fn json(&self) -> impl fmt::Display + '_ {
        Shown(|f: &mut fmt::Formatter<'_>| {
            let layer = Quoted(&self.layer);
            write!(f, "{{\"at\":{},\"stack\":{}", Nanoseconds(self.at), self.stack)?;
            write!(f, ",\"layer\":{layer},\"depth\":{},\"event\":", self.depth)?;
            what(f, &self.what)?;
            f.write_char('}')
        })
    }
}

fn what(f: &mut fmt::Formatter<'_>, what: &Traced) -> fmt::Result {
    match what {
        Traced::Begin { operation, payload, object, left } => {
            write!(f, "\"begin\",\"operation\":\"{operation}\"")?;
            payload.as_ref().map_or(Ok(()), |payload| octets(f, payload))?;
            object.map_or(Ok(()), |kind| write!(f, ",\"object\":{}", Quoted(kind)))?;
            left.map_or(Ok(()), |left| write!(f, ",\"left\":{}", Nanoseconds(left)))
        }
        Traced::End { operation, took, received, failure } => {
            write!(f, "\"end\",\"operation\":\"{operation}\",\"took\":{}", Nanoseconds(*took))?;
            received.as_ref().map_or(Ok(()), |received| octets(f, received))?;
            failure.as_ref().map_or(Ok(()), |failure| error(f, failure))
        }
        Traced::Record { severity, level, text } => {
            let (severity, level) = (word(*severity), level.name());
            write!(f, "\"record\",\"severity\":\"{severity}\",\"level\":\"{level}\"")?;
            write!(f, ",\"text\":{}", Quoted(text))
        }
    }
}

fn octets(f: &mut fmt::Formatter<'_>, octets: &MaskedOctets) -> fmt::Result {
    let (len, cut) = (octets.len(), octets.is_cut());
    write!(f, ",\"octets\":{len},\"data\":{},\"cut\":{cut}", Quoted(octets))
}

fn error(f: &mut fmt::Formatter<'_>, failure: &TraceFailure) -> fmt::Result {
    let (layer, text) = (Quoted(&failure.layer), Quoted(&failure.text));
    write!(f, ",\"error\":{{\"class\":\"{}\",\"layer\":{layer},\"text\":{text}}}", failure.class)
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Error => "error",
    }
}

/// What a closure writes. (`fmt::from_fn` is younger than the oldest compiler that is supported.)
struct Shown<F>(F);

impl<F: Fn(&mut fmt::Formatter<'_>) -> fmt::Result> fmt::Display for Shown<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0(f)
    }
}

struct Nanoseconds(Duration);

impl fmt::Display for Nanoseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_nanos().fmt(f)
    }
}

/// A text as a string of JSON (RFC 8259 7).
struct Quoted<T>(T);

impl<T: fmt::Display> fmt::Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        write!(Escaping(f), "{}", self.0)?;
        f.write_char('"')
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|octet| octet < b' ' || b"\"\\".contains(&octet))
        {
            let (plain, behind) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut behind = behind.chars();
            match behind.next() {
                Some('"') => self.0.write_str("\\\"")?,
                Some('\\') => self.0.write_str("\\\\")?,
                Some(c) => write!(self.0, "\\u{:04x}", u32::from(c))?,
                None => {}
            }
            rest = behind.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Instant, UNIX_EPOCH};

    use comms_core::{Error, Event, Level, Object, Operation, Payload, Piece, StackError, What};

    use super::*;

    fn json(what: What<'_>) -> String {
        let began = Instant::now();
        let at = began + Duration::from_nanos(1_500_000_007);
        let event = Event::new(2, "Util#2", 1, (at, UNIX_EPOCH), what);
        let line = TraceEvent::of(&event, began, 20).unwrap().json().to_string();
        let head = r#"{"at":1500000007,"stack":2,"layer":"Util#2","depth":1,"event":"#;
        line.strip_prefix(head).unwrap_or_else(|| panic!("{line}")).to_owned()
    }

    #[test]
    fn a_begin_has_what_was_given_and_what_time_is_left() {
        let pieces = [Piece::Plain(b"PASS \""), Piece::Secret(b"hunter22"), Piece::Plain(b"\r\n")];
        let payload = Some(Payload::Pieces(&pieces));
        let left = Some(Duration::from_millis(4900));
        let what = What::Begin { operation: Operation::Send, payload, left };
        let expected =
            r#""begin","operation":"send","octets":16,"data":"PASS \"<8 secret octets>""#;
        assert_eq!(json(what), expected.to_owned() + r#","cut":true,"left":4900000000}"#);
        let what = What::Begin { operation: Operation::Connect, payload: None, left: None };
        assert_eq!(json(what), r#""begin","operation":"connect"}"#);
    }

    #[test]
    fn an_object_is_named_by_its_kind() {
        #[derive(Debug)]
        struct Letter;
        impl Object for Letter {
            fn kind(&self) -> &'static str {
                "Letter"
            }
        }
        let payload = Some(Payload::from(&Letter));
        let what = What::Begin { operation: Operation::Send, payload, left: None };
        assert_eq!(json(what), r#""begin","operation":"send","object":"Letter"}"#);
    }

    #[test]
    fn an_end_has_its_time_and_what_went_wrong() {
        let lost = Error::from(StackError::Ended { during: "in a\r\n\"line\"".to_owned() });
        let (began, received) = (Instant::now(), Payload::Bytes(b"25"));
        let (operation, failure) = (Operation::ReceiveUntil, Some(&lost));
        let line = json(What::End { operation, began, received, failure });
        let (took, rest) = line.split_once(r#","octets""#).unwrap();
        assert!(took.starts_with(r#""end","operation":"receive_until","took":1"#), "{took}");
        assert_eq!(
            rest,
            r#":2,"data":"25","cut":false,"error":{"class":"connection","layer":"stack","#
                .to_owned()
                + r#""text":"the peer closed the connection in a\\r\\n\"line\""}}"#
        );
    }

    #[test]
    fn a_record_cannot_forge_a_line() {
        let text = format_args!("a\nb\u{202e}\\");
        let what = What::Record { severity: Severity::Warn, level: Level::Script, text };
        let expected = r#""record","severity":"warn","level":"script","text":"a\\nb\\u{202e}\\"}"#;
        assert_eq!(json(what), expected);
    }

    #[test]
    fn any_text_is_a_string_of_json() {
        assert_eq!(Quoted("a\"\\\n\0é\u{7f}").to_string(), "\"a\\\"\\\\\\u000a\\u0000é\u{7f}\"");
    }

    #[test]
    fn a_clock_beyond_the_calendar_has_no_date() {
        let Some(began) = UNIX_EPOCH.checked_add(Duration::from_secs(1 << 50)) else { return };
        let header = TraceHeader { began, program: "x".to_owned() };
        assert_eq!(header.json().to_string(), r#"{"comms_trace":1,"program":"x"}"#);
    }
}
