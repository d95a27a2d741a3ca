//! How large the tables are that a run made: the blocks of the file that each holds.
//!
//! Tables lie in blocks only after a checkpoint, so there is one, which closing the file would
//! make otherwise. Views and databases in memory have no blocks and no size.

use super::super::state::Existing;
use crate::error::Result;
use crate::event::Status;
use crate::transform::graph::{Graph, Node};
use crate::transform::report::TransformReport;
use crate::warehouse::{Connection, Warehouse};

/// Adds the bytes of tables that were made or filled.
pub(super) fn measure(
    graph: &Graph,
    warehouse: &Warehouse,
    report: &mut TransformReport,
) -> Result<()> {
    let connection = warehouse.connect()?;
    let existing = Existing::read(&connection)?;
    let table_of = |id: &str| -> Option<&Node> {
        let node = graph.node(id)?;
        (node.kind.is_referable() && existing.is_table(&node.relation)).then_some(&**node)
    };
    let units = report.units.iter_mut();
    let mut made: Vec<_> = units
        .filter(|unit| unit.status == Status::Ok && unit.bytes.is_none())
        .filter_map(|unit| Some((table_of(&unit.id)?, unit)))
        .collect();
    // Somebody else's open transaction is no reason to fail; then there are no sizes.
    if made.is_empty() || connection.batch("CHECKPOINT").is_err() {
        return Ok(());
    }
    for (node, unit) in &mut made {
        unit.bytes = bytes_of(&connection, node)?;
    }
    Ok(())
}

fn bytes_of(connection: &Connection, node: &Node) -> Result<Option<u64>> {
    let sql = "WITH blocks AS (
                   SELECT block_id FROM pragma_storage_info(?)
                   UNION SELECT unnest(additional_block_ids) FROM pragma_storage_info(?)
               )
               SELECT count(*) * (SELECT max(block_size) FROM pragma_database_size())
               FROM blocks WHERE block_id >= 0";
    let relation = node.relation.to_string();
    let bytes = connection.scalar(sql, &[relation.as_str().into(), relation.as_str().into()])?;
    let bytes = bytes.as_i64().and_then(|bytes| u64::try_from(bytes).ok());
    Ok(bytes.filter(|bytes| *bytes > 0))
}
