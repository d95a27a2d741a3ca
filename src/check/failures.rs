//! Rows that break expectations, kept whole beside the other dead letters, one JSON object a line.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::compile::Examples;
use super::expectation::Expectation;
use crate::error::{Error, Result};
use crate::sys;
use crate::warehouse::{Connection, Relation, Value};

/// File name inside the folder of the day.
const FILE: &str = "validation_failures.jsonl";
/// Bytes written at once, so that millions of rows do not fill the memory.
const CHUNK: usize = 1 << 20;

#[derive(Serialize)]
struct Record<'a> {
    recorded_at: &'a str,
    run_id: &'a str,
    suite: &'a str,
    expectation: &'a str,
    table: Option<&'a str>,
    row: &'a Value,
}

/// Where rows go, and whose they are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The folder of dead letters.
    pub dir: &'a Path,
    /// The run.
    pub run_id: &'a str,
    /// The suite.
    pub suite: &'a str,
}

/// Appends every row that breaks the expectation to `<dir>/<date>/validation_failures.jsonl` and
/// makes them durable.
pub(super) fn save(
    connection: &Connection,
    place: Place<'_>,
    expectation: &Expectation,
    examples: &Examples,
    table: &Relation,
) -> Result<()> {
    let now = sys::clock::now();
    let path: PathBuf = place
        .dir
        .join(now.strftime("%Y-%m-%d").to_string())
        .join(FILE);
    let recorded_at = now.to_string();
    let label = expectation.label();
    let name = expectation
        .table
        .as_ref()
        .map(|table| format!("{}.{}", table.schema, table.name));
    let mut lines: Vec<u8> = Vec::new();
    let sql = examples.all(table);
    connection.each_row(&sql.text, &sql.values, |columns, row| {
        // Columns of ours, which only find the row, begin with `#`.
        let fields = columns
            .iter()
            .zip(row)
            .filter(|(column, _)| !column.name.starts_with('#'))
            .map(|(column, value)| (column.name.clone(), value.clone()));
        let record = Record {
            recorded_at: &recorded_at,
            run_id: place.run_id,
            suite: place.suite,
            expectation: &label,
            table: name.as_deref(),
            row: &Value::Struct(fields.collect()),
        };
        serde_json::to_writer(&mut lines, &record)
            .map_err(|error| Error::bug("a row that is not JSON").cause(error))?;
        lines.push(b'\n');
        if lines.len() >= CHUNK {
            sys::fs::append_durably(&path, &lines)?;
            lines.clear();
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if lines.is_empty() {
        return Ok(());
    }
    sys::fs::append_durably(&path, &lines)
}
