//! A part of a received message.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use crate::parsed::field::ParsedHeader;
use crate::parsed::kind::Kind;
use crate::parsed::tree::Node;

/// A part of a received message: the whole of it, a text, a file, or parts within.
///
/// Nothing is decoded before it is asked for.
///
/// ```
/// use comms_mime::ParsedMessage;
///
/// let message = ParsedMessage::new(
///     &b"Content-Type: image/gif; name=a.gif\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lG\r\n"[..],
/// )?;
/// let root = message.root();
/// assert_eq!((root.essence(), root.file_name().as_deref()), ("image/gif", Some("a.gif")));
/// assert_eq!(&*root.octets(), b"GIF");
/// # Ok::<(), comms_mime::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ParsedPart<'m> {
    octets: &'m [u8],
    node: &'m Node,
}

impl<'m> ParsedPart<'m> {
    pub(crate) fn new(octets: &'m [u8], node: &'m Node) -> Self {
        Self { octets, node }
    }

    /// Its header fields, in order.
    pub fn headers(&self) -> impl Iterator<Item = ParsedHeader<'m>> + use<'m> {
        let octets = self.octets;
        self.node.fields.iter().map(move |place| ParsedHeader::new(octets, place))
    }

    /// The first header field of this name, whatever the case.
    pub fn header(&self, name: &str) -> Option<ParsedHeader<'m>> {
        self.headers().find(|header| header.name().eq_ignore_ascii_case(name))
    }

    /// Type and subtype in lower case, `text/plain` where it does not say.
    pub fn essence(&self) -> &'m str {
        self.node.kind.essence()
    }

    /// A parameter of the content type, as `charset`.
    pub fn parameter(&self, name: &str) -> Option<&'m str> {
        self.node.kind.parameter(name)
    }

    /// The parameters of the content type in order, their names in lower case.
    pub fn parameters(&self) -> impl Iterator<Item = (&'m str, &'m str)> + use<'m> {
        self.node.kind.parameters()
    }

    /// `inline`, `attachment` or what else `Content-Disposition` says, in lower case.
    pub fn disposition(&self) -> Option<String> {
        self.placed().map(|kind| kind.essence().to_owned())
    }

    /// The parameters of `Content-Disposition` in order, their names in lower case.
    pub fn disposition_parameters(&self) -> Vec<(String, String)> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        self.placed().iter().flat_map(Kind::parameters).map(owned).collect()
    }

    /// The name of the file that it is, as it was given: it may hold folders and control
    /// characters, and is not to be opened unseen.
    pub fn file_name(&self) -> Option<String> {
        let placed = self.placed();
        let name = placed.as_ref().and_then(|kind| kind.parameter("filename"));
        name.or_else(|| self.parameter("name")).map(str::to_owned)
    }

    /// The content id, without angle brackets.
    pub fn content_id(&self) -> Option<String> {
        self.header("Content-ID")?.ids().into_iter().next()
    }

    /// The encoding that it travelled in, in lower case: `7bit` where it does not say.
    pub fn transfer_encoding(&self) -> String {
        let header = self.header("Content-Transfer-Encoding");
        let name = header.map(|header| header.value().to_ascii_lowercase());
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| "7bit".to_owned())
    }

    /// The octets of the body as they travelled.
    pub fn raw(&self) -> &'m [u8] {
        self.octets.get(self.node.body.clone()).unwrap_or_default()
    }

    /// The octets of the body, decoded; none where they are not in the encoding that they claim.
    pub fn decoded(&self) -> Option<Cow<'m, [u8]>> {
        match self.transfer_encoding().as_str() {
            "base64" => base64_decode(self.raw()).map(Cow::Owned),
            "quoted-printable" => quoted_printable_decode(self.raw()).map(Cow::Owned),
            _ => Some(Cow::Borrowed(self.raw())),
        }
    }

    /// The octets of the body, decoded where that can be done.
    pub fn octets(&self) -> Cow<'m, [u8]> {
        self.decoded().unwrap_or(Cow::Borrowed(self.raw()))
    }

    /// The body as text. What is no character of its charset becomes U+FFFD; a charset that is not
    /// known is taken for UTF-8.
    pub fn text(&self) -> String {
        let octets = self.octets();
        let charset = self.parameter("charset").unwrap_or("utf-8");
        match charset_decoder(charset.trim().as_bytes()) {
            Some(decode) if !is_ascii_superset(charset) || !octets.is_ascii() => decode(&octets),
            _ => String::from_utf8_lossy(&octets).into_owned(),
        }
    }

    /// The parts within, in order.
    pub fn parts(&self) -> impl Iterator<Item = ParsedPart<'m>> + use<'m> {
        let octets = self.octets;
        self.node.children.iter().map(move |node| ParsedPart { octets, node })
    }

    /// Whether it is made of parts.
    pub fn is_multipart(&self) -> bool {
        !self.node.children.is_empty()
    }

    /// Whether it is a message of its own (RFC 2046 5.2.1).
    pub fn is_message(&self) -> bool {
        self.node.kind.is_message()
    }

    /// Whether it says that it is to be kept beside the text.
    pub fn is_attachment(&self) -> bool {
        self.placed().is_some_and(|kind| kind.essence() == "attachment")
    }

    /// Whether it is the same part of the same message.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.node, other.node)
    }

    fn placed(&self) -> Option<Kind> {
        Kind::parse(self.header("Content-Disposition")?.raw())
    }
}

/// Whether ASCII means the same in it as ever. Of those that it is asked of, all do but those of
/// two octets or with escapes.
fn is_ascii_superset(charset: &str) -> bool {
    let charset = charset.trim().to_ascii_lowercase();
    !(charset.starts_with("utf-16") || charset.starts_with("utf-7") || charset.contains("2022"))
}
