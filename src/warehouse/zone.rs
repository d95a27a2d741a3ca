//! Time zones as plain SQL: the engine carries no time zone database, so the offsets of a zone are
//! written into expressions.
//!
//! `timezone('Zone', …)` and `… AT TIME ZONE 'Zone'` belong to an extension. Where that is not
//! loaded, a statement that names zones gets a macro of the connection for them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};

/// First and last day of exact offsets in statements; outside, the nearest offset holds.
const FIRST: Date = Date::constant(1970, 1, 1);
const LAST: Date = Date::constant(2041, 1, 1);

/// The offsets of a zone, and the instants from which they hold.
#[derive(Clone, Debug)]
pub struct Offsets {
    /// Before the first change.
    first: Offset,
    /// In order.
    changes: Vec<(Timestamp, Offset)>,
}

impl Offsets {
    /// Those of `zone` between two days.
    #[must_use]
    pub fn of(zone: &TimeZone, from: Date, to: Date) -> Self {
        let (start, end) = (midnight(from), midnight(to));
        let first = zone.to_offset(start);
        let mut changes = Vec::new();
        let mut current = first;
        for change in zone.following(start) {
            if change.timestamp() >= end {
                break;
            }
            if change.offset() != current {
                current = change.offset();
                changes.push((change.timestamp(), current));
            }
        }
        Self { first, changes }
    }

    /// The instants at which the offset changes.
    pub fn instants(&self) -> impl Iterator<Item = Timestamp> {
        self.changes.iter().map(|(at, _)| *at)
    }

    /// SQL that turns `expression`, a UTC `TIMESTAMP`, into local time; NULL stays NULL.
    #[must_use]
    pub fn to_local(&self, expression: &str) -> String {
        let expression = format!("({})", expression.trim());
        if self.changes.is_empty() {
            return match self.first.seconds() {
                0 => expression,
                _ => format!("({expression} + {})", interval(self.first)),
            };
        }
        let changes = self.changes.iter();
        let changes: Vec<(DateTime, Offset)> = changes
            .map(|(at, offset)| (Offset::UTC.to_datetime(*at), *offset))
            .collect();
        let ahead = choose(&expression, self.first, &changes);
        format!("({expression} + {ahead})")
    }

    /// SQL that turns `expression`, a local `TIMESTAMP`, into UTC. A time that clocks show twice is
    /// the later one; one that they skip is as long after the skipping as it seems.
    #[must_use]
    pub fn to_utc(&self, expression: &str) -> String {
        let expression = format!("({})", expression.trim());
        let changes = self.changes.iter();
        let changes: Vec<(DateTime, Offset)> = changes
            .map(|(at, offset)| (offset.to_datetime(*at), *offset))
            .collect();
        let ahead = choose(&expression, self.first, &changes);
        format!("({expression} - {ahead})")
    }
}

/// A balanced tree of comparisons: six for fifty changes, instead of fifty.
fn choose(expression: &str, before: Offset, changes: &[(DateTime, Offset)]) -> String {
    let (earlier, later) = changes.split_at(changes.len() / 2);
    let Some(((at, offset), later)) = later.split_first() else {
        return interval(before);
    };
    format!(
        "CASE WHEN {expression} < TIMESTAMP '{}' THEN {} ELSE {} END",
        at.strftime("%Y-%m-%d %H:%M:%S"),
        choose(expression, before, earlier),
        choose(expression, *offset, later),
    )
}

fn interval(offset: Offset) -> String {
    let seconds = offset.seconds();
    if seconds % 3600 == 0 {
        format!("INTERVAL {} HOUR", parenthesised(seconds / 3600))
    } else if seconds % 60 == 0 {
        format!("INTERVAL {} MINUTE", parenthesised(seconds / 60))
    } else {
        format!("INTERVAL {} SECOND", parenthesised(seconds))
    }
}

fn parenthesised(number: i32) -> String {
    if number < 0 {
        format!("({number})")
    } else {
        number.to_string()
    }
}

/// The beginning of a day in UTC; days far away are the ends of time.
fn midnight(date: Date) -> Timestamp {
    let at = date.to_zoned(TimeZone::UTC);
    at.map_or(Timestamp::MAX, |at| at.timestamp())
}

/// The time zones that statements of a database named so far.
#[derive(Debug, Default)]
pub(super) struct Zones(Mutex<BTreeSet<String>>);

impl Zones {
    /// All of them, these included.
    pub(super) fn with(&self, named: BTreeSet<String>) -> BTreeSet<String> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(named);
        all.clone()
    }
}

/// The views whose statements may convert between zones.
pub(super) const VIEWS: &str = "SELECT sql FROM duckdb_views() WHERE NOT internal \
     AND (sql ILIKE '%timezone(%' OR sql ILIKE '%time zone %')";

/// The zones a statement names, if it converts between zones at all.
pub(super) fn named_in(sql: &str) -> BTreeSet<String> {
    let lower = sql.to_ascii_lowercase();
    let converts = lower.contains("time zone '") || lower.contains("timezone(");
    if !converts {
        return BTreeSet::new();
    }
    let texts = sql.split('\'').skip(1).step_by(2);
    texts
        .filter(|text| !text.is_empty() && TimeZone::get(text).is_ok())
        .map(str::to_owned)
        .collect()
}

/// The statement that makes `timezone` work for these zones on a connection.
pub(super) fn conversions(zones: &BTreeSet<String>) -> String {
    let of = |convert: &dyn Fn(&Offsets) -> String| {
        let arms = zones.iter().filter_map(|name| {
            let offsets = Offsets::of(&TimeZone::get(name).ok()?, FIRST, LAST);
            let name = super::literal(&name.to_lowercase());
            Some(format!("WHEN {name} THEN {} ", convert(&offsets)))
        });
        let arms: String = arms.collect();
        format!(
            "CASE lower(zone_name) {arms}ELSE CAST(error('time zone ' || zone_name || ' is not known here') AS TIMESTAMP) END"
        )
    };
    // The moment may be a long expression, such as another conversion: it stands here once.
    let once =
        |moment: &str, case: &str| format!("list_transform([{moment}], lambda m: {case})[1]");
    let local = of(&|offsets| offsets.to_local("m"));
    let local = once("CAST(moment AS TIMESTAMP)", &local);
    let utc = once("moment", &of(&|offsets| offsets.to_utc("m")));
    format!(
        "CREATE OR REPLACE TEMP MACRO timezone(zone_name VARCHAR, moment TIMESTAMP WITH TIME ZONE) AS {local}, \
         (zone_name VARCHAR, moment TIMESTAMP) AS CAST({utc} AS TIMESTAMP WITH TIME ZONE)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::{Access, Options, Warehouse};

    #[test]
    fn zones_are_found_in_statements_that_convert() {
        let found =
            named_in("select x at time zone 'UTC' at time zone 'Europe/Berlin', 'Asia/Tokyo '");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(found, ["Europe/Berlin", "UTC"]);
        assert!(named_in("select 'Europe/Berlin'").is_empty());
    }

    #[test]
    fn a_view_converts_on_other_connections_and_later() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("w.duckdb");
        let open = || Warehouse::open(&path, &Options::new(Access::ReadWrite)).expect("opened");
        let read = |warehouse: &Warehouse| {
            let connection = warehouse.connect().expect("a connection");
            let value = connection.scalar("SELECT CAST(x AS VARCHAR) FROM v", &[]);
            value.unwrap_or_else(|error| panic!("{error}")).to_string()
        };
        let first = open();
        let other = first.connect().expect("a connection");
        let view = "CREATE VIEW v AS SELECT TIMESTAMP '2024-01-01 12:00:00' AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Tokyo' AS x";
        let connection = first.connect().expect("a connection");
        connection.batch(view).expect("created");
        let value = other.scalar("SELECT CAST(x AS VARCHAR) FROM v", &[]);
        assert_eq!(value.expect("read").to_string(), "2024-01-01 21:00:00");
        drop((other, connection, first));
        assert_eq!(read(&open()), "2024-01-01 21:00:00");
    }

    #[test]
    fn statements_convert_between_zones() {
        let connection = Warehouse::in_memory()
            .and_then(|warehouse| warehouse.connect())
            .expect("a connection");
        let text = |sql: &str| {
            let value = connection.scalar(&format!("SELECT CAST({sql} AS VARCHAR)"), &[]);
            value.unwrap_or_else(|error| panic!("{error}")).to_string()
        };
        let noon = "TIMESTAMP '2024-07-01 12:00:00'";
        assert_eq!(
            text(&format!(
                "{noon} AT TIME ZONE 'UTC' AT TIME ZONE 'America/Los_Angeles'"
            )),
            "2024-07-01 05:00:00"
        );
        assert_eq!(
            text(&format!(
                "timezone('UTC', timezone('Europe/Berlin', {noon}))"
            )),
            "2024-07-01 10:00:00"
        );
        // Clocks skip the first and show the second twice.
        for (local, utc) in [
            ("2024-03-31 02:30:00", "2024-03-31 01:30:00"),
            ("2024-10-27 02:30:00", "2024-10-27 01:30:00"),
            ("2024-10-27 01:59:59", "2024-10-26 23:59:59"),
        ] {
            let sql =
                format!("TIMESTAMP '{local}' AT TIME ZONE 'Europe/Berlin' AT TIME ZONE 'UTC'");
            assert_eq!(text(&sql), utc, "{local}");
        }
    }
}
