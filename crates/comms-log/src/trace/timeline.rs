//! A trace that becomes a page at its end.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};

use comms_core::{Event, Sink};

use crate::trace::html::Timeline;
use crate::trace::log::TraceLog;

/// A trace that is written as a [`Timeline`] at its end: by [`finish`](Self::finish), or with the
/// last clone.
///
/// Until then it is in memory, within the bounds of a [`TraceLog`]: of a session that has more, the
/// beginning and the end are kept, and the page says how many events it lacks.
///
/// ```
/// use std::time::{Instant, UNIX_EPOCH};
///
/// use comms_core::{Event, Operation, Sink, What};
/// use comms_log::TimelineTrace;
///
/// let file = tempfile::NamedTempFile::new()?;
/// let trace = TimelineTrace::new(file.reopen()?, "comms 0.1.0");
///
/// // A stack does this, once `stack.watch(&trace.clone().into())` has attached it.
/// let what = What::Begin { operation: Operation::Connect, payload: None, left: None };
/// trace.note(&Event::new(1, "Tcp", 3, (Instant::now(), UNIX_EPOCH), what));
/// trace.finish()?;
///
/// assert!(std::fs::read_to_string(file.path())?.starts_with("<!doctype html>"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct TimelineTrace {
    log: TraceLog,
    end: Arc<End>,
}

impl TimelineTrace {
    /// A trace that is written to `to`, by `program`: `comms 0.1.0`.
    pub fn new(to: impl Write + Send + 'static, program: impl Into<String>) -> Self {
        Self::of(TraceLog::new().keep_first(FIRST), to, program)
    }

    /// The same of a trace with other bounds.
    pub fn of(log: TraceLog, to: impl Write + Send + 'static, program: impl Into<String>) -> Self {
        let to = Mutex::new(Some(Box::new(to) as _));
        let end = End { log: log.clone(), program: program.into(), to };
        Self { log, end: Arc::new(end) }
    }

    /// Writes the page, once: what is noted later is lost.
    pub fn finish(&self) -> io::Result<()> {
        self.end.write()
    }
}

impl Sink for TimelineTrace {
    fn note(&self, event: &Event<'_>) {
        self.log.note(event);
    }

    fn name(&self) -> String {
        "trace as HTML".to_owned()
    }
}

impl From<TimelineTrace> for Arc<dyn Sink> {
    fn from(trace: TimelineTrace) -> Self {
        Arc::new(trace)
    }
}

impl fmt::Debug for TimelineTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimelineTrace").field("log", &self.log).finish_non_exhaustive()
    }
}

struct End {
    log: TraceLog,
    program: String,
    /// Where the page goes; `None` once it was written.
    to: Mutex<Option<Box<dyn Write + Send>>>,
}

impl End {
    fn write(&self) -> io::Result<()> {
        let to = self.to.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (Some(to), Some(header)) = (to, self.log.header(self.program.as_str())) else {
            return Ok(());
        };
        let events = self.log.events();
        let mut to = BufWriter::new(to);
        write!(to, "{}", Timeline::new(&header, &events).left_out(self.log.left_out()))?;
        to.flush()
    }
}

/// Nobody is left to tell a failure to: who wants to know it calls `finish`.
impl Drop for End {
    fn drop(&mut self) {
        let _ = self.write();
    }
}

/// The events of the beginning that are kept however long a session is: connecting, greetings and
/// logging in of many connections.
const FIRST: usize = 20_000;

#[cfg(test)]
mod tests {
    use std::time::{Instant, UNIX_EPOCH};

    use comms_core::{Operation, What};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Shared {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Shared {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(octets)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn connect(trace: &TimelineTrace, stack: u64) {
        let what = What::Begin { operation: Operation::Connect, payload: None, left: None };
        trace.note(&Event::new(stack, "Tcp", 0, (Instant::now(), UNIX_EPOCH), what));
    }

    #[test]
    fn the_page_is_written_once_with_the_last_clone_or_before() {
        let file = Shared::default();
        let trace = TimelineTrace::new(file.clone(), "comms");
        let clone = trace.clone();
        connect(&trace, 1);
        drop(trace);
        assert_eq!(file.text(), "");
        clone.finish().unwrap();
        let page = file.text();
        assert!(page.ends_with("</html>\n"), "{page}");
        connect(&clone, 1);
        drop(clone);
        assert_eq!(file.text(), page);
    }

    #[test]
    fn a_page_says_how_many_events_it_lacks() {
        let file = Shared::default();
        let log = TraceLog::new().keep_first(1).max_events(3);
        let trace = TimelineTrace::of(log, file.clone(), "comms");
        (1..=9).for_each(|stack| connect(&trace, stack));
        drop(trace);
        let page = file.text();
        assert!(page.contains("data-left-out=\"6\""));
        let kept = (1..=9).filter(|stack| page.contains(&format!("\"stack\":{stack},")));
        assert_eq!(kept.collect::<Vec<_>>(), [1, 8, 9]);
    }

    #[test]
    fn a_trace_of_nothing_writes_nothing() {
        let file = Shared::default();
        TimelineTrace::new(file.clone(), "comms").finish().unwrap();
        assert_eq!(file.text(), "");
    }

    #[test]
    fn a_page_that_cannot_be_written_is_told() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let trace = TimelineTrace::new(Full, "comms");
        connect(&trace, 1);
        assert_eq!(trace.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
