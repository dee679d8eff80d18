//! The content on its way down: from the writer through the scanner to the layer below.

use comms_core::{Below, Error};
use comms_mime::{Output, Transfer, WriteError};
use thiserror::Error as ThisError;

use crate::dialogue::Dialogue;
use crate::dot::{DotScanner, StrayLineEnd};
use crate::error::SmtpError;
use crate::message::{MessageContent, SmtpMessage};
use crate::step::Step;

/// Sends the content of `message`, up to and without the mark of its end; gives its octets.
pub(crate) fn send(
    dialogue: &Dialogue,
    message: &SmtpMessage,
    transfer: Transfer,
    below: &mut dyn Below,
) -> Result<Sent, SmtpError> {
    let scanner = DotScanner::new(dialogue.properties.stray_line_ends);
    let mut down = Down { dialogue, below, scanner, octets: 0 };
    let outcome = match message.content() {
        MessageContent::Composed(message) => message.write(&mut down, transfer),
        MessageContent::Raw(message) => message.write(&mut down),
    };
    match outcome {
        Ok(()) => {
            let end = down.scanner.finish()?;
            Ok(Sent { end, octets: down.octets + down.scanner.added() })
        }
        Err(WriteError::Output(Refusal::Unsent(source))) => {
            Err(SmtpError::Unsent { what: "the content".to_owned(), source })
        }
        Err(WriteError::Output(Refusal::Stray(stray))) => Err(stray.into()),
        Err(other) => Err(SmtpError::Content { source: Box::new(other) }),
    }
}

/// Content that was sent.
pub(crate) struct Sent {
    /// What marks its end.
    pub(crate) end: &'static [u8],
    /// How many octets it had.
    pub(crate) octets: u64,
}

/// Where the writer writes.
struct Down<'a> {
    dialogue: &'a Dialogue,
    below: &'a mut dyn Below,
    scanner: DotScanner,
    octets: u64,
}

impl Output for Down<'_> {
    type Error = Refusal;

    fn write(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        self.octets += octets.len() as u64;
        self.dialogue.limit(Step::Block, self.below);
        let below = &mut *self.below;
        self.scanner.scan(octets, |run| {
            below.send(run.into())?;
            Ok(())
        })
    }

    fn write_clean(&mut self, octets: &[u8]) -> Result<(), Refusal> {
        self.octets += octets.len() as u64;
        self.dialogue.limit(Step::Block, self.below);
        let missing = self.scanner.pass(octets)?;
        if !missing.is_empty() {
            self.below.send(missing.into())?;
        }
        self.below.send(octets.into())?;
        Ok(())
    }
}

/// Why content did not go down.
#[derive(Debug, ThisError)]
pub(crate) enum Refusal {
    #[error("not sent")]
    Unsent(#[source] Error),
    #[error(transparent)]
    Stray(#[from] StrayLineEnd),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Unsent(error)
    }
}
