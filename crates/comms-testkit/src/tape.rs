//! A session as text: what a script plays, line by line. No I/O.

pub(crate) mod line;
pub(crate) mod loosen;

use std::mem;

use comms_core::Piece;

use crate::tape::line::TapeLine;
use crate::tape::loosen::{Follows, Loosen};

/// Writes down a session, one turn a line.
#[derive(Default)]
pub(crate) struct Tape {
    pub(crate) loosen: Loosen,
    /// The most octets of one turn of the client that are written; those behind are counted.
    pub(crate) most: usize,
    text: String,
    connections: u64,
    side: Side,
    line: TapeLine,
    mode: Mode,
    /// Octets of the client's turn so far.
    turn: usize,
    /// DATA was said: what follows a 354 is content.
    data: bool,
    /// The last whole line of the server.
    answer: Vec<u8>,
    ended: bool,
    silent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Side {
    #[default]
    Server,
    Client,
}

/// What the client's next octets are.
#[derive(Debug, Default)]
enum Mode {
    #[default]
    Lines,
    /// The content of a mail, up to its lone dot: octets so far, and the last of them.
    Content(usize, Vec<u8>),
    /// So many octets more of a chunk of so many.
    Chunk(usize, usize),
    /// Too many to write: octets so far.
    Counted(usize),
}

impl Tape {
    /// What was written since the last call.
    pub(crate) fn take(&mut self) -> String {
        mem::take(&mut self.text)
    }

    /// A connection begins.
    pub(crate) fn connected(&mut self) {
        if self.connections > 0 {
            self.put("connect");
        }
        self.connections += 1;
        self.ended = false;
        self.silent = false;
        self.side = Side::Server;
        self.data = false;
    }

    /// The client is done with the connection.
    pub(crate) fn disconnected(&mut self) {
        self.end_line();
        if self.silent && !self.ended {
            self.put("stall");
        }
        self.ended = true;
        self.mode = Mode::Lines;
    }

    /// The connection ended: `close`, or `reset`.
    pub(crate) fn ended(&mut self, how: &str) {
        if !self.ended {
            self.end_line();
            self.put(how);
            self.ended = true;
        }
    }

    /// A receive ended by its deadline.
    pub(crate) fn nothing_came(&mut self) {
        self.silent = true;
    }

    /// Something that a reader should know, and no script plays.
    pub(crate) fn remark(&mut self, words: &str) {
        self.end_line();
        self.put(&format!("# {words}"));
    }

    /// Whether this is said by the other side than what was said last.
    pub(crate) fn turns(&self, client: bool) -> bool {
        client != (self.side == Side::Client)
    }

    /// Has `blot` overwrite what nobody may see in the line that the server has begun.
    pub(crate) fn blot(&mut self, blot: impl Fn(&mut [u8])) {
        if self.side == Side::Server {
            blot(self.line.octets_mut());
        }
    }

    /// The server said something, of which `blot` overwrites in each line what nobody may see.
    pub(crate) fn received(&mut self, octets: &[u8], blot: impl Fn(&mut [u8])) {
        if octets.is_empty() || self.ended {
            return;
        }
        self.silent = false;
        self.turn_to(Side::Server);
        for run in octets.split_inclusive(|octet| *octet == b'\n') {
            self.line.push(&Piece::Plain(run));
            if run.ends_with(b"\n") {
                blot(self.line.octets_mut());
                self.answer = self.line.octets().to_vec();
                let text = mem::take(&mut self.line).text("S");
                self.put(&text);
            }
        }
    }

    /// The client said something.
    pub(crate) fn sent(&mut self, piece: Piece<'_>) {
        if piece.is_empty() || self.ended {
            return;
        }
        if self.turn_to(Side::Client)
            && mem::take(&mut self.data)
            && self.answer.starts_with(b"354")
        {
            self.mode = Mode::Content(0, b"\r\n".to_vec());
        }
        let mut rest = piece;
        while !rest.is_empty() {
            let used = match &mut self.mode {
                Mode::Lines => self.sent_line(&rest),
                Mode::Content(..) => self.sent_content(rest.octets()),
                Mode::Chunk(left, all) => {
                    let used = rest.len().min(*left);
                    *left -= used;
                    if *left == 0 {
                        let words = format!("# {all} octets\ntake *");
                        self.mode = Mode::Lines;
                        self.put(&words);
                    }
                    used
                }
                Mode::Counted(octets) => {
                    *octets += rest.len();
                    rest.len()
                }
            };
            rest = rest.same_mark(rest.octets().get(used.max(1)..).unwrap_or_default());
        }
    }

    /// Takes what belongs to the present line, and writes it where that is whole.
    fn sent_line(&mut self, piece: &Piece<'_>) -> usize {
        let octets = piece.octets();
        let end = octets.iter().position(|octet| *octet == b'\n').map(|at| at + 1);
        let used = end.unwrap_or(octets.len());
        if self.turn >= self.most {
            self.end_line();
            self.mode = Mode::Counted(0);
            return self.count(octets.len());
        }
        self.turn += used;
        self.line.push(&piece.same_mark(octets.get(..used).unwrap_or_default()));
        if end.is_some() {
            let line = mem::take(&mut self.line);
            let (text, follows) = self.loosen.line(&line);
            self.put(&text);
            match follows {
                Follows::Commands => {}
                Follows::Content => self.data = true,
                Follows::Chunk(0) => self.put("take *"),
                Follows::Chunk(octets) => self.mode = Mode::Chunk(octets, octets),
            }
        }
        used
    }

    fn count(&mut self, octets: usize) -> usize {
        if let Mode::Counted(all) = &mut self.mode {
            *all += octets;
        }
        octets
    }

    /// Takes what belongs to the content of a mail.
    fn sent_content(&mut self, octets: &[u8]) -> usize {
        let Mode::Content(all, last) = &mut self.mode else { return 0 };
        for (at, octet) in octets.iter().enumerate() {
            *all += 1;
            if last.len() == DOT.len() {
                last.remove(0);
            }
            last.push(*octet);
            if last == DOT {
                // A dot at once has no line before it that the script could see.
                let end = if *all == 3 { "C: .".to_owned() } else { format!("until {UNTIL}") };
                let words = format!("# content, {all} octets\n{end}");
                self.mode = Mode::Lines;
                self.put(&words);
                return at + 1;
            }
        }
        octets.len()
    }

    /// Makes it that side's turn; whether it was not.
    fn turn_to(&mut self, side: Side) -> bool {
        if self.side == side {
            return false;
        }
        self.end_line();
        self.side = side;
        self.turn = 0;
        true
    }

    /// Writes what was said of a line that does not end, and of octets that were counted.
    fn end_line(&mut self) {
        let side = if self.side == Side::Client { "C" } else { "S" };
        let line = mem::take(&mut self.line);
        if !line.octets().is_empty() {
            let text = line.text(side);
            self.put(&text);
        }
        let counted = match mem::take(&mut self.mode) {
            Mode::Counted(octets) | Mode::Content(octets, _) => octets,
            Mode::Chunk(left, all) => all - left,
            Mode::Lines => 0,
        };
        if counted > 0 {
            self.put(&format!("take {counted}"));
        }
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// The end of a mail's content (RFC 5321 4.1.1.4).
const DOT: &[u8] = b"\r\n.\r\n";

const UNTIL: &str = "\\r\\n.\\r\\n";

#[cfg(test)]
mod tests {
    use super::*;

    fn tape(loosen: Loosen) -> Tape {
        let mut tape = Tape { loosen, most: 100, ..Tape::default() };
        tape.connected();
        tape
    }

    #[test]
    fn a_line_is_one_whatever_the_portions_and_what_has_no_end_is_marked() {
        let mut tape = tape(Loosen::Nothing);
        tape.received(b"220 ", |_| {});
        tape.received(b"a\r\n250 \r\n250 ", |_| {});
        for octet in b"EHLO \xff\\ <secret 3>\r\nlone\nNO" {
            tape.sent(Piece::Plain(&[*octet]));
        }
        tape.received(b"421 \x1b\r\n", |_| {});
        tape.ended("close");
        tape.sent(Piece::Plain(b"lost\r\n"));
        tape.disconnected();
        tape.connected();
        tape.received(b"x\r\n", |_| {});
        assert_eq!(
            tape.take(),
            "S: 220 a\nS: 250\\x20\nS=: 250\\x20\nC: EHLO \\xff\\\\ \\x3csecret 3>\nC=: lone\\n\nC=: NO\n\
             S: 421 \\x1b\nclose\nconnect\nS: x\n"
        );
    }

    #[test]
    fn secrets_are_their_number_and_what_is_long_is_counted() {
        let mut tape = tape(Loosen::Nothing);
        tape.sent(Piece::Plain(b"AUTH PLAIN "));
        tape.sent(Piece::Secret(b"AGEA"));
        tape.sent(Piece::Secret(b"Yg=="));
        tape.sent(Piece::Plain(b"\r\n"));
        tape.sent(Piece::Secret(b"cut off"));
        tape.received(b"x\r\n", |_| {});
        tape.sent(Piece::Plain(&[b'y'; 100]));
        tape.sent(Piece::Plain(&[b'y'; 500]));
        tape.sent(Piece::Plain(b"\r\n"));
        tape.nothing_came();
        tape.disconnected();
        let expected = format!(
            "C: AUTH PLAIN <secret 8>\ntake 7\nS: x\nC=: {}\ntake 502\nstall\n",
            "y".repeat(100)
        );
        assert_eq!(tape.take(), expected);
    }

    #[test]
    fn what_differs_between_two_mails_alike_is_not_written() {
        let mut tape = tape(Loosen::Smtp);
        tape.sent(Piece::Plain(b"EHLO here.example\r\n"));
        tape.received(b"250 a\r\n", |_| {});
        tape.sent(Piece::Plain(b"MAIL FROM:<a*@b> SIZE=123 BODY=8BITMIME\r\nDATA\r\n"));
        tape.received(b"250 a\r\n354 go\r\n", |_| {});
        for octet in b"A: b\r\n\r\n..\r\n.\r\nMAIL FROM:<>\r\nDATA\r\n" {
            tape.sent(Piece::Plain(&[*octet]));
        }
        tape.received(b"250 a\r\n354 go\r\n", |_| {});
        tape.sent(Piece::Plain(b".\r\nDATA\r\n"));
        tape.received(b"503 no\r\n", |_| {});
        tape.sent(Piece::Plain(b"BDAT 6\r\n1\r\n2\r\nBDAT 0 LAST\r\nQUIT\r\n"));
        assert_eq!(
            tape.take(),
            "C~: EHLO *\nS: 250 a\nC~: MAIL FROM:<a\\*@b> SIZE=* BODY=8BITMIME\nC: DATA\n\
             S: 250 a\nS: 354 go\n# content, 15 octets\nuntil \\r\\n.\\r\\n\nC: MAIL FROM:<>\n\
             C: DATA\nS: 250 a\nS: 354 go\n# content, 3 octets\nC: .\nC: DATA\nS: 503 no\n\
             C~: BDAT *\n# 6 octets\ntake *\nC~: BDAT * LAST\ntake *\nC: QUIT\n"
        );
    }
}
