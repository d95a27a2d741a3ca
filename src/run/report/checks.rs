//! What the checks found, and the past of an expectation.

use jiff::Timestamp;
use serde::Serialize;

use crate::error::Excerpt;

/// What check found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CheckReport {
    /// Expectations met.
    pub passed: u64,
    /// Expectations of severity `warn` not met.
    pub warned: u64,
    /// Expectations of severity `error` not met.
    pub failed: u64,
    /// Expectations that could not be evaluated.
    pub errored: u64,
    /// Expectations left out because an earlier one failed and the check was to stop there.
    pub skipped: u64,
    /// Every expectation that was not met or not evaluated, in the order of the suites.
    pub failures: Vec<CheckFailure>,
    /// Every outcome in full, for machines.
    pub outcomes: Vec<serde_json::Value>,
    /// The same by suite, for people.
    #[serde(skip)]
    pub suites: Vec<CheckedSuite>,
    /// The same in the shape of validation results, where a check was all that was asked for.
    #[serde(skip)]
    pub validation: Option<serde_json::Value>,
}

/// A suite as it is told to people.
#[derive(Clone, Debug, Default)]
pub struct CheckedSuite {
    /// Its name.
    pub name: String,
    /// `schema.name` of its table.
    pub table: Option<String>,
    /// Expectations met.
    pub passed: u64,
    /// All its expectations.
    pub total: u64,
    /// Those not met or not evaluated, in the order of the file.
    pub broken: Vec<BrokenExpectation>,
}

/// An expectation that was not met, with what explains it.
#[derive(Clone, Debug)]
pub struct BrokenExpectation {
    /// Its name in the suite.
    pub name: String,
    /// One sentence.
    pub message: String,
    /// Why the expectation is there.
    pub why: Option<String>,
    /// `file:line` of the declaration, or `file:line:column` of what the engine refused in it.
    pub place: String,
    /// The line the engine refused.
    pub refused: Option<Excerpt>,
    /// `warn` or `error`.
    pub severity: Severity,
    /// Whether it could not be evaluated at all.
    pub errored: bool,
    /// Rows that break it, if they were counted.
    pub unexpected: Option<u64>,
    /// Names of the columns of `sample`.
    pub columns: Vec<String>,
    /// Some of the rows that break it.
    pub sample: Vec<Vec<String>>,
}

impl CheckReport {
    /// Expectations evaluated or tried.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.passed + self.warned + self.failed + self.errored
    }

    /// Whether the run may go on: nothing of severity `error` failed, everything was evaluated.
    #[must_use]
    pub fn is_success(&self) -> bool {
        !self.failures.iter().any(CheckFailure::is_serious)
    }
}

impl CheckFailure {
    /// Whether it ends the run. What could not be evaluated does, whatever its severity: a rule
    /// that is switched off unseen is worse than one that is broken.
    #[must_use]
    pub fn is_serious(&self) -> bool {
        self.errored || self.severity == Severity::Error
    }
}

/// One expectation that was not met.
#[derive(Clone, Debug, Serialize)]
pub struct CheckFailure {
    /// `suite.expectation`.
    pub name: String,
    /// Where it is declared: `file:line`.
    pub place: String,
    /// Short explanation for people.
    pub message: String,
    /// `warn` or `error`.
    pub severity: Severity,
    /// Whether it could not be evaluated at all.
    pub errored: bool,
}

/// What is wrong with suites, found without evaluating them.
#[derive(Clone, Debug, Serialize)]
pub struct SuiteValidation {
    /// Suites that could be read.
    pub suites: u64,
    /// Expectations in them.
    pub expectations: u64,
    /// Everything that is wrong.
    pub faults: Vec<SuiteFault>,
    /// Tables that are not built yet, so that their columns could not be looked up.
    pub not_built: Vec<String>,
}

/// Something wrong with a suite.
#[derive(Clone, Debug, Serialize)]
pub struct SuiteFault {
    /// `suite.expectation(column)`, if it got that far.
    pub name: Option<String>,
    /// `file:line`, or `file:line:column` where the engine refused SQL.
    pub place: String,
    /// The line there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Excerpt>,
    /// What.
    pub message: String,
    /// Why.
    pub causes: Vec<String>,
    /// What to do.
    pub hints: Vec<String>,
}

/// A suite proposed from data.
#[derive(Clone, Debug, Serialize)]
pub struct ProposedSuite {
    /// `schema.name` of the table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Expectations proposed, all of which the data meet.
    pub expectations: u64,
    /// The suite as YAML.
    pub text: String,
}

/// What came of one expectation in earlier checks.
#[derive(Clone, Debug, Serialize)]
pub struct CheckHistory {
    /// `suite.expectation(column)`.
    pub name: String,
    /// The checks, the oldest first.
    pub checks: Vec<PastCheck>,
}

/// One expectation in one earlier check.
#[derive(Clone, Debug, Serialize)]
pub struct PastCheck {
    /// When.
    pub checked_at: Timestamp,
    /// Run it belongs to.
    pub run_id: String,
    /// `passed`, `failed` or `error`.
    pub status: &'static str,
    /// `warn` or `error`.
    pub severity: String,
    /// What was found, for people.
    pub observed: String,
    /// The number in it that a trend is made of.
    pub figure: Option<f64>,
    /// Rows that broke it.
    pub unexpected_count: Option<u64>,
    /// Their share of the rows with a value, in percent.
    pub unexpected_percent: Option<f64>,
    /// One sentence for people.
    pub message: String,
}

/// How serious an unmet expectation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Told, and the run goes on.
    Warn,
    /// Fails the run.
    Error,
}
