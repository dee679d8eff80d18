//! Octets in both directions as a dialogue: whole lines, and content as a summary. No I/O.

use std::mem;

use comms_core::Piece;
use memchr::memchr;

use crate::trace::spoken::{Spoken, Summary};

/// Who speaks: this end, whose octets go down, or the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Down,
    Up,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Down => Self::Up,
            Self::Up => Self::Down,
        }
    }
}

/// Who is told what was said: a line without its end.
pub(crate) type Tell<'t> = &'t mut dyn FnMut(Side, &str);

/// Makes lines of octets, however they are cut, and tells the content of SMTP and LMTP from their
/// commands. What it keeps is bounded.
#[derive(Debug, Default)]
pub(crate) struct Dialogue {
    /// Who the client is, once anybody spoke.
    client: Option<Side>,
    down: Spoken,
    up: Spoken,
    mode: Mode,
    /// DATA was said: behind a 354 comes content.
    is_data: bool,
    /// Lines of the client since the server last spoke.
    turn: usize,
    /// Lines that are not told one by one.
    summary: Summary,
}

/// What the client says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Mode {
    #[default]
    Commands,
    /// Lines up to a lone dot.
    Content,
    /// So many octets more.
    Chunk(usize),
    /// More lines in a row than anybody reads.
    Endless,
}

impl Dialogue {
    /// Takes octets of one side, and tells what is complete now, line by line.
    pub(crate) fn hear(&mut self, side: Side, piece: &Piece<'_>, tell: Tell<'_>) {
        if self.client.is_some_and(|client| client != side) {
            self.settle(tell);
        }
        let mut rest = piece.octets();
        while !rest.is_empty() {
            let line = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (now, behind) = rest.split_at(line.min(self.room(side)));
            self.spoken(side).push(&piece.same_mark(now));
            let is_chunk_over = self.count(side, now.len());
            if is_chunk_over || now.ends_with(b"\n") {
                let line = mem::take(self.spoken(side));
                self.complete(side, line, tell);
            }
            if is_chunk_over {
                self.settle(tell);
                self.mode = Mode::Commands;
            }
            rest = behind;
        }
    }

    /// Tells what is not complete, and begins anew: nothing follows on it.
    pub(crate) fn end(&mut self, tell: Tell<'_>) {
        self.settle(tell);
        for side in [Side::Down, Side::Up] {
            let line = mem::take(self.spoken(side));
            if !line.is_empty() {
                tell(side, &line.text());
            }
        }
        *self = Self { client: self.client, ..Self::default() };
    }

    /// The most octets that belong together.
    fn room(&self, side: Side) -> usize {
        match self.mode {
            Mode::Chunk(left) if self.client == Some(side) => left,
            _ => usize::MAX,
        }
    }

    /// Counts octets of a chunk; whether it is over.
    fn count(&mut self, side: Side, octets: usize) -> bool {
        match &mut self.mode {
            Mode::Chunk(left) if self.client == Some(side) => {
                *left = left.saturating_sub(octets);
                *left == 0
            }
            _ => false,
        }
    }

    fn complete(&mut self, side: Side, line: Spoken, tell: Tell<'_>) {
        // Who speaks first is the server, and greets with 220; or it was not heard.
        let client = *self
            .client
            .get_or_insert_with(|| if line.begins_with(b"220") { side.other() } else { side });
        if client == side {
            return self.said_by_client(side, line, tell);
        }
        if self.is_data && line.begins_with(b"354") {
            (self.mode, self.is_data) = (Mode::Content, false);
        }
        self.turn = 0;
        tell(side, &line.text());
    }

    fn said_by_client(&mut self, side: Side, line: Spoken, tell: Tell<'_>) {
        match self.mode {
            Mode::Chunk(_) | Mode::Endless => return self.summary.add(line),
            Mode::Content if !line.is_dot() => return self.summary.add(line),
            Mode::Content => self.settle(tell),
            Mode::Commands => {}
        }
        tell(side, &line.text());
        self.turn += 1;
        self.is_data = line.begins_with(b"DATA");
        self.mode = match line.chunk() {
            Some(octets) => Mode::Chunk(octets),
            None if self.turn >= MOST_LINES => Mode::Endless,
            None => Mode::Commands,
        };
    }

    /// Tells the lines so far that are not told one by one.
    fn settle(&mut self, tell: Tell<'_>) {
        if let Some(client) = self.client {
            mem::take(&mut self.summary).tell(&mut |text| tell(client, text));
        }
        if self.mode == Mode::Endless {
            self.mode = Mode::Commands;
        }
    }

    fn spoken(&mut self, side: Side) -> &mut Spoken {
        match side {
            Side::Down => &mut self.down,
            Side::Up => &mut self.up,
        }
    }
}

/// A person may read so many lines of one turn: the commands of a message to a hundred recipients.
const MOST_LINES: usize = 110;

#[cfg(test)]
mod tests {
    use super::Side::{Down, Up};
    use super::*;

    fn told(said: &[(Side, &[u8])], at_a_time: usize) -> Vec<String> {
        let mut dialogue = Dialogue::default();
        let mut lines = Vec::new();
        let mut tell = |side, text: &str| {
            lines.push(format!("{} {text}", if side == Down { "->" } else { "<-" }));
        };
        for (side, octets) in said {
            for some in octets.chunks(at_a_time) {
                dialogue.hear(*side, &Piece::Plain(some), &mut tell);
            }
        }
        dialogue.end(&mut tell);
        lines
    }

    #[test]
    fn content_is_a_summary_however_the_octets_are_cut() {
        let said: [(Side, &[u8]); 7] = [
            (Up, b"220 hi\r\n"),
            (Down, b"MAIL FROM:<a@x.example>\r\nDATA\r\n"),
            (Up, b"250 ok\r\n354 go\r\n"),
            (
                Down,
                b"From: a\r\nTo: b\r\n\r\nMAIL is no command here\r\n..\r\nlast\r\n.\r\nNOOP\r\n",
            ),
            (Up, b"250 1\r\n250 2\r\n"),
            (Down, b"BDAT 11 LAST\r\n\r\nb\r\nDATA\r\nQUIT\r\n"),
            (Up, b"250 3\r\n221 bye\r\n"),
        ];
        let expected = [
            "<- 220 hi",
            "-> MAIL FROM:<a@x.example>",
            "-> DATA",
            "<- 250 ok",
            "<- 354 go",
            "-> From: a",
            "-> … 4 lines more, 38 octets",
            "-> last",
            "-> .",
            "-> NOOP",
            "<- 250 1",
            "<- 250 2",
            "-> BDAT 11 LAST",
            "-> ",
            "-> … 1 line more, 3 octets",
            "-> DATA",
            "-> QUIT",
            "<- 250 3",
            "<- 221 bye",
        ];
        for at_a_time in [1, 2, 3, 7, 1000] {
            assert_eq!(told(&said, at_a_time), expected, "{at_a_time}");
        }
    }

    #[test]
    fn data_that_is_refused_has_no_content() {
        let said: [(Side, &[u8]); 4] = [
            (Up, b"220 hi\r\n"),
            (Down, b"RCPT TO:<b@y.example>\r\nDATA\r\n"),
            (Up, b"550 no\r\n503 no\r\n"),
            (Down, b"RSET\r\n"),
        ];
        assert_eq!(told(&said, 1000).last().unwrap(), "-> RSET");
    }

    #[test]
    fn a_server_hears_the_content() {
        let said: [(Side, &[u8]); 4] = [
            (Down, b"220 hi\r\n"),
            (Up, b"DATA\r\n"),
            (Down, b"354 go\r\n"),
            (Up, b"a\r\nb\r\nc\r\nd\r\n.\r\n"),
        ];
        let told = told(&said, 1000);
        assert_eq!(told[3..], ["<- a", "<- … 2 lines more, 6 octets", "<- d", "<- ."]);
    }

    #[test]
    fn content_of_any_length_takes_no_more_memory_and_is_told_so_far_when_the_server_speaks() {
        let mut dialogue = Dialogue::default();
        let mut lines = Vec::new();
        let mut tell = |_, text: &str| lines.push(text.to_owned());
        dialogue.hear(Up, &Piece::Plain(b"220 hi\r\n"), &mut tell);
        dialogue.hear(Down, &Piece::Plain(b"DATA\r\n"), &mut tell);
        dialogue.hear(Up, &Piece::Plain(b"354 go\r\n"), &mut tell);
        for _ in 0..100 {
            dialogue.hear(Down, &Piece::Plain(&[b'x'; 10_000]), &mut tell);
        }
        dialogue.hear(Down, &Piece::Plain(b"\r\nsecond\r\n"), &mut tell);
        dialogue.hear(Up, &Piece::Plain(b"421 enough\r\n"), &mut tell);
        dialogue.end(&mut tell);
        let long = "x".repeat(256) + "… 999746 more";
        assert_eq!(lines[3..], [long.as_str(), "second", "421 enough"]);
    }

    #[test]
    fn a_turn_without_end_is_a_summary_too() {
        let lines = "RCPT TO:<b@y.example>\r\n".repeat(500);
        let told = told(&[(Up, b"220 hi\r\n"), (Down, lines.as_bytes()), (Up, b"250\r\n")], 4096);
        assert_eq!(told.len(), 1 + MOST_LINES + 3 + 1);
        assert_eq!(told[MOST_LINES + 2], "-> … 388 lines more, 8924 octets");
    }

    #[test]
    fn what_is_not_whole_at_the_end_is_told_as_it_is() {
        assert_eq!(told(&[(Up, b"220 hi\r\n25")], 99), ["<- 220 hi", "<- 25"]);
        assert_eq!(told(&[(Up, b"220 hi\n\0\r\r\n")], 99), ["<- 220 hi\\n", "<- \\x00\\r"]);
    }
}
