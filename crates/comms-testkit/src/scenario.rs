//! The parts of a script: its steps, their text form, and the peer that plays them. No I/O.

pub(crate) mod delivery;
pub(crate) mod heard;
pub(crate) mod outbox;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod player;
pub(crate) mod record;
pub(crate) mod shown;
pub(crate) mod step;
