//! A trace as a text to read.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;

use comms_core::{Event, Sink};
use jiff::Timestamp;

use crate::trace::session::Session;
use crate::trace::sheet::Sheet;
use crate::trace::stream::{Stream, View};

/// A trace as a text for people: what was said, line by line, with the times, and what it took.
///
/// Each line has the time since the start, the time since the line before it, the stack's number and
/// a layer. What the top layer says follows `->`, and what it hears `<-`; under TLS these are `~>`
/// and `<~`. Content is told by its first and last line and what is between them. Notes of the layers
/// that are for an operator, warnings and failures stand among it. When a session is over, a line
/// says how long it took, how much of that was spent on waiting, how many round trips it was, and
/// what went over the wire.
///
/// The dialogue is taken down where it is plain and every write is one: above the layer that `at`
/// names: see [`dialogue_layer`](crate::dialogue_layer).
///
/// What was noted is written before a stack waits for its peer, and at the end: by
/// [`finish`](Self::finish), or with the last clone. The memory it takes does not grow with what is
/// sent.
///
/// ```
/// use std::time::{Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Operation, Payload, Sink, What};
/// use comms_log::TranscriptTrace;
///
/// let file = tempfile::NamedTempFile::new()?;
/// let trace = TranscriptTrace::new(file.reopen()?, "comms 0.1.0", "Tcp");
///
/// // A stack does this, once `stack.watch(&trace.clone().into())` has attached it.
/// let (operation, began) = (Operation::Receive, Instant::now());
/// let received = Payload::Bytes(b"220 mail.example\r\n");
/// let what = What::End { operation, began, received, failure: None };
/// trace.note(&Event::new(1, "Tcp", 2, (began, UNIX_EPOCH), what));
/// trace.finish()?;
///
/// let text = std::fs::read_to_string(file.path())?;
/// assert!(text.contains("Tcp      <- 220 mail.example\n"), "{text}");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TranscriptTrace {
    stream: Stream<Transcript>,
}

impl TranscriptTrace {
    /// A transcript that is written to `to`, by `program` (`comms 0.1.0`), of what the layer `at` is
    /// given and gives.
    pub fn new(
        to: impl Write + Send + 'static,
        program: impl Into<String>,
        at: impl Into<String>,
    ) -> Self {
        let transcript = Transcript {
            program: program.into(),
            at: at.into(),
            began: None,
            sheet: Sheet::default(),
            sessions: BTreeMap::new(),
        };
        Self { stream: Stream::new(transcript, to) }
    }

    /// Writes what is left. An error is the first that there was; what came after it is lost.
    pub fn finish(&self) -> io::Result<()> {
        self.stream.finish()
    }
}

impl Sink for TranscriptTrace {
    fn note(&self, event: &Event<'_>) {
        self.stream.note(event);
    }

    fn name(&self) -> String {
        "transcript".to_owned()
    }
}

impl From<TranscriptTrace> for Arc<dyn Sink> {
    fn from(trace: TranscriptTrace) -> Self {
        Arc::new(trace)
    }
}

struct Transcript {
    program: String,
    /// The layer above which the dialogue is heard.
    at: String,
    began: Option<Instant>,
    sheet: Sheet,
    /// What is under way, by the stack's number.
    sessions: BTreeMap<u64, Session>,
}

impl View for Transcript {
    fn note(&mut self, event: &Event<'_>, out: &mut Vec<u8>) {
        let began = *self.began.get_or_insert_with(|| {
            let date = Timestamp::try_from(event.wall).map(|date| format!("{date:.3}"));
            let date = date.unwrap_or_default();
            // A vector takes all.
            let _ = write!(out, "{}: trace of {date}\n{HEAD}", self.program);
            event.at
        });
        let now = event.at.saturating_duration_since(began);
        let session = self.sessions.entry(event.stack).or_insert_with(|| Session::new(now));
        session.note(event, &self.at, &mut self.sheet.at(event.stack, now, out));
        if session.is_over() {
            self.sessions.remove(&event.stack);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        for (stack, mut session) in std::mem::take(&mut self.sessions) {
            session.end(&mut self.sheet.at(stack, session.latest(), out));
        }
    }
}

const HEAD: &str = "\
Times are milliseconds: since the start, and since the line before. What was sent follows ->, and\n\
what was received <-; under TLS these are ~> and <~. Secrets are shown as their length.\n";
