//! Both counts side by side, and the causes of every difference.
//!
//! Lines are grouped by response. Within a group one entry of ccusage stands against our response;
//! the way from the one to the other is taken in steps, each with its cause, so that the causes add
//! up to the difference exactly.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Serialize;

use super::cause::Cause;
use super::dedupe;
use super::entry::{Entry, Writes};
use super::line::Refusal;
use super::price;
use super::scan::{FileEntries, Outcome};
use crate::usage::call::{Amounts, Tokens};
use crate::usage::direct::Traced;
use crate::usage::money::Usd;
use crate::usage::period::Calendar;
use crate::usage::price::{Charged, PriceList};

/// A difference at one place.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// Transcript.
    pub file: PathBuf,
    /// Line in it, from 1.
    pub line: u64,
    /// Response, if it has an id.
    pub message_id: Option<String>,
    /// What we count more than ccusage there.
    #[serde(skip)]
    pub amounts: Amounts,
}

/// All differences of one cause.
#[derive(Clone, Debug)]
pub struct CauseSum {
    /// Why.
    pub cause: Cause,
    /// What we count more than ccusage.
    pub amounts: Amounts,
    /// Where.
    pub instances: Vec<Instance>,
}

/// Both counts.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// By the rules of ccusage.
    pub theirs: Amounts,
    /// By ours.
    pub ours: Amounts,
    /// Why they differ, greatest cost first; they add up to `ours` minus `theirs`.
    pub causes: Vec<CauseSum>,
}

/// The days compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Range {
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

impl Range {
    fn holds(self, day: Date) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A line with usage and where it stands.
#[derive(Clone, Copy)]
struct Site<'a> {
    file: &'a FileEntries,
    offset: u64,
    line: u64,
}

/// All that belongs to one response.
#[derive(Default)]
struct Group<'a> {
    /// Entries ccusage counts, those of days outside the range too.
    kept: Vec<(Site<'a>, &'a Entry)>,
    refused: Vec<(Site<'a>, Refusal)>,
    /// Lines in files ccusage does not read.
    unread: usize,
    ours: Option<&'a Traced>,
}

/// Compares what ccusage counts in `files` with the traced responses.
#[must_use]
pub fn compare(
    files: &[FileEntries],
    ours: &[Traced],
    prices: &PriceList,
    range: Range,
    calendar: &mut Calendar,
) -> Comparison {
    let groups = grouped(files, ours);
    let mut work = Work {
        comparison: Comparison::default(),
        sums: BTreeMap::new(),
        prices,
        range,
        calendar,
    };
    for group in groups.values() {
        work.explain(group);
    }
    let mut causes: Vec<CauseSum> = work
        .sums
        .into_iter()
        .map(|(cause, (amounts, instances))| CauseSum {
            cause,
            amounts,
            instances,
        })
        .collect();
    causes.sort_by_key(|sum| std::cmp::Reverse(sum.amounts.cost.0.abs()));
    Comparison {
        causes,
        ..work.comparison
    }
}

/// By message id, else by place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Message(&'a str),
    Place(usize, u64),
}

fn grouped<'a>(files: &'a [FileEntries], ours: &'a [Traced]) -> BTreeMap<Key<'a>, Group<'a>> {
    let mut read: Vec<(Key<'a>, Site<'a>, &'a Entry)> = Vec::new();
    let mut groups: BTreeMap<Key<'a>, Group<'a>> = BTreeMap::new();
    let mut numbers: HashMap<&std::path::Path, usize> = HashMap::new();
    for (number, file) in files.iter().enumerate() {
        numbers.insert(&file.path, number);
        for line in &file.lines {
            let key = match line.message_id.as_deref() {
                Some(id) => Key::Message(id),
                None => Key::Place(number, line.offset),
            };
            let site = Site {
                file,
                offset: line.offset,
                line: line.number,
            };
            match &line.outcome {
                _ if !file.is_read => groups.entry(key).or_default().unread += 1,
                Outcome::Taken(entry) => read.push((key, site, entry)),
                Outcome::Refused(refusal) => {
                    let group = groups.entry(key).or_default();
                    group.refused.push((site, *refusal));
                }
            }
        }
    }
    let entries: Vec<&Entry> = read.iter().map(|(_, _, entry)| *entry).collect();
    for index in dedupe::kept(&entries) {
        if let Some((key, site, entry)) = read.get(index) {
            let group = groups.entry(key.clone()).or_default();
            group.kept.push((*site, entry));
        }
    }
    for traced in ours {
        let key = match traced.message_id.as_deref() {
            Some(id) => Key::Message(id),
            None => {
                let number = numbers.get(traced.file.as_path()).copied();
                Key::Place(number.unwrap_or(usize::MAX), traced.offset)
            }
        };
        groups.entry(key).or_default().ours = Some(traced);
    }
    groups
}

struct Work<'w> {
    comparison: Comparison,
    sums: BTreeMap<Cause, (Amounts, Vec<Instance>)>,
    prices: &'w PriceList,
    range: Range,
    calendar: &'w mut Calendar,
}

impl Work<'_> {
    fn explain(&mut self, group: &Group<'_>) {
        let (range, calendar) = (self.range, &mut *self.calendar);
        let mut in_range = |time: Option<i64>| range.holds(calendar.day(time));
        let kept: Vec<(Site<'_>, &Entry)> = group
            .kept
            .iter()
            .copied()
            .filter(|(_, entry)| in_range(Some(entry.timestamp)))
            .collect();
        let ours = group.ours.filter(|traced| in_range(traced.timestamp));
        for (_, entry) in &kept {
            self.comparison.theirs.add(theirs(entry));
        }
        if let Some(traced) = ours {
            self.comparison.ours.add(traced_amounts(traced));
        }
        match (ours, counterpart(&kept, ours)) {
            (Some(traced), Some(at)) => {
                self.extras(&kept, at);
                if let Some((_, entry)) = kept.get(at) {
                    self.steps(traced, entry);
                }
            }
            (Some(traced), None) => {
                let cause = missing(group, traced);
                self.note(cause, of(traced), traced_amounts(traced));
            }
            (None, _) => {
                for (site, entry) in &kept {
                    let cause = surplus(group, entry);
                    let place = at(site, entry);
                    self.note(cause, place, Amounts::default().minus(theirs(entry)));
                }
            }
        }
    }

    /// Entries of a response beyond the one that stands against ours.
    fn extras(&mut self, kept: &[(Site<'_>, &Entry)], counterpart: usize) {
        let requests: BTreeSet<Option<&str>> = kept
            .iter()
            .map(|(_, entry)| entry.request_id.as_deref())
            .collect();
        let cause = if requests.contains(&None) {
            Cause::NoRequestId
        } else {
            Cause::SeveralRequests
        };
        for (index, (site, entry)) in kept.iter().enumerate() {
            if index != counterpart {
                let amounts = Amounts::default().minus(theirs(entry));
                self.note(cause, at(site, entry), amounts);
            }
        }
    }

    /// From an entry of ccusage to our response, step by step.
    fn steps(&mut self, traced: &Traced, entry: &Entry) {
        let charged = &traced.charged;
        let own = Tokens {
            input: charged.input,
            output: charged.output,
            cache_creation: charged.cache_write_5m + charged.cache_write_1h,
            cache_read: charged.cache_read,
        };
        let model = entry.model.as_deref().unwrap_or_default();
        let writes = Writes {
            five_minutes: charged.cache_write_5m,
            one_hour: charged.cache_write_1h,
        };
        let logged = dedupe::cost(entry);
        let calculated = price::calculated(entry);
        self.cost_step(Cause::LoggedCost, traced, calculated - logged);
        // The same tokens but for cache writes, then ours.
        let before_split = Tokens {
            cache_creation: entry.tokens.cache_creation,
            ..own
        };
        let other_line = price::cost(model, before_split, entry.writes, entry.is_fast);
        self.note(
            Cause::FinalLine,
            of(traced),
            Amounts {
                tokens: before_split - entry.tokens,
                cost: other_line - calculated,
            },
        );
        let split = price::cost(model, own, writes, entry.is_fast);
        self.note(
            Cause::CacheWriteSplit,
            of(traced),
            Amounts {
                tokens: own - before_split,
                cost: split - other_line,
            },
        );
        self.price_steps(traced, charged, split);
        self.advisor_step(traced, entry);
    }

    /// From the charge of ccusage for our tokens to our cost.
    fn price_steps(&mut self, traced: &Traced, charged: &Charged, theirs: Usd) {
        let ours = traced.cost.unwrap_or_default();
        let Some(price) = self.prices.find(&traced.price_name, traced.day) else {
            self.cost_step(Cause::Price, traced, ours - theirs);
            return;
        };
        let plain = Charged {
            web_searches: 0,
            is_batch: false,
            is_regional: false,
            ..*charged
        };
        let by_class = price.cost_by_class(&plain).unwrap_or_default();
        self.cost_step(Cause::Price, traced, by_class - theirs);
        let mut before = by_class;
        let steps = [
            (Cause::LongContext, plain),
            (
                Cause::Batch,
                Charged {
                    is_batch: charged.is_batch,
                    ..plain
                },
            ),
            (
                Cause::Region,
                Charged {
                    web_searches: 0,
                    ..*charged
                },
            ),
        ];
        for (cause, step) in steps {
            let after = price.cost(&step, &traced.requests).unwrap_or_default();
            self.cost_step(cause, traced, after - before);
            before = after;
        }
        self.cost_step(Cause::WebSearch, traced, ours - before);
    }

    fn advisor_step(&mut self, traced: &Traced, entry: &Entry) {
        let difference = traced.advisors.minus(advisors(entry));
        self.note(Cause::Advisor, of(traced), difference);
    }

    fn cost_step(&mut self, cause: Cause, traced: &Traced, cost: Usd) {
        let amounts = Amounts {
            tokens: Tokens::default(),
            cost,
        };
        self.note(cause, of(traced), amounts);
    }

    fn note(&mut self, cause: Cause, place: Place, amounts: Amounts) {
        if amounts.is_zero() {
            return;
        }
        let (file, line, message_id) = place;
        let (sum, instances) = self.sums.entry(cause).or_default();
        sum.add(amounts);
        instances.push(Instance {
            file,
            line,
            message_id,
            amounts,
        });
    }
}

type Place = (PathBuf, u64, Option<String>);

fn of(traced: &Traced) -> Place {
    (traced.file.clone(), traced.line, traced.message_id.clone())
}

fn at(site: &Site<'_>, entry: &Entry) -> Place {
    (site.file.path.clone(), site.line, entry.message_id.clone())
}

/// What ccusage counts for an entry, advisors included.
fn theirs(entry: &Entry) -> Amounts {
    let mut amounts = advisors(entry);
    amounts.add(Amounts {
        tokens: entry.tokens,
        cost: dedupe::cost(entry),
    });
    amounts
}

fn advisors(entry: &Entry) -> Amounts {
    let mut amounts = Amounts::default();
    for advisor in &entry.advisors {
        amounts.add(Amounts {
            tokens: advisor.tokens,
            cost: price::of_advisor(advisor),
        });
    }
    amounts
}

fn traced_amounts(traced: &Traced) -> Amounts {
    let charged = &traced.charged;
    let mut amounts = traced.advisors;
    amounts.add(Amounts {
        tokens: Tokens {
            input: charged.input,
            output: charged.output,
            cache_creation: charged.cache_write_5m + charged.cache_write_1h,
            cache_read: charged.cache_read,
        },
        cost: traced.cost.unwrap_or_default(),
    });
    amounts
}

/// The entry that stands against ours: that of the same line, else the largest.
fn counterpart(kept: &[(Site<'_>, &Entry)], ours: Option<&Traced>) -> Option<usize> {
    let traced = ours?;
    let same = kept
        .iter()
        .position(|(site, _)| site.offset == traced.offset && site.file.path == traced.file);
    same.or_else(|| {
        let largest = kept
            .iter()
            .enumerate()
            .max_by_key(|(index, (_, entry))| (entry.tokens.total(), std::cmp::Reverse(*index)));
        largest.map(|(index, _)| index)
    })
}

/// Why ccusage counts nothing of a response.
fn missing(group: &Group<'_>, traced: &Traced) -> Cause {
    if !group.kept.is_empty() {
        return Cause::Day;
    }
    let own = group
        .refused
        .iter()
        .find(|(site, _)| site.offset == traced.offset && site.file.path == traced.file);
    match own.or(group.refused.first()) {
        Some((_, refusal)) => Cause::of_refusal(*refusal),
        None if group.unread > 0 => Cause::UnreadFile,
        None => Cause::UnexpectedValue,
    }
}

/// Why ccusage counts what is no response for us.
fn surplus(group: &Group<'_>, entry: &Entry) -> Cause {
    if group.ours.is_some() {
        Cause::Day
    } else if entry.model.as_deref() == Some("<synthetic>") {
        Cause::Notice
    } else if entry.message_id.is_none() {
        Cause::NoMessageId
    } else {
        Cause::NoResponse
    }
}
