//! Publication, and the memory of what is not published yet.
//!
//! Only the files of changed marts are written anew. What changed since the last publication can
//! stem from several runs (one whose expectations failed publishes nothing), so it is kept in the
//! warehouse until it is published.

use std::collections::BTreeSet;

use super::context::Context;
use super::report::TransformReport;
use crate::error::Result;
use crate::publish::{self, PublishReport};
use crate::warehouse::{Connection, Value, Warehouse};

const SCHEMA: &str = "marts";

/// Remembers which relations a run changed.
pub(super) fn note_changes(warehouse: &Warehouse, report: &TransformReport) -> Result<()> {
    let connection = warehouse.connect()?;
    prepare(&connection)?;
    connection.transaction(|connection| {
        for name in report.changed() {
            connection.execute(
                "INSERT INTO cca.unpublished SELECT ? WHERE ? NOT IN (SELECT relation FROM cca.unpublished)",
                &[name.as_str().into(), name.as_str().into()],
            )?;
        }
        Ok(())
    })
}

/// Publishes the marts; the files of those that did not change are used again.
pub(super) fn publish(context: &Context, warehouse: &Warehouse) -> Result<PublishReport> {
    let connection = warehouse.connect()?;
    prepare(&connection)?;
    let noted = connection.query("SELECT relation FROM cca.unpublished", &[])?;
    let changed: BTreeSet<String> = noted
        .rows
        .iter()
        .filter_map(|row| row.first())
        .map(Value::to_string)
        .collect();
    let settings = &context.settings.publish;
    let report = publish::publish(
        &connection,
        settings,
        SCHEMA,
        Some(&changed),
        &*context.observer,
    )?;
    connection.batch("DELETE FROM cca.unpublished")?;
    Ok(report)
}

fn prepare(connection: &Connection) -> Result<()> {
    connection.batch(
        "CREATE SCHEMA IF NOT EXISTS cca;
         CREATE TABLE IF NOT EXISTS cca.unpublished (relation VARCHAR NOT NULL)",
    )
}
