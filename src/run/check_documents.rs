//! What is made of a check: files for others, suites for people.

use std::path::Path;

use super::report::{BrokenExpectation, CheckedSuite, Severity};
use super::request::Documents;
use crate::check::{self, CheckReport, Outcome, OutcomeStatus, PastChecks};
use crate::error::{IoContext, Result};
use crate::sys;
use crate::warehouse::{Connection, Value};

/// Checks whose outcomes a page shows.
const PAGE_CHECKS: u64 = 30;

/// Writes the documents asked for, each whole or not at all; with earlier outcomes where they are
/// kept.
pub(super) fn write(
    wanted: &Documents,
    report: &CheckReport,
    connection: Option<&Connection>,
) -> Result<()> {
    if let Some(path) = &wanted.junit {
        write_file(path, &check::document::junit(report))?;
    }
    if let Some(path) = &wanted.html {
        let past = match connection {
            Some(connection) => PastChecks::latest(connection, PAGE_CHECKS)?,
            None => PastChecks::default(),
        };
        write_file(path, &check::document::page(report, &past))?;
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).io("create the folder", folder)?;
    }
    sys::fs::write_atomic(path, text.as_bytes())
}

/// The outcomes by suite, in the order of the report.
pub(super) fn suites(report: &CheckReport) -> Vec<CheckedSuite> {
    let mut suites: Vec<CheckedSuite> = Vec::new();
    for outcome in &report.outcomes {
        let known = suites.iter().position(|suite| suite.name == outcome.suite);
        let place = known.unwrap_or_else(|| {
            suites.push(CheckedSuite {
                name: outcome.suite.clone(),
                table: outcome.table.clone(),
                ..CheckedSuite::default()
            });
            suites.len() - 1
        });
        let Some(suite) = suites.get_mut(place) else {
            continue;
        };
        suite.total += 1;
        if outcome.is_success() {
            suite.passed += 1;
        } else {
            suite.broken.push(broken(outcome));
        }
    }
    suites
}

fn broken(outcome: &Outcome) -> BrokenExpectation {
    let (columns, sample) = rows(outcome);
    BrokenExpectation {
        name: outcome.name.clone(),
        message: outcome.message.clone(),
        why: outcome.why.clone(),
        place: outcome.place(),
        refused: outcome.refused.clone(),
        severity: severity(outcome),
        errored: outcome.status == OutcomeStatus::Error,
        unexpected: outcome.result.unexpected_count,
        columns,
        sample,
    }
}

/// The sample as rows of texts under names.
fn rows(outcome: &Outcome) -> (Vec<String>, Vec<Vec<String>>) {
    let text = |value: &Value| match value {
        Value::Null => "null".to_owned(),
        value => value.to_string(),
    };
    let fields = |value: &Value| match value {
        Value::Struct(fields) => fields.iter().map(|(_, value)| text(value)).collect(),
        value => vec![text(value)],
    };
    let examples = outcome.result.examples();
    let columns = match examples.first() {
        Some(Value::Struct(fields)) => fields.iter().map(|(name, _)| name.clone()).collect(),
        Some(_) => vec![outcome.column.clone().unwrap_or_else(|| "value".to_owned())],
        None => Vec::new(),
    };
    (columns, examples.iter().map(fields).collect())
}

/// What a failure of this expectation means for the run.
pub(super) fn severity(outcome: &Outcome) -> Severity {
    match outcome.severity {
        check::Severity::Warn => Severity::Warn,
        check::Severity::Error => Severity::Error,
    }
}
