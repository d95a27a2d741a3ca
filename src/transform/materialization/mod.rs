//! How a compiled model becomes a relation. Each way is one transaction: readers see the relation
//! as it was or as it becomes, and a failure leaves it as it was.

mod comments;
mod incremental;
mod schema_change;
mod table;
mod view;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, PoisonError};

use super::compile::{Compiled, SqlFailure};
use super::config::Materialization;
use super::graph::Node;
use super::state::RelationKind;
use crate::error::{Error, Result};
use crate::warehouse::Connection;

pub(super) use self::comments::comment;

/// What is needed to build one model.
pub(super) struct Build<'a> {
    pub node: &'a Node,
    pub compiled: &'a Compiled,
    /// SQL before and after, rendered.
    pub hooks: &'a Hooks,
    pub connection: &'a Connection,
    /// What the relation is before.
    pub existing: Option<RelationKind>,
    /// Whether a definition is remembered for the relation.
    pub is_remembered: bool,
    /// Definition to remember, for incremental models.
    pub definition: Option<&'a str>,
    /// Whether an incremental model is built as a whole.
    pub rebuild: bool,
    /// Held while a transaction commits.
    pub turn: &'a Mutex<()>,
}

/// SQL around the statement that builds a model.
#[derive(Clone, Debug, Default)]
pub(super) struct Hooks {
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// What building a model gave.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub rows: Option<u64>,
    pub notices: Vec<String>,
    /// Whether there was nothing to do.
    pub is_unchanged: bool,
}

/// How a transaction ends.
enum Ending {
    Commit,
    Abandon,
}

/// Builds a model as its configuration says.
pub(super) fn build(build: &Build<'_>) -> Result<Built, SqlFailure> {
    match build.compiled.config.materialized {
        Materialization::View => view::build(build),
        Materialization::Table => table::build(build),
        Materialization::Incremental if build.rebuild => table::build(build),
        Materialization::Incremental => incremental::build(build),
        // Its text is part of the models that refer to it.
        Materialization::Ephemeral => Ok(Built::default()),
    }
}

/// Runs `work` in a transaction, commits one at a time, and rolls back on any failure.
fn transaction<T>(
    connection: &Connection,
    turn: &Mutex<()>,
    work: impl FnOnce() -> Result<(T, Ending), SqlFailure>,
) -> Result<T, SqlFailure> {
    connection.batch("BEGIN TRANSACTION")?;
    let result = work().and_then(|(value, ending)| {
        match ending {
            Ending::Commit => {
                let _mine = turn.lock().unwrap_or_else(PoisonError::into_inner);
                connection.batch("COMMIT")?;
            }
            Ending::Abandon => connection.roll_back(),
        }
        Ok(value)
    });
    if result.is_err() {
        connection.roll_back();
    }
    result
}

/// Runs `head` (one line) followed by the query of the model; returns the rows it wrote.
fn run_query_of(build: &Build<'_>, head: &str) -> Result<u64, SqlFailure> {
    let query = &build.compiled.sql;
    store(build.connection, &format!("{head}\n{query}")).map_err(|error| SqlFailure {
        error,
        query: Some((query.clone(), 1)),
    })
}

/// Runs `CREATE … AS` and returns the number of rows, which the engine gives as a result.
fn store(connection: &Connection, sql: &str) -> Result<u64> {
    let count = connection.scalar(sql, &[])?;
    Ok(count
        .as_i64()
        .and_then(|count| u64::try_from(count).ok())
        .unwrap_or(0))
}

fn run_hooks(build: &Build<'_>, hooks: &[String], name: &str) -> Result<()> {
    for sql in hooks {
        build.connection.batch(sql).map_err(|error| {
            Error::new(
                error.kind(),
                format!("failed to run the {name} of model `{}`", build.node.name),
            )
            .at(&build.node.path)
            .cause(error.causes().join("\n"))
            .cause(format!("in `{}`", sql.trim()))
        })?;
    }
    Ok(())
}
