//! Calendar periods in a zone.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

/// What a row of a report covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A calendar day.
    Day,
    /// Seven days from this weekday on.
    Week(Weekday),
    /// A calendar month.
    Month,
}

impl Period {
    /// First day of the period that holds `day`.
    #[must_use]
    pub fn start(self, day: Date) -> Date {
        match self {
            Period::Day => day,
            Period::Week(start) => {
                let since = day.weekday().since(start);
                day.checked_sub(jiff::Span::new().days(since))
                    .unwrap_or(day)
            }
            Period::Month => day.first_of_month(),
        }
    }

    /// Its name: `2026-01-31`, or `2026-01` for a month.
    #[must_use]
    pub fn label(self, start: Date) -> String {
        match self {
            Period::Month => start.strftime("%Y-%m").to_string(),
            Period::Day | Period::Week(_) => start.to_string(),
        }
    }
}

/// Stands for a missing day, as in the marts.
const UNKNOWN: Date = Date::constant(1970, 1, 1);

/// Tells on which day of a zone instants fall; remembers the day it met last.
pub struct Calendar {
    zone: TimeZone,
    /// Beginning and end of the day in µs since the epoch.
    last: Option<(i64, i64, Date)>,
}

impl Calendar {
    /// Days of `zone`.
    #[must_use]
    pub fn new(zone: TimeZone) -> Self {
        Self { zone, last: None }
    }

    /// The day of an instant in µs since the epoch; 1970-01-01 for one without a time.
    pub fn day(&mut self, timestamp: Option<i64>) -> Date {
        let Some(micros) = timestamp else {
            return UNKNOWN;
        };
        if let Some((start, end, day)) = self.last
            && (start..end).contains(&micros)
        {
            return day;
        }
        let Ok(instant) = Timestamp::from_microsecond(micros) else {
            return UNKNOWN;
        };
        let day = instant.to_zoned(self.zone.clone()).date();
        self.last = self.bounds(day).map(|(start, end)| (start, end, day));
        day
    }

    fn bounds(&self, day: Date) -> Option<(i64, i64)> {
        let begin = |day: Date| {
            let zoned = day.to_zoned(self.zone.clone()).ok()?;
            Some(zoned.timestamp().as_microsecond())
        };
        Some((begin(day)?, begin(day.tomorrow().ok()?)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a day")
    }

    fn day(zone: &str, instant: &str) -> String {
        let zone = TimeZone::get(zone).expect("a zone");
        let instant: Timestamp = instant.parse().expect("an instant");
        let micros = Some(instant.as_microsecond());
        let mut calendar = Calendar::new(zone);
        let first = calendar.day(micros);
        assert_eq!(calendar.day(micros), first, "remembered");
        first.to_string()
    }

    #[test]
    fn weeks_start_where_they_are_told() {
        // 2026-11-21 is a Saturday.
        let start = |weekday| Period::Week(weekday).start(date("2026-11-21")).to_string();
        assert_eq!(start(Weekday::Monday), "2026-11-16");
        assert_eq!(start(Weekday::Sunday), "2026-11-15");
        assert_eq!(start(Weekday::Saturday), "2026-11-21");
        assert_eq!(
            Period::Week(Weekday::Monday).start(date("2027-01-01")),
            date("2026-12-28")
        );
        assert_eq!(
            Period::Month.label(Period::Month.start(date("2026-02-28"))),
            "2026-02"
        );
    }

    #[test]
    fn days_are_those_of_the_zone() {
        assert_eq!(day("UTC", "2026-03-29T23:59:59.999999Z"), "2026-03-29");
        // Berlin leaps from 02:00 to 03:00 on 2026-03-29: the day has 23 hours.
        assert_eq!(day("Europe/Berlin", "2026-03-28T22:59:59Z"), "2026-03-28");
        assert_eq!(day("Europe/Berlin", "2026-03-28T23:00:00Z"), "2026-03-29");
        assert_eq!(day("Europe/Berlin", "2026-03-29T21:59:59Z"), "2026-03-29");
        assert_eq!(day("Europe/Berlin", "2026-03-29T22:00:00Z"), "2026-03-30");
        // New York falls back on 2026-11-01: the day has 25 hours.
        assert_eq!(
            day("America/New_York", "2026-11-01T04:00:00Z"),
            "2026-11-01"
        );
        assert_eq!(
            day("America/New_York", "2026-11-02T04:59:59Z"),
            "2026-11-01"
        );
        assert_eq!(day("Asia/Kathmandu", "2026-11-01T18:15:00Z"), "2026-11-02");
    }

    #[test]
    fn what_has_no_time_has_the_unknown_day() {
        let mut calendar = Calendar::new(TimeZone::UTC);
        assert_eq!(calendar.day(None), UNKNOWN);
    }
}
