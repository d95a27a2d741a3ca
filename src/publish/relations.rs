//! What is published: the tables and views of a schema, all of their columns flat.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::warehouse::{Column, Connection, Value};

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

const COLUMNS: &str = "
SELECT table_name, column_name, data_type, comment FROM duckdb_columns()
WHERE database_name = current_database() AND schema_name = ?
ORDER BY table_name, column_index";

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
    let mut shapes = shapes(connection, schema)?;
    let mut relations = Vec::with_capacity(listed.rows.len());
    for row in &listed.rows {
        let [name, is_view, comment] = row.as_slice() else {
            continue;
        };
        let name = name.as_str().unwrap_or_default().to_owned();
        refuse_odd_name(schema, &name)?;
        let shape = shapes.remove(&name).unwrap_or_default();
        refuse_nested(schema, &name, &shape.columns)?;
        relations.push(Published {
            is_view: *is_view == Value::Bool(true),
            comment: comment.as_str().map(str::to_owned),
            columns: shape.columns,
            column_comments: shape.comments,
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

/// Columns of a relation, and their comments by name.
#[derive(Default)]
struct Shape {
    columns: Vec<Column>,
    comments: BTreeMap<String, String>,
}

/// The shapes of all relations of `schema`, by name.
fn shapes(connection: &Connection, schema: &str) -> Result<BTreeMap<String, Shape>> {
    let mut shapes: BTreeMap<String, Shape> = BTreeMap::new();
    for row in &connection.query(COLUMNS, &[Value::from(schema)])?.rows {
        let text = |index| row.get(index).and_then(Value::as_str);
        let (Some(relation), Some(name), Some(type_name)) = (text(0), text(1), text(2)) else {
            continue;
        };
        let shape = shapes.entry(relation.to_owned()).or_default();
        shape.columns.push(Column {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
        });
        if let Some(comment) = text(3) {
            shape.comments.insert(name.to_owned(), comment.to_owned());
        }
    }
    Ok(shapes)
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
