//! A mail server in a test: three lines, for whatever sends mail.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use comms_core::{CommsStack, Result, StackError, Value};
use comms_smtp::{MemoryStore, Received, RunningServer, Served, SmtpServer};
use comms_tcp::Tcp;
use comms_tls::Tls;
use comms_util::Util;

/// A mail server on a port of its own at 127.0.0.1, which keeps what it takes in memory. Start it
/// in a test, send to it by any library, and look at what came.
///
/// ```
/// use comms::TestServer;
/// # fn send_mail(address: std::net::SocketAddr) {
/// #     use std::io::{BufRead, BufReader, Write};
/// #     let mut stream = std::net::TcpStream::connect(address).expect("it listens");
/// #     let mail = "HELO x\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<bob@y.example>\r\nDATA\r\n";
/// #     stream.write_all(mail.as_bytes()).expect("sent");
/// #     let mut replies = BufReader::new(stream.try_clone().expect("a handle")).lines();
/// #     while !replies.next().expect("a reply").expect("read").starts_with("354") {}
/// #     stream.write_all(b"Subject: Hello\r\n\r\nHello Bob\r\n.\r\nQUIT\r\n").expect("sent");
/// # }
///
/// let server = TestServer::start()?;
/// send_mail(server.address()); // the code under test, with any library
/// let mail = server.wait_for(1);
///
/// assert_eq!(mail[0].envelope.recipients[0].to_string(), "bob@y.example");
/// assert!(mail[0].content.starts_with(b"Subject: Hello\r\n"));
/// # Ok::<(), comms::Error>(())
/// ```
///
/// What it refuses, lacks or lets go wrong is up to the [`SmtpServer`] that it is made of:
///
/// ```
/// use comms::{Faults, TestServer};
///
/// let faults = ["rcpt:2:450", "content:1:close-after"].iter().map(|rule| rule.parse());
/// let faults = faults.collect::<Result<Faults, _>>()?;
/// let server = TestServer::start_with(|server| server.with_handler(faults))?;
/// assert!(server.url().starts_with("smtp://127.0.0.1:"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With a certificate it offers STARTTLS, and more is for a [`RunningServer`] over a stack of the
/// test's own. It ends when it is dropped, and its threads with it.
#[must_use = "a server that is dropped is stopped"]
pub struct TestServer {
    server: RunningServer,
    store: MemoryStore,
    address: SocketAddr,
}

impl TestServer {
    /// A server that takes mail for everybody.
    pub fn start() -> Result<Self> {
        Self::start_with(|server| server)
    }

    /// A server to which something is done before it starts: users, a handler, faults, properties.
    pub fn start_with(change: impl FnOnce(SmtpServer) -> SmtpServer) -> Result<Self> {
        Self::over(change, None)
    }

    /// A server that offers STARTTLS, with a certificate and its key in PEM files.
    pub fn start_with_tls(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
        change: impl FnOnce(SmtpServer) -> SmtpServer,
    ) -> Result<Self> {
        Self::over(change, Some(Tls::server(certificate, key)))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as `smtp://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The messages that it has taken so far, oldest first.
    pub fn messages(&self) -> Vec<Received> {
        self.store.messages()
    }

    /// Waits until there are so many messages, and gives all of them; those that came where ten
    /// seconds pass before that.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        self.store.wait_for(count, PATIENCE)
    }

    /// Forgets the messages that it has taken so far.
    pub fn clear(&self) {
        self.store.clear();
    }

    /// Stops, and tells what it has done. A panic of a handler goes on here.
    pub fn stop(self) -> Served {
        self.server.stop()
    }

    fn over(change: impl FnOnce(SmtpServer) -> SmtpServer, tls: Option<Tls>) -> Result<Self> {
        let store = MemoryStore::new();
        let server = change(SmtpServer::new(store.clone()));
        let stack = CommsStack::builder().layer(server).layer(Util::new());
        let tcp = Tcp::new("127.0.0.1", 0);
        let stack = match tls {
            Some(tls) => stack.layer(tls).layer(tcp).build()?,
            None => stack.layer(tcp).build()?,
        };
        let listener = stack.listen()?;
        let local = listener.get("Tcp.local")?.value;
        let address = local.as_ref().and_then(Value::as_text).and_then(|text| text.parse().ok());
        let address = address.ok_or(StackError::NotConnected)?;
        Ok(Self { server: RunningServer::start(listener)?, store, address })
    }
}

impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Whoever waits longer in a test waits in vain.
const PATIENCE: Duration = Duration::from_secs(10);
