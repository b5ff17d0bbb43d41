//! Points in time and lengths of it, written as Python writes them, for the values a module returns.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 60 * 60;

/// `2026-11-23 16:49:46.004512`, UTC: the node's time zone would need a reader of `/etc/localtime`.
pub(crate) fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = date(since.as_secs() / DAY);
    let (hour, minute, second) = clock(since.as_secs() % DAY);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{:06}", since.subsec_micros())
}

/// `0:00:01.004512`, with `N days, ` in front where there are any.
pub(crate) fn duration(length: Duration) -> String {
    let days = match length.as_secs() / DAY {
        0 => String::new(),
        1 => "1 day, ".to_owned(),
        days => format!("{days} days, "),
    };
    let (hour, minute, second) = clock(length.as_secs() % DAY);
    format!("{days}{hour}:{minute:02}:{second:02}.{:06}", length.subsec_micros())
}

fn clock(seconds: u64) -> (u64, u64, u64) {
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Year, month and day of a day since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms",
/// `civil_from_days`).
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let at = |seconds| timestamp(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01 00:00:00.000000");
        assert_eq!(at(951_782_400), "2000-02-29 00:00:00.000000");
        assert_eq!(at(1_767_225_599), "2025-12-31 23:59:59.000000");
    }

    #[test]
    fn lengths_are_written_as_python_writes_them() {
        assert_eq!(duration(Duration::from_micros(3_456)), "0:00:00.003456");
        assert_eq!(duration(Duration::from_secs(2 * DAY + 3 * 3600 + 61)), "2 days, 3:01:01.000000");
    }
}
