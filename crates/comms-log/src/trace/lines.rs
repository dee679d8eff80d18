//! A trace as lines of JSON, written as it comes.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use comms_core::{Event, Sink};

use crate::trace::event::TraceEvent;
use crate::trace::json::TraceHeader;
use crate::trace::stream::{Stream, View};

/// A trace as lines of JSON, written as it comes: a [`TraceHeader`], then each event as
/// [`TraceEvent::json`] has it, with the first 1024 octets of each payload.
///
/// What was noted is written before a stack waits for its peer, and at the end: by
/// [`finish`](Self::finish), or with the last clone. The memory it takes does not grow.
///
/// ```
/// use std::time::{Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Operation, Sink, What};
/// use comms_log::JsonTrace;
///
/// let file = tempfile::NamedTempFile::new()?;
/// let trace = JsonTrace::new(file.reopen()?, "comms 0.1.0");
///
/// // A stack does this, once `stack.watch(&trace.clone().into())` has attached it.
/// let what = What::Begin { operation: Operation::Connect, payload: None, left: None };
/// trace.note(&Event::new(1, "Tcp", 3, (Instant::now(), UNIX_EPOCH), what));
/// trace.finish()?;
///
/// assert_eq!(
///     std::fs::read_to_string(file.path())?,
///     r#"{"comms_trace":1,"began":"1970-01-01T00:00:00.000Z","program":"comms 0.1.0"}
/// {"at":0,"stack":1,"layer":"Tcp","depth":3,"event":"begin","operation":"connect"}
/// "#
/// );
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct JsonTrace {
    stream: Stream<Lines>,
}

impl JsonTrace {
    /// A trace that is written to `to`, by `program`: `comms 0.1.0`.
    pub fn new(to: impl Write + Send + 'static, program: impl Into<String>) -> Self {
        let lines =
            Lines { program: program.into(), began: None, limit: OCTETS, line: String::new() };
        Self { stream: Stream::new(lines, to) }
    }

    /// Has at most `octets` of each payload.
    pub fn cut_at(self, octets: usize) -> Self {
        Self { stream: self.stream.with(|lines| lines.limit = octets) }
    }

    /// Writes what is left. An error is the first that there was; what came after it is lost.
    pub fn finish(&self) -> io::Result<()> {
        self.stream.finish()
    }
}

impl Sink for JsonTrace {
    fn note(&self, event: &Event<'_>) {
        self.stream.note(event);
    }

    fn name(&self) -> String {
        "trace as JSON".to_owned()
    }
}

impl From<JsonTrace> for Arc<dyn Sink> {
    fn from(trace: JsonTrace) -> Self {
        Arc::new(trace)
    }
}

struct Lines {
    program: String,
    /// When the first event was.
    began: Option<Instant>,
    limit: usize,
    /// The last line, whose room is used again.
    line: String,
}

impl View for Lines {
    fn note(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let began = *self.began.get_or_insert_with(|| {
            let header = TraceHeader { began: event.wall, program: self.program.clone() };
            // A vector takes all.
            let _ = writeln!(out, "{}", header.json());
            event.at
        });
        if let Some(event) = TraceEvent::of(event, began, self.limit) {
            self.line.clear();
            event.write_json(&mut self.line);
            self.line.push('\n');
            out.extend_from_slice(self.line.as_bytes());
        }
    }

    fn end(&mut self, _: &mut Vec<u8>) {}
}

/// The octets of a payload that are written unless something else is wished: whole lines of any
/// dialogue, and the head of a message.
const OCTETS: usize = 1024;
