//! Rows that tests find, kept for people to look at: a relation of their own as dbt makes it, and
//! one table with the rows of all tests and runs.

use std::sync::PoisonError;

use super::TestRun;
use super::compile::CompiledTest;
use crate::error::Result;
use crate::warehouse::{Connection, Relation, quote};

/// Most rows of one test and run in the common table.
const MOST_ROWS: u64 = 100;

/// The common table.
pub(super) fn common_table() -> Relation {
    Relation::new("cca", "test_failures")
}

/// Keeps what `test` finds if that is wanted; returns the query to count.
pub(super) fn keep(
    run: &TestRun<'_>,
    test: &CompiledTest,
    connection: &Connection,
) -> Result<String> {
    let sql = match test.config.limit {
        Some(limit) => format!("SELECT * FROM (\n{}\n) AS limited LIMIT {limit}", test.sql),
        None => test.sql.clone(),
    };
    if !test.config.store_failures {
        return Ok(sql);
    }
    let relation = &test.node.relation;
    let kind = if test.config.as_view { "VIEW" } else { "TABLE" };
    let _mine = run.turn.lock().unwrap_or_else(PoisonError::into_inner);
    connection.transaction(|connection| {
        connection.batch(&format!(
            "CREATE SCHEMA IF NOT EXISTS {}",
            schema_of(relation)
        ))?;
        drop_other(relation, connection)?;
        connection.batch(&format!("CREATE {kind} {relation} AS\n{sql}"))?;
        keep_in_common_table(run, test, connection)
    })?;
    Ok(format!("SELECT * FROM {relation}"))
}

fn schema_of(relation: &Relation) -> String {
    match &relation.database {
        Some(database) => format!("{}.{}", quote(database), quote(&relation.schema)),
        None => quote(&relation.schema),
    }
}

/// Removes what a run before left, be it a table or a view.
fn drop_other(relation: &Relation, connection: &Connection) -> Result<()> {
    let kind = connection.scalar(
        "SELECT table_type FROM information_schema.tables WHERE table_catalog = coalesce(?, current_database()) \
         AND table_schema = ? AND table_name = ?",
        &[
            relation.database.clone().into(),
            relation.schema.as_str().into(),
            relation.name.as_str().into(),
        ],
    )?;
    match kind.as_str() {
        Some("VIEW") => connection.batch(&format!("DROP VIEW {relation}")),
        Some(_) => connection.batch(&format!("DROP TABLE {relation}")),
        None => Ok(()),
    }
}

fn keep_in_common_table(
    run: &TestRun<'_>,
    test: &CompiledTest,
    connection: &Connection,
) -> Result<()> {
    let table = common_table();
    connection.batch(&format!(
        "CREATE SCHEMA IF NOT EXISTS {};\nCREATE TABLE IF NOT EXISTS {table} (run_id VARCHAR NOT NULL, \
         test_id VARCHAR NOT NULL, test_name VARCHAR NOT NULL, found_at TIMESTAMP NOT NULL, \
         row_number BIGINT NOT NULL, found JSON NOT NULL);",
        quote(&table.schema)
    ))?;
    let sql = format!(
        "INSERT INTO {table} SELECT ?, ?, ?, make_timestamp(?), row_number() OVER (), to_json(f) \
         FROM (SELECT * FROM {} LIMIT {MOST_ROWS}) AS f",
        test.node.relation
    );
    connection.execute(
        &sql,
        &[
            run.graph.invocation_id().into(),
            test.node.id.as_str().into(),
            test.node.name.as_str().into(),
            crate::sys::clock::now_micros().into(),
        ],
    )?;
    Ok(())
}
