//! Seeds: CSV files of the project as tables. Empty fields are NULL; types are those of the
//! properties file, else the narrowest that fits every value of the column.

use crate::error::{Error, Kind, Result};
use crate::transform::graph::Node;
use crate::warehouse::{Connection, Value, quote};

/// A CSV file in memory, with the type of each column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SeedTable {
    /// Column names and types.
    pub columns: Vec<(String, String)>,
    /// Rows; each as long as `columns`.
    pub rows: Vec<Vec<Option<String>>>,
    /// Line on which each row begins.
    lines: Vec<u64>,
}

impl SeedTable {
    /// Reads the text of a seed.
    ///
    /// # Errors
    /// `Project` for a row of another length, a header without or with double names, and types
    /// configured for columns that do not exist.
    pub(super) fn read(node: &Node) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().from_reader(node.text.as_bytes());
        let header = reader
            .headers()
            .map_err(|error| unreadable(node, &error))?
            .clone();
        let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        check_header(node, &names)?;
        let mut rows = Vec::new();
        let mut lines = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| unreadable(node, &error))?;
            lines.push(record.position().map_or(0, csv::Position::line));
            rows.push(
                record
                    .iter()
                    .map(|text| (!text.is_empty()).then(|| text.to_owned()))
                    .collect(),
            );
        }
        let columns = names
            .into_iter()
            .enumerate()
            .map(|(index, name)| {
                let configured = node.config.column_types.get(&name).cloned();
                let kind = configured.unwrap_or_else(|| infer(&rows, index).to_owned());
                (name, kind)
            })
            .collect();
        Ok(Self {
            columns,
            rows,
            lines,
        })
    }

    /// Creates or replaces the table of the seed; returns the number of rows.
    pub(super) fn store(&self, node: &Node, connection: &Connection) -> Result<u64> {
        let columns: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(index, (name, kind))| {
                format!("CAST(r[{}] AS {kind}) AS {}", index + 1, quote(name))
            })
            .collect();
        let sql = format!(
            "CREATE OR REPLACE TABLE {} AS SELECT {} FROM ({})",
            node.relation,
            columns.join(", "),
            ROWS
        );
        connection
            .execute(&sql, &[self.parameter()?])
            .map_err(|error| self.locate(node, error, connection))?;
        Ok(self.rows.len() as u64)
    }

    fn parameter(&self) -> Result<Value> {
        serde_json::to_string(&self.rows)
            .map(Value::Text)
            .map_err(|error| Error::bug("a seed is no JSON").cause(error))
    }

    /// Finds the first value that its configured type does not accept.
    fn locate(&self, node: &Node, error: Error, connection: &Connection) -> Error {
        if error.kind() == Kind::Cancelled {
            return error;
        }
        // The failed statement ended its transaction; values are looked at outside of it.
        let _ended = connection.batch("ROLLBACK");
        for (index, (name, kind)) in self.columns.iter().enumerate() {
            let sql = format!(
                "SELECT n FROM (SELECT r[{0}] AS v, row_number() OVER () AS n FROM ({ROWS})) \
                 WHERE v IS NOT NULL AND TRY_CAST(v AS {kind}) IS NULL ORDER BY n LIMIT 1",
                index + 1
            );
            let parameter = self.parameter().unwrap_or(Value::Null);
            let found = connection
                .scalar(&sql, &[parameter])
                .ok()
                .and_then(|n| n.as_i64());
            let line = found
                .and_then(|n| usize::try_from(n - 1).ok())
                .and_then(|row| self.lines.get(row));
            if let Some(line) = line {
                return Error::project(format!("failed to load seed `{}`", node.name))
                    .at(format!("{}:{line}", node.path))
                    .cause(format!("the value of column `{name}` is no {kind}"))
                    .hint("Correct the value, or `column_types` in the properties file.");
            }
        }
        let failure = Error::new(error.kind(), format!("failed to load seed `{}`", node.name));
        failure.at(&node.path).cause(error.causes().join("\n"))
    }
}

/// The rows as one parameter: a JSON list of lists of texts.
const ROWS: &str = "SELECT unnest(from_json(?, '[[\"VARCHAR\"]]')) AS r";

fn check_header(node: &Node, names: &[String]) -> Result<()> {
    let problem = names.iter().enumerate().find_map(|(index, name)| {
        let is_double = names
            .iter()
            .take(index)
            .any(|other| other.eq_ignore_ascii_case(name));
        if name.is_empty() {
            Some(format!("column {} has no name", index + 1))
        } else {
            is_double.then(|| format!("column `{name}` occurs twice"))
        }
    });
    let unknown = || {
        let stray = node
            .config
            .column_types
            .keys()
            .find(|name| !names.contains(name))?;
        Some(format!(
            "`column_types` names `{stray}`, which is no column"
        ))
    };
    let problem = problem.or_else(unknown).or_else(|| {
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

fn unreadable(node: &Node, error: &csv::Error) -> Error {
    let line = error
        .position()
        .map_or(String::new(), |at| format!(":{}", at.line()));
    Error::project(format!("failed to read seed `{}`", node.name))
        .at(format!("{}{line}", node.path))
        .cause(error)
        .hint("Give every row as many fields as the first line; quote fields with commas.")
}

type Check = fn(&str) -> bool;

/// From narrow to wide.
const TYPES: [(&str, Check); 5] = [
    ("BOOLEAN", is_boolean),
    ("BIGINT", is_integer),
    ("DOUBLE", is_number),
    ("DATE", is_date),
    ("TIMESTAMP", is_timestamp),
];

fn infer(rows: &[Vec<Option<String>>], column: usize) -> &'static str {
    let values: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.get(column)?.as_deref())
        .collect();
    if values.is_empty() {
        return "VARCHAR";
    }
    TYPES
        .iter()
        .find(|(_, fits)| values.iter().all(|value| fits(value)))
        .map_or("VARCHAR", |(kind, _)| kind)
}

fn is_boolean(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// Leading zeros belong to codes, not to numbers.
fn is_integer(text: &str) -> bool {
    text.parse::<i64>().is_ok() && !has_leading_zero(text) && !text.starts_with('+')
}

fn is_number(text: &str) -> bool {
    let plain = text
        .chars()
        .all(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter));
    plain && !has_leading_zero(text) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn has_leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches('-').as_bytes();
    matches!(digits, [b'0', second, ..] if second.is_ascii_digit())
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

fn is_timestamp(text: &str) -> bool {
    let has_time = text.len() >= 16 && text.contains([' ', 'T']);
    has_time && text.parse::<jiff::civil::DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(values: &[&str]) -> &'static str {
        let rows: Vec<Vec<Option<String>>> = values
            .iter()
            .map(|value| vec![(!value.is_empty()).then(|| (*value).to_owned())])
            .collect();
        infer(&rows, 0)
    }

    #[test]
    fn the_narrowest_type_that_fits_is_taken() {
        assert_eq!(kind_of(&["true", "False", ""]), "BOOLEAN");
        assert_eq!(kind_of(&["1", "-20", ""]), "BIGINT");
        assert_eq!(kind_of(&["1", "2.5", "1e-3"]), "DOUBLE");
        assert_eq!(kind_of(&["007", "1"]), "VARCHAR");
        assert_eq!(kind_of(&["0", "0.5"]), "DOUBLE");
        assert_eq!(kind_of(&["2026-01-31"]), "DATE");
        assert_eq!(kind_of(&["2026-02-31"]), "VARCHAR");
        assert_eq!(
            kind_of(&["2026-01-31T10:00:00", "2026-01-31 10:00:00.5"]),
            "TIMESTAMP"
        );
        assert_eq!(kind_of(&["2026-01-31T10:00:00Z"]), "VARCHAR");
        assert_eq!(kind_of(&["nan"]), "VARCHAR");
        assert_eq!(kind_of(&["", ""]), "VARCHAR");
        assert_eq!(kind_of(&[]), "VARCHAR");
    }
}
