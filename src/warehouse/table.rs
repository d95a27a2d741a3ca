//! A result held in memory.

use serde::Serialize;

use super::Value;

/// Name and DuckDB type of a result column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Column name.
    pub name: String,
    /// Type as DuckDB prints it (`BIGINT`, `VARCHAR`, `DECIMAL(18,6)`, …).
    #[serde(rename = "type")]
    pub type_name: String,
}

/// Columns and rows of a result.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Rows; each as long as `columns`.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// Position of a column.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Value at `row` in the column `name`.
    #[must_use]
    pub fn get(&self, row: usize, name: &str) -> Option<&Value> {
        self.rows.get(row)?.get(self.index_of(name)?)
    }

    /// The only value of a result with one row and one column.
    #[must_use]
    pub fn scalar(&self) -> Option<&Value> {
        self.rows.first()?.first()
    }
}
