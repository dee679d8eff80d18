//! The date of a message (RFC 5322 3.3).

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::error::BuildError;

/// A point in time, and the offset in which it is written.
///
/// ```
/// use comms_mime::Date;
///
/// let date = Date::from(jiff::Timestamp::from_second(1_000_000_000)?);
/// assert_eq!(date.rfc5322()?, "Sun, 9 Sep 2001 01:46:40 +0000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date(Zoned);

impl Date {
    /// The present, with the local offset.
    pub fn now() -> Self {
        Date(Zoned::now())
    }

    /// The form of RFC 5322; an error when the year has not four digits.
    pub fn rfc5322(&self) -> Result<String, BuildError> {
        jiff::fmt::rfc2822::to_string(&self.0).map_err(|_| BuildError::Date)
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
