//! The handshake: from the first record to a secure channel, or to words that say why not.

use std::time::Duration;

use comms_core::{Below, Error, ErrorClass, Result, StackError};

use crate::error::TlsError;
use crate::heard::Heard;
use crate::options::Start;
use crate::session::Session;

/// Which end of the connection this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// Takes `session` through its handshake, under the deadline that holds below.
pub(crate) fn shake(
    session: &mut Session,
    (side, start): (Side, Start),
    below: &mut dyn Below,
) -> Result<()> {
    let mut heard = Heard::default();
    loop {
        session.write_out(below)?;
        if !session.connection().is_handshaking() {
            // A layer below that holds octets back would hold back the last flight.
            return below.flush();
        }
        let read = session.read_hearing(below, &mut heard);
        if heard.is_plain_text() {
            return Err(plain_text(heard, (side, start), below));
        }
        let octets = read.map_err(|error| silent(error, &heard, (side, start)))?;
        session.open(below).map_err(|error| TlsError::of(error, session.peer()))?;
        if octets == 0 && session.connection().is_handshaking() {
            return Err(TlsError::EndedInHandshake.into());
        }
    }
}

/// Octets that are no TLS. Behind an agreement to start TLS they are somebody's who wants them to
/// be taken for a part of the secure conversation.
fn plain_text(mut heard: Heard, (side, start): (Side, Start), below: &mut dyn Below) -> Error {
    if start == Start::OnRequest {
        return StackError::Injected { octets: heard.len() }.into();
    }
    hear_out(&mut heard, below);
    match side {
        Side::Client => TlsError::PlainGreeting { greeting: heard.line() }.into(),
        Side::Server => TlsError::PlainClient { words: heard.line() }.into(),
    }
}

/// Waits a moment for the rest of the first line; without it, the beginning has to do.
fn hear_out(heard: &mut Heard, below: &mut dyn Below) {
    let left = below.deadline().remaining(below.clock()).ok().flatten();
    below.limit(left.map_or(MOMENT, |left| left.min(MOMENT)), "rest of the greeting");
    let mut some = [0; 80];
    while !heard.has_line() {
        match below.receive(&mut some) {
            Ok(octets) if octets > 0 => heard.add(some.get(..octets).unwrap_or_default()),
            _ => return,
        }
    }
}

/// A server that waits for us to speak first, in plain text, looks like this.
fn silent(error: Error, heard: &Heard, at: (Side, Start)) -> Error {
    let is_silent = error.class() == ErrorClass::Timeout && heard.is_empty();
    if is_silent && at == (Side::Client, Start::Immediately) {
        return TlsError::Silent { source: error }.into();
    }
    error
}

/// Time for the rest of a line whose beginning is there.
const MOMENT: Duration = Duration::from_secs(1);
