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

/// When a call has to be over, and by which clock.
pub(crate) type Time<'c> = (Deadline, &'c dyn Clock);

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
    pub(crate) fn to_receive() -> Self {
        Self { operation: "receive", set: Socket::set_read_timeout, armed: None }
    }

    /// The time-out of what is sent.
    pub(crate) fn to_send() -> Self {
        Self { operation: "send", set: Socket::set_write_timeout, armed: None }
    }

    /// The time-out of a connect over unix sockets: the system counts it as sending.
    #[cfg(unix)]
    pub(crate) fn to_connect() -> Self {
        Self { operation: "connect", set: Socket::set_write_timeout, armed: None }
    }

    /// Makes the blocking `call` on `socket` until it comes to something or the deadline passes.
    pub(crate) fn call<T>(
        &mut self,
        socket: &Socket,
        (deadline, clock): Time<'_>,
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

#[cfg(test)]
mod tests {
    use comms_core::{ErrorClass, SystemClock};
    use socket2::{Domain, Type};

    use super::*;

    /// Calls with `budget` left, and lets the system answer so in turn.
    fn call(
        patience: &mut Patience,
        socket: &Socket,
        budget: u64,
        answers: &[Result<u8, io::ErrorKind>],
    ) -> Result<u8, Error> {
        let deadline = Deadline::after(&SystemClock, Duration::from_secs(budget), "reply");
        let mut answers = answers.iter();
        patience.call(socket, (deadline, &SystemClock), |_| {
            (*answers.next().unwrap()).map_err(io::Error::from)
        })
    }

    fn socket() -> Socket {
        Socket::new(Domain::IPV4, Type::STREAM, None).unwrap()
    }

    #[test]
    fn a_signal_and_a_wake_up_before_time_end_no_call() {
        use io::ErrorKind::{Interrupted, WouldBlock};
        let interrupted = [Err(Interrupted), Err(Interrupted), Ok(7)];
        let woken = [Err(WouldBlock), Ok(7)];
        for answers in [&interrupted[..], &woken] {
            let mut patience = Patience::to_receive();
            assert_eq!(call(&mut patience, &socket(), 60, answers).unwrap(), 7);
        }
    }

    #[test]
    fn the_time_out_fits_many_calls_and_is_never_longer_than_what_is_left() {
        let (mut patience, socket) = (Patience::to_receive(), socket());
        call(&mut patience, &socket, 60, &[Ok(0)]).unwrap();
        let first = socket.read_timeout().unwrap().unwrap();
        assert!(first <= Duration::from_secs(30), "{first:?}");
        for budget in [300, 59, 40, 60] {
            call(&mut patience, &socket, budget, &[Ok(0)]).unwrap();
            assert_eq!(socket.read_timeout().unwrap(), Some(first), "{budget}");
        }
        call(&mut patience, &socket, 10, &[Ok(0)]).unwrap();
        assert!(socket.read_timeout().unwrap().unwrap() <= Duration::from_secs(5));
    }

    #[test]
    fn the_last_nanosecond_is_not_taken_for_eternity() {
        let socket = socket();
        Patience::to_send().arm(&socket, Some(Duration::from_nanos(1))).unwrap();
        assert!(socket.write_timeout().unwrap().is_some());
    }

    #[test]
    fn a_connection_that_timed_out_by_itself_is_no_deadline() {
        let broken = [Err(io::ErrorKind::TimedOut)];
        let error = call(&mut Patience::to_send(), &socket(), 60, &broken).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Connection);
        assert_eq!(error.sentence(), "cannot send: timed out");
    }
}
