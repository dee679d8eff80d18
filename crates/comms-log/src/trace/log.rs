//! A trace in memory.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use comms_core::{Event, Sink};

use crate::trace::event::TraceEvent;
use crate::trace::json::TraceHeader;

/// A trace in memory: the last events, at most 100 000 and 64 MiB of them unless set, with the first
/// 1024 octets of each payload. Clones share it, so that one watches a stack and another is read; any
/// number of stacks and threads may share it too.
///
/// ```
/// use comms_core::{Below, CommsModule, CommsStack, ModuleSpec, Payload, Receipt, Result};
/// use comms_log::{TraceLog, Traced};
///
/// /// A bottom that forgets what it was sent.
/// #[derive(Debug)]
/// struct Hole;
///
/// static SPEC: ModuleSpec = ModuleSpec::bottom("Hole", "forgets what it was sent");
///
/// impl CommsModule for Hole {
///     fn spec(&self) -> &'static ModuleSpec {
///         &SPEC
///     }
///     fn send(&mut self, _: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
///         Ok(Receipt::TAKEN)
///     }
/// }
///
/// let mut stack = CommsStack::new(Hole)?;
/// let trace = TraceLog::new();
/// stack.watch(&trace.clone().into());
/// stack.connect()?;
/// stack.send("anybody?\r\n")?;
///
/// let events = trace.events();
/// assert_eq!(events.len(), 4, "connect and send, each with a begin and an end");
/// assert!(matches!(&events[2].what, Traced::Begin { payload: Some(octets), .. } if octets.len() == 10));
/// assert_eq!(trace.left_out(), 0);
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Clone)]
pub struct TraceLog {
    limit: usize,
    shared: Arc<Mutex<Gathered>>,
}

impl TraceLog {
    /// An empty trace.
    pub fn new() -> Self {
        let gathered = Gathered {
            began: None,
            first: Vec::new(),
            last: VecDeque::new(),
            weight: 0,
            left_out: 0,
            keep_first: 0,
            max_events: MAX_EVENTS,
            max_octets: MAX_OCTETS,
        };
        Self { limit: OCTETS, shared: Arc::new(Mutex::new(gathered)) }
    }

    /// Keeps at most so many events.
    pub fn max_events(self, events: usize) -> Self {
        self.change(|gathered| gathered.max_events = events)
    }

    /// Keeps events of at most so many octets in memory.
    pub fn max_octets(self, octets: usize) -> Self {
        self.change(|gathered| gathered.max_octets = octets)
    }

    /// Never lets go of the first `events`: how a session began is worth knowing, however long it is.
    pub fn keep_first(self, events: usize) -> Self {
        self.change(|gathered| gathered.keep_first = events)
    }

    /// Keeps at most `octets` of each payload.
    pub fn cut_at(self, octets: usize) -> Self {
        Self { limit: octets, ..self }
    }

    /// All events, oldest first.
    pub fn events(&self) -> Vec<TraceEvent> {
        self.gathered().events().cloned().collect()
    }

    /// The events of the stack with this number, oldest first.
    pub fn of_stack(&self, number: u64) -> Vec<TraceEvent> {
        self.gathered().events().filter(|event| event.stack == number).cloned().collect()
    }

    /// How many events were left out to make room.
    pub fn left_out(&self) -> u64 {
        self.gathered().left_out
    }

    /// What stands above the events, with what wrote them; `None` before the first event.
    pub fn header(&self, program: impl Into<String>) -> Option<TraceHeader> {
        let (_, began) = self.gathered().began?;
        Some(TraceHeader { began, program: program.into() })
    }

    /// Forgets the events of the stack with this number.
    pub fn forget_stack(&self, number: u64) {
        let gathered = &mut *self.gathered();
        gathered.first.retain(|event| event.stack != number);
        gathered.last.retain(|event| event.stack != number);
        gathered.weight = gathered.events().map(TraceEvent::weight).sum();
    }

    fn change(self, change: impl FnOnce(&mut Gathered)) -> Self {
        let mut gathered = self.gathered();
        change(&mut gathered);
        gathered.make_room();
        drop(gathered);
        self
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TraceLog {
    fn default() -> Self {
        Self::new()
    }
}

impl Sink for TraceLog {
    fn note(&self, event: &Event<'_>) {
        let gathered = &mut *self.gathered();
        let (began, _) = *gathered.began.get_or_insert((event.at, event.wall));
        if let Some(event) = TraceEvent::of(event, began, self.limit) {
            gathered.push(event);
        }
    }

    fn name(&self) -> String {
        "trace".to_owned()
    }
}

impl From<TraceLog> for Arc<dyn Sink> {
    fn from(log: TraceLog) -> Self {
        Arc::new(log)
    }
}

impl fmt::Debug for TraceLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gathered = self.gathered();
        f.debug_struct("TraceLog")
            .field("events", &gathered.events().count())
            .field("left_out", &gathered.left_out)
            .finish_non_exhaustive()
    }
}

struct Gathered {
    /// The time of the first event of all.
    began: Option<(Instant, SystemTime)>,
    /// Those that are kept whatever comes.
    first: Vec<TraceEvent>,
    last: VecDeque<TraceEvent>,
    /// The memory that all of them take.
    weight: usize,
    left_out: u64,
    keep_first: usize,
    max_events: usize,
    max_octets: usize,
}

impl Gathered {
    fn events(&self) -> impl Iterator<Item = &TraceEvent> {
        self.first.iter().chain(&self.last)
    }

    fn push(&mut self, event: TraceEvent) {
        self.weight += event.weight();
        if self.first.len() < self.keep_first && self.last.is_empty() {
            self.first.push(event);
        } else {
            self.last.push_back(event);
        }
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.first.len() + self.last.len() > self.max_events || self.weight > self.max_octets
        {
            // The bounds hold in any case, also against what should be kept.
            let Some(event) = self.last.pop_front().or_else(|| self.first.pop()) else { return };
            self.weight = self.weight.saturating_sub(event.weight());
            self.left_out += 1;
        }
    }
}

const MAX_EVENTS: usize = 100_000;

/// 64 MiB.
const MAX_OCTETS: usize = 64 << 20;

/// The octets of a payload that are kept unless something else is wished: whole lines of any
/// dialogue, and the head of a message.
const OCTETS: usize = 1024;

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use comms_core::{Level, Operation, Payload, Severity, What};

    use super::*;
    use crate::trace::event::Traced;

    fn record(log: &TraceLog, stack: u64, said: usize) {
        let (severity, level) = (Severity::Info, Level::Script);
        let what = What::Record { severity, level, text: format_args!("{said}") };
        log.note(&Event::new(stack, "Smtp", 0, (Instant::now(), UNIX_EPOCH), what));
    }

    fn said(events: &[TraceEvent]) -> String {
        let text = |event: &TraceEvent| match &event.what {
            Traced::Record { text, .. } => text.to_string(),
            other => panic!("{other:?}"),
        };
        events.iter().map(text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_oldest_event_goes_when_there_are_too_many() {
        let log = TraceLog::new().max_events(3);
        (0..5).for_each(|n| record(&log, 1, n));
        assert_eq!((said(&log.events()).as_str(), log.left_out()), ("2 3 4", 2));
    }

    #[test]
    fn the_first_events_stay_where_that_is_wished() {
        let log = TraceLog::new().max_events(4).keep_first(2);
        (0..9).for_each(|n| record(&log, 1, n));
        assert_eq!((said(&log.events()).as_str(), log.left_out()), ("0 1 7 8", 5));
        assert_eq!(said(&log.max_events(1).events()), "0", "the bound holds all the same");
    }

    #[test]
    fn memory_is_bounded_whatever_the_events_hold() {
        let log = TraceLog::new().max_octets(10_000).cut_at(usize::MAX);
        for _ in 0..100 {
            let payload = Some(Payload::Bytes(&[b'x'; 3000]));
            let what = What::Begin { operation: Operation::Send, payload, left: None };
            log.note(&Event::new(1, "Tcp", 0, (Instant::now(), UNIX_EPOCH), what));
        }
        assert_eq!((log.events().len(), log.left_out()), (3, 97));
    }

    #[test]
    fn each_stack_has_its_own_events_and_can_be_forgotten() {
        let log = TraceLog::new();
        (0..6).for_each(|n| record(&log.clone(), n as u64 % 2, n));
        assert_eq!(said(&log.of_stack(1)), "1 3 5");
        log.forget_stack(1);
        assert_eq!((said(&log.events()).as_str(), log.left_out()), ("0 2 4", 0));
    }

    #[test]
    fn the_time_is_counted_from_the_first_event() {
        let log = TraceLog::new();
        assert_eq!(log.header("x"), None);
        let now = Instant::now();
        for (millis, wall) in
            [(7, UNIX_EPOCH), (9, UNIX_EPOCH + Duration::from_secs(9)), (0, UNIX_EPOCH)]
        {
            let what = What::Begin { operation: Operation::Flush, payload: None, left: None };
            let at = now + Duration::from_millis(millis);
            log.note(&Event::new(1, "Tcp", 0, (at, wall), what));
        }
        let times = log.events().iter().map(|event| event.at.as_millis()).collect::<Vec<_>>();
        assert_eq!(times, [0, 2, 0], "another thread's earlier event is told at the beginning");
        assert_eq!(log.header("x").unwrap().began, UNIX_EPOCH);
    }
}
