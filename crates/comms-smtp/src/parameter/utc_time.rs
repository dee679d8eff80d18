//! Points in time as RFC 3339 writes them.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::parameter::digits::number;
use crate::parameter::error::ParameterError;

/// A point in time, to the second, in UTC.
///
/// ```
/// use comms_smtp::UtcTime;
///
/// let eve = "2026-12-24T18:00:00+01:00".parse::<UtcTime>()?;
/// assert_eq!(eve.to_string(), "2026-12-24T17:00:00Z");
/// assert!("2026-12-24 18:00".parse::<UtcTime>().is_err());
/// # Ok::<(), comms_smtp::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime {
    /// Since 1970, within the years 0 to 9999.
    seconds: i64,
}

/// A part of a second counts as a whole one.
impl TryFrom<SystemTime> for UtcTime {
    type Error = ParameterError;

    fn try_from(time: SystemTime) -> Result<Self, ParameterError> {
        let wrong = |found| ParameterError::new(WHAT, "a year from 1970 to 9999", found);
        let since = time.duration_since(UNIX_EPOCH).map_err(|_| wrong("one before"))?;
        let whole = i64::try_from(since.as_secs()).ok();
        let seconds = whole.map(|whole| whole.saturating_add((since.subsec_nanos() > 0).into()));
        seconds.and_then(Self::checked).ok_or_else(|| wrong("one after"))
    }
}

impl UtcTime {
    fn checked(seconds: i64) -> Option<Self> {
        (FIRST..=LAST).contains(&seconds).then_some(Self { seconds })
    }
}

/// `2026-12-24T17:00:00Z`.
impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date_of(self.seconds.div_euclid(DAY));
        let of_day = self.seconds.rem_euclid(DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// The `date-time` of RFC 3339 5.6, with any offset. A part of a second counts as a whole one.
impl FromStr for UtcTime {
    type Err = ParameterError;

    fn from_str(text: &str) -> Result<Self, ParameterError> {
        let expected = "the form 2026-12-24T17:00:00Z";
        parsed(text).ok_or_else(|| ParameterError::new(WHAT, expected, text))
    }
}

fn parsed(text: &str) -> Option<UtcTime> {
    let (date, time) = text.split_at_checked(10)?;
    let (clock, rest) = time.strip_prefix(['T', 't'])?.split_at_checked(8)?;
    let [year, month, day] = three(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = three(clock, ':', [2, 2, 2])?;
    let days = days_to(year, month, day);
    let is_date = date_of(days) == (year, month, day);
    // RFC 3339 5.7: a leap second is the sixtieth.
    if !is_date || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (part, offset) = part_of_second(rest)?;
    UtcTime::checked(days * DAY + hour * 3600 + minute * 60 + second + part - seconds_of(offset)?)
}

/// Three numbers of so many digits, with `mark` between them.
fn three(text: &str, mark: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(mark);
    let mut found = [0; 3];
    for (found, digits) in found.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *found = i64::try_from(number(part, digits)?).ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// A second if there is a part of one, and what stands behind it.
fn part_of_second(text: &str) -> Option<(i64, &str)> {
    let Some(text) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = text.find(|c: char| !c.is_ascii_digit()).filter(|end| *end > 0)?;
    let (digits, offset) = text.split_at_checked(end)?;
    Some((i64::from(digits.bytes().any(|digit| digit != b'0')), offset))
}

/// `Z`, `+hh:mm` or `-hh:mm` in seconds.
fn seconds_of(offset: &str) -> Option<i64> {
    if offset.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (sign, clock) = match offset.split_at_checked(1)? {
        ("+", clock) => (1, clock),
        ("-", clock) => (-1, clock),
        _ => return None,
    };
    let [hour, minute, _] = three(&format!("{clock}:00"), ':', [2, 2, 2])?;
    (hour < 24 && minute < 60).then_some(sign * (hour * 3600 + minute * 60))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, counted by years that begin in March,
/// so that the leap day is their last.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = (month + 9) % 12;
    let of_year = (153 * month + 2) / 5 + day - 1;
    era * ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year - TO_1970
}

/// The date that is so many days from 1970-01-01: `days_to` backwards.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + TO_1970;
    let (era, of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let year = year + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

const WHAT: &str = "a date";

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Days of 400 years.
const ERA: i64 = 146_097;

/// Days from 0000-03-01 to 1970-01-01.
const TO_1970: i64 = 719_468;

/// 0000-01-01T00:00:00Z.
const FIRST: i64 = -62_167_219_200;

/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn read(text: &str) -> Option<i64> {
        text.parse::<UtcTime>().map(|time| time.seconds).ok()
    }

    #[test]
    fn points_in_time_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2001-09-09T01:46:40Z", 1_000_000_000),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2038-01-19T03:14:08Z", 2_147_483_648),
            ("0000-01-01T00:00:00Z", FIRST),
            ("9999-12-31T23:59:59Z", LAST),
        ] {
            assert_eq!(read(text), Some(seconds), "{text}");
            assert_eq!(UtcTime { seconds }.to_string(), text);
        }
    }

    #[test]
    fn offsets_parts_of_seconds_and_leap_seconds_are_reckoned() {
        assert_eq!(read("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(read("1969-12-31t23:30:00-00:30"), Some(0));
        assert_eq!(read("1970-01-01t00:00:00.000z"), Some(0));
        assert_eq!(read("1970-01-01T00:00:00.001Z"), Some(1));
        assert_eq!(read("2016-12-31T23:59:60Z"), read("2017-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_date_time_is_refused() {
        for bad in [
            "",
            "2026-12-24",
            "2026-12-24T17:00Z",
            "2026-12-24 17:00:00Z",
            "2026-12-24T17:00:00",
            "2026-12-24T17:00:00.Z",
            "2026-12-24T17:00:00+1:00",
            "2026-12-24T17:00:00+0100",
            "2026-12-24T17:00:00+24:00",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z",
            "+026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Zz",
            "2026-01-01T00:00:00Z\r\n",
            "2026-01-01T00:00:00\0Z",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2026-01-01T00:00:0é",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_system_s_time_is_rounded_up() {
        let at = |millis| UNIX_EPOCH + Duration::from_millis(millis);
        let time = UtcTime::try_from(at(1_000_000_000_001)).unwrap();
        assert_eq!(time.to_string(), "2001-09-09T01:46:41Z");
        let far = UNIX_EPOCH + Duration::from_secs(LAST.unsigned_abs() + 1);
        assert!(UtcTime::try_from(far).is_err());
        assert!(UtcTime::try_from(UNIX_EPOCH - Duration::from_secs(1)).is_err());
    }

    proptest! {
        #[test]
        fn any_point_in_time_is_read_as_it_was_written(seconds in FIRST..=LAST) {
            assert_eq!(read(&UtcTime { seconds }.to_string()), Some(seconds));
        }

        #[test]
        fn any_text_is_a_point_in_time_or_none(text: String) {
            let _ = read(&text);
        }
    }
}
