//! A table built as a whole: each run of a `table` model, first and full runs of an incremental
//! one. The old table stays visible until the new one is complete.

use super::contract::Contract;
use super::{
    Build, Built, Ending, Moment, comment, create_indexes, run_header, run_inside, run_query_of,
    transaction,
};
use crate::transform::compile::SqlFailure;
use crate::transform::state::{RelationKind, forget, remember};

pub(super) fn build(build: &Build<'_>) -> Result<Built, SqlFailure> {
    let relation = &build.node.relation;
    transaction(build.connection, build.turn, || {
        run_inside(build, Moment::Before)?;
        if build.existing == Some(RelationKind::View) {
            build.connection.batch(&format!("DROP VIEW {relation}"))?;
        }
        run_header(build)?;
        let rows = create(build)?;
        create_indexes(build)?;
        let notices = comment(build, RelationKind::Table)?;
        match build.definition {
            Some(definition) => remember(build.connection, relation, definition)?,
            None if build.is_remembered => forget(build.connection, relation)?,
            None => {}
        }
        run_inside(build, Moment::After)?;
        Ok((
            Built {
                rows: Some(rows),
                notices,
                ..Built::default()
            },
            Ending::Commit,
        ))
    })
}

/// Creates the table and fills it; returns the rows.
fn create(build: &Build<'_>) -> Result<u64, SqlFailure> {
    let relation = &build.node.relation;
    let Some(contract) = Contract::of(build)? else {
        return run_query_of(build, &format!("CREATE OR REPLACE TABLE {relation} AS"), "");
    };
    let definition = contract.definition()?;
    build.connection.batch(&format!(
        "CREATE OR REPLACE TABLE {relation} ({definition})"
    ))?;
    let names = contract.names();
    run_query_of(
        build,
        &format!("INSERT INTO {relation} ({names}) SELECT {names} FROM ("),
        ")",
    )
}
