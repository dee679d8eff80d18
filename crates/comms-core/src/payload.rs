//! What is sent down a stack, and what comes back for it.

use std::any::Any;
use std::fmt;

/// Something other than octets that a module can send: a mail message, say.
pub trait Object: Any + fmt::Debug {
    /// The name of the kind, for errors: `SmtpMessage`.
    fn kind(&self) -> &'static str;
}

/// What one `send` carries.
#[derive(Clone, Copy)]
pub enum Payload<'a> {
    /// Octets.
    Bytes(&'a [u8]),
    /// Octets that no log, trace or error may ever show.
    Secret(&'a [u8]),
    /// Octets in several pieces, each plain or secret, that belong into one write.
    Pieces(&'a [Piece<'a>]),
    /// An object, for a top that takes such objects.
    Object(&'a dyn Object),
}

impl<'a> Payload<'a> {
    /// Number of octets; 0 for an object.
    #[inline]
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(octets) | Self::Secret(octets) => octets.len(),
            Self::Pieces(pieces) => pieces.iter().map(Piece::len).sum(),
            Self::Object(_) => 0,
        }
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && !matches!(self, Self::Object(_))
    }

    /// What it is, for errors: `octets`, or the object's kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Object(object) => object.kind(),
            _ => "octets",
        }
    }

    /// The octets piece by piece, each with its mark; none for an object.
    pub fn pieces(self) -> Pieces<'a> {
        match self {
            Self::Bytes(octets) => Pieces { first: Some(Piece::Plain(octets)), rest: &[] },
            Self::Secret(octets) => Pieces { first: Some(Piece::Secret(octets)), rest: &[] },
            Self::Pieces(pieces) => Pieces { first: None, rest: pieces },
            Self::Object(_) => Pieces { first: None, rest: &[] },
        }
    }

    /// The object as a `T`, if it is one.
    pub fn object<T: Object>(self) -> Option<&'a T> {
        match self {
            Self::Object(object) => (object as &dyn Any).downcast_ref(),
            _ => None,
        }
    }
}

/// Shows plain octets and the size of secret ones.
impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => f.write_str(object.kind()),
            _ => f.debug_list().entries(self.pieces()).finish(),
        }
    }
}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(octets: &'a [u8]) -> Self {
        Self::Bytes(octets)
    }
}

impl<'a> From<&'a Vec<u8>> for Payload<'a> {
    fn from(octets: &'a Vec<u8>) -> Self {
        Self::Bytes(octets)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Payload<'a> {
    fn from(octets: &'a [u8; N]) -> Self {
        Self::Bytes(octets)
    }
}

impl<'a> From<&'a str> for Payload<'a> {
    fn from(text: &'a str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

impl<'a, T: Object> From<&'a T> for Payload<'a> {
    fn from(object: &'a T) -> Self {
        Self::Object(object)
    }
}

/// A run of octets, with its mark.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// May be shown.
    Plain(&'a [u8]),
    /// Must never be shown.
    Secret(&'a [u8]),
}

impl<'a> Piece<'a> {
    /// The octets, whatever the mark: for the wire, never for a person.
    #[inline]
    pub fn octets(&self) -> &'a [u8] {
        match self {
            Self::Plain(octets) | Self::Secret(octets) => octets,
        }
    }

    /// Number of octets.
    #[inline]
    pub fn len(&self) -> usize {
        self.octets().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.octets().is_empty()
    }

    /// Other octets under the same mark: what a filter that alters octets sends on.
    pub fn same_mark<'b>(&self, octets: &'b [u8]) -> Piece<'b> {
        match self {
            Self::Plain(_) => Piece::Plain(octets),
            Self::Secret(_) => Piece::Secret(octets),
        }
    }
}

impl fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(octets) => write!(f, "\"{}\"", octets.escape_ascii()),
            Self::Secret(octets) => write!(f, "<{} secret octets>", octets.len()),
        }
    }
}

/// The pieces of a payload in order.
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    first: Option<Piece<'a>>,
    rest: &'a [Piece<'a>],
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some(piece) = self.first.take() {
            return Some(piece);
        }
        let (piece, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*piece)
    }
}

/// What a module answers to a `send`: that everything was taken and, for an object, its
/// identifier and the module's own typed report.
#[derive(Default)]
pub struct Receipt {
    detail: Option<Box<Detail>>,
}

struct Detail {
    id: String,
    report: Box<dyn Any + Send>,
}

impl Receipt {
    /// All octets were taken; there is no more to say.
    pub const TAKEN: Self = Self { detail: None };

    /// The object known as `id` was sent, and this is the whole report of it.
    pub fn new(id: impl Into<String>, report: impl Any + Send) -> Self {
        Self { detail: Some(Box::new(Detail { id: id.into(), report: Box::new(report) })) }
    }

    /// The identifier of the object that was sent.
    pub fn id(&self) -> Option<&str> {
        self.detail.as_ref().map(|detail| detail.id.as_str())
    }

    /// The module's report, if it is a `T`.
    pub fn report<T: Any>(&self) -> Option<&T> {
        self.detail.as_ref()?.report.downcast_ref()
    }

    /// The module's report, if it is a `T`, to keep.
    pub fn into_report<T: Any>(self) -> Option<T> {
        self.detail?.report.downcast().ok().map(|report| *report)
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Receipt").field(&self.id()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_as_its_size_alone() {
        let pieces =
            [Piece::Plain(b"AUTH PLAIN "), Piece::Secret(b"AGEAYg=="), Piece::Plain(b"\r\n")];
        assert_eq!(
            format!("{:?}", Payload::Pieces(&pieces)),
            r#"["AUTH PLAIN ", <8 secret octets>, "\r\n"]"#
        );
        assert_eq!(format!("{:?}", Payload::Secret(b"x")), "[<1 secret octets>]");
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Letter(u32);

    impl Object for Letter {
        fn kind(&self) -> &'static str {
            "Letter"
        }
    }

    #[derive(Debug)]
    struct Parcel;

    impl Object for Parcel {
        fn kind(&self) -> &'static str {
            "Parcel"
        }
    }

    #[test]
    fn an_object_is_had_back_by_its_type_alone() {
        let letter = Letter(7);
        let payload = Payload::from(&letter);
        assert_eq!(payload.object::<Letter>(), Some(&letter));
        assert!(payload.object::<Parcel>().is_none());
        assert!(Payload::Bytes(b"7").object::<Letter>().is_none());
        assert_eq!((payload.kind(), payload.len(), payload.is_empty()), ("Letter", 0, false));
        assert_eq!(format!("{payload:?}"), "Letter");
        assert_eq!(payload.pieces().count(), 0);
    }

    #[test]
    fn a_receipt_has_the_id_and_the_report_by_its_type() {
        let receipt = Receipt::new("id@x.example", Letter(7));
        assert_eq!(receipt.id(), Some("id@x.example"));
        assert_eq!(receipt.report::<Letter>(), Some(&Letter(7)));
        assert!(receipt.report::<String>().is_none());
        assert_eq!(receipt.into_report::<Letter>(), Some(Letter(7)));
        assert!(Receipt::new("id", Letter(7)).into_report::<String>().is_none());
        assert_eq!((Receipt::TAKEN.id(), Receipt::TAKEN.report::<Letter>()), (None, None));
    }

    #[test]
    fn the_length_is_that_of_all_pieces() {
        let pieces = [Piece::Plain(b"ab"), Piece::Secret(b"c")];
        assert_eq!(Payload::Pieces(&pieces).len(), 3);
        assert!(Payload::Bytes(b"").is_empty());
    }
}
