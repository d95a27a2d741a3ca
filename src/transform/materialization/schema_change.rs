//! What happens when the columns of new rows are not those of the table.
//!
//! | policy | new column | missing column | other type |
//! |---|---|---|---|
//! | `ignore` | left out | NULL in new rows | values are cast to the type of the table |
//! | `fail` | error | error | error |
//! | `append_new_columns` | added, NULL in old rows | NULL in new rows | values are cast |
//! | `sync_all_columns` | added, NULL in old rows | dropped | the type both fit in (ours), the new type if all old values fit in it (dbt's) |

use super::{Build, create_indexes};
use crate::error::{Error, Result};
use crate::transform::config::OnSchemaChange;
use crate::transform::graph::Node;
use crate::transform::settings::Semantics;
use crate::warehouse::{Column, Connection, Relation, quote};

/// Brings the table and the new rows together as configured; returns the columns to write.
pub(super) fn reconcile(build: &Build<'_>, new: &[Column]) -> Result<Vec<String>> {
    let policy = build.compiled.config.on_schema_change;
    let relation = &build.node.relation;
    let old = build.connection.describe(&relation.to_string())?;
    let difference = Difference::between(&old, new);
    if policy == OnSchemaChange::Fail && !difference.is_empty() {
        return Err(changed(build.node, &difference));
    }
    let changes = alterations(build, policy, &difference)?;
    if !changes.is_empty() {
        alter(build, &changes)?;
    }
    let is_kept =
        |column: &&Column| policy != OnSchemaChange::Ignore || find(&old, column).is_some();
    Ok(new
        .iter()
        .filter(is_kept)
        .map(|column| column.name.clone())
        .collect())
}

/// Columns in which a table and new rows differ.
struct Difference<'a> {
    added: Vec<&'a Column>,
    missing: Vec<&'a Column>,
    /// The old and the new column.
    retyped: Vec<(&'a Column, &'a Column)>,
}

impl<'a> Difference<'a> {
    fn between(old: &'a [Column], new: &'a [Column]) -> Self {
        let pairs = new
            .iter()
            .filter_map(|column| Some((find(old, column)?, column)));
        Self {
            added: new
                .iter()
                .filter(|column| find(old, column).is_none())
                .collect(),
            missing: old
                .iter()
                .filter(|column| find(new, column).is_none())
                .collect(),
            retyped: pairs
                .filter(|(old, new)| old.type_name != new.type_name)
                .collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.missing.is_empty() && self.retyped.is_empty()
    }
}

fn alterations(
    build: &Build<'_>,
    policy: OnSchemaChange,
    difference: &Difference<'_>,
) -> Result<Vec<String>> {
    let mut changes = Vec::new();
    let is_sync = policy == OnSchemaChange::SyncAllColumns;
    if is_sync || policy == OnSchemaChange::AppendNewColumns {
        let add =
            |column: &&Column| format!("ADD COLUMN {} {}", quote(&column.name), column.type_name);
        changes.extend(difference.added.iter().map(add));
    }
    if is_sync {
        let drop = |column: &&Column| format!("DROP COLUMN {}", quote(&column.name));
        changes.extend(difference.missing.iter().map(drop));
        for (old, new) in &difference.retyped {
            let wanted = wanted_type(build, old, new)?;
            if wanted != old.type_name {
                let column = quote(&old.name);
                changes.push(format!("ALTER COLUMN {column} TYPE {wanted}"));
            }
        }
    }
    Ok(changes)
}

/// The type a column gets so that no value of before is lost.
fn wanted_type(build: &Build<'_>, old: &Column, new: &Column) -> Result<String> {
    let connection = build.connection;
    if build.semantics == Semantics::Dbt
        && fits(connection, &build.node.relation, old, &new.type_name)?
    {
        return Ok(new.type_name.clone());
    }
    common_type(connection, &old.type_name, &new.type_name)
}

/// The narrowest type that both fit in, as the engine decides for a union.
fn common_type(connection: &Connection, one: &str, other: &str) -> Result<String> {
    let union = format!("(SELECT CAST(NULL AS {one}) AS c UNION ALL SELECT CAST(NULL AS {other}))");
    let columns = connection.describe(&union)?;
    Ok(columns
        .into_iter()
        .next()
        .map_or_else(|| other.to_owned(), |column| column.type_name))
}

/// Whether every value of a column survives as `type_name`.
fn fits(
    connection: &Connection,
    relation: &Relation,
    old: &Column,
    type_name: &str,
) -> Result<bool> {
    let (name, was) = (quote(&old.name), &old.type_name);
    let sql = format!(
        "SELECT count(*) FROM {relation} WHERE {name} IS NOT NULL AND \
         TRY_CAST(TRY_CAST({name} AS {type_name}) AS {was}) IS DISTINCT FROM {name}"
    );
    Ok(connection.scalar(&sql, &[])?.as_i64() == Some(0))
}

/// A table with indexes takes no changes; they are made again afterwards.
fn alter(build: &Build<'_>, changes: &[String]) -> Result<()> {
    let relation = &build.node.relation;
    let indexes = build.connection.query(
        "SELECT index_name FROM duckdb_indexes() WHERE schema_name = ? AND table_name = ? \
         AND database_name = current_database()",
        &[
            relation.schema.as_str().into(),
            relation.name.as_str().into(),
        ],
    )?;
    let names = indexes.rows.iter().filter_map(|row| row.first()?.as_str());
    let drops =
        names.map(|name| format!("DROP INDEX {}.{};", quote(&relation.schema), quote(name)));
    let has_indexes = !indexes.rows.is_empty();
    let alters = changes
        .iter()
        .map(|change| format!("ALTER TABLE {relation} {change};"));
    let sql: Vec<String> = drops.chain(alters).collect();
    build.connection.batch(&sql.join("\n"))?;
    if has_indexes {
        create_indexes(build)?;
    }
    Ok(())
}

fn find<'a>(columns: &'a [Column], wanted: &Column) -> Option<&'a Column> {
    columns
        .iter()
        .find(|column| column.name.eq_ignore_ascii_case(&wanted.name))
}

fn changed(node: &Node, difference: &Difference<'_>) -> Error {
    let mut error =
        Error::project(format!("the columns of model `{}` have changed", node.name)).at(&node.path);
    let retyped: Vec<&Column> = difference.retyped.iter().map(|(_, new)| *new).collect();
    for (word, columns) in [
        ("new", &difference.added),
        ("missing", &difference.missing),
        ("of another type", &retyped),
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
