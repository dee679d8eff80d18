//! Where the clients of a server are: at the door, or in a room of their own.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use comms_core::{Closing, CommsStack, Value};

use crate::server::module::SmtpServer;
use crate::server::shift::Shift;

/// What a server has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Served {
    /// Clients whose session is over.
    pub clients: u64,
    /// Messages that these clients had taken from them.
    pub messages: u64,
}

/// The clients that are served, and those that wait for a thread.
pub(crate) struct Rooms {
    most: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<CommsStack>,
    sessions: BTreeMap<u64, Session>,
    /// Threads that have nothing to do.
    idle: usize,
    workers: Vec<JoinHandle<()>>,
    is_closed: bool,
    begun: u64,
    served: Served,
    panic: Option<Panic>,
}

/// What ends a session from outside.
struct Session {
    shift: Arc<Shift>,
    closing: Option<Arc<dyn Closing>>,
}

pub(crate) type Panic = Box<dyn Any + Send>;

impl Rooms {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, state: Mutex::default(), changed: Condvar::new() }
    }

    pub(crate) fn served(&self) -> Served {
        self.lock().served
    }

    pub(crate) fn clients(&self) -> usize {
        let state = self.lock();
        state.sessions.len() + state.waiting.len()
    }

    pub(crate) fn are_closed(&self) -> bool {
        self.lock().is_closed
    }

    /// Waits until one more client can be served; no when nobody is any more.
    pub(crate) fn has_place(&self) -> bool {
        let full = |state: &mut State| {
            !state.is_closed && state.sessions.len() + state.waiting.len() >= self.most
        };
        let state = self.changed.wait_while(self.lock(), full);
        !state.unwrap_or_else(PoisonError::into_inner).is_closed
    }

    /// Takes a client in; whether it needs a new thread.
    pub(crate) fn bring(&self, stack: CommsStack) -> bool {
        let mut state = self.lock();
        if state.is_closed {
            return false;
        }
        state.waiting.push_back(stack);
        self.changed.notify_all();
        state.idle < state.waiting.len()
    }

    /// Keeps a new thread, to be joined at the end.
    pub(crate) fn engage(&self, worker: JoinHandle<()>) {
        self.lock().workers.push(worker);
    }

    /// Lets the client go that came last, as there is no thread for it.
    pub(crate) fn dismiss(&self) {
        let last = self.lock().waiting.pop_back();
        drop(last);
    }

    /// The next client, for the thread that asks; none when the server has stopped.
    pub(crate) fn next(self: &Arc<Self>) -> Option<Room> {
        let mut state = self.lock();
        state.idle += 1;
        let nobody = |state: &mut State| !state.is_closed && state.waiting.is_empty();
        let waited = self.changed.wait_while(state, nobody);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.idle -= 1;
        let mut stack = state.waiting.pop_front()?;
        state.begun += 1;
        let number = state.begun;
        state.sessions.insert(number, Session::of(&mut stack));
        Some(Room { rooms: Arc::clone(self), number, stack })
    }

    /// Keeps the first panic of a handler or a store.
    pub(crate) fn remember(&self, panic: Panic) {
        self.lock().panic.get_or_insert(panic);
    }

    /// The first panic of a handler or a store.
    pub(crate) fn take_panic(&self) -> Option<Panic> {
        self.lock().panic.take()
    }

    /// Waits for a moment, unless the server stops.
    pub(crate) fn pause(&self, time: Duration) {
        let open = |state: &mut State| !state.is_closed;
        drop(self.changed.wait_timeout_while(self.lock(), time, open));
    }

    /// Takes nobody in any more, and ends the sessions in which nothing is under way.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let waiting = std::mem::take(&mut state.waiting);
        for session in state.sessions.values() {
            if session.shift.end()
                && let Some(closing) = &session.closing
            {
                closing.end_receiving();
            }
        }
        self.changed.notify_all();
        drop(state);
        drop(waiting);
    }

    /// Waits for the sessions that are left, cuts them off when `grace` is over, and gives the
    /// threads, which then have nothing more to do.
    pub(crate) fn empty(&self, grace: Duration) -> Vec<JoinHandle<()>> {
        let some = |state: &mut State| !state.sessions.is_empty();
        let waited = self.changed.wait_timeout_while(self.lock(), grace, some);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        for closing in state.sessions.values().filter_map(|session| session.closing.as_ref()) {
            closing.close();
        }
        std::mem::take(&mut state.workers)
    }

    fn leave(&self, number: u64, messages: u64) {
        let mut state = self.lock();
        state.sessions.remove(&number);
        state.served.clients += 1;
        state.served.messages += messages;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it left whole numbers.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn of(stack: &mut CommsStack) -> Self {
        let closing = stack.closing();
        let server = stack.layer::<SmtpServer>();
        let shift = server.ok().and_then(|view| view.module().map(SmtpServer::shift));
        Self { shift: shift.unwrap_or_default(), closing }
    }
}

/// A client that is served.
pub(crate) struct Room {
    rooms: Arc<Rooms>,
    number: u64,
    stack: CommsStack,
}

impl Room {
    pub(crate) fn stack(&mut self) -> &mut CommsStack {
        &mut self.stack
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let messages = self.stack.get("SmtpServer.messages").ok().and_then(|one| one.value);
        let messages = match messages {
            Some(Value::Integer(messages)) => u64::try_from(messages).unwrap_or_default(),
            _ => 0,
        };
        self.rooms.leave(self.number, messages);
    }
}
