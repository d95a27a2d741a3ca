//! Outcomes of earlier checks, read from `cca.check_results`.

use std::collections::BTreeMap;

use serde::Serialize;

use super::outcome::OutcomeStatus;
use crate::error::{Error, Result, nearest};
use crate::warehouse::{Connection, Value};

const EXISTS: &str = "SELECT count(*) FROM duckdb_tables()
WHERE schema_name = 'cca' AND table_name = 'check_results'";

const LATEST: &str = "
WITH runs AS (
    SELECT run_id, max(checked_at) AS latest
    FROM cca.check_results GROUP BY run_id ORDER BY latest DESC, run_id DESC LIMIT ?
)
SELECT suite, name, run_id, epoch_us(checked_at) AS checked_at, severity, status, observed,
       element_count, unexpected_count, unexpected_percent, message
FROM cca.check_results
WHERE run_id IN (SELECT run_id FROM runs)
ORDER BY checked_at, run_id";

const NAMES: &str = "SELECT DISTINCT suite, name FROM cca.check_results ORDER BY ALL";

const OF_ONE: &str = "
SELECT suite, name, run_id, epoch_us(checked_at) AS checked_at, severity, status, observed,
       element_count, unexpected_count, unexpected_percent, message
FROM cca.check_results
WHERE suite = ? AND name = ?
ORDER BY checked_at DESC, run_id DESC
LIMIT ?";

/// Names told where an expectation is not found or not clear.
const CANDIDATES: usize = 8;

/// One expectation in one earlier check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PastOutcome {
    /// Run it belongs to.
    pub run_id: String,
    /// When, in microseconds since the epoch.
    pub checked_at: i64,
    /// `warn` or `error`.
    pub severity: String,
    /// How it ended.
    pub status: OutcomeStatus,
    /// What was found, for people.
    pub observed: String,
    /// Rows considered.
    pub element_count: Option<u64>,
    /// Rows that broke it.
    pub unexpected_count: Option<u64>,
    /// Their share of the rows with a value, in percent.
    pub unexpected_percent: Option<f64>,
    /// One sentence for people.
    pub message: String,
}

impl PastOutcome {
    /// The number that tells how it went: the share of unexpected rows, else what was found.
    #[must_use]
    pub fn figure(&self) -> Option<f64> {
        self.unexpected_percent
            .or_else(|| self.observed.parse().ok())
            .filter(|figure| figure.is_finite())
    }
}

/// What came of expectations in earlier checks, the oldest first, by suite and name.
#[derive(Clone, Debug, Default)]
pub struct PastChecks {
    outcomes: BTreeMap<(String, String), Vec<PastOutcome>>,
}

impl PastChecks {
    /// The outcomes of the latest `runs` checks; nothing if none was stored.
    ///
    /// # Errors
    /// Whatever keeps the table from being read.
    pub fn latest(connection: &Connection, runs: u64) -> Result<Self> {
        let mut past = Self::default();
        if is_stored(connection)? {
            past.read(connection, LATEST, &[Value::from(runs)])?;
        }
        Ok(past)
    }

    /// Earlier outcomes of an expectation, the oldest first.
    #[must_use]
    pub fn of(&self, suite: &str, name: &str) -> &[PastOutcome] {
        self.outcomes
            .get(&(suite.to_owned(), name.to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    /// Every run with its outcomes and the time of the first, the oldest run first. A run may
    /// have checked before transform and after it.
    #[must_use]
    pub fn runs(&self) -> Vec<(i64, Vec<&PastOutcome>)> {
        let mut runs: BTreeMap<&str, (i64, Vec<&PastOutcome>)> = BTreeMap::new();
        for outcome in self.outcomes.values().flatten() {
            let (first, outcomes) = runs
                .entry(&outcome.run_id)
                .or_insert((outcome.checked_at, Vec::new()));
            *first = outcome.checked_at.min(*first);
            outcomes.push(outcome);
        }
        let mut runs: Vec<_> = runs.into_values().collect();
        runs.sort_by_key(|(at, _)| *at);
        runs
    }

    fn read(&mut self, connection: &Connection, sql: &str, values: &[Value]) -> Result<()> {
        let table = connection.query(sql, values)?;
        for row in 0..table.rows.len() {
            let text = |name| {
                let value = table.get(row, name);
                value.and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let count = |name| {
                let value = table.get(row, name).and_then(Value::as_i64);
                value.and_then(|value| u64::try_from(value).ok())
            };
            let checked_at = table.get(row, "checked_at").and_then(Value::as_i64);
            let past = PastOutcome {
                run_id: text("run_id"),
                checked_at: checked_at.unwrap_or_default(),
                severity: text("severity"),
                status: OutcomeStatus::named(&text("status")),
                observed: text("observed"),
                element_count: count("element_count"),
                unexpected_count: count("unexpected_count"),
                unexpected_percent: table.get(row, "unexpected_percent").and_then(Value::as_f64),
                message: text("message"),
            };
            let key = (text("suite"), text("name"));
            self.outcomes.entry(key).or_default().push(past);
        }
        Ok(())
    }
}

/// The story of one expectation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectationPast {
    /// Its suite.
    pub suite: String,
    /// Its name in the suite.
    pub name: String,
    /// Its outcomes, the oldest first.
    pub outcomes: Vec<PastOutcome>,
}

/// The latest outcomes of the expectation that `name` means: `suite.name`, or a part of it that
/// only one has.
///
/// # Errors
/// `Usage` if no stored expectation is meant, or several; `SourceUnavailable` without any history.
pub fn past_of(connection: &Connection, name: &str, limit: u64) -> Result<ExpectationPast> {
    if !is_stored(connection)? {
        return Err(Error::unavailable("no check has been stored yet")
            .hint("Run `cca check` first; every check adds to the history."));
    }
    let stored: Vec<(String, String)> = connection
        .query(NAMES, &[])?
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [suite, name] => Some((suite.as_str()?.to_owned(), name.as_str()?.to_owned())),
            _ => None,
        })
        .collect();
    let (suite, name) = meant(&stored, name)?;
    let mut past = PastChecks::default();
    let values = [
        Value::from(suite.as_str()),
        Value::from(name.as_str()),
        Value::from(limit),
    ];
    past.read(connection, OF_ONE, &values)?;
    let mut outcomes = past
        .outcomes
        .remove(&(suite.clone(), name.clone()))
        .unwrap_or_default();
    outcomes.reverse();
    Ok(ExpectationPast {
        suite,
        name,
        outcomes,
    })
}

fn meant(stored: &[(String, String)], wanted: &str) -> Result<(String, String)> {
    let full = |(suite, name): &(String, String)| format!("{suite}.{name}");
    if let Some(exact) = stored.iter().find(|one| full(one) == wanted) {
        return Ok(exact.clone());
    }
    let found: Vec<&(String, String)> = stored
        .iter()
        .filter(|one| full(one).contains(wanted))
        .collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let names: Vec<String> = stored.iter().map(full).collect();
            let error = Error::usage(format!("no stored expectation is called `{wanted}`"));
            Err(match nearest(wanted, names.iter().map(String::as_str)) {
                Some(close) => error.hint(format!("Did you mean `{close}`?")),
                None => error.hint("`cca check` prints the names: `suite.expectation(column)`."),
            })
        }
        several => {
            let mut error = Error::usage(format!(
                "{} stored expectations are called something with `{wanted}`",
                several.len()
            ));
            for one in several.iter().take(CANDIDATES) {
                error = error.cause(full(one));
            }
            Err(error.hint("Give the whole name of one of them."))
        }
    }
}

fn is_stored(connection: &Connection) -> Result<bool> {
    Ok(connection.scalar(EXISTS, &[])?.as_i64() == Some(1))
}
