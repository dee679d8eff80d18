//! What was said, in the order in which it was said.

use crate::scenario::shown;

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    Client,
    /// The client, in octets that nobody may be shown.
    ClientInSecret,
    Peer,
}

/// What one connection heard.
#[derive(Default)]
pub(crate) struct Record {
    runs: Vec<(Speaker, Vec<u8>)>,
    /// What came for each step that takes octets up to an end, or so many.
    pub(crate) contents: Vec<Vec<u8>>,
    pub(crate) sends: u64,
}

impl Record {
    /// Takes down what somebody said.
    pub(crate) fn note(&mut self, speaker: Speaker, octets: &[u8]) {
        match self.runs.last_mut() {
            Some((last, run)) if *last == speaker => run.extend_from_slice(octets),
            _ => self.runs.push((speaker, octets.to_vec())),
        }
    }

    /// All that the client said.
    pub(crate) fn sent(&self) -> Vec<u8> {
        let runs = self.runs.iter().filter(|(speaker, _)| *speaker != Speaker::Peer);
        runs.flat_map(|(_, run)| run.iter().copied()).collect()
    }

    /// All that the client received.
    pub(crate) fn received(&self) -> Vec<u8> {
        let runs = self.runs.iter().filter(|(speaker, _)| *speaker == Speaker::Peer);
        runs.flat_map(|(_, run)| run.iter().copied()).collect()
    }

    /// The dialogue, a line of text for each line that was said.
    pub(crate) fn text(&self) -> String {
        self.text_without(0)
    }

    /// As [`text`](Self::text), without the client's last `octets`.
    pub(crate) fn text_without(&self, octets: usize) -> String {
        let mut text = String::new();
        let mut line = Line::default();
        let sent = self.runs.iter().filter(|(speaker, _)| *speaker != Speaker::Peer);
        let sent: usize = sent.map(|(_, run)| run.len()).sum();
        let mut left = sent.saturating_sub(octets);
        for (speaker, run) in &self.runs {
            let mut run = run.as_slice();
            if *speaker != Speaker::Peer {
                run = run.get(..left).unwrap_or(run);
                left -= run.len();
            }
            if run.is_empty() {
                continue;
            }
            let side = if *speaker == Speaker::Peer { "S" } else { "C" };
            if line.side != side {
                line.end(&mut text);
                line.side = side;
            }
            if *speaker == Speaker::ClientInSecret {
                line.shown.push_str(&shown::secret(run.len()));
                line.empty = false;
                continue;
            }
            for octets in run.split_inclusive(|octet| *octet == b'\n') {
                line.push(octets);
                if octets.ends_with(b"\n") {
                    line.end(&mut text);
                }
            }
        }
        line.end(&mut text);
        text
    }
}

/// A line of the text on its way.
struct Line {
    side: &'static str,
    shown: String,
    whole: bool,
    empty: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self { side: "", shown: String::new(), whole: false, empty: true }
    }
}

impl Line {
    fn push(&mut self, octets: &[u8]) {
        let text = octets.strip_suffix(b"\r\n");
        self.whole = text.is_some();
        self.empty = false;
        self.shown.push_str(&shown::escaped(text.unwrap_or(octets)));
    }

    /// Writes the line, in the form that stands for octets without a line end where it had none.
    fn end(&mut self, text: &mut String) {
        if !self.empty {
            text.push_str(self.side);
            text.push_str(if self.whole { ": " } else { "=: " });
            text.push_str(&self.shown);
            text.push('\n');
        }
        let side = self.side;
        *self = Self { side, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_a_line_for_each_line_whatever_the_portions() {
        let mut record = Record::default();
        record.note(Speaker::Peer, b"220 a");
        record.note(Speaker::Peer, b"\r\n");
        record.note(Speaker::Client, b"AUTH PLAIN ");
        record.note(Speaker::ClientInSecret, b"AGEAYg==");
        record.note(Speaker::Client, b"\r\nRSET\r\nNO");
        record.note(Speaker::Peer, b"421 \x1b[2J\\\r\n");
        record.note(Speaker::Client, b"lone\nend\r\n");
        assert_eq!(
            record.text(),
            "S: 220 a\nC: AUTH PLAIN <8 secret octets>\nC: RSET\nC=: NO\n\
             S: 421 \\x1b[2J\\\\\nC=: lone\\n\nC: end\n"
        );
        assert_eq!(record.sent(), b"AUTH PLAIN AGEAYg==\r\nRSET\r\nNOlone\nend\r\n");
        assert_eq!(record.received(), b"220 a\r\n421 \x1b[2J\\\r\n");
    }
}
