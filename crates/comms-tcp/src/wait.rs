//! Waits until sockets have something to tell.

use std::io;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::Socket;

/// Waits until octets, a peer or an end can be read from `socket`, at most `time`, and says
/// whether they can. A signal ends the wait with [`io::ErrorKind::Interrupted`].
pub(crate) fn until_readable(socket: &Socket, time: Option<Duration>) -> io::Result<bool> {
    let ready = wait(&mut [PollFd::new(socket, PollFlags::IN)], time)?;
    Ok(ready > 0)
}

/// As [`until_readable`], for the first of two sockets; none where the second had something to tell.
pub(crate) fn until_readable_unless(
    socket: &Socket,
    ended: &Socket,
    time: Option<Duration>,
) -> io::Result<Option<bool>> {
    let mut asked = [PollFd::new(ended, PollFlags::IN), PollFd::new(socket, PollFlags::IN)];
    let ready = wait(&mut asked, time)?;
    let [ended, _] = asked;
    Ok(ended.revents().is_empty().then_some(ready > 0))
}

/// Whether something can be read from `socket` now.
pub(crate) fn is_readable(socket: &Socket) -> io::Result<bool> {
    loop {
        match until_readable(socket, Some(Duration::ZERO)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Waits until at least one of `sockets` has connected or failed, at most `time`, and says for
/// each whether it has.
pub(crate) fn until_settled<'s>(
    sockets: impl Iterator<Item = &'s Socket>,
    time: Option<Duration>,
) -> io::Result<Vec<bool>> {
    let mut asked: Vec<_> = sockets.map(|one| PollFd::new(one, PollFlags::OUT)).collect();
    wait(&mut asked, time)?;
    Ok(asked.iter().map(|one| !one.revents().is_empty()).collect())
}

fn wait(asked: &mut [PollFd<'_>], time: Option<Duration>) -> io::Result<usize> {
    // A time that does not fit the system's is as good as none.
    let time = time.and_then(|time| Timespec::try_from(time).ok());
    Ok(poll(asked, time.as_ref())?)
}
