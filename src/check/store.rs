//! Keeps the outcomes of every check in `cca.check_results`.

use super::outcome::{CheckReport, Outcome};
use crate::error::{Error, Result};
use crate::warehouse::{Connection, Relation, Value, instant};

const TABLE: &str = "
CREATE SCHEMA IF NOT EXISTS cca;
CREATE TABLE IF NOT EXISTS cca.check_results (
    run_id VARCHAR NOT NULL,
    checked_at TIMESTAMP NOT NULL,
    suite VARCHAR NOT NULL,
    layer VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    expectation VARCHAR NOT NULL,
    table_name VARCHAR,
    column_name VARCHAR,
    severity VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    success BOOLEAN NOT NULL,
    observed VARCHAR,
    element_count BIGINT,
    unexpected_count BIGINT,
    unexpected_percent DOUBLE,
    mostly DOUBLE NOT NULL,
    sample JSON,
    message VARCHAR,
    elapsed_ms DOUBLE NOT NULL,
    observed_value JSON
);
-- Tables of earlier versions are without it.
ALTER TABLE cca.check_results ADD COLUMN IF NOT EXISTS observed_value JSON;
";

/// The columns in the order of [`row`].
const COLUMNS: [&str; 22] = [
    "run_id",
    "checked_at",
    "suite",
    "layer",
    "file",
    "line",
    "name",
    "expectation",
    "table_name",
    "column_name",
    "severity",
    "status",
    "success",
    "observed",
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "mostly",
    "sample",
    "message",
    "elapsed_ms",
    "observed_value",
];

/// Makes the table, or brings it up to date.
pub(super) fn prepare(connection: &Connection) -> Result<()> {
    connection.batch(TABLE)
}

/// Adds the outcomes of one check.
pub(super) fn save(connection: &Connection, report: &CheckReport) -> Result<()> {
    let outcomes = report.outcomes.iter();
    let rows: Vec<Vec<Value>> = outcomes
        .map(|outcome| row(report, outcome))
        .collect::<Result<_>>()?;
    let table = Relation::new("cca", "check_results");
    connection.append(&table, &COLUMNS, rows)
}

fn row(report: &CheckReport, outcome: &Outcome) -> Result<Vec<Value>> {
    let observed_value = outcome.result.observed_value.as_ref();
    let observed_value = observed_value
        .map(serde_json::to_string)
        .transpose()
        .map_err(|error| Error::bug("a value that is not JSON").cause(error))?;
    let sample = serde_json::to_string(&outcome.result.partial_unexpected_list)
        .map_err(|error| Error::bug("a sample that is not JSON").cause(error))?;
    Ok(vec![
        Value::from(report.run_id.as_str()),
        Value::from(instant(report.checked_at)),
        Value::from(outcome.suite.as_str()),
        Value::from(outcome.layer.as_str()),
        Value::from(outcome.file.as_str()),
        Value::from(i64::try_from(outcome.line).unwrap_or(i64::MAX)),
        Value::from(outcome.name.as_str()),
        Value::from(outcome.expectation.as_str()),
        Value::from(outcome.table.clone()),
        Value::from(outcome.column.clone()),
        Value::from(outcome.severity.name()),
        Value::from(outcome.status.name()),
        Value::from(outcome.is_success()),
        Value::from(outcome.observed.as_str()),
        Value::from(outcome.result.element_count),
        Value::from(outcome.result.unexpected_count),
        Value::from(outcome.result.unexpected_percent),
        Value::from(outcome.mostly),
        Value::from(sample),
        Value::from(outcome.message.as_str()),
        Value::from(outcome.elapsed.as_secs_f64() * 1000.0),
        Value::from(observed_value),
    ])
}
