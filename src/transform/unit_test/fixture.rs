//! Rows written by people: as mappings, as CSV, as a query, or in a file of fixtures.

use serde_json::{Map, Value as Json};

use super::UnitTest;
use crate::error::{Error, Result, nearest};
use crate::project::SourceFile;
use crate::transform::seed::infer;
use crate::warehouse::{Column, quote};

/// Rows of an input or an expectation.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rows {
    /// Values by column; CSV has only texts.
    Values {
        rows: Vec<Map<String, Json>>,
        is_csv: bool,
    },
    Sql(String),
}

impl Rows {
    /// Reads `format`, `rows` and `fixture` of an entry; `what` names it in errors.
    pub(super) fn read(test: &UnitTest<'_>, entry: &Json, what: &str) -> Result<Self> {
        let format = entry.get("format").and_then(Json::as_str).unwrap_or("dict");
        let text = match entry.get("fixture").and_then(Json::as_str) {
            Some(name) => Some(fixture(test, name, format)?),
            None => entry.get("rows").and_then(Json::as_str).map(str::to_owned),
        };
        match (format, entry.get("rows"), text) {
            ("sql", _, Some(sql)) => Ok(Self::Sql(
                sql.trim().trim_end_matches(';').trim_end().to_owned(),
            )),
            ("csv", _, Some(text)) => csv_rows(&text, what),
            ("csv" | "dict", Some(Json::Array(items)), _) => {
                let rows: Option<Vec<Map<String, Json>>> =
                    items.iter().map(|item| item.as_object().cloned()).collect();
                let rows = rows.ok_or_else(|| {
                    Error::project(format!("a row of `{what}` is no mapping"))
                        .hint("Write `- {column: value, …}`.")
                })?;
                Ok(Self::Values {
                    rows,
                    is_csv: false,
                })
            }
            ("csv" | "dict", None | Some(Json::Null), None) => Ok(Self::Values {
                rows: Vec::new(),
                is_csv: false,
            }),
            ("sql", _, None) => Err(Error::project(format!("`{what}` has no query"))
                .hint("Write it under `rows: |`, or name a file with `fixture:`.")),
            (format, ..) => Err(Error::project(format!(
                "the rows of `{what}` do not fit its format `{format}`"
            ))
            .hint("The formats are `dict`, a list of mappings; `csv` and `sql`, texts.")),
        }
    }

    /// Names of the columns in order.
    pub(super) fn names(&self) -> Vec<String> {
        let Self::Values { rows, .. } = self else {
            return Vec::new();
        };
        let mut names: Vec<String> = Vec::new();
        for name in rows.iter().flat_map(Map::keys) {
            if !names.iter().any(|one| one.eq_ignore_ascii_case(name)) {
                names.push(name.clone());
            }
        }
        names
    }

    /// The rows as a query with exactly `columns`; what a row leaves out is NULL.
    pub(super) fn query(&self, columns: &[Column], what: &str) -> Result<String> {
        let rows = match self {
            Self::Sql(sql) => return Ok(sql.clone()),
            Self::Values { rows, .. } => rows,
        };
        for name in self.names() {
            if !columns
                .iter()
                .any(|one| one.name.eq_ignore_ascii_case(&name))
            {
                let names = columns.iter().map(|one| one.name.as_str());
                let list = names.clone().collect::<Vec<_>>().join(", ");
                let hint = nearest(&name, names)
                    .map_or(String::new(), |near| format!("Did you mean `{near}`? "));
                return Err(Error::project(format!("`{what}` has no column `{name}`"))
                    .hint(format!("{hint}Its columns are {list}.")));
            }
        }
        let select = |row: Option<&Map<String, Json>>| {
            let items: Vec<String> = columns
                .iter()
                .map(|column| {
                    let value = row.and_then(|row| {
                        row.iter()
                            .find(|(name, _)| name.eq_ignore_ascii_case(&column.name))
                            .map(|(_, value)| value)
                    });
                    let value = literal(value.unwrap_or(&Json::Null));
                    format!(
                        "CAST({value} AS {}) AS {}",
                        column.type_name,
                        quote(&column.name)
                    )
                })
                .collect();
            format!("SELECT {}", items.join(", "))
        };
        if rows.is_empty() {
            return Ok(format!("{} LIMIT 0", select(None)));
        }
        let all: Vec<String> = rows.iter().map(|row| select(Some(row))).collect();
        Ok(all.join("\nUNION ALL "))
    }

    /// Columns with the types their values have.
    pub(super) fn own_columns(&self) -> Vec<Column> {
        let Self::Values { rows, is_csv } = self else {
            return Vec::new();
        };
        let kind = |name: &str| {
            let values = rows.iter().filter_map(|row| {
                row.iter()
                    .find(|(one, _)| one.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value)
            });
            if *is_csv {
                return infer(values.map(Json::as_str));
            }
            natural_type(values)
        };
        self.names()
            .into_iter()
            .map(|name| Column {
                type_name: kind(&name).to_owned(),
                name,
            })
            .collect()
    }
}

/// The narrowest type for values as YAML reads them.
fn natural_type<'a>(values: impl Iterator<Item = &'a Json>) -> &'static str {
    let mut kind = None;
    for value in values {
        let one = match value {
            Json::Null => continue,
            Json::Bool(_) => "BOOLEAN",
            Json::Number(number) => match number.as_i64() {
                Some(number) if i32::try_from(number).is_ok() => "INTEGER",
                Some(_) => "BIGINT",
                None => "DOUBLE",
            },
            _ => "VARCHAR",
        };
        kind = Some(match (kind, one) {
            (None, one) => one,
            (Some(kind), one) if kind == one => one,
            (Some("INTEGER"), "BIGINT") | (Some("BIGINT"), "INTEGER") => "BIGINT",
            (Some("INTEGER" | "BIGINT" | "DOUBLE"), "INTEGER" | "BIGINT" | "DOUBLE") => "DOUBLE",
            _ => "VARCHAR",
        });
    }
    kind.unwrap_or("VARCHAR")
}

fn csv_rows(text: &str, what: &str) -> Result<Rows> {
    let failed = |error: &csv::Error| {
        Error::project(format!("the CSV of `{what}` cannot be read"))
            .cause(error)
            .hint("Give every row as many fields as the first line.")
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::Headers)
        .from_reader(text.trim().as_bytes());
    let header = reader.headers().map_err(|error| failed(&error))?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| failed(&error))?;
        let row = header.iter().zip(record.iter()).map(|(name, text)| {
            let value = match text.trim() {
                "" => Json::Null,
                _ => Json::from(text),
            };
            (name.to_owned(), value)
        });
        rows.push(row.collect());
    }
    Ok(Rows::Values { rows, is_csv: true })
}

/// The file of fixtures called `name`.
fn fixture(test: &UnitTest<'_>, name: &str, format: &str) -> Result<String> {
    let extension = if format == "sql" { "sql" } else { "csv" };
    let fixtures = &test.graph.fixtures;
    let name = name.strip_suffix(&format!(".{extension}")).unwrap_or(name);
    let found = fixtures
        .iter()
        .find(|file| file.stem() == name && file.extension() == extension);
    found.map(|file| file.text.clone()).ok_or_else(|| {
        let near = nearest(name, fixtures.iter().map(SourceFile::stem));
        Error::project(format!("there is no fixture `{name}.{extension}`")).hint(near.map_or_else(
            || format!("Put it at `tests/fixtures/{name}.{extension}`."),
            |near| format!("Did you mean `{near}`?"),
        ))
    })
}

/// A value as SQL.
fn literal(value: &Json) -> String {
    match value {
        Json::Null => "NULL".to_owned(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::String(text) => format!("'{}'", text.replace('\'', "''")),
        nested => format!("'{}'", nested.to_string().replace('\'', "''")),
    }
}
