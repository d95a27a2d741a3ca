//! Statements that templates run, and their results.

use std::sync::{Arc, PoisonError};

use minijinja::value::{Kwargs, Value, from_args};
use minijinja::{Error, State};

use super::Scope;
use super::fault::fault;
use super::query::QueryResult;
use crate::transform::template::lines::without_marks;
use crate::transform::value::Dict;
use crate::warehouse::{Table, Value as Cell};

/// Runs a query; `None` while the project is only read.
pub(super) fn query(
    scope: &Arc<Scope>,
    sql: &str,
    parameters: &[Cell],
) -> Result<Option<Table>, Error> {
    let Some(connection) = scope.connection.as_ref().filter(|_| scope.mode.execute) else {
        return Ok(None);
    };
    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    connection
        .query(sql, parameters)
        .map(Some)
        .map_err(|error| {
            let cause = error.causes().join("\n");
            let cause = if cause.is_empty() {
                error.message()
            } else {
                &cause
            };
            fault(format!("a statement of a template failed: {cause}"), "")
        })
}

/// Runs a statement for what it does.
pub(super) fn execute(scope: &Arc<Scope>, sql: &str) -> Result<Value, Error> {
    run(scope, sql, false)
}

/// Runs one or more statements; gives the result of a single one if it is to be fetched.
pub(super) fn run(scope: &Arc<Scope>, sql: &str, fetch: bool) -> Result<Value, Error> {
    let sql = &without_marks(sql.to_owned());
    let empty = || Value::from_object(QueryResult::empty());
    if sql.trim().is_empty() {
        return Ok(empty());
    }
    if fetch {
        let table = query(scope, sql, &[])?;
        return Ok(table.map_or_else(empty, |table| Value::from_object(QueryResult::new(table))));
    }
    if let Some(connection) = scope.connection.as_ref().filter(|_| scope.mode.execute) {
        let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.batch(sql).map_err(|error| {
            let cause = error.causes().join("\n");
            let cause = if cause.is_empty() {
                error.message()
            } else {
                &cause
            };
            fault(format!("a statement of a template failed: {cause}"), "")
        })?;
    }
    Ok(empty())
}

/// `run_query(sql)`.
pub(super) fn run_query(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (sql,): (String,) = from_args(args)?;
    run(scope, &sql, true)
}

/// `{% call statement(name, fetch_result) %}`: runs what the block holds.
pub(super) fn statement(
    scope: &Arc<Scope>,
    state: &mut State<'_, '_>,
    args: &[Value],
) -> Result<Value, Error> {
    let (name, fetch, _begin, kwargs): (Option<String>, Option<bool>, Option<bool>, Kwargs) =
        from_args(args)?;
    let name = name.or(kwargs.get("name")?);
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
    let result = run(scope, &sql, fetch.or(named_fetch).unwrap_or(false))?;
    if let Some(name) = name {
        store(scope, &name, &Value::from("OK"), result);
    }
    Ok(Value::from(""))
}

fn store(scope: &Arc<Scope>, name: &str, response: &Value, table: Value) {
    let rows: Value = table.get_attr("rows").unwrap_or_default();
    let result = Dict::value([
        (Value::from("response"), response.clone()),
        (Value::from("data"), rows),
        (Value::from("table"), table),
    ]);
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
