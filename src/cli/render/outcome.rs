//! What a run did.

use std::time::Duration;

use super::built::{built, is_test, tested};
use super::summary;
use super::text::{Sections, cut, left, right, room, widest};
use crate::cli::{human, style};
use crate::run::report::{
    CheckReport, ExtractReport, RunReport, Severity, StageTiming, UnitReport,
};

/// The query proposed after the first run.
const FIRST_QUERY: &str =
    "SELECT date_key, tool_calls, cost_usd FROM marts.agg_daily_summary ORDER BY 1 DESC LIMIT 7";
/// Unmet expectations listed; `cca check` has all.
const FAILURES: usize = 20;

/// Everything a run did and what the marts say; `full` adds the summary and where to go on.
pub(in crate::cli) fn outcome(
    report: &RunReport,
    failed: bool,
    full: bool,
    width: usize,
) -> String {
    let mut page = if full {
        Sections::airy()
    } else {
        Sections::dense()
    };
    page.head(&head(report, failed));
    page.section("Read", &read(report));
    page.section("Landed", &landed(report));
    page.section("Loaded", &loaded(report));
    if full && let Some(summary) = &report.summary {
        summary::add(&mut page, summary, width);
    }
    if let Some(transform) = &report.transform {
        let (tests, others): (Vec<&UnitReport>, Vec<&UnitReport>) =
            transform.units.iter().partition(|unit| is_test(unit));
        if !others.is_empty() || tests.is_empty() {
            page.section("Built", &built(&others, full, width));
        }
        if !tests.is_empty() {
            page.section("Tested", &tested(&tests, width));
        }
    }
    if let Some(check) = &report.check {
        page.section("Checks", &checks(check, width));
    }
    page.section("Published", &published(report, full));
    let notices: Vec<String> = report.notices.iter().map(style::warn).collect();
    page.section("Note", &notices);
    if full {
        page.section("Time", &stages(&report.stages, width));
        page.section("Where", &places(report));
        if !failed {
            page.section("Next", &next(report));
        }
    }
    page.finish()
}

/// One line: whether it went well, how long it took.
pub(super) fn head(report: &RunReport, failed: bool) -> String {
    let sign = if failed {
        style::bad("✗")
    } else {
        style::good("✓")
    };
    let verb = if failed { "stopped after" } else { "done in" };
    let title = style::title(format!(
        "{} {verb} {}",
        report.command,
        human::duration(report.elapsed)
    ));
    let memory = report
        .peak_memory
        .map(|bytes| format!(" · {} of memory at most", human::bytes(bytes)))
        .unwrap_or_default();
    format!(
        "{sign} {title}{}",
        style::dim(format!("{memory} · run {}", report.run_id))
    )
}

fn read(report: &RunReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(demo) = &report.demo {
        lines.push(format!(
            "{} {}",
            style::warn("generated transcripts, because there were none:"),
            style::name(demo.path.display())
        ));
    }
    let Some(extract) = &report.extract else {
        return lines;
    };
    lines.extend(extract.sources.iter().map(|source| {
        let files = if source.files > 1 {
            format!("{}, ", human::plural(source.files, "file"))
        } else {
            String::new()
        };
        format!(
            "{} from {} ({files}{})",
            human::plural(source.counts.read, "entry/entries"),
            style::name(&source.name),
            human::bytes(source.counts.bytes)
        )
    }));
    lines.push(fates(extract));
    if extract.totals().dead_lettered > 0 {
        let place = report.places.dead_letters.display();
        lines.push(format!(
            "{} {}",
            style::warn("put aside, whole, in"),
            style::name(place)
        ));
    }
    lines
}

fn fates(extract: &ExtractReport) -> String {
    let totals = extract.totals();
    let aside = format!("{} put aside", human::count(totals.dead_lettered));
    let aside = if totals.dead_lettered > 0 {
        style::bad(aside)
    } else {
        aside
    };
    format!(
        "{} landed · {} there already · {aside}",
        human::count(totals.landed),
        human::count(totals.duplicates)
    )
}

fn landed(report: &RunReport) -> Vec<String> {
    report
        .land
        .iter()
        .map(|land| {
            if land.rows == 0 {
                return "nothing new".to_owned();
            }
            format!(
                "{} in {} ({}), {}",
                human::plural(land.rows, "row"),
                human::plural(land.files, "file"),
                human::bytes(land.bytes),
                human::plural(land.snapshots, "snapshot")
            )
        })
        .collect()
}

fn loaded(report: &RunReport) -> Vec<String> {
    report
        .load
        .iter()
        .map(|load| {
            if load.files == 0 {
                return "nothing new".to_owned();
            }
            format!(
                "{} inserted · {} updated · {} deleted · {} unchanged",
                human::count(load.inserted),
                human::count(load.updated),
                human::count(load.deleted),
                human::count(load.unchanged)
            )
        })
        .collect()
}

/// How many expectations passed, failed, were not evaluated, warned.
pub(super) fn tally(check: &CheckReport) -> String {
    let mut parts = vec![style::good(format!(
        "{} passed",
        human::count(check.passed)
    ))];
    for (number, word) in [(check.failed, "failed"), (check.errored, "not evaluated")] {
        if number > 0 {
            parts.push(style::bad(format!("{} {word}", human::count(number))));
        }
    }
    if check.warned > 0 {
        parts.push(style::warn(format!(
            "{} warned",
            human::count(check.warned)
        )));
    }
    if check.skipped > 0 {
        parts.push(style::dim(format!(
            "{} left out",
            human::count(check.skipped)
        )));
    }
    parts.join(" · ")
}

fn checks(check: &CheckReport, width: usize) -> Vec<String> {
    let mut lines = vec![tally(check)];
    for failure in check.failures.iter().take(FAILURES) {
        let text = cut(
            &format!("{}: {}", failure.name, failure.message),
            room(width).saturating_sub(6),
        );
        lines.push(match failure.severity {
            Severity::Error => format!("{} {text}", style::bad("error")),
            Severity::Warn => format!("{} {text}", style::warn("warn ")),
        });
    }
    if check.failures.len() > FAILURES {
        let more = check.failures.len() - FAILURES;
        lines.push(style::dim(format!("and {more} more: cca check")));
    }
    lines
}

fn published(report: &RunReport, full: bool) -> Vec<String> {
    let Some(publish) = &report.publish else {
        return Vec::new();
    };
    let mut lines = vec![format!(
        "{} as generation {} ({})",
        human::plural(publish.relations, "relation"),
        publish.generation,
        human::bytes(publish.bytes)
    )];
    if !full {
        lines.push(style::name(publish.path.display()));
    }
    lines
}

fn stages(stages: &[StageTiming], width: usize) -> Vec<String> {
    let longest = stages
        .iter()
        .map(|stage| stage.elapsed)
        .max()
        .unwrap_or(Duration::ZERO);
    let bars = room(width).saturating_sub(24).min(40);
    stages
        .iter()
        .map(|stage| {
            let share = stage.elapsed.as_secs_f64() / longest.as_secs_f64().max(f64::MIN_POSITIVE);
            format!(
                "{} {}  {}",
                left(stage.stage.name(), 10),
                right(&human::duration(stage.elapsed), 10),
                style::bar(human::bar(share, bars))
            )
        })
        .collect()
}

fn places(report: &RunReport) -> Vec<String> {
    let places = &report.places;
    let named = [
        ("for BI tools", &places.published),
        ("warehouse", &places.warehouse),
        ("lake", &places.lake),
    ];
    let width = widest(named.iter().map(|(name, _)| *name), usize::MAX);
    named
        .iter()
        .map(|(name, path)| format!("{}  {}", left(name, width), style::name(path.display())))
        .collect()
}

fn next(report: &RunReport) -> Vec<String> {
    let folder = if report.command == "demo" {
        format!(
            " --data-dir {}",
            shell_word(&report.places.data_dir.display().to_string())
        )
    } else {
        String::new()
    };
    let mut commands = vec![
        format!("cca{folder} query \"{FIRST_QUERY}\""),
        format!("cca{folder} status"),
    ];
    if report.command == "backfill" {
        commands.push("cca sync".to_owned());
    }
    commands.into_iter().map(style::name).collect()
}

/// A text as one word of a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
