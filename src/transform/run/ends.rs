//! `on-run-start` and `on-run-end`: SQL before and after everything else.
//!
//! Those of packages come before those of the project. One that fails keeps the others of its
//! kind from running, but not the nodes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use minijinja::value::{Tuple, Value};

use super::ended::Ended;
use super::{Context, blank, finished, notice_event};
use crate::error::{Error, Result};
use crate::event::{Event, Status};
use crate::transform::config::ConfigPatch;
use crate::transform::context::{Mode, Transactions};
use crate::transform::graph::{Detail, Graph, Node, NodeKind};
use crate::transform::report::UnitResult;
use crate::transform::template::lines::trim_statement;
use crate::transform::value::List;
use crate::warehouse::Connection;

/// Runs what is configured for the beginning.
pub(super) fn begin(context: &Context<'_>) -> Result<Vec<UnitResult>> {
    run_all(context, false, &BTreeMap::new())
}

/// Runs what is configured for the end, which sees how everything ended.
pub(super) fn end(context: &Context<'_>, units: &[UnitResult]) -> Result<Vec<UnitResult>> {
    let graph = context.graph;
    let is_told = |unit: &&UnitResult| {
        unit.kind != NodeKind::Operation || matches!(unit.status, Status::Failed)
    };
    let results = units.iter().filter(is_told);
    let built = units.iter().filter(|unit| {
        unit.kind.is_referable() && matches!(unit.status, Status::Ok | Status::Warned)
    });
    let places: BTreeSet<(Option<&str>, &str)> = built
        .filter_map(|unit| graph.node(&unit.id))
        .map(|node| {
            let database = node.relation.database.as_deref();
            (database, node.relation.schema.as_str())
        })
        .collect();
    let schemas: BTreeSet<&str> = places.iter().map(|(_, schema)| *schema).collect();
    let pair = |(database, schema): &(Option<&str>, &str)| {
        let parts = vec![Value::from(*database), Value::from(*schema)];
        Value::from(Tuple::from(parts))
    };
    let extras = BTreeMap::from([
        (
            "results",
            List::value(results.map(|unit| Ended::of(graph, unit)).collect()),
        ),
        (
            "schemas",
            List::value(schemas.into_iter().map(Value::from).collect()),
        ),
        (
            "database_schemas",
            List::value(places.iter().map(pair).collect()),
        ),
    ]);
    run_all(context, true, &extras)
}

/// The hooks of one end, in the order in which they run.
fn hooks(graph: &Graph, of_end: bool) -> Vec<&Arc<Node>> {
    let mut found: Vec<(bool, &str, usize, &Arc<Node>)> = Vec::new();
    for node in &graph.nodes {
        if let Detail::Hook { at_end, index } = node.detail
            && at_end == of_end
        {
            let is_root = node.package == graph.registry.project;
            found.push((is_root, &node.package, index, node));
        }
    }
    found.sort_by_key(|(is_root, package, index, _)| (*is_root, *package, *index));
    found.into_iter().map(|(_, _, _, node)| node).collect()
}

fn run_all(
    context: &Context<'_>,
    of_end: bool,
    extras: &BTreeMap<&'static str, Value>,
) -> Result<Vec<UnitResult>> {
    let hooks = hooks(context.graph, of_end);
    if hooks.is_empty() {
        return Ok(Vec::new());
    }
    let connection = context.warehouse.connect()?;
    let connection = Arc::new(connection.cancellable(&context.options.cancel));
    let run = Ends {
        context,
        connection: &connection,
        transactions: &Transactions::new(&context.turn),
        extras,
    };
    let mut results: Vec<UnitResult> = Vec::with_capacity(hooks.len());
    for node in hooks {
        let failed = results.iter().find(|one| one.status == Status::Failed);
        let result = match failed {
            None => run.one(node),
            Some(failed) => UnitResult {
                status: Status::Skipped,
                message: Some(format!("not run, because `{}` failed", failed.name)),
                ..blank(node, Duration::ZERO)
            },
        };
        finished(context.observer, &result);
        results.push(result);
    }
    run.transactions.close(&connection);
    Ok(results)
}

/// What the hooks of one end share.
struct Ends<'a> {
    context: &'a Context<'a>,
    connection: &'a Arc<Connection>,
    transactions: &'a Arc<Transactions>,
    extras: &'a BTreeMap<&'static str, Value>,
}

impl Ends<'_> {
    fn one(&self, node: &Arc<Node>) -> UnitResult {
        let name = node.name.clone();
        let observer = self.context.observer;
        observer.observe(Event::TransformUnitStarted { name });
        let started = Instant::now();
        let outcome = self.run(node);
        let mut result = blank(node, started.elapsed());
        match outcome {
            Ok(sql) => result.compiled = Some(sql),
            Err(error) => {
                result.status = Status::Failed;
                result.error = Some(error);
            }
        }
        result
    }

    /// Renders a hook and runs it; returns what was run.
    fn run(&self, node: &Arc<Node>) -> Result<String> {
        let graph = self.context.graph;
        let mode = Mode {
            execute: true,
            ..Mode::default()
        };
        let mut scope = graph.scope(node, mode, Some(self.connection));
        scope.transactions = Some(Arc::clone(self.transactions));
        scope.extras = self.extras.clone();
        let (text, record) = graph.templates.render(&node.template, scope)?;
        for notice in record.notices.into_iter().chain(record.printed) {
            notice_event(self.context.observer, format!("{}: {notice}", node.name));
        }
        let sql = statement_of(&text);
        if !sql.is_empty() {
            self.connection.batch(&sql).map_err(|error| {
                Error::new(error.kind(), format!("failed to run `{}`", node.name))
                    .at(&node.path)
                    .cause(error.causes().join("\n"))
                    .cause(format!("in `{sql}`"))
            })?;
        }
        Ok(sql)
    }
}

/// The SQL of a hook, which may be written as `{"sql": …}`.
fn statement_of(text: &str) -> String {
    let mut patch = ConfigPatch::default();
    patch.put("pre_hook", text.into());
    let hooks = crate::transform::config::hooks(&patch, "pre_hook");
    let sql = hooks.first().map_or("", |hook| hook.sql.as_str());
    trim_statement(sql).to_owned()
}
