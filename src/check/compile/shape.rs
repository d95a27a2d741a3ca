//! Rules that the columns of the table decide, without reading it.

use super::step::Step;
use super::{Shape, Subject};
use crate::check::expectation::{Range, ShapeTest, TypeName};
use crate::check::outcome::{Findings, Verdict};
use crate::error::Result;
use crate::warehouse::Value;

impl Subject<'_> {
    /// How a rule about the columns is answered.
    pub(super) fn of_shape(&self, test: &ShapeTest) -> Result<Step> {
        let verdict = match test {
            ShapeTest::Exists { column, index } => exists(self.shape, column, *index),
            ShapeTest::OfType { column, accepted } => {
                let actual = self.shape.column(column)?.type_name;
                of_type(column, &actual, accepted.as_deref())
            }
            ShapeTest::ColumnCount(range) => column_count(self.shape, range),
            ShapeTest::ColumnList(None) => listed(self.shape, true, String::new(), Value::Null),
            ShapeTest::ColumnList(Some(expected)) => ordered(self.shape, expected),
            ShapeTest::ColumnSet { columns, exact } => set(self.shape, columns, *exact),
        };
        Ok(Step::done(verdict))
    }
}

fn exists(shape: &Shape, column: &str, index: Option<usize>) -> Verdict {
    let place = shape.columns.iter().position(|found| found.name == column);
    let observed = place.map_or_else(|| "missing".to_owned(), |place| format!("column {place}"));
    let success = place.is_some() && (index.is_none() || place == index);
    let message = match (success, index) {
        (true, _) => observed.clone(),
        (false, Some(index)) if place.is_some() => {
            format!("`{column}` is {observed}, not {index}")
        }
        (false, _) => format!("`{column}` is {observed}"),
    };
    Verdict::whole(success, observed, message)
}

fn of_type(column: &str, actual: &str, accepted: Option<&[TypeName]>) -> Verdict {
    let success = accepted.is_none_or(|types| types.iter().any(|name| name.accepts(actual)));
    let names: Vec<String> = accepted
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    let message = if success {
        actual.to_owned()
    } else {
        format!("`{column}` is {actual}, not {}", names.join(" or "))
    };
    Verdict {
        findings: Findings {
            observed_value: Some(Value::from(actual)),
            ..Findings::default()
        },
        ..Verdict::whole(success, actual.to_owned(), message)
    }
}

fn column_count(shape: &Shape, range: &Range) -> Verdict {
    let count = Value::from(shape.columns.len() as u64);
    let success = count.as_f64().is_some_and(|count| range.holds(count));
    let message = if success {
        format!("{count} columns")
    } else {
        format!("{count} columns, not {range}")
    };
    Verdict {
        findings: Findings {
            observed_value: Some(count.clone()),
            ..Findings::default()
        },
        ..Verdict::whole(success, count.to_string(), message)
    }
}

fn ordered(shape: &Shape, expected: &[String]) -> Verdict {
    let name = |name: Option<&String>| name.map_or(Value::Null, |name| Value::from(name.as_str()));
    let length = shape.columns.len().max(expected.len());
    let mut mismatched = Vec::new();
    let mut first = None;
    for place in 0..length {
        let found = shape.columns.get(place).map(|column| &column.name);
        let wanted = expected.get(place);
        if found != wanted {
            first.get_or_insert_with(|| {
                let shown = |name: Option<&String>| {
                    name.map_or_else(|| "nothing".to_owned(), |name| format!("`{name}`"))
                };
                format!("column {place} is {}, not {}", shown(found), shown(wanted))
            });
            mismatched.push(Value::Struct(vec![
                (
                    "Expected Column Position".to_owned(),
                    Value::from(place as u64),
                ),
                ("Expected".to_owned(), name(wanted)),
                ("Found".to_owned(), name(found)),
            ]));
        }
    }
    let details = Value::Struct(vec![("mismatched".to_owned(), Value::List(mismatched))]);
    listed(shape, first.is_none(), first.unwrap_or_default(), details)
}

fn set(shape: &Shape, expected: &[String], exact: bool) -> Verdict {
    let mut unexpected: Vec<&str> = shape
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .filter(|name| !expected.iter().any(|other| other == name))
        .collect();
    unexpected.sort_unstable();
    let mut missing: Vec<&str> = expected
        .iter()
        .map(String::as_str)
        .filter(|name| !shape.columns.iter().any(|column| column.name == *name))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    let success = missing.is_empty() && (unexpected.is_empty() || !exact);
    let mut parts = Vec::new();
    let mut mismatched = Vec::new();
    for (key, word, names) in [
        ("unexpected", "unexpected", &unexpected),
        ("missing", "missing", &missing),
    ] {
        if !names.is_empty() {
            parts.push(format!("{word}: `{}`", names.join("`, `")));
            let values = names.iter().map(|name| Value::from(*name)).collect();
            mismatched.push((key.to_owned(), Value::List(values)));
        }
    }
    let details = Value::Struct(vec![("mismatched".to_owned(), Value::Struct(mismatched))]);
    let mut names: Vec<&str> = shape.columns.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    naming(shape, names, success, parts.join("; "), details)
}

/// A verdict on the list of columns.
fn listed(shape: &Shape, success: bool, complaint: String, details: Value) -> Verdict {
    let names = shape.columns.iter().map(|column| column.name.as_str());
    naming(shape, names.collect(), success, complaint, details)
}

fn naming(
    shape: &Shape,
    names: Vec<&str>,
    success: bool,
    complaint: String,
    details: Value,
) -> Verdict {
    let names = names.into_iter().map(Value::from).collect();
    let observed = format!("{} columns", shape.columns.len());
    let message = if success { observed.clone() } else { complaint };
    Verdict {
        findings: Findings {
            observed_value: Some(Value::List(names)),
            details: (!success).then_some(details),
            ..Findings::default()
        },
        ..Verdict::whole(success, observed, message)
    }
}
