//! Building what is selected: plan the units, run them in dependency order, report.

mod ended;
mod ends;
mod load;
mod measure;
mod microbatch;
mod operation;
mod order;
mod plan;
mod schedule;
mod unit;
mod written;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use self::operation::{Operation, operate};
pub use self::plan::Verb;
use self::plan::{Plan, Task, Unit};
use super::graph::{Graph, Node};
use super::report::{Extent, Periods, TransformReport, UnitResult};
use super::seed_rules;
use super::settings::{RunOptions, Selection};
use crate::error::Result;
use crate::event::{Event, Observer, Stage, Status};
use crate::warehouse::Callers;
use crate::warehouse::Warehouse;

/// What the threads of a run share.
struct Context<'a> {
    graph: &'a Graph,
    warehouse: &'a Warehouse,
    plan: &'a Plan<'a>,
    observer: &'a dyn Observer,
    options: &'a RunOptions,
    /// Held while a transaction commits, so that catalog changes never meet.
    turn: Arc<Mutex<()>>,
    /// What has been said once and needs no repetition.
    said: Mutex<BTreeSet<&'static str>>,
}

impl Context<'_> {
    /// Tells something that concerns many models, once.
    fn notice_once(&self, message: &'static str) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.insert(message) {
            notice_event(self.observer, message.to_owned());
        }
    }
}

/// Does with the selected nodes what `verb` says, in dependency order.
///
/// Seeds are loaded when their contents changed since they were loaded, or with `full_refresh`.
/// An incremental model is rebuilt as a whole when it does not exist, with `full_refresh`, and
/// when its definition or one it depends on is not the one it was built with. What depends on
/// something that failed, or that a test of severity `error` found wrong, is skipped.
///
/// A stop by the user is in the report with everything that had ended by then.
///
/// # Errors
/// What concerns no single node: a selector without a match, a seed that breaks its rules, a
/// warehouse that cannot be read.
/// Failures of nodes are in the report.
pub fn run(
    verb: Verb,
    graph: &Graph,
    warehouse: &Warehouse,
    selection: &Selection,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<TransformReport> {
    seed_rules::check(graph)?;
    let connection = warehouse.connect()?;
    let plan = Plan::of(verb, graph, &connection, selection, options)?;
    drop(connection);
    execute(graph, warehouse, &plan, options, observer)
}

fn execute(
    graph: &Graph,
    warehouse: &Warehouse,
    plan: &Plan<'_>,
    options: &RunOptions,
    observer: &dyn Observer,
) -> Result<TransformReport> {
    for notice in graph.notices() {
        notice_event(observer, notice.clone());
    }
    let context = Context {
        graph,
        warehouse,
        plan,
        observer,
        options,
        turn: Arc::default(),
        said: Mutex::default(),
    };
    let ids = plan.units.iter().flat_map(nodes_of);
    let ids = ids.map(|node| node.id.clone()).collect();
    // Set once per graph; a graph is run once.
    graph.registry.selected.get_or_init(|| ids);
    if plan.units.is_empty() {
        return Ok(TransformReport::default());
    }
    let first = ends::begin(&context)?;
    // This thread waits for those of the schedule.
    let connection = warehouse.connect()?;
    let waiting = Callers::join(&connection, -1);
    let mut report = schedule::run_all(&context)?;
    drop(waiting);
    report.units.splice(0..0, first);
    if options.measure {
        measure::measure(graph, warehouse, &mut report)?;
    }
    if report.stopped.is_none() {
        let last = ends::end(&context, &report.units)?;
        report.units.extend(last);
    }
    Ok(report)
}

fn notice_event(observer: &dyn Observer, message: String) {
    observer.observe(Event::Noticed {
        stage: Stage::Transform,
        message,
    });
}

fn finished(observer: &dyn Observer, result: &UnitResult) {
    let message = match &result.error {
        Some(error) => Some(error.summary()),
        None => result.message.clone(),
    };
    observer.observe(Event::TransformUnitFinished {
        name: result.name.clone(),
        materialization: result.materialization.clone(),
        status: result.status,
        rows: result.rows,
        elapsed: result.elapsed,
        message,
    });
}

/// The results of a unit that is not run: one per node.
fn skipped(unit: &Unit<'_>, reason: &str) -> Vec<UnitResult> {
    nodes_of(unit)
        .map(|node| UnitResult {
            status: Status::Skipped,
            message: Some(reason.to_owned()),
            ..blank(node, Duration::ZERO)
        })
        .collect()
}

fn nodes_of<'u>(unit: &'u Unit<'_>) -> impl Iterator<Item = &'u Arc<Node>> {
    let others = match &unit.task {
        Task::Test(others) => others.as_slice(),
        _ => &[],
    };
    std::iter::once(unit.node).chain(others)
}

fn blank(node: &Node, elapsed: Duration) -> UnitResult {
    UnitResult {
        id: node.id.clone(),
        name: node.name.clone(),
        kind: node.kind,
        materialization: node.materialization().to_owned(),
        status: Status::Ok,
        rows: None,
        bytes: None,
        written: Extent::default(),
        started: crate::sys::clock::now() - elapsed,
        thread: std::thread::current().name().unwrap_or_default().to_owned(),
        compiled: None,
        ran: None,
        failures: None,
        periods: Periods::default(),
        elapsed,
        message: None,
        error: None,
    }
}
