//! Rules about the number of rows, and rules that are SQL of the project.

use super::step::{Answer, Ask, Examples, Step};
use super::{Manner, Shape, Sql, Subject, row_test};
use crate::check::expectation::Range;
use crate::check::judge;
use crate::error::{Error, Result};
use crate::warehouse::{Relation, Table, Value};

/// What stands for the table in a query.
pub(in crate::check) const PLACEHOLDERS: [&str; 2] = ["{table}", "{batch}"];

impl Subject<'_> {
    pub(super) fn row_count(&self, range: &Range) -> Result<Step> {
        if range.is_crossed() {
            return Err(super::values::crossed());
        }
        let range = range.clone();
        Ok(Step::Ask(
            vec![Ask::rows(self.condition.as_ref())],
            Box::new(move |counts| {
                let rows = row_test::count(counts.first().unwrap_or(&Value::Null))?;
                Ok(Step::done(judge::row_count(&range, rows)))
            }),
        ))
    }

    pub(super) fn row_count_equals(&self, other: &Relation) -> Step {
        let count = Sql::new(format!("SELECT count(*) FROM {other}"));
        let own = vec![Ask::rows(self.condition.as_ref())];
        let name = format!("{}.{}", other.schema, other.name);
        Step::Query(
            count,
            Box::new(move |table| {
                let other = row_test::count(table.scalar().unwrap_or(&Value::Null))?;
                Ok(Step::Ask(
                    own,
                    Box::new(move |counts| {
                        let rows = row_test::count(counts.first().unwrap_or(&Value::Null))?;
                        Ok(Step::done(judge::same_row_count(rows, other, &name)))
                    }),
                ))
            }),
        )
    }

    /// `{table}` (also `{batch}`) stands for the table, or its rows under the row condition.
    pub(super) fn no_rows(&self, query: &str) -> Step {
        let table = match self.condition {
            Some(_) => self.table_rows(),
            None => self.shape.sql(),
        };
        let query = Sql {
            text: with_table(query, &table.text),
            values: table.values,
        };
        let source = Sql::fill("(\n{}\n)", &[&query]);
        let examples = Examples {
            source: Some(Sql::fill("{} AS unexpected", &[&source])),
            breaking: None,
            shown: Vec::new(),
            sorted: false,
        };
        Step::Query(
            Sql::fill("SELECT count(*) FROM {} AS unexpected", &[&source]),
            Box::new(move |table| {
                let rows = row_test::count(table.scalar().unwrap_or(&Value::Null))?;
                Ok(Step::Done(Box::new(Answer {
                    verdict: judge::no_rows(rows),
                    examples: (rows > 0).then_some(examples),
                })))
            }),
        )
    }
}

/// Two queries of one value each.
pub(super) fn agree(shape: Option<&Shape>, [left, right]: [&str; 2], tolerance: f64) -> Step {
    let [left, right] = [left, right].map(|query| placed(shape, query));
    Step::Query(
        left,
        Box::new(move |table| {
            let left = one_value(&table)?;
            Ok(Step::Query(
                right,
                Box::new(move |table| {
                    let right = one_value(&table)?;
                    Ok(Step::done(judge::agree(&left, &right, tolerance)))
                }),
            ))
        }),
    )
}

/// Two queries of the same rows: how many there are of each, and how many the one has more.
pub(super) fn same_rows(
    shape: Option<&Shape>,
    [base, comparison]: [&str; 2],
    manner: Manner,
) -> Step {
    let [base, comparison] = [base, comparison].map(|query| placed(shape, query));
    let template = "WITH base AS (\n{}\n), comparison AS (\n{}\n), \
         extra AS (SELECT * FROM base EXCEPT ALL SELECT * FROM comparison) ";
    let counts = Sql::fill(
        &format!(
            "{template}SELECT (SELECT count(*) FROM base), (SELECT count(*) FROM comparison), \
             (SELECT count(*) FROM extra)"
        ),
        &[&base, &comparison],
    );
    let examples = Examples {
        source: Some(Sql::fill(
            &format!("({template}SELECT * FROM extra)"),
            &[&base, &comparison],
        )),
        breaking: None,
        shown: Vec::new(),
        sorted: true,
    };
    Step::Query(
        counts,
        Box::new(move |table| {
            let row = table.rows.first().map(Vec::as_slice);
            let Some([base, comparison, extra]) = row else {
                return Err(Error::bug("three counts were asked for"));
            };
            let extra = row_test::count(extra)?;
            let counts = [row_test::count(base)?, row_test::count(comparison)?];
            Ok(Step::Done(Box::new(Answer {
                verdict: judge::same_rows(&manner, counts, extra),
                examples: (extra > 0).then_some(examples),
            })))
        }),
    )
}

pub(in crate::check) fn placed(shape: Option<&Shape>, query: &str) -> Sql {
    match shape {
        Some(shape) => Sql::new(with_table(query, &shape.relation.to_string())),
        None => Sql::new(with_table(query, "{table}")),
    }
}

pub(super) fn one_value(table: &Table) -> Result<Value> {
    match (table.rows.as_slice(), table.columns.len()) {
        ([row], 1) => Ok(row.first().cloned().unwrap_or(Value::Null)),
        (rows, columns) => Err(Error::data(format!(
            "a query returned {} rows of {columns} columns, not one value",
            rows.len()
        ))),
    }
}

fn with_table(query: &str, table: &str) -> String {
    let query = query.trim().trim_end_matches(';').to_owned();
    let placeholders = PLACEHOLDERS.iter();
    placeholders.fold(query, |query, name| query.replace(name, table))
}
