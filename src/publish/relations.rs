//! What is published: the tables and views of a schema, all of their columns flat.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::warehouse::{Column, Connection, Relation, Value};

/// A table or view to publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Published {
    /// Its name; also of the file and the view.
    pub name: String,
    /// Whether it stores nothing itself.
    pub is_view: bool,
    /// Its comment.
    pub comment: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Comments of columns, by name.
    pub column_comments: BTreeMap<String, String>,
}

const RELATIONS: &str = "
SELECT table_name, false, comment FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = ? AND NOT internal AND NOT temporary
UNION ALL
SELECT view_name, true, comment FROM duckdb_views()
WHERE database_name = current_database() AND schema_name = ? AND NOT internal AND NOT temporary
ORDER BY 1";

const COMMENTS: &str = "
SELECT column_name, comment FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = ? AND table_name = ?
  AND comment IS NOT NULL";

/// Types whose values are single and whose name every reader understands.
const FLAT: &[&str] = &[
    "BOOLEAN",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    "VARCHAR",
    "UUID",
    "JSON",
    "BLOB",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "TIMESTAMP_S",
    "TIMESTAMP_MS",
    "TIMESTAMP_NS",
    "TIMESTAMP WITH TIME ZONE",
];

/// The relations of `schema`, by name.
///
/// # Errors
/// `DataInvalid` if there are none, or one has a nested column or a name that cannot be a file's.
pub(super) fn read(connection: &Connection, schema: &str) -> Result<Vec<Published>> {
    let listed = connection.query(RELATIONS, &[Value::from(schema), Value::from(schema)])?;
    let mut relations = Vec::with_capacity(listed.rows.len());
    for row in &listed.rows {
        let [name, is_view, comment] = row.as_slice() else {
            continue;
        };
        let name = name.as_str().unwrap_or_default().to_owned();
        refuse_odd_name(schema, &name)?;
        let columns = connection.describe(&Relation::new(schema, &*name).to_string())?;
        refuse_nested(schema, &name, &columns)?;
        relations.push(Published {
            column_comments: column_comments(connection, schema, &name)?,
            is_view: *is_view == Value::Bool(true),
            comment: comment.as_str().map(str::to_owned),
            columns,
            name,
        });
    }
    if relations.is_empty() {
        return Err(Error::data(format!(
            "there is nothing to publish in the schema `{schema}`"
        ))
        .hint("Build the models first: `cca run`."));
    }
    Ok(relations)
}

fn column_comments(
    connection: &Connection,
    schema: &str,
    name: &str,
) -> Result<BTreeMap<String, String>> {
    let found = connection.query(COMMENTS, &[Value::from(schema), Value::from(name)])?;
    let pair = |row: &Vec<Value>| {
        let text = |index| row.get(index).and_then(Value::as_str).map(str::to_owned);
        Some((text(0)?, text(1)?))
    };
    Ok(found.rows.iter().filter_map(pair).collect())
}

/// BI drivers mistype nested columns or leave them out, and Parquet turns HUGEINT into DOUBLE.
fn refuse_nested(schema: &str, name: &str, columns: &[Column]) -> Result<()> {
    let Some(column) = columns.iter().find(|column| !is_flat(&column.type_name)) else {
        return Ok(());
    };
    Err(Error::data(format!(
        "the column `{}` of `{schema}.{name}` is {}, which readers cannot show",
        column.name, column.type_name
    ))
    .hint("Cast it in the model to BIGINT, DOUBLE, DECIMAL or VARCHAR."))
}

fn is_flat(type_name: &str) -> bool {
    let head = type_name.split('(').next().unwrap_or(type_name);
    !type_name.ends_with(']') && FLAT.contains(&head)
}

fn refuse_odd_name(schema: &str, name: &str) -> Result<()> {
    let proper = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if name.chars().all(proper) {
        return Ok(());
    }
    Err(Error::data(format!(
        "`{schema}.{name}` cannot be published under its name"
    ))
    .hint("Name it with letters, digits and `_` only."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_values_are_flat() {
        for flat in [
            "BIGINT",
            "DECIMAL(18,6)",
            "VARCHAR",
            "TIMESTAMP",
            "TIMESTAMP WITH TIME ZONE",
        ] {
            assert!(is_flat(flat), "{flat}");
        }
        for nested in [
            "BIGINT[]",
            "STRUCT(a INTEGER)",
            "MAP(VARCHAR, INTEGER)",
            "INTERVAL",
            "HUGEINT",
            "UHUGEINT",
            "ENUM('a')",
            "DECIMAL(3,1)[2]",
        ] {
            assert!(!is_flat(nested), "{nested}");
        }
    }
}
