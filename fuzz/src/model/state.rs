//! The server's own state: what it has heard and not yet read, and what it answers and when.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::draws::{Draws, Rupture, Will};

/// What a server offers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offers {
    /// PIPELINING.
    pub pipelining: bool,
    /// CHUNKING, and BINARYMIME.
    pub chunking: bool,
    /// It offers CHUNKING, and reads content as commands.
    pub pretends: bool,
    /// SIZE and 8BITMIME.
    pub size: bool,
    /// LMTP, with an answer for each recipient.
    pub lmtp: bool,
    /// MAILMAX, RCPTMAX and RCPTDOMAINMAX, where not 0.
    pub limits: [u8; 3],
}

/// A message that the server took for these recipients.
#[derive(Debug, Clone)]
pub struct Taken {
    pub sender: String,
    pub recipients: Vec<String>,
    pub content: Vec<u8>,
}

#[derive(Debug, Default)]
pub(super) enum Stage {
    #[default]
    Commands,
    Data,
    /// Octets that are missing of the chunk, and whether it is the last.
    Chunk(usize, bool),
}

/// How a content has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    InLines,
    InChunks,
}

/// All that the server knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) offers: Offers,
    pub(super) draws: Draws,
    portion: usize,
    pub(super) taken: Vec<Taken>,
    pub(super) connections: usize,
    pub(super) moods: usize,
    pub(super) breaks: usize,
    pub(super) contradictions: usize,

    // What follows is of the connection.
    pub(super) rupture: Rupture,
    pub(super) heard: usize,
    pub(super) answered: usize,
    /// It takes nothing any more.
    pub(super) gone: bool,
    /// It does not tell that it is gone, nor anything else.
    pub(super) fallen: bool,
    /// That it is gone is an error, and not an end.
    pub(super) resets: bool,
    /// That it is gone shows before anything is sent.
    pub(super) shows: bool,
    /// Time until what it says arrives.
    pub(super) late: Duration,
    pub(super) ends: usize,
    pub(super) stage: Stage,
    input: Vec<u8>,
    /// What of the input was read.
    read: usize,
    output: Vec<u8>,
    pub(super) content: Vec<u8>,
    pub(super) sender: Option<String>,
    pub(super) recipients: Vec<String>,
    /// A chunk was refused: the transaction takes no more (RFC 3030 2).
    pub(super) failed: bool,
    pub(super) mails: usize,
    pub(super) domains: BTreeSet<String>,
}

impl State {
    pub(super) fn new(offers: Offers, draws: Draws, portion: usize) -> Self {
        Self {
            offers,
            draws,
            portion,
            taken: Vec::new(),
            connections: 0,
            moods: 0,
            breaks: 0,
            contradictions: 0,
            rupture: Rupture::Nowhere,
            heard: 0,
            answered: 0,
            gone: true,
            fallen: false,
            resets: false,
            shows: false,
            late: Duration::ZERO,
            ends: 0,
            stage: Stage::Commands,
            input: Vec::new(),
            read: 0,
            output: Vec::new(),
            content: Vec::new(),
            sender: None,
            recipients: Vec::new(),
            failed: false,
            mails: 0,
            domains: BTreeSet::new(),
        }
    }

    /// A client comes. Whether it is let in.
    pub(super) fn meet(&mut self) -> bool {
        self.connections += 1;
        let known = Self::new(self.offers, std::mem::take(&mut self.draws), self.portion);
        *self = Self {
            taken: std::mem::take(&mut self.taken),
            connections: self.connections,
            moods: self.moods,
            breaks: self.breaks,
            contradictions: self.contradictions,
            gone: false,
            ..known
        };
        self.rupture = self.draws.rupture();
        match self.draws.will() {
            Will::EndBefore => {
                self.break_off();
                return false;
            }
            will => self.open(will, "220 model"),
        }
        true
    }

    /// The client has gone.
    pub(super) fn part(&mut self) {
        self.gone = true;
        self.output.clear();
    }

    /// A while in which nothing is said.
    pub(super) fn idle(&mut self) {
        match self.draws.will() {
            _ if self.gone || self.fallen => {}
            Will::Farewell | Will::FarewellAfter => self.say_farewell(),
            Will::EndBefore | Will::EndAfter => self.end(),
            Will::FallBefore | Will::FallAfter => self.fall(),
            _ => {}
        }
    }

    /// The connection is over, through nobody's will.
    pub(super) fn break_off(&mut self) {
        self.breaks += 1;
        self.gone = true;
    }

    /// Nothing is done or said any more.
    pub(super) fn fall(&mut self) {
        if !self.fallen {
            self.breaks += 1;
        }
        self.fallen = true;
    }

    /// The server hangs up, in one of several ways.
    pub(super) fn end(&mut self) {
        self.break_off();
        let how = self.draws.octet();
        self.resets = how & 1 != 0;
        self.shows = how & 2 != 0;
        if how & 4 != 0 && self.resets {
            self.output.clear();
        }
    }

    pub(super) fn say_farewell(&mut self) {
        self.say("421 closing");
        self.end();
    }

    pub(super) fn say(&mut self, text: &str) {
        self.output.extend_from_slice(text.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    pub(super) fn has_answers(&self) -> bool {
        !self.output.is_empty() && self.late.is_zero() && self.room() > 0
    }

    /// Octets that may still arrive.
    fn room(&self) -> usize {
        match self.rupture {
            Rupture::Answering(at) | Rupture::Falling(at) => at.saturating_sub(self.answered),
            _ => usize::MAX,
        }
    }

    pub(super) fn answer_into(&mut self, into: &mut [u8]) -> usize {
        let octets = self.output.len().min(into.len()).min(self.portion).min(self.room());
        into[..octets].copy_from_slice(&self.output[..octets]);
        self.output.drain(..octets);
        self.answered += octets;
        octets
    }

    /// Takes octets, and answers all that is whole.
    pub(super) fn hear(&mut self, octets: &[u8]) {
        self.heard += octets.len();
        self.input.extend_from_slice(octets);
        while !self.gone && !self.fallen && self.step() {}
        self.input.drain(..self.read);
        self.read = 0;
    }

    /// Reads one thing; false where it is not whole.
    fn step(&mut self) -> bool {
        let rest = &self.input[self.read..];
        if let Stage::Chunk(missing, last) = self.stage {
            if rest.len() < missing {
                return false;
            }
            self.content.extend_from_slice(&rest[..missing]);
            self.read += missing;
            self.stage = Stage::Commands;
            self.hear_chunk(last);
            return true;
        }
        let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n").map(|at| at + 2) else {
            return false;
        };
        let line = rest[..end].to_vec();
        self.read += end;
        match self.stage {
            Stage::Data if line == b".\r\n" => {
                self.stage = Stage::Commands;
                self.judge(Came::InLines);
            }
            Stage::Data => self.content.extend(line.strip_prefix(b".").unwrap_or(&line)),
            _ => self.answer(String::from_utf8_lossy(&line).trim_end()),
        }
        true
    }

    /// Does `work` and says `yes`, or not.
    pub(super) fn follow(&mut self, will: Will, work: impl FnOnce(&mut Self), yes: &str) {
        if will != Will::Yes {
            self.moods += 1;
        }
        match will {
            Will::Yes | Will::Odd => {
                work(self);
                self.say(yes);
            }
            Will::No => self.say("550 no"),
            Will::Later => self.say("450 later"),
            Will::Farewell => self.say_farewell(),
            Will::EndBefore => self.end(),
            Will::EndAfter => {
                work(self);
                self.end();
            }
            Will::FallBefore => self.fall(),
            Will::FallAfter => {
                work(self);
                self.fall();
            }
            Will::Late(time) => {
                self.breaks += 1;
                self.late += Duration::from_secs(8 * u64::from(time));
                work(self);
                self.say(yes);
            }
            Will::FarewellAfter => {
                work(self);
                self.say(yes);
                self.say_farewell();
            }
        }
    }
}
