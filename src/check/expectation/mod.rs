//! The declared rules, typed: what an expectation asks, of which table, how strictly.
//!
//! Names, arguments and meaning follow Great Expectations where it has the rule, except that types
//! are those of DuckDB. A rule is plain data; turning it into SQL is the business of `compile`.

mod condition;
mod divergence;
mod kwargs;
mod literal;
mod registry;
mod rule;
mod type_name;
mod watch;
mod wording;

use serde::Serialize;

use crate::warehouse::Relation;

pub(super) use condition::{Comparison, Condition, RowCondition};
pub(super) use divergence::{Divergence, Partition};
pub(super) use kwargs::{Kwargs, Place, json};
pub(super) use literal::Literal;
pub(super) use registry::{Entry, Scope, entries, lookup, spellings};
pub(super) use rule::{
    Bound, Figure, Ignore, PairTest, Patterns, QuantileRange, Range, RecordTest, Rule,
    SessionOrder, SetRelation, ShapeTest, ValueTest,
};
pub(super) use type_name::TypeName;
pub(super) use watch::{Against, Measure, WatchRule};

/// What a failure means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Reported; the run goes on and ends well.
    Warn,
    /// The check fails.
    Error,
}

impl Severity {
    /// The word in suites, reports and the results table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Warn => "warn",
            Severity::Error => "error",
        }
    }
}

/// One declared expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Its type, as written: `expect_column_values_to_be_unique`.
    pub name: &'static str,
    /// Path of the file it is declared in.
    pub file: String,
    /// Line of that file.
    pub line: usize,
    /// The lines it is declared in.
    pub(super) declared: String,
    /// Table it is about; rules that compare queries have none.
    pub table: Option<Relation>,
    /// Share of rows, from 0 to 1, that must meet the rule.
    pub mostly: f64,
    /// What a failure means.
    pub severity: Severity,
    /// Which rows are considered; all without one.
    pub(super) row_condition: Option<RowCondition>,
    /// Whether texts are read as times.
    pub(super) reads_times: bool,
    /// Columns that name a row; shown with the rows that break the rule.
    pub keys: Vec<String>,
    /// Unexpected rows shown, where it differs from the setting.
    pub sample_rows: Option<usize>,
    /// Why the rule is there, for people.
    pub why: Option<String>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// What it is about in words, where its columns do not say.
    pub title: Option<String>,
    /// Its arguments as declared.
    pub kwargs: serde_json::Value,
    /// Notes that the suite keeps with it.
    pub meta: serde_json::Value,
    /// Identity given to it by the suite.
    pub id: Option<String>,
    pub(super) rule: Rule,
}

impl Expectation {
    /// The columns it is about, joined by `, `.
    #[must_use]
    pub fn column(&self) -> Option<String> {
        let columns = self.rule.columns();
        (!columns.is_empty()).then(|| columns.join(", "))
    }

    /// Name that tells it apart from the others of its suite, in every run: `expect_…(column)`.
    #[must_use]
    pub fn label(&self) -> String {
        match self.title.clone().or_else(|| self.column()) {
            Some(subject) => format!("{}({subject})", self.name),
            None => self.name.to_owned(),
        }
    }
}
