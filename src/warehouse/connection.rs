//! Statements and their results.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use duckdb::types::Value as Duck;

use super::processors::Processors;
use super::zone::Zones;
use super::{Column, Table, Value, zone};
use crate::error::{Error, Result};
use crate::sys::cancel::{Cancel, Registration};

/// A connection to the warehouse. Threads may share it; its statements run one after the other.
pub struct Connection {
    inner: Mutex<duckdb::Connection>,
    /// Statements since they are to be kept.
    kept: Mutex<Option<Vec<String>>>,
    /// Time zones that statements named so far, on any connection.
    zones: Arc<Zones>,
    /// Of how many of them this connection has the conversions.
    zones_made: AtomicUsize,
    processors: Arc<Processors>,
    /// Who may stop its statements.
    stop: Option<(Cancel, Registration)>,
}

/// Stops what a connection is running, from another thread.
#[derive(Clone)]
pub struct Interrupt(Arc<duckdb::InterruptHandle>);

impl Interrupt {
    /// Stops the running statement; it fails with an interruption.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

impl Connection {
    pub(super) fn new(
        inner: duckdb::Connection,
        zones: Arc<Zones>,
        processors: Arc<Processors>,
    ) -> Self {
        Self {
            inner: Mutex::new(inner),
            kept: Mutex::new(None),
            zones,
            zones_made: AtomicUsize::new(0),
            processors,
            stop: None,
        }
    }

    pub(super) fn processors(&self) -> &Processors {
        &self.processors
    }

    /// The engine, for one statement; one that panicked left it usable.
    pub(super) fn engine(&self) -> MutexGuard<'_, duckdb::Connection> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, Option<Vec<String>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same connection, whose statements end when `cancel` is raised: the running one is
    /// interrupted, later ones are not begun. Rolling back stays possible.
    #[must_use]
    pub fn cancellable(mut self, cancel: &Cancel) -> Self {
        let interrupt = self.interrupt();
        let registration = cancel.register(move || interrupt.interrupt());
        self.stop = Some((cancel.clone(), registration));
        self
    }

    /// Keeps the text of each statement from here on.
    pub fn keep_statements(&self) {
        *self.kept() = Some(Vec::new());
    }

    /// The statements since [`Self::keep_statements`], which ends with this; `None` without it.
    pub fn kept_statements(&self) -> Option<String> {
        Some(self.kept().take()?.join(";\n\n"))
    }

    /// Takes note of a statement about to be run; an error if it is not to be begun.
    fn begin(&self, sql: &str) -> Result<()> {
        if let Some(kept) = self.kept().as_mut() {
            kept.push(sql.trim().trim_end_matches(';').to_owned());
        }
        self.prepare_zones(sql);
        self.check_stop()
    }

    /// An error of kind `Cancelled` if the statements of this connection are to end.
    pub(super) fn check_stop(&self) -> Result<()> {
        match &self.stop {
            Some((cancel, _)) => cancel.check(),
            None => Ok(()),
        }
    }

    /// Makes conversions between the zones possible that a statement names, or a view that it may
    /// read, unless the extension for that is loaded. If that fails, the statement itself says
    /// what is wrong.
    fn prepare_zones(&self, sql: &str) {
        let named = zone::named_in(sql);
        let is_named = !named.is_empty();
        let zones = self.zones.with(named);
        let made = self.zones_made.load(Ordering::Relaxed);
        // Made anew where it is named: one that was made in a transaction may be gone with it.
        if zones.is_empty() || (!is_named && made == zones.len()) {
            return;
        }
        self.zones_made.store(zones.len(), Ordering::Relaxed);
        let engine = self.engine();
        let loaded = "SELECT loaded FROM duckdb_extensions() WHERE extension_name = 'icu'";
        let has_extension = engine.query_row(loaded, [], |row| row.get::<_, bool>(0));
        if has_extension.unwrap_or(false) {
            return;
        }
        if let Err(error) = engine.execute_batch(&zone::conversions(&zones)) {
            tracing::debug!(target: "warehouse", %error, "no conversions between time zones");
        }
    }

    /// A handle that stops what this connection runs.
    #[must_use]
    pub fn interrupt(&self) -> Interrupt {
        Interrupt(self.engine().interrupt_handle())
    }

    /// Runs several statements without parameters.
    pub fn batch(&self, sql: &str) -> Result<()> {
        self.begin(sql)?;
        self.engine()
            .execute_batch(sql)
            .map_err(|error| sql_error("failed to run SQL", &error))
    }

    /// Runs one statement and returns the number of rows it changed.
    pub fn execute(&self, sql: &str, parameters: &[Value]) -> Result<u64> {
        self.begin(sql)?;
        let parameters = to_parameters(parameters);
        let changed = self
            .engine()
            .execute(sql, duckdb::params_from_iter(parameters))
            .map_err(|error| sql_error("failed to run SQL", &error))?;
        Ok(changed as u64)
    }

    /// Runs a query and holds its whole result.
    pub fn query(&self, sql: &str, parameters: &[Value]) -> Result<Table> {
        let mut rows = Vec::new();
        let columns = self.each_row(sql, parameters, |_, row| {
            rows.push(row.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(Table { columns, rows })
    }

    /// Runs a query and hands over one row at a time with the columns; ends early where `visit`
    /// breaks or fails; it must not use this connection. Returns the columns, which are there without rows too.
    pub fn each_row(
        &self,
        sql: &str,
        parameters: &[Value],
        mut visit: impl FnMut(&[Column], &[Value]) -> Result<ControlFlow<()>>,
    ) -> Result<Vec<Column>> {
        self.begin(sql)?;
        let failed = |error: &duckdb::Error| sql_error("failed to run SQL", error);
        let engine = self.engine();
        let mut statement = engine.prepare(sql).map_err(|error| failed(&error))?;
        let mut rows = statement
            .query(duckdb::params_from_iter(to_parameters(parameters)))
            .map_err(|error| failed(&error))?;
        let columns = rows.as_ref().map(result_columns).unwrap_or_default();
        let mut buffer = Vec::with_capacity(columns.len());
        while let Some(row) = rows.next().map_err(|error| failed(&error))? {
            buffer.clear();
            for index in 0..columns.len() {
                let value: Duck = row.get(index).map_err(|error| failed(&error))?;
                buffer.push(Value::from(value));
            }
            if visit(&columns, &buffer)?.is_break() {
                break;
            }
        }
        Ok(columns)
    }

    /// Runs a query and holds its whole result by column, for results of many rows.
    pub fn batches(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        let failed = |error: &duckdb::Error| sql_error("failed to run SQL", error);
        let engine = self.engine();
        let mut statement = engine.prepare(sql).map_err(|error| failed(&error))?;
        let batches = statement.query_arrow([]).map_err(|error| failed(&error))?;
        Ok(batches.collect())
    }

    /// The only value of a query that returns one row and one column.
    pub fn scalar(&self, sql: &str, parameters: &[Value]) -> Result<Value> {
        let table = self.query(sql, parameters)?;
        Ok(table.scalar().cloned().unwrap_or(Value::Null))
    }

    /// Columns of a relation or of a query in parentheses, without running it.
    pub fn describe(&self, relation: &str) -> Result<Vec<Column>> {
        let table = self.query(&format!("DESCRIBE SELECT * FROM {relation}"), &[])?;
        let text = |row: &[Value], index: usize| {
            row.get(index)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        Ok(table
            .rows
            .iter()
            .map(|row| Column {
                name: text(row, 0),
                type_name: text(row, 1),
            })
            .collect())
    }

    /// Ends the transaction without its changes, also after a stop; nothing happens where the
    /// engine has ended it already.
    pub fn roll_back(&self) {
        self.zones_made.store(0, Ordering::Relaxed);
        if let Err(error) = self.engine().execute_batch("ROLLBACK") {
            tracing::debug!(target: "warehouse", %error, "no transaction to roll back");
        }
    }

    /// Runs `work` in one transaction: committed if it succeeds, rolled back if it fails.
    pub fn transaction<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.batch("BEGIN TRANSACTION")?;
        match work(self) {
            Ok(value) => match self.batch("COMMIT") {
                Ok(()) => Ok(value),
                Err(error) => {
                    self.roll_back();
                    Err(error)
                }
            },
            Err(error) => {
                self.roll_back();
                Err(error)
            }
        }
    }
}

fn to_parameters(values: &[Value]) -> Vec<Duck> {
    values.iter().map(Value::to_parameter).collect()
}

fn result_columns(statement: &duckdb::Statement<'_>) -> Vec<Column> {
    (0..statement.column_count())
        .map(|index| Column {
            name: statement.column_name(index).cloned().unwrap_or_default(),
            type_name: format!("{:?}", statement.column_logical_type(index)),
        })
        .collect()
}

/// Turns an engine error into ours. The text of the engine goes into the cause unchanged, because
/// callers look for `LINE n:` in it.
pub(super) fn sql_error(action: &str, error: &duckdb::Error) -> Error {
    let text = match error {
        duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    if text.contains("INTERRUPT Error") {
        return Error::new(crate::error::Kind::Cancelled, "the run was stopped");
    }
    if text.contains("No space left on device") {
        return Error::unavailable(action)
            .cause(text)
            .hint("Free disk space and run the same command again; nothing is lost.");
    }
    Error::data(action).cause(text)
}
