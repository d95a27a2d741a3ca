//! The rows a model gave against those expected, in any order, each as often as it occurs.

use super::UnitTest;
use super::fixture::Rows;
use crate::error::{Error, Kind, Result};
use crate::warehouse::{Column, Relation, Value, quote};

/// Most differing rows that are shown.
const MOST_SHOWN: usize = 10;

/// Fails with the rows that are only on one side.
pub(super) fn compare(test: &UnitTest<'_>, actual: &Relation, expected: &Rows) -> Result<()> {
    let connection = test.connection;
    let given = connection.describe(&actual.to_string())?;
    let names = match expected {
        Rows::Sql(sql) => {
            let columns = connection.describe(&format!("(\n{sql}\n)"))?;
            columns.into_iter().map(|column| column.name).collect()
        }
        Rows::Values { .. } => expected.names(),
    };
    let columns = columns_of(&given, &names)?;
    let query = expected.query(&columns, "expect")?;
    let list: Vec<String> = columns.iter().map(|column| quote(&column.name)).collect();
    let casts: Vec<String> = columns
        .iter()
        .map(|column| {
            format!(
                "CAST({0} AS {1}) AS {0}",
                quote(&column.name),
                column.type_name
            )
        })
        .collect();
    let sql = format!(
        "WITH given AS (SELECT {list} FROM {actual}), \
         wanted AS (SELECT {casts} FROM (\n{query}\n)) \
         SELECT '+' AS side, * FROM (FROM given EXCEPT ALL FROM wanted) \
         UNION ALL SELECT '-', * FROM (FROM wanted EXCEPT ALL FROM given) ORDER BY ALL",
        list = list.join(", "),
        casts = casts.join(", "),
    );
    let table = connection.query(&sql, &[]).map_err(|error| {
        Error::project("the expected rows cannot be compared with those of the model")
            .cause(error.causes().join("\n"))
            .hint("Expect values of the types that the columns of the model have.")
    })?;
    if table.rows.is_empty() {
        return Ok(());
    }
    Err(differences(test, &columns, &table.rows))
}

/// The expected columns with the types the model gives them; all of them if none is named.
fn columns_of(given: &[Column], names: &[String]) -> Result<Vec<Column>> {
    if names.is_empty() {
        return Ok(given.to_vec());
    }
    let find = |name: &String| {
        let found = given
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name));
        found.cloned().ok_or_else(|| {
            let all = given.iter().map(|column| column.name.as_str());
            let list = all.clone().collect::<Vec<_>>().join(", ");
            let near = crate::error::nearest(name, all)
                .map_or(String::new(), |near| format!("Did you mean `{near}`? "));
            Error::project(format!(
                "the model has no column `{name}`, which `expect` names"
            ))
            .hint(format!("{near}Its columns are {list}."))
        })
    };
    names.iter().map(find).collect()
}

fn differences(test: &UnitTest<'_>, columns: &[Column], rows: &[Vec<Value>]) -> Error {
    let name = &test.node.name;
    let mut error = Error::new(Kind::CheckFailed, format!("unit test `{name}` failed"));
    for row in rows.iter().take(MOST_SHOWN) {
        let Some((side, cells)) = row.split_first() else {
            continue;
        };
        let cells: Vec<String> = columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| match cell {
                Value::Null => format!("{}: NULL", column.name),
                cell => format!("{}: {cell}", column.name),
            })
            .collect();
        let word = match side.as_str() {
            Some("+") => "not expected",
            _ => "missing",
        };
        error = error.cause(format!("{word}: {}", cells.join(", ")));
    }
    if rows.len() > MOST_SHOWN {
        error = error.cause(format!("and {} more rows", rows.len() - MOST_SHOWN));
    }
    error.hint("Correct the model, or what the test expects.")
}
