//! Periods of time: where they begin and end, and which of them a run of a model covers.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

use crate::error::{Error, Result};
use crate::transform::config::{BatchSize, Microbatch};
use crate::warehouse::literal;

/// From an instant (inclusive) to another (exclusive).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// First instant.
    pub start: Timestamp,
    /// First instant that no longer belongs to it.
    pub end: Timestamp,
}

impl Period {
    /// Whether the instant in `column` lies in the period, as SQL.
    pub(super) fn condition(&self, column: &str) -> String {
        let at = |instant: Timestamp| {
            let text = instant.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string();
            format!("TIMESTAMP {}", literal(&text))
        };
        let (start, end) = (at(self.start), at(self.end));
        format!("{column} >= {start} AND {column} < {end}")
    }

    /// The rows of the period, as a query in parentheses.
    pub(super) fn rows_of(&self, relation: &str, column: &str) -> String {
        format!(
            "(select * from {relation} where {})",
            self.condition(column)
        )
    }
}

impl BatchSize {
    fn span(self, count: i64) -> Span {
        match self {
            BatchSize::Hour => count.hours(),
            BatchSize::Day => count.days(),
            BatchSize::Month => count.months(),
            BatchSize::Year => count.years(),
        }
    }

    /// The beginning of the period `instant` lies in, in UTC.
    fn floor(self, instant: Timestamp) -> DateTime {
        let at = instant.to_zoned(TimeZone::UTC).datetime();
        let with = at.date();
        let date = match self {
            BatchSize::Hour | BatchSize::Day => with,
            BatchSize::Month => with.first_of_month(),
            BatchSize::Year => with.first_of_year(),
        };
        let hour = if self == BatchSize::Hour {
            at.hour()
        } else {
            0
        };
        date.at(hour, 0, 0, 0)
    }

    /// The beginning of the period `count` periods after the one `instant` lies in.
    fn offset(self, instant: Timestamp, count: i64) -> Result<Timestamp> {
        let moved = self.floor(instant).checked_add(self.span(count));
        moved
            .and_then(|at| at.to_zoned(TimeZone::UTC))
            .map(|at| at.timestamp())
            .map_err(|error| Error::project("a period is out of range").cause(error))
    }

    fn ceiling(self, instant: Timestamp) -> Result<Timestamp> {
        let floor = self.offset(instant, 0)?;
        if floor == instant {
            Ok(instant)
        } else {
            self.offset(instant, 1)
        }
    }

    /// `20240917T16` for an hour, `20240917`, `202409`, `2024`.
    pub(in crate::transform) fn id(self, start: Timestamp) -> String {
        let format = match self {
            BatchSize::Hour => "%Y%m%dT%H",
            BatchSize::Day => "%Y%m%d",
            BatchSize::Month => "%Y%m",
            BatchSize::Year => "%Y",
        };
        start.strftime(format).to_string()
    }
}

/// What a run is asked to cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventTimes {
    /// `--event-time-start`.
    pub start: Option<Timestamp>,
    /// `--event-time-end`.
    pub end: Option<Timestamp>,
}

/// The periods a run covers: all since `begin` for a first or full build, else the current one and
/// those to look back at; or those between the instants asked for.
///
/// # Errors
/// `Project` if a first build has no `begin`.
pub(super) fn covered(
    model: &Microbatch,
    is_first: bool,
    asked: EventTimes,
    now: Timestamp,
) -> Result<Vec<Period>> {
    let size = model.size;
    let end = size.ceiling(asked.end.unwrap_or(now))?;
    let start = match (asked.start, is_first) {
        (Some(start), _) => size.offset(start, 0)?,
        (None, true) => {
            let begin = model.begin.ok_or_else(|| {
                Error::project("a first build needs `begin`, the time of the first rows")
                    .hint("Add `begin='2024-01-01'` to `config(…)`, or give `--event-time-start`.")
            })?;
            size.offset(begin, 0)?
        }
        // The end is a boundary, so the current period is the one before it.
        (None, false) => size.offset(end, -(model.lookback + 1))?,
    };
    let mut all = Vec::new();
    let mut from = start;
    while from < end || all.is_empty() {
        let to = size.offset(from, 1)?;
        all.push(Period {
            start: from,
            end: to,
        });
        from = to;
    }
    if let Some(last) = all.last_mut()
        && last.start < end
    {
        last.end = end;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn model(size: BatchSize, begin: Option<&str>, lookback: i64) -> Microbatch {
        Microbatch {
            event_time: "t".to_owned(),
            size,
            begin: begin.map(at),
            lookback,
        }
    }

    fn starts(periods: &[Period], size: BatchSize) -> Vec<String> {
        periods.iter().map(|period| size.id(period.start)).collect()
    }

    #[test]
    fn a_first_build_covers_everything_since_the_beginning() {
        let now = at("2024-03-05T12:30:00Z");
        for (size, begin, expected) in [
            (
                BatchSize::Day,
                "2024-03-03T05:00:00Z",
                vec!["20240303", "20240304", "20240305"],
            ),
            (
                BatchSize::Month,
                "2023-12-31T00:00:00Z",
                vec!["202312", "202401", "202402", "202403"],
            ),
            (
                BatchSize::Year,
                "2023-07-01T00:00:00Z",
                vec!["2023", "2024"],
            ),
            (
                BatchSize::Hour,
                "2024-03-05T11:00:00Z",
                vec!["20240305T11", "20240305T12"],
            ),
        ] {
            let model = model(size, Some(begin), 1);
            let periods = covered(&model, true, EventTimes::default(), now).expect("covered");
            assert_eq!(starts(&periods, size), expected);
            for pair in periods.windows(2) {
                assert_eq!(pair[0].end, pair[1].start);
            }
        }
        let model = model(BatchSize::Day, None, 1);
        let error = covered(&model, true, EventTimes::default(), now).expect_err("no beginning");
        assert!(error.to_string().contains("`begin`"), "{error}");
    }

    #[test]
    fn later_runs_look_back_and_asked_times_decide() {
        let now = at("2024-03-05T00:00:00Z");
        let day = BatchSize::Day;
        let later = |lookback, now| {
            let periods = covered(
                &model(day, None, lookback),
                false,
                EventTimes::default(),
                now,
            );
            starts(&periods.expect("covered"), day)
        };
        assert_eq!(later(0, at("2024-03-05T00:00:01Z")), ["20240305"]);
        assert_eq!(
            later(1, at("2024-03-05T00:00:01Z")),
            ["20240304", "20240305"]
        );
        // At midnight sharp the day that has just ended is the current one.
        assert_eq!(later(1, now), ["20240303", "20240304"]);
        let asked = EventTimes {
            start: Some(at("2024-01-30T08:00:00Z")),
            end: Some(at("2024-02-01T00:00:00Z")),
        };
        let periods = covered(&model(day, None, 3), false, asked, now).expect("covered");
        assert_eq!(starts(&periods, day), ["20240130", "20240131"]);
    }
}
