//! Expectations, as part of a run or alone.

use super::context::Context;
use super::pipeline::recorded;
use super::report::{CheckFailure, CheckReport, RunReport, Severity};
use super::request::CheckRequest;
use crate::check::{self, CheckOptions, Outcome, OutcomeStatus};
use crate::error::{Error, Kind, Result};
use crate::sys;
use crate::warehouse::{Access, Warehouse};

/// Evaluates the selected expectations and stores the outcomes.
///
/// # Errors
/// `CheckFailed` if an expectation of severity `error` failed or could not be evaluated.
pub fn check(
    context: &Context,
    request: &CheckRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    recorded(context, "check", |run| {
        let warehouse = context.warehouse_built()?;
        let run_id = run.report.run_id.clone();
        let report = evaluate(context, &warehouse, request, &run_id)?;
        run.report.check = Some(report);
        run.verdict()
    })
}

pub(super) fn evaluate(
    context: &Context,
    warehouse: &Warehouse,
    request: &CheckRequest,
    run_id: &str,
) -> Result<CheckReport> {
    let suites = check::load_suites(&context.project)?;
    let options = CheckOptions {
        run_id: run_id.to_owned(),
        select: request.selection.select.clone(),
        exclude: request.selection.exclude.clone(),
        sample_rows: context.settings.check.sample_rows,
        fail_fast: request.fail_fast,
        save_failures: request
            .save_failures
            .then(|| context.settings.dead_letter.dir.clone()),
        checked_at: sys::clock::now_micros(),
    };
    let report = check::run(&suites, &warehouse.connect()?, &options, &*context.observer)?;
    let count = |number: usize| number as u64;
    Ok(CheckReport {
        passed: count(report.passed),
        warned: count(report.warned),
        failed: count(report.failed),
        errored: count(report.errored),
        skipped: count(report.skipped),
        failures: report
            .outcomes
            .iter()
            .filter(|outcome| !outcome.is_success())
            .map(failed)
            .collect(),
        outcomes: report
            .outcomes
            .iter()
            .filter_map(|outcome| serde_json::to_value(outcome).ok())
            .collect(),
    })
}

fn failed(outcome: &Outcome) -> CheckFailure {
    let column = outcome
        .column
        .as_ref()
        .map(|column| format!("({column})"))
        .unwrap_or_default();
    CheckFailure {
        name: format!("{}.{}{column}", outcome.suite, outcome.expectation),
        message: outcome.message.clone(),
        severity: match outcome.severity {
            check::Severity::Warn => Severity::Warn,
            check::Severity::Error => Severity::Error,
        },
        errored: outcome.status == OutcomeStatus::Error,
    }
}

/// The error of a run whose expectations failed.
pub(super) fn failure(report: &CheckReport) -> Error {
    let serious = report
        .failures
        .iter()
        .filter(|failure| failure.severity == Severity::Error);
    let mut error = Error::new(
        Kind::CheckFailed,
        format!(
            "{} of {} expectations failed",
            report.failed + report.errored,
            report.total()
        ),
    );
    for failure in serious.take(5) {
        error = error.cause(format!("{}: {}", failure.name, failure.message));
    }
    error.hint("Run `cca check` for the whole report; readers keep what was published before.")
}

impl Context {
    /// The warehouse, which must exist, opened for writing.
    pub(super) fn warehouse_built(&self) -> Result<Warehouse> {
        let path = &self.settings.warehouse.path;
        if !path.exists() {
            return Err(Error::unavailable("there is no warehouse yet")
                .at(path.display())
                .hint("Run `cca backfill` first, or point `--data-dir` to where it ran."));
        }
        self.warehouse(Access::ReadWrite)
    }
}
