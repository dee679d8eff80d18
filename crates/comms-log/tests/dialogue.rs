//! The logs of a small dialogue, as whole text.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail anywhere")]

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use comms_core::{
    Below, Clock, CommsModule, CommsStack, Level, ModuleSpec, Payload, Piece, Receipt, Result,
    Severity, StackError,
};
use comms_log::{FileLog, Levels, MemoryLog, memory_logs};

/// A bottom that knows its lines: a reply takes 3.1 ms, and after the last one it hangs up.
#[derive(Debug)]
struct Server(Vec<&'static str>);

static SERVER: ModuleSpec = ModuleSpec::bottom("Server", "answers in order");

impl CommsModule for Server {
    fn spec(&self) -> &'static ModuleSpec {
        &SERVER
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        below.clock().sleep(Duration::from_micros(12_400));
        below.note(Severity::Info, Level::Production, format_args!("connected to 192.0.2.1:25"));
        Ok(())
    }

    fn send(&mut self, _: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        below.clock().sleep(Duration::from_micros(40));
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        below.clock().sleep(Duration::from_micros(3_100));
        if self.0.is_empty() {
            let during = "where a reply was due".to_owned();
            return Err(StackError::Ended { during }.into());
        }
        let reply = self.0.remove(0).as_bytes();
        into[..reply.len()].copy_from_slice(reply);
        Ok(reply.len())
    }
}

/// A top that greets, logs in and sees what comes of it.
#[derive(Debug)]
struct Client;

static CLIENT: ModuleSpec = ModuleSpec::filter("Client", "logs in");

impl CommsModule for Client {
    fn spec(&self) -> &'static ModuleSpec {
        &CLIENT
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        below.limit(Duration::from_secs(30), "login");
        say(below, &[Piece::Plain(b"EHLO me.example\r\n")], "EHLO me.example")?;
        let login = [
            Piece::Plain(b"AUTH PLAIN "),
            Piece::Secret(b"AG1lAGh1bnRlcjI="),
            Piece::Plain(b"\r\n"),
        ];
        say(below, &login, "AUTH PLAIN ...")
    }
}

fn say(below: &mut dyn Below, pieces: &[Piece<'_>], shown: &str) -> Result<()> {
    below.note(Severity::Info, Level::Script, format_args!("{shown}"));
    below.send(Payload::Pieces(pieces))?;
    let mut reply = [0; 200];
    let octets = below.receive(&mut reply)?;
    let reply = String::from_utf8_lossy(&reply[..octets]);
    let severity = if reply.starts_with('5') { Severity::Warn } else { Severity::Info };
    below.note(severity, Level::Script, format_args!("{}", reply.trim_end()));
    Ok(())
}

/// A clock that stands still until somebody sleeps.
#[derive(Debug)]
struct Still(Instant, Mutex<Duration>);

impl Still {
    fn new() -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self(Instant::now(), Mutex::default()))
    }
}

impl Clock for Still {
    fn now(&self) -> Instant {
        self.0 + *self.1.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_763_781_947) + *self.1.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) {
        *self.1.lock().unwrap() += duration;
    }
}

fn stack(replies: &[&'static str]) -> CommsStack {
    let mut stack =
        CommsStack::builder().layer(Client).layer(Server(replies.to_vec())).build().unwrap();
    stack.set_clock(Still::new());
    stack
}

const REPLIES: [&str; 2] = [
    "250-mx.example\r\n250 SIZE 1000\r\n",
    "535 5.7.8 \x1b[31mno\x1b[0m\r\n1970-01-01T00:00:00.000Z\r\n",
];

#[test]
fn a_dialogue_with_all_levels() {
    let mut stack = stack(&REPLIES);
    let log = MemoryLog::new(Levels::ALL);
    stack.watch(&log.clone().into());
    stack.connect().unwrap();
    stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(log.text(), ALL);
}

#[test]
fn a_dialogue_in_the_log_of_each_layer() {
    let mut stack = stack(&REPLIES);
    let logs = memory_logs(&mut stack, Levels::default().with(Level::Pdus));
    stack.connect().unwrap();
    let shown = logs.iter().map(|(layer, log)| format!("{layer}\n{log}\n")).collect::<Vec<_>>();
    assert_eq!(shown.concat(), EACH);
}

#[test]
fn a_file_says_what_memory_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dialogue.log");
    let mut stack = stack(&REPLIES);
    stack.watch(&FileLog::create(&path, Levels::ALL).unwrap().into());
    stack.connect().unwrap();
    stack.receive(&mut [0; 8]).unwrap_err();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), ALL);
}

const ALL: &str = r"2025-11-22T03:25:47.000Z  1   Server   > connect
2025-11-22T03:25:47.012Z  1   Server   connected to 192.0.2.1:25
2025-11-22T03:25:47.012Z  1   Server   < connected in 12.4 ms
2025-11-22T03:25:47.012Z  1   Client   > connect
2025-11-22T03:25:47.012Z  1   Client   EHLO me.example
2025-11-22T03:25:47.012Z  1   Server   > send 17 octets, 30.0 s left -> EHLO me.example\r\n
2025-11-22T03:25:47.012Z  1   Server   < sent in 40 µs
2025-11-22T03:25:47.012Z  1   Server   > receive, 30.0 s left
2025-11-22T03:25:47.015Z  1   Server   < received 31 octets in 3.1 ms <- 250-mx.example\r\n250 SIZE 1000\r\n
2025-11-22T03:25:47.015Z  1   Client   250-mx.example\r\n250 SIZE 1000
2025-11-22T03:25:47.015Z  1   Client   AUTH PLAIN ...
2025-11-22T03:25:47.015Z  1   Server   > send 29 octets, 30.0 s left -> AUTH PLAIN <16 secret octets>\r\n
2025-11-22T03:25:47.015Z  1   Server   < sent in 40 µs
2025-11-22T03:25:47.015Z  1   Server   > receive, 30.0 s left
2025-11-22T03:25:47.018Z  1   Server   < received 49 octets in 3.1 ms <- 535 5.7.8 \x1b[31mno\x1b[0m\r\n1970-01-01T00:00:00.000Z\r\n
2025-11-22T03:25:47.018Z  1 ! Client   535 5.7.8 \x1b[31mno\x1b[0m\r\n1970-01-01T00:00:00.000Z
2025-11-22T03:25:47.018Z  1   Client   < connected in 6.3 ms
2025-11-22T03:25:47.018Z  1   Client   > receive
2025-11-22T03:25:47.018Z  1   Server   > receive
2025-11-22T03:25:47.021Z  1 * Server   < receive failed in 3.1 ms (connection): Server: the peer closed the connection where a reply was due
2025-11-22T03:25:47.021Z  1 * Client   < receive failed in 3.1 ms (connection): Server: the peer closed the connection where a reply was due
";

const EACH: &str = r"Client
2025-11-22T03:25:47.012Z  1   Client   EHLO me.example
2025-11-22T03:25:47.015Z  1   Client   250-mx.example\r\n250 SIZE 1000
2025-11-22T03:25:47.015Z  1   Client   AUTH PLAIN ...
2025-11-22T03:25:47.018Z  1 ! Client   535 5.7.8 \x1b[31mno\x1b[0m\r\n1970-01-01T00:00:00.000Z

Server
2025-11-22T03:25:47.012Z  1   Server   connected to 192.0.2.1:25
2025-11-22T03:25:47.012Z  1   Server   -> EHLO me.example\r\n
2025-11-22T03:25:47.015Z  1   Server   <- 250-mx.example\r\n250 SIZE 1000\r\n
2025-11-22T03:25:47.015Z  1   Server   -> AUTH PLAIN <16 secret octets>\r\n
2025-11-22T03:25:47.018Z  1   Server   <- 535 5.7.8 \x1b[31mno\x1b[0m\r\n1970-01-01T00:00:00.000Z\r\n

";
