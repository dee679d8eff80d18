//! What the program says: results on standard output, the rest on standard error.

use std::io::{self, Write};

use crate::failure::Failure;

/// Writes a line to standard output. A reader that has gone away wants no more, which is no error.
pub(crate) fn print(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out
        .write_all(line.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Internal(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard output, where that is not what the program is for: a failure is told
/// and changes nothing.
pub(crate) fn tell(line: &str) {
    if let Err(failure) = print(line) {
        complain(&failure);
    }
}

/// Says something to whoever runs the program.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "comms: {line}");
}

/// Says what went wrong, where, and what to do about it, in one line.
pub(crate) fn complain(failure: &Failure) {
    match failure.advice() {
        "" => say(&failure.to_string()),
        advice => say(&format!("{failure} ({advice})")),
    }
}
