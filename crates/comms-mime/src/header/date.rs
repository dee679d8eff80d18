//! The date of a message (RFC 5322 3.3).

use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::error::{BuildError, HeaderError};
use crate::header::content_type::excerpt;

/// A point in time, and the offset in which it is written.
///
/// ```
/// use comms_mime::Date;
///
/// let date = Date::from(jiff::Timestamp::from_second(1_000_000_000)?);
/// assert_eq!(date.rfc5322()?, "Sun, 9 Sep 2001 01:46:40 +0000");
///
/// let received: Date = "Tue, 3 Feb 2026 04:05:06 +0500".parse()?;
/// assert_eq!(received.rfc5322()?, "Tue, 3 Feb 2026 04:05:06 +0500");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date(Zoned);

impl Date {
    /// The present, with the local offset.
    pub fn now() -> Self {
        Date(Zoned::now())
    }

    /// The date as people read it in a text: `Sun, 9 Sep 2001 at 01:46 +0000`.
    pub(crate) fn shown(&self) -> String {
        self.0.strftime("%a, %-d %b %Y at %H:%M %z").to_string()
    }

    /// The form of RFC 5322; an error when the year has not four digits.
    pub fn rfc5322(&self) -> Result<String, BuildError> {
        jiff::fmt::rfc2822::to_string(&self.0).map_err(|_| BuildError::Date)
    }
}

/// The form of RFC 5322, with that of RFC 822 (3.3 and 4.3).
impl FromStr for Date {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, HeaderError> {
        let parsed = jiff::fmt::rfc2822::parse(text.trim());
        parsed.map(Date).map_err(|_| HeaderError::Date { value: excerpt(text) })
    }
}

impl From<Zoned> for Date {
    fn from(zoned: Zoned) -> Self {
        Date(zoned)
    }
}

impl From<Timestamp> for Date {
    fn from(timestamp: Timestamp) -> Self {
        Date(timestamp.to_zoned(TimeZone::UTC))
    }
}
