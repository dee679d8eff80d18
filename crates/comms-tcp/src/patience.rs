//! A socket's own time-out, kept by as few system calls as can be.
//!
//! A deadline leaves less time at every call, and `SO_RCVTIMEO` set anew each time would double
//! the number of system calls; so would a `poll` before each, and a socket that never blocks pays
//! three for every reply that it has to wait for (`recv`, `poll`, `recv`). So the socket blocks,
//! and its time-out is only kept *no longer* than what is left: half of it, which also fits the
//! next calls. Woken too early, we look at the deadline and wait on for exactly the rest. A reply
//! costs one `recv`, whether it is there already or has to be waited for.

use std::io;
use std::time::Duration;

use comms_core::{Clock, Deadline, Error};
use socket2::Socket;

use crate::error::TcpError;

/// One of the two time-outs of a socket.
#[derive(Debug)]
pub(crate) struct Patience {
    operation: &'static str,
    set: fn(&Socket, Option<Duration>) -> io::Result<()>,
    /// What the socket's time-out is now.
    armed: Option<Duration>,
}

impl Patience {
    /// The time-out of what is received.
    pub(crate) const RECEIVE: Self =
        Self { operation: "receive", set: Socket::set_read_timeout, armed: None };

    /// The time-out of what is sent.
    pub(crate) const SEND: Self =
        Self { operation: "send", set: Socket::set_write_timeout, armed: None };

    /// Makes the blocking `call` on `socket` until it comes to something or the deadline passes.
    pub(crate) fn call<T>(
        &mut self,
        socket: &Socket,
        (deadline, clock): (Deadline, &dyn Clock),
        mut call: impl FnMut(&Socket) -> io::Result<T>,
    ) -> Result<T, Error> {
        let left = deadline.remaining(clock)?;
        if left.is_some_and(|left| self.armed.is_none_or(|armed| armed > left)) {
            self.arm(socket, left.map(|left| left / 2))?;
        }
        let mut waits_for_all = false;
        loop {
            match call(socket) {
                // The clock is not asked again: a test's may stand still.
                Err(error) if ran_out(&error) && waits_for_all => {
                    return Err(deadline.passed().into());
                }
                Err(error) if ran_out(&error) || error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.map_err(|error| self.failed(&error)),
            }
            let left = deadline.remaining(clock)?;
            self.arm(socket, left)?;
            waits_for_all = left.is_some();
        }
    }

    fn arm(&mut self, socket: &Socket, time: Option<Duration>) -> Result<(), Error> {
        // To the system, 0 is for ever.
        let time = time.map(|time| time.max(SHORTEST));
        if time != self.armed {
            (self.set)(socket, time).map_err(|error| self.failed(&error))?;
            self.armed = time;
        }
        Ok(())
    }

    #[cold]
    fn failed(&self, error: &io::Error) -> Error {
        TcpError::of(self.operation, error).into()
    }
}

/// Whether the socket's time-out ended the call. Windows says `TimedOut`, which elsewhere is a
/// connection that broke.
fn ran_out(error: &io::Error) -> bool {
    match error.kind() {
        io::ErrorKind::WouldBlock => true,
        io::ErrorKind::TimedOut => cfg!(windows),
        _ => false,
    }
}

/// The system counts in milliseconds or so.
const SHORTEST: Duration = Duration::from_millis(1);
