//! Models and seeds, as part of a run or alone.

use super::context::Context;
use super::pipeline::recorded;
use super::report::{RunReport, TransformReport, UnitReport};
use super::request::{ModelsRequest, Selection};
use super::{publication, summary};
use crate::error::{Error, Kind, Result};
use crate::event::{Observer, Stage, Status};
use crate::project::Layout;
use crate::transform::{self, Graph, RunOptions, Semantics, TransformSettings};
use crate::warehouse::{Access, Warehouse};

/// Builds the selected models and the seeds they need.
///
/// # Errors
/// The first failure, after everything that does not depend on it was built.
pub fn models(
    context: &Context,
    request: &ModelsRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    command(context, "run", request, transform::run)
}

/// Loads the selected seeds.
///
/// # Errors
/// As [`models`].
pub fn seeds(
    context: &Context,
    request: &ModelsRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    command(context, "seed", request, transform::seed)
}

/// Goes on with the history of the selected snapshots.
///
/// # Errors
/// As [`models`].
pub fn snapshots(
    context: &Context,
    request: &ModelsRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    command(context, "snapshot", request, transform::snapshot)
}

/// Runs the tests of the selected nodes.
///
/// # Errors
/// `CheckFailed` if a test of severity `error` found something, else as [`models`].
pub fn tests(
    context: &Context,
    request: &ModelsRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    command(context, "test", request, transform::test)
}

/// Loads, builds, records and tests the selected nodes.
///
/// # Errors
/// As [`tests`].
pub fn build_all(
    context: &Context,
    request: &ModelsRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    command(context, "build", request, transform::build)
}

/// How a command of the model runner is carried out.
type Work = fn(
    &Graph,
    &Warehouse,
    &transform::Selection,
    &RunOptions,
    &dyn Observer,
) -> Result<transform::TransformReport>;

fn command(
    context: &Context,
    name: &str,
    request: &ModelsRequest,
    work: Work,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    recorded(context, name, |run| {
        let is_own = context.project.layout == Layout::Own;
        // Seeds and the models of a dbt project need nothing that was loaded before.
        let warehouse = if is_own && name != "seed" {
            context.warehouse_built()?
        } else {
            context.warehouse(Access::ReadWrite)?
        };
        let graph = Graph::parse(&context.project, &settings(context, request.threads))?;
        let options = RunOptions {
            store_failures: request.store_failures,
            ..options(context, request.full_refresh, request.fail_fast)
        };
        let report = run.stage(Stage::Transform, |_| {
            work(
                &graph,
                &warehouse,
                &selection(&request.selection),
                &options,
                &*context.observer,
            )
        })?;
        let (report, failure) = outcome(report);
        // A dbt project has marts of its own; nothing of ours is written beside them.
        if is_own && matches!(name, "run" | "build") {
            publication::note_changes(&warehouse, &report)?;
            run.report.summary = summary::read(&warehouse.connect()?)?;
        }
        run.report.transform = Some(report);
        failure.map_or(Ok(()), Err)
    })
}

/// What to build and how.
pub(super) struct Build<'a> {
    pub(super) selection: &'a Selection,
    pub(super) full_refresh: bool,
    pub(super) fail_fast: bool,
    pub(super) threads: Option<usize>,
}

/// Builds models; the second value is the failure that must end the run.
pub(super) fn build(
    context: &Context,
    warehouse: &Warehouse,
    build: &Build<'_>,
) -> Result<(TransformReport, Option<Error>)> {
    let graph = Graph::parse(&context.project, &settings(context, build.threads))?;
    let report = transform::run(
        &graph,
        warehouse,
        &selection(build.selection),
        &options(context, build.full_refresh, build.fail_fast),
        &*context.observer,
    )?;
    Ok(outcome(report))
}

fn outcome(report: transform::TransformReport) -> (TransformReport, Option<Error>) {
    let failed = report.count(Status::Failed);
    let skipped = report.count(Status::Skipped);
    let built = report.count(Status::Ok);
    let mut failure = None;
    let units = report
        .units
        .into_iter()
        .map(|unit| {
            if unit.status == Status::Failed && failure.is_none() {
                failure = unit.error;
            }
            UnitReport {
                id: unit.id,
                name: unit.name,
                kind: unit.kind.to_string(),
                materialization: unit.materialization,
                status: unit.status,
                rows: unit.rows,
                bytes: unit.bytes,
                failures: unit.failures,
                elapsed: unit.elapsed,
                message: unit.message,
            }
        })
        .collect();
    if failed > 1 || skipped > 0 {
        failure = failure.map(|error| {
            error.hint(format!(
                "{failed} failed and {skipped} were skipped; mend it and run `cca run` again, what was built stays."
            ))
        });
    }
    if failed > 0 && failure.is_none() {
        failure = Some(Error::new(Kind::Project, format!("{failed} failed")));
    }
    if let Some(stop) = report.stopped {
        failure = Some(stop.cause(format!(
            "{built} built, {failed} failed, {skipped} interrupted or not started"
        )));
    }
    (TransformReport { units }, failure)
}

fn options(context: &Context, full_refresh: bool, fail_fast: bool) -> RunOptions {
    RunOptions {
        full_refresh,
        fail_fast,
        store_failures: false,
        cancel: context.cancel.clone(),
    }
}

pub(super) fn settings(context: &Context, threads: Option<usize>) -> TransformSettings {
    let settings = &context.settings;
    TransformSettings {
        vars: settings.vars.clone(),
        env: settings.env.clone(),
        timezone: settings.project.timezone.clone(),
        target: context.profile.as_ref().map_or_else(
            || transform::Target {
                name: "cca".to_owned(),
                ..transform::Target::default()
            },
            |profile| profile.target.clone(),
        ),
        semantics: match context.project.layout {
            Layout::Own => Semantics::Own,
            Layout::Dbt => Semantics::Dbt,
        },
        external_root: context.profile.as_ref().map_or_else(
            || settings.project.data_dir.join("external"),
            |profile| profile.external_root.clone(),
        ),
        command: "run".to_owned(),
        full_refresh: false,
        selected: Vec::new(),
        threads: threads.unwrap_or(settings.project.threads),
        compiled_dir: Some(settings.project.data_dir.join("compiled")),
    }
}

pub(super) fn selection(selection: &Selection) -> transform::Selection {
    transform::Selection {
        select: selection.select.clone(),
        exclude: selection.exclude.clone(),
    }
}
