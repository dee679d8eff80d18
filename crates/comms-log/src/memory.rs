//! A log in memory.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use comms_core::{Event, Sink};

use crate::harmless::cut;
use crate::levels::Levels;
use crate::line::Line;

/// A log in memory: the last lines, at most 10 000 and 1 MiB of them unless set. Clones share it,
/// so that one is attached to a stack and another is read.
///
/// ```
/// use comms_core::{Below, CommsModule, CommsStack, Level, ModuleSpec, Payload, Receipt, Result};
/// use comms_log::{Levels, MemoryLog};
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
/// let log = MemoryLog::new(Level::Pdus);
/// stack.log("Hole", log.clone().into())?;
/// stack.connect()?;
/// stack.send("anybody?\r\n")?;
///
/// assert_eq!(log.lines().len(), 1);
/// assert!(log.text().ends_with("  1   Hole     -> anybody?\\r\\n\n"));
/// # Ok::<(), comms_core::Error>(())
/// ```
#[derive(Clone)]
pub struct MemoryLog {
    levels: Levels,
    limit: Option<usize>,
    ring: Arc<Mutex<Ring>>,
}

impl MemoryLog {
    /// An empty log of `levels`.
    pub fn new(levels: impl Into<Levels>) -> Self {
        let ring = Ring {
            lines: VecDeque::new(),
            octets: 0,
            dropped: 0,
            max_lines: MAX_LINES,
            max_octets: MAX_OCTETS,
        };
        Self { levels: levels.into(), limit: None, ring: Arc::new(Mutex::new(ring)) }
    }

    /// Keeps at most `lines`.
    pub fn max_lines(self, lines: usize) -> Self {
        let mut ring = self.ring();
        ring.max_lines = lines;
        ring.make_room();
        drop(ring);
        self
    }

    /// Keeps at most `octets` of text; a single line that is longer is cut.
    pub fn max_octets(self, octets: usize) -> Self {
        let mut ring = self.ring();
        ring.max_octets = octets;
        ring.make_room();
        drop(ring);
        self
    }

    /// Shows at most `octets` of each payload; 256 unless set.
    pub fn cut_at(self, octets: usize) -> Self {
        Self { limit: Some(octets), ..self }
    }

    /// The lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.ring().lines.iter().cloned().collect()
    }

    /// All lines, each with its end.
    pub fn text(&self) -> String {
        self.to_string()
    }

    /// How many lines were dropped to make room.
    pub fn dropped(&self) -> u64 {
        self.ring().dropped
    }

    /// Forgets all lines.
    pub fn clear(&self) {
        let mut ring = self.ring();
        ring.lines.clear();
        ring.octets = 0;
        ring.dropped = 0;
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new(Levels::default())
    }
}

impl Sink for MemoryLog {
    fn note(&self, event: &Event<'_>) {
        if let Some(line) = Line::of(event, self.levels) {
            let line = self.limit.map_or(line, |octets| line.cut_at(octets)).to_string();
            self.ring().push(line);
        }
    }

    fn name(&self) -> String {
        "memory".to_owned()
    }
}

impl From<MemoryLog> for Arc<dyn Sink> {
    fn from(log: MemoryLog) -> Self {
        Arc::new(log)
    }
}

/// All lines, each with its end.
impl fmt::Display for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ring().lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// Says how many lines there are; `Display` shows them.
impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.ring().lines.len();
        write!(f, "MemoryLog({}, {lines} lines)", self.levels)
    }
}

struct Ring {
    lines: VecDeque<String>,
    /// Those of all lines.
    octets: usize,
    dropped: u64,
    max_lines: usize,
    max_octets: usize,
}

impl Ring {
    fn push(&mut self, mut line: String) {
        cut(&mut line, self.max_octets);
        self.octets += line.len();
        self.lines.push_back(line);
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.lines.len() > self.max_lines || self.octets > self.max_octets {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.octets -= oldest.len();
            self.dropped += 1;
        }
    }
}

/// A few hundred messages' dialogues.
const MAX_LINES: usize = 10_000;

/// 1 MiB.
const MAX_OCTETS: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use std::time::{Instant, UNIX_EPOCH};

    use comms_core::{Level, Severity, What};

    use super::*;

    fn note(log: &MemoryLog, text: &str) {
        let (severity, level) = (Severity::Info, Level::Production);
        let what = What::Record { severity, level, text: format_args!("{text}") };
        log.note(&Event::new(1, "Tcp", 0, (Instant::now(), UNIX_EPOCH), what));
    }

    #[test]
    fn the_oldest_line_goes_when_there_are_too_many() {
        let log = MemoryLog::default().max_lines(3);
        (0..10).for_each(|n| note(&log, &n.to_string()));
        let last = log.lines().iter().map(|line| line.chars().last().unwrap()).collect::<String>();
        assert_eq!((last.as_str(), log.dropped()), ("789", 7));
    }

    #[test]
    fn the_oldest_lines_go_when_there_is_too_much_text() {
        let log = MemoryLog::default().max_octets(300);
        for n in 0..100 {
            note(&log, &"x".repeat(n));
            let octets = log.lines().iter().map(String::len).sum::<usize>();
            assert!(octets <= 300 && !log.lines().is_empty(), "{octets} after {n}");
        }
    }

    #[test]
    fn a_line_longer_than_the_log_is_cut_to_it() {
        let log = MemoryLog::default().max_octets(60);
        note(&log, &"é".repeat(500));
        assert!(log.lines()[0].len() <= 60 && log.lines()[0].ends_with("éé…"), "{log}");
    }

    #[test]
    fn bounds_that_are_set_later_hold_for_what_is_there() {
        let log = MemoryLog::default();
        (0..10).for_each(|n| note(&log, &n.to_string()));
        assert_eq!(log.clone().max_lines(4).lines().len(), 4);
        assert_eq!(log.clone().max_octets(0).lines().len(), 0);
    }

    #[test]
    fn clones_share_the_lines_and_clear_forgets_them() {
        let log = MemoryLog::default();
        note(&log.clone(), "shared");
        assert!(log.text().ends_with("shared\n"));
        log.clear();
        assert_eq!((log.text().as_str(), log.dropped()), ("", 0));
        note(&log, "again");
        assert_eq!(log.lines().len(), 1);
    }
}
