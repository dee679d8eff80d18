//! Connects to the first of several addresses that answers (RFC 8305, "happy eyeballs").
//!
//! ```text
//!            its turn               the system says no
//!  Waiting -----------> Trying ------------------------> Failed
//!                         | the peer answers
//!                         v
//!                    the winner; all others are dropped
//! ```
//! The next has its turn when one fails, or when the stagger has passed since the last began.

use std::fmt;
use std::io;
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use comms_core::{Below, Deadline, DeadlinePassed, Level, Severity};
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};

use crate::attempts::{Attempt, Attempts, Failure};
use crate::wait;

/// Attempts to connect, side by side on one thread.
pub(crate) struct Dial<'a> {
    tries: Vec<Try>,
    from: Option<IpAddr>,
    stagger: Duration,
    below: &'a dyn Below,
}

/// A connected socket, and with whom.
pub(crate) type Winner = (Socket, SocketAddr);

/// Why no address was connected to, and the deadline, if that was it.
pub(crate) type Defeat = (Attempts, Option<DeadlinePassed>);

struct Try {
    address: SocketAddr,
    progress: Progress,
}

enum Progress {
    Waiting,
    Trying { socket: Socket, began: Instant },
    Failed(Failure),
}

impl<'a> Dial<'a> {
    /// Attempts at `addresses`, in this order, `stagger` apart, under the deadline of `below`; from
    /// the address `from` of our own, if there is one.
    pub(crate) fn new(
        addresses: &[SocketAddr],
        from: Option<IpAddr>,
        stagger: Duration,
        below: &'a dyn Below,
    ) -> Self {
        let waiting = |address: &SocketAddr| Try { address: *address, progress: Progress::Waiting };
        Self { tries: addresses.iter().map(waiting).collect(), from, stagger, below }
    }

    /// The first that connects, with its address. The socket does not block.
    pub(crate) fn run(mut self) -> Result<Winner, Defeat> {
        match self.race() {
            Ok(Some(winner)) => Ok(winner),
            Ok(None) => Err((self.report(), None)),
            Err(passed) => Err((self.report(), Some(passed))),
        }
    }

    fn race(&mut self) -> Result<Option<Winner>, DeadlinePassed> {
        loop {
            self.below.deadline().remaining(self.below.clock())?;
            if let Some(winner) = self.start_next() {
                return Ok(Some(winner));
            }
            if self.trying().next().is_none() {
                return Ok(None);
            }
            if let Some(winner) = self.watch()? {
                return Ok(Some(winner));
            }
        }
    }

    /// Begins with the next address; one that fails at once hands its turn on. The winner, if one
    /// connects at once.
    fn start_next(&mut self) -> Option<Winner> {
        for one in &mut self.tries {
            if !matches!(one.progress, Progress::Waiting) {
                continue;
            }
            let (address, began) = (one.address, self.below.clock().now());
            note(self.below, format_args!("trying {address}"));
            match start(address, self.from) {
                Ok((socket, Start::Connected)) => return Some((socket, address)),
                Ok((socket, Start::UnderWay)) => {
                    one.progress = Progress::Trying { socket, began };
                    return None;
                }
                Err(failure) => one.fail(failure, self.below),
            }
        }
        None
    }

    /// Watches those that are being tried until one connects, or the next has its turn.
    fn watch(&mut self) -> Result<Option<Winner>, DeadlinePassed> {
        let (deadline, clock) = (self.below.deadline(), self.below.clock());
        let next = self.tries.iter().any(|one| matches!(one.progress, Progress::Waiting));
        let turn = if next {
            Deadline::after(clock, self.stagger, "next address")
        } else {
            Deadline::NEVER
        };
        let first = deadline.sooner(turn);
        // What is over when nothing happens until then: this turn, or all.
        let over = || if first == turn { Ok(None) } else { Err(deadline.passed()) };
        loop {
            let Ok(left) = first.remaining(clock) else { return over() };
            match wait::until_settled(self.trying(), left) {
                Ok(settled) if !settled.contains(&true) => return over(),
                Ok(settled) => match self.judge(&settled) {
                    None if self.trying().next().is_some() && !next => {}
                    verdict => return Ok(verdict),
                },
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.abandon(&error);
                    return Ok(None);
                }
            }
        }
    }

    /// Looks at those that settled: the first that connected, or none.
    fn judge(&mut self, settled: &[bool]) -> Option<Winner> {
        let trying = self.tries.iter_mut().filter(|one| one.socket().is_some());
        let mut settled = trying.zip(settled).filter(|(_, settled)| **settled);
        settled.find_map(|(one, _)| one.settle(self.below))
    }

    /// Gives up those that are being tried: the system cannot watch them.
    #[cold]
    fn abandon(&mut self, error: &io::Error) {
        for one in self.tries.iter_mut().filter(|one| one.socket().is_some()) {
            one.fail(Failure::System(error.into()), self.below);
        }
    }

    fn trying(&self) -> impl Iterator<Item = &Socket> {
        self.tries.iter().filter_map(Try::socket)
    }

    fn report(self) -> Attempts {
        let now = self.below.clock().now();
        let attempt = |Try { address, progress }| {
            let failure = match progress {
                Progress::Waiting => Failure::NotTried,
                Progress::Trying { began, .. } => {
                    Failure::NoAnswer(now.saturating_duration_since(began))
                }
                Progress::Failed(failure) => failure,
            };
            Attempt { address, failure }
        };
        Attempts(self.tries.into_iter().map(attempt).collect())
    }
}

impl Try {
    fn socket(&self) -> Option<&Socket> {
        match &self.progress {
            Progress::Trying { socket, .. } => Some(socket),
            _ => None,
        }
    }

    /// Its socket, if it connected.
    fn settle(&mut self, below: &dyn Below) -> Option<Winner> {
        let progress = mem::replace(&mut self.progress, Progress::Waiting);
        let Progress::Trying { socket, .. } = progress else { return None };
        match verdict(&socket) {
            Ok(()) => Some((socket, self.address)),
            Err(error) => {
                self.fail(error.into(), below);
                None
            }
        }
    }

    fn fail(&mut self, failure: Failure, below: &dyn Below) {
        note(below, format_args!("{} {failure}", self.address));
        self.progress = Progress::Failed(failure);
    }
}

/// How a connect begins, on a socket that does not block.
enum Start {
    Connected,
    UnderWay,
}

fn start(address: SocketAddr, from: Option<IpAddr>) -> Result<(Socket, Start), Failure> {
    if from.is_some_and(|from| from.is_ipv6() != address.is_ipv6()) {
        return Err(Failure::OtherFamily);
    }
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    if let Some(from) = from {
        socket.bind(&SocketAddr::new(from, 0).into())?;
    }
    match socket.connect(&address.into()) {
        Ok(()) => verdict(&socket)?,
        Err(error) if is_under_way(&error) => return Ok((socket, Start::UnderWay)),
        Err(error) => return Err(error.into()),
    }
    Ok((socket, Start::Connected))
}

fn is_under_way(error: &io::Error) -> bool {
    // Windows says `WouldBlock`; a signal leaves a connect to go on by itself.
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
        || error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error())
}

/// Whether a socket that settled is connected, and with somebody else: a closed port of this
/// machine that happens to be chosen as our own connects a socket with itself.
fn verdict(socket: &Socket) -> io::Result<()> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    if socket.peer_addr()? == socket.local_addr()? {
        return Err(io::Error::from_raw_os_error(Errno::CONNREFUSED.raw_os_error()));
    }
    Ok(())
}

fn note(below: &dyn Below, text: fmt::Arguments<'_>) {
    below.note(Severity::Info, Level::Debug, text);
}
