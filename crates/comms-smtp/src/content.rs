//! The content on its way down: from the writer through the scanner to the layer below, or into
//! chunks.

use std::io;
use std::time::{Duration, Instant};

use comms_core::{Below, Error, Width};
use comms_mime::{BccFilter, Output, Transfer, WriteError};
use thiserror::Error as ThisError;

use crate::dialogue::Dialogue;
use crate::dot::{DotScanner, StrayLineEnd, StrayLineEnds};
use crate::error::SmtpError;
use crate::message::{MessageContent, SmtpMessage};
use crate::step::Step;

/// Sends the content of `message` as DATA has it, up to and without the mark of its end; gives its
/// octets. The time for the whole message runs since `began`.
pub(crate) fn send(
    dialogue: &Dialogue,
    message: &SmtpMessage,
    transfer: Transfer,
    began: Instant,
    below: &mut dyn Below,
) -> Result<Sent, SmtpError> {
    let scanner = DotScanner::new(dialogue.properties.stray_line_ends);
    let pace = Pace::new(dialogue, began, below);
    let mut down = Down { below, scanner, octets: 0, pace };
    write(message, transfer, &mut down).map_err(Refusal::into_error)?;
    let end = down.scanner.finish()?;
    Ok(Sent { end, octets: down.octets + down.scanner.added() })
}

/// As [`send`], for octets that a reader gives: without their blind copies, and in constant memory.
pub(crate) fn send_read(
    dialogue: &Dialogue,
    content: &mut dyn io::Read,
    began: Instant,
    below: &mut dyn Below,
) -> Result<Sent, SmtpError> {
    let is_narrow = below.width() == Width::SevenBit;
    let scanner = DotScanner::new(dialogue.properties.stray_line_ends);
    let pace = Pace::new(dialogue, began, below);
    let mut down = Down { below, scanner, octets: 0, pace };
    let (mut filter, mut kept, mut block) = (BccFilter::default(), Vec::new(), vec![0; BLOCK]);
    loop {
        let read = content.read(&mut block);
        let octets = match read {
            Ok(0) => break,
            Ok(read) => block.get(..read).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(SmtpError::Content { source: Box::new(source) }),
        };
        if is_narrow && !octets.is_ascii() {
            return Err(SmtpError::SevenBit);
        }
        if filter.is_past_head() {
            down.write(octets).map_err(Refusal::into_error)?;
        } else {
            kept.clear();
            filter.push(octets, |octets| kept.extend_from_slice(octets));
            down.write(&kept).map_err(Refusal::into_error)?;
        }
    }
    kept.clear();
    filter.finish(|octets| kept.extend_from_slice(octets));
    down.write(&kept).map_err(Refusal::into_error)?;
    let end = down.scanner.finish()?;
    Ok(Sent { end, octets: down.octets + down.scanner.added() })
}

/// Content that was sent.
pub(crate) struct Sent {
    /// What marks its end.
    pub(crate) end: &'static [u8],
    /// How many octets it had.
    pub(crate) octets: u64,
}

/// Hands the content of `message` to `take` as BDAT has it: line ends are mended, unless octets go
/// as they are, and there are no dots to stuff. Gives its octets.
pub(crate) fn chunks(
    message: &SmtpMessage,
    transfer: Transfer,
    policy: StrayLineEnds,
    mut take: impl FnMut(&[u8]) -> Result<(), Refusal>,
) -> Result<u64, Refusal> {
    if transfer == Transfer::Binary {
        let mut bare = Bare { take, octets: 0 };
        write(message, transfer, &mut bare)?;
        return Ok(bare.octets);
    }
    let mut lines = Lines { take: &mut take, scanner: DotScanner::without_dots(policy), octets: 0 };
    write(message, transfer, &mut lines)?;
    let end = lines.scanner.finish()?;
    let octets = lines.octets + lines.scanner.added();
    take(end)?;
    Ok(octets)
}

/// Writes the content of `message` into `chunk` as BDAT has it; gives its octets.
pub(crate) fn render(
    message: &SmtpMessage,
    transfer: Transfer,
    policy: StrayLineEnds,
    chunk: &mut Vec<u8>,
) -> Result<u64, SmtpError> {
    let gather = |octets: &[u8]| {
        chunk.extend_from_slice(octets);
        Ok(())
    };
    chunks(message, transfer, policy, gather).map_err(Refusal::into_error)
}

fn write(
    message: &SmtpMessage,
    transfer: Transfer,
    out: &mut impl Output<Error = Refusal>,
) -> Result<(), Refusal> {
    let outcome = match message.content() {
        MessageContent::Composed(message) => message.write(out, transfer),
        MessageContent::Raw(message) => message.write(out),
    };
    outcome.map_err(|error| match error {
        WriteError::Output(refusal) => refusal,
        other => Refusal::Content(Box::new(SmtpError::Content { source: Box::new(other) })),
    })
}

/// Where the writer writes for DATA.
struct Down<'a> {
    below: &'a mut dyn Below,
    scanner: DotScanner,
    octets: u64,
    pace: Pace,
}

impl Output for Down<'_> {
    type Error = Refusal;

    fn write(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        self.pace.begin(self.octets, self.below);
        self.octets += octets.len() as u64;
        let below = &mut *self.below;
        let sent = self.scanner.scan(octets, |run| {
            below.send(run.into())?;
            Ok(())
        });
        self.pace.end(self.below);
        sent
    }

    fn write_clean(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        self.pace.begin(self.octets, self.below);
        self.octets += octets.len() as u64;
        let missing = self.scanner.pass(octets)?;
        if !missing.is_empty() {
            self.below.send(missing.into())?;
        }
        self.below.send(octets.into())?;
        self.pace.end(self.below);
        Ok(())
    }
}

/// Where the writer writes for BDAT.
struct Lines<'t, F> {
    take: &'t mut F,
    scanner: DotScanner,
    octets: u64,
}

impl<F: FnMut(&[u8]) -> Result<(), Refusal>> Output for Lines<'_, F> {
    type Error = Refusal;

    fn write(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        self.octets += octets.len() as u64;
        self.scanner.scan(octets, &mut *self.take)
    }

    fn write_clean(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        self.octets += octets.len() as u64;
        let missing = self.scanner.pass(octets)?;
        (self.take)(missing)?;
        (self.take)(octets)
    }
}

/// Where the writer writes octets that go as they are.
struct Bare<F> {
    take: F,
    octets: u64,
}

impl<F: FnMut(&[u8]) -> Result<(), Refusal>> Output for Bare<F> {
    type Error = Refusal;

    fn write(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        self.octets += octets.len() as u64;
        (self.take)(octets)
    }
}

/// How long content may take on its way: that of one block for each write, never longer than the
/// message has, and with a least rate no more than its octets take at that rate, one block's time
/// granted ahead. The time in which the content is made, or read, is not the server's.
#[derive(Debug)]
struct Pace {
    block: Duration,
    /// When the time for the whole message is over.
    last: Option<Instant>,
    rate: Option<u64>,
    /// When the write began that is under way.
    began: Instant,
    /// The time that writes have taken, where there is a least rate.
    taken: Duration,
}

impl Pace {
    fn new(dialogue: &Dialogue, message: Instant, below: &dyn Below) -> Self {
        let total = dialogue.properties.message_timeout;
        Self {
            block: dialogue.budget(Step::Block),
            last: total.and_then(|total| message.checked_add(total)),
            rate: dialogue.properties.minimum_rate.filter(|rate| *rate > 0),
            began: below.clock().now(),
            taken: Duration::ZERO,
        }
    }

    /// Sets the time for a write, before which `sent` octets have gone.
    fn begin(&mut self, sent: u64, below: &mut dyn Below) {
        self.began = below.clock().now();
        let (mut left, mut reason) = (self.block, Step::Block.reason());
        if let Some(rate) = self.rate {
            let earned = Duration::from_secs(sent.div_ceil(rate));
            let slow = self.block.saturating_add(earned).saturating_sub(self.taken);
            if slow < left {
                (left, reason) = (slow, "least rate of data");
            }
        }
        if let Some(last) = self.last {
            let total = last.saturating_duration_since(self.began);
            if total < left {
                (left, reason) = (total, Step::WHOLE);
            }
        }
        below.limit(left, reason);
    }

    /// Counts the time of a write that is over.
    fn end(&mut self, below: &dyn Below) {
        if self.rate.is_some() {
            self.taken += below.clock().now().saturating_duration_since(self.began);
        }
    }
}

/// Why content did not go down.
#[derive(Debug, ThisError)]
pub(crate) enum Refusal {
    #[error("not sent")]
    Unsent(#[source] Error),
    #[error(transparent)]
    Stray(#[from] StrayLineEnd),
    #[error(transparent)]
    Content(Box<SmtpError>),
    /// The server refused a part of it.
    #[error("refused")]
    Refused,
    /// The session is over, and every transaction has been told.
    #[error("over")]
    Over,
}

impl Refusal {
    /// The error that it makes.
    pub(crate) fn into_error(self) -> SmtpError {
        match self {
            Self::Unsent(source) => SmtpError::Unsent { what: "the content".to_owned(), source },
            Self::Stray(stray) => stray.into(),
            Self::Content(error) => *error,
            Self::Refused | Self::Over => SmtpError::Over,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Unsent(error)
    }
}

/// Octets that are read at a time.
const BLOCK: usize = 64 * 1024;
