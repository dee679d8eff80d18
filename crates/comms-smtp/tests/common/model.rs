//! A server as a bottom of a stack: it answers in the test's own thread, remembers what it took, and
//! its connection breaks where it is told.

use std::sync::{Arc, Mutex, MutexGuard};

use comms_core::{
    Below, CommsModule, Error, ErrorClass, ModuleSpec, Payload, Receipt, Result, StackError,
};

/// How a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Break {
    /// Sending fails behind so many octets; what was answered by then can be received.
    Sending(usize),
    /// The server hears so many octets, and the rest is lost without a word; then it is gone.
    Hearing(usize),
    /// So many octets of the server's arrive, and then the end.
    Answering(usize),
    /// So many octets of the server's arrive, and then nothing.
    Falling(usize),
    Nowhere,
}

/// What happened, for the test to look at.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The content of each message that was taken.
    pub(crate) taken: Vec<String>,
    pub(crate) connections: usize,
    /// Octets of both directions on the first connection.
    pub(crate) heard: usize,
    pub(crate) answered: usize,
    /// How often the client waited for an answer to what it had sent.
    pub(crate) waits: usize,
}

/// What is said in place of an answer.
#[derive(Debug, Clone, Copy)]
struct Fault {
    at: usize,
    line: &'static str,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Commands,
    Data,
    /// Octets that are missing of the chunk, and whether it is the last.
    Chunk(usize, bool),
}

/// The server.
#[derive(Debug)]
pub(crate) struct Model {
    keywords: &'static str,
    broken: Break,
    fault: Option<Fault>,
    /// What was asked on this connection: commands, and ends of content.
    asked: usize,
    record: Arc<Mutex<Record>>,
    stage: Stage,
    input: Vec<u8>,
    output: Vec<u8>,
    content: Vec<u8>,
    mail: bool,
    recipients: usize,
    heard: usize,
    answered: usize,
    gone: bool,
    spoken_to: bool,
}

impl Model {
    /// A server that offers these keywords, and whose first connection breaks so.
    pub(crate) fn new(keywords: &'static str, broken: Break) -> (Self, Arc<Mutex<Record>>) {
        let record = Arc::<Mutex<Record>>::default();
        let model = Self {
            keywords,
            broken,
            fault: None,
            asked: 0,
            record: Arc::clone(&record),
            stage: Stage::default(),
            input: Vec::new(),
            output: Vec::new(),
            content: Vec::new(),
            mail: false,
            recipients: 0,
            heard: 0,
            answered: 0,
            gone: false,
            spoken_to: false,
        };
        (model, record)
    }

    /// The same, which on its first connection says this to what it is asked at that place, and does
    /// not do it. It closes behind 421.
    pub(crate) fn with_fault(self, at: usize, line: &'static str) -> Self {
        Self { fault: Some(Fault { at, line }), ..self }
    }

    /// Says what the fault has for this place, if it is this place's.
    fn is_faulty(&mut self) -> bool {
        self.asked += 1;
        let here = |fault: &Fault| self.is_first() && fault.at + 1 == self.asked;
        let Some(Fault { line, .. }) = self.fault.filter(here) else { return false };
        self.say(line);
        self.gone = line.starts_with("421");
        true
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap()
    }

    fn say(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    /// Takes octets, and answers all that is whole.
    fn hear(&mut self, octets: &[u8]) {
        self.input.extend_from_slice(octets);
        while !self.gone {
            let end = self.input.windows(2).position(|pair| pair == b"\r\n").map(|at| at + 2);
            match self.stage {
                Stage::Chunk(missing, last) if self.input.len() >= missing => {
                    self.content.extend(self.input.drain(..missing));
                    self.stage = Stage::Commands;
                    let allowed = self.mail && self.recipients > 0;
                    match (allowed, last) {
                        (true, true) => self.judge(),
                        (true, false) => self.say("250 more"),
                        (false, _) => self.say("503 no recipients"),
                    }
                }
                Stage::Chunk(..) => return,
                Stage::Data => {
                    let Some(end) = end else { return };
                    let line = self.input.drain(..end).collect::<Vec<_>>();
                    if line == b".\r\n" {
                        self.stage = Stage::Commands;
                        self.judge();
                    } else {
                        self.content.extend(line.strip_prefix(b".").unwrap_or(&line));
                    }
                }
                Stage::Commands => {
                    let Some(end) = end else { return };
                    let line = self.input.drain(..end).collect::<Vec<_>>();
                    self.answer(std::str::from_utf8(&line).unwrap().trim_end());
                }
            }
        }
    }

    fn answer(&mut self, line: &str) {
        if self.is_faulty() {
            return;
        }
        let word = line.split(' ').next().unwrap();
        match word {
            "EHLO" => {
                let keywords = format!("250-model\r\n{}250 HELP", self.keywords);
                self.say(&keywords);
            }
            "MAIL" if self.mail => self.say("503 nested"),
            "MAIL" => {
                self.mail = true;
                self.content.clear();
                self.say("250 ok");
            }
            "RCPT" if !self.mail => self.say("503 MAIL first"),
            "RCPT" if line.contains("<no") => self.say("550 unknown"),
            "RCPT" => {
                self.recipients += 1;
                self.say("250 ok");
            }
            "DATA" if self.recipients == 0 => self.say("554 no recipients"),
            "DATA" => {
                self.stage = Stage::Data;
                self.say("354 go on");
            }
            "BDAT" => {
                let mut words = line.split(' ').skip(1);
                let octets = words.next().unwrap().parse().unwrap();
                self.stage = Stage::Chunk(octets, words.next() == Some("LAST"));
            }
            "RSET" => {
                self.forget();
                self.say("250 ok");
            }
            "NOOP" => self.say("250 ok"),
            "QUIT" => self.say("221 bye"),
            _ => self.say("500 what?"),
        }
    }

    /// The content is there: it is taken, unless it is spam.
    fn judge(&mut self) {
        let content = String::from_utf8(std::mem::take(&mut self.content)).unwrap();
        self.forget();
        if self.is_faulty() {
            return;
        }
        if content.contains("spam") {
            return self.say("554 spam");
        }
        self.record().taken.push(content);
        self.say("250 taken");
    }

    fn forget(&mut self) {
        self.mail = false;
        self.recipients = 0;
    }

    fn is_first(&self) -> bool {
        self.record().connections == 1
    }

    fn reset() -> Error {
        Error::new(ErrorClass::Connection, "the connection was reset")
    }
}

impl CommsModule for Model {
    fn spec(&self) -> &'static ModuleSpec {
        &SPEC
    }

    fn connect(&mut self, _: &mut dyn Below) -> Result<()> {
        self.record().connections += 1;
        self.stage = Stage::Commands;
        self.forget();
        (self.heard, self.answered, self.gone, self.spoken_to) = (0, 0, false, false);
        self.asked = 0;
        self.input.clear();
        self.output.clear();
        self.say("220 model");
        Ok(())
    }

    fn send(&mut self, payload: Payload<'_>, _: &mut dyn Below) -> Result<Receipt> {
        self.spoken_to = true;
        for piece in payload.pieces() {
            let octets = piece.octets();
            let broken = if self.is_first() { self.broken } else { Break::Nowhere };
            let room = match broken {
                Break::Sending(at) | Break::Hearing(at) => at.saturating_sub(self.heard),
                _ => usize::MAX,
            };
            let taken = room.min(octets.len());
            if !self.gone {
                self.hear(&octets[..taken]);
                self.heard += taken;
            }
            if taken < octets.len() {
                self.gone = true;
                if matches!(broken, Break::Sending(_)) {
                    return Err(Self::reset());
                }
            }
        }
        let heard = self.heard;
        if self.is_first() {
            self.record().heard = heard;
        }
        Ok(Receipt::TAKEN)
    }

    fn receive(&mut self, into: &mut [u8], below: &mut dyn Below) -> Result<usize> {
        if std::mem::take(&mut self.spoken_to) {
            self.record().waits += 1;
        }
        let broken = if self.is_first() { self.broken } else { Break::Nowhere };
        let room = match broken {
            Break::Answering(at) | Break::Falling(at) => at.saturating_sub(self.answered),
            _ => usize::MAX,
        };
        let octets = self.output.len().min(into.len()).min(room);
        if octets == 0 && matches!(broken, Break::Falling(_)) {
            let left = below.deadline().remaining(below.clock())?;
            below.clock().sleep(left.unwrap());
            return Err(below.deadline().passed().into());
        }
        if octets == 0 && room > 0 && !self.gone {
            return Err(StackError::Ended { during: "waiting for nothing".to_owned() }.into());
        }
        into[..octets].copy_from_slice(&self.output[..octets]);
        self.output.drain(..octets);
        self.answered += octets;
        if self.is_first() {
            let answered = self.answered;
            self.record().answered = answered;
        }
        Ok(octets)
    }

    fn flush(&mut self, _: &mut dyn Below) -> Result<()> {
        Ok(())
    }

    fn noop(&mut self, _: &mut dyn Below) -> Result<String> {
        Ok(String::new())
    }

    fn unread(&mut self, _: &mut dyn Below) -> Result<bool> {
        Ok(!self.output.is_empty())
    }
}

static SPEC: ModuleSpec = ModuleSpec::bottom("Model", "a server that remembers what it took");
