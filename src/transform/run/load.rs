//! Loading a seed.

use std::sync::Arc;

use super::Context;
use super::plan::Unit;
use super::unit::{render_setting, with_retries};
use crate::error::Result;
use crate::transform::context::Mode;
use crate::transform::materialization::{Built, Hooks, Moment, write_comments};
use crate::transform::seed::SeedTable;
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
    let mode = Mode {
        execute: true,
        ..Mode::default()
    };
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
            let notices = write_comments(node, RelationKind::Table, which, connection)?;
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
