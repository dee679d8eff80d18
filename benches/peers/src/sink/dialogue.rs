//! The sink's side of a session: octets in, octets out.

use std::iter;

use memchr::{memchr, memmem::Finder};

use super::count::Count;

/// One session.
///
/// ```text
///             DATA                    BDAT n [LAST]
///  Content <--------- Commands -------------------> Chunk
///     |                ^  |  ^                        |
///     +----------------+  |  +------------------------+
///       CRLF . CRLF       |         n octets
///                         v QUIT
///                        Over
/// ```
#[derive(Debug)]
pub(crate) struct Dialogue {
    state: State,
    transaction: Transaction,
    count: Count,
    /// The reply to EHLO.
    offer: Vec<u8>,
    /// A command whose end has not come yet.
    begun: Vec<u8>,
    end_mark: Finder<'static>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Commands,
    /// So many octets of the end mark were the last that came.
    Content {
        matched: usize,
        octets: u64,
    },
    Chunk {
        left: usize,
        last: bool,
    },
    Over,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Sender,
    Recipients,
    /// Chunks of so many octets came.
    Chunks(u64),
}

impl Dialogue {
    pub(crate) fn new(keywords: &[String]) -> Self {
        let names = iter::once("sink.example").chain(keywords.iter().map(String::as_str));
        let lines = names.enumerate().map(|(at, name)| {
            let mark = if at == keywords.len() { ' ' } else { '-' };
            format!("250{mark}{name}\r\n")
        });
        let offer = lines.collect::<Vec<_>>().concat();
        Self {
            state: State::Commands,
            transaction: Transaction::None,
            count: Count::default(),
            offer: offer.into_bytes(),
            begun: Vec::new(),
            end_mark: Finder::new(END_MARK),
        }
    }

    pub(crate) fn count(&self) -> Count {
        self.count
    }

    pub(crate) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Takes what the client said, and appends the answers to it.
    pub(crate) fn hear(&mut self, mut said: &[u8], answers: &mut Vec<u8>) {
        while !said.is_empty() {
            let taken = match self.state {
                State::Commands => self.command_octets(said, answers),
                State::Content { matched, octets } => self.content(said, matched, octets, answers),
                State::Chunk { left, last } => self.chunk(said, left, last, answers),
                State::Over => return,
            };
            said = said.get(taken..).unwrap_or_default();
        }
    }

    fn command_octets(&mut self, said: &[u8], answers: &mut Vec<u8>) -> usize {
        let Some(end) = memchr(b'\n', said) else {
            self.begun.extend_from_slice(said);
            return said.len();
        };
        let line = said.get(..end).unwrap_or_default();
        if self.begun.is_empty() {
            self.command(line, answers);
        } else {
            let mut whole = std::mem::take(&mut self.begun);
            whole.extend_from_slice(line);
            self.command(&whole, answers);
        }
        end + 1
    }

    fn command(&mut self, line: &[u8], answers: &mut Vec<u8>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match (verb.as_slice(), self.transaction) {
            (b"MAIL", Transaction::None) => self.go_on(Transaction::Sender),
            (b"RCPT", Transaction::Sender | Transaction::Recipients) => {
                self.go_on(Transaction::Recipients)
            }
            (b"DATA", Transaction::Recipients) => {
                // The content begins as if behind the end of a line.
                self.state = State::Content { matched: 2, octets: 0 };
                b"354 go on\r\n"
            }
            (b"BDAT", Transaction::Recipients | Transaction::Chunks(_)) => match chunk(line) {
                Some((left, last)) => {
                    self.state = State::Chunk { left, last };
                    // An empty chunk has no octets that could complete it.
                    self.chunk(&[], left, last, answers);
                    return;
                }
                None => b"501 how many octets?\r\n",
            },
            (b"EHLO", _) => {
                self.transaction = Transaction::None;
                answers.extend_from_slice(&self.offer);
                return;
            }
            (b"HELO" | b"RSET", _) => self.go_on(Transaction::None),
            (b"NOOP", transaction) => self.go_on(transaction),
            (b"QUIT", _) => {
                self.state = State::Over;
                b"221 bye\r\n"
            }
            (b"MAIL" | b"RCPT" | b"DATA" | b"BDAT", _) => b"503 not now\r\n",
            _ => b"500 what?\r\n",
        };
        answers.extend_from_slice(answer);
    }

    fn go_on(&mut self, transaction: Transaction) -> &'static [u8] {
        self.transaction = transaction;
        b"250 ok\r\n"
    }

    fn content(
        &mut self,
        said: &[u8],
        matched: usize,
        octets: u64,
        answers: &mut Vec<u8>,
    ) -> usize {
        match end_of_content(&self.end_mark, matched, said) {
            Ok(end) => {
                self.count.dotted += 1;
                self.count.dotted_octets += octets + end as u64 - LAST_LINE;
                self.state = State::Commands;
                answers.extend_from_slice(self.go_on(Transaction::None));
                end
            }
            Err(matched) => {
                self.state = State::Content { matched, octets: octets + said.len() as u64 };
                said.len()
            }
        }
    }

    fn chunk(&mut self, said: &[u8], left: usize, last: bool, answers: &mut Vec<u8>) -> usize {
        let taken = left.min(said.len());
        let before = if let Transaction::Chunks(octets) = self.transaction { octets } else { 0 };
        let octets = before + taken as u64;
        self.transaction = Transaction::Chunks(octets);
        self.state = State::Chunk { left: left - taken, last };
        if taken == left {
            self.state = State::Commands;
            if last {
                self.count.chunked += 1;
                self.count.chunked_octets += octets;
                self.transaction = Transaction::None;
            }
            answers.extend_from_slice(b"250 ok\r\n");
        }
        taken
    }
}

/// The size of a chunk, and whether it is the last.
fn chunk(line: &[u8]) -> Option<(usize, bool)> {
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace().skip(1);
    let size = words.next()?.parse().ok()?;
    match words.next() {
        None => Some((size, false)),
        Some(word) if word.eq_ignore_ascii_case("LAST") => Some((size, true)),
        Some(_) => None,
    }
}

/// Where in `said` the end mark is over, or how much of one is at the end of it. So many octets of
/// one came `before`.
fn end_of_content(mark: &Finder<'_>, before: usize, said: &[u8]) -> Result<usize, usize> {
    let mut edge = [0; 2 * END_MARK.len()];
    let (begin, more) = (before, said.len().min(END_MARK.len() - 1));
    let seam = END_MARK.iter().take(begin).chain(said.iter().take(more));
    for (to, from) in edge.iter_mut().zip(seam) {
        *to = *from;
    }
    let edge = edge.get(..begin + more).unwrap_or_default();
    if let Some(at) = mark.find(edge) {
        return Ok(at + END_MARK.len() - begin);
    }
    if let Some(at) = mark.find(said) {
        return Ok(at + END_MARK.len());
    }
    let tail = if said.len() < END_MARK.len() { edge } else { said };
    let longest = (0..END_MARK.len()).rev();
    let mut matching =
        longest.filter(|length| END_MARK.get(..*length).is_some_and(|begin| tail.ends_with(begin)));
    Err(matching.next().unwrap_or_default())
}

/// What is said before the client says anything.
pub(crate) const GREETING: &[u8] = b"220 sink.example ESMTP\r\n";

const END_MARK: &[u8] = b"\r\n.\r\n";

/// A dot and the end of its line.
const LAST_LINE: u64 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &[u8] = b"EHLO c\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n..a\r\nb\r\n.\r\n\
        RSET\r\nmail FROM:<a>\r\nRCPT TO:<b>\r\nBDAT 3\r\n.\r\nBDAT 4 LAST\r\n.\r\n\nRSET\r\n\
        MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n.\r\nQUIT\r\nMAIL";

    fn heard(blocks: &[&[u8]]) -> (String, Count, bool) {
        let (mut dialogue, mut answers) = (Dialogue::new(&["SIZE".to_owned()]), Vec::new());
        for block in blocks {
            dialogue.hear(block, &mut answers);
        }
        (String::from_utf8(answers).unwrap(), dialogue.count(), dialogue.is_over())
    }

    #[test]
    fn every_message_is_counted_and_every_command_answered() {
        let (answers, count, over) = heard(&[SESSION]);
        let codes = answers.lines().map(|line| line.get(..4).unwrap()).collect::<String>();
        let expected = "250-250 250 250 354 250 250 250 250 250 250 250 250 250 354 250 221 ";
        assert_eq!(codes, expected);
        let count_expected = Count { dotted: 2, dotted_octets: 8, chunked: 1, chunked_octets: 7 };
        assert_eq!((count, over), (count_expected, true));
    }

    #[test]
    fn it_does_not_matter_how_the_octets_are_cut() {
        let whole = heard(&[SESSION]);
        for first in 0..SESSION.len() {
            for second in first..SESSION.len() {
                let blocks = [&SESSION[..first], &SESSION[first..second], &SESSION[second..]];
                assert_eq!(heard(&blocks), whole, "{first} {second}");
            }
        }
        let single = SESSION.chunks(1).collect::<Vec<_>>();
        assert_eq!(heard(&single), whole);
    }

    #[test]
    fn a_command_out_of_its_order_is_refused() {
        let session =
            b"RCPT TO:<b>\r\nDATA\r\nMAIL FROM:<a>\r\nMAIL FROM:<a>\r\nBDAT 1 LAST\r\nX\r\n";
        let (answers, count, _) = heard(&[session]);
        let codes = answers.lines().map(|line| line.get(..4).unwrap()).collect::<String>();
        assert_eq!(codes, "503 503 250 503 503 500 ");
        assert_eq!(count, Count::default());
    }
}
