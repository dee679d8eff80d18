//! A server at work: threads that take clients from a listener and serve them.

use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use comms_core::{Closing, CommsListener, CommsStack, Error, Result, StackError};

use crate::server::module::ServerStack;
use crate::server::rooms::{Rooms, Served};

/// An [`SmtpServer`](crate::SmtpServer) at work: threads of its own take clients from a listener and serve them, so
/// many at a time; further clients wait. It ends by [`stop`](Self::stop), or when it is dropped.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_smtp::{MemoryStore, RunningServer, SmtpServer};
/// use comms_tcp::Tcp;
/// use comms_util::Util;
///
/// let store = MemoryStore::new();
/// let stack = CommsStack::builder().layer(SmtpServer::new(store.clone())).layer(Util::new());
/// let listener = stack.layer(Tcp::new("127.0.0.1", 0)).build()?.listen()?;
/// let port = listener.get("listen_port")?.value;
/// let server = RunningServer::options().most_clients(4).start(listener)?;
/// // ... any client sends to that port, and the store has what was sent ...
/// let served = server.stop();
/// assert_eq!((served.clients, served.messages), (0, 0));
/// # assert!(port.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a server that is dropped is stopped"]
pub struct RunningServer {
    rooms: Arc<Rooms>,
    closing: Arc<dyn Closing>,
    grace: Duration,
    /// The thread that waits for clients; none once it was joined.
    door: Option<JoinHandle<()>>,
}

impl RunningServer {
    /// Serves the clients of `listener`, whose top is an [`SmtpServer`](crate::SmtpServer), as the options are by
    /// themselves.
    pub fn start(listener: CommsListener) -> Result<Self> {
        Self::options().start(listener)
    }

    /// How many clients it serves at a time, and other things to say before the start.
    pub fn options() -> ServingOptions {
        ServingOptions::default()
    }

    /// What it has done so far.
    pub fn served(&self) -> Served {
        self.rooms.served()
    }

    /// How many clients are served at present.
    pub fn clients(&self) -> usize {
        self.rooms.clients()
    }

    /// Stops in good order. Nobody is accepted any more, and a client that waits is told 421; a
    /// message that is under way may come to its end for [`grace`](ServingOptions::grace), and is
    /// cut off after it. All threads have ended when this returns.
    ///
    /// A panic of a handler or a store goes on here.
    pub fn stop(mut self) -> Served {
        self.end(self.grace);
        if let Some(panic) = self.rooms.take_panic() {
            panic::resume_unwind(panic);
        }
        self.served()
    }

    fn end(&mut self, grace: Duration) {
        self.rooms.close();
        self.closing.close();
        // The threads catch what panics in them.
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
        for worker in self.rooms.empty(grace) {
            let _ = worker.join();
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

impl fmt::Debug for RunningServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningServer").field("served", &self.served()).finish_non_exhaustive()
    }
}

/// What is settled before a [`RunningServer`] starts.
#[derive(Clone)]
#[must_use = "options do nothing before `start`"]
pub struct ServingOptions {
    most_clients: usize,
    grace: Duration,
    told: Arc<dyn Fn(&ServingTrouble) + Send + Sync>,
}

impl Default for ServingOptions {
    fn default() -> Self {
        Self { most_clients: MOST_CLIENTS, grace: GRACE, told: Arc::new(|_| ()) }
    }
}

impl ServingOptions {
    /// Serves so many clients at a time, each on a thread; at least one, 256 unless set.
    pub fn most_clients(mut self, clients: usize) -> Self {
        self.most_clients = clients.max(1);
        self
    }

    /// Gives messages that are under way so much time when the server stops; 5 seconds unless set.
    pub fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Tells `told` of what goes wrong with clients. It is asked on the server's threads.
    pub fn on_trouble(mut self, told: impl Fn(&ServingTrouble) + Send + Sync + 'static) -> Self {
        self.told = Arc::new(told);
        self
    }

    /// Starts to serve the clients of `listener`, whose top is an [`SmtpServer`](crate::SmtpServer). Its bottom must
    /// be one whose wait another thread can end, as that of `Tcp` and `Unix` is.
    pub fn start(self, mut listener: CommsListener) -> Result<RunningServer> {
        let unstoppable =
            || StackError::Unsupported { module: "SmtpServer", operation: "be stopped there" };
        let closing = listener.closing().ok_or_else(unstoppable)?;
        let rooms = Arc::new(Rooms::new(self.most_clients));
        let (shared, grace) = (Arc::clone(&rooms), self.grace);
        let door = move || self.receive(&mut listener, &shared);
        let door = thread::Builder::new().name("smtp-listener".to_owned()).spawn(door);
        let door = door.map_err(|_| StackError::Unsupported {
            module: "SmtpServer",
            operation: "have a thread",
        })?;
        Ok(RunningServer { rooms, closing, grace, door: Some(door) })
    }

    /// Takes clients in, one after another, until the server is to stop.
    fn receive(self, listener: &mut CommsListener, rooms: &Arc<Rooms>) {
        while rooms.has_place() {
            match listener.take() {
                Ok(stack) => self.admit(stack, rooms),
                Err(_) if rooms.are_closed() => return,
                Err(error) => {
                    (self.told)(&ServingTrouble::NotAccepted(error));
                    // What is wrong with the system, no descriptors left, say, is wrong at once
                    // again.
                    rooms.pause(PAUSE);
                }
            }
        }
    }

    /// Gives a client to a thread, a new one where all have something to do.
    fn admit(&self, stack: CommsStack, rooms: &Arc<Rooms>) {
        if !rooms.bring(stack) {
            return;
        }
        let (shared, told) = (Arc::clone(rooms), Arc::clone(&self.told));
        let work = move || {
            while let Some(mut room) = shared.next() {
                match panic::catch_unwind(AssertUnwindSafe(|| serve(room.stack()))) {
                    Ok(Err(error)) if !shared.are_closed() => told(&ServingTrouble::Ended(error)),
                    Ok(_) => {}
                    Err(panic) => shared.remember(panic),
                }
            }
        };
        match thread::Builder::new().name("smtp-client".to_owned()).spawn(work) {
            Ok(worker) => rooms.engage(worker),
            Err(error) => {
                rooms.dismiss();
                (self.told)(&ServingTrouble::NoThread(error));
                rooms.pause(PAUSE);
            }
        }
    }
}

impl fmt::Debug for ServingOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ServingOptions");
        shown.field("most_clients", &self.most_clients).field("grace", &self.grace);
        shown.finish_non_exhaustive()
    }
}

/// What goes wrong with the clients of a server. It goes on with others.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServingTrouble {
    /// A client could not be accepted.
    #[error("a client was not accepted")]
    NotAccepted(#[source] Error),
    /// The system has no thread for one more client, who waits.
    #[error("there is no thread for one more client")]
    NoThread(#[source] std::io::Error),
    /// The conversation with a client broke off.
    #[error("a client's session ended early")]
    Ended(#[source] Error),
}

fn serve(stack: &mut CommsStack) -> Result<()> {
    let served = stack.connect().and_then(|()| stack.serve());
    let _ = stack.disconnect();
    served.map(|_| ())
}

/// A thread each: enough for any test.
const MOST_CLIENTS: usize = 256;

const GRACE: Duration = Duration::from_secs(5);

/// Time for the system to recover after a client that could not be accepted.
const PAUSE: Duration = Duration::from_millis(100);
