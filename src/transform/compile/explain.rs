//! From an error of the engine in compiled SQL to the line of the file that caused it.

use std::sync::Arc;

use super::compile_node;
use crate::error::{Error, Kind, Result, nearest};
use crate::transform::context::Mode;
use crate::transform::graph::{Graph, Node};
use crate::transform::template::lines::LineMap;
use crate::warehouse::Connection;

/// A failure while a model was built.
#[derive(Debug)]
pub(in crate::transform) struct SqlFailure {
    /// What the engine or this program says.
    pub error: Error,
    /// The query of the model, and how many lines the statement has before it, if it was in this
    /// statement that the engine found the error.
    pub query: Option<(String, usize)>,
}

impl From<Error> for SqlFailure {
    fn from(error: Error) -> Self {
        Self { error, query: None }
    }
}

/// Where the engine says the error is: line and column of the statement, from 1 and 0.
struct Position {
    line: usize,
    column: Option<usize>,
}

/// Names the file and line in a failure of `node`, shows the line, and adds what would help.
pub(in crate::transform) fn explain(
    graph: &Graph,
    node: &Arc<Node>,
    mode: Mode,
    connection: Option<&Arc<Connection>>,
    failure: SqlFailure,
) -> Error {
    let SqlFailure { error, query } = failure;
    let is_located = error
        .places()
        .iter()
        .any(|place| place.starts_with(&node.path));
    if is_located || matches!(error.kind(), Kind::Cancelled | Kind::Bug) {
        return error;
    }
    let text = error.causes().join("\n");
    let (message, position) = split_position(&text);
    let mut explained = Error::new(kind_of(&error, &message), failed(node));
    let located = match (&query, position) {
        (Some((sql, before)), Some(position)) => {
            let line = position.line.saturating_sub(*before);
            let position = Position { line, ..position };
            locate(graph, node, mode, connection, sql, &position)
        }
        _ => Located {
            places: vec![node.path.clone()],
            line: None,
        },
    };
    for place in located.places {
        explained = explained.at(place);
    }
    explained = explained.cause(if message.is_empty() {
        error.message()
    } else {
        &message
    });
    if let Some(line) = located.line {
        explained = explained.cause(line);
    }
    if let Some(hint) = remedy(graph, node, &message) {
        explained = explained.hint(hint);
    }
    for hint in error.hints() {
        explained = explained.hint(hint);
    }
    explained
}

fn failed(node: &Node) -> String {
    format!("failed to build {} `{}`", node.kind.word(), node.name)
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

/// Separates the message from the `LINE n: …` the engine puts behind it.
fn split_position(text: &str) -> (String, Option<Position>) {
    let Some((before, after)) = text.split_once("LINE ") else {
        return (text.trim().to_owned(), None);
    };
    let Some((number, shown)) = after.split_once(": ") else {
        return (text.trim().to_owned(), None);
    };
    let Ok(line) = number.parse::<usize>() else {
        return (text.trim().to_owned(), None);
    };
    let mut lines = shown.lines();
    let first = lines.next().unwrap_or_default();
    let caret = lines.next().and_then(|line| line.find('^'));
    let prefix = format!("LINE {number}: ").len();
    // A long line is shown in part, and then the column is not the one of the statement.
    let column = caret
        .filter(|_| !first.starts_with("..."))
        .and_then(|at| at.checked_sub(prefix));
    (before.trim().to_owned(), Some(Position { line, column }))
}

struct Located {
    places: Vec<String>,
    line: Option<String>,
}

fn locate(
    graph: &Graph,
    node: &Arc<Node>,
    mode: Mode,
    connection: Option<&Arc<Connection>>,
    sql: &str,
    position: &Position,
) -> Located {
    let line = position.line;
    let shown = sql
        .lines()
        .nth(line.saturating_sub(1))
        .unwrap_or_default()
        .trim();
    let excerpt = |number: usize| Some(format!("line {number} of the compiled SQL: {shown}"));
    let fallback = Located {
        places: vec![node.path.clone()],
        line: excerpt(line),
    };
    let Ok(Some((map, paths))) = line_map(graph, node, mode, connection, sql) else {
        return fallback;
    };
    let Some(own) = paths.iter().position(|path| *path == node.path) else {
        return fallback;
    };
    let own_place = match map.locate(own, line, position.column) {
        Some(found) => format!("{}:{found}", node.path),
        None => node.path.clone(),
    };
    let mut places = vec![own_place];
    if let Some((file, inner)) = map.locate_elsewhere(own, line) {
        let path = paths.get(file).cloned().unwrap_or_default();
        places.insert(0, format!("{path}:{inner}"));
    }
    Located {
        places,
        line: excerpt(line),
    }
}

/// Renders again with marks; `None` if that gives another text.
fn line_map(
    graph: &Graph,
    node: &Arc<Node>,
    mode: Mode,
    connection: Option<&Arc<Connection>>,
    sql: &str,
) -> Result<Option<(LineMap, Vec<String>)>> {
    let (marked, paths) = graph.templates.marked()?;
    let compiled = compile_node(graph, &marked, node, mode, connection)?;
    let (plain, map) = LineMap::unmark(&compiled.sql);
    Ok((plain == sql).then_some((map, paths)))
}

/// What would help, from the message of the engine.
fn remedy(graph: &Graph, node: &Node, message: &str) -> Option<String> {
    if let Some(table) = between(message, "Table with name ", " does not exist") {
        let table = table.trim_matches('"');
        let parent = node
            .parents
            .iter()
            .filter_map(|id| graph.node(id))
            .find(|parent| {
                parent.kind.is_referable() && parent.relation.name.eq_ignore_ascii_case(table)
            });
        if let Some(parent) = parent {
            return Some(format!(
                "Build `{}` first: `cca run --select {}`.",
                parent.name, parent.name
            ));
        }
        let is_source = node
            .sources
            .iter()
            .filter_map(|(name, one)| graph.registry.source(&node.package, name, one))
            .any(|source| source.relation.name.eq_ignore_ascii_case(table));
        if is_source {
            return Some("Load the data first: `cca sync`.".to_owned());
        }
    }
    if let Some(meant) = between(message, "Did you mean \"", "\"") {
        return Some(format!("Did you mean `{meant}`?"));
    }
    let wanted = between(message, "Referenced column \"", "\"")
        .or_else(|| between(message, "does not have a column named \"", "\""))?;
    let list = message
        .split_once("Candidate bindings: ")
        .map(|(_, list)| list)?;
    let candidates: Vec<&str> = list
        .split('"')
        .skip(1)
        .step_by(2)
        .map(|name| name.rsplit('.').next().unwrap_or(name))
        .collect();
    nearest(wanted, candidates).map(|near| format!("Did you mean `{near}`?"))
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(start)?;
    after.split_once(end).map(|(inside, _)| inside)
}
