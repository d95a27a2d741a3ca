//! One unit of a run on one connection: render, build, and try again if another transaction got
//! in the way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::load::load;
use super::microbatch::build_periods;
use super::plan::{Task, Unit};
use super::written::build_written;
use super::{Context, blank, nodes_of, notice_event};
use crate::error::{Error, Kind, Result};
use crate::event::Status;
use crate::transform::compile::{Compiled, SqlFailure, compile_node, explain};
use crate::transform::config::{Materialization, SnapshotConfig, is_template, setting_place};
use crate::transform::context::Mode;
use crate::transform::data_test::{TestRun, run_tests};
use crate::transform::graph::Node;
use crate::transform::materialization::{
    Build, Built, Hooks, Moment, build, build_snapshot, template_of,
};
use crate::transform::periods::Period;
use crate::transform::report::{Extent, Periods, UnitResult};
use crate::transform::state::RelationKind;
use crate::transform::template::lines::trim_statement;
use crate::transform::unit_test;
use crate::warehouse::Connection;

/// Attempts at a transaction that others conflict with.
pub(super) const ATTEMPTS: u32 = 6;

/// Runs one unit; every failure ends in the results, one per node.
pub(super) fn run_unit(
    context: &Context<'_>,
    unit: &Unit<'_>,
    connection: &Arc<Connection>,
) -> Vec<UnitResult> {
    let started = Instant::now();
    let mut periods = Periods::default();
    let outcome = match &unit.task {
        Task::Test(_) => return run_data_tests(context, unit, connection),
        Task::UnitTest => return vec![run_unit_test(context, unit, connection)],
        Task::Record => record(context, unit, connection).map(|built| (built, None)),
        Task::Leave => Ok((untouched(), Some("unchanged".to_owned()))),
        Task::Mention => Ok((untouched(), Some("nothing to build".to_owned()))),
        Task::Load => load(context, unit, connection).map(|built| (built, None)),
        Task::Build { rebuild, reason } => {
            build_whole_or_in_periods(context, unit, *rebuild, connection, &mut periods).map(
                |built| {
                    let is_unchanged = built.written == Extent::Nothing;
                    let reason = is_unchanged.then_some("nothing new").or(*reason);
                    (built, reason.map(str::to_owned))
                },
            )
        }
    };
    let mut result = blank(unit.node, started.elapsed());
    result.periods = periods;
    match outcome {
        Ok((built, message)) => {
            result.rows = built.rows;
            result.bytes = built.bytes;
            result.written = built.written;
            result.compiled = built.compiled;
            result.ran = built.ran;
            result.message = message;
            for notice in built.notices {
                notice_event(context.observer, notice);
            }
        }
        Err(error) => {
            result.status = Status::Failed;
            result.error = Some(error);
        }
    }
    vec![result]
}

fn untouched() -> Built {
    Built {
        written: Extent::Nothing,
        ..Built::default()
    }
}

fn run_data_tests(
    context: &Context<'_>,
    unit: &Unit<'_>,
    connection: &Arc<Connection>,
) -> Vec<UnitResult> {
    let nodes: Vec<Arc<Node>> = nodes_of(unit).map(Arc::clone).collect();
    let run = TestRun {
        graph: context.graph,
        connection,
        store_failures: context.options.store_failures,
        turn: &context.turn,
    };
    let tested = run_tests(&run, &nodes);
    tested
        .into_iter()
        .map(|one| {
            for notice in one.notices {
                notice_event(context.observer, format!("{}: {notice}", one.node.name));
            }
            UnitResult {
                status: one.status,
                failures: one.failures,
                compiled: one.sql,
                message: one.message,
                error: one.error,
                ..blank(&one.node, one.elapsed)
            }
        })
        .collect()
}

fn run_unit_test(
    context: &Context<'_>,
    unit: &Unit<'_>,
    connection: &Arc<Connection>,
) -> UnitResult {
    let started = Instant::now();
    let outcome = unit_test::run(context.graph, unit.node, connection, &context.turn);
    let mut result = blank(unit.node, started.elapsed());
    if let Err(error) = outcome {
        let is_wrong = error.kind() == Kind::CheckFailed;
        result.status = Status::Failed;
        result.failures = is_wrong.then_some(1);
        result.error = Some(error);
    } else {
        result.failures = Some(0);
    }
    result
}

fn record(context: &Context<'_>, unit: &Unit<'_>, connection: &Arc<Connection>) -> Result<Built> {
    let node = unit.node;
    let config = SnapshotConfig::resolve(&node.settings).map_err(|refusal| {
        Error::project(format!(
            "the configuration of snapshot `{}` is wrong",
            node.name
        ))
        .at(&node.path)
        .cause(refusal.cause)
        .hint(refusal.hint)
    })?;
    let whole = Portion::whole(unit, false);
    build_with(context, unit, &whole, connection, |all| {
        build_snapshot(all, &config)
    })
}

fn build_whole_or_in_periods(
    context: &Context<'_>,
    unit: &Unit<'_>,
    rebuild: bool,
    connection: &Arc<Connection>,
    periods: &mut Periods,
) -> Result<Built> {
    if let Some(model) = &unit.node.config.microbatch {
        return build_periods(context, unit, (model, rebuild), connection, periods);
    }
    build_model(context, unit, &Portion::whole(unit, rebuild), connection)
}

/// What of a model is built in one go.
pub(super) struct Portion {
    /// Whether an incremental model is built as a whole.
    pub(super) rebuild: bool,
    /// What the relation is before.
    pub(super) existing: Option<RelationKind>,
    pub(super) period: Option<Period>,
    /// Whether hooks before and after it run.
    pub(super) is_first: bool,
    pub(super) is_last: bool,
}

impl Portion {
    fn whole(unit: &Unit<'_>, rebuild: bool) -> Self {
        Self {
            rebuild,
            existing: unit.existing,
            period: None,
            is_first: true,
            is_last: true,
        }
    }
}

pub(super) fn build_model(
    context: &Context<'_>,
    unit: &Unit<'_>,
    portion: &Portion,
    connection: &Arc<Connection>,
) -> Result<Built> {
    build_with(context, unit, portion, connection, build)
}

/// Compiles the node, renders its hooks, and lets `work` make the relation.
fn build_with(
    context: &Context<'_>,
    unit: &Unit<'_>,
    portion: &Portion,
    connection: &Arc<Connection>,
    work: impl Fn(&Build<'_>) -> Result<Built, SqlFailure>,
) -> Result<Built> {
    let node = unit.node;
    let is_incremental = node.config.materialized == Materialization::Incremental;
    let mode = Mode {
        execute: true,
        incremental: is_incremental && !portion.rebuild,
        fixed: false,
        period: portion.period,
    };
    let graph = context.graph;
    let compiled = compile_node(graph, &graph.templates, node, mode, Some(connection))?;
    let mut compiled = compiled;
    if let Some(touched) = &mut compiled.config.touched {
        let sql = render_setting(context, unit, mode, ("touched", touched), connection)?;
        trim_statement(&sql).clone_into(touched);
    }
    if compiled.config.has_grants {
        context.notice_once("`grants` have no effect: the warehouse knows no users");
    }
    if let Some(template) = template_of(graph, node, &compiled.config) {
        let built = build_written(context, node, mode, (template, &compiled), connection);
        return finish(context, unit, mode, built, &compiled, connection);
    }
    if !portion.is_first {
        compiled.config.pre_hook.clear();
    }
    if !portion.is_last {
        compiled.config.post_hook.clear();
    }
    let compiled = compiled;
    let render =
        |key: &str, text: &str| render_setting(context, unit, mode, (key, text), connection);
    let hooks = Hooks::of(node, &compiled.config, &render);
    let attempt = || {
        if context.options.keep_statements {
            connection.keep_statements();
        }
        let built = work(&Build {
            node,
            compiled: &compiled,
            hooks: &hooks,
            connection,
            period: portion.period,
            existing: portion.existing,
            is_remembered: unit.is_remembered,
            definition: unit.definition.as_deref(),
            rebuild: portion.rebuild,
            semantics: context.graph.registry.settings.semantics,
            external_root: &context.graph.registry.settings.external_root,
            turn: &context.turn,
        });
        let ran = connection.kept_statements();
        built.map(|built| Built { ran, ..built })
    };
    hooks.run(Moment::Before, false, connection)?;
    let built = with_retries(attempt).and_then(|built| {
        hooks.run(Moment::After, false, connection)?;
        Ok(built)
    });
    finish(context, unit, mode, built, &compiled, connection)
}

/// Adds to the outcome what the compilation said, or explains the failure.
fn finish(
    context: &Context<'_>,
    unit: &Unit<'_>,
    mode: Mode,
    outcome: Result<Built, SqlFailure>,
    compiled: &Compiled,
    connection: &Arc<Connection>,
) -> Result<Built> {
    let node = unit.node;
    match outcome {
        Ok(mut built) => {
            let notices = compiled
                .notices
                .iter()
                .map(|text| format!("{}: {text}", node.path));
            built.notices.extend(notices);
            built.compiled = Some(compiled.sql.clone());
            Ok(built)
        }
        Err(failure) => {
            let error = explain(context.graph, node, mode, Some(connection), failure);
            Err(keep_compiled(context, unit, compiled, error))
        }
    }
}

/// A text of the settings that may be a template itself.
pub(super) fn render_setting(
    context: &Context<'_>,
    unit: &Unit<'_>,
    mode: Mode,
    (key, text): (&str, &str),
    connection: &Arc<Connection>,
) -> Result<String> {
    if !is_template(text) {
        return Ok(text.to_owned());
    }
    let graph = context.graph;
    let place = setting_place(&unit.node.path, key);
    let scope = graph.scope(unit.node, mode, Some(connection));
    let (sql, _) = graph.templates.render_text(&place, text, scope)?;
    Ok(sql)
}

pub(super) fn with_retries<T>(
    attempt: impl Fn() -> Result<T, SqlFailure>,
) -> Result<T, SqlFailure> {
    let mut tried = 1;
    loop {
        match attempt() {
            Err(failure) if tried < ATTEMPTS && is_conflict(&failure.error) => {
                std::thread::sleep(Duration::from_millis(10 * u64::from(tried)));
                tried += 1;
            }
            result => return result,
        }
    }
}

pub(super) fn is_conflict(error: &Error) -> bool {
    error.causes().iter().any(|cause| {
        cause.contains("write-write conflict")
            || cause.contains("Transaction conflict")
            || cause.contains("Conflict on ")
    })
}

/// Writes the SQL of a failed model where people can look at it.
fn keep_compiled(
    context: &Context<'_>,
    unit: &Unit<'_>,
    compiled: &Compiled,
    error: Error,
) -> Error {
    let Some(folder) = &context.graph.registry.settings.compiled_dir else {
        return error;
    };
    let path = folder.join(format!("{}.sql", unit.node.name));
    let written = std::fs::create_dir_all(folder)
        .map_err(|error| error.to_string())
        .and_then(|()| {
            crate::sys::fs::write_atomic(&path, compiled.sql.as_bytes())
                .map_err(|error| error.message().to_owned())
        });
    match written {
        Ok(()) => error.hint(format!("See the compiled SQL in `{}`.", path.display())),
        Err(reason) => error.cause(format!("the compiled SQL could not be kept: {reason}")),
    }
}
