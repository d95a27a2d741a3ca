//! A check as people read it: suites in a table, then what did not pass, explained.

use super::outcome::{head, tally};
use super::rows::grid;
use crate::cli::{human, style};
use crate::error::Excerpt;
use crate::run::report::{BrokenExpectation, CheckedSuite, RunReport, Severity};

/// Suites and what was not met; suites that passed only if asked for.
pub(in crate::cli) fn checked(
    report: &RunReport,
    failed: bool,
    every_suite: bool,
    width: Option<u16>,
) -> String {
    let mut text = format!("{}\n", head(report, failed).trim_end());
    let Some(check) = &report.check else {
        return text;
    };
    text.push_str(&format!("{}\n", tally(check)));
    let shown: Vec<&CheckedSuite> = check
        .suites
        .iter()
        .filter(|suite| every_suite || !suite.broken.is_empty())
        .collect();
    if !shown.is_empty() {
        text.push('\n');
        text.push_str(&table(&shown, width));
    }
    for suite in &shown {
        for one in &suite.broken {
            text.push('\n');
            text.push_str(&explained(suite, one, width));
        }
    }
    text
}

fn table(suites: &[&CheckedSuite], width: Option<u16>) -> String {
    let rows: Vec<Vec<String>> = suites
        .iter()
        .map(|suite| {
            let broken = |wanted: fn(&BrokenExpectation) -> bool| {
                let count = suite.broken.iter().filter(|one| wanted(one)).count();
                if count == 0 {
                    String::new()
                } else {
                    count.to_string()
                }
            };
            vec![
                sign(suite).to_owned(),
                suite.name.clone(),
                suite.table.clone().unwrap_or_default(),
                suite.passed.to_string(),
                broken(|one| !one.errored && one.severity == Severity::Warn),
                broken(|one| !one.errored && one.severity == Severity::Error),
                broken(|one| one.errored),
            ]
        })
        .collect();
    let names = ["", "suite", "table", "passed", "warned", "failed", "errors"];
    let numbers = [false, false, false, true, true, true, true];
    grid(&names, &numbers, &rows, width)
}

fn sign(suite: &CheckedSuite) -> &'static str {
    let serious = |one: &BrokenExpectation| one.errored || one.severity == Severity::Error;
    match suite.broken.as_slice() {
        [] => "✓",
        broken if broken.iter().any(serious) => "✗",
        _ => "!",
    }
}

/// One expectation that was not met: what, why it matters, where it is declared, some rows.
fn explained(suite: &CheckedSuite, one: &BrokenExpectation, width: Option<u16>) -> String {
    let kind = if one.errored {
        "not evaluated"
    } else {
        "failed"
    };
    let sign = if one.errored || one.severity == Severity::Error {
        style::bad(format!("✗ {kind}"))
    } else {
        style::warn(format!("! {kind}"))
    };
    let mut text = format!(
        "{sign} {}\n",
        style::title(format!("{}.{}", suite.name, one.name))
    );
    text.push_str(&format!("  {}\n", one.message));
    if let Some(why) = &one.why {
        text.push_str(&format!("  {} {why}\n", style::dim("why:")));
    }
    text.push_str(&format!(
        "  {} {}\n",
        style::dim("at:"),
        style::name(&one.place)
    ));
    for line in one.refused.iter().flat_map(Excerpt::shown) {
        text.push_str(&format!("      {line}\n"));
    }
    if !one.sample.is_empty() {
        let names: Vec<&str> = one.columns.iter().map(String::as_str).collect();
        let inner = width.map(|width| width.saturating_sub(4).max(20));
        for line in grid(&names, &[], &one.sample, inner).lines() {
            text.push_str(&format!("    {line}\n"));
        }
        let shown = one.sample.len() as u64;
        if let Some(all) = one.unexpected.filter(|all| *all > shown) {
            let note = format!("{} of {}", human::count(shown), human::plural(all, "row"));
            text.push_str(&format!("    {}\n", style::dim(note)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::run::report::{CheckReport, Places};

    fn broken(name: &str, severity: Severity, errored: bool) -> BrokenExpectation {
        BrokenExpectation {
            name: name.into(),
            message: "2 of 40 values of `a` are null".into(),
            why: Some("nothing joins without it".into()),
            place: "expectations/s.yml:7".into(),
            refused: None,
            severity,
            errored,
            unexpected: Some(1200),
            columns: vec!["id".into(), "a".into()],
            sample: vec![vec!["1".into(), "null".into()]],
        }
    }

    #[test]
    fn failures_are_explained_below_their_suites() {
        let folder = PathBuf::from("/data");
        let places = Places {
            data_dir: folder.clone(),
            lake: folder.clone(),
            warehouse: folder.clone(),
            published: folder.clone(),
            dead_letters: folder,
        };
        let started_at = "2026-11-20T12:00:00Z".parse().expect("an instant");
        let mut report = RunReport::new("019a".into(), "check", started_at, places);
        let suite = |name: &str, broken: Vec<BrokenExpectation>| CheckedSuite {
            name: name.into(),
            table: Some(format!("marts.{name}")),
            passed: 4,
            total: 4 + broken.len() as u64,
            broken,
        };
        let error = BrokenExpectation {
            sample: Vec::new(),
            why: None,
            ..broken("expect_b(x)", Severity::Error, true)
        };
        report.check = Some(CheckReport {
            passed: 8,
            failed: 1,
            errored: 1,
            suites: vec![
                suite("one", Vec::new()),
                suite(
                    "two",
                    vec![broken("expect_a(a)", Severity::Warn, false), error],
                ),
            ],
            ..CheckReport::default()
        });
        let plain = anstream::adapter::strip_str(&checked(&report, true, false, None)).to_string();
        insta::assert_snapshot!(plain, @r"
    ✗ check stopped after 0 ms · run 019a
    8 passed · 1 failed · 1 not evaluated

         suite   table       passed   warned   failed   errors
    ───────────────────────────────────────────────────────────
     ✗   two     marts.two        4        1                 1

    ! failed two.expect_a(a)
      2 of 40 values of `a` are null
      why: nothing joins without it
      at: expectations/s.yml:7
         id   a
        ───────────
         1    null
        1 of 1,200 rows

    ✗ not evaluated two.expect_b(x)
      2 of 40 values of `a` are null
      at: expectations/s.yml:7
    ");
        let all = checked(&report, true, true, None);
        assert!(all.contains("marts.one") && !plain.contains("marts.one"));
    }
}
