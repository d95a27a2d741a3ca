//! From an error of the engine in compiled SQL to the line of the file that caused it.

use std::sync::Arc;

use super::compile_node;
use super::locate::Written;
use crate::error::{Error, Kind, nearest};
use crate::project::Layout;
use crate::transform::context::Mode;
use crate::transform::graph::{Graph, Node};
use crate::transform::render::Templates;
use crate::warehouse::{Connection, meant_name, missing_table, split_refusal};

/// Lines of a message of the engine that are shown.
const SHOWN_LINES: usize = 12;

/// A failure while SQL of the project was run.
#[derive(Debug)]
pub(in crate::transform) struct SqlFailure {
    /// What the engine or this program says.
    pub error: Error,
    /// The query of the node, and how many lines the statement has before it, if it was in this
    /// statement that the engine found the error.
    pub query: Option<(String, usize)>,
}

impl From<Error> for SqlFailure {
    fn from(error: Error) -> Self {
        Self { error, query: None }
    }
}

/// Names the file and line in a failure of a model or snapshot, shows the line, and adds what
/// would help.
pub(in crate::transform) fn explain(
    graph: &Graph,
    node: &Arc<Node>,
    mode: Mode,
    connection: Option<&Arc<Connection>>,
    failure: SqlFailure,
) -> Error {
    let is_located = failure
        .error
        .places()
        .iter()
        .any(|place| place.starts_with(&node.path));
    if is_located {
        return failure.error;
    }
    let render = |templates: &Templates| {
        compile_node(graph, templates, node, mode, connection).map(|compiled| compiled.sql)
    };
    let written = Written {
        graph,
        path: Some(&node.path),
        place: &node.path,
        render: &render,
    };
    let what = format!("failed to build {} `{}`", node.kind.word(), node.name);
    explain_as(&what, node, &written, failure)
}

/// The same for any text of `node` that became SQL; `what` says what could not be done.
pub(in crate::transform) fn explain_as(
    what: &str,
    node: &Node,
    written: &Written<'_>,
    failure: SqlFailure,
) -> Error {
    let SqlFailure { error, query } = failure;
    if matches!(error.kind(), Kind::Cancelled | Kind::Bug) {
        return error;
    }
    let (message, position) = split_refusal(&error.causes().join("\n"));
    let located = match (&query, position) {
        (Some((sql, before)), Some(position)) => written.locate(sql, &position.after(*before)),
        _ => written.somewhere(),
    };
    let mut explained = Error::new(kind_of(&error, &message), what);
    for place in located.places {
        explained = explained.at(place);
    }
    if let Some(excerpt) = located.excerpt {
        explained = explained.showing(excerpt);
    }
    explained = explained.cause(if message.is_empty() {
        error.message().to_owned()
    } else {
        shortened(&message)
    });
    if let Some(line) = located.compiled {
        explained = explained.cause(line);
    }
    if let Some(hint) = remedy(written.graph, node, &message) {
        explained = explained.hint(hint);
    }
    for hint in error.hints() {
        explained = explained.hint(hint);
    }
    explained
}

/// What the engine refuses to understand is a fault of the file; what it refuses to compute
/// usually is one of the data.
fn kind_of(error: &Error, message: &str) -> Kind {
    let of_the_file = [
        "Parser Error",
        "Binder Error",
        "Catalog Error",
        "Syntax Error",
    ];
    if of_the_file.iter().any(|start| message.starts_with(start)) {
        Kind::Project
    } else {
        error.kind()
    }
}

/// A message of the engine without its suggestion, which becomes a hint where it is worth one, and
/// without the end of a long list.
pub(in crate::transform) fn shortened(message: &str) -> String {
    let lines: Vec<&str> = message
        .lines()
        .filter(|line| !line.starts_with("Did you mean \""))
        .collect();
    let mut shown: Vec<&str> = lines.iter().take(SHOWN_LINES).copied().collect();
    let rest = lines.len() - shown.len();
    let more = format!("… and {rest} more lines");
    if rest > 1 {
        shown.push(&more);
    } else {
        shown = lines;
    }
    shown.join("\n")
}

/// What would help, from the message of the engine.
fn remedy(graph: &Graph, node: &Node, message: &str) -> Option<String> {
    let meant = |name: &str| format!("Did you mean `{name}`?");
    let own = || meant_name(message).map(meant);
    match missing_table(message) {
        Some(table) => missing_parent(graph, node, table)
            .or_else(|| nearest_relation(graph, table).map(meant))
            .or_else(own),
        None => own(),
    }
}

/// What to do about a table of the project that is not there yet.
fn missing_parent(graph: &Graph, node: &Node, table: &str) -> Option<String> {
    let is_it = |name: &str| name.eq_ignore_ascii_case(table);
    let mut parents = node.parents.iter().filter_map(|id| graph.node(id));
    if let Some(parent) =
        parents.find(|parent| parent.kind.is_referable() && is_it(&parent.relation.name))
    {
        let name = &parent.name;
        return Some(format!("Build `{name}` first: `cca run --select {name}`."));
    }
    let mut sources = node
        .sources
        .iter()
        .filter_map(|(name, one)| graph.registry.source(&node.package, name, one));
    let hint = match graph.registry.layout {
        Layout::Own => "Load the data first: `cca sync`.",
        Layout::Dbt => "Load the data of this source first.",
    };
    sources
        .any(|source| is_it(&source.relation.name))
        .then(|| hint.to_owned())
}

/// The relation of the project whose name is nearest to `table`.
fn nearest_relation<'g>(graph: &'g Graph, table: &str) -> Option<&'g str> {
    let names = graph.nodes.iter().filter(|node| {
        node.kind.is_referable() || node.kind == crate::transform::graph::NodeKind::Source
    });
    nearest(table, names.map(|node| node.relation.name.as_str()))
}
