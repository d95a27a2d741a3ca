//! The units of a run as a table: time, rows and bytes of each.

use crate::cli::human;
use crate::cli::render::{grid, verdict};
use crate::event::Status;
use crate::run::report::{TransformReport, UnitReport};

/// Units listed one by one; of more, only the remarkable ones.
const LISTED: usize = 60;
/// Of many units that went well, those that took longest.
const SLOWEST: usize = 20;

const NAMES: [&str; 7] = ["name", "kind", "status", "rows", "bytes", "time", ""];
const NUMBERS: [bool; 7] = [false, false, false, true, true, true, false];

/// A table with a row per unit in the order they ended; of many, what did not go well and what took
/// longest, unless `all` are asked for.
pub(in crate::cli) fn units(report: &TransformReport, all: bool, width: Option<u16>) -> String {
    let shown = chosen(&report.units, all);
    let rows: Vec<Vec<String>> = shown.iter().map(|unit| row(unit)).collect();
    let mut text = grid(&NAMES, &NUMBERS, &rows, width);
    let left_out = report.units.len() - shown.len();
    if left_out > 0 {
        let rest = human::plural(left_out as u64, "other");
        text.push_str(&format!(
            " and {rest} that went well in less time (-v lists all)\n"
        ));
    }
    text
}

fn chosen(units: &[UnitReport], all: bool) -> Vec<&UnitReport> {
    if all || units.len() <= LISTED {
        return units.iter().collect();
    }
    let mut times: Vec<_> = units.iter().map(|unit| unit.elapsed).collect();
    times.sort_unstable_by(|one, other| other.cmp(one));
    let limit = times.get(SLOWEST - 1).copied().unwrap_or_default();
    let is_remarkable = |unit: &&UnitReport| unit.status != Status::Ok || unit.elapsed >= limit;
    units.iter().filter(is_remarkable).collect()
}

fn row(unit: &UnitReport) -> Vec<String> {
    let number = |value: Option<u64>| value.map(human::count).unwrap_or_default();
    let what = if unit.materialization == unit.kind {
        unit.kind.replace('_', " ")
    } else {
        unit.materialization.clone()
    };
    let message = unit.message.as_deref().and_then(|text| text.lines().next());
    vec![
        unit.name.clone(),
        what,
        verdict(unit.status),
        number(unit.rows),
        unit.bytes.map(human::bytes).unwrap_or_default(),
        human::duration(unit.elapsed),
        message.unwrap_or_default().to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn unit(name: &str, status: Status, millis: u64) -> UnitReport {
        UnitReport {
            id: format!("model.cca.{name}"),
            name: name.to_owned(),
            kind: "model".to_owned(),
            materialization: "table".to_owned(),
            status,
            rows: Some(1200),
            bytes: Some(2_500_000),
            written: crate::run::report::Extent::Whole,
            failures: None,
            elapsed: Duration::from_millis(millis),
            message: (status == Status::Skipped).then(|| "depends on `a`, which failed".to_owned()),
            error: None,
        }
    }

    #[test]
    fn each_unit_has_its_time_rows_and_bytes() {
        let report = TransformReport {
            units: vec![unit("a", Status::Ok, 1500), unit("b", Status::Skipped, 0)],
        };
        let text = units(&report, false, None);
        for part in [
            "1,200",
            "2.5 MB",
            "1.5 s",
            "skipped",
            "depends on `a`, which failed",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn of_many_the_remarkable_ones_are_shown() {
        let mut all: Vec<UnitReport> = (0..100)
            .map(|number| unit(&format!("m{number}"), Status::Ok, number))
            .collect();
        all.push(unit("bad", Status::Failed, 0));
        let report = TransformReport { units: all };
        let text = units(&report, false, None);
        for (name, is_shown) in [
            (" m99 ", true),
            (" m80 ", true),
            (" m79 ", false),
            (" bad ", true),
        ] {
            assert_eq!(text.contains(name), is_shown, "{name}: {text}");
        }
        assert!(text.contains("and 80 others that went well"), "{text}");
        assert!(units(&report, true, None).contains(" m79 "));
    }
}
