//! What differs from one session to the next one like it.

use crate::scenario::shown;
use crate::tape::line::TapeLine;

comms_core::choice! {
    /// What a [`Record`](crate::Record) leaves open, so that a client that says the same anew finds
    /// the tape to its liking.
    #[derive(Default)]
    pub enum Loosen {
        /// Nothing: every octet is written, and compared.
        #[default]
        Nothing = "nothing",
        /// What differs in SMTP: the client's name in EHLO, the SIZE of a mail, the length of a
        /// chunk, and all content (of which the tape has the length alone).
        Smtp = "smtp",
    }
}

/// What comes behind a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Follows {
    Commands,
    /// Content, if the server agrees.
    Content,
    /// So many octets.
    Chunk(usize),
}

impl Loosen {
    /// A whole line of the client as a script writes it, and what follows it.
    pub(crate) fn line(self, line: &TapeLine) -> (String, Follows) {
        let said = line.octets().strip_suffix(b"\r\n").filter(|_| !line.is_secret());
        let Some(said) = said.filter(|_| self == Self::Smtp) else {
            return (line.text("C"), Follows::Commands);
        };
        let mut words = said.split(|octet| *octet == b' ');
        let verb = words.next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_slice() {
            b"EHLO" | b"HELO" | b"LHLO" => (like(said.get(..5), "*", None), Follows::Commands),
            b"MAIL" => (without_size(said, line), Follows::Commands),
            b"DATA" => (line.text("C"), Follows::Content),
            b"BDAT" => match words.next().and_then(number) {
                Some(octets) => {
                    let last = words.next().map(|word| [b" ", word].concat());
                    (like(said.get(..5), "*", last.as_deref()), Follows::Chunk(octets))
                }
                None => (line.text("C"), Follows::Commands),
            },
            _ => (line.text("C"), Follows::Commands),
        }
    }
}

fn without_size(said: &[u8], line: &TapeLine) -> String {
    let at = said.windows(SIZE.len()).position(|some| some.eq_ignore_ascii_case(SIZE));
    let Some(at) = at.map(|at| at + SIZE.len()) else { return line.text("C") };
    let behind = said.get(at..).unwrap_or_default();
    let end = behind.iter().position(|octet| !octet.is_ascii_digit()).unwrap_or(behind.len());
    like(said.get(..at), "*", behind.get(end..))
}

/// A pattern of plain octets with something between them.
fn like(before: Option<&[u8]>, between: &str, behind: Option<&[u8]>) -> String {
    let plain =
        |octets: Option<&[u8]>| shown::escaped(octets.unwrap_or_default()).replace('*', "\\*");
    format!("C~: {}{between}{}", plain(before), plain(behind))
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

const SIZE: &[u8] = b" SIZE=";
