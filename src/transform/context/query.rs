//! Results of `run_query` as templates see them: a list of rows that also has `.rows`,
//! `.columns` and `.column_names`; a row answers to a number and to a column name.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectExt, ObjectRepr, Value};
use minijinja::{Error, ErrorKind, State};

use crate::warehouse::{Table, Value as Cell};

/// A query result.
#[derive(Debug)]
pub(super) struct QueryResult {
    names: Arc<Vec<String>>,
    rows: Vec<Value>,
    cells: Arc<Vec<Vec<Value>>>,
}

impl QueryResult {
    /// Takes over a table of the warehouse.
    pub(super) fn new(table: Table) -> Self {
        let names = Arc::new(
            table
                .columns
                .into_iter()
                .map(|column| column.name)
                .collect(),
        );
        let cells: Vec<Vec<Value>> = table
            .rows
            .into_iter()
            .map(|row| row.into_iter().map(to_template).collect())
            .collect();
        let rows = cells
            .iter()
            .map(|cells| {
                Value::from_object(Row {
                    names: Arc::clone(&names),
                    cells: cells.clone(),
                })
            })
            .collect();
        Self {
            names,
            rows,
            cells: Arc::new(cells),
        }
    }

    /// A result without rows and columns: what queries give while a project is only read.
    pub(super) fn empty() -> Self {
        Self::new(Table::default())
    }

    fn columns(&self) -> Vec<Value> {
        (0..self.names.len())
            .map(|index| {
                Value::from_object(ResultColumn {
                    name: self.names.get(index).cloned().unwrap_or_default(),
                    index,
                    cells: Arc::clone(&self.cells),
                })
            })
            .collect()
    }
}

impl Object for QueryResult {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("rows") => Some(Value::from(self.rows.clone())),
            Some("columns") => Some(Value::from(self.columns())),
            Some("column_names") => Some(self.names.iter().cloned().collect()),
            Some(_) => None,
            None => self.rows.get(key.as_usize()?).cloned(),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.rows.len())
    }
}

#[derive(Debug)]
struct Row {
    names: Arc<Vec<String>>,
    cells: Vec<Value>,
}

impl Object for Row {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = match key.as_str() {
            Some(name) => self
                .names
                .iter()
                .position(|one| one.eq_ignore_ascii_case(name))?,
            None => key.as_usize()?,
        };
        self.cells.get(index).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.cells.len())
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "values" => Ok(Value::from(self.cells.clone())),
            "keys" => Ok(self.names.iter().cloned().collect()),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

#[derive(Debug)]
struct ResultColumn {
    name: String,
    index: usize,
    cells: Arc<Vec<Vec<Value>>>,
}

impl ResultColumn {
    fn values(&self) -> Vec<Value> {
        self.cells
            .iter()
            .filter_map(|row| row.get(self.index).cloned())
            .collect()
    }
}

impl Object for ResultColumn {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("name") => Some(Value::from(self.name.as_str())),
            Some(_) => None,
            None => self.values().get(key.as_usize()?).cloned(),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_enumerator(|this| Box::new(this.values().into_iter()))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "values" => Ok(Value::from(self.values())),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

fn to_template(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::from(()),
        Cell::Bool(value) => Value::from(value),
        Cell::Int(value) => i64::try_from(value).map_or_else(|_| Value::from(value), Value::from),
        Cell::Double(value) => Value::from(value),
        // Digits survive as text; a number that a double holds exactly can be calculated with.
        Cell::Decimal(digits) => match digits.parse::<f64>() {
            Ok(value) if value.to_string() == digits => Value::from(value),
            _ => Value::from(digits),
        },
        Cell::Text(text) | Cell::Temporal(text) => Value::from(text),
        Cell::Blob(bytes) => Value::from_bytes(bytes),
        Cell::List(items) => items.into_iter().map(to_template).collect(),
        Cell::Struct(fields) => Value::from_pairs(
            fields
                .into_iter()
                .map(|(name, value)| (name, to_template(value))),
        ),
    }
}
