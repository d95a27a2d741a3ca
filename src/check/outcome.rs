//! What came of the expectations.

use std::time::Duration;

use serde::Serialize;

use super::blame::line_to_blame;
use super::expectation::{Expectation, Severity};
use super::suite::Suite;
use crate::error::{Error, Excerpt};
use crate::event;
use crate::warehouse::{Position, Value, meant_name, split_refusal};

/// How an expectation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeStatus {
    /// The data meets it.
    Passed,
    /// The data breaks it.
    Failed,
    /// It could not be evaluated: a table or column is missing, or its SQL fails.
    Error,
}

impl OutcomeStatus {
    /// The word in reports and the results table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OutcomeStatus::Passed => "passed",
            OutcomeStatus::Failed => "failed",
            OutcomeStatus::Error => "error",
        }
    }

    /// The status of this word; what is not known was not a success.
    pub(super) fn named(word: &str) -> Self {
        match word {
            "passed" => OutcomeStatus::Passed,
            "failed" => OutcomeStatus::Failed,
            _ => OutcomeStatus::Error,
        }
    }
}

/// The result of one expectation.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Suite it is declared in.
    pub suite: String,
    /// Layer of the suite.
    pub layer: String,
    /// File of the declaration.
    pub file: String,
    /// Line of the declaration.
    pub line: usize,
    /// The line in it whose SQL the engine refused, if it could not be evaluated for that reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Excerpt>,
    /// Its name in the suite: type and columns, or type and title.
    pub name: String,
    /// Expectation type.
    pub expectation: String,
    /// `schema.name` of its table.
    pub table: Option<String>,
    /// Its columns, joined by `, `.
    pub column: Option<String>,
    /// What a failure means.
    pub severity: Severity,
    /// How it ended.
    pub status: OutcomeStatus,
    /// What was found, for people.
    pub observed: String,
    /// What was found, under the names of Great Expectations.
    pub result: Findings,
    /// Share of rows that must meet it.
    pub mostly: f64,
    /// One sentence for people.
    pub message: String,
    /// Why the expectation is there.
    pub why: Option<String>,
    /// Its arguments as declared.
    pub kwargs: serde_json::Value,
    /// Notes that the suite keeps with it.
    pub meta: serde_json::Value,
    /// Identity given to it by the suite.
    pub id: Option<String>,
    /// Wall time; of a scan shared by several, its part.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
}

impl Outcome {
    /// Whether the data meets the expectation.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == OutcomeStatus::Passed
    }

    /// Whether it makes the check fail: what could not be evaluated does, whatever its severity.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        let could_not_be_evaluated = self.status == OutcomeStatus::Error;
        could_not_be_evaluated || (!self.is_success() && self.severity == Severity::Error)
    }

    /// `file:line` of the declaration, or `file:line:column` of what the engine refused in it.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.refused {
            Some(Excerpt {
                line,
                column: Some(column),
                ..
            }) => format!("{}:{line}:{column}", self.file),
            Some(Excerpt { line, .. }) => format!("{}:{line}", self.file),
            None => format!("{}:{}", self.file, self.line),
        }
    }

    pub(super) fn event(&self) -> event::Event {
        let status = match self.status {
            OutcomeStatus::Passed => event::Status::Ok,
            _ if self.is_failure() => event::Status::Failed,
            _ => event::Status::Warned,
        };
        event::Event::CheckExpectationEvaluated {
            name: format!("{}.{}", self.suite, self.name),
            status,
            message: self.message.clone(),
        }
    }
}

/// What was found, as in the results of Great Expectations; figures that a rule does not have are
/// left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Findings {
    /// The figure of a rule about a column or table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_value: Option<Value>,
    /// Rows considered, nulls included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_count: Option<u64>,
    /// Of these, rows left out because values are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_count: Option<u64>,
    /// Their share of all, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_percent: Option<f64>,
    /// Rows that break the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unexpected_count: Option<u64>,
    /// Their share of the rows not left out, in percent; absent without such rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unexpected_percent: Option<f64>,
    /// Their share of all rows considered, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unexpected_percent_total: Option<f64>,
    /// The same as `unexpected_percent`, as Great Expectations repeats it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unexpected_percent_nonmissing: Option<f64>,
    /// Values, or rows of several columns, of the first that break the rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partial_unexpected_list: Vec<Value>,
    /// How often each of them is in that list, the most frequent first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partial_unexpected_counts: Vec<ValueCount>,
    /// The same rows by their keys, each with the values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partial_unexpected_index_list: Vec<Value>,
    /// Values of a set that do not occur.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partial_missing_list: Option<Vec<Value>>,
    /// What more there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl Findings {
    /// Some of what breaks the rule: rows with their keys where there are any, else values.
    #[must_use]
    pub fn examples(&self) -> &[Value] {
        if self.partial_unexpected_index_list.is_empty() {
            &self.partial_unexpected_list
        } else {
            &self.partial_unexpected_index_list
        }
    }
}

/// A value and how often it was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueCount {
    /// The value.
    pub value: Value,
    /// Times.
    pub count: u64,
}

/// What was found out about one expectation.
#[derive(Debug)]
pub(super) struct Verdict {
    pub status: OutcomeStatus,
    pub observed: String,
    pub findings: Findings,
    pub message: String,
    /// Where the engine refused the statement.
    pub refused: Option<Position>,
}

impl Verdict {
    /// A rule that is met or not as a whole.
    pub(super) fn whole(success: bool, observed: String, message: String) -> Self {
        Self {
            status: if success {
                OutcomeStatus::Passed
            } else {
                OutcomeStatus::Failed
            },
            observed,
            findings: Findings::default(),
            message,
            refused: None,
        }
    }

    /// A rule that could not be evaluated.
    pub(super) fn unanswered(error: &Error) -> Self {
        let first_lines = error
            .causes()
            .iter()
            .filter_map(|cause| cause.lines().next());
        let refusal = error.causes().join("\n");
        let (refusal, refused) = split_refusal(&refusal);
        let meant = meant_name(&refusal).map(|name| format!("Did you mean `{name}`?"));
        let parts: Vec<&str> = std::iter::once(error.message())
            .chain(first_lines)
            .chain(meant.as_deref())
            .chain(error.hints().iter().map(String::as_str))
            .collect();
        let status = OutcomeStatus::Error;
        Self {
            status,
            refused,
            ..Self::whole(false, String::new(), parts.join("; "))
        }
    }

    pub(super) fn outcome(
        self,
        suite: &Suite,
        expectation: &Expectation,
        elapsed: Duration,
    ) -> Outcome {
        let table = expectation.table.as_ref();
        Outcome {
            suite: suite.name.clone(),
            layer: suite.layer.clone(),
            file: expectation.file.clone(),
            line: expectation.line,
            refused: self
                .refused
                .and_then(|position| line_to_blame(expectation, &position)),
            name: expectation.label(),
            expectation: expectation.name.to_owned(),
            table: table.map(|table| format!("{}.{}", table.schema, table.name)),
            column: expectation.column(),
            severity: expectation.severity,
            status: self.status,
            observed: self.observed,
            result: self.findings,
            mostly: expectation.mostly,
            message: self.message,
            why: expectation.why.clone(),
            kwargs: expectation.kwargs.clone(),
            meta: expectation.meta.clone(),
            id: expectation.id.clone(),
            elapsed,
        }
    }
}

/// All outcomes of a check, in the order of the declarations.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// Run they belong to.
    pub run_id: String,
    /// When the check ran, in microseconds since the epoch.
    pub checked_at: i64,
    /// Expectations that the data meets.
    pub passed: usize,
    /// Of those broken, the ones of severity `warn`.
    pub warned: usize,
    /// Of those broken, the ones of severity `error`.
    pub failed: usize,
    /// Expectations that could not be evaluated, of either severity.
    pub errored: usize,
    /// Expectations not evaluated, because an earlier one failed and the check was to stop there.
    pub skipped: usize,
    /// One for each expectation.
    pub outcomes: Vec<Outcome>,
}

impl CheckReport {
    pub(super) fn new(
        run_id: &str,
        checked_at: i64,
        outcomes: Vec<Outcome>,
        skipped: usize,
    ) -> Self {
        let count = |wanted: fn(&Outcome) -> bool| {
            outcomes.iter().filter(|outcome| wanted(outcome)).count()
        };
        Self {
            run_id: run_id.to_owned(),
            checked_at,
            passed: count(Outcome::is_success),
            warned: count(|outcome| {
                outcome.status == OutcomeStatus::Failed && outcome.severity == Severity::Warn
            }),
            failed: count(|outcome| {
                outcome.status == OutcomeStatus::Failed && outcome.severity == Severity::Error
            }),
            errored: count(|outcome| outcome.status == OutcomeStatus::Error),
            skipped,
            outcomes,
        }
    }

    /// Whether an expectation of severity `error` is broken or could not be evaluated.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.outcomes.iter().any(Outcome::is_failure)
    }
}

fn seconds<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(value.as_secs_f64())
}
