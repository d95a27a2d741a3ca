//! Rules for the rows of a seed, kept in `meta.cca` of its properties and checked before anything
//! is built: a list of prices with two prices for one day would make every cost a matter of luck.
//!
//! ```yaml
//! meta:
//!   cca:
//!     key: [model_pattern]            # once each …
//!     from: valid_from                # … for any one day, where the rows hold for periods
//!     to: valid_to
//!     required: [input_usd_per_mtok]  # never empty
//!     together: [[threshold, rate]]   # all of them, or none
//! ```
//! Values of columns with a configured type must be of that type, and numbers not below 0.

use jiff::civil::Date;
use serde::Deserialize;

use super::graph::{Graph, Node, NodeKind};
use crate::error::{Error, Result, nearest};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rules {
    key: Vec<String>,
    from: Option<String>,
    to: Option<String>,
    required: Vec<String>,
    together: Vec<Vec<String>>,
}

/// Checks every seed that has rules.
///
/// # Errors
/// `Project` with the line of the first row that breaks a rule.
pub(super) fn check(graph: &Graph) -> Result<()> {
    let seeds = graph
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Seed);
    for node in seeds {
        let rules = node.properties.pointer("/meta/cca");
        if let Some(rules) = rules {
            let rules = Rules::deserialize(rules).map_err(|error| {
                Error::project(format!("the rules of seed `{}` cannot be read", node.name))
                    .at(node.described_at.as_deref().unwrap_or(&node.path))
                    .cause(error)
                    .hint("Rules are `key`, `from`, `to`, `required` and `together`.")
            })?;
            Rows::read(node)?.check(&rules)?;
        }
    }
    Ok(())
}

/// A row and the line it begins on.
struct Row {
    line: u64,
    fields: csv::StringRecord,
}

struct Rows<'a> {
    node: &'a Node,
    names: Vec<String>,
    rows: Vec<Row>,
}

/// A period of one key: days it holds, and where it is written.
struct Period<'a> {
    key: Vec<&'a str>,
    from: Date,
    to: Date,
    line: u64,
}

impl<'a> Rows<'a> {
    /// Rows of another length than the header are left to the loading of the seed.
    fn read(node: &'a Node) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(node.text.as_bytes());
        let unreadable = |error: csv::Error| {
            Error::project(format!("failed to read seed `{}`", node.name))
                .at(&node.path)
                .cause(error)
        };
        let header = reader.headers().map_err(unreadable)?;
        let names = header.iter().map(|name| name.trim().to_owned()).collect();
        let mut rows = Vec::new();
        for fields in reader.records() {
            let fields = fields.map_err(unreadable)?;
            let line = fields.position().map_or(0, csv::Position::line);
            rows.push(Row { line, fields });
        }
        Ok(Self { node, names, rows })
    }

    fn check(&self, rules: &Rules) -> Result<()> {
        let named = rules.key.iter().chain(&rules.from).chain(&rules.to);
        let named = named
            .chain(&rules.required)
            .chain(rules.together.iter().flatten());
        for name in named {
            self.column(name)?;
        }
        for row in &self.rows {
            self.check_values(row, rules)?;
        }
        self.check_periods(rules)
    }

    fn column(&self, name: &str) -> Result<usize> {
        let found = self.names.iter().position(|column| column == name);
        found.ok_or_else(|| {
            let error = Error::project(format!("seed `{}` lacks a column", self.node.name))
                .at(format!("{}:1", self.node.path))
                .cause(format!("`{name}` is missing"));
            match nearest(name, self.names.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("Rename `{near}`?")),
                None => error.hint("Compare with the seed that `cca init` writes."),
            }
        })
    }

    fn value<'r>(&self, row: &'r Row, name: &str) -> Result<&'r str> {
        Ok(row.fields.get(self.column(name)?).unwrap_or_default())
    }

    fn check_values(&self, row: &Row, rules: &Rules) -> Result<()> {
        for name in rules.key.iter().chain(&rules.required) {
            if self.value(row, name)?.is_empty() {
                let cause = format!("`{name}`{} is empty", self.of_key(row, rules)?);
                return Err(self.wrong(row.line, cause, "Give every row a value there."));
            }
        }
        for (name, kind) in &self.node.config.column_types {
            let value = self.value(row, name)?;
            if let Some(fault) = fault(value, kind) {
                let cause = format!("`{value}` in column `{name}` is {fault}");
                return Err(self.wrong(row.line, cause, "Correct the value."));
            }
        }
        for group in &rules.together {
            let mut filled = Vec::new();
            for name in group {
                filled.push(!self.value(row, name)?.is_empty());
            }
            let absent = group.iter().zip(&filled).find(|(_, filled)| !**filled);
            if let (Some((absent, _)), true) = (absent, filled.contains(&true)) {
                let cause = format!("`{absent}`{} is empty", self.of_key(row, rules)?);
                let hint = format!("Fill all of {}, or none.", group.join(", "));
                return Err(self.wrong(row.line, cause, &hint));
            }
        }
        Ok(())
    }

    /// ` of claude-x`, for messages.
    fn of_key(&self, row: &Row, rules: &Rules) -> Result<String> {
        let mut parts = Vec::new();
        for name in &rules.key {
            parts.push(self.value(row, name)?);
        }
        parts.retain(|part| !part.is_empty());
        Ok(if parts.is_empty() {
            String::new()
        } else {
            format!(" of `{}`", parts.join(", "))
        })
    }

    fn check_periods(&self, rules: &Rules) -> Result<()> {
        if rules.key.is_empty() {
            return Ok(());
        }
        let mut periods: Vec<Period<'_>> = Vec::new();
        for row in &self.rows {
            let period = self.period(row, rules)?;
            if period.to < period.from {
                let cause = format!(
                    "it ends on {}, before it begins on {}",
                    period.to, period.from
                );
                return Err(self.wrong(row.line, cause, "Swap or correct the two days."));
            }
            let other = periods.iter().find(|other| {
                other.key == period.key && other.from <= period.to && period.from <= other.to
            });
            if let Some(other) = other {
                return Err(self.clash(&period, other, rules));
            }
            periods.push(period);
        }
        Ok(())
    }

    fn period<'r>(&self, row: &'r Row, rules: &Rules) -> Result<Period<'r>> {
        let day = |name: &Option<String>, open: Date| -> Result<Date> {
            let text = match name {
                Some(name) => self.value(row, name)?,
                None => "",
            };
            Ok(text.parse().unwrap_or(open))
        };
        let mut key = Vec::new();
        for name in &rules.key {
            key.push(self.value(row, name)?);
        }
        Ok(Period {
            key,
            from: day(&rules.from, Date::MIN)?,
            to: day(&rules.to, Date::MAX)?,
            line: row.line,
        })
    }

    fn clash(&self, period: &Period<'_>, other: &Period<'_>, rules: &Rules) -> Error {
        let key = period.key.join(", ");
        if rules.from.is_none() || (period.from, period.to) == (other.from, other.to) {
            let cause = format!("`{key}` is there twice, first in line {}", other.line);
            return self.wrong(period.line, cause, "Remove one of the two rows.");
        }
        let cause = format!(
            "the periods of `{key}` here and in line {} overlap",
            other.line
        );
        self.wrong(
            period.line,
            cause,
            "End the earlier period the day before the later one begins.",
        )
    }

    fn wrong(&self, line: u64, cause: String, hint: &str) -> Error {
        Error::project(format!("seed `{}` breaks its rules", self.node.name))
            .at(format!("{}:{line}", self.node.path))
            .cause(cause)
            .hint(hint)
    }
}

/// What is wrong with a value of a column of that type; nothing with an empty one.
fn fault(value: &str, kind: &str) -> Option<&'static str> {
    let kind = kind.to_lowercase();
    if value.is_empty() {
        None
    } else if kind == "date" {
        value
            .parse::<Date>()
            .is_err()
            .then_some("no date like 2026-01-31")
    } else if ["decimal", "bigint", "integer", "double"]
        .iter()
        .any(|name| kind.starts_with(name))
    {
        match value.parse::<f64>() {
            Ok(number) if number < 0.0 => Some("below 0"),
            Ok(number) if number.is_finite() => None,
            _ => Some("no number"),
        }
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_of_their_type() {
        for (value, kind, expected) in [
            ("", "date", None),
            ("2026-02-28", "DATE", None),
            ("2026-02-30", "date", Some("no date like 2026-01-31")),
            ("0", "bigint", None),
            ("0.25", "decimal(12,6)", None),
            ("-1", "decimal(12,6)", Some("below 0")),
            ("five", "decimal(12,6)", Some("no number")),
            ("inf", "double", Some("no number")),
            ("five", "varchar", None),
        ] {
            assert_eq!(fault(value, kind), expected, "{value} as {kind}");
        }
    }
}
