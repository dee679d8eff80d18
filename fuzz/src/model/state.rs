//! The server's own state: what it has heard, what it makes of it, and what it answers (RFC 5321,
//! RFC 2033, RFC 2920, RFC 3030, RFC 9422).

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
enum Stage {
    #[default]
    Commands,
    Data,
    /// Octets that are missing of the chunk, and whether it is the last.
    Chunk(usize, bool),
}

/// All that the server knows.
#[derive(Debug)]
pub(super) struct State {
    offers: Offers,
    draws: Draws,
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
    stage: Stage,
    input: Vec<u8>,
    /// What of the input was read.
    read: usize,
    output: Vec<u8>,
    content: Vec<u8>,
    sender: Option<String>,
    recipients: Vec<String>,
    /// A chunk was refused: the transaction takes no more (RFC 3030 2).
    failed: bool,
    mails: usize,
    domains: BTreeSet<String>,
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
        if std::env::var_os("TRACE").is_some() {
            eprintln!("CONNECT {:?}", self.rupture);
        } //TRACE
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
        if std::env::var_os("TRACE").is_some() {
            eprintln!("FALL");
        } //TRACE
        if !self.fallen {
            self.breaks += 1;
        }
        self.fallen = true;
    }

    /// The server hangs up, in one of several ways.
    fn end(&mut self) {
        if std::env::var_os("TRACE").is_some() {
            eprintln!("END");
        } //TRACE
        self.break_off();
        let how = self.draws.octet();
        self.resets = how & 1 != 0;
        self.shows = how & 2 != 0;
        if how & 4 != 0 && self.resets {
            self.output.clear();
        }
    }

    fn say_farewell(&mut self) {
        self.say("421 closing");
        self.end();
    }

    fn say(&mut self, text: &str) {
        if std::env::var_os("TRACE").is_some() {
            eprintln!("    S: {text}");
        } //TRACE
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
        if std::env::var_os("TRACE").is_some() {
            eprintln!("C: {}", line.escape_ascii());
        } //TRACE
        match self.stage {
            Stage::Data if line == b".\r\n" => {
                self.stage = Stage::Commands;
                self.judge();
            }
            Stage::Data => self.content.extend(line.strip_prefix(b".").unwrap_or(&line)),
            _ => self.answer(String::from_utf8_lossy(&line).trim_end()),
        }
        true
    }

    /// Does `work` and says `yes`, or not.
    fn follow(&mut self, will: Will, work: impl FnOnce(&mut Self), yes: &str) {
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

    /// As `follow`, where nothing is left to a client after a no.
    fn open(&mut self, will: Will, yes: &str) {
        self.breaks += usize::from(matches!(will, Will::No | Will::Later));
        self.follow(will, Self::forget, yes);
    }

    fn answer(&mut self, line: &str) {
        let will = self.draws.will();
        match line.split(' ').next().unwrap_or_default() {
            "EHLO" | "LHLO" => {
                let keywords = self.keywords();
                self.open(will, &keywords);
            }
            "HELO" => self.open(will, "250 model"),
            "MAIL" => self.hear_mail(line, will),
            "RCPT" => self.hear_rcpt(line, will),
            "DATA" => self.hear_data(will),
            "BDAT" if !self.offers.pretends => {
                let mut words = line.split(' ').skip(1);
                let octets = words.next().and_then(|word| word.parse().ok());
                let octets = octets.expect("the octets of a chunk");
                self.stage = Stage::Chunk(octets, words.next() == Some("LAST"));
            }
            "RSET" => {
                // One that stayed in a transaction after a no to RSET would do as nobody wants it.
                let is_open = self.sender.is_some() && !self.failed;
                let refuses = matches!(will, Will::No | Will::Later);
                let will = if is_open && refuses { Will::Yes } else { will };
                self.open(will, "250 forgotten");
            }
            "NOOP" => self.follow(will, |_| {}, "250 here"),
            "QUIT" => {
                self.say("221 bye");
                self.gone = true;
            }
            // The one line that is no command of ours is content, read as one.
            _ => {
                assert!(self.offers.pretends, "no command: {line:?}");
                self.say("500 what?");
            }
        }
    }

    fn keywords(&self) -> String {
        let Offers { pipelining, chunking, size, limits, .. } = self.offers;
        let mut lines = vec!["250-model".to_owned()];
        let mut offer = |offered: bool, words: &str| {
            if offered {
                lines.push(format!("250-{words}"));
            }
        };
        offer(pipelining, "PIPELINING");
        offer(chunking, "CHUNKING");
        offer(chunking, "BINARYMIME");
        offer(size, "8BITMIME");
        offer(size, "SIZE 1000000");
        let named = ["MAILMAX", "RCPTMAX", "RCPTDOMAINMAX"].iter().zip(limits);
        let named = named.filter(|(_, limit)| *limit > 0);
        let named = named.map(|(name, limit)| format!(" {name}={limit}")).collect::<String>();
        offer(!named.is_empty(), &format!("LIMITS{named}"));
        lines.push("250 HELP".to_owned());
        lines.join("\r\n")
    }

    fn hear_mail(&mut self, line: &str, will: Will) {
        let sender = path(line);
        if self.sender.is_some() {
            return self.say("503 nested");
        }
        let most = usize::from(self.offers.limits[0]);
        assert!(most == 0 || self.mails < most, "more messages than the client knew it takes");
        self.mails += 1;
        let begin = |state: &mut Self| {
            state.forget();
            state.sender = Some(sender);
        };
        self.follow(will, begin, "250-well\r\n250 ok");
    }

    fn hear_rcpt(&mut self, line: &str, will: Will) {
        let recipient = path(line);
        let domain = recipient.rsplit('@').next().unwrap_or_default().to_owned();
        let [_, most, domains] = self.offers.limits.map(usize::from);
        if self.sender.is_none() || self.failed {
            return self.say("503 MAIL first");
        }
        if most > 0 && self.recipients.len() >= most {
            return self.say("452 too many");
        }
        if domains > 0 && self.domains.len() >= domains && !self.domains.contains(&domain) {
            return self.say("452 4.5.3 too many domains");
        }
        let (mut yes, mut moved) = ("250 ok".to_owned(), None);
        if will == Will::Odd {
            match self.draws.octet() {
                0..64 => yes = format!("251 will forward to <f.{recipient}>"),
                64..128 => moved = Some("452 4.5.3 not so many".to_owned()),
                128..160 => moved = Some("452 4.2.2 full".to_owned()),
                how => moved = Some(format!("551 try <{}>", elsewhere(&recipient, how))),
            }
        }
        if let Some(no) = moved {
            self.moods += 1;
            return self.say(&no);
        }
        let take = |state: &mut Self| {
            state.domains.insert(domain);
            state.recipients.push(recipient);
        };
        self.follow(will, take, &yes);
    }

    fn hear_data(&mut self, will: Will) {
        let has_nobody = self.sender.is_none() || self.recipients.is_empty() || self.failed;
        if has_nobody && (self.offers.lmtp || will != Will::Odd) {
            return self.say("503 nobody");
        }
        self.contradictions += usize::from(has_nobody);
        self.follow(will, |state| state.stage = Stage::Data, "354 go on");
    }

    fn hear_chunk(&mut self, last: bool) {
        if self.sender.is_none() || self.recipients.is_empty() || self.failed {
            self.content.clear();
            return self.say("503 nobody");
        }
        if last {
            return self.judge();
        }
        let will = self.draws.will();
        let refuses = matches!(will, Will::No | Will::Later);
        self.follow(will, |_| {}, "250 more");
        if refuses {
            self.failed = true;
            self.content.clear();
        }
    }

    /// The content is there: it is taken for all or, in LMTP, for each, or refused.
    fn judge(&mut self) {
        let content = std::mem::take(&mut self.content);
        let (sender, recipients) = (self.sender.take(), std::mem::take(&mut self.recipients));
        self.failed = false;
        if recipients.is_empty() {
            assert!(content.is_empty(), "content for nobody");
            return self.say("554 nobody");
        }
        let sender = sender.expect("a sender of those recipients");
        let groups = if self.offers.lmtp {
            recipients.iter().map(|one| vec![one.clone()]).collect()
        } else {
            vec![recipients.clone()]
        };
        for group in groups {
            if self.gone || self.fallen {
                return;
            }
            let will = self.draws.will();
            let yes = format!("250 2.0.0 taken as {}", self.taken.len());
            let taken =
                Taken { sender: sender.clone(), recipients: group, content: content.clone() };
            if will == Will::Odd {
                // It refuses the content, and has not forgotten the transaction.
                self.moods += 1;
                self.sender = Some(sender.clone());
                self.recipients = recipients.clone();
                self.failed = self.draws.octet() & 1 != 0;
                self.say("554 5.6.0 no");
            } else {
                self.follow(will, |state| state.taken.push(taken), &yes);
            }
        }
    }

    fn forget(&mut self) {
        self.sender = None;
        self.recipients.clear();
        self.content.clear();
        self.failed = false;
    }
}

/// What stands between the brackets of MAIL or RCPT.
fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.expect("a path").0.to_owned()
}

/// Where the server says that somebody has moved: to an address of the same message, or to none.
fn elsewhere(recipient: &str, how: u8) -> String {
    let (name, domain) = recipient.split_once('@').unwrap_or((recipient, ""));
    let (message, _) = name.split_once('.').unwrap_or((name, ""));
    match how % 4 {
        0 => format!("{name}m@{domain}"),
        1 => format!("{message}.{}@y.example", how / 4 % 6),
        2 => recipient.to_owned(),
        _ => "nowhere".to_owned(),
    }
}
