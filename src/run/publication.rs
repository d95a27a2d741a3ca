//! Publication, and the memory of what is not published yet.
//!
//! Only the files of changed marts are written anew. What changed since the last publication can
//! stem from several runs (one whose expectations failed publishes nothing), so it is kept in the
//! warehouse until it is published.

use super::context::Context;
use super::report::{Extent, TransformReport};
use crate::error::Result;
use crate::publish::{self, Change, Changes, PublishReport};
use crate::warehouse::{Connection, Relation, Value, Warehouse};

const SCHEMA: &str = "marts";

/// Remembers which relations a run changed, and how.
pub(super) fn note_changes(warehouse: &Warehouse, report: &TransformReport) -> Result<()> {
    let connection = warehouse.connect()?;
    prepare(&connection)?;
    let changed = report
        .changed()
        .map(|(name, written)| [name.into(), Value::Bool(written == Extent::Whole)]);
    let noted = Relation::new("cca", "unpublished");
    connection
        .transaction(|connection| connection.append(&noted, &["relation", "is_whole"], changed))
}

/// Publishes the marts; the files of those that did not change are used again.
pub(super) fn publish(context: &Context, warehouse: &Warehouse) -> Result<PublishReport> {
    let connection = warehouse.connect()?.cancellable(&context.cancel);
    prepare(&connection)?;
    let changes = changes(&connection)?;
    let report = publish::publish(
        &connection,
        &mut context.more_connections(warehouse)?,
        &context.settings.publish,
        SCHEMA,
        Some(&changes),
        &*context.observer,
    )?;
    connection.batch("DELETE FROM cca.unpublished")?;
    Ok(report)
}

fn changes(connection: &Connection) -> Result<Changes> {
    let noted = connection.query(
        "SELECT relation, bool_or(is_whole) FROM cca.unpublished GROUP BY relation",
        &[],
    )?;
    let change = |row: &Vec<Value>| {
        let [name, is_whole] = row.as_slice() else {
            return None;
        };
        let change = match is_whole {
            Value::Bool(false) => Change::Rows,
            _ => Change::Whole,
        };
        Some((name.to_string(), change))
    };
    Ok(noted.rows.iter().filter_map(change).collect())
}

/// What was noted before it was known how a relation changed, changed as a whole.
fn prepare(connection: &Connection) -> Result<()> {
    connection.batch(
        "CREATE SCHEMA IF NOT EXISTS cca;
         CREATE TABLE IF NOT EXISTS cca.unpublished (relation VARCHAR NOT NULL);
         ALTER TABLE cca.unpublished ADD COLUMN IF NOT EXISTS is_whole BOOLEAN DEFAULT true",
    )
}
