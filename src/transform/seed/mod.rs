//! Seeds: CSV files of the project as tables. The engine reads the file; types are those of the
//! properties file, else those that fit the values ([`infer`]).

mod infer;

pub(super) use self::infer::infer;

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::error::{Error, IoContext, Kind, Result};
use crate::transform::graph::Node;
use crate::warehouse::{Connection, Table, quote};

/// A seed ready to be loaded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeedTable {
    /// Column names and types.
    pub columns: Vec<(String, String)>,
    /// Rows below the header.
    pub rows: u64,
    delimiter: String,
    /// Columns with a configured type that the file does not have.
    pub strays: Vec<String>,
}

impl SeedTable {
    /// Reads the text of a seed.
    ///
    /// # Errors
    /// `Project` for a row of another length than the header, and for a header that names a column
    /// twice.
    pub(super) fn read(node: &Node) -> Result<Self> {
        let delimiter = node.config.delimiter.clone();
        let [letter] = delimiter.as_bytes() else {
            return Err(
                Error::project(format!("seed `{}` has a wrong delimiter", node.name))
                    .at(&node.path)
                    .cause(format!("`delimiter` is `{delimiter}`"))
                    .hint("Give one letter such as `;` or `|`."),
            );
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(*letter)
            .flexible(true)
            .from_reader(text(node).as_bytes());
        let header = reader
            .headers()
            .map_err(|error| unreadable(node, &error))?
            .clone();
        let names = column_names(&header);
        check_header(node, &names)?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(node, &error))?;
            check_length(node, &record, names.len())?;
            rows.push(record);
        }
        let configured = node.config.column_types.keys();
        let strays = configured.filter(|name| !names.contains(name));
        let strays = strays.cloned().collect();
        let columns = names
            .into_iter()
            .enumerate()
            .map(|(index, name)| {
                let configured = node.config.column_types.get(&name).cloned();
                let values = rows.iter().map(|row| row.get(index));
                let kind = configured.unwrap_or_else(|| infer(values).to_owned());
                (name, kind)
            })
            .collect();
        Ok(Self {
            columns,
            rows: rows.len() as u64,
            delimiter,
            strays,
        })
    }

    /// Creates or replaces the table of the seed; returns the number of rows.
    pub(super) fn store(&self, node: &Node, connection: &Connection) -> Result<u64> {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|(name, kind)| format!("{} {kind}", quote(name)))
            .collect();
        let relation = &node.relation;
        connection
            .batch(&format!(
                "CREATE OR REPLACE TABLE {relation} ({})",
                columns.join(", ")
            ))
            .map_err(|error| self.explain(node, &error))?;
        if self.rows == 0 {
            return Ok(0);
        }
        let file = temporary_file(node)?;
        let sql = format!(
            "COPY {relation} FROM {} (FORMAT CSV, HEADER TRUE, DELIMITER {}, QUOTE '\"', ESCAPE '\"')",
            literal(&file.path().to_string_lossy()),
            literal(&self.delimiter)
        );
        connection
            .batch(&sql)
            .map_err(|error| self.explain(node, &error))?;
        Ok(self.rows)
    }

    /// The rows as values of the types of their columns, for templates.
    pub(super) fn cells(&self, node: &Node, connection: &Connection) -> Result<Table> {
        let file = temporary_file(node)?;
        let columns = self.columns.iter();
        let columns: Vec<String> = columns
            .map(|(name, kind)| format!("{}: {}", literal(name), literal(kind)))
            .collect();
        let sql = format!(
            "SELECT * FROM read_csv({}, header = true, auto_detect = false, delim = {}, quote = '\"', escape = '\"', columns = {{{}}})",
            literal(&file.path().to_string_lossy()),
            literal(&self.delimiter),
            columns.join(", ")
        );
        let read = connection.query(&sql, &[]);
        read.map_err(|error| self.explain(node, &error))
    }

    /// Names the line of the file that the engine did not accept.
    fn explain(&self, node: &Node, error: &Error) -> Error {
        if error.kind() == Kind::Cancelled {
            return Error::new(Kind::Cancelled, error.message());
        }
        let cause = error.causes().join("\n");
        let failure = Error::project(format!("failed to load seed `{}`", node.name));
        let Some(line) = between(&cause, "CSV Error on Line: ", "\n") else {
            return failure.at(&node.path).cause(cause);
        };
        let failure = failure.at(format!("{}:{line}", node.path));
        match between(&cause, "Error when converting column \"", "\"") {
            Some(column) => {
                let kinds: BTreeMap<&str, &str> = self
                    .columns
                    .iter()
                    .map(|(name, kind)| (name.as_str(), kind.as_str()))
                    .collect();
                let kind = kinds.get(column).copied().unwrap_or_default();
                failure
                    .cause(format!("the value of column `{column}` is no {kind}"))
                    .hint("Correct the value, or `column_types` in the properties file.")
            }
            None => failure.cause(cause.lines().take(4).collect::<Vec<_>>().join("\n")),
        }
    }
}

/// The text of a seed as a file: the engine reads files only, and an embedded seed is none.
fn temporary_file(node: &Node) -> Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix("cca-seed-")
        .suffix(".csv")
        .tempfile()
        .io("create a file in", &std::env::temp_dir())?;
    file.write_all(text(node).as_bytes())
        .and_then(|()| file.flush())
        .io("write the temporary file", file.path())?;
    Ok(file)
}

/// The text without the mark some programs write at the beginning of a file.
fn text(node: &Node) -> &str {
    node.text.strip_prefix('\u{feff}').unwrap_or(&node.text)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split(after).next().unwrap_or(rest).trim())
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Columns without a name are called by letters.
fn column_names(header: &csv::StringRecord) -> Vec<String> {
    header
        .iter()
        .enumerate()
        .map(|(index, name)| match u8::try_from(index) {
            Ok(index @ 0..26) if name.is_empty() => char::from(b'a' + index).to_string(),
            _ => name.to_owned(),
        })
        .collect()
}

fn check_header(node: &Node, names: &[String]) -> Result<()> {
    let problem = names.iter().enumerate().find_map(|(index, name)| {
        let is_double = names
            .iter()
            .take(index)
            .any(|other| other.eq_ignore_ascii_case(name));
        is_double.then(|| format!("column `{name}` occurs twice"))
    });
    let problem = problem.or_else(|| {
        names
            .is_empty()
            .then(|| "the file has no header".to_owned())
    });
    match problem {
        None => Ok(()),
        Some(cause) => Err(
            Error::project(format!("seed `{}` has a wrong header", node.name))
                .at(format!("{}:1", node.path))
                .cause(cause)
                .hint("Name each column once, in the first line."),
        ),
    }
}

fn check_length(node: &Node, record: &csv::StringRecord, columns: usize) -> Result<()> {
    if record.len() == columns {
        return Ok(());
    }
    let line = record.position().map_or(0, csv::Position::line);
    Err(
        Error::project(format!("failed to read seed `{}`", node.name))
            .at(format!("{}:{line}", node.path))
            .cause(format!(
                "the row has {} fields, the header {columns}",
                record.len()
            ))
            .hint("Give every row as many fields as the first line; quote fields with commas."),
    )
}

fn unreadable(node: &Node, error: &csv::Error) -> Error {
    let line = error
        .position()
        .map_or(String::new(), |at| format!(":{}", at.line()));
    Error::project(format!("failed to read seed `{}`", node.name))
        .at(format!("{}{line}", node.path))
        .cause(error)
        .hint("Save the file as UTF-8 with one header line.")
}
