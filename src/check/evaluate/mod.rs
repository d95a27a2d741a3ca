//! Evaluates suites: one scan for each table, then what needs a query of its own.

mod baseline;
mod growth;
mod kept;
mod scan;
mod table;
mod time_parts;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use super::expectation::Expectation;
use super::outcome::{CheckReport, Outcome, Verdict};
use super::suite::Suite;
use super::{retention, select, store};
use crate::error::Result;
use crate::event::Observer;
use crate::warehouse::{Connection, Relation, on_connections};
use baseline::Counted;
use kept::KeptTables;
use table::TableCheck;

pub(super) use table::shape_of;

/// What to check, and how.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Run the outcomes belong to.
    pub run_id: String,
    /// Suites, layers, tags and tables, with wildcards; empty for all.
    pub select: Vec<String>,
    /// And of these not the ones that match any of these patterns.
    pub exclude: Vec<String>,
    /// Unexpected values kept per expectation.
    pub sample_rows: usize,
    /// Whether to stop after the table in which an expectation of severity `error` is not met.
    pub fail_fast: bool,
    /// Folder of dead letters, if every row that breaks an expectation is to be written there.
    pub save_failures: Option<PathBuf>,
    /// Time of the check, in microseconds since the epoch.
    pub checked_at: i64,
    /// Days for which the outcomes of earlier checks are kept.
    pub keep_days: u32,
    /// Of tables that are built as a whole at times (names in lower case), what tells this build
    /// from others.
    pub built: BTreeMap<Relation, String>,
    /// Whether to count, in tables declared `incremental_by` a column, only what changed since the
    /// last check of the same day.
    pub only_new: bool,
}

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// An expectation with its suite.
type Job<'a> = (&'a Suite, &'a Expectation);

/// What came of an expectation, and how long it took.
type Settled = (Verdict, Duration);

/// Evaluates the selected suites and stores the outcomes in `cca.check_results`. Tables are worked
/// on at once, on `connection` and the others, except with `fail_fast`.
///
/// Broken expectations are outcomes, not errors; ask [`CheckReport::is_failure`].
///
/// # Errors
/// `Usage` if a selection matches nothing, `Cancelled` if the run was stopped, and whatever keeps
/// the outcomes from being stored.
pub fn run(
    suites: &[Suite],
    connection: &Connection,
    others: &mut [Connection],
    options: &CheckOptions,
    observer: &dyn Observer,
) -> Result<CheckReport> {
    store::prepare(connection)?;
    retention::forget(connection, options.keep_days, options.checked_at)?;
    baseline::prepare(connection)?;
    let (report, counted) = outcomes_of(suites, connection, others, options, observer, true)?;
    connection.transaction(|connection| {
        baseline::save(connection, &counted)?;
        store::save(connection, &report)
    })?;
    Ok(report)
}

/// Evaluates the selected suites without keeping the outcomes.
///
/// # Errors
/// As [`run`], but nothing is stored, and what compares with earlier checks cannot be evaluated.
pub fn evaluate(
    suites: &[Suite],
    connection: &Connection,
    others: &mut [Connection],
    options: &CheckOptions,
    observer: &dyn Observer,
) -> Result<CheckReport> {
    let outcomes = outcomes_of(suites, connection, others, options, observer, false)?;
    Ok(outcomes.0)
}

fn outcomes_of(
    suites: &[Suite],
    connection: &Connection,
    others: &mut [Connection],
    options: &CheckOptions,
    observer: &dyn Observer,
    has_history: bool,
) -> Result<(CheckReport, Vec<Counted>)> {
    let jobs = select::select(suites, &options.select, &options.exclude)?;
    let tables = by_table(&jobs);
    // With one table, the others help to answer what is asked of it.
    let (mut workers, mut helpers): (&mut [Connection], &mut [Connection]) = (others, &mut []);
    if tables.len() == 1 {
        std::mem::swap(&mut workers, &mut helpers);
    }
    let idle = Mutex::new(helpers);
    let kept = KeptTables::of(suites, connection, options, has_history)?;
    let check = |connection: &Connection, (table, members): &TableJobs<'_>| {
        let own: Vec<Job<'_>> = members.iter().map(|(_, job)| *job).collect();
        let check = TableCheck {
            connection,
            idle: &idle,
            options,
            kept: &kept,
            has_history,
        };
        let (settled, counted) = check.answer(*table, &own)?;
        let outcomes = members.iter().zip(settled);
        let outcomes = outcomes.map(|((place, (suite, expectation)), (verdict, elapsed))| {
            let outcome = verdict.outcome(suite, expectation, elapsed);
            observer.observe(outcome.event());
            (*place, outcome)
        });
        Ok((outcomes.collect::<Vec<_>>(), counted))
    };
    let mut outcomes: Vec<(usize, Outcome)> = Vec::new();
    let mut counted = Vec::new();
    if options.fail_fast {
        for table in &tables {
            let (found, figures) = check(connection, table)?;
            outcomes.extend(found);
            counted.extend(figures);
            if outcomes.iter().any(|(_, outcome)| outcome.is_failure()) {
                break;
            }
        }
    } else {
        for (found, figures) in on_connections(connection, workers, &tables, check)? {
            outcomes.extend(found);
            counted.extend(figures);
        }
    }
    outcomes.sort_by_key(|(place, _)| *place);
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
    let skipped = jobs.len() - outcomes.len();
    let report = CheckReport::new(&options.run_id, options.checked_at, outcomes, skipped);
    Ok((report, counted))
}

/// A table and the jobs about it, each with its place among all.
type TableJobs<'a> = (Option<&'a Relation>, Vec<(usize, Job<'a>)>);

/// The jobs of each table, in the order in which the tables first appear.
fn by_table<'a>(jobs: &[Job<'a>]) -> Vec<TableJobs<'a>> {
    let mut tables: Vec<TableJobs<'a>> = Vec::new();
    for (place, job) in jobs.iter().enumerate() {
        let table = job.1.table.as_ref();
        match tables.iter_mut().find(|(other, _)| *other == table) {
            Some((_, members)) => members.push((place, *job)),
            None => tables.push((table, vec![(place, *job)])),
        }
    }
    tables
}
