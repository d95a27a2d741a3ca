//! Statements that templates run, and their results.

use std::sync::{Arc, PoisonError};

use minijinja::value::{Kwargs, Value, ValueKind, from_args};
use minijinja::{Error, State};

use super::Scope;
use super::fault::fault;
use super::query::{QueryResult, raw_rows};
use crate::transform::template::lines::without_marks;
use crate::transform::value::Dict;
use crate::warehouse::{Connection, Table, Value as Cell};

/// How a statement stands to the transactions of a template that decides about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// Runs in the open transaction, or begins one.
    Yes,
    /// Runs in the open transaction, or alone.
    No,
}

impl From<bool> for Begin {
    fn from(begin: bool) -> Self {
        if begin { Self::Yes } else { Self::No }
    }
}

/// Gets the connection ready for a statement; `None` while the project is only read.
fn ready(scope: &Arc<Scope>, begin: Begin) -> Result<Option<&Arc<Connection>>, Error> {
    let Some(connection) = scope.connection.as_ref().filter(|_| scope.mode.execute) else {
        return Ok(None);
    };
    if let Some(transactions) = &scope.transactions {
        transactions
            .before(connection, begin == Begin::Yes)
            .map_err(|error| failed(&error))?;
    }
    Ok(Some(connection))
}

fn failed(error: &crate::error::Error) -> Error {
    let cause = error.causes().join("\n");
    let cause = if cause.is_empty() {
        error.message()
    } else {
        &cause
    };
    fault(format!("a statement of a template failed: {cause}"), "")
}

/// Runs a query; `None` while the project is only read.
pub(super) fn query(
    scope: &Arc<Scope>,
    sql: &str,
    parameters: &[Cell],
    begin: Begin,
) -> Result<Option<Table>, Error> {
    let Some(connection) = ready(scope, begin)? else {
        return Ok(None);
    };
    let found = connection.query(sql, parameters);
    found.map(Some).map_err(|error| failed(&error))
}

/// Runs a statement for what it does.
pub(super) fn execute(scope: &Arc<Scope>, sql: &str, begin: Begin) -> Result<Value, Error> {
    run(scope, sql, false, begin)?;
    Ok(Value::from(""))
}

/// Runs one or more statements; gives the result of a single one if it is to be fetched.
pub(super) fn run(
    scope: &Arc<Scope>,
    sql: &str,
    fetch: bool,
    begin: Begin,
) -> Result<Value, Error> {
    let sql = &without_marks(sql.to_owned());
    let empty = || Value::from_object(QueryResult::empty());
    if sql.trim().is_empty() {
        return Ok(empty());
    }
    if fetch {
        let table = query(scope, sql, &[], begin)?;
        return Ok(table.map_or_else(empty, |table| Value::from_object(QueryResult::new(table))));
    }
    if let Some(connection) = ready(scope, begin)? {
        connection.batch(sql).map_err(|error| failed(&error))?;
    }
    Ok(empty())
}

/// Runs a statement with values for its places, as `add_query(sql, bindings=…)` does.
pub(super) fn bound(scope: &Arc<Scope>, sql: &str, bindings: &Value) -> Result<(), Error> {
    let cells = bindings.try_iter()?.map(|value| match value.kind() {
        ValueKind::None | ValueKind::Undefined => Cell::Null,
        ValueKind::Bool => Cell::Bool(value.is_true()),
        ValueKind::Number => match (value.as_i64(), f64::try_from(value.clone())) {
            (Some(number), _) => Cell::Int(number.into()),
            (None, Ok(number)) => Cell::Double(number),
            _ => Cell::Text(value.to_string()),
        },
        _ => Cell::Text(value.to_string()),
    });
    let cells: Vec<Cell> = cells.collect();
    if let Some(connection) = ready(scope, Begin::Yes)? {
        let done = connection.execute(&without_marks(sql.to_owned()), &cells);
        done.map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// `adapter.commit()`; without transactions of its own, a template has nothing to commit.
pub(super) fn commit(scope: &Arc<Scope>) -> Result<Value, Error> {
    if let (Some(transactions), Some(connection)) = (&scope.transactions, &scope.connection) {
        transactions.commit(connection).map_err(|error| {
            let hint = error.hints().first().cloned().unwrap_or_default();
            fault(error.message(), hint)
        })?;
    }
    Ok(Value::from(""))
}

/// `run_query(sql)`.
pub(super) fn run_query(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (sql,): (String,) = from_args(args)?;
    run(scope, &sql, true, Begin::No)
}

/// `{% call statement(name, fetch_result) %}`: runs what the block holds.
pub(super) fn statement(
    scope: &Arc<Scope>,
    state: &mut State<'_, '_>,
    args: &[Value],
) -> Result<Value, Error> {
    let (name, fetch, begin, kwargs): (Option<String>, Option<bool>, Option<bool>, Kwargs) =
        from_args(args)?;
    let name = name.or(kwargs.get("name")?);
    let begin = begin.or(kwargs.get("auto_begin")?).unwrap_or(true);
    let named_fetch: Option<bool> = kwargs.get("fetch_result")?;
    let caller: Option<Value> = kwargs.get("caller")?;
    let sql = match caller {
        Some(caller) => caller.call(state, &[])?.to_string(),
        None => {
            return Err(fault(
                "`statement` holds no SQL",
                "Write it as `{% call statement('name') %}…{% endcall %}`.",
            ));
        }
    };
    if !scope.mode.execute {
        return Ok(Value::from(""));
    }
    let fetch = fetch.or(named_fetch).unwrap_or(false);
    let result = run(scope, &sql, fetch, begin.into())?;
    if let Some(name) = name {
        store(scope, &name, &Value::from("OK"), result);
    }
    Ok(Value::from(""))
}

fn store(scope: &Arc<Scope>, name: &str, response: &Value, table: Value) {
    let result = Dict::value([
        (Value::from("response"), response.clone()),
        (Value::from("data"), raw_rows(&table)),
        (Value::from("table"), table),
    ]);
    if name == "main" {
        scope.record().main = Some(result.clone());
    }
    let mut results = scope.results.lock().unwrap_or_else(PoisonError::into_inner);
    results.insert(name.to_owned(), result);
}

/// `load_result(name)`: `.table`, `.data`, `.response`; none if nothing was run.
pub(super) fn load_result(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name,): (String,) = from_args(args)?;
    let results = scope.results.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(results.get(&name).cloned().unwrap_or(Value::from(())))
}

/// `store_result(name, response, agate_table)`, `store_raw_result(name, message, …)`.
pub(super) fn store_result(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name, response, table, kwargs): (String, Option<Value>, Option<Value>, Kwargs) =
        from_args(args)?;
    let response = response
        .or(kwargs.get("response")?)
        .or(kwargs.get("message")?);
    let table = table
        .or(kwargs.get("agate_table")?)
        .filter(|table| !table.is_none());
    for extra in ["code", "rows_affected"] {
        let _unused: Option<Value> = kwargs.get(extra)?;
    }
    let table = table.unwrap_or_else(|| Value::from_object(QueryResult::empty()));
    store(scope, &name, &response.unwrap_or(Value::from("OK")), table);
    Ok(Value::from(""))
}
