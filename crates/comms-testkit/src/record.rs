//! A filter that writes a session down.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use comms_core::{
    Below, CommsModule, ErrorClass, ModuleSpec, Payload, Properties, Receipt, Result,
};

use crate::error::TapeError;
use crate::tape::Tape;
use crate::tape::loosen::Loosen;

/// A filter that writes a session down as a tape: a [`Script`](crate::Script) in its text form,
/// one turn a line, which a [`Replay`](crate::Replay) plays as a peer.
///
/// It sees what passes it: above `Tls` that is plain text. What the client sends as a secret is
/// written as its number, `<secret 24>`, and is any octets when the tape is played; where the server
/// repeats it, asterisks are. A connection that the peer closed ends in `close`, one that broke in
/// `reset`, one in which the client gave waiting up in `stall`; one that could not be made leaves no
/// trace, as no layer above the bottom hears of it. All octets pass unchanged; it can stand anywhere
/// above a bottom.
///
/// With [`Loosen::Smtp`] the tape fits a client that says the same anew: the name in EHLO, SIZE and
/// all content are left open. Octets of the client beyond `most` in one turn are counted and not
/// written, so a tape stays small.
///
/// Properties: `file`, to which the tape is written while it grows (it must not exist), `loosen`
/// (`nothing`, `smtp`), `most` (65536), `times` (false): whether each turn is preceded by its time.
///
/// ```
/// use comms_core::CommsStack;
/// use comms_testkit::{Record, Replay, Script};
///
/// let record = Record::new();
/// let tape = record.handle();
/// let script = Script::new().send("220 ok\r\n").expect("QUIT\r\n").send("221 bye\r\n");
/// let mut stack = CommsStack::builder().layer(record).layer(script).build()?;
/// stack.connect()?;
/// stack.receive(&mut [0; 64])?;
/// stack.send("QUIT\r\n")?;
/// stack.receive(&mut [0; 64])?;
/// stack.disconnect()?;
/// assert_eq!(tape.text(), "S: 220 ok\nC: QUIT\nS: 221 bye\n");
///
/// let mut stack = CommsStack::new(Replay::of(&tape.text())?)?;
/// stack.connect()?;
/// assert_eq!(stack.receive(&mut [0; 64])?, 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Record {
    properties: RecordProperties,
    handle: RecordHandle,
    began: Option<Instant>,
}

comms_core::properties! {
    /// What a [`Record`] can be told.
    #[derive(Debug, Clone)]
    pub struct RecordProperties {
        /// The file that the tape is written to; it must not exist.
        BeforeConnect file: Option<PathBuf> = None,
        /// What is left open.
        BeforeConnect loosen: Loosen = Loosen::Nothing,
        /// The most octets of one turn of the client that are written.
        BeforeConnect most: usize = 65_536,
        /// Whether each turn is preceded by its time, as a comment.
        BeforeConnect times: bool = false,
    }
}

static SPEC: ModuleSpec = ModuleSpec {
    properties: RecordProperties::TABLE,
    ..ModuleSpec::filter("Record", "writes the session down as a tape that can be played")
};

impl Record {
    /// A filter that keeps the tape in memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// A filter that writes the tape to a file, which must not exist.
    pub fn to_file(path: impl AsRef<Path>) -> Self {
        let mut record = Self::new();
        record.properties.file = Some(path.as_ref().to_owned());
        record
    }

    /// Leaves open what differs from one session to the next.
    pub fn loosen(mut self, loosen: Loosen) -> Self {
        self.properties.loosen = loosen;
        self
    }

    /// Precedes each turn by its time since `connect`, as a comment.
    pub fn with_times(mut self) -> Self {
        self.properties.times = true;
        self
    }

    /// The tape, to be looked at while a stack owns the filter, and after.
    pub fn handle(&self) -> RecordHandle {
        self.handle.clone()
    }

    /// Writes something down.
    fn note(&mut self, below: &dyn Below, client: Option<bool>, write: impl FnOnce(&mut Tape)) {
        let mut reel = self.handle.lock();
        if client != Some(false) {
            // What the server left unfinished is written now.
            reel.tape.blot(|octets| below.blot(octets));
        }
        let turns = client.is_some_and(|client| reel.tape.turns(client));
        if let Some(began) = self.began.filter(|_| turns && self.properties.times) {
            let time = below.clock().now().saturating_duration_since(began);
            reel.tape.remark(&format!("{:.3} s", time.as_secs_f64()));
        }
        write(&mut reel.tape);
    }

    /// Brings what was noted into the file.
    fn save(&self) -> Result<()> {
        let mut reel = self.handle.lock();
        let text = reel.tape.take();
        let Some(file) = &mut reel.file else {
            reel.text.push_str(&text);
            return Ok(());
        };
        let written = file.write_all(text.as_bytes());
        written.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: std::io::Error) -> comms_core::Error {
        let path = self.properties.file.clone().unwrap_or_default();
        TapeError { path, source }.into()
    }

    /// Notes what the server said, without what it repeats of our secrets.
    fn note_received(&mut self, octets: &[u8], below: &dyn Below) {
        let blot = |octets: &mut [u8]| below.blot(octets);
        self.note(below, Some(false), |tape| tape.received(octets, blot));
    }

    /// Notes how a receive failed.
    fn note_failure<T>(&mut self, result: &Result<T>, below: &dyn Below) {
        match result.as_ref().map_err(comms_core::Error::class) {
            Err(ErrorClass::Timeout) => self.note(below, None, Tape::nothing_came),
            Err(ErrorClass::Connection) => self.note(below, None, |tape| tape.ended("reset")),
            _ => {}
        }
    }
}

/// The tape that a [`Record`] writes.
#[derive(Clone, Default)]
pub struct RecordHandle {
    reel: Arc<Mutex<Reel>>,
}

#[derive(Default)]
struct Reel {
    tape: Tape,
    text: String,
    file: Option<File>,
}

impl RecordHandle {
    /// The tape so far, of all connections; empty where it goes to a file.
    pub fn text(&self) -> String {
        self.lock().text.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Reel> {
        self.reel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CommsModule for Record {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn properties(&self) -> Option<&dyn Properties> {
        Some(&self.properties)
    }

    fn properties_mut(&mut self) -> Option<&mut dyn Properties> {
        Some(&mut self.properties)
    }

    fn connect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.began = Some(below.clock().now());
        {
            let mut reel = self.handle.lock();
            if let (Some(path), None) = (&self.properties.file, &reel.file) {
                let created = OpenOptions::new().write(true).create_new(true).open(path);
                reel.file = Some(created.map_err(|source| self.failed(source))?);
            }
            reel.tape.loosen = self.properties.loosen;
            reel.tape.most = self.properties.most;
            reel.tape.connected();
        }
        self.save()
    }

    fn send(&mut self, payload: Payload<'_>, below: &mut dyn Below) -> Result<Receipt> {
        let sent = below.send(payload);
        if !payload.is_empty() {
            self.note(below, Some(true), |tape| {
                for piece in payload.pieces() {
                    tape.sent(piece);
                }
            });
        }
        self.note_failure(&sent, below);
        self.save()?;
        sent
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        let received = below.receive(into);
        match received {
            Ok(0) if !into.is_empty() => self.note(below, None, |tape| tape.ended("close")),
            Ok(0) => {}
            Ok(octets) => self.note_received(into.get(..octets).unwrap_or_default(), below),
            Err(_) => self.note_failure(&received, below),
        }
        self.save()?;
        received
    }

    fn receive_until(
        &mut self,
        end: &[u8],
        limit: usize,
        into: &mut Vec<u8>,
        below: &mut dyn Below,
    ) -> Result<usize> {
        let before = into.len();
        let received = below.receive_until(end, limit, into);
        match received {
            Ok(0) => self.note(below, None, |tape| tape.ended("close")),
            Ok(_) => self.note_received(into.get(before..).unwrap_or_default(), below),
            Err(_) => self.note_failure(&received, below),
        }
        self.save()?;
        received
    }

    fn start_tls(&mut self, below: &mut dyn Below) -> Result<()> {
        below.start_tls()?;
        self.note(below, None, |tape| tape.remark("TLS from here on"));
        self.save()
    }

    fn disconnect(&mut self, below: &mut dyn Below) -> Result<()> {
        self.note(below, None, Tape::disconnected);
        self.save()
    }

    fn accept(&mut self, _: &mut dyn Below) -> Result<Box<dyn CommsModule>> {
        let mut record = Self { properties: self.properties.clone(), ..Self::default() };
        record.handle = self.handle.clone();
        Ok(Box::new(record))
    }
}

/// Shows none of the octets.
impl fmt::Debug for RecordHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordHandle").field("written", &self.lock().text.len()).finish()
    }
}
