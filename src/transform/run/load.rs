//! Loading a seed.

use std::sync::Arc;

use super::Context;
use super::plan::Unit;
use super::unit::{render_setting, with_retries};
use super::written::build_written;
use crate::error::{Error, Result};
use crate::transform::compile::Compiled;
use crate::transform::context::{Macro, Mode};
use crate::transform::graph::Node;
use crate::transform::materialization::{Built, Hooks, Moment, template_of, write_comments};
use crate::transform::seed::SeedTable;
use crate::transform::settings::Semantics;
use crate::transform::state::{RelationKind, remember};
use crate::warehouse::Connection;

/// Loads a seed, with its hooks.
pub(super) fn load(
    context: &Context<'_>,
    unit: &Unit<'_>,
    connection: &Arc<Connection>,
) -> Result<Built> {
    let node = unit.node;
    let table = SeedTable::read(node)?;
    let is_own = context.graph.registry.settings.semantics == Semantics::Own;
    if let Some(name) = table.strays.first().filter(|_| is_own) {
        return Err(
            Error::project(format!("seed `{}` has a wrong header", node.name))
                .at(format!("{}:1", node.path))
                .cause(stray(node, name))
                .hint("Correct the name there, or in the first line of the file."),
        );
    }
    let mode = Mode {
        execute: true,
        ..Mode::default()
    };
    if let Some(template) = template_of(context.graph, node, &node.config) {
        let built = load_by(context, (node, template), mode, connection)?;
        return Ok(Built {
            rows: Some(table.rows),
            ..built
        });
    }
    let render =
        |key: &str, text: &str| render_setting(context, unit, mode, (key, text), connection);
    let hooks = Hooks::of(node, &node.config, &render);
    let attempt = || {
        let built = connection.transaction(|connection| {
            hooks.run(Moment::Before, true, connection)?;
            if unit.existing == Some(RelationKind::View) {
                connection.batch(&format!("DROP VIEW {}", node.relation))?;
            }
            let rows = table.store(node, connection)?;
            let which = node.config.persist_docs;
            let mut notices = write_comments(node, RelationKind::Table, which, connection)?;
            notices.extend(table.strays.iter().map(|name| stray(node, name)));
            if let Some(definition) = &unit.definition {
                remember(connection, &node.relation, definition)?;
            }
            hooks.run(Moment::After, true, connection)?;
            Ok(Built {
                rows: Some(rows),
                notices,
                ..Built::default()
            })
        })?;
        Ok(built)
    };
    hooks.run(Moment::Before, false, connection)?;
    let built = with_retries(attempt).map_err(|failure| failure.error)?;
    hooks.run(Moment::After, false, connection)?;
    Ok(built)
}

/// Loads a seed as a template of the project says.
fn load_by(
    context: &Context<'_>,
    (node, template): (&Arc<Node>, &Arc<Macro>),
    mode: Mode,
    connection: &Arc<Connection>,
) -> Result<Built> {
    let compiled = Compiled {
        sql: String::new(),
        config: node.config.clone(),
        notices: Vec::new(),
    };
    let built = build_written(context, node, mode, (template, &compiled), connection);
    built.map_err(|failure| failure.error)
}

/// A type for a column that is not there, which dbt passes over.
fn stray(node: &Node, name: &str) -> String {
    let of = &node.name;
    format!("`column_types` of `{of}` names `{name}`, which is no column")
}
