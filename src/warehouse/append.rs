//! Many rows at once, without a statement for each.

use jiff::Timestamp;

use super::connection::sql_error;
use super::{Connection, Relation, Value};
use crate::error::Result;

/// A time in microseconds since the epoch, as text for a column of type TIMESTAMP.
#[must_use]
pub fn instant(micros: i64) -> String {
    let time = Timestamp::from_microsecond(micros).unwrap_or_default();
    time.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

impl Connection {
    /// Adds rows to a table, with values for `columns` in their order; other columns take their
    /// defaults, texts are cast to the type of their column. Part of the open transaction, if any.
    ///
    /// # Errors
    /// `DataInvalid` if a value does not fit its column, or the table lacks one.
    pub fn append<R>(
        &self,
        table: &Relation,
        columns: &[&str],
        rows: impl IntoIterator<Item = R>,
    ) -> Result<()>
    where
        R: AsRef<[Value]>,
    {
        self.check_stop()?;
        let failed =
            |error: &duckdb::Error| sql_error(&format!("failed to add rows to {table}"), error);
        let engine = self.engine();
        let mut appender = engine
            .appender_with_columns_to_db(&table.name, &table.schema, columns)
            .map_err(|error| failed(&error))?;
        for row in rows {
            let values = row.as_ref().iter().map(Value::to_parameter);
            appender
                .append_row(duckdb::appender_params_from_iter(values))
                .map_err(|error| failed(&error))?;
        }
        appender.flush().map_err(|error| failed(&error))
    }
}
