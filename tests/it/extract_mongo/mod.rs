//! MongoDB as a source, against a real server.

mod failures;
mod marks;
mod reading;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{Array, Int64Array, StringArray, TimestampMicrosecondArray};
use cca::config::{MongoSettings, Secret, Settings};
use cca::entry::{Batch, ExtractCounts};
use cca::error::{Error, Kind, Result};
use cca::event::{Event, Observer};
use cca::extract::mongo::MongoSource;
use cca::extract::{Marks, Sink, Source, VersionLookup};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{self, Bson, DateTime, Document, RawDocumentBuf, doc};

use crate::mongod::{Mongod, PASSWORD, Setup, USER};

/// 2026-08-10T16:55:41.385Z.
const T0: i64 = 1_786_380_941_385;

/// A row as far as these tests look at it.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    seq: i64,
    hash: i64,
    ingested_at: Option<i64>,
    json: String,
}

/// What a landing table would hold: rows and marks, committed batch by batch.
#[derive(Default)]
struct Store {
    rows: Mutex<Vec<Row>>,
    lookups: AtomicUsize,
}

impl VersionLookup for Store {
    fn landed_between(
        &self,
        _source: &str,
        since: i64,
        until: i64,
    ) -> Result<HashMap<String, i64>> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        let rows = self.rows.lock().expect("rows");
        let found = rows.iter().filter(|row| {
            row.ingested_at
                .is_some_and(|at| (since..=until).contains(&at))
        });
        Ok(found.map(|row| (row.id.clone(), row.hash)).collect())
    }
}

#[derive(Default)]
struct Events(Mutex<Vec<Event>>);

impl Observer for Events {
    fn observe(&self, event: Event) {
        self.0.lock().expect("events").push(event);
    }
}

/// A collection, its source, and what was landed of it.
struct Bench {
    settings: MongoSettings,
    store: Arc<Store>,
    marks: Marks,
    since: Option<jiff::Timestamp>,
    events: Vec<Event>,
    dead_letters: Vec<(String, String, String)>,
}

type OnBatch<'h> = Box<dyn FnMut(usize) -> Result<()> + 'h>;

struct Committing<'b, 'h> {
    store: &'b Store,
    marks: &'b mut Marks,
    dead_letters: &'b mut Vec<(String, String, String)>,
    counts: ExtractCounts,
    batches: usize,
    before: OnBatch<'h>,
}

impl Sink for Committing<'_, '_> {
    fn accept(&mut self, batch: Batch) -> Result<()> {
        self.batches += 1;
        (self.before)(self.batches)?;
        let records = &batch.records;
        let column = |name: &str| records.column_by_name(name).expect("a column").clone();
        let text = |name: &str| {
            column(name)
                .as_any()
                .downcast_ref::<StringArray>()
                .expect("text")
                .clone()
        };
        let long = |name: &str| {
            column(name)
                .as_any()
                .downcast_ref::<Int64Array>()
                .expect("long")
                .clone()
        };
        let (ids, json) = (text("_id"), text("_raw_json"));
        let (seqs, hashes) = (long("_seq"), long("_content_hash"));
        let instants = column("_ingested_at");
        let instants = instants
            .as_any()
            .downcast_ref::<TimestampMicrosecondArray>()
            .expect("instant");
        let rows = (0..records.num_rows()).map(|index| Row {
            id: ids.value(index).to_owned(),
            seq: seqs.value(index),
            hash: hashes.value(index),
            ingested_at: instants.is_valid(index).then(|| instants.value(index)),
            json: json.value(index).to_owned(),
        });
        self.store.rows.lock().expect("rows").extend(rows);
        for mark in batch.marks {
            match mark.value {
                Some(value) => self.marks.insert(mark.key, value),
                None => self.marks.remove(&mark.key),
            };
        }
        let letters = batch.dead_letters.into_iter();
        self.dead_letters
            .extend(letters.map(|letter| (letter.position, letter.reason, letter.payload)));
        self.counts += batch.counts;
        Ok(())
    }
}

impl Bench {
    fn new(uri: &str, database: &str) -> Self {
        let mut settings = Settings::defaults(std::path::Path::new("data")).mongo;
        settings.uri = Secret::new(uri);
        settings.database = database.to_owned();
        settings.timeout = Duration::from_secs(3);
        Self {
            settings,
            store: Arc::default(),
            marks: Marks::new(),
            since: None,
            events: Vec::new(),
            dead_letters: Vec::new(),
        }
    }

    fn run(&mut self) -> ExtractCounts {
        self.run_with(false, Box::new(|_| Ok(()))).expect("a run")
    }

    fn run_full(&mut self) -> ExtractCounts {
        self.run_with(true, Box::new(|_| Ok(()))).expect("a run")
    }

    fn run_with(&mut self, full: bool, before: OnBatch<'_>) -> Result<ExtractCounts> {
        let source =
            MongoSource::new(&self.settings, "conversations", self.store.clone()).since(self.since);
        let known = self.marks.clone();
        let events = Events::default();
        let mut sink = Committing {
            store: &self.store,
            marks: &mut self.marks,
            dead_letters: &mut self.dead_letters,
            counts: ExtractCounts::default(),
            batches: 0,
            before,
        };
        let outcome = source.read(&known, full, &mut sink, &events);
        let counts = sink.counts;
        assert_eq!(
            counts.read,
            counts.landed + counts.duplicates + counts.dead_lettered
        );
        self.events = events.0.into_inner().expect("events");
        outcome.map(|()| counts)
    }

    fn rows(&self) -> Vec<Row> {
        self.store.rows.lock().expect("rows").clone()
    }

    fn ids(&self) -> BTreeSet<String> {
        self.rows().into_iter().map(|row| row.id).collect()
    }

    fn notices(&self) -> Vec<&str> {
        let notices = self.events.iter().filter_map(|event| match event {
            Event::Noticed { message, .. } => Some(message.as_str()),
            _ => None,
        });
        notices.collect()
    }

    fn retries(&self) -> usize {
        self.events
            .iter()
            .filter(|event| matches!(event, Event::ExtractRetried { .. }))
            .count()
    }
}

/// The shared server with an empty database and an index on the mark.
fn bench(server: &Mongod, database: &str) -> Bench {
    server.command(database, doc! { "dropDatabase": 1 });
    index(server, database);
    Bench::new(&server.uri(), database)
}

fn index(server: &Mongod, database: &str) {
    let keys = doc! { "key": { "ingestedAt": 1 }, "name": "ingestedAt" };
    server.command(
        database,
        doc! { "createIndexes": "conversations", "indexes": [keys] },
    );
}

fn at(millis: i64) -> Bson {
    Bson::DateTime(DateTime::from_millis(millis))
}

/// `count` entries, `ties` of them at each instant, a second apart.
fn entries(count: i64, ties: i64) -> Vec<Document> {
    (0..count)
        .map(|n| doc! {
            "_id": ObjectId::from_parts(1_700_000_000, [1; 5], [(n >> 16) as u8, (n >> 8) as u8, n as u8]),
            "type": "user", "sessionId": "s", "uuid": n.to_string(),
            "message": { "role": "user", "content": format!("prompt {n}") },
            "ingestedAt": at(T0 + n / ties * 1000),
        })
        .collect()
}

fn counts(counts: ExtractCounts) -> (u64, u64, u64, u64) {
    (
        counts.read,
        counts.landed,
        counts.duplicates,
        counts.dead_lettered,
    )
}

/// One document of every kind of mark.
fn kinds(name: &str, offset: i64) -> Vec<Document> {
    let iso = jiff::Timestamp::from_millisecond(T0 + offset)
        .expect("an instant")
        .to_string();
    let mark =
        |kind: &str, mark: Bson| doc! { "uuid": format!("{name} {kind}"), "ingestedAt": mark };
    let seconds = u32::try_from((T0 + offset) / 1000).expect("seconds");
    vec![
        mark("date", at(T0 + offset)),
        mark("text", Bson::String(iso)),
        mark("label", Bson::String(format!("run-{:06}", offset / 1000))),
        mark("counter", Bson::Int64(offset)),
        mark("seconds", Bson::Int64((T0 + offset) / 1000)),
        mark("epoch", Bson::Int64(T0 + offset)),
        mark("double", Bson::Double((T0 + offset) as f64)),
        mark(
            "timestamp",
            Bson::Timestamp(bson::Timestamp {
                time: seconds,
                increment: 1,
            }),
        ),
        mark(
            "object id",
            Bson::ObjectId(ObjectId::from_parts(seconds, [1; 5], [2; 3])),
        ),
        mark("null", Bson::Null),
        mark("list", Bson::Array(vec![at(T0 + offset), at(T0 - offset)])),
        mark("document", Bson::Document(doc! { "at": 1 })),
        mark("truth", Bson::Boolean(true)),
        mark("NaN", Bson::Double(f64::NAN)),
        mark("endless", Bson::Double(f64::INFINITY)),
        doc! { "uuid": format!("{name} missing") },
        doc! { "_id": format!("{name} id"), "uuid": format!("{name} missing, text id") },
    ]
}
