//! What a script consists of.

use std::fmt;
use std::time::Duration;

use crate::scenario::pattern::Pattern;
use crate::scenario::shown;

/// How a connection breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cut {
    /// The peer closes: the client reads the end.
    Close,
    /// The peer resets: every call of the client fails.
    Reset,
    /// The peer falls silent: it takes what the client sends, and says nothing more.
    Stall,
}

/// The word for it in text forms.
impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Close => "close",
            Self::Reset => "reset",
            Self::Stall => "stall",
        })
    }
}

/// One step of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The peer says this.
    Send(Vec<u8>),
    /// The client has to say this.
    Expect(Expected),
    /// The peer lets so much time pass before it says more.
    Wait(Duration),
    /// The client must have read everything before it goes on.
    Read,
    /// The connection ends here, one way or another.
    End(Cut),
    /// The peer does not let itself be connected to.
    Refuse,
    /// The steps that follow are those of the next connection.
    Connect,
}

/// What a client has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// These octets.
    Exactly(Vec<u8>),
    /// One line that fits.
    Line(Pattern),
    /// Anything up to and including these octets.
    Until(Vec<u8>),
    /// So many octets.
    Count(usize),
    /// As many octets as the last number in the client's last line says.
    Told,
}

/// As the text form writes it, or nearly: line ends are shown.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(octets) => write!(f, "S: {}", shown::quoted(octets)),
            Self::Expect(Expected::Exactly(octets)) => write!(f, "C: {}", shown::quoted(octets)),
            Self::Expect(Expected::Line(pattern)) => write!(f, "C~: {pattern}"),
            Self::Expect(Expected::Until(end)) => write!(f, "until {}", shown::quoted(end)),
            Self::Expect(Expected::Count(count)) => write!(f, "take {count}"),
            Self::Expect(Expected::Told) => f.write_str("take *"),
            Self::Wait(time) => write!(f, "wait {}ms", time.as_millis()),
            Self::Read => f.write_str("read"),
            Self::End(cut) => cut.fmt(f),
            Self::Refuse => f.write_str("refuse"),
            Self::Connect => f.write_str("connect"),
        }
    }
}

/// In words, as the object of "the script expected".
impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(octets) => f.write_str(&shown::quoted(octets)),
            Self::Line(pattern) => write!(f, "a line like {pattern}"),
            Self::Until(end) => write!(f, "octets up to {}", shown::quoted(end)),
            Self::Count(count) => write!(f, "{count} octets"),
            Self::Told => f.write_str("as many octets as the line before says"),
        }
    }
}

impl Expected {
    /// How `octets` fit, when `taken` came for this step before.
    pub(crate) fn compare(&self, taken: &[u8], octets: &[u8]) -> Progress {
        match self {
            Self::Exactly(wanted) => {
                let wanted = wanted.get(taken.len()..).unwrap_or_default();
                let alike = wanted.iter().zip(octets).take_while(|(one, other)| one == other);
                match alike.count() {
                    all if all == wanted.len() => Progress::Whole(all),
                    all if all == octets.len() => Progress::Part,
                    some => Progress::Differs(taken.len() + some),
                }
            }
            Self::Line(pattern) => {
                let Some(end) = octets.iter().position(|octet| *octet == b'\n') else {
                    return Progress::Part;
                };
                let line = [taken, octets.get(..=end).unwrap_or_default()].concat();
                if pattern.fits(&line) { Progress::Whole(end + 1) } else { Progress::Unlike }
            }
            Self::Until(end) => {
                // The end may have begun in what came before.
                let kept = taken.len().min(end.len().saturating_sub(1));
                let tail = taken.get(taken.len() - kept..).unwrap_or_default();
                let joined = [tail, octets].concat();
                let found = joined.windows(end.len().max(1)).position(|window| window == end);
                found.map_or(Progress::Part, |at| Progress::Whole(at + end.len() - kept))
            }
            // The player knows the number, and compares with that.
            Self::Told => Progress::Unlike,
            Self::Count(count) => {
                let wanted = count.saturating_sub(taken.len());
                if octets.len() < wanted { Progress::Part } else { Progress::Whole(wanted) }
            }
        }
    }

    /// Whether it is there before anything is said.
    pub(crate) fn is_nothing(&self) -> bool {
        match self {
            Self::Exactly(octets) | Self::Until(octets) => octets.is_empty(),
            Self::Count(count) => *count == 0,
            Self::Line(_) | Self::Told => false,
        }
    }

    /// Whether what comes is for the test to look at.
    pub(crate) fn keeps(&self) -> bool {
        matches!(self, Self::Until(_) | Self::Count(_) | Self::Told)
    }
}

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All octets belong to it, and more are due.
    Part,
    /// The first so many octets complete it.
    Whole(usize),
    /// The octet at this place, counted from the step's first, is another one.
    Differs(usize),
    /// The line does not fit.
    Unlike,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_found_wherever_it_is_split() {
        let content = b"a.\r\n\r\n..\r\n.\r\nrest";
        let until = Expected::Until(b"\r\n.\r\n".to_vec());
        for at in 0..13 {
            let (taken, octets) = content.split_at(at);
            assert_eq!(until.compare(taken, octets), Progress::Whole(13 - at), "{at}");
        }
        assert_eq!(until.compare(b"a\r\n", b".\r"), Progress::Part);
    }

    #[test]
    fn octets_are_compared_from_where_the_step_stands() {
        let exactly = Expected::Exactly(b"NOOP\r\n".to_vec());
        assert_eq!(exactly.compare(b"", b"NO"), Progress::Part);
        assert_eq!(exactly.compare(b"NO", b"OP\r\nQUIT\r\n"), Progress::Whole(4));
        assert_eq!(exactly.compare(b"NO", b"T"), Progress::Differs(2));
    }
}
