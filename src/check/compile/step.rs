//! How an expectation is answered: step by step, so that questions of many share a scan.

use std::rc::Rc;

use super::Sql;
use crate::check::outcome::Verdict;
use crate::error::Result;
use crate::warehouse::{Relation, Table, Value};

/// What comes next for an expectation.
pub(in crate::check) enum Step {
    /// It is answered.
    Done(Box<Answer>),
    /// Figures are needed; those of one source are computed in one scan, whoever asks.
    Ask(Vec<Ask>, Then<Vec<Value>>),
    /// A statement of its own is needed.
    Query(Sql, Then<Table>),
    /// Values are needed one by one, because SQL cannot judge them.
    Visit(Visit),
}

/// Continues with what was found.
pub(in crate::check) type Then<T> = Box<dyn FnOnce(T) -> Result<Step>>;

/// Judges one value.
pub(in crate::check) type Accept = Box<dyn Fn(&str) -> Result<bool>>;

/// A figure, computed from the rows of a source.
#[derive(Clone)]
pub(in crate::check) struct Ask {
    /// The source, in parentheses; `None` is the table itself.
    pub from: Option<Sql>,
    /// The aggregate.
    pub figure: Sql,
    /// How it follows from what it was before the last rows came; `None` if it does not.
    pub growth: Option<Growth>,
}

/// How a figure follows from what it was at the last check, in a table whose rows are only replaced
/// by rows of later loads.
#[derive(Clone)]
pub(in crate::check) enum Growth {
    /// Each row counts for itself: the figure is the sum of those of all parts of the table.
    OfRows,
    /// What it was, and what later rows change about it.
    Carried {
        /// How to find the change.
        changes: Changes,
        /// Other tables it follows from, of which no row may have gone away meanwhile.
        kept: Vec<Relation>,
    },
}

/// Ways to find a change, from where later rows begin in the table and in each of the others, and
/// from what is known. They are tried in their order; if none tells, the figure of the whole table
/// does.
pub(in crate::check) type Changes = Rc<dyn Fn(&[Since], Known) -> Vec<Change>>;

/// What is known of a figure.
#[derive(Clone, Copy, Debug)]
pub(in crate::check) struct Known {
    /// What it was.
    pub value: i64,
    /// Whether rows of the table went away since.
    pub has_lost: bool,
}

/// A way to find the change of a figure.
pub(in crate::check) enum Change {
    /// The figure changed by this.
    By(Ask),
    /// If this is zero, nothing changed.
    UnlessZero(Ask),
}

/// Where the later rows of a table begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Since {
    /// Column with the number of the load that wrote a row.
    pub column: String,
    /// The latest load of the others.
    pub load: i64,
}

impl Since {
    /// Rows of later loads.
    pub(in crate::check) fn later(&self) -> Sql {
        let load = Sql::value(self.load.into());
        Sql::fill("{} > {}", &[&Sql::column(&self.column), &load])
    }

    /// The rows that were there.
    pub(in crate::check) fn earlier(&self) -> Sql {
        let load = Sql::value(self.load.into());
        Sql::fill("{} <= {}", &[&Sql::column(&self.column), &load])
    }
}

impl Ask {
    /// Of the table.
    pub(super) fn table(figure: Sql) -> Self {
        Self {
            from: None,
            figure,
            growth: None,
        }
    }

    /// The number of rows of the table that meet a condition on nothing but themselves.
    pub(super) fn rows(condition: Option<&Sql>) -> Self {
        Self {
            growth: Some(Growth::OfRows),
            ..Self::table(Sql::count(condition))
        }
    }

    /// Of a source.
    pub(super) fn of(source: &Sql, figure: Sql) -> Self {
        Self {
            from: Some(source.clone()),
            figure,
            growth: None,
        }
    }

    /// By how many rows one source exceeds another.
    pub(super) fn difference(more: &Sql, less: &Sql) -> Self {
        let source = Sql::fill(
            "(SELECT 1 AS sign FROM {} UNION ALL SELECT -1 AS sign FROM {})",
            &[more, less],
        );
        Self::of(&source, Sql::new("coalesce(sum(sign), 0)"))
    }

    /// The same, which grows.
    pub(super) fn growing(self, growth: Growth) -> Self {
        Self {
            growth: Some(growth),
            ..self
        }
    }

    /// What tells it apart from other figures of its table.
    pub(in crate::check) fn key(&self) -> String {
        let nowhere = Sql::default();
        let from = self.from.as_ref().unwrap_or(&nowhere);
        let values: Vec<String> = from
            .values
            .iter()
            .chain(&self.figure.values)
            .map(|value| format!("{value:?}"))
            .collect();
        format!("{}\n{}\n{}", from.text, self.figure.text, values.join(", "))
    }
}

/// Different texts of a column, each with the number of its rows.
pub(in crate::check) struct Visit {
    /// Returns text and number of rows.
    pub query: Sql,
    /// Whether a text is as expected.
    pub accept: Accept,
    /// Continues with those that are not.
    pub then: Then<Rejected>,
}

/// Texts that were not accepted.
#[derive(Debug, Default)]
pub(in crate::check) struct Rejected {
    /// Rows with such a text.
    pub rows: u64,
    /// The first of the texts.
    pub texts: Vec<String>,
}

impl Rejected {
    /// Texts kept, enough for every sample.
    pub(in crate::check) const KEPT: usize = 1000;
}

/// A verdict, and how to find the rows that led to it.
pub(in crate::check) struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// Unexpected rows, if there are any.
    pub examples: Option<Examples>,
}

impl Step {
    /// A verdict without rows to show.
    pub(in crate::check) fn done(verdict: Verdict) -> Self {
        Step::Done(Box::new(Answer {
            verdict,
            examples: None,
        }))
    }
}

/// Rows that break a rule.
#[derive(Clone, Debug)]
pub(in crate::check) struct Examples {
    /// Where they are; `None` is the table itself.
    pub source: Option<Sql>,
    /// Which rows of it.
    pub breaking: Option<Sql>,
    /// Columns that show them; all without any.
    pub shown: Vec<String>,
    /// Whether the order of the source means nothing, so that they are sorted.
    pub sorted: bool,
}

impl Examples {
    /// The first of them, with these columns and the keys.
    pub(in crate::check) fn sample(&self, table: &Relation, keys: &[String], limit: usize) -> Sql {
        let mut names = self.shown.clone();
        for key in keys.iter().filter(|_| !self.shown.is_empty()) {
            if !names.contains(key) {
                names.push(key.clone());
            }
        }
        let columns = match names.as_slice() {
            [] => Sql::new("*"),
            names => Sql::columns(names),
        };
        let order = if self.sorted { " ORDER BY ALL" } else { "" };
        Sql::fill(
            &format!("SELECT {{}} {{}}{order} LIMIT {limit}"),
            &[&columns, &self.from(table)],
        )
    }

    /// All of them, with all columns.
    pub(in crate::check) fn all(&self, table: &Relation) -> Sql {
        Sql::fill("SELECT * {}", &[&self.from(table)])
    }

    fn from(&self, table: &Relation) -> Sql {
        let table = Sql::new(table.to_string());
        Sql::fill(
            "FROM {}{}",
            &[
                self.source.as_ref().unwrap_or(&table),
                &Sql::where_clause(self.breaking.as_ref()),
            ],
        )
    }
}
