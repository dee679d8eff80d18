//! The lines of a transcript.

use std::fmt::Display;
use std::io::Write;
use std::time::Duration;

use crate::harmless::harmless;

/// The sheet, down to the last line.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    /// When that was.
    last: Duration,
}

/// A place on the sheet: of a stack, at a time since the start.
pub(crate) struct Place<'p> {
    sheet: &'p mut Sheet,
    stack: u64,
    now: Duration,
    out: &'p mut Vec<u8>,
}

impl Sheet {
    pub(crate) fn at<'p>(
        &'p mut self,
        stack: u64,
        now: Duration,
        out: &'p mut Vec<u8>,
    ) -> Place<'p> {
        Place { sheet: self, stack, now, out }
    }
}

impl Place<'_> {
    /// The time since the start.
    pub(crate) fn now(&self) -> Duration {
        self.now
    }

    /// A line of `layer`, whose text is harmless already; marked where it matters.
    pub(crate) fn line(&mut self, mark: char, layer: &str, text: impl Display) {
        let lapse = self.now.saturating_sub(self.sheet.last);
        self.sheet.last = self.sheet.last.max(self.now);
        let lapse = if lapse < LEAST { String::new() } else { format!("+{}", millis(lapse)) };
        let name = harmless(layer);
        let (now, stack) = (millis(self.now), self.stack);
        // A vector takes all.
        let _ = writeln!(self.out, "{now:>9} {lapse:>9} {stack:>3} {mark} {name:<8} {text}");
    }

    /// A line without a time.
    pub(crate) fn remark(&mut self, text: impl Display) {
        let _ = writeln!(self.out, "{text}");
    }

    /// A line above what comes next.
    pub(crate) fn heading(&mut self, text: &str) {
        let _ = match self.stack {
            1 => writeln!(self.out, "--- {text}"),
            stack => writeln!(self.out, "--- {text} ({stack})"),
        };
    }
}

/// Milliseconds, as long as they are few.
pub(crate) fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// Less than is shown.
const LEAST: Duration = Duration::from_micros(50);
