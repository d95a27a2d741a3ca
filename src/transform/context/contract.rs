//! What templates say and ask about contracts.

use std::sync::Arc;

use minijinja::Error;
use minijinja::value::{Kwargs, Value, from_args};

use super::Scope;
use super::fault::fault;
use crate::transform::materialization::{constraint_of_column, constraint_of_table};
use crate::transform::value::{List, to_json};
use crate::warehouse::quote;

/// `exceptions.raise_contract_error(described, given)`: two lists of columns.
pub(super) fn broken(scope: &Arc<Scope>, args: &[Value]) -> Error {
    match from_args::<(Value, Value)>(args).and_then(|(wanted, given)| {
        let differences = differences(&columns(&wanted)?, &columns(&given)?);
        Ok(differences.join("; "))
    }) {
        Err(error) => error,
        Ok(differences) => {
            let differences = if differences.is_empty() {
                "no column is described".to_owned()
            } else {
                differences
            };
            let name = &scope.node.name;
            fault(
                format!("model `{name}` breaks its contract: {differences}"),
                "Cast the columns in the query, or correct the properties file.",
            )
        }
    }
}

/// `exceptions.column_type_missing(column_names)`.
pub(super) fn untyped(scope: &Arc<Scope>, args: &[Value]) -> Error {
    let names = || -> Result<Vec<String>, Error> {
        let (names, kwargs): (Option<Value>, Kwargs) = from_args(args)?;
        let names = names.or(kwargs.get("column_names")?).unwrap_or_default();
        Ok(names.try_iter()?.map(|name| format!("`{name}`")).collect())
    };
    match names() {
        Err(error) => error,
        Ok(names) => fault(
            format!(
                "model `{}` breaks its contract: no `data_type` for {}",
                scope.node.name,
                names.join(", ")
            ),
            "Give every column of an enforced contract a `data_type`.",
        ),
    }
}

/// Names and types of columns as `format_columns` gives them.
fn columns(all: &Value) -> Result<Vec<(String, String)>, Error> {
    let text = |column: &Value, key: &str| -> Result<String, Error> {
        Ok(column.get_attr(key)?.to_string())
    };
    let all = all.try_iter()?;
    all.map(|column| Ok((text(&column, "name")?, text(&column, "data_type")?)))
        .collect()
}

fn differences(wanted: &[(String, String)], given: &[(String, String)]) -> Vec<String> {
    let find = |all: &[(String, String)], name: &str| {
        let mut all = all.iter();
        let found = all.find(|(one, _)| one.eq_ignore_ascii_case(name));
        found.map(|(_, kind)| kind.clone())
    };
    let of_wanted = wanted
        .iter()
        .filter_map(|(name, kind)| match find(given, name) {
            None => Some(format!("column `{name}` is described but not selected")),
            Some(other) if other != *kind => {
                Some(format!("column `{name}` is {other}, described as {kind}"))
            }
            Some(_) => None,
        });
    let strange = given
        .iter()
        .filter(|(name, _)| find(wanted, name).is_none())
        .map(|(name, kind)| format!("column `{name}` {kind} is not described"));
    of_wanted.chain(strange).collect()
}

/// `adapter.render_raw_columns_constraints(raw_columns)`: each column with its type and
/// constraints, as in `CREATE TABLE`.
pub(super) fn of_columns(args: &[Value]) -> Result<Value, Error> {
    let (columns, kwargs): (Option<Value>, Kwargs) = from_args(args)?;
    let columns = to_json(&columns.or(kwargs.get("raw_columns")?).unwrap_or_default());
    let mut all = Vec::new();
    for column in columns
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::values)
    {
        let text = |key: &str| column.get(key).and_then(serde_json::Value::as_str);
        let name = text("name").unwrap_or_default();
        let is_quoted = column.get("quote") == Some(&serde_json::Value::Bool(true));
        let name = if is_quoted {
            quote(name)
        } else {
            name.to_owned()
        };
        let mut parts = vec![name, text("data_type").unwrap_or_default().to_owned()];
        let constraints = column
            .get("constraints")
            .and_then(serde_json::Value::as_array);
        for constraint in constraints.into_iter().flatten() {
            parts.push(constraint_of_column(constraint).map_err(unknown)?);
        }
        all.push(Value::from(parts.join(" ")));
    }
    Ok(List::value(all))
}

/// `adapter.render_raw_model_constraints(raw_constraints)`.
pub(super) fn of_model(args: &[Value]) -> Result<Value, Error> {
    let (constraints, kwargs): (Option<Value>, Kwargs) = from_args(args)?;
    let constraints = to_json(
        &constraints
            .or(kwargs.get("raw_constraints")?)
            .unwrap_or_default(),
    );
    let all = constraints.as_array().into_iter().flatten();
    let rendered = all.map(|one| Ok(Value::from(constraint_of_table(one).map_err(unknown)?)));
    Ok(List::value(rendered.collect::<Result<_, Error>>()?))
}

fn unknown((cause, hint): (String, String)) -> Error {
    fault(cause, hint)
}
