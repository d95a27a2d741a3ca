//! What happens when the columns of new rows are not those of the table.

use crate::error::{Error, Result};
use crate::transform::config::OnSchemaChange;
use crate::transform::graph::Node;
use crate::warehouse::{Column, Connection, quote};

/// Brings the table and the new rows together as configured; returns the columns to write.
pub(super) fn reconcile(
    node: &Node,
    policy: OnSchemaChange,
    new: &[Column],
    connection: &Connection,
) -> Result<Vec<String>> {
    let relation = &node.relation;
    let old = connection.describe(&relation.to_string())?;
    let added: Vec<&Column> = new
        .iter()
        .filter(|column| find(&old, column).is_none())
        .collect();
    let missing: Vec<&Column> = old
        .iter()
        .filter(|column| find(new, column).is_none())
        .collect();
    let retyped: Vec<&Column> = new
        .iter()
        .filter(|column| find(&old, column).is_some_and(|one| one.type_name != column.type_name))
        .collect();
    if policy == OnSchemaChange::Fail
        && !(added.is_empty() && missing.is_empty() && retyped.is_empty())
    {
        return Err(changed(node, &added, &missing, &retyped));
    }
    let changes = alterations(policy, &added, &missing, &retyped);
    if !changes.is_empty() {
        let sql: Vec<String> = changes
            .iter()
            .map(|change| format!("ALTER TABLE {relation} {change};"))
            .collect();
        connection.batch(&sql.join("\n"))?;
    }
    let is_kept =
        |column: &&Column| policy != OnSchemaChange::Ignore || find(&old, column).is_some();
    Ok(new
        .iter()
        .filter(is_kept)
        .map(|column| column.name.clone())
        .collect())
}

fn alterations(
    policy: OnSchemaChange,
    added: &[&Column],
    missing: &[&Column],
    retyped: &[&Column],
) -> Vec<String> {
    let mut changes = Vec::new();
    if matches!(
        policy,
        OnSchemaChange::AppendNewColumns | OnSchemaChange::SyncAllColumns
    ) {
        let add =
            |column: &&Column| format!("ADD COLUMN {} {}", quote(&column.name), column.type_name);
        changes.extend(added.iter().map(add));
    }
    if policy == OnSchemaChange::SyncAllColumns {
        let drop = |column: &&Column| format!("DROP COLUMN {}", quote(&column.name));
        changes.extend(missing.iter().map(drop));
        let retype = |column: &&Column| {
            format!(
                "ALTER COLUMN {} TYPE {}",
                quote(&column.name),
                column.type_name
            )
        };
        changes.extend(retyped.iter().map(retype));
    }
    changes
}

fn find<'a>(columns: &'a [Column], wanted: &Column) -> Option<&'a Column> {
    columns
        .iter()
        .find(|column| column.name.eq_ignore_ascii_case(&wanted.name))
}

fn changed(node: &Node, added: &[&Column], missing: &[&Column], retyped: &[&Column]) -> Error {
    let mut error =
        Error::project(format!("the columns of model `{}` have changed", node.name)).at(&node.path);
    for (word, columns) in [
        ("new", added),
        ("missing", missing),
        ("of another type", retyped),
    ] {
        if !columns.is_empty() {
            let names: Vec<String> = columns
                .iter()
                .map(|column| format!("`{}` {}", column.name, column.type_name))
                .collect();
            error = error.cause(format!("{word}: {}", names.join(", ")));
        }
    }
    error.hint(format!(
        "Rebuild it with `cca run --full-refresh --select {}`, or set `on_schema_change` to `append_new_columns` or `sync_all_columns`.",
        node.name
    ))
}
