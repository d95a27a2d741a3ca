//! From lines to responses: one owner among the copies, one usage, one price.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::file::{LineUsage, Place, ResponseLine, line_key};
use super::iterations::{advisors, cache_writes, requests};
use super::projects;
use super::scanner::Read;
use super::sessions::Sessions;
use crate::usage::call::{Amounts, Call, Calls, Names, Session, Tokens, model_label};
use crate::usage::money::Usd;
use crate::usage::price::{Charged, Price, PriceList, is_regional, price_name};

/// Versions that wrote the output tokens known when the stream began.
const PROVISIONAL_VERSIONS: std::ops::RangeInclusive<i64> = 1_000_011..=2_001_042;

/// A line of a response, with what orders it.
#[derive(Clone, Copy)]
struct Row<'a> {
    file: usize,
    read: &'a Read,
    place: &'a Place,
    /// `None` for a line of a user that has the id of a response for its own: it owns, but says
    /// nothing of usage.
    line: Option<&'a ResponseLine>,
    session: u32,
}

/// Every response once.
pub(super) fn calls(
    files: &[&Read],
    sessions: &Sessions<'_>,
    prices: &PriceList,
    user: &str,
) -> Calls {
    let mut groups = grouped(files, sessions);
    let mut tariff = Tariff::new(prices);
    let mut calls = Calls::default();
    for group in groups.chunk_by_mut(|left, right| left.0 == right.0) {
        let rows: Vec<Row<'_>> = group.iter().map(|(_, row)| *row).collect();
        if let Some(chosen) = choose(&rows, sessions) {
            calls.calls.extend(call(&chosen, &mut tariff));
        }
    }
    calls.models = tariff.labels;
    let directories = projects::directories(files, sessions);
    for (facts, directory) in sessions.all.iter().zip(directories) {
        let project = calls.projects.number(&directory);
        calls.sessions.push(Session {
            id: facts.id.to_owned(),
            project,
            user: user.to_owned(),
        });
    }
    calls
}

/// Lines by response, those of one response beside each other.
fn grouped<'a>(files: &[&'a Read], sessions: &Sessions<'_>) -> Vec<(u32, Row<'a>)> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut rows = Vec::new();
    let mut count = 0_u32;
    for (file, read) in files.iter().copied().enumerate() {
        for line in &read.1.responses {
            let fresh = count;
            let number = match line.message_id.as_deref() {
                Some(id) => *numbers.entry(id).or_insert(fresh),
                None => fresh,
            };
            count += u32::from(number == fresh);
            let session = sessions.number(file, line.place.session);
            let row = Row {
                file,
                read,
                place: &line.place,
                line: Some(line),
                session,
            };
            rows.push((number, row));
        }
    }
    let keyed = numbers
        .into_iter()
        .map(|(id, number)| (line_key(id, id), number));
    let user_keys: HashMap<u64, u32> = keyed.collect();
    for (file, read) in files.iter().copied().enumerate() {
        for line in read.1.messages.iter().filter(|line| line.is_user) {
            let Some(number) = user_keys.get(&line.key) else {
                continue;
            };
            let row = Row {
                file,
                read,
                place: &line.place,
                line: None,
                session: sessions.number(file, line.place.session),
            };
            rows.push((*number, row));
        }
    }
    rows.sort_by_key(|(number, _)| *number);
    rows
}

/// Nulls last.
fn late(time: Option<i64>) -> (bool, i64) {
    (time.is_none(), time.unwrap_or(0))
}

/// The owner of copies first: the macro `copy_order`.
pub(super) fn copy_order<'a>(
    place: &Place,
    session: u32,
    sessions: &'a Sessions<'_>,
    hash: &'a str,
) -> impl Ord + use<'a> {
    let facts = sessions.facts(session);
    (
        place.is_progress,
        place.is_sidechain,
        late(place.timestamp),
        late(facts.and_then(|facts| facts.last_entry_at)),
        facts.map_or("", |facts| facts.id),
        (hash, place.offset),
    )
}

/// The usage of a response: the line that says it, the session that owns it, its time.
struct Chosen<'a> {
    session: u32,
    timestamp: Option<i64>,
    read: &'a Read,
    line: &'a ResponseLine,
    usage: &'a LineUsage,
    is_unfinished: bool,
}

impl<'a> Chosen<'a> {
    fn model(&self) -> &'a str {
        self.read.1.names.name(self.line.model)
    }

    /// What it is charged for, and its requests where there were several.
    fn charged(&self) -> (Charged, Vec<Charged>) {
        let requests = requests(self.usage);
        (charged(self.usage, self.model(), &requests), requests)
    }

    fn advisors(&self) -> BTreeMap<String, Charged> {
        advisors(self.usage)
    }
}

fn choose<'a>(rows: &[Row<'a>], sessions: &Sessions<'_>) -> Option<Chosen<'a>> {
    let owner = rows
        .iter()
        .min_by_key(|row| copy_order(row.place, row.session, sessions, &row.read.0.hash))?;
    let own: Vec<(&Row<'a>, &'a ResponseLine)> = rows
        .iter()
        .filter(|row| {
            row.place.is_progress == owner.place.is_progress
                && row.place.is_sidechain == owner.place.is_sidechain
        })
        .filter_map(|row| Some((row, row.line.filter(|line| line.is_answer)?)))
        .collect();
    let (row, line) = own
        .iter()
        .filter(|(_, line)| line.usage.is_some())
        .min_by_key(|(row, line)| usage_order(row, line, sessions))?;
    Some(Chosen {
        session: owner.session,
        timestamp: own.iter().filter_map(|(row, _)| row.place.timestamp).min(),
        read: row.read,
        line,
        usage: line.usage.as_deref()?,
        is_unfinished: own.iter().all(|(_, line)| !line.is_finished),
    })
}

/// A response and what advisors used inside it.
fn call(chosen: &Chosen<'_>, tariff: &mut Tariff<'_>) -> Vec<Call> {
    let (model, timestamp) = (chosen.model(), chosen.timestamp);
    let version = version_number(chosen.read.1.names.name(chosen.line.version));
    let (charged, requests) = chosen.charged();
    let response = Call {
        timestamp,
        session: chosen.session,
        model: tariff.label(model, chosen.usage.is_fast),
        tokens: tokens(&charged),
        cost: tariff.cost(model, timestamp, &charged, &requests),
        is_advisor: false,
        is_provisional: chosen.is_unfinished
            && version.is_some_and(|version| PROVISIONAL_VERSIONS.contains(&version)),
    };
    let mut calls = vec![response.clone()];
    for (model, charged) in chosen.advisors() {
        calls.push(Call {
            model: tariff.label(&model, false),
            tokens: tokens(&charged),
            cost: tariff.cost(&model, timestamp, &charged, &[]),
            is_advisor: true,
            is_provisional: false,
            ..response.clone()
        });
    }
    calls
}

/// A response with the line that says what it used.
#[derive(Clone, Debug)]
pub struct Traced {
    /// Its id, where it has one.
    pub message_id: Option<String>,
    /// Transcript.
    pub file: PathBuf,
    /// Position in it, in bytes.
    pub offset: u64,
    /// Line in it, from 1.
    pub line: u64,
    /// First line of the response, µs since the epoch.
    pub timestamp: Option<i64>,
    /// Name its model is priced under.
    pub price_name: String,
    /// UTC day of its price.
    pub day: Date,
    /// What it is charged for.
    pub charged: Charged,
    /// The same for each of its requests, where there were several.
    pub requests: Vec<Charged>,
    /// Its cost without advisors; `None` where the model has no price.
    pub cost: Option<Usd>,
    /// What advisors used inside it.
    pub advisors: Amounts,
}

/// Every response with where it comes from.
pub(super) fn trace(files: &[&Read], sessions: &Sessions<'_>, prices: &PriceList) -> Vec<Traced> {
    let mut groups = grouped(files, sessions);
    let mut tariff = Tariff::new(prices);
    let mut traced = Vec::new();
    for group in groups.chunk_by_mut(|left, right| left.0 == right.0) {
        let rows: Vec<Row<'_>> = group.iter().map(|(_, row)| *row).collect();
        if let Some(chosen) = choose(&rows, sessions) {
            traced.push(traced_response(&chosen, &mut tariff));
        }
    }
    traced
}

fn traced_response(chosen: &Chosen<'_>, tariff: &mut Tariff<'_>) -> Traced {
    let (model, timestamp) = (chosen.model(), chosen.timestamp);
    let (charged, requests) = chosen.charged();
    let mut advisors = Amounts::default();
    for (model, charged) in chosen.advisors() {
        advisors.add(Amounts {
            tokens: tokens(&charged),
            cost: tariff
                .cost(&model, timestamp, &charged, &[])
                .unwrap_or_default(),
        });
    }
    let id = chosen.line.message_id.as_deref();
    Traced {
        message_id: id.filter(|_| chosen.line.has_own_id).map(str::to_owned),
        file: chosen.read.0.path.clone(),
        offset: chosen.line.place.offset,
        line: chosen.line.number,
        timestamp,
        price_name: price_name(model),
        day: utc_day(timestamp),
        charged,
        cost: tariff.cost(model, timestamp, &charged, &requests),
        requests,
        advisors,
    }
}

/// The line with the final numbers first.
fn usage_order<'a>(
    row: &Row<'a>,
    line: &ResponseLine,
    sessions: &Sessions<'_>,
) -> impl Ord + use<'a> {
    let last = sessions
        .facts(row.session)
        .and_then(|facts| facts.last_entry_at);
    (
        Reverse(line.usage.as_ref().and_then(|usage| usage.output)),
        !line.is_finished,
        Reverse(line.place.timestamp),
        late(last),
        Reverse(line.place.offset),
        row.read.0.hash.as_str(),
        row.file,
    )
}

/// What a response is charged for.
fn charged(usage: &LineUsage, model: &str, requests: &[Charged]) -> Charged {
    let (cache_write_5m, cache_write_1h) = if requests.is_empty() {
        cache_writes(usage.cache_creation, usage.split_5m, usage.split_1h)
    } else {
        let sum = |part: fn(&Charged) -> i64| requests.iter().map(part).sum();
        (sum(|one| one.cache_write_5m), sum(|one| one.cache_write_1h))
    };
    Charged {
        input: usage.input,
        output: usage.output.unwrap_or(0),
        cache_write_5m,
        cache_write_1h,
        cache_read: usage.cache_read,
        web_searches: usage.web_searches,
        is_fast: usage.is_fast,
        is_batch: usage.is_batch,
        is_regional: usage.is_us || is_regional(model),
    }
}

fn tokens(charged: &Charged) -> Tokens {
    Tokens {
        input: charged.input,
        output: charged.output,
        cache_creation: charged.cache_write_5m + charged.cache_write_1h,
        cache_read: charged.cache_read,
    }
}

/// `2.1.42` is 2001042.
fn version_number(version: &str) -> Option<i64> {
    let mut parts = version.split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    let patch: String = parts
        .next()?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let number = |text: &str| text.parse::<i32>().ok().map(i64::from);
    Some(number(major)? * 1_000_000 + number(minor)? * 1000 + number(&patch)?)
}

/// Prices by model and day, each looked up once.
struct Tariff<'p> {
    prices: &'p PriceList,
    found: HashMap<(String, Date), Option<&'p Price>>,
    labels: Names,
}

impl<'p> Tariff<'p> {
    fn new(prices: &'p PriceList) -> Self {
        Self {
            prices,
            found: HashMap::new(),
            labels: Names::default(),
        }
    }

    fn label(&mut self, model: &str, is_fast: bool) -> u32 {
        self.labels.number(&model_label(model, is_fast))
    }

    fn price(&mut self, model: &str, timestamp: Option<i64>) -> Option<&'p Price> {
        let day = utc_day(timestamp);
        let prices = self.prices;
        *self
            .found
            .entry((model.to_owned(), day))
            .or_insert_with(|| prices.find(&price_name(model), day))
    }

    fn cost(
        &mut self,
        model: &str,
        timestamp: Option<i64>,
        charged: &Charged,
        requests: &[Charged],
    ) -> Option<Usd> {
        self.price(model, timestamp)?.cost(charged, requests)
    }
}

/// Day in UTC, on which a price must hold; one without a time is after all others.
fn utc_day(timestamp: Option<i64>) -> Date {
    timestamp
        .and_then(|micros| jiff::Timestamp::from_microsecond(micros).ok())
        .map_or(Date::MAX, |instant| instant.to_zoned(TimeZone::UTC).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(version_number("2.1.42"), Some(2_001_042));
        assert_eq!(version_number("1.0.11-beta"), Some(1_000_011));
        assert_eq!(version_number("2.1"), None);
        assert_eq!(version_number("x.1.2"), None);
    }
}
