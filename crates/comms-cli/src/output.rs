//! What the program says: results on standard output, the rest on standard error.

use std::io::{self, StdoutLock, Write};

use anstyle::{AnsiColor, Style};

use crate::failure::Failure;

/// Standard output, which knows whether it was the one to fail.
#[derive(Debug)]
pub(crate) struct Results {
    out: StdoutLock<'static>,
    failed: Option<io::Error>,
}

impl Results {
    pub(crate) fn open() -> Self {
        Self { out: io::stdout().lock(), failed: None }
    }

    /// What became of it, where `written` became of what was to be written. A reader that has gone
    /// away wants no more, which is no error.
    pub(crate) fn close(mut self, written: Result<(), Failure>) -> Result<(), Failure> {
        // A failure is remembered, and told below.
        let _ = self.flush();
        match self.failed {
            None => written,
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Some(error) => {
                Err(Failure::Internal(format!("cannot write to standard output: {error}")))
            }
        }
    }

    fn noted<T>(&mut self, outcome: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &outcome
            && error.kind() != io::ErrorKind::Interrupted
            && self.failed.is_none()
        {
            let copy = error.raw_os_error().map(io::Error::from_raw_os_error);
            self.failed = Some(copy.unwrap_or_else(|| error.kind().into()));
        }
        outcome
    }
}

impl Write for Results {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let outcome = self.out.write(octets);
        self.noted(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        let outcome = self.out.flush();
        self.noted(outcome)
    }
}

/// Writes a line to standard output.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    let mut out = Results::open();
    // A failure is remembered, and told at the end.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.write_all(b"\n"));
    out.close(Ok(()))
}

/// Writes a line to standard output, where that is not what the program is for: a failure is told
/// and changes nothing.
pub(crate) fn tell(line: &str) {
    if let Err(failure) = print(line) {
        complain(&failure);
    }
}

/// Writes to standard output, with styles where that is a terminal that shows them.
pub(crate) fn tell_styled(text: &str) {
    let shows = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    if shows { tell(text) } else { tell(&anstream::adapter::strip_str(text).to_string()) }
}

/// Says something to whoever runs the program.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "comms: {line}");
}

/// Says what should be looked at, though nothing failed.
pub(crate) fn warn(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{WARNING}comms:{WARNING:#} {line}");
}

/// Says what went wrong, where, and what to do about it, in one line.
pub(crate) fn complain(failure: &Failure) {
    let line = with_advice(failure);
    let _ = writeln!(anstream::stderr().lock(), "{ERROR}comms:{ERROR:#} {line}");
}

/// Shows a text that may have styles, on standard error.
pub(crate) fn show(text: &str) {
    let _ = write!(anstream::stderr().lock(), "{text}");
}

/// What went wrong, where, and what to do about it.
pub(crate) fn with_advice(failure: &Failure) -> String {
    match failure.advice() {
        "" => failure.to_string(),
        advice => format!("{failure} ({advice})"),
    }
}

/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What should be looked at.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What went wrong.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What is said beside.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What heads others.
pub(crate) const BOLD: Style = Style::new().bold();
