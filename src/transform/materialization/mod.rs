//! How a compiled model becomes a relation. Each way is one transaction: readers see the relation
//! as it was or as it becomes, and a failure leaves it as it was.

mod comments;
mod contract;
mod external;
mod hook_failure;
mod hooks;
mod incremental;
mod schema_change;
mod snapshot;
mod strategy;
mod table;
mod view;
mod written;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::compile::{Compiled, SqlFailure};
use super::config::Materialization;
use super::graph::Node;
use super::report::Extent;
use super::state::RelationKind;
use crate::error::{Error, Result, nearest};
use crate::transform::periods::Period;
use crate::transform::settings::Semantics;
use crate::transform::template::lines::trim_statement;
use crate::warehouse::{Column, Connection, quote};

use self::comments::comment;
pub(super) use self::comments::write_comments;
pub(super) use self::contract::{constraint_of_column, constraint_of_table};
pub(super) use self::external::reading as reading_of_external;
pub(super) use self::hooks::{Hooks, Moment};
pub(super) use self::snapshot::build as build_snapshot;
pub(super) use self::written::{Written, template_of};

/// What is needed to build one model.
pub(super) struct Build<'a> {
    pub node: &'a Node,
    pub compiled: &'a Compiled,
    pub hooks: &'a Hooks<'a>,
    pub connection: &'a Connection,
    /// The period whose rows are built, for a model built in periods.
    pub period: Option<Period>,
    /// What the relation is before.
    pub existing: Option<RelationKind>,
    /// Whether a definition is remembered for the relation.
    pub is_remembered: bool,
    /// Definition to remember, for incremental models.
    pub definition: Option<&'a str>,
    /// Whether an incremental model is built as a whole.
    pub rebuild: bool,
    /// Whose rules decide.
    pub semantics: Semantics,
    /// Folder of files that name no place.
    pub external_root: &'a Path,
    /// Held while a transaction commits.
    pub turn: &'a Mutex<()>,
}

/// What building a model gave.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub rows: Option<u64>,
    /// Bytes of the files written, where the model is files.
    pub bytes: Option<u64>,
    pub notices: Vec<String>,
    /// What of the relation was written.
    pub written: Extent,
    /// The query that was run.
    pub compiled: Option<String>,
    /// All statements, where they are kept.
    pub ran: Option<String>,
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
        Materialization::Custom => Err(Error::project(format!(
            "materialization `{}` of model `{}` cannot be run",
            build.compiled.config.materialization(),
            build.node.name
        ))
        .at(&build.node.path)
        .into()),
        Materialization::External => external::build(build),
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

/// Runs `head` (one line), the query of the model and `tail`; returns the rows it wrote.
fn run_query_of(build: &Build<'_>, head: &str, tail: &str) -> Result<u64, SqlFailure> {
    let query = &build.compiled.sql;
    store(build.connection, &format!("{head}\n{query}\n{tail}")).map_err(|error| SqlFailure {
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

/// How a column that is stored as it is stands in `CREATE TABLE`.
const UNCOMPRESSED: &str = " USING COMPRESSION uncompressed";

/// A setting names a column that the model does not have.
fn no_column(build: &Build<'_>, key: &str, name: &str, columns: &[Column]) -> Error {
    let names = columns.iter().map(|column| column.name.as_str());
    let hint = nearest(name, names).map_or_else(
        || format!("Select it, or correct `{key}`."),
        |near| format!("Did you mean `{near}`?"),
    );
    let Node {
        kind, name: node, ..
    } = build.node;
    Error::project(format!("failed to build {kind} `{node}`"))
        .at(&build.node.path)
        .cause(format!(
            "`{key}` names `{name}`, which is no column of its query"
        ))
        .hint(hint)
}

/// Runs the hooks that belong to the transaction.
fn run_inside(build: &Build<'_>, moment: Moment) -> Result<()> {
    build.hooks.run(moment, true, build.connection)
}

/// Runs the SQL that a model wants in front of its query.
fn run_header(build: &Build<'_>) -> Result<()> {
    match &build.compiled.config.sql_header {
        Some(sql) => {
            let texts = (sql.as_str(), trim_statement(sql));
            hooks::run_sql(build.node, "sql_header", texts, build.connection)
        }
        None => Ok(()),
    }
}

/// Creates the indexes of a table that has just been built.
fn create_indexes(build: &Build<'_>) -> Result<()> {
    let relation = &build.node.relation;
    for index in &build.compiled.config.indexes {
        // The index it takes the place of keeps its name until the transaction ends.
        let id = uuid::Uuid::new_v4().simple().to_string();
        let name = quote(&format!("{}__{id}", relation.name));
        let unique = if index.unique { "UNIQUE " } else { "" };
        let columns = index.columns.join(", ");
        let sql = format!("CREATE {unique}INDEX {name} ON {relation} ({columns})");
        build.connection.batch(&sql).map_err(|error| {
            Error::new(
                error.kind(),
                format!("failed to create an index of model `{}`", build.node.name),
            )
            .at(&build.node.path)
            .cause(error.causes().join("\n"))
            .cause(format!("in `{sql}`"))
        })?;
    }
    Ok(())
}
