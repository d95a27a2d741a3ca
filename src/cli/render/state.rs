//! The state of a data folder.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::text::Sections;
use crate::cli::{human, style};
use crate::run::report::{LandingStatus, LastRun, PublishedStatus, StatusReport, WarehouseStatus};

/// What is landed, loaded, published and running; instants in `zone`.
pub(in crate::cli) fn state(report: &StatusReport, zone: &TimeZone) -> String {
    let mut page = Sections::airy();
    page.head(&format!(
        "{} {}",
        style::title("data folder"),
        style::name(report.places.data_dir.display())
    ));
    page.section("Running", &running(report, zone));
    page.section("Last run", &[last(report.last_run.as_ref(), zone)]);
    let landing = report
        .landing
        .as_ref()
        .map_or_else(not_yet, |status| landing(status, zone));
    page.section("Lake", &landing);
    let warehouse = report.warehouse.as_ref().map_or_else(
        || {
            if report.running.is_some() {
                vec![style::dim("a run has it open")]
            } else {
                not_yet()
            }
        },
        |status| warehouse(status, zone),
    );
    page.section("Warehouse", &warehouse);
    page.section("No price", &unpriced(report));
    let published = report
        .published
        .as_ref()
        .map_or_else(not_yet, |status| published(status, report, zone));
    page.section("Published", &published);
    page.section("Put aside", &dead_letters(report));
    page.finish()
}

fn not_yet() -> Vec<String> {
    vec![format!(
        "{} {}",
        style::dim("nothing yet;"),
        style::name("cca backfill")
    )]
}

fn running(report: &StatusReport, zone: &TimeZone) -> Vec<String> {
    let line = |lock: &crate::run::report::LockStatus| {
        let since = lock
            .since
            .map(|since| format!(", since {}", instant(since, zone)));
        format!(
            "{} process {} on {}{}",
            style::warn(format!("cca {}", lock.command)),
            lock.pid,
            lock.host,
            since.unwrap_or_default()
        )
    };
    report.running.iter().map(line).collect()
}

fn last(run: Option<&LastRun>, zone: &TimeZone) -> String {
    let Some(run) = run else {
        return style::dim("none yet");
    };
    let when = format!(
        "{}, {}",
        instant(run.started_at, zone),
        human::duration(run.elapsed)
    );
    let outcome = if run.succeeded {
        style::good("done")
    } else {
        style::bad(format!(
            "failed: {}",
            run.message.as_deref().unwrap_or("unknown")
        ))
    };
    format!("cca {} at {when}: {outcome}", run.command)
}

fn landing(status: &LandingStatus, zone: &TimeZone) -> Vec<String> {
    let committed = status
        .committed_at
        .map(|at| format!(", last at {}", instant(at, zone)))
        .unwrap_or_default();
    vec![
        format!(
            "{} in {} ({})",
            human::plural(status.rows, "row"),
            human::plural(status.files, "file"),
            human::bytes(status.bytes)
        ),
        style::dim(format!(
            "{}{committed} · {}",
            human::plural(status.snapshots, "snapshot"),
            human::plural(status.marks.len() as u64, "high-water mark")
        )),
    ]
}

fn warehouse(status: &WarehouseStatus, zone: &TimeZone) -> Vec<String> {
    let behind = if status.behind == 0 {
        style::good("up to date")
    } else {
        style::warn(format!(
            "{} behind the lake; cca load",
            human::plural(status.behind, "snapshot")
        ))
    };
    let newest = status
        .newest_entry
        .map(|at| format!(" · newest entry {}", instant(at, zone)))
        .unwrap_or_default();
    vec![
        format!(
            "{} and {} ({})",
            human::plural(status.entries, "entry/entries"),
            human::plural(status.relations, "relation"),
            human::bytes(status.bytes)
        ),
        format!("{behind}{}", style::dim(newest)),
    ]
}

fn unpriced(report: &StatusReport) -> Vec<String> {
    let models: Vec<_> = report
        .warehouse
        .iter()
        .flat_map(|status| &status.unpriced_models)
        .collect();
    if models.is_empty() {
        return Vec::new();
    }
    let mut lines: Vec<String> = models
        .iter()
        .map(|model| {
            format!(
                "{}: {}, {} left out of every cost",
                style::warn(&model.model),
                human::plural(model.api_calls, "call"),
                human::plural(model.tokens, "token")
            )
        })
        .collect();
    let names: Vec<&str> = models
        .iter()
        .map(|model| model.price_name.as_str())
        .collect();
    lines.push(style::dim(format!(
        "add {} to seeds/model_prices.csv (cca init writes it), then cca run",
        names.join(", ")
    )));
    lines
}

fn published(status: &PublishedStatus, report: &StatusReport, zone: &TimeZone) -> Vec<String> {
    let at = status
        .published_at
        .map(|at| format!(", {}", instant(at, zone)))
        .unwrap_or_default();
    vec![
        format!(
            "generation {} ({} kept): {}, {}{at}",
            status.generation,
            status.generations,
            human::plural(status.relations, "relation"),
            human::bytes(status.bytes)
        ),
        style::name(report.places.published.display()),
    ]
}

fn dead_letters(report: &StatusReport) -> Vec<String> {
    if report.dead_letters == 0 {
        return Vec::new();
    }
    let entries = human::plural(report.dead_letters, "entry/entries");
    vec![
        style::warn(format!("{entries} could not be converted")),
        style::name(report.places.dead_letters.display()),
    ]
}

fn instant(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
