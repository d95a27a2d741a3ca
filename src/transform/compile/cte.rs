//! Ephemeral models: common table expressions in front of the query that refers to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::Result;
use crate::transform::context::{CTE_PREFIX, Mode};
use crate::transform::graph::Graph;
use crate::transform::render::Templates;
use crate::transform::template::lines::{skip_mark, trim_statement};
use crate::warehouse::{Connection, quote};

/// Name and query of one expression.
pub(super) type Part = (String, String);

/// The ephemeral models among `refs` and everything ephemeral they refer to, each after what it
/// needs.
pub(super) fn collect(
    graph: &Graph,
    templates: &Templates,
    refs: &BTreeSet<String>,
    mode: Mode,
    connection: Option<&Arc<Connection>>,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    add(graph, templates, refs, mode, connection, &mut parts)?;
    Ok(parts)
}

fn add(
    graph: &Graph,
    templates: &Templates,
    refs: &BTreeSet<String>,
    mode: Mode,
    connection: Option<&Arc<Connection>>,
    parts: &mut Vec<Part>,
) -> Result<()> {
    for node in refs.iter().filter_map(|id| graph.node(id)) {
        let name = format!("{CTE_PREFIX}{}", node.relation.name);
        if !node.is_ephemeral() || parts.iter().any(|(one, _)| *one == name) {
            continue;
        }
        let mode = Mode {
            incremental: false,
            period: None,
            ..mode
        };
        let (sql, record) =
            templates.render(&node.template, graph.scope(node, mode, connection))?;
        add(graph, templates, &record.refs, mode, connection, parts)?;
        parts.push((name, trim_statement(&sql).to_owned()));
    }
    Ok(())
}

/// Puts the expressions in front of a query, merging with a `WITH` it may begin with.
pub(super) fn insert(sql: &str, parts: &[Part]) -> String {
    if parts.is_empty() {
        return sql.to_owned();
    }
    let list: Vec<String> = parts
        .iter()
        .map(|(name, sql)| format!("{} as (\n{sql}\n)", quote(name)))
        .collect();
    let list = list.join(", ");
    match after_with(sql) {
        Some((head, rest)) => format!("{head} {list},{rest}"),
        None => format!("with {list}\n{sql}"),
    }
}

/// Splits a query after its leading `WITH` or `WITH RECURSIVE`.
fn after_with(sql: &str) -> Option<(&str, &str)> {
    let mut rest = skip_word(skip_space(sql), "with")?;
    if let Some(after) = skip_word(skip_space(rest), "recursive") {
        rest = after;
    }
    sql.split_at_checked(sql.len() - rest.len())
}

/// Text after white space, comments and line marks.
fn skip_space(sql: &str) -> &str {
    let mut rest = sql.trim_start();
    loop {
        let next = if let Some(comment) = rest.strip_prefix("--") {
            comment.split_once('\n').map_or("", |(_, after)| after)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map_or("", |(_, after)| after)
        } else if let Some(after) = skip_mark(rest) {
            after
        } else {
            return rest;
        };
        rest = next.trim_start();
    }
}

fn skip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    let ends = !rest.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    (head.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_join_a_leading_with() {
        let parts = [("__cte__a".to_owned(), "select 1 -- one".to_owned())];
        assert_eq!(insert("select 2", &[]), "select 2");
        assert_eq!(
            insert("select 2", &parts),
            "with \"__cte__a\" as (\nselect 1 -- one\n)\nselect 2"
        );
        assert_eq!(
            insert("-- x\n/* y */ WITH b as (select 2) select 3", &parts),
            "-- x\n/* y */ WITH \"__cte__a\" as (\nselect 1 -- one\n), b as (select 2) select 3"
        );
        assert!(
            insert("with recursive r as (x) select 1", &parts).starts_with("with recursive \"__")
        );
        assert!(insert("without", &parts).ends_with(")\nwithout"));
    }
}
