//! `run-operation`: one macro, called by name.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Map, Value as Json};

use super::{blank, notice_event};
use crate::error::{Error, Result, nearest};
use crate::event::{Observer, Status};
use crate::sys::cancel::Cancel;
use crate::transform::context::{Macro, Mode, Transactions};
use crate::transform::graph::{Graph, Node, NodeKind};
use crate::transform::report::{TransformReport, UnitResult};
use crate::transform::value::from_json;
use crate::warehouse::Warehouse;

/// What a macro did.
#[derive(Debug)]
pub struct Operation {
    /// Its result, as of a unit.
    pub report: TransformReport,
    /// What it printed.
    pub printed: Vec<String>,
}

/// Calls the macro `name`, or `package.name`, with named arguments. What it does in a transaction
/// that it does not commit is undone.
///
/// # Errors
/// `Usage` if there is no such macro. A failure inside it is in the report.
pub fn operate(
    graph: &Graph,
    warehouse: &Warehouse,
    name: &str,
    arguments: &Map<String, Json>,
    observer: &dyn Observer,
    cancel: &Cancel,
) -> Result<Operation> {
    let definition = find(graph, name)?;
    let connection = Arc::new(warehouse.connect()?.cancellable(cancel));
    let transactions = Transactions::new(&Arc::new(Mutex::new(())));
    let node = node_of(graph, definition);
    let mode = Mode {
        execute: true,
        ..Mode::default()
    };
    let started = Instant::now();
    let mut scope = graph.scope(&node, mode, Some(&connection));
    scope.transactions = Some(Arc::clone(&transactions));
    let named = arguments
        .iter()
        .map(|(name, value)| (name.clone(), from_json(value)));
    let outcome = graph.templates.run(definition, named.collect(), scope);
    transactions.close(&connection);
    let mut result = blank(&node, started.elapsed());
    result.id.clone_from(&definition.id);
    let mut printed = Vec::new();
    match outcome {
        Ok((_, record)) => {
            printed = record.printed;
            for notice in record.notices {
                notice_event(observer, notice);
            }
        }
        Err(error) => {
            result.status = Status::Failed;
            result.error = Some(error);
        }
    }
    Ok(Operation {
        report: report(result, cancel),
        printed,
    })
}

fn report(result: UnitResult, cancel: &Cancel) -> TransformReport {
    TransformReport {
        units: vec![result],
        stopped: cancel.check().err(),
    }
}

fn find<'g>(graph: &'g Graph, name: &str) -> Result<&'g Arc<Macro>> {
    let registry = &graph.registry;
    let macros = &registry.macros;
    let found = match name.split_once('.') {
        Some((package, name)) => macros.of_package(package, name),
        None => macros.find(&registry.project, name).or_else(|| {
            let mut all = macros.all();
            all.find(|one| one.name == name)
        }),
    };
    found.ok_or_else(|| {
        let plain = name.rsplit('.').next().unwrap_or(name);
        let error = Error::usage(format!("there is no macro `{name}`"));
        match nearest(plain, macros.names()) {
            Some(near) => error.hint(format!("Did you mean `{near}`?")),
            None => error.hint("Define it among the macros of the project."),
        }
    })
}

/// What the macro sees as its node; it may refer to everything.
fn node_of(graph: &Graph, definition: &Macro) -> Arc<Node> {
    let project = &graph.registry.project;
    let mut node = Node::blank(
        NodeKind::Operation,
        project,
        &definition.name,
        &definition.path,
    );
    node.line = definition.line;
    node.parents = graph.registry.index.keys().cloned().collect();
    Arc::new(node)
}
