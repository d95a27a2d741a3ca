//! What a run built and tested.

use super::text::{cut, room};
use crate::cli::{human, style};
use crate::event::Status;
use crate::run::report::UnitReport;

/// Units listed with their time.
const SLOWEST: usize = 3;

/// Whether it is a test, not something that is built.
pub(super) fn is_test(unit: &UnitReport) -> bool {
    matches!(unit.kind.as_str(), "test" | "unit_test")
}

fn count(units: &[&UnitReport], status: Status) -> u64 {
    units.iter().filter(|unit| unit.status == status).count() as u64
}

/// A line for each unit that ended with `status`, with its reason.
fn reasons(units: &[&UnitReport], status: Status, width: usize) -> Vec<String> {
    let of_status = units.iter().filter(|unit| unit.status == status);
    of_status
        .map(|unit| {
            let reason = unit.message.as_deref().and_then(|text| text.lines().next());
            let text = format!("{}: {}", unit.name, reason.unwrap_or("failed"));
            cut(&text, room(width))
        })
        .collect()
}

/// How the tests ended, and which failed.
pub(super) fn tested(tests: &[&UnitReport], width: usize) -> Vec<String> {
    let warned = count(tests, Status::Warned);
    let mut parts = vec![format!(
        "{} passed",
        human::plural(count(tests, Status::Ok), "test")
    )];
    if warned > 0 {
        parts.push(style::warn(format!("{} warned", human::count(warned))));
    }
    let failed = count(tests, Status::Failed);
    if failed > 0 {
        parts.push(style::bad(format!("{} failed", human::count(failed))));
    }
    let skipped = count(tests, Status::Skipped);
    if skipped > 0 {
        parts.push(style::warn(format!("{} skipped", human::count(skipped))));
    }
    let mut lines = vec![parts.join(" · ")];
    lines.extend(
        reasons(tests, Status::Failed, width)
            .into_iter()
            .map(style::bad),
    );
    lines
}

/// What ended well, by kind: `20 models`, `3 seeds`; `0 models` if nothing did.
fn kinds(units: &[&UnitReport]) -> Vec<String> {
    let count = |kind: &str| {
        let good = |unit: &&&UnitReport| unit.kind == kind && unit.status == Status::Ok;
        units.iter().filter(good).count() as u64
    };
    let named = [
        ("model", "model"),
        ("seed", "seed"),
        ("snapshot", "snapshot"),
    ];
    let mut parts: Vec<String> = named
        .iter()
        .map(|(kind, word)| (count(kind), word))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| human::plural(number, word))
        .collect();
    if parts.is_empty() {
        parts.push(human::plural(0, "model"));
    }
    parts
}

/// What was built, by kind, and what was not; `full` adds what took longest.
pub(super) fn built(units: &[&UnitReport], full: bool, width: usize) -> Vec<String> {
    let (failed, skipped) = (count(units, Status::Failed), count(units, Status::Skipped));
    let mut parts = kinds(units);
    let warned = count(units, Status::Warned);
    if warned > 0 {
        parts.push(style::warn(format!("{} warned", human::count(warned))));
    }
    if failed > 0 {
        parts.push(style::bad(format!("{} failed", human::count(failed))));
    }
    if skipped > 0 {
        parts.push(style::warn(format!("{} skipped", human::count(skipped))));
    }
    let mut lines = vec![parts.join(" · ")];
    lines.extend(
        reasons(units, Status::Failed, width)
            .into_iter()
            .map(style::bad),
    );
    if full {
        let mut slowest: Vec<&UnitReport> = units.to_vec();
        slowest.sort_by_key(|unit| std::cmp::Reverse(unit.elapsed));
        let named: Vec<String> = slowest
            .iter()
            .take(SLOWEST)
            .map(|unit| format!("{} {}", unit.name, human::duration(unit.elapsed)))
            .collect();
        if !named.is_empty() {
            lines.push(style::dim(format!("slowest: {}", named.join(", "))));
        }
    }
    lines
}
