//! A header field of a received message.

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::Offset;
use mail_parser::HeaderValue;
use mail_parser::parsers::MessageStream;

use crate::address::scanner::is_control;
use crate::header::date::Date;
use crate::parsed::correspondent::Correspondent;

/// A header field as it was received: its name, and its value decoded or as it came.
///
/// ```
/// use comms_mime::ParsedMessage;
///
/// let message = ParsedMessage::new(&b"Subject: =?utf-8?q?caf=C3=A9?=\r\n\r\n"[..])?;
/// let subject = message.header("subject").unwrap();
/// assert_eq!((subject.name(), subject.value().as_str()), ("Subject", "café"));
/// assert_eq!(subject.raw(), b" =?utf-8?q?caf=C3=A9?=");
/// # Ok::<(), comms_mime::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedHeader<'m> {
    name: &'m str,
    raw: &'m [u8],
}

impl<'m> ParsedHeader<'m> {
    pub(crate) fn new(octets: &'m [u8], place: &Place) -> Self {
        let name = octets.get(place.name.clone()).unwrap_or_default();
        Self { name: str::from_utf8(name).unwrap_or_default(), raw: place.value(octets) }
    }

    /// The name as it was written.
    pub fn name(&self) -> &'m str {
        self.name
    }

    /// The octets behind the colon, folded as they came, without the last line end.
    pub fn raw(&self) -> &'m [u8] {
        self.raw
    }

    /// The value unfolded, with its encoded words decoded. Octets that are no text become U+FFFD.
    pub fn value(&self) -> String {
        let words = self.raw.get(..LONGEST_DECODED).unwrap_or(self.raw);
        if self.raw.len() > LONGEST_DECODED || memchr::memmem::find(words, b"=?").is_none() {
            return self.unfolded();
        }
        match MessageStream::new(&with_line_end(words)).parse_unstructured() {
            HeaderValue::Text(text) => text.trim().to_owned(),
            _ => String::new(),
        }
    }

    /// The message ids in the value, without angle brackets.
    pub fn ids(&self) -> Vec<String> {
        let value = with_line_end(self.raw);
        let ids = match MessageStream::new(&value).parse_id() {
            HeaderValue::Text(id) => vec![id],
            HeaderValue::TextList(ids) => ids,
            _ => Vec::new(),
        };
        let is_plain = |c: char| !is_control(c) && !c.is_whitespace() && c != '\u{fffd}';
        let shown = |id: &Cow<'_, str>| !id.is_empty() && id.chars().all(is_plain);
        ids.into_iter().filter(shown).map(Cow::into_owned).collect()
    }

    /// The point in time that the value is, with its offset.
    pub fn date(&self) -> Option<Date> {
        let value = with_line_end(self.raw.get(..LONGEST_DATE).unwrap_or(self.raw));
        let HeaderValue::DateTime(date) = MessageStream::new(&value).parse_date() else {
            return None;
        };
        if !date.is_valid() {
            return None;
        }
        let east = i32::from(date.tz_hour) * 3600 + i32::from(date.tz_minute) * 60;
        let offset = Offset::from_seconds(if date.tz_before_gmt { -east } else { east }).ok()?;
        let time = Timestamp::from_second(date.to_timestamp()).ok()?;
        Some(Date::from(time.to_zoned(offset.to_time_zone())))
    }

    /// The mailboxes in the value, those of groups among them, and the text of what is none.
    pub fn mailboxes(&self) -> Vec<Correspondent> {
        if self.raw.len() > LONGEST_DECODED {
            return vec![Correspondent::Text(self.unfolded())];
        }
        if memchr::memmem::find(self.raw, b"=?").is_none()
            && let Some(list) = Correspondent::strictly(&self.unfolded())
        {
            return list;
        }
        let value = with_line_end(self.raw);
        let parsed = MessageStream::new(&value).parse_address();
        let found = parsed.as_address().into_iter().flat_map(|addresses| addresses.iter());
        let found = found
            .filter_map(|one| Correspondent::leniently(one.name.as_deref(), one.address.as_deref()))
            .collect::<Vec<_>>();
        match self.unfolded() {
            text if found.is_empty() && !text.is_empty() => vec![Correspondent::Text(text)],
            _ => found,
        }
    }

    /// RFC 5322 2.2.3: without the line ends in it.
    fn unfolded(&self) -> String {
        let mut text = Vec::with_capacity(self.raw.len());
        for piece in self.raw.split(|octet| *octet == b'\n') {
            text.extend_from_slice(piece.strip_suffix(b"\r").unwrap_or(piece));
        }
        String::from_utf8_lossy(text.trim_ascii()).into_owned()
    }
}

/// Where a field lies: its name, and its value without the line end.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
}

impl Place {
    /// Whether the name is this one, whatever the case.
    pub(crate) fn is(&self, octets: &[u8], name: &str) -> bool {
        let own = octets.get(self.name.clone()).unwrap_or_default();
        own.eq_ignore_ascii_case(name.as_bytes())
    }

    pub(crate) fn value<'a>(&self, octets: &'a [u8]) -> &'a [u8] {
        octets.get(self.value.clone()).unwrap_or_default()
    }
}

/// How long the name is, where the line begins a field (RFC 5322 3.6.8, 4.5: blanks may stand
/// before the colon).
pub(crate) fn name_length(line: &[u8]) -> Option<usize> {
    let ftext = |octet: &u8| octet.is_ascii_graphic() && *octet != b':';
    let length = line.iter().take_while(|octet| ftext(octet)).count();
    let behind = line.get(length..)?.trim_ascii_start();
    (length > 0 && behind.first() == Some(&b':')).then_some(length)
}

/// What the parsers of values take.
pub(crate) fn with_line_end(value: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(value.len() + 2);
    line.extend_from_slice(value);
    line.extend_from_slice(b"\r\n");
    line
}

/// Longer values are shown as they are: the search for the end of an encoded word begins anew at
/// each that has none.
const LONGEST_DECODED: usize = 64 * 1024;

/// A date with all its comments.
const LONGEST_DATE: usize = 1024;
