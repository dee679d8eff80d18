//! A part that is a file.

use crate::attachment::Attachment;
use crate::part::place::{Place, transfer_field};
use crate::stream::Stream;
use crate::write::Transfer;

/// A file beside the text or within it.
#[derive(Debug, Clone)]
pub(crate) struct FilePart {
    attachment: Attachment,
    disposition: &'static str,
}

impl FilePart {
    /// A file and its disposition (RFC 2183).
    pub(crate) fn new(attachment: Attachment, disposition: &'static str) -> Self {
        FilePart { attachment, disposition }
    }

    /// The file.
    pub(crate) fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    /// Its header fields but for the transfer encoding.
    pub(crate) fn fields(&self) -> String {
        self.attachment.fields(self.disposition)
    }

    /// The least that takes what is written.
    pub(crate) fn written_as(place: Place, to: Transfer) -> Transfer {
        if place.binary(to) { Transfer::Binary } else { Transfer::SevenBit }
    }

    /// The transfer encoding, and the octets.
    pub(crate) fn walk<S: Stream>(
        &self,
        place: Place,
        to: Transfer,
        stream: &mut S,
    ) -> Result<(), S::Error> {
        if place.binary(to) {
            transfer_field("binary", stream)?;
            stream.binary(self.attachment.source())?;
            return stream.octets(b"\r\n");
        }
        transfer_field("base64", stream)?;
        stream.base64(self.attachment.source())
    }
}
