//! A table built as a whole: each run of a `table` model, first and full runs of an incremental
//! one. The old table stays visible until the new one is complete.

use super::contract::Contract;
use super::{
    Build, Built, Ending, Moment, UNCOMPRESSED, comment, create_indexes, no_column, run_header,
    run_inside, run_query_of, transaction,
};
use crate::transform::compile::SqlFailure;
use crate::transform::state::{RelationKind, forget, remember};
use crate::warehouse::{Column, Relation, quote};

/// Name of a table until the one it replaces is gone; never seen outside the transaction.
const NEW_TABLE: &str = "cca_new_table";

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
    let plain = &build.compiled.config.uncompressed;
    let (definition, names) = if let Some(contract) = Contract::of(build)? {
        (contract.definition(plain)?, contract.names())
    } else if !plain.is_empty() {
        stored_plainly(build)?
    } else {
        return run_query_of(build, &format!("CREATE OR REPLACE TABLE {relation} AS"), "");
    };
    // The query may read the table it replaces.
    let replaces = build.existing == Some(RelationKind::Table);
    let name = if replaces { NEW_TABLE } else { &relation.name };
    let new = Relation {
        name: name.to_owned(),
        ..relation.clone()
    };
    let connection = build.connection;
    connection.batch(&format!("CREATE TABLE {new} ({definition})"))?;
    let rows = run_query_of(
        build,
        &format!("INSERT INTO {new} ({names}) SELECT {names} FROM ("),
        ")",
    )?;
    if replaces {
        connection.batch(&format!(
            "DROP TABLE {relation}; ALTER TABLE {new} RENAME TO {}",
            quote(&relation.name)
        ))?;
    }
    Ok(rows)
}

/// Columns as they stand in `CREATE TABLE` and their names, for a table of which some columns are
/// stored as they are. The engine compresses texts that hardly repeat by a third at best, and takes
/// longer for it than for everything else about them.
fn stored_plainly(build: &Build<'_>) -> Result<(String, String), SqlFailure> {
    let query = &build.compiled.sql;
    let columns = build
        .connection
        .describe(&format!("(\n{query}\n)"))
        .map_err(|error| SqlFailure {
            error,
            query: Some((query.clone(), 1)),
        })?;
    let plain = &build.compiled.config.uncompressed;
    let is = |name: &String, column: &Column| column.name.eq_ignore_ascii_case(name);
    let absent = |name: &&String| !columns.iter().any(|column| is(name, column));
    if let Some(name) = plain.iter().find(absent) {
        return Err(no_column(build, "uncompressed", name, &columns).into());
    }
    let names: Vec<String> = columns.iter().map(|column| quote(&column.name)).collect();
    let definition = columns.iter().zip(&names).map(|(column, name)| {
        let is_plain = plain.iter().any(|plain| is(plain, column));
        let storage = if is_plain { UNCOMPRESSED } else { "" };
        format!("{name} {}{storage}", column.type_name)
    });
    let definition: Vec<String> = definition.collect();
    Ok((definition.join(", "), names.join(", ")))
}
