//! Models and seeds, as part of a run or alone.

use super::context::Context;
use super::pipeline::recorded;
use super::report::{RunReport, TransformReport, UnitReport};
use super::request::{ModelsRequest, Selection};
use super::{publication, summary};
use crate::error::{Error, Kind, Result};
use crate::event::{Stage, Status};
use crate::project::Layout;
use crate::transform::{self, Graph, RunOptions, Semantics, TransformSettings};
use crate::warehouse::Warehouse;

/// Builds the selected models and the seeds they need.
///
/// # Errors
/// The first failure, after everything that does not depend on it was built.
pub fn models(
    context: &Context,
    request: &ModelsRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    recorded(context, "run", |run| {
        let warehouse = context.warehouse_built()?;
        let build = Build::from(request);
        let (report, failure) = run.stage(Stage::Transform, |_| {
            self::build(context, &warehouse, &build)
        })?;
        // A dbt project has marts of its own; nothing of ours is written beside them.
        if context.project.layout == Layout::Own {
            publication::note_changes(&warehouse, &report)?;
            run.report.summary = summary::read(&warehouse.connect()?)?;
        }
        run.report.transform = Some(report);
        failure.map_or(Ok(()), Err)
    })
}

/// Loads the selected seeds.
pub fn seeds(
    context: &Context,
    request: &ModelsRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    recorded(context, "seed", |run| {
        let warehouse = context.warehouse(crate::warehouse::Access::ReadWrite)?;
        let graph = Graph::parse(&context.project, &settings(context, request.threads))?;
        let report = run.stage(Stage::Transform, |_| {
            transform::seed(
                &graph,
                &warehouse,
                &selection(&request.selection),
                &options(context, request.full_refresh, request.fail_fast),
                &*context.observer,
            )
        })?;
        let (report, failure) = outcome(report);
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

impl<'a> From<&'a ModelsRequest> for Build<'a> {
    fn from(request: &'a ModelsRequest) -> Self {
        Self {
            selection: &request.selection,
            full_refresh: request.full_refresh,
            fail_fast: request.fail_fast,
            threads: request.threads,
        }
    }
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
                name: unit.name,
                kind: unit.kind.to_string(),
                materialization: unit.materialization,
                status: unit.status,
                rows: unit.rows,
                bytes: unit.bytes,
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
        failure = Some(Error::new(Kind::Project, format!("{failed} models failed")));
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
