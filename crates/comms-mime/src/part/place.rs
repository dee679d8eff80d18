//! Where a part stands, and the last field of its head.

use crate::stream::Stream;
use crate::write::Transfer;

/// Where a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Root,
    Within,
}

/// Writes the last field of a part's head, and the empty line.
pub(crate) fn transfer_field<S: Stream>(transfer: &str, stream: &mut S) -> Result<(), S::Error> {
    stream.octets(match transfer {
        "7bit" => b"Content-Transfer-Encoding: 7bit\r\n\r\n",
        "8bit" => b"Content-Transfer-Encoding: 8bit\r\n\r\n",
        "binary" => b"Content-Transfer-Encoding: binary\r\n\r\n",
        "quoted-printable" => b"Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        _ => b"Content-Transfer-Encoding: base64\r\n\r\n",
    })
}

/// The transfer encoding of a structure, of which some part needs this (RFC 2045 6.4).
pub(crate) fn identity(written: Transfer) -> &'static str {
    match written {
        Transfer::SevenBit => "7bit",
        Transfer::EightBit => "8bit",
        Transfer::Binary => "binary",
    }
}
