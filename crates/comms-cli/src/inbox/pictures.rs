//! The pictures that came with HTML, to be put into it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use comms::ParsedPart;
use percent_encoding::percent_decode_str;

/// The pictures of a message by their content ids. Each is decoded once, however often it is shown.
pub(crate) struct Pictures<'p, 'm> {
    by_id: BTreeMap<String, Picture<'p, 'm>>,
}

enum Picture<'p, 'm> {
    /// Nobody has asked for it yet.
    Part(&'p ParsedPart<'m>),
    /// A `data:` address (RFC 2397).
    Address(String),
    /// It is no picture, or so large that no page may have it.
    Nothing,
}

impl<'p, 'm> Pictures<'p, 'm> {
    /// Those among `parts`; of several with one id the first.
    pub(crate) fn of(parts: &'p [ParsedPart<'m>]) -> Self {
        let mut by_id = BTreeMap::new();
        for part in parts {
            if let Some(id) = part.content_id() {
                by_id.entry(id).or_insert(Picture::Part(part));
            }
        }
        Self { by_id }
    }

    /// The address of the picture with this id, as it stands behind `cid:`, if it is no longer than
    /// `room`.
    pub(crate) fn address(&mut self, id: &str, room: usize) -> Option<&str> {
        let id = percent_decode_str(id).decode_utf8().ok()?;
        let picture = self.by_id.get_mut(&*id)?;
        if let Picture::Part(part) = picture {
            *picture = Picture::read(part);
        }
        match picture {
            Picture::Address(address) if address.len() <= room => Some(address),
            _ => None,
        }
    }
}

impl Picture<'_, '_> {
    fn read(part: &ParsedPart<'_>) -> Self {
        let essence = part.essence();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/.+-".contains(c);
        if !essence.starts_with("image/") || !essence.chars().all(plain) {
            return Self::Nothing;
        }
        let octets = part.octets();
        if octets.len() > LARGEST {
            return Self::Nothing;
        }
        Self::Address(format!("data:{essence};base64,{}", STANDARD.encode(octets)))
    }
}

/// A picture of more octets is not shown.
const LARGEST: usize = 16 << 20;
