//! The parts of a table: its latest days, the months before them, and what has no day.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::warehouse::{Column, Periods, Value, literal, quote};

/// So many days back from the day of the check are parts of their own.
const SINGLE_DAYS: i64 = 31;
/// Beyond so many stretches of days, the whole table is read.
const STRETCHES: usize = 8;

/// Parts by a column of days or times.
#[derive(Clone, Debug)]
pub(super) struct TimeParts {
    /// The column, quoted, and whether it is a `DATE` or a `TIMESTAMP`; without any, the table has
    /// one part.
    column: Option<(String, &'static str)>,
    periods: Periods,
}

impl TimeParts {
    /// By the first column of days, else of times.
    pub(super) fn of(columns: &[Column], checked_at: i64) -> Self {
        let column = ["DATE", "TIMESTAMP"].into_iter().find_map(|type_name| {
            let column = columns.iter().find(|column| column.type_name == type_name);
            column.map(|column| (quote(&column.name), type_name))
        });
        let now = Timestamp::from_microsecond(checked_at).unwrap_or_default();
        let today = now.to_zoned(TimeZone::UTC).date();
        Self {
            column,
            periods: Periods::new(today.saturating_sub((SINGLE_DAYS + 1).days())),
        }
    }

    /// The day of a row.
    pub(super) fn sql(&self) -> String {
        match &self.column {
            Some((column, "DATE")) => column.clone(),
            Some((column, _)) => format!("CAST({column} AS DATE)"),
            None => "NULL::DATE".to_owned(),
        }
    }

    /// The first day of the part a day belongs to; of a day that no calendar has, itself.
    pub(super) fn part_of(&self, day: &Value) -> String {
        let text = match day {
            Value::Null => return String::new(),
            day => day.to_string(),
        };
        match text.parse::<Date>() {
            Ok(day) => self.periods.around(day).0.to_string(),
            Err(_) => text,
        }
    }

    /// The rows of some parts, in their order; `None` if all are to be read.
    pub(super) fn rows_of(&self, parts: &[&str]) -> Option<String> {
        let (column, type_name) = self.column.as_ref()?;
        let mut conditions = Vec::new();
        let mut stretches: Vec<(Date, Date)> = Vec::new();
        for part in parts {
            if part.is_empty() {
                conditions.push(format!("{column} IS NULL"));
                continue;
            }
            let first: Date = part.parse().ok()?;
            let end = self.periods.around(first).1.checked_add(1.day()).ok()?;
            match stretches.last_mut() {
                Some(last) if last.1 == first => last.1 = end,
                _ => stretches.push((first, end)),
            }
        }
        if stretches.len() > STRETCHES {
            return None;
        }
        conditions.extend(stretches.into_iter().map(|(first, end)| {
            let [first, end] = [first, end].map(|day| literal(&day.to_string()));
            format!("({column} >= {first}::{type_name} AND {column} < {end}::{type_name})")
        }));
        Some(conditions.join(" OR "))
    }
}
