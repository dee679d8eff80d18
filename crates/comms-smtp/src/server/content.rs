//! Content as a server reads it: to the dot, without the dots that were stuffed (RFC 5321 4.5.2),
//! or a chunk, to its last octet (RFC 3030).

use std::time::Duration;

use comms_core::{Below, Error, Result, StackError};

use crate::server::arriving::Arriving;

/// Whether content came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Reached,
    /// The client went away before.
    Missing,
}

/// Reads to the dot, whatever becomes of the message, in constant memory. The client has `timeout`
/// for each part of it.
pub(crate) fn receive_to_dot(
    message: &mut Arriving,
    timeout: Duration,
    below: &mut dyn Below,
) -> Result<End> {
    let mut held = Vec::with_capacity(HOLD + LONGEST);
    let mut at_line_start = true;
    below.limit(timeout, NEXT_PART);
    loop {
        if held.len() >= HOLD {
            message.write(&held);
            held.clear();
            below.limit(timeout, NEXT_PART);
        }
        let before = held.len();
        let is_line = match below.receive_until(b"\r\n", LONGEST, &mut held) {
            Ok(0) => return Ok(End::Missing),
            Ok(_) => true,
            Err(error) if is_too_long(&error) => {
                receive_part(&mut held, below)?;
                false
            }
            Err(error) => return Err(error),
        };
        let line = held.get(before..).unwrap_or_default();
        if at_line_start && line == b".\r\n" {
            held.truncate(before);
            message.write(&held);
            return Ok(End::Reached);
        }
        if at_line_start && line.first() == Some(&b'.') {
            held.remove(before);
        }
        at_line_start = is_line;
    }
}

/// Reads a chunk of so many octets and none behind it, into `message` or to be forgotten, a block
/// at a time.
pub(crate) fn receive_chunk(
    octets: u64,
    mut message: Option<&mut Arriving>,
    timeout: Duration,
    below: &mut dyn Below,
) -> Result<End> {
    let mut left = octets;
    let mut block = vec![0; usize::try_from(octets).unwrap_or(HOLD).min(HOLD)];
    let mut until_limit = 0;
    while left > 0 {
        if until_limit == 0 {
            below.limit(timeout, NEXT_PART);
            until_limit = HOLD;
        }
        let most = usize::try_from(left).unwrap_or(HOLD).min(until_limit);
        let received = below.receive(block.get_mut(..most).unwrap_or_default())?;
        if received == 0 {
            return Ok(End::Missing);
        }
        if let Some(message) = &mut message {
            message.write(block.get(..received).unwrap_or_default());
        }
        left = left.saturating_sub(received as u64);
        until_limit = until_limit.saturating_sub(received);
    }
    Ok(End::Reached)
}

/// Takes a part of a line that is longer than a line may be. It holds no line end, except perhaps
/// the first half of one at its end, so the rest of the line is no new line.
fn receive_part(held: &mut Vec<u8>, below: &mut dyn Below) -> Result<()> {
    let before = held.len();
    held.resize(before + LONGEST / 2, 0);
    let octets = below.receive(held.get_mut(before..).unwrap_or_default())?;
    held.truncate(before + octets);
    Ok(())
}

/// Whether a line did not end within its limit.
pub(crate) fn is_too_long(error: &Error) -> bool {
    matches!(error.cause::<StackError>(), Some(StackError::TooLong { .. }))
}

const NEXT_PART: &str = "next part of the content";

/// Octets that are gathered for one write to the store, and that are read of a chunk at most.
const HOLD: usize = 64 * 1024;

/// The longest line that is read in one go; longer ones are read in parts.
const LONGEST: usize = 8 * 1024;
