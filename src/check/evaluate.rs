//! Evaluates suites: one scan for each table, then what needs a query of its own.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::compile::{Plan, RowTest, Shape, Sql, compile};
use super::expectation::Expectation;
use super::judge;
use super::outcome::{CheckReport, Outcome, Verdict};
use super::suite::Suite;
use super::{select, store};
use crate::error::{Error, Kind, Result};
use crate::event::Observer;
use crate::warehouse::{Connection, Relation, Table, Value};

/// What to check, and how.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Run the outcomes belong to.
    pub run_id: String,
    /// Suites, layers and tables, with wildcards; empty for all.
    pub select: Vec<String>,
    /// Unexpected values kept per expectation.
    pub sample_rows: usize,
    /// Time of the check, in microseconds since the epoch.
    pub checked_at: i64,
}

/// Evaluates the selected suites and stores the outcomes in `cca.check_results`.
///
/// Broken expectations are outcomes, not errors; ask [`CheckReport::is_failure`].
///
/// # Errors
/// `Usage` if a selection matches nothing, `Cancelled` if the run was stopped, and whatever keeps
/// the outcomes from being stored.
pub fn run(
    suites: &[Suite],
    connection: &Connection,
    options: &CheckOptions,
    observer: &dyn Observer,
) -> Result<CheckReport> {
    let report = evaluate(suites, connection, options, observer)?;
    store::save(connection, &report)?;
    Ok(report)
}

/// Evaluates the selected suites without keeping the outcomes.
///
/// # Errors
/// As [`run`], but nothing is stored.
pub fn evaluate(
    suites: &[Suite],
    connection: &Connection,
    options: &CheckOptions,
    observer: &dyn Observer,
) -> Result<CheckReport> {
    let chosen = select::select(suites, &options.select)?;
    let jobs: Vec<(&Suite, &Expectation)> = chosen
        .into_iter()
        .flat_map(|suite| {
            suite
                .expectations
                .iter()
                .map(move |expectation| (suite, expectation))
        })
        .collect();
    let mut by_table: BTreeMap<Option<&Relation>, Vec<usize>> = BTreeMap::new();
    for (index, (_, expectation)) in jobs.iter().enumerate() {
        by_table
            .entry(expectation.table.as_ref())
            .or_default()
            .push(index);
    }
    let mut outcomes: BTreeMap<usize, Outcome> = BTreeMap::new();
    for (table, members) in by_table {
        let expectations: Vec<&Expectation> = members
            .iter()
            .filter_map(|&index| jobs.get(index))
            .map(|job| job.1)
            .collect();
        let answers = TableCheck {
            connection,
            sample_rows: options.sample_rows,
        }
        .answer(table, &expectations)?;
        for (&index, (verdict, elapsed)) in members.iter().zip(answers) {
            let Some((suite, expectation)) = jobs.get(index) else {
                continue;
            };
            let outcome = verdict.outcome(suite, expectation, elapsed);
            observer.observe(outcome.event());
            outcomes.insert(index, outcome);
        }
    }
    let outcomes = outcomes.into_values().collect();
    Ok(CheckReport::new(
        &options.run_id,
        options.checked_at,
        outcomes,
    ))
}

type Answer = (Verdict, Duration);

/// The expectations of one table.
struct TableCheck<'a> {
    connection: &'a Connection,
    sample_rows: usize,
}

/// Expectations that the shared scan answers: place, expectation, plan, aggregates.
type Shared<'a> = (usize, &'a Expectation, Plan, Vec<Sql>);

impl TableCheck<'_> {
    /// One answer for each expectation, in their order.
    fn answer(
        &self,
        table: Option<&Relation>,
        expectations: &[&Expectation],
    ) -> Result<Vec<Answer>> {
        let shape = match table.map(|table| self.shape(table)).transpose() {
            Ok(shape) => shape,
            Err(error) if error.kind() == Kind::DataInvalid => {
                let verdict = |_| (Verdict::unanswered(&error), Duration::ZERO);
                return Ok(expectations.iter().map(verdict).collect());
            }
            Err(error) => return Err(error),
        };
        let mut answers: BTreeMap<usize, Answer> = BTreeMap::new();
        let mut shared: Vec<Shared<'_>> = Vec::new();
        for (place, expectation) in expectations.iter().enumerate() {
            let begun = Instant::now();
            let verdict = match compile(expectation, shape.as_ref()) {
                Ok(plan) => match aggregates(&plan) {
                    Some(aggregates) => {
                        shared.push((place, expectation, plan, aggregates));
                        continue;
                    }
                    None => self.alone(expectation, &plan, shape.as_ref()),
                },
                Err(error) => Err(error),
            };
            answers.insert(place, (settle(verdict)?, begun.elapsed()));
        }
        if let Some(shape) = &shape {
            self.share(&shape.relation, &shared, &mut answers)?;
        }
        Ok(answers.into_values().collect())
    }

    /// Columns of the table; an error if it is not there.
    fn shape(&self, table: &Relation) -> Result<Shape> {
        let columns = self
            .connection
            .describe(&table.to_string())
            .map_err(|error| {
                let missing = error
                    .causes()
                    .iter()
                    .any(|cause| cause.contains("does not exist"));
                let place = format!("{}.{}", table.schema, table.name);
                match error.kind() {
                    Kind::DataInvalid if missing => {
                        Error::data(format!("there is no table `{place}`"))
                            .hint("Build it first, or leave its suite out with `--select`.")
                    }
                    _ => error,
                }
            })?;
        Ok(Shape {
            relation: table.clone(),
            columns,
        })
    }

    /// One scan for all. If it fails, each is asked alone, so that only the guilty one errs.
    fn share(
        &self,
        table: &Relation,
        shared: &[Shared<'_>],
        answers: &mut BTreeMap<usize, Answer>,
    ) -> Result<()> {
        if shared.is_empty() {
            return Ok(());
        }
        let from = Sql::new(table.to_string());
        let begun = Instant::now();
        let groups: Vec<&[Sql]> = shared
            .iter()
            .map(|(_, _, _, group)| group.as_slice())
            .collect();
        let counts = match (self.scan(&from, &groups), shared) {
            (Ok(counts), _) => counts,
            (Err(error), [(place, ..)]) => {
                answers.insert(*place, (settle(Err(error))?, begun.elapsed()));
                return Ok(());
            }
            (Err(error), _) if error.kind() == Kind::DataInvalid => {
                return shared
                    .iter()
                    .try_for_each(|one| self.share(table, std::slice::from_ref(one), answers));
            }
            (Err(error), _) => return Err(error),
        };
        let part = begun.elapsed() / u32::try_from(shared.len()).unwrap_or(u32::MAX);
        for ((place, expectation, plan, _), counts) in shared.iter().zip(counts) {
            let begun = Instant::now();
            let verdict = self.judged(expectation, plan, &counts, table);
            answers.insert(*place, (settle(verdict)?, part + begun.elapsed()));
        }
        Ok(())
    }

    /// The aggregates of every group in one statement, equal ones computed once.
    fn scan(&self, from: &Sql, groups: &[&[Sql]]) -> Result<Vec<Vec<u64>>> {
        let mut distinct: Vec<&Sql> = Vec::new();
        let mut places: Vec<Vec<usize>> = Vec::with_capacity(groups.len());
        for group in groups {
            let mut own = Vec::with_capacity(group.len());
            for aggregate in *group {
                let known = distinct.iter().position(|other| *other == aggregate);
                own.push(known.unwrap_or_else(|| {
                    distinct.push(aggregate);
                    distinct.len() - 1
                }));
            }
            places.push(own);
        }
        let list = Sql::join(distinct, ",\n       ");
        let table = self.query(&Sql::fill("SELECT {}\nFROM {}", &[&list, from]))?;
        let row = table
            .rows
            .first()
            .ok_or_else(|| Error::bug("an aggregate without a row"))?;
        let count = |&place: &usize| {
            let value = row.get(place).and_then(Value::as_i64);
            value
                .and_then(|value| u64::try_from(value).ok())
                .ok_or_else(|| Error::bug("a count that is not a number"))
        };
        places
            .iter()
            .map(|own| own.iter().map(count).collect())
            .collect()
    }

    /// A plan that has a source of its own, or none.
    fn alone(
        &self,
        expectation: &Expectation,
        plan: &Plan,
        shape: Option<&Shape>,
    ) -> Result<Verdict> {
        match plan {
            Plan::Decided { success, observed } => {
                Ok(judge::decided(expectation, *success, observed))
            }
            Plan::Rows(test) => {
                let table = &shape
                    .ok_or_else(|| Error::bug("rows without a table"))?
                    .relation;
                let own = Sql::new(table.to_string());
                let counts = self.scan(test.source.as_ref().unwrap_or(&own), &[&test.counts()])?;
                let counts = counts.first().map_or(&[][..], Vec::as_slice);
                self.judged(expectation, plan, counts, table)
            }
            Plan::NoRows { query } => {
                let count = Sql::fill("SELECT count(*) FROM (\n{}\n) AS unexpected", &[query]);
                let found = self.query(&count)?;
                let rows = found.scalar().and_then(Value::as_i64).unwrap_or_default();
                let mut verdict = judge::no_rows(u64::try_from(rows).unwrap_or_default());
                if rows > 0 {
                    let template = format!(
                        "SELECT * FROM (\n{{}}\n) AS unexpected LIMIT {}",
                        self.sample_rows
                    );
                    verdict.sample = self.sampled(&Sql::fill(&template, &[query]))?;
                }
                Ok(verdict)
            }
            Plan::Agree {
                left,
                right,
                tolerance,
            } => {
                let (left, right) = (self.one_value(left)?, self.one_value(right)?);
                Ok(judge::agree(&left, &right, *tolerance))
            }
            Plan::RowCount { .. } => Err(Error::bug("a row count outside the shared scan")),
        }
    }

    fn judged(
        &self,
        expectation: &Expectation,
        plan: &Plan,
        counts: &[u64],
        table: &Relation,
    ) -> Result<Verdict> {
        match (plan, counts) {
            (Plan::RowCount { range, .. }, &[rows]) => Ok(judge::row_count(range, rows)),
            (Plan::Rows(test), &[elements, ignored, unexpected]) => {
                let mut verdict = judge::rows(expectation, elements, ignored, unexpected);
                if unexpected > 0 {
                    verdict.sample = self.sample(test, table)?;
                }
                Ok(verdict)
            }
            _ => Err(Error::bug("counts that do not belong to their plan")),
        }
    }

    fn sample(&self, test: &RowTest, table: &Relation) -> Result<Vec<Value>> {
        if test.shown.is_empty() || self.sample_rows == 0 {
            return Ok(Vec::new());
        }
        self.sampled(&test.sample(table, self.sample_rows))
    }

    fn sampled(&self, query: &Sql) -> Result<Vec<Value>> {
        Ok(judge::sample(self.query(query)?))
    }

    fn one_value(&self, query: &Sql) -> Result<Value> {
        let table = self.query(query)?;
        match (table.rows.as_slice(), table.columns.len()) {
            ([row], 1) => Ok(row.first().cloned().unwrap_or(Value::Null)),
            (rows, columns) => Err(Error::data(format!(
                "a query returned {} rows of {columns} columns, not one value",
                rows.len()
            ))),
        }
    }

    fn query(&self, sql: &Sql) -> Result<Table> {
        self.connection.query(&sql.text, &sql.values)
    }
}

/// What a plan asks of the shared scan; `None` if it needs a query of its own.
fn aggregates(plan: &Plan) -> Option<Vec<Sql>> {
    match plan {
        Plan::Rows(test) if test.source.is_none() => Some(test.counts().to_vec()),
        Plan::RowCount { condition, .. } => Some(vec![match condition {
            Some(condition) => Sql::fill("count(*) FILTER (WHERE {})", &[condition]),
            None => Sql::new("count(*)"),
        }]),
        _ => None,
    }
}

/// Data and declarations that cannot be judged are outcomes; everything else stops the check.
fn settle(verdict: Result<Verdict>) -> Result<Verdict> {
    match verdict {
        Err(error) if error.kind() == Kind::DataInvalid => Ok(Verdict::unanswered(&error)),
        other => other,
    }
}
