//! Results of `run_query` as templates see them: a list of rows that also has `.rows`,
//! `.columns` and `.column_names`; a row answers to a number and to a column name.

use std::sync::Arc;

use minijinja::value::{
    Enumerator, Kwargs, Object, ObjectExt, ObjectRepr, Tuple, Value, ValueKind, from_args,
};
use minijinja::{Error, ErrorKind, State};

use crate::transform::value::dates::{DateTime, date_value, datetime_value};
use crate::transform::value::{Dict, List};
use crate::warehouse::{Table, Value as Cell};

/// A query result.
#[derive(Debug)]
pub(in crate::transform) struct QueryResult {
    names: Arc<Vec<String>>,
    /// Types of the columns, where the engine gave the result.
    kinds: Vec<String>,
    rows: Vec<Value>,
    cells: Arc<Vec<Vec<Value>>>,
}

impl QueryResult {
    /// Takes over a table of the warehouse.
    pub(in crate::transform) fn new(table: Table) -> Self {
        let kinds = table.columns.iter().map(|column| column.type_name.clone());
        let kinds = kinds.collect();
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
        Self {
            kinds,
            ..Self::of(names, cells)
        }
    }

    /// The type of a column, if it is known.
    pub(super) fn kind(&self, index: usize) -> Option<&str> {
        self.kinds.get(index).map(String::as_str)
    }

    fn of(names: Arc<Vec<String>>, cells: Vec<Vec<Value>>) -> Self {
        let rows = cells
            .iter()
            .map(|cells| {
                Value::from_object(Named {
                    names: Arc::clone(&names),
                    values: cells.clone(),
                })
            })
            .collect();
        Self {
            names,
            kinds: Vec::new(),
            rows,
            cells: Arc::new(cells),
        }
    }

    /// A result without rows and columns: what queries give while a project is only read.
    pub(super) fn empty() -> Self {
        Self::new(Table::default())
    }

    /// With other names: by the old ones, or all of them in a list.
    fn renamed(&self, to: &Value) -> Result<Self, Error> {
        let mut names = Vec::with_capacity(self.names.len());
        for (index, name) in self.names.iter().enumerate() {
            let other = match to.kind() {
                ValueKind::Map => to.get_item(&Value::from(name.as_str()))?,
                _ => to.get_item_by_index(index)?,
            };
            let other = other.as_str().map(str::to_owned);
            names.push(other.unwrap_or_else(|| name.clone()));
        }
        Ok(Self::of(Arc::new(names), self.cells.to_vec()))
    }

    /// Only these columns, or all but these.
    fn narrowed(&self, keys: &Value, is_kept: bool) -> Result<Self, Error> {
        let keys: Vec<Value> = match keys.as_str() {
            Some(_) => vec![keys.clone()],
            None => keys.try_iter()?.collect(),
        };
        let is_named = |name: &String| keys.iter().any(|key| key.as_str() == Some(name));
        let all = self.names.iter().enumerate();
        let kept: Vec<usize> = all
            .filter(|(_, name)| is_named(name) == is_kept)
            .map(|(index, _)| index)
            .collect();
        let pick = |row: &Vec<Value>| -> Vec<Value> {
            kept.iter().filter_map(|at| row.get(*at).cloned()).collect()
        };
        let names = kept.iter().filter_map(|at| self.names.get(*at).cloned());
        let cells = self.cells.iter().map(pick).collect();
        Ok(Self::of(Arc::new(names.collect()), cells))
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
            Some("columns") => Some(Value::from_object(Named {
                names: Arc::clone(&self.names),
                values: self.columns(),
            })),
            Some("column_names") => {
                let names = self.names.iter().map(|name| Value::from(name.as_str()));
                Some(List::value(names.collect()))
            }
            Some(_) => None,
            None => self.rows.get(key.as_usize()?).cloned(),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.rows.len())
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let (columns,): (Value,) = match method {
            "rename" => {
                let (columns, named): (Option<Value>, Kwargs) = from_args(args)?;
                (columns.or(named.get("column_names")?).unwrap_or_default(),)
            }
            "select" | "exclude" => from_args(args)?,
            _ => return Err(Error::from(ErrorKind::UnknownMethod)),
        };
        let renamed = match method {
            "rename" => self.renamed(&columns)?,
            _ => self.narrowed(&columns, method == "select")?,
        };
        Ok(Value::from_object(renamed))
    }
}

/// The columns of a result or the cells of a row, by number and by name of the column.
#[derive(Debug)]
struct Named {
    names: Arc<Vec<String>>,
    values: Vec<Value>,
}

impl Object for Named {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = match key.as_str() {
            Some(name) => position(&self.names, name)?,
            None => key.as_usize()?,
        };
        self.values.get(index).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.values.len())
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let names = || self.names.iter().map(|name| Value::from(name.as_str()));
        match method {
            "values" => Ok(tuple(self.values.iter().cloned())),
            "keys" => Ok(tuple(names())),
            "items" => {
                let pairs = names().zip(self.values.iter().cloned());
                let pair = |(name, value)| tuple([name, value]);
                Ok(List::value(pairs.map(pair).collect()))
            }
            "dict" => Ok(Dict::value(names().zip(self.values.iter().cloned()))),
            "get" => {
                let (key, default): (Value, Option<Value>) = from_args(args)?;
                Ok(self.get_value(&key).or(default).unwrap_or(Value::from(())))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// Values as dbt has them, so that they can stand in SQL: `in ('a', 'b')`.
fn tuple(values: impl IntoIterator<Item = Value>) -> Value {
    Value::from(Tuple::from(values.into_iter().collect::<Vec<_>>()))
}

/// The cells of each row of a result, as the engine hands them out.
pub(super) fn raw_rows(table: &Value) -> Value {
    let cells = table
        .downcast_object_ref::<QueryResult>()
        .map(|result| Arc::clone(&result.cells));
    let rows = cells.iter().flat_map(|cells| cells.iter());
    List::value(rows.map(|row| tuple(row.iter().cloned())).collect())
}

/// Names of columns are the same in any case.
fn position(names: &[String], name: &str) -> Option<usize> {
    names.iter().position(|one| one.eq_ignore_ascii_case(name))
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
            "values" => Ok(tuple(self.values())),
            "values_without_nulls" => {
                let values = self.values().into_iter();
                Ok(tuple(values.filter(|value| !value.is_none())))
            }
            "values_distinct" => {
                let mut seen = std::collections::BTreeSet::new();
                let values = self.values().into_iter();
                Ok(tuple(values.filter(|value| seen.insert(value.clone()))))
            }
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
        Cell::Text(text) => Value::from(text),
        // Dates can be formatted and calculated with; other times are texts.
        Cell::Temporal(text) => match (text.parse(), text.replace(' ', "T").parse()) {
            _ if text.len() < 10 => Value::from(text),
            (Ok(date), _) if text.len() == 10 => date_value(date),
            (_, Ok(at)) if !text.ends_with('Z') && !text.contains('+') => {
                datetime_value(DateTime::Naive(at))
            }
            _ => Value::from(text),
        },
        Cell::Blob(bytes) => Value::from_bytes(bytes),
        Cell::List(items) => items.into_iter().map(to_template).collect(),
        Cell::Struct(fields) => Value::from_pairs(
            fields
                .into_iter()
                .map(|(name, value)| (name, to_template(value))),
        ),
    }
}
