//! Rows of calls that belong together.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::call::{Call, Calls, Tokens};
use super::filter::project_name;
use super::money::Usd;
use super::period::{Calendar, Period};

/// What makes calls belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// The period of their first line.
    Period(Period),
    /// The session that owns them.
    Session,
    /// The directory of that session's project.
    Project,
    /// The model.
    Model,
}

/// In which order rows stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest first: the earliest period, the least cost.
    Ascending,
    /// Greatest first.
    Descending,
}

/// Sums of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Responses.
    pub calls: u64,
    /// Tokens, those of advisors included.
    pub tokens: Tokens,
    /// Cost of what has a price.
    pub cost: Usd,
    /// Responses, and what advisors used inside them.
    pub parts: u64,
    /// Those without a price.
    pub unpriced_parts: u64,
    /// Responses whose output tokens are a lower bound.
    pub provisional_calls: u64,
}

impl Sums {
    fn add_call(&mut self, call: &Call) {
        self.calls += u64::from(!call.is_advisor);
        self.parts += 1;
        self.unpriced_parts += u64::from(call.cost.is_none());
        self.provisional_calls += u64::from(call.is_provisional);
        self.tokens += call.tokens;
        self.cost += call.cost.unwrap_or_default();
    }
}

/// A model within a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSums {
    /// Its name; fast mode apart.
    pub model: String,
    /// What it was used for.
    pub sums: Sums,
}

/// One row of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Period, session id, directory or model.
    pub key: String,
    /// Directory of the project; empty unless rows are sessions or projects.
    pub project: String,
    /// Sums of everything in it.
    pub sums: Sums,
    /// The same by model, greatest cost first.
    pub models: Vec<ModelSums>,
    /// Sessions.
    pub sessions: u64,
    /// First and last response, µs since the epoch.
    pub activity: Option<(i64, i64)>,
}

impl Row {
    /// Name of the project for people.
    #[must_use]
    pub fn project_name(&self) -> &str {
        project_name(&self.project)
    }
}

/// Rows and their sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What a row is.
    pub grouping: Grouping,
    /// The rows.
    pub rows: Vec<Row>,
    /// The sum of all rows.
    pub totals: Sums,
    /// Models without a price, with the number of their responses.
    pub unpriced: Vec<(String, u64)>,
}

/// A row while it is summed.
#[derive(Default)]
struct Sum {
    sums: Sums,
    models: BTreeMap<u32, Sums>,
    sessions: BTreeSet<u32>,
    activity: Option<(i64, i64)>,
}

impl Sum {
    fn add_call(&mut self, call: &Call) {
        self.sums.add_call(call);
        self.models.entry(call.model).or_default().add_call(call);
        self.note(call);
    }

    fn note(&mut self, call: &Call) {
        self.sessions.insert(call.session);
        if let Some(time) = call.timestamp {
            let (first, last) = self.activity.unwrap_or((time, time));
            self.activity = Some((first.min(time), last.max(time)));
        }
    }

    fn row(self, calls: &Calls, key: String, project: String) -> Row {
        let mut models: Vec<ModelSums> = self
            .models
            .into_iter()
            .map(|(model, sums)| ModelSums {
                model: calls.model(model).to_owned(),
                sums,
            })
            .collect();
        models.sort_by(|left, right| {
            let cost = right.sums.cost.cmp(&left.sums.cost);
            cost.then_with(|| left.model.cmp(&right.model))
        });
        Row {
            key,
            project,
            sums: self.sums,
            models,
            sessions: self.sessions.len() as u64,
            activity: self.activity,
        }
    }
}

/// Sums calls into rows.
#[must_use]
pub fn build(calls: &Calls, grouping: Grouping, order: Order, calendar: &mut Calendar) -> Report {
    let mut sums: BTreeMap<(Date, u32), Sum> = BTreeMap::new();
    let mut totals = Sums::default();
    for call in &calls.calls {
        totals.add_call(call);
        sums.entry(key(calls, grouping, call, calendar))
            .or_default()
            .add_call(call);
    }
    let mut rows: Vec<Row> = sums
        .into_iter()
        .map(|((day, number), sum)| {
            let (key, project) = names(calls, grouping, day, number);
            sum.row(calls, key, project)
        })
        .collect();
    if !matches!(grouping, Grouping::Period(_)) {
        rows.sort_by(|left, right| {
            let cost = left.sums.cost.cmp(&right.sums.cost);
            cost.then_with(|| right.key.cmp(&left.key))
        });
    }
    if order == Order::Descending {
        rows.reverse();
    }
    Report {
        grouping,
        rows,
        totals,
        unpriced: unpriced(calls),
    }
}

/// The same for each project alone, by directory.
#[must_use]
pub fn by_project(
    calls: &Calls,
    grouping: Grouping,
    order: Order,
    calendar: &mut Calendar,
) -> BTreeMap<String, Report> {
    let mut parts: BTreeMap<&str, Vec<Call>> = BTreeMap::new();
    for call in &calls.calls {
        let part = parts.entry(calls.project_of(call)).or_default();
        part.push(call.clone());
    }
    let mut own = calls.names_only();
    parts
        .into_iter()
        .map(|(project, part)| {
            own.calls = part;
            let report = build(&own, grouping, order, calendar);
            (project.to_owned(), report)
        })
        .collect()
}

/// Where a call belongs: a day, or a number.
fn key(calls: &Calls, grouping: Grouping, call: &Call, calendar: &mut Calendar) -> (Date, u32) {
    match grouping {
        Grouping::Period(period) => (period.start(calendar.day(call.timestamp)), 0),
        Grouping::Session => (Date::ZERO, call.session),
        Grouping::Project => {
            let session = calls.session(call.session);
            (Date::ZERO, session.map_or(0, |session| session.project))
        }
        Grouping::Model => (Date::ZERO, call.model),
    }
}

/// Key and project of a row.
fn names(calls: &Calls, grouping: Grouping, day: Date, number: u32) -> (String, String) {
    let project = |number: u32| calls.projects.name(number).to_owned();
    match grouping {
        Grouping::Period(period) => (period.label(day), String::new()),
        Grouping::Session => calls
            .session(number)
            .map(|session| (session.id.clone(), project(session.project)))
            .unwrap_or_default(),
        Grouping::Project => (project(number), project(number)),
        Grouping::Model => (calls.model(number).to_owned(), String::new()),
    }
}

/// Models without a price, most used first.
fn unpriced(calls: &Calls) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for call in calls.calls.iter().filter(|call| call.cost.is_none()) {
        *counts.entry(call.model).or_default() += 1;
    }
    let mut named: Vec<(String, u64)> = counts
        .into_iter()
        .map(|(model, count)| (calls.model(model).to_owned(), count))
        .collect();
    named.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    named
}
