//! The expectations of one table, step by step.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::baseline::Counted;
use super::growth::Growing;
use super::kept::KeptTables;
use super::scan::{self, Question};
use super::{CheckOptions, Job, Settled};
use crate::check::compile::{Answer, Ask, Examples, Rejected, Shape, Step, Then, Visit, compile};
use crate::check::expectation::{Expectation, RowCondition};
use crate::check::outcome::{OutcomeStatus, ValueCount, Verdict};
use crate::check::{failures, judge};
use crate::error::{Error, Kind, Result};
use crate::warehouse::{Connection, Relation, Value};

/// Checks one table.
pub(super) struct TableCheck<'a, 'i> {
    pub connection: &'a Connection,
    /// Connections that stand idle, for figures of several sources at once.
    pub idle: &'a Mutex<&'i mut [Connection]>,
    pub options: &'a CheckOptions,
    /// Tables of which only what changed is counted.
    pub kept: &'a KeptTables<'a>,
    pub has_history: bool,
}

/// An expectation on its way: its place, the next step, and the time taken so far.
struct Pending {
    place: usize,
    step: Step,
    spent: Duration,
}

/// What a step waits for from the shared scans.
struct Waiting {
    place: usize,
    asks: Vec<Ask>,
    then: Then<Vec<Value>>,
    spent: Duration,
}

impl TableCheck<'_, '_> {
    /// One verdict for each expectation, in their order, and what was counted, if the table grows.
    pub(super) fn answer(
        &self,
        table: Option<&Relation>,
        jobs: &[Job<'_>],
    ) -> Result<(Vec<Settled>, Option<Counted>)> {
        let (shape, growing) = match table.map(|table| self.look(table)).transpose() {
            Ok(found) => found.unzip(),
            Err(error) if error.kind() == Kind::DataInvalid => {
                let verdict = |_| (Verdict::unanswered(&error), Duration::ZERO);
                return Ok((jobs.iter().map(verdict).collect(), None));
            }
            Err(error) => return Err(error),
        };
        let growing = growing.flatten();
        let mut settled: BTreeMap<usize, Settled> = BTreeMap::new();
        let mut pending = Vec::new();
        for (place, (_, expectation)) in jobs.iter().enumerate() {
            let begun = Instant::now();
            let step = compile(expectation, shape.as_ref());
            proceed(place, step, begun.elapsed(), &mut pending, &mut settled)?;
        }
        while !pending.is_empty() {
            let waiting = self.advance(pending, jobs, table, &mut settled)?;
            pending = self.ask(waiting, jobs, table, growing.as_ref(), &mut settled)?;
        }
        let settled = settled.into_values().collect();
        Ok((settled, growing.map(Growing::counted)))
    }

    /// The table as it is, and what is known of it.
    fn look(&self, table: &Relation) -> Result<(Shape, Option<Growing<'_>>)> {
        let checked_at = self.options.checked_at;
        let shape = shape_of(self.connection, table, checked_at, self.has_history)?;
        let growing = Growing::open(self.connection, self.kept, table, &shape.columns)?;
        Ok((shape, growing))
    }

    /// Takes every expectation to its end, or to where it needs figures.
    fn advance(
        &self,
        pending: Vec<Pending>,
        jobs: &[Job<'_>],
        table: Option<&Relation>,
        settled: &mut BTreeMap<usize, Settled>,
    ) -> Result<Vec<Waiting>> {
        let mut waiting = Vec::new();
        let mut left = pending;
        while let Some(Pending { place, step, spent }) = left.pop() {
            let begun = Instant::now();
            let next = match step {
                Step::Done(answer) => {
                    let verdict = self.illustrated(*answer, jobs.get(place), table);
                    settled.insert(place, (settle(verdict)?, spent + begun.elapsed()));
                    continue;
                }
                Step::Ask(asks, then) => {
                    waiting.push(Waiting {
                        place,
                        asks,
                        then,
                        spent,
                    });
                    continue;
                }
                Step::Query(sql, then) => {
                    self.connection.query(&sql.text, &sql.values).and_then(then)
                }
                Step::Visit(visit) => self.visit(visit),
            };
            proceed(place, next, spent + begun.elapsed(), &mut left, settled)?;
        }
        // The last one was taken first.
        waiting.reverse();
        Ok(waiting)
    }

    /// Asks everything that is waited for, each source once.
    fn ask(
        &self,
        waiting: Vec<Waiting>,
        jobs: &[Job<'_>],
        table: Option<&Relation>,
        growing: Option<&Growing>,
        settled: &mut BTreeMap<usize, Settled>,
    ) -> Result<Vec<Pending>> {
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let table = table.ok_or_else(|| Error::bug("figures without a table"))?;
        let begun = Instant::now();
        let growing = |one: &Waiting| growing_for(growing, jobs.get(one.place));
        count_rows(&waiting, growing)?;
        let grown = waiting
            .iter()
            .map(|one| Grown::of(&one.asks, growing(one)))
            .collect::<Result<Vec<Grown<'_>>>>()?;
        let questions: Vec<Question<'_>> = grown.iter().map(|one| one.asked.as_slice()).collect();
        let answers = scan::ask((self.connection, self.idle), table, &questions)?;
        let answers = answers.into_iter().zip(&grown);
        let answers: Vec<Result<Vec<Value>>> = answers
            .map(|(answer, grown)| Ok(grown.whole(answer?)))
            .collect();
        let part = begun.elapsed() / u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        let mut pending = Vec::new();
        for (one, answer) in waiting.into_iter().zip(answers) {
            let begun = Instant::now();
            let step = answer.and_then(one.then);
            let spent = one.spent + part + begun.elapsed();
            proceed(one.place, step, spent, &mut pending, settled)?;
        }
        Ok(pending)
    }

    /// Judges the different texts of a column one by one.
    fn visit(&self, visit: Visit) -> Result<Step> {
        let mut rejected = Rejected::default();
        let Visit {
            query,
            accept,
            then,
        } = visit;
        self.connection
            .each_row(&query.text, &query.values, |_, row| {
                let [text, rows] = row else {
                    return Err(Error::bug("text and rows were asked for"));
                };
                if !accept(text.as_str().unwrap_or_default())? {
                    rejected.rows += rows
                        .as_i64()
                        .and_then(|rows| u64::try_from(rows).ok())
                        .unwrap_or_default();
                    if rejected.texts.len() < Rejected::KEPT {
                        rejected
                            .texts
                            .push(text.as_str().unwrap_or_default().to_owned());
                    }
                }
                Ok(ControlFlow::Continue(()))
            })?;
        then(rejected)
    }

    /// The verdict with some of the rows that led to it.
    fn illustrated(
        &self,
        answer: Answer,
        job: Option<&Job<'_>>,
        table: Option<&Relation>,
    ) -> Result<Verdict> {
        let Answer {
            mut verdict,
            examples,
        } = answer;
        let (Some(examples), Some((suite, expectation))) = (examples, job) else {
            return Ok(verdict);
        };
        // Rules that compare queries bring their own source, and need no table.
        let nowhere = Relation::new("", "");
        let table = table.unwrap_or(&nowhere);
        if let Some(dir) = &self.options.save_failures {
            let place = failures::Place {
                dir,
                run_id: &self.options.run_id,
                suite: &suite.name,
            };
            failures::save(self.connection, place, expectation, &examples, table)?;
        }
        // Finding them again would read everything each time.
        if self.options.only_new && verdict.status == OutcomeStatus::Passed {
            return Ok(verdict);
        }
        let limit = expectation.sample_rows.unwrap_or(self.options.sample_rows);
        // Missing values tell nothing unless keys say where they are.
        let is_bare = expectation.rule.is_about_missing() && expectation.keys.is_empty();
        if limit == 0 || is_bare {
            return Ok(verdict);
        }
        self.illustrate(&mut verdict, &examples, expectation, table, limit)?;
        Ok(verdict)
    }

    fn illustrate(
        &self,
        verdict: &mut Verdict,
        examples: &Examples,
        expectation: &Expectation,
        table: &Relation,
        limit: usize,
    ) -> Result<()> {
        let sql = examples.sample(table, &expectation.keys, limit);
        let rows = self.connection.query(&sql.text, &sql.values)?;
        let names: Vec<String> = if examples.shown.is_empty() {
            rows.columns
                .iter()
                .map(|column| column.name.clone())
                .collect()
        } else {
            examples.shown.clone()
        };
        let list = judge::sample(&rows, &names);
        verdict.findings.partial_unexpected_counts = counts(&list);
        verdict.findings.partial_unexpected_list = list;
        if !expectation.keys.is_empty() && !examples.shown.is_empty() {
            let mut all = names;
            for key in &expectation.keys {
                if !all.contains(key) {
                    all.push(key.clone());
                }
            }
            let rows = judge::records(&rows, &all);
            verdict.findings.partial_unexpected_index_list = rows;
        }
        Ok(())
    }
}

/// What was kept counts for rules about nothing but the row itself.
fn growing_for<'a>(
    growing: Option<&'a Growing<'a>>,
    job: Option<&Job<'_>>,
) -> Option<&'a Growing<'a>> {
    let condition = job.and_then(|(_, expectation)| expectation.row_condition.as_ref());
    growing.filter(|_| condition.is_none_or(RowCondition::is_about_the_row_alone))
}

/// Counts everything that is a sum over rows at once. If that fails, each figure is asked alone.
fn count_rows<'a>(
    waiting: &[Waiting],
    growing: impl Fn(&Waiting) -> Option<&'a Growing<'a>>,
) -> Result<()> {
    let theirs = || waiting.iter().filter_map(|one| Some((growing(one)?, one)));
    let Some((growing, _)) = theirs().next() else {
        return Ok(());
    };
    match growing.count(theirs().flat_map(|(_, one)| &one.asks)) {
        Err(error) if error.kind() == Kind::DataInvalid => Ok(()),
        counted => counted,
    }
}

/// Figures as they are computed where the table grows.
struct Grown<'a> {
    asks: &'a [Ask],
    growing: Option<&'a Growing<'a>>,
    /// What need not be asked.
    known: Vec<Option<Value>>,
    asked: Vec<Ask>,
}

impl<'a> Grown<'a> {
    fn of(asks: &'a [Ask], growing: Option<&'a Growing<'a>>) -> Result<Self> {
        let known = asks
            .iter()
            .map(|ask| growing.map_or(Ok(None), |growing| growing.known(ask)))
            .collect::<Result<Vec<Option<Value>>>>()?;
        let unknown = asks.iter().zip(&known).filter(|(_, known)| known.is_none());
        Ok(Self {
            asks,
            growing,
            asked: unknown.map(|(ask, _)| ask.clone()).collect(),
            known,
        })
    }

    /// The figures that were asked for.
    fn whole(&self, values: Vec<Value>) -> Vec<Value> {
        let mut values = values.into_iter();
        let figures = self.asks.iter().zip(&self.known).map(|(ask, known)| {
            known.clone().unwrap_or_else(|| {
                let value = values.next().unwrap_or(Value::Null);
                if let Some(growing) = self.growing {
                    growing.remember(ask, &value);
                }
                value
            })
        });
        figures.collect()
    }
}

/// Columns of the table; an error if it is not there.
pub(in crate::check) fn shape_of(
    connection: &Connection,
    table: &Relation,
    checked_at: i64,
    has_history: bool,
) -> Result<Shape> {
    let columns = connection.describe(&table.to_string()).map_err(|error| {
        let missing = error
            .causes()
            .iter()
            .any(|cause| cause.contains("does not exist"));
        let place = format!("{}.{}", table.schema, table.name);
        match error.kind() {
            Kind::DataInvalid if missing => Error::data(format!("there is no table `{place}`"))
                .hint("Build it first, or leave its suite out with `--select`."),
            _ => error,
        }
    })?;
    Ok(Shape {
        relation: table.clone(),
        columns,
        checked_at,
        has_history,
        times: Vec::new(),
    })
}

/// How often each value is in the list, the most frequent first.
fn counts(list: &[Value]) -> Vec<ValueCount> {
    let mut counts: Vec<ValueCount> = Vec::new();
    for value in list {
        match counts.iter_mut().find(|known| known.value == *value) {
            Some(known) => known.count += 1,
            None => counts.push(ValueCount {
                value: value.clone(),
                count: 1,
            }),
        }
    }
    counts.sort_by_key(|known| std::cmp::Reverse(known.count));
    counts
}

/// Goes on with the next step, or ends with an error of the expectation.
fn proceed(
    place: usize,
    step: Result<Step>,
    spent: Duration,
    pending: &mut Vec<Pending>,
    settled: &mut BTreeMap<usize, Settled>,
) -> Result<()> {
    match step {
        Ok(step) => pending.push(Pending { place, step, spent }),
        Err(error) => {
            settled.insert(place, (settle(Err(error))?, spent));
        }
    }
    Ok(())
}

/// Data and declarations that cannot be judged are outcomes; everything else stops the check.
fn settle(verdict: Result<Verdict>) -> Result<Verdict> {
    match verdict {
        Err(error) if error.kind() == Kind::DataInvalid => Ok(Verdict::unanswered(&error)),
        other => other,
    }
}
