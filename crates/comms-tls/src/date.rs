//! Dates of certificates, as a person writes them.

use rustls_pki_types::UnixTime;

/// `2026-01-02`, in UTC.
pub(crate) fn day(time: UnixTime) -> String {
    let (year, month, day) = civil(time.as_secs() / SECONDS_A_DAY);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a number of days since 1970-01-01: Howard Hinnant's `civil_from_days`,
/// without the dates before.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + DAYS_TO_1970;
    let era = days / DAYS_AN_ERA;
    let of_era = days % DAYS_AN_ERA;
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

const SECONDS_A_DAY: u64 = 86_400;

/// From 0000-03-01, where the calculation begins.
const DAYS_TO_1970: u64 = 719_468;

/// Days in 400 years.
const DAYS_AN_ERA: u64 = 146_097;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn seconds_become_a_day_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_767_323_045, "2026-01-02"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
            (1_735_603_200, "2024-12-31"),
        ] {
            let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            assert_eq!(day(time), expected);
        }
    }

    #[test]
    fn the_farthest_date_is_a_date() {
        assert!(!day(UnixTime::since_unix_epoch(Duration::MAX)).is_empty());
    }
}
