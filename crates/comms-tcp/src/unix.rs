//! The module `Unix`.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use comms_core::{
    Below, Closing, CommsModule, Level, ModuleSpec, Payload, Properties, Receipt, Result, Severity,
    Value, wrong_payload,
};
use socket2::{SockAddr, Socket};

use crate::error::TcpError;
use crate::line::{END_SENDING, Line};
use crate::options::{BACKLOG, CONNECT_TIMEOUT};
use crate::patience::Patience;
use crate::socket_file::{self, SocketFile};

comms_core::properties! {
    /// The properties of [`Unix`](crate::Unix).
    #[derive(Debug, Clone)]
    pub struct UnixOptions {
        /// Path of the socket to connect to, or to listen at.
        BeforeConnect path: PathBuf = PathBuf::new(),
        /// Time to connect: a server that is busy lets others wait.
        BeforeConnect connect_timeout: Duration = CONNECT_TIMEOUT,
        /// Peers that may wait to be accepted.
        BeforeConnect backlog: u32 = BACKLOG,
    }
}

/// Octets over a unix stream socket, the bottom of a stack: nothing lies below it. This is how a
/// mail server hands messages to the delivery agent beside it (LMTP).
///
/// It is to its `path` what [`Tcp`](crate::Tcp) is to a host and a port: deadlines, `noop`,
/// `disconnect`, `end_sending` and a connection that broke are the same.
///
/// **Listening.** The socket's file is made, with the permissions that the process gives to what
/// it makes, and removed with the listener. A socket that a server before left behind is removed
/// where nobody answers at it; one that is in use, or a file of another kind, is never touched.
/// (A server that has its path and does not listen yet cannot be told from one that is gone: two
/// of them on one path are not to be started in the same instant.)
///
/// Its properties are [`UnixOptions`]. Method: `end_sending`.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_tcp::Unix;
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("lmtp").display().to_string();
/// let mut listener = CommsStack::new(Unix::new(&path))?.listen()?;
///
/// let mut client = CommsStack::new(Unix::new(&path))?;
/// client.connect()?;
/// let mut server = listener.accept()?;
/// server.send("220 ready\r\n")?;
///
/// let mut greeting = [0; 64];
/// let octets = client.receive(&mut greeting)?;
/// assert_eq!(&greeting[..octets], b"220 ready\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Unix {
    options: UnixOptions,
    line: Line,
    file: Option<SocketFile>,
}

impl Unix {
    /// Connects to the socket at `path`, or listens there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let options = UnixOptions { path: path.into(), ..UnixOptions::default() };
        Self { options, ..Self::default() }
    }

    /// Gives up after this time: the property `connect_timeout`.
    pub fn connect_timeout(mut self, budget: Duration) -> Self {
        self.options.connect_timeout = budget;
        self
    }

    /// The properties as they are.
    pub fn options(&self) -> &UnixOptions {
        &self.options
    }

    fn address(&self) -> Result<SockAddr, TcpError> {
        let path = &self.options.path;
        socket_file::address(path).ok_or_else(|| TcpError::Path { found: self.path() })
    }

    /// The path for people.
    fn path(&self) -> String {
        self.options.path.display().to_string()
    }
}

impl CommsModule for Unix {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.options)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.options)
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.line.idle()?;
        below.limit(self.options.connect_timeout, "connect");
        let failed = |error: io::Error| TcpError::UnreachablePath {
            path: self.path(),
            source: (&error).into(),
        };
        let address = self.address()?;
        let socket = socket_file::socket().map_err(failed)?;
        let time = (below.deadline(), below.clock());
        let connect = |socket: &Socket| match socket.connect(&address) {
            // The server has no room yet, or a signal came: neither is an answer.
            Err(error) if is_passing(error.kind()) => Err(error),
            answer => Ok(answer),
        };
        Patience::to_connect().call(&socket, time, connect)?.map_err(failed)?;
        self.line = Line::connected(socket)?;
        note(below, format_args!("connected to {}", self.path().escape_debug()));
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        if let Payload::Object(_) = payload {
            return Err(wrong_payload(&SPEC, payload));
        }
        self.line.stream()?.send(payload, (below.deadline(), below.clock()))?;
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        self.line.stream()?.receive(into, (below.deadline(), below.clock()))
    }

    fn unread(&mut self, _: &mut dyn Below) -> Result<bool> {
        self.line.stream()?.probe()
    }

    fn closing(&self) -> Option<Arc<dyn Closing>> {
        self.line.closing()
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        self.line.stream()?.probe()?;
        Ok(String::new())
    }

    fn disconnect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.file = None;
        self.line.close()
    }

    fn bind(&mut self, _: &mut dyn Below) -> Result<()> {
        self.line.idle()?;
        let address = self.address()?;
        let path = &self.options.path;
        let (socket, file) = socket_file::bind(path, &address).map_err(|error| {
            TcpError::CannotListenAtPath { path: self.path(), source: (&error).into() }
        })?;
        self.file = Some(file);
        self.line = Line::Bound(socket);
        Ok(())
    }

    fn listen(&mut self, below: &mut dyn Below) -> Result<()> {
        self.line.listen(self.options.backlog)?;
        note(below, format_args!("listening at {}", self.path().escape_debug()));
        Ok(())
    }

    fn accept(&mut self, below: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let (socket, _) = self.line.listener()?.accept((below.deadline(), below.clock()))?;
        let line = Line::connected(socket)?;
        note(below, format_args!("accepted a peer"));
        Ok(Box::new(Self { options: self.options.clone(), line, file: None }))
    }

    fn invoke(&mut self, method: &str, args: &[Value], below: &mut dyn Below) -> Result<Value> {
        if method != END_SENDING.name {
            return below.invoke(method, args);
        }
        self.line.stream()?.end_sending()?;
        Ok(Value::Nothing)
    }
}

fn is_passing(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn note(below: &dyn Below, text: std::fmt::Arguments<'_>) {
    below.note(Severity::Info, Level::Production, text);
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: UnixOptions::TABLE,
    methods: &[END_SENDING],
    ..ModuleSpec::bottom("Unix", "carries octets over a unix socket")
};
