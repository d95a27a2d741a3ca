//! When people work: days that share the volume, and hours that share a day.

use jiff::civil::Date;
use jiff::{ToSpan, tz::TimeZone};

use super::dice::Dice;
use crate::error::{Error, Result};

/// Days that the transcripts span.
pub(super) const DAYS: usize = 60;
/// Milliseconds of a minute, an hour and a day.
pub(super) const MINUTE: i64 = 60_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// How often sessions begin in each hour, UTC.
const HOURS: [u64; 24] = [
    1, 0, 0, 0, 0, 1, 3, 10, 30, 55, 60, 48, 22, 42, 58, 56, 46, 30, 12, 9, 14, 12, 6, 2,
];

/// One day of the calendar.
#[derive(Clone, Copy, Debug)]
pub(super) struct WorkDay {
    /// Midnight, in milliseconds since the epoch.
    pub(super) midnight: i64,
    /// Share of the volume, relative to the other days.
    pub(super) weight: u64,
}

/// The days up to and including `end`; weekends are quiet, and volume grows slowly.
pub(super) fn work_days(end: Date, dice: &mut Dice) -> Result<Vec<WorkDay>> {
    let mut days = Vec::with_capacity(DAYS);
    for index in 0..DAYS {
        let before = i64::try_from(DAYS - 1 - index).unwrap_or(0);
        let date = end
            .checked_sub(before.days())
            .map_err(|error| out_of_range(end, &error))?;
        let midnight = date
            .to_zoned(TimeZone::UTC)
            .map_err(|error| out_of_range(end, &error))?
            .timestamp();
        let growth = 100 + index as u64;
        let weight = match date.weekday().to_monday_one_offset() {
            6 | 7 if dice.chance(600) => 0,
            6 | 7 => growth * dice.between(5, 25),
            _ => growth * dice.between(60, 140),
        };
        days.push(WorkDay {
            midnight: midnight.as_millisecond(),
            weight,
        });
    }
    Ok(days)
}

fn out_of_range(end: Date, error: &jiff::Error) -> Error {
    Error::usage(format!("the last day `{end}` is out of range"))
        .cause(error)
        .hint("Choose a day of this century.")
}

/// When a session of a day begins.
pub(super) fn start(day: WorkDay, dice: &mut Dice) -> i64 {
    let hour = i64::try_from(dice.weighted(HOURS.into_iter())).unwrap_or(0);
    let within = i64::try_from(dice.between(0, 3_600_000)).unwrap_or(0);
    day.midnight + hour * HOUR + within
}

/// The instant as transcripts write it, always with three decimals.
pub(super) fn iso(millis: i64) -> String {
    let instant = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{instant:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_three_decimals() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_786_380_941_385), "2026-08-10T16:55:41.385Z");
    }

    #[test]
    fn the_last_day_is_the_end() {
        let days = work_days(jiff::civil::date(2026, 3, 1), &mut Dice::new(1)).expect("in range");
        assert_eq!(days.len(), DAYS);
        assert_eq!(iso(days[DAYS - 1].midnight), "2026-03-01T00:00:00.000Z");
        assert!(days.iter().any(|day| day.weight == 0) && days.iter().any(|day| day.weight > 0));
    }
}
