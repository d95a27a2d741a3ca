//! From expectations to SQL.
//!
//! An expectation becomes a [`Step`]: figures it needs, each from a source of rows, and what to do
//! with them. Figures on the rows of the table itself share one scan, figures on the same groups of
//! rows another; rules that need windows or queries bring a source of their own. Values always
//! travel as parameters; row conditions and queries of suites are SQL of the project and are taken
//! as they are.

mod column;
mod condition;
mod divergence;
mod figures;
mod groups;
mod order;
mod query;
mod records;
mod row_test;
mod session;
mod sets;
mod shape;
mod sql;
mod step;
mod texts;
mod usual;
mod values;
mod watch;

pub(super) use column::{Class, TableColumn};
pub(super) use query::{PLACEHOLDERS, placed};
pub(super) use sql::Sql;
pub(super) use step::{
    Answer, Ask, Change, Changes, Examples, Growth, Known, Rejected, Since, Step, Then, Visit,
};
pub(super) use texts::trials;

use super::expectation::{Expectation, Rule};
use crate::error::{Error, Result, nearest};
use crate::warehouse::{Column, Relation};

/// A table of the warehouse, as it is now.
pub(super) struct Shape {
    /// Which.
    pub relation: Relation,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Time of the check, in microseconds since the epoch.
    pub checked_at: i64,
    /// Whether earlier outcomes are kept beside it.
    pub has_history: bool,
    /// Columns of texts that are read as times.
    pub times: Vec<String>,
}

impl Shape {
    /// The column of exactly this name.
    fn column(&self, name: &str) -> Result<TableColumn> {
        let found = self.columns.iter().find(|column| column.name == name);
        let column = found.map(|column| match self.times.contains(&column.name) {
            true => TableColumn::new(column).into_time(),
            false => TableColumn::new(column),
        });
        column.ok_or_else(|| {
            let place = format!("{}.{}", self.relation.schema, self.relation.name);
            let error = Error::data(format!("there is no column `{name}` in {place}"));
            match nearest(name, self.columns.iter().map(|column| column.name.as_str())) {
                Some(close) => error.hint(format!("Did you mean `{close}`?")),
                None => error,
            }
        })
    }

    /// The same table, with the texts that a rule is about read as times.
    fn with_times(&self, rule: &Rule) -> Result<Self> {
        let columns = rule.columns();
        let all = columns.iter().map(|name| self.column(name));
        let texts = all.filter(|column| {
            let is_text = |column: &TableColumn| column.class == Class::Text;
            column.as_ref().is_ok_and(is_text)
        });
        let times: Vec<String> = texts
            .map(|column| Ok(column?.name))
            .collect::<Result<_>>()?;
        let one_by_one = matches!(
            rule,
            Rule::Values { .. } | Rule::Pair { .. } | Rule::Figure { .. }
        );
        if let Some(name) = times.first().filter(|_| !one_by_one) {
            return Err(Error::data(format!(
                "the texts of `{name}` cannot be read as times by this expectation"
            ))
            .hint("Cast the column in the model, or leave `parse_strings_as_datetimes` out."));
        }
        Ok(Self {
            relation: self.relation.clone(),
            columns: self.columns.clone(),
            times,
            ..*self
        })
    }

    fn all(&self, names: &[String]) -> Result<Vec<TableColumn>> {
        names.iter().map(|name| self.column(name)).collect()
    }

    fn sql(&self) -> Sql {
        Sql::new(self.relation.to_string())
    }
}

/// How counts of rows are judged, and how a failure is told.
#[derive(Clone, Debug)]
pub(super) struct Manner {
    /// Share of rows that must meet the rule.
    pub mostly: f64,
    /// What is wrong with rows that do not.
    pub complaint: String,
}

/// What is compiled: an expectation and the table it is about.
struct Subject<'a> {
    shape: &'a Shape,
    condition: Option<Sql>,
    expectation: &'a Expectation,
}

/// How the expectation is answered.
///
/// # Errors
/// `DataInvalid` if the table does not have its columns or they are of a type the rule cannot judge.
pub(super) fn compile(expectation: &Expectation, shape: Option<&Shape>) -> Result<Step> {
    match &expectation.rule {
        Rule::QueriesAgree {
            left,
            right,
            tolerance,
        } => return Ok(query::agree(shape, [left, right], *tolerance)),
        Rule::SameRows { base, comparison } => {
            let manner = manner(expectation);
            return Ok(query::same_rows(shape, [base, comparison], manner));
        }
        _ => {}
    }
    let shape = shape.ok_or_else(|| Error::bug("an expectation without its table"))?;
    shape.all(&expectation.keys)?;
    let condition = expectation
        .row_condition
        .as_ref()
        .map(|rows| condition::condition(shape, rows))
        .transpose()?;
    let with_times;
    let shape = if expectation.reads_times {
        with_times = shape.with_times(&expectation.rule)?;
        &with_times
    } else {
        shape
    };
    Subject {
        shape,
        condition,
        expectation,
    }
    .step()
}

fn manner(expectation: &Expectation) -> Manner {
    Manner {
        mostly: expectation.mostly,
        complaint: expectation.rule.complaint(),
    }
}

impl Subject<'_> {
    fn step(&self) -> Result<Step> {
        match &self.expectation.rule {
            Rule::Values { column, test } => self.values(column, test),
            Rule::Figure {
                column,
                figure,
                range,
            } => self.figure(column, *figure, range),
            Rule::Quantiles { column, ranges } => self.quantiles(column, ranges),
            Rule::Distinct {
                column,
                values,
                relation,
            } => self.distinct(column, values, *relation),
            Rule::MostCommon {
                column,
                values,
                ties_okay,
            } => self.most_common(column, values, *ties_okay),
            Rule::Divergence { column, divergence } => self.divergence(column, divergence),
            Rule::Pair { a, b, test, ignore } => self.pair([a, b], test, *ignore),
            Rule::Record {
                columns,
                test,
                ignore,
            } => self.record(columns, test, *ignore),
            Rule::Shape(test) => self.of_shape(test),
            Rule::RowCount(range) => self.row_count(range),
            Rule::RowCountEquals { other } => Ok(self.row_count_equals(other)),
            Rule::NoRows { query } => Ok(self.no_rows(query)),
            Rule::OrderedTimestamps {
                order,
                timestamp,
                tolerance_micros,
            } => self.ordered_timestamps(order, timestamp, *tolerance_micros),
            Rule::Alternation {
                order,
                role,
                human,
                assistant,
            } => self.alternation(order, role, human, assistant),
            Rule::Watch(rule) => self.watched(rule),
            Rule::QueriesAgree { .. } | Rule::SameRows { .. } => {
                Err(Error::bug("a comparison of queries has no table"))
            }
        }
    }

    fn manner(&self) -> Manner {
        manner(self.expectation)
    }

    /// The table's rows under the row condition.
    fn table_rows(&self) -> Sql {
        let filter = Sql::where_clause(self.condition.as_ref());
        Sql::fill("(SELECT * FROM {}{})", &[&self.shape.sql(), &filter])
    }
}
