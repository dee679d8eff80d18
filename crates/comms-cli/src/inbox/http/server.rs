//! The server: a thread for each client, on a stack like any other, so that each step has its time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use comms::{Closing, CommsListener, CommsStack, Error, ErrorClass, Tcp, Util, Value};

use crate::failure::Failure;
use crate::inbox::http::request::{Method, Refusal, Request};
use crate::inbox::http::response::{Content, Response};

/// What is served.
pub(crate) trait Site: Send + Sync {
    /// Answers a request.
    fn answer(&self, request: &Request) -> Response;

    /// Waits for the next news, for at most `time`, and gives it as a line; none where there is
    /// none yet, and an end where there will be none.
    fn news(&self, seen: &mut u64, time: Duration) -> News;

    /// Lets nobody wait for news any longer.
    fn close(&self);
}

/// What is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    Line(String),
    Silence,
    End,
}

/// A server at work. It ends by [`stop`](Self::stop).
pub(crate) struct HttpServer {
    pub(crate) address: String,
    site: Arc<dyn Site>,
    clients: Arc<Clients>,
    closing: Arc<dyn Closing>,
    door: JoinHandle<()>,
}

impl HttpServer {
    /// Listens at `host` and `port`, and serves whoever comes.
    pub(crate) fn start(host: &str, port: u16, site: Arc<dyn Site>) -> Result<Self, Failure> {
        let stack = CommsStack::builder().layer(Util::new()).layer(Tcp::new(host, port));
        let mut listener = stack.build()?.listen()?;
        let unknown = || Failure::Internal("the inbox does not know its address".to_owned());
        let Some(Value::Text(address)) = listener.get("Tcp.local")?.value else {
            return Err(unknown());
        };
        let closing = listener.closing().ok_or_else(unknown)?;
        let clients = Arc::new(Clients::default());
        let (shared, served) = (Arc::clone(&clients), Arc::clone(&site));
        let door = thread::Builder::new().name("http-listener".to_owned());
        let door = door.spawn(move || receive(&mut listener, &shared, &served));
        let door = door.map_err(|error| Failure::Internal(format!("no thread: {error}")))?;
        Ok(Self { address, site, clients, closing, door })
    }

    /// Accepts nobody any more, breaks off what goes on, and returns when all threads have ended.
    pub(crate) fn stop(self) {
        self.site.close();
        self.clients.close();
        self.closing.close();
        // No thread of it panics.
        let _ = self.door.join();
        self.clients.wait_for_all();
    }
}

/// The clients that are served.
#[derive(Default)]
struct Clients {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    open: BTreeMap<u64, Option<Arc<dyn Closing>>>,
    come: u64,
    listening_to_news: usize,
    is_closed: bool,
}

impl Clients {
    /// Waits until there is a place; no when nobody is served any more.
    fn has_place(&self) -> bool {
        let full = |state: &mut State| !state.is_closed && state.open.len() >= MOST_CLIENTS;
        let state = self.changed.wait_while(self.lock(), full);
        !state.unwrap_or_else(PoisonError::into_inner).is_closed
    }

    fn enter(self: &Arc<Self>, stack: &CommsStack) -> Option<Visit> {
        let mut state = self.lock();
        if state.is_closed {
            return None;
        }
        state.come += 1;
        let number = state.come;
        state.open.insert(number, stack.closing());
        Some(Visit { clients: Arc::clone(self), number, hears_news: false })
    }

    fn pause(&self) {
        let open = |state: &mut State| !state.is_closed;
        drop(self.changed.wait_timeout_while(self.lock(), PAUSE, open));
    }

    fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.open.values().flatten().for_each(|client| client.close());
        self.changed.notify_all();
    }

    fn wait_for_all(&self) {
        let some = |state: &mut State| !state.open.is_empty();
        drop(self.changed.wait_while(self.lock(), some));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A client's place.
struct Visit {
    clients: Arc<Clients>,
    number: u64,
    hears_news: bool,
}

impl Visit {
    /// Whether one more may hear news, each of whom keeps a place.
    fn may_hear_news(&mut self) -> bool {
        let mut state = self.clients.lock();
        self.hears_news = state.listening_to_news < MOST_LISTENERS;
        state.listening_to_news += usize::from(self.hears_news);
        self.hears_news
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut state = self.clients.lock();
        state.open.remove(&self.number);
        state.listening_to_news -= usize::from(self.hears_news);
        self.clients.changed.notify_all();
    }
}

fn receive(listener: &mut CommsListener, clients: &Arc<Clients>, site: &Arc<dyn Site>) {
    while clients.has_place() {
        // What is wrong with the system is wrong at once again.
        let Ok(stack) = listener.take() else {
            clients.pause();
            continue;
        };
        let Some(visit) = clients.enter(&stack) else { return };
        let site = Arc::clone(site);
        let client = thread::Builder::new().name("http-client".to_owned());
        if client.spawn(move || serve(stack, visit, &*site)).is_err() {
            clients.pause();
        }
    }
}

/// Serves one request. Whoever is too slow, or goes away, is let go.
fn serve(mut stack: CommsStack, mut visit: Visit, site: &dyn Site) {
    stack.set_goodbye(GOODBYE);
    let _ = stack.connect().and_then(|()| converse(&mut stack, &mut visit, site));
    let _ = stack.disconnect();
}

fn converse(stack: &mut CommsStack, visit: &mut Visit, site: &dyn Site) -> Result<(), Error> {
    let mut head = Vec::new();
    stack.limit(HEAD_TIME, "request");
    let request = match stack.receive_until(b"\r\n\r\n", LONGEST_HEAD, &mut head) {
        Ok(0) => return Ok(()),
        Ok(_) => Request::parse(&head),
        Err(error) => Err(refusal_of(&error).ok_or(error)?),
    };
    let request = match request {
        Ok(request) => request,
        Err(Refusal(status)) => return refuse(stack, status),
    };
    let (method, mut response) = (request.method, site.answer(&request));
    if matches!(response.content, Content::Events) && !visit.may_hear_news() {
        response = Response::refusal(503, "too many listen to the news already");
    }
    stack.limit(BLOCK_TIME, "response");
    stack.send(response.head().as_bytes())?;
    match response.content {
        _ if method == Method::Head => {}
        Content::Octets(octets) => {
            for block in octets.chunks(BLOCK) {
                stack.limit(BLOCK_TIME, "response");
                stack.send(block)?;
            }
        }
        Content::Events => tell_news(stack, site)?,
    }
    stack.flush()
}

/// Refuses a request, and has the client read why: what it still sends is taken for a while, as a
/// connection that is closed over it would be reset.
fn refuse(stack: &mut CommsStack, status: u16) -> Result<(), Error> {
    let response = Response::status(status);
    stack.limit(LINGER, "goodbye");
    stack.send(response.head().as_bytes())?;
    if let Content::Octets(octets) = &response.content {
        stack.send(octets.as_slice())?;
    }
    stack.flush()?;
    let mut block = vec![0; BLOCK];
    for _ in 0..MOST_REFUSED {
        if stack.receive(&mut block)? == 0 {
            break;
        }
    }
    Ok(())
}

/// Tells what is new as long as somebody listens.
fn tell_news(stack: &mut CommsStack, site: &dyn Site) -> Result<(), Error> {
    // The head goes at once: whoever listens is told that it works, and then how things are.
    stack.flush()?;
    let mut seen = u64::MAX;
    loop {
        let event = match site.news(&mut seen, HEARTBEAT) {
            News::Line(line) => format!("data: {line}\n\n"),
            News::Silence => ":\n\n".to_owned(),
            News::End => return Ok(()),
        };
        stack.limit(BLOCK_TIME, "news");
        stack.send(event.as_bytes())?;
        stack.flush()?;
        // An error says that the client has gone.
        stack.unread()?;
    }
}

/// The status that tells a client what is wrong with its head, where it can be told.
fn refusal_of(error: &Error) -> Option<Refusal> {
    match error.class() {
        ErrorClass::Timeout => Some(Refusal(408)),
        ErrorClass::Protocol => Some(Refusal(431)),
        _ => None,
    }
}

impl fmt::Debug for HttpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpServer").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The longest head that is read.
const LONGEST_HEAD: usize = 16 << 10;

/// The time for a head, all of it.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// The time in which a client has to take a block.
const BLOCK_TIME: Duration = Duration::from_secs(30);

const BLOCK: usize = 256 << 10;

/// After this time without news it is tried whether the client is there.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Blocks that are taken of what was refused.
const MOST_REFUSED: usize = 64;

/// The time for that.
const LINGER: Duration = Duration::from_millis(200);

const GOODBYE: Duration = Duration::from_secs(1);

/// Further ones wait.
const MOST_CLIENTS: usize = 64;

/// Those of the clients who may listen to news.
const MOST_LISTENERS: usize = 32;

/// Time for the system to recover after a client that could not be accepted.
const PAUSE: Duration = Duration::from_millis(100);
