//! A trace as lines of JSON: a header, then an object for each event.

use std::fmt::{self, Write};
use std::time::SystemTime;

use comms_core::Severity;
use itoa::{Buffer, Integer};
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
            let mut program = String::new();
            quoted(&mut program, ",\"program\":", |to| to.write_str(&self.program));
            f.write_str("{\"comms_trace\":1")?;
            began.map_or(Ok(()), |began| write!(f, ",\"began\":\"{began:.3}\""))?;
            write!(f, "{program}}}")
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
            let mut line = String::new();
            self.write_json(&mut line);
            f.write_str(&line)
        })
    }

    /// Adds the object to a line. A trace writes thousands of these, so each piece goes straight into
    /// the text.
    pub(crate) fn write_json(&self, to: &mut String) {
        number(to, "{\"at\":", self.at.as_nanos());
        number(to, ",\"stack\":", self.stack);
        quoted(to, ",\"layer\":", |to| to.write_str(&self.layer));
        number(to, ",\"depth\":", self.depth);
        to.push_str(",\"event\":");
        what(to, &self.what);
        to.push('}');
    }
}

fn what(to: &mut String, what: &Traced) {
    match what {
        Traced::Begin { operation, payload, object, left } => {
            word(to, "\"begin\",\"operation\":", operation.name());
            if let Some(payload) = payload {
                octets(to, payload);
            }
            if let Some(kind) = object {
                quoted(to, ",\"object\":", |to| to.write_str(kind));
            }
            if let Some(left) = left {
                number(to, ",\"left\":", left.as_nanos());
            }
        }
        Traced::End { operation, took, received, failure } => {
            word(to, "\"end\",\"operation\":", operation.name());
            number(to, ",\"took\":", took.as_nanos());
            if let Some(received) = received {
                octets(to, received);
            }
            if let Some(failure) = failure {
                error(to, failure);
            }
        }
        Traced::Record { severity, level, text } => {
            word(to, "\"record\",\"severity\":", severity_word(*severity));
            word(to, ",\"level\":", level.name());
            quoted(to, ",\"text\":", |to| to.write_str(text));
        }
    }
}

fn octets(to: &mut String, octets: &MaskedOctets) {
    number(to, ",\"octets\":", octets.len());
    quoted(to, ",\"data\":", |to| octets.show(to));
    to.push_str(if octets.is_cut() { ",\"cut\":true" } else { ",\"cut\":false" });
}

fn error(to: &mut String, failure: &TraceFailure) {
    quoted(to, ",\"error\":{\"class\":", |to| write!(to, "{}", failure.class));
    quoted(to, ",\"layer\":", |to| to.write_str(&failure.layer));
    quoted(to, ",\"text\":", |to| to.write_str(&failure.text));
    to.push('}');
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warn => "warn",
        Severity::Error => "error",
    }
}

/// Adds a key and a number.
fn number(to: &mut String, key: &str, number: impl Integer) {
    to.push_str(key);
    to.push_str(Buffer::new().format(number));
}

/// Adds a key and a word in which nothing is to be escaped.
fn word(to: &mut String, key: &str, word: &str) {
    to.push_str(key);
    to.push('"');
    to.push_str(word);
    to.push('"');
}

/// Adds a key and what `text` writes as a string of JSON (RFC 8259 7).
fn quoted(to: &mut String, key: &str, text: impl FnOnce(&mut Escaping<'_>) -> fmt::Result) {
    to.push_str(key);
    to.push('"');
    // Text grows without fail.
    let _ = text(&mut Escaping(to));
    to.push('"');
}

/// What a closure writes. (`fmt::from_fn` is younger than the oldest compiler that is supported.)
struct Shown<F>(F);

impl<F: Fn(&mut fmt::Formatter<'_>) -> fmt::Result> fmt::Display for Shown<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0(f)
    }
}

struct Escaping<'a>(&'a mut String);

impl Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|octet| matches!(octet, ..b' ' | b'"' | b'\\')) {
            let (plain, behind) = rest.split_at(at);
            self.0.push_str(plain);
            let mut behind = behind.chars();
            match behind.next() {
                Some('"') => self.0.push_str("\\\""),
                Some('\\') => self.0.push_str("\\\\"),
                Some(c) => write!(self.0, "\\u{:04x}", u32::from(c))?,
                None => {}
            }
            rest = behind.as_str();
        }
        self.0.push_str(rest);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant, UNIX_EPOCH};

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
        let mut shown = String::new();
        quoted(&mut shown, "", |to| to.write_str("a\"\\\n\0é\u{7f}"));
        assert_eq!(shown, "\"a\\\"\\\\\\u000a\\u0000é\u{7f}\"");
    }

    #[test]
    fn a_clock_beyond_the_calendar_has_no_date() {
        let Some(began) = UNIX_EPOCH.checked_add(Duration::from_secs(1 << 50)) else { return };
        let header = TraceHeader { began, program: "x".to_owned() };
        assert_eq!(header.json().to_string(), r#"{"comms_trace":1,"program":"x"}"#);
    }
}
