//! Octets that nothing may alter: in base64, or as they are where that is taken.

use crate::part::place::{Place, transfer_field};
use crate::source::Source;
use crate::stream::Stream;
use crate::write::Transfer;

/// The least that takes the octets as they are written.
pub(crate) fn written_as(to: Transfer) -> Transfer {
    if to == Transfer::Binary { Transfer::Binary } else { Transfer::SevenBit }
}

/// The transfer encoding, and the octets.
///
/// In binary the content ends with its last octet (RFC 3030 3): that of a root part ends the
/// message, and no line end follows.
pub(crate) fn walk<S: Stream>(
    source: &Source,
    place: Place,
    to: Transfer,
    stream: &mut S,
) -> Result<(), S::Error> {
    if to != Transfer::Binary {
        transfer_field("base64", stream)?;
        return stream.base64(source);
    }
    transfer_field("binary", stream)?;
    stream.binary(source)?;
    match place {
        Place::Root => Ok(()),
        // This line end belongs to the boundary.
        Place::Within => stream.octets(b"\r\n"),
    }
}
