//! Expectations, as part of a run or alone.

use jiff::Timestamp;

use super::check_documents;
use super::context::Context;
use super::pipeline::{Needs, recorded};
use super::report::{CheckFailure, CheckHistory, CheckReport, PastCheck, RunReport};
use super::request::CheckRequest;
use crate::check::{self, CheckOptions, Outcome, OutcomeStatus, Suite};
use crate::error::{Error, Kind, Result};
use crate::sys;
use crate::transform;
use crate::warehouse::{Access, Connection, Warehouse};

/// Evaluates the selected expectations and stores the outcomes.
///
/// # Errors
/// `CheckFailed` if an expectation of severity `error` failed or could not be evaluated.
pub fn check(
    context: &Context,
    request: &CheckRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    recorded(context, "check", Needs::Warehouse, |run| {
        let warehouse = context.warehouse_built()?;
        let run_id = run.report.run_id.clone();
        let report = evaluate(context, &warehouse, request, &run_id, Part::Everything)?;
        let connection = warehouse.connect()?;
        check_documents::write(&request.documents, &report, Some(&connection))?;
        run.report.check = Some(CheckReport {
            validation: Some(check::document::validation(&report)),
            ..told(&report)
        });
        verdict(&run.report, None)
    })
}

/// What came of an expectation in earlier checks.
///
/// # Errors
/// `Usage` if none of this name is stored, or several.
pub fn check_history(context: &Context, name: &str, limit: u64) -> Result<CheckHistory> {
    let warehouse = context.warehouse(Access::ReadOnly)?;
    let past = check::past_of(&warehouse.connect()?, name, limit)?;
    Ok(CheckHistory {
        name: format!("{}.{}", past.suite, past.name),
        checks: past
            .outcomes
            .into_iter()
            .map(|outcome| PastCheck {
                checked_at: Timestamp::from_microsecond(outcome.checked_at).unwrap_or_default(),
                status: outcome.status.name(),
                figure: outcome.figure(),
                run_id: outcome.run_id,
                severity: outcome.severity,
                observed: outcome.observed,
                unexpected_count: outcome.unexpected_count,
                unexpected_percent: outcome.unexpected_percent,
                message: outcome.message,
            })
            .collect(),
    })
}

/// The part of the suites a run evaluates at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All that are selected.
    Everything,
    /// Those about what was loaded, whatever is selected: models are built from it.
    BeforeTransform,
    /// The selected ones that were not evaluated before transform.
    AfterTransform,
}

pub(super) fn evaluate(
    context: &Context,
    warehouse: &Warehouse,
    request: &CheckRequest,
    run_id: &str,
    part: Part,
) -> Result<check::CheckReport> {
    let mut suites = check::load_suites(&context.project)?;
    let early = before_transform(context, &suites)?;
    let mut select = request.selection.select.clone();
    let mut exclude = request.selection.exclude.clone();
    if part != Part::Everything {
        let mut kept = Vec::new();
        for suite in suites {
            if check::is_meant(&suite, early)? == (part == Part::BeforeTransform) {
                kept.push(suite);
            }
        }
        suites = kept;
    }
    if part == Part::BeforeTransform {
        select.clear();
        exclude.clear();
    }
    let connection = warehouse.connect()?.cancellable(&context.cancel);
    let options = CheckOptions {
        run_id: run_id.to_owned(),
        select,
        exclude,
        sample_rows: context.settings.check.sample_rows,
        fail_fast: request.fail_fast,
        save_failures: request
            .save_failures
            .then(|| context.settings.dead_letter.dir.clone()),
        checked_at: sys::clock::now_micros(),
        keep_days: context.settings.check.keep_days,
        built: transform::built_at(&connection)?,
        // Whoever asks for a check has everything read.
        only_new: part != Part::Everything,
    };
    let mut others = context.more_connections(warehouse)?;
    check::run(
        &suites,
        &connection,
        &mut others,
        &options,
        &*context.observer,
    )
}

/// The selectors of suites evaluated before transform. What was configured must mean something;
/// the default need not.
fn before_transform<'a>(context: &'a Context, suites: &[Suite]) -> Result<&'a [String]> {
    let settings = &context.settings.check;
    let selectors = settings.before_transform();
    if !settings.is_before_transform_default() {
        for selector in selectors {
            let pattern = std::slice::from_ref(selector);
            let mut meant = false;
            for suite in suites {
                meant |= check::is_meant(suite, pattern)?;
            }
            if !meant {
                return Err(Error::config(format!("no suite matches `{selector}`"))
                    .at("check.before_transform")
                    .hint("Name suites, layers or tables, such as `raw.*` or `bronze`; `none` for none."));
            }
        }
    }
    Ok(selectors)
}

/// The report of the stage as the report of a run tells it.
pub(super) fn told(report: &check::CheckReport) -> CheckReport {
    let count = |number: usize| number as u64;
    CheckReport {
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
        suites: check_documents::suites(report),
        validation: None,
    }
}

fn failed(outcome: &Outcome) -> CheckFailure {
    CheckFailure {
        name: format!("{}.{}", outcome.suite, outcome.name),
        place: outcome.place(),
        message: outcome.message.clone(),
        severity: check_documents::severity(outcome),
        errored: outcome.status == OutcomeStatus::Error,
    }
}

impl CheckReport {
    /// What two parts of a run found.
    pub(super) fn join(&mut self, other: Self) {
        self.passed += other.passed;
        self.warned += other.warned;
        self.failed += other.failed;
        self.errored += other.errored;
        self.skipped += other.skipped;
        self.failures.extend(other.failures);
        self.outcomes.extend(other.outcomes);
        self.suites.extend(other.suites);
    }
}

/// An error if expectations of severity `error` were not met.
pub(super) fn verdict(report: &RunReport, hint: Option<&str>) -> Result<()> {
    let Some(check) = report.check.as_ref().filter(|check| !check.is_success()) else {
        return Ok(());
    };
    let error = failure(check);
    Err(match hint {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// The error of a run whose expectations failed.
fn failure(report: &CheckReport) -> Error {
    let serious = report
        .failures
        .iter()
        .filter(|failure| failure.is_serious());
    let mut error = Error::new(
        Kind::CheckFailed,
        format!(
            "{} of {} expectations failed",
            report.failed + report.errored,
            report.total()
        ),
    );
    for failure in serious.take(5) {
        let CheckFailure {
            name,
            place,
            message,
            ..
        } = failure;
        error = error.cause(format!("{name} ({place}): {message}"));
    }
    error
}

impl Context {
    /// Connections for the other worker threads; a stop by the user ends what they run.
    pub(super) fn more_connections(&self, warehouse: &Warehouse) -> Result<Vec<Connection>> {
        let connect = |_| Ok(warehouse.connect()?.cancellable(&self.cancel));
        (1..self.settings.project.threads).map(connect).collect()
    }

    /// The warehouse, which must exist, opened for writing.
    pub(super) fn warehouse_built(&self) -> Result<Warehouse> {
        self.warehouse_is_there()?;
        self.warehouse(Access::ReadWrite)
    }

    /// That of a dbt project is made where it is not.
    pub(super) fn warehouse_is_there(&self) -> Result<()> {
        let path = &self.settings.warehouse.path;
        if self.profile.is_none() && !path.exists() {
            return Err(Error::unavailable("there is no warehouse yet")
                .at(path.display())
                .hint("Run `cca backfill` first, or point `--data-dir` to where it ran."));
        }
        Ok(())
    }
}
