//! Tables the loader owns.

use super::{landings, transcripts};
use crate::entry::{COLUMNS, ColumnKind, ColumnSpec};
use crate::error::Result;
use crate::warehouse::{Connection, Relation, quote};

/// The wide columns that stay in the lake: documents whose useful parts are columns of their own.
/// `raw.conversation_json` reaches them.
pub(super) const LAKE_ONLY: [&str; 2] = ["tool_use_result", "_raw_json"];

/// What the loader owns beside `raw`: its own account of loads, of the commits they took in, and of
/// the transcripts these came from.
pub const ACCOUNTS: [&str; 3] = ["cca.loads", "cca.landings", "cca.transcripts"];

/// `raw.conversations`. A row of it never changes: it stays, goes away, or is replaced by a row of
/// a later load, as `_load_id` tells.
#[must_use]
pub fn entries() -> Relation {
    Relation::new("raw", "conversations")
}

/// Columns of `raw.conversations` that come from the lake.
pub(super) fn loaded_columns() -> impl Iterator<Item = &'static ColumnSpec> {
    COLUMNS
        .iter()
        .filter(|column| !LAKE_ONLY.contains(&column.name))
}

/// How a column of a data file is read: instants lose the zone marker, because the engine has no
/// zone support and every instant is UTC.
pub(super) fn read_expression(column: &ColumnSpec) -> String {
    let name = quote(column.name);
    match column.kind {
        ColumnKind::Instant => format!("{name}::TIMESTAMP AS {name}"),
        _ => name,
    }
}

/// Texts that hardly repeat are stored as they are: the engine compresses them by a third at best,
/// and takes longer for it than for all other columns, at every read again.
fn storage(column: &ColumnSpec) -> &'static str {
    if column.kind == ColumnKind::Name && column.is_distinct() {
        " USING COMPRESSION uncompressed"
    } else {
        ""
    }
}

fn column_type(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Name => "VARCHAR",
        ColumnKind::Long => "BIGINT",
        ColumnKind::Double => "DOUBLE",
        ColumnKind::Bool => "BOOLEAN",
        ColumnKind::Instant => "TIMESTAMP",
        ColumnKind::Day => "DATE",
        ColumnKind::Blocks => {
            "STRUCT(\"ordinal\" INTEGER, \"type\" VARCHAR, \"text\" VARCHAR, \"tool_use_id\" VARCHAR, \
             \"tool_name\" VARCHAR, \"tool_input\" VARCHAR, \"is_error\" BOOLEAN, \"result_text\" VARCHAR)[]"
        }
    }
}

/// Creates schemas and tables where missing.
pub(super) fn ensure(connection: &Connection) -> Result<()> {
    let found = connection.scalar(
        "SELECT count(*) FROM duckdb_tables()
         WHERE (schema_name, table_name)
            IN (('raw', 'conversations'), ('cca', 'landings'), ('cca', 'transcripts'))",
        &[],
    )?;
    match found.as_i64() {
        Some(3) => Ok(()),
        Some(1..) => connection.transaction(account),
        _ => connection.transaction(create),
    }
}

/// Tables and columns that earlier versions did not have.
fn account(connection: &Connection) -> Result<()> {
    connection.batch(landings::TABLE)?;
    connection.batch(transcripts::TABLE)?;
    connection.batch(
        "ALTER TABLE cca.loads ADD COLUMN IF NOT EXISTS entries BIGINT;
         ALTER TABLE cca.loads ADD COLUMN IF NOT EXISTS is_whole BOOLEAN;",
    )
}

fn create(connection: &Connection) -> Result<()> {
    let columns: Vec<String> = loaded_columns()
        .map(|column| {
            let required = if column.required { " NOT NULL" } else { "" };
            format!(
                "{} {}{required}{}",
                quote(column.name),
                column_type(column.kind),
                storage(column)
            )
        })
        .collect();
    connection.batch(&format!(
        "CREATE SCHEMA IF NOT EXISTS raw;
         CREATE SCHEMA IF NOT EXISTS cca;
         CREATE TABLE raw.conversations ({}, _load_id BIGINT NOT NULL);
         CREATE TABLE raw.tombstones (
             _id VARCHAR NOT NULL, _seq BIGINT NOT NULL, session_id VARCHAR,
             message_id VARCHAR, uuid VARCHAR, _load_id BIGINT NOT NULL);
         CREATE TABLE cca.loads (
             load_id BIGINT NOT NULL, snapshot_id BIGINT NOT NULL, loaded_at TIMESTAMP NOT NULL,
             files BIGINT NOT NULL, inserted BIGINT NOT NULL, updated BIGINT NOT NULL,
             deleted BIGINT NOT NULL, unchanged BIGINT NOT NULL);",
        columns.join(", ")
    ))?;
    for column in loaded_columns() {
        connection.batch(&format!(
            "COMMENT ON COLUMN raw.conversations.{} IS '{}'",
            quote(column.name),
            column.doc.replace('\'', "''")
        ))?;
    }
    account(connection)
}
