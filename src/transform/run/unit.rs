//! One unit of a run on one connection: render, build, and try again if another transaction got
//! in the way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::plan::{Task, Unit};
use super::{Context, blank, notice_event};
use crate::error::{Error, Result};
use crate::event::Status;
use crate::transform::compile::{Compiled, SqlFailure, compile_node, explain};
use crate::transform::config::{Materialization, is_template, setting_place};
use crate::transform::context::Mode;
use crate::transform::materialization::{Build, Built, Hooks, build, write_comments};
use crate::transform::report::UnitResult;
use crate::transform::seed::SeedTable;
use crate::transform::state::{RelationKind, remember};
use crate::transform::template::lines::trim_statement;
use crate::warehouse::Connection;

/// Attempts at a transaction that others conflict with.
const ATTEMPTS: u32 = 6;

/// Builds one unit; every failure ends in the result.
pub(super) fn run_unit(
    context: &Context<'_>,
    unit: &Unit<'_>,
    connection: &Arc<Mutex<Connection>>,
) -> UnitResult {
    let started = Instant::now();
    let outcome = match &unit.task {
        Task::LeaveSeed => Ok((Built::default(), Some("unchanged".to_owned()))),
        Task::Load => load(unit, connection).map(|built| (built, None)),
        Task::Build { rebuild, reason } => {
            build_model(context, unit, *rebuild, connection).map(|built| {
                let reason = built.is_unchanged.then_some("nothing new").or(*reason);
                (built, reason.map(str::to_owned))
            })
        }
    };
    let mut result = blank(unit.node, started.elapsed());
    match outcome {
        Ok((built, message)) => {
            result.rows = built.rows;
            result.bytes = built.bytes;
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
    result
}

fn build_model(
    context: &Context<'_>,
    unit: &Unit<'_>,
    rebuild: bool,
    connection: &Arc<Mutex<Connection>>,
) -> Result<Built> {
    let node = unit.node;
    let is_incremental = node.config.materialized == Materialization::Incremental;
    let mode = Mode {
        execute: true,
        incremental: is_incremental && !rebuild,
        fixed: false,
    };
    let graph = context.graph;
    let compiled = compile_node(graph, &graph.templates, node, mode, Some(connection))?;
    let compiled = render_settings(context, unit, mode, compiled, connection)?;
    if compiled.config.has_grants {
        context.notice_once("`grants` have no effect: the warehouse knows no users");
    }
    let hooks = Hooks {
        before: compiled.config.pre_hook.clone(),
        after: compiled.config.post_hook.clone(),
    };
    let attempt = || {
        let guard = connection.lock().unwrap_or_else(PoisonError::into_inner);
        build(&Build {
            node,
            compiled: &compiled,
            hooks: &hooks,
            connection: &guard,
            existing: unit.existing,
            is_remembered: unit.is_remembered,
            definition: unit.definition.as_deref(),
            rebuild,
            semantics: context.graph.registry.settings.semantics,
            external_root: &context.graph.registry.settings.external_root,
            turn: &context.turn,
        })
    };
    match with_retries(attempt) {
        Ok(mut built) => {
            let notices = compiled
                .notices
                .iter()
                .map(|text| format!("{}: {text}", node.path));
            built.notices.extend(notices);
            Ok(built)
        }
        Err(failure) => {
            let error = explain(graph, node, mode, Some(connection), failure);
            Err(keep_compiled(context, unit, &compiled, error))
        }
    }
}

/// Hooks and `touched` may be templates themselves, written as texts or in properties files.
fn render_settings(
    context: &Context<'_>,
    unit: &Unit<'_>,
    mode: Mode,
    mut compiled: Compiled,
    connection: &Arc<Mutex<Connection>>,
) -> Result<Compiled> {
    let graph = context.graph;
    let path = &unit.node.path;
    let render = |key: &str, text: &mut String| -> Result<()> {
        if is_template(text) {
            let scope = graph.scope(unit.node, mode, Some(connection));
            (*text, _) = graph
                .templates
                .render_text(&setting_place(path, key), text, scope)?;
        }
        *text = trim_statement(text).to_owned();
        Ok(())
    };
    let config = &mut compiled.config;
    config
        .pre_hook
        .iter_mut()
        .try_for_each(|sql| render("pre_hook", sql))?;
    config
        .post_hook
        .iter_mut()
        .try_for_each(|sql| render("post_hook", sql))?;
    config
        .touched
        .iter_mut()
        .try_for_each(|sql| render("touched", sql))?;
    config.pre_hook.retain(|sql| !sql.is_empty());
    config.post_hook.retain(|sql| !sql.is_empty());
    Ok(compiled)
}

fn load(unit: &Unit<'_>, connection: &Arc<Mutex<Connection>>) -> Result<Built> {
    let node = unit.node;
    let table = SeedTable::read(node)?;
    let attempt = || {
        let guard = connection.lock().unwrap_or_else(PoisonError::into_inner);
        let built = guard.transaction(|connection| {
            if unit.existing == Some(RelationKind::View) {
                connection.batch(&format!("DROP VIEW {}", node.relation))?;
            }
            let rows = table.store(node, connection)?;
            let which = node.config.persist_docs;
            let notices = write_comments(node, RelationKind::Table, which, connection)?;
            if let Some(definition) = &unit.definition {
                remember(connection, &node.relation, definition)?;
            }
            Ok(Built {
                rows: Some(rows),
                notices,
                ..Built::default()
            })
        })?;
        Ok(built)
    };
    with_retries(attempt).map_err(|failure| failure.error)
}

fn with_retries<T>(attempt: impl Fn() -> Result<T, SqlFailure>) -> Result<T, SqlFailure> {
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

fn is_conflict(error: &Error) -> bool {
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
