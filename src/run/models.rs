//! Models and seeds, as part of a run or alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::artifacts::{self, Ran};
use super::context::Context;
use super::pipeline::{Needs, recorded};
use super::record::{self, Record};
use super::report::{RunReport, TransformReport, UnitReport};
use super::request::{ModelsRequest, RetryRequest, Selection};
use super::unchanged::Built;
use super::{publication, summary, up_to_date};
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Stage, Status};
use crate::project::Layout;
use crate::sys;
use crate::transform::{
    self, Defer, DeferFrom, EventTimes, Graph, NodeKind, Prior, RunOptions, Semantics,
    TransformSettings, Verb,
};
use crate::warehouse::{Access, Warehouse};

/// Does with the selected nodes what `verb` says.
///
/// # Errors
/// The first failure, after everything that does not depend on it was done; `CheckFailed` if a
/// test of severity `error` found something.
pub fn nodes(
    context: &Context,
    verb: Verb,
    request: &ModelsRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    command(context, verb, request, None)
}

/// Runs again what did not end well in the last run.
///
/// # Errors
/// `Usage` if no run is recorded, else as the command that is taken up.
pub fn retry(
    context: &Context,
    request: &RetryRequest,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    let empty = || RunReport::new(String::new(), "retry", sys::clock::now(), context.places());
    let failed = |error: Error| (error, Box::new(empty()));
    let folder = record::folder(context);
    let Some(last) = Record::read(&folder).map_err(failed)? else {
        return Err(failed(
            Error::usage("there is no run to take up")
                .at(folder.display())
                .hint("Run `cca build` or `cca run` first."),
        ));
    };
    let Some(verb) = Verb::from_name(&last.command) else {
        let message = format!("there is no command `{}` to take up", last.command);
        return Err(failed(Error::data(message).at(folder.display())));
    };
    let ids = last.unfinished();
    if ids.is_empty() {
        let mut report = empty();
        report
            .notices
            .push("nothing to do: everything in the last run ended well".to_owned());
        return Ok(report);
    }
    let mut again = last.request.clone();
    again.fail_fast |= request.fail_fast;
    again.selection = Selection {
        ids,
        state: last.request.selection.state.clone(),
        defer: last.request.selection.defer,
        favor_state: last.request.selection.favor_state,
        ..Selection::default()
    };
    let mut context = context.as_asked(&last.asked).map_err(failed)?;
    let said = std::mem::replace(&mut context.settings.vars, last.vars.clone());
    context.settings.vars.extend(said);
    command(&context, verb, &again, Some(last))
}

fn command(
    context: &Context,
    verb: Verb,
    request: &ModelsRequest,
    taken_up: Option<Record>,
) -> Result<RunReport, (Error, Box<RunReport>)> {
    let is_own = context.project.layout == Layout::Own;
    // Seeds and the models of a dbt project need nothing that was loaded before.
    let needs = if is_own && verb != Verb::Seed {
        Needs::Warehouse
    } else {
        Needs::Nothing
    };
    recorded(context, verb.name(), needs, |run| {
        let warehouse = if needs == Needs::Warehouse {
            context.warehouse_built()?
        } else {
            context.warehouse(Access::ReadWrite)?
        };
        let started = Instant::now();
        let settings = TransformSettings {
            command: verb.name().to_owned(),
            full_refresh: request.full_refresh,
            ..settings(context, request.threads)
        };
        let mut graph = Graph::parse(&context.project, &settings)?;
        let selection = selection(context, &request.selection)?;
        tell_unmatched(context, &graph, &selection)?;
        if let Some(defer) = defer(&request.selection, &selection) {
            let moved = graph.defer(&warehouse.connect()?, verb, &selection, &defer)?;
            run.report.notices.extend(moved_notice(&moved));
        }
        let built = Built::read(&record::folder(context))?;
        let unchanged = if request.skip_unchanged && !request.full_refresh {
            built.unchanged(&graph, &warehouse.connect()?)?
        } else {
            BTreeSet::new()
        };
        let mut record = taken_up.unwrap_or_else(|| Record::begin(context, verb.name(), request));
        let options = RunOptions {
            unchanged,
            ..options_of(context, request, &record)
        };
        if let Some(folder) = artifacts::target(context, request.target_path.as_ref()) {
            transform::prepare_folder(&folder)?;
        }
        prepare_memory(context);
        let report = run.stage(Stage::Transform, |_| {
            transform::run(
                verb,
                &graph,
                &warehouse,
                &selection,
                &options,
                &*context.observer,
            )
        })?;
        record.absorb(&report);
        let folder = record::folder(context);
        record.write(&folder)?;
        if request.skip_unchanged {
            built.remember(&graph, &warehouse.connect()?, &report, &folder)?;
        }
        let ran = Ran {
            command: verb.name(),
            request,
            elapsed: started.elapsed(),
        };
        artifacts::write(context, &graph, &warehouse, &report, &ran)?;
        let (report, failure) = outcome(report, "cca retry");
        // A dbt project has marts of its own; nothing of ours is written beside them.
        if is_own && matches!(verb, Verb::Run | Verb::Build) {
            publication::note_changes(&warehouse, &report)?;
            up_to_date::note(context, &graph, &warehouse, &report)?;
            run.report.summary = summary::read(&warehouse.connect()?)?;
        }
        run.report.transform = Some(report);
        failure.map_or(Ok(()), Err)
    })
}

fn moved_notice(moved: &[String]) -> Option<String> {
    let names = moved.join(", ");
    (!moved.is_empty()).then(|| format!("read from elsewhere, not being built here: {names}"))
}

/// How a request is carried out; `record` is what came of it before, if it is taken up again.
fn options_of(context: &Context, request: &ModelsRequest, record: &Record) -> RunOptions {
    RunOptions {
        store_failures: request.store_failures,
        measure: true,
        keep_statements: artifacts::target(context, request.target_path.as_ref()).is_some(),
        event_times: EventTimes {
            start: request.event_time_start,
            end: request.event_time_end,
        },
        failed_periods: if request.selection.ids.is_empty() {
            BTreeMap::new()
        } else {
            record.periods()
        },
        ..options(context, request.full_refresh, request.fail_fast)
    }
}

/// Tells of selectors that match nothing.
pub(super) fn tell_unmatched(
    context: &Context,
    graph: &Graph,
    selection: &transform::Selection,
) -> Result<()> {
    for message in graph.unmatched(selection)? {
        let stage = Stage::Transform;
        context.observer.observe(Event::Noticed { stage, message });
    }
    Ok(())
}

/// Where parents are read that are not built here, if that is asked for.
fn defer(asked: &Selection, selection: &transform::Selection) -> Option<Defer> {
    if !asked.defer {
        return None;
    }
    let from = match (&selection.prior, &asked.state) {
        (Some(prior), _) => DeferFrom::State(Arc::clone(prior)),
        (None, Some(file)) => DeferFrom::File(file.clone()),
        (None, None) => return None,
    };
    Some(Defer {
        from,
        favor: asked.favor_state,
    })
}

/// What to build and how.
pub(super) struct Build<'a> {
    pub(super) selection: &'a Selection,
    pub(super) full_refresh: bool,
    pub(super) fail_fast: bool,
}

/// The models of the project.
pub(super) fn graph(context: &Context) -> Result<Graph> {
    Graph::parse(&context.project, &settings(context, None))
}

/// Our models fill hundreds of megabytes; a dbt project may be small, and then keeps its memory small.
fn prepare_memory(context: &Context) {
    if context.project.layout == Layout::Own {
        sys::process::huge_pages(true);
    }
}

/// Builds models; the second value is the failure that must end the run.
pub(super) fn build(
    context: &Context,
    warehouse: &Warehouse,
    graph: &Graph,
    build: &Build<'_>,
) -> Result<(TransformReport, Option<Error>)> {
    prepare_memory(context);
    let report = transform::run(
        Verb::Run,
        graph,
        warehouse,
        &selection(context, build.selection)?,
        &options(context, build.full_refresh, build.fail_fast),
        &*context.observer,
    )?;
    Ok(outcome(report, "cca run"))
}

/// The report and the failure that must end the run; `again` is the command that goes on.
pub(super) fn outcome(
    report: transform::TransformReport,
    again: &str,
) -> (TransformReport, Option<Error>) {
    let failed = report.count(Status::Failed);
    let skipped = report.count(Status::Skipped);
    let built = report.count(Status::Ok);
    let mut failure = None;
    let units = report
        .units
        .into_iter()
        .map(|unit| {
            let message = unit
                .message
                .or_else(|| unit.error.as_ref().map(Error::summary));
            if unit.status == Status::Failed && failure.is_none() {
                failure.clone_from(&unit.error);
            }
            UnitReport {
                id: unit.id,
                name: unit.name,
                kind: unit.kind.to_string(),
                materialization: unit.materialization,
                status: unit.status,
                rows: unit.rows,
                bytes: unit.bytes,
                written: unit.written,
                failures: unit.failures,
                elapsed: unit.elapsed,
                message,
                error: unit.error,
            }
        })
        .collect();
    if failed > 1 || skipped > 0 {
        failure = failure.map(|error| {
            error.hint(format!(
                "{failed} failed and {skipped} were skipped; mend it and run `{again}`, what was built stays."
            ))
        });
    }
    if failed > 0 && failure.is_none() {
        failure = Some(Error::new(Kind::Project, format!("{failed} failed")));
    }
    if let Some(stop) = report.stopped {
        let counts =
            format!("{built} built, {failed} failed, {skipped} interrupted or not started");
        let hint = "Or run `cca retry`, which does what is left.";
        failure = Some(stop.cause(counts).hint(hint));
    }
    (TransformReport { units }, failure)
}

fn options(context: &Context, full_refresh: bool, fail_fast: bool) -> RunOptions {
    RunOptions {
        full_refresh,
        fail_fast,
        store_failures: false,
        cancel: context.cancel.clone(),
        ..RunOptions::default()
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
        threads: threads.unwrap_or(settings.project.threads),
        compiled_dir: Some(settings.project.data_dir.join("compiled")),
    }
}

/// The selection of a request, with the earlier state it compares with.
///
/// # Errors
/// `Usage` for an unknown kind of node or way to select tests, and for a state that is not there.
pub(super) fn selection(context: &Context, asked: &Selection) -> Result<transform::Selection> {
    let kinds = |words: &[String]| -> Result<Vec<NodeKind>> {
        words.iter().map(|word| word.parse::<NodeKind>()).collect()
    };
    let is_file = |path: &&PathBuf| path.is_file();
    let prior = match asked.state.as_ref().filter(|path| !is_file(path)) {
        Some(folder) => {
            let current = artifacts::target(context, None);
            let current = current.unwrap_or_else(|| record::folder(context));
            Some(Arc::new(Prior::read(folder, &current)?))
        }
        None => None,
    };
    let indirect = asked.indirect.as_deref().map(str::parse).transpose()?;
    Ok(transform::Selection {
        select: asked.select.clone(),
        exclude: asked.exclude.clone(),
        selector: asked.selector.clone(),
        indirect,
        kinds: kinds(&asked.resource_types)?,
        exclude_kinds: kinds(&asked.exclude_resource_types)?,
        ids: asked.ids.iter().cloned().collect(),
        prior,
    })
}
