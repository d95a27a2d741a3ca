//! MongoDB as a source, against a real server.

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

#[test]
fn a_second_run_finds_nothing_new_and_a_changed_document_is_read_again() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "nothing_new");
    server.insert("nothing_new", "conversations", entries(2000, 50));
    assert_eq!(counts(bench.run()), (2000, 2000, 0, 0));
    assert!(bench.notices().is_empty(), "{:?}", bench.notices());
    let mark = bench.marks.clone();
    assert_eq!(
        counts(bench.run()),
        (2000, 0, 2000, 0),
        "40 s of marks lie within the lookback"
    );
    assert_eq!(bench.marks, mark);

    bench.settings.lookback = Duration::from_secs(1);
    assert_eq!(counts(bench.run()), (100, 0, 100, 0));
    let change = doc! { "q": { "uuid": "1990" }, "u": { "$set": { "changed": true } } };
    server.command(
        "nothing_new",
        doc! { "update": "conversations", "updates": [change] },
    );
    assert_eq!(counts(bench.run()), (100, 1, 99, 0));
    let rows = bench.rows();
    let last = rows.last().expect("a row");
    let first = rows
        .iter()
        .find(|row| row.id == last.id)
        .expect("its first version");
    assert!(last.seq > first.seq && last.hash != first.hash);
    assert!(last.json.contains(r#""changed":true"#));
}

#[test]
fn no_document_is_lost_at_ties_when_a_run_stops_in_their_middle() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "ties");
    server.insert("ties", "conversations", entries(20_000, 3000));
    bench.settings.batch_size = 77;
    bench.settings.lookback = Duration::ZERO;
    let stop = Box::new(|batch| match batch {
        1 => Ok(()),
        _ => Err(Error::new(Kind::Cancelled, "stopped")),
    });
    let error = bench.run_with(false, stop).expect_err("stopped");
    assert_eq!(error.kind(), Kind::Cancelled);
    let committed = bench.rows().len();
    assert!(
        (1..20_000).contains(&committed) && !committed.is_multiple_of(3000),
        "the first batch is committed, in the middle of a tie: {committed}"
    );
    let rest = bench.run();
    assert_eq!(rest.landed as usize, 20_000 - committed);
    assert_eq!(
        rest.duplicates as usize,
        committed % 3000,
        "read again: the documents of the tie already landed"
    );
    assert_eq!(bench.ids().len(), 20_000);
    assert_eq!(bench.rows().len(), 20_000);
}

#[test]
fn late_documents_are_found_within_the_lookback_and_by_full_runs() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "late");
    server.insert("late", "conversations", entries(100, 1));
    bench.settings.lookback = Duration::from_secs(30);
    bench.run();
    let late = |name: &str, millis| doc! { "uuid": name, "ingestedAt": at(millis) };
    let newest = T0 + 99_000;
    server.insert(
        "late",
        "conversations",
        vec![
            late("tie", newest),
            late("within", newest - 29_000),
            late("too late", newest - 31_000),
            late("new", newest + 1),
        ],
    );
    let second = bench.run();
    assert_eq!(second.landed, 3);
    let json: String = bench.rows().iter().map(|row| row.json.as_str()).collect();
    assert!(
        ["tie", "within", "new"]
            .iter()
            .all(|name| json.contains(name))
    );
    assert!(!json.contains("too late"));
    assert_eq!(bench.run_full().landed, 104);
    assert_eq!(bench.ids().len(), 104);
}

#[test]
fn without_an_index_everything_is_found_and_the_index_is_named() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    server.command("no_index", doc! { "dropDatabase": 1 });
    let mut bench = Bench::new(&server.uri(), "no_index");
    let mut documents = entries(3000, 10);
    documents.reverse();
    server.insert("no_index", "conversations", documents);
    assert_eq!(counts(bench.run()), (3000, 3000, 0, 0));
    let notices = bench.notices();
    let [notice] = notices.as_slice() else {
        panic!("{notices:?}")
    };
    assert!(
        notice.contains("db.conversations.createIndex({ingestedAt: 1, _id: 1})"),
        "{notice}"
    );
    let instants: Vec<_> = bench.rows().iter().map(|row| row.ingested_at).collect();
    assert!(instants.is_sorted());
    assert_eq!(bench.run().landed, 0);
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

fn mixed_marks(server: &Mongod, database: &str, mut bench: Bench) {
    let first = kinds("first", 0);
    let each = first.len() as u64;
    server.insert(database, "conversations", first);
    server.insert(database, "conversations", entries(10, 1));
    assert_eq!(counts(bench.run()), (each + 10, each + 10, 0, 0));
    assert_eq!(bench.ids().len() as u64, each + 10);
    for _ in 0..2 {
        assert_eq!(bench.run().landed, 0);
    }
    server.insert(database, "conversations", kinds("second", 60_000));
    let second = bench.run();
    // Of the documents without order, which are few, all are landed again when one is new.
    let unordered = 7;
    assert_eq!(second.landed, each + unordered, "{:?}", bench.rows().len());
    assert_eq!(bench.ids().len() as u64, 2 * each + 10);
    for _ in 0..2 {
        assert_eq!(bench.run().landed, 0);
    }
    assert_eq!(bench.run_full().landed, 2 * each + 10);
}

#[test]
fn marks_of_all_types_with_an_index() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    mixed_marks(server, "mixed", bench(server, "mixed"));
}

#[test]
fn marks_of_all_types_without_an_index() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    server.command("mixed_no_index", doc! { "dropDatabase": 1 });
    mixed_marks(
        server,
        "mixed_no_index",
        Bench::new(&server.uri(), "mixed_no_index"),
    );
}

#[test]
fn marks_that_tell_no_time_lose_nothing_at_ties() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "counters");
    let counted = |mark: i64, n: i32| doc! { "uuid": n, "ingestedAt": mark };
    let insert = |documents| server.insert("counters", "conversations", documents);
    insert(vec![counted(9, 1), counted(10, 2), counted(10, 3)]);
    assert_eq!(bench.run().landed, 3);
    assert_eq!(counts(bench.run()), (2, 0, 2, 0));
    insert(vec![counted(10, 4)]);
    assert_eq!(
        bench.run().landed,
        3,
        "a new document at the mark: its ties are landed again"
    );
    insert(vec![counted(11, 5)]);
    assert_eq!(counts(bench.run()), (4, 1, 3, 0));
    assert_eq!(counts(bench.run()), (1, 0, 1, 0));
    assert_eq!(bench.ids().len(), 5);
}

#[test]
fn a_text_that_is_no_date_hides_nothing() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "strays");
    let entry = |mark: &str| doc! { "ingestedAt": mark };
    let insert = |marks: &[&str]| {
        server.insert(
            "strays",
            "conversations",
            marks.iter().map(|mark| entry(mark)).collect(),
        );
    };
    insert(&[
        "2026-08-10T16:55:41.385Z",
        "20xx",
        "2o26-08-10",
        "unknown",
        "",
        "run-1",
    ]);
    assert_eq!(bench.run().landed, 6);
    assert_eq!(bench.run().landed, 0);
    insert(&["2026-08-10T16:55:41.386Z"]);
    assert_eq!(bench.run().landed, 1);
    insert(&["20xy"]);
    assert_eq!(bench.run().landed, 1);
    insert(&["never"]);
    assert_eq!(
        bench.run().landed,
        5,
        "texts of no year have no order: one more, and all land again"
    );
    assert_eq!(bench.run().landed, 0);
}

#[test]
fn marks_in_the_future_do_not_hide_what_comes_today() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "future");
    let entry = |name: &str, millis| doc! { "uuid": name, "ingestedAt": at(millis) };
    let now = jiff::Timestamp::now().as_millisecond();
    server.insert(
        "future",
        "conversations",
        vec![entry("far", now + 10_000_000_000), entry("now", now)],
    );
    assert_eq!(bench.run().landed, 2);
    server.insert("future", "conversations", vec![entry("next", now + 1)]);
    assert_eq!(bench.run().landed, 1);
    assert_eq!(bench.run().landed, 0);
}

#[test]
fn every_type_of_id_is_kept_apart() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "ids");
    let ids = [
        Bson::ObjectId(ObjectId::from_bytes([1; 12])),
        Bson::String("010101010101010101010101".into()),
        Bson::Int32(5),
        Bson::Int64(1 << 40),
        Bson::Double(5.5),
        Bson::Decimal128("6.5".parse().expect("decimal")),
        Bson::String("5".into()),
        Bson::Boolean(true),
        Bson::String("true".into()),
        at(T0),
        Bson::from(bson::Uuid::from_bytes([2; 16])),
        Bson::String("02020202-0202-0202-0202-020202020202".into()),
        Bson::Document(doc! { "session": "s", "line": 1 }),
        Bson::Binary(bson::Binary {
            subtype: bson::spec::BinarySubtype::Generic,
            bytes: vec![1, 2],
        }),
        Bson::Timestamp(bson::Timestamp {
            time: 1,
            increment: 1,
        }),
        Bson::Null,
        Bson::MinKey,
    ];
    let documents = ids
        .iter()
        .map(|id| doc! { "_id": id.clone(), "ingestedAt": at(T0) });
    server.insert("ids", "conversations", documents.collect());
    assert_eq!(bench.run().landed, ids.len() as u64);
    assert_eq!(bench.ids().len(), ids.len());
    assert!(bench.ids().contains("010101010101010101010101"));
    assert!(bench.ids().contains("ids.conversations/5"));
    assert!(bench.ids().contains("ids.conversations#number:5"));
    assert_eq!(bench.run().landed, 0);
}

#[test]
fn drifting_types_land_and_what_cannot_is_dead_lettered_once() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "drift");
    let drifting = [
        doc! { "message": "text", "toolUseResult": "Error", "timestamp": at(T0) },
        doc! { "message": { "content": [1, "a", { "type": 5 }] }, "toolUseResult": { "a": 1 } },
        doc! { "message": [], "toolUseResult": [1], "timestamp": 5, "usage": Bson::Null },
        doc! { "uuid": { "a": 1 }, "isMeta": "yes", "cwd": ["a"], "version": 2.1 },
    ];
    let documents = drifting.iter().cloned().map(|mut document| {
        document.insert("ingestedAt", at(T0));
        document
    });
    server.insert("drift", "conversations", documents.collect());
    let nul = doc! { "_id": "nul", "stdout": "a\0b", "ingestedAt": at(T0) };
    server.insert("drift", "conversations", vec![nul]);
    // The driver refuses to build text that is not UTF-8; the server stores it all the same.
    let mut bytes = RawDocumentBuf::try_from(
        &doc! { "_id": "latin", "stdout": "caf\u{7f}", "ingestedAt": at(T0) },
    )
    .expect("BSON")
    .into_bytes();
    *bytes
        .iter_mut()
        .find(|byte| **byte == 0x7f)
        .expect("the byte") = 0xe9;
    let latin = RawDocumentBuf::from_bytes(bytes).expect("a frame");
    server.with_client(|client| async move {
        let collection = client
            .database("drift")
            .collection::<RawDocumentBuf>("conversations");
        collection.insert_one(latin).await.expect("inserted");
    });
    assert_eq!(counts(bench.run()), (6, 4, 0, 2));
    let letters: BTreeMap<_, _> = bench
        .dead_letters
        .iter()
        .map(|(position, reason, payload)| (position.as_str(), (reason.as_str(), payload.as_str())))
        .collect();
    let (reason, payload) = letters["conversations drift.conversations/nul"];
    assert!(
        reason.contains("NUL") && reason.contains("stdout"),
        "{reason}"
    );
    assert!(payload.contains(r#""stdout":"a\u0000b""#), "{payload}");
    let (reason, payload) = letters["conversations drift.conversations/latin"];
    assert!(reason.contains("BSON"), "{reason}");
    assert!(payload.starts_with("base64:"), "{payload}");
    assert_eq!(counts(bench.run()), (6, 0, 6, 0));
}

#[test]
fn since_reads_again_and_limits_a_first_run() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "since");
    server.insert("since", "conversations", entries(100, 1));
    server.insert("since", "conversations", kinds("kind", 95_000));
    bench.settings.lookback = Duration::from_secs(1);
    bench.since = Some(jiff::Timestamp::from_millisecond(T0 + 90_000).expect("an instant"));
    let first = bench.run();
    // Documents without mark are as old as their ObjectId, which is of today; those without any
    // order are always read.
    assert_eq!(first.landed, 10 + 17);
    bench.since = None;
    assert_eq!(bench.run().landed, 0);
    bench.since = Some(jiff::Timestamp::from_millisecond(T0 + 50_000).expect("an instant"));
    assert_eq!(bench.run().landed, 50 + 7 + 2, "{:?}", bench.rows());
    bench.since = Some(jiff::Timestamp::now());
    server.insert(
        "since",
        "conversations",
        vec![doc! { "uuid": "between", "ingestedAt": at(T0 + 200_000) }],
    );
    assert_eq!(
        bench.run().landed,
        1,
        "a later instant does not leave a gap behind the mark"
    );
}

#[test]
fn a_field_inside_a_document_or_the_id_can_be_the_mark() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "field");
    let entry = |n: i64| doc! { "uuid": n, "sync": { "at": at(T0 + n * 1000) } };
    server.insert("field", "conversations", (0..50).map(entry).collect());
    bench.settings.mark_field = "sync.at".to_owned();
    bench.settings.lookback = Duration::from_secs(5);
    assert_eq!(bench.run().landed, 50);
    assert_eq!(counts(bench.run()), (6, 0, 6, 0));
    bench.settings.mark_field = "_id".to_owned();
    assert_eq!(
        bench.run().landed,
        50,
        "the mark of another field is of no use"
    );
    assert!(
        bench
            .notices()
            .iter()
            .any(|notice| notice.contains("`sync.at`"))
    );
    server.insert("field", "conversations", vec![entry(60)]);
    assert_eq!(bench.run().landed, 1);
}

#[test]
fn a_server_that_comes_back_is_read_to_the_end() {
    let Some(mut server) = Mongod::start(Setup::default()) else {
        return;
    };
    index(&server, "crash");
    server.insert("crash", "conversations", entries(40_000, 700));
    let mut bench = Bench::new(&server.uri(), "crash");
    bench.settings.batch_size = 300;
    let counted = std::thread::scope(|scope| {
        let server = &mut server;
        let mut server = Some(server);
        bench
            .run_with(
                false,
                Box::new(|batch| {
                    if batch == 2
                        && let Some(server) = server.take()
                    {
                        server.kill();
                        scope.spawn(|| {
                            std::thread::sleep(Duration::from_millis(1500));
                            server.resume();
                        });
                    }
                    Ok(())
                }),
            )
            .expect("the run goes on")
    });
    assert_eq!(counts(counted), (40_000, 40_000, 0, 0));
    assert_eq!(bench.ids().len(), 40_000);
    assert!(bench.retries() > 0);
    assert_eq!(bench.run().landed, 0);
}

#[test]
fn a_cursor_the_server_forgot_is_opened_again_where_it_was() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let mut bench = bench(server, "cursor");
    server.insert("cursor", "conversations", entries(5000, 800));
    bench.settings.uri = Secret::new(format!("{}&appName=forgetful", server.uri()));
    bench.settings.batch_size = 300;
    // CursorNotFound, twice, in the middle of the documents of one instant.
    let fail = doc! { "failCommands": ["getMore"], "errorCode": 43, "appName": "forgetful" };
    let twice = doc! { "times": 2 };
    server.command(
        "admin",
        doc! { "configureFailPoint": "failCommand", "mode": twice, "data": fail },
    );
    assert_eq!(counts(bench.run()), (5000, 5000, 0, 0));
    assert_eq!(bench.ids().len(), 5000);
    assert_eq!(bench.retries(), 2);
}

#[test]
fn a_server_that_stays_away_is_named_and_the_next_run_goes_on() {
    let Some(mut server) = Mongod::start(Setup {
        auth: true,
        tls: false,
    }) else {
        return;
    };
    index(&server, "gone");
    server.insert("gone", "conversations", entries(30_000, 10));
    let mut bench = Bench::new(&server.uri(), "gone");
    bench.settings.retries = 1;
    bench.settings.timeout = Duration::from_secs(1);
    bench.settings.batch_size = 300;
    bench.settings.lookback = Duration::from_secs(60);
    let mut first = Some(&mut server);
    let error = bench
        .run_with(
            false,
            Box::new(|batch| {
                if batch == 1
                    && let Some(server) = first.take()
                {
                    server.kill();
                }
                Ok(())
            }),
        )
        .expect_err("no server");
    assert_eq!(error.kind(), Kind::SourceUnavailable);
    let text = error.to_string();
    assert!(
        text.contains(&format!("mongodb://***@{}", server.host())),
        "{text}"
    );
    assert!(text.contains("`gone.conversations`"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    assert!(bench.retries() >= 1);
    let before = bench.rows().len();
    assert!((1..30_000).contains(&before), "{before}");
    server.resume();
    bench.settings.timeout = Duration::from_secs(10);
    bench.settings.retries = 5;
    let rest = bench.run();
    assert_eq!(rest.landed as usize, 30_000 - before);
    assert_eq!(rest.duplicates, 610);
    assert_eq!(bench.ids().len(), 30_000);
}

#[test]
fn logins_and_tls_are_explained() {
    let Some(server) = Mongod::start(Setup {
        auth: true,
        tls: true,
    }) else {
        return;
    };
    server.insert("secure", "conversations", entries(10, 1));
    assert_eq!(Bench::new(&server.uri(), "secure").run().landed, 10);
    let failure = |uri: &str| {
        let error = Bench::new(uri, "secure")
            .run_with(false, Box::new(|_| Ok(())))
            .expect_err("refused");
        let text = error.to_string();
        assert!(
            !text.contains(PASSWORD) && !text.contains("wr0ng"),
            "{text}"
        );
        (error.kind(), text)
    };
    let (host, options) = (server.host(), server.options());
    let (kind, text) = failure(&format!("mongodb://{USER}:wr0ng@{host}/?{options}"));
    assert_eq!(kind, Kind::Config, "{text}");
    assert!(
        text.contains("log in") && text.contains("authSource"),
        "{text}"
    );
    let (kind, text) = failure(&format!("mongodb://{host}/?{options}"));
    assert_eq!(kind, Kind::Config, "{text}");
    assert!(text.contains("not allowed"), "{text}");
    let (kind, text) = failure(&format!(
        "mongodb://{USER}:wr0ng@{host}/?directConnection=true"
    ));
    assert_eq!(kind, Kind::SourceUnavailable, "{text}");
    assert!(text.contains("tls=true"), "{text}");
    let (kind, text) = failure(&format!(
        "mongodb://{USER}:wr0ng@{host}/?directConnection=true&tls=true"
    ));
    assert_eq!(kind, Kind::SourceUnavailable, "{text}");
    assert!(text.contains("tlsCAFile"), "{text}");
}

#[test]
fn wrong_settings_are_explained() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    server.command("settings", doc! { "dropDatabase": 1 });
    server.insert("settings", "conversation", entries(1, 1));
    let failure = |uri: &str, database: &str| {
        let error = Bench::new(uri, database)
            .run_with(false, Box::new(|_| Ok(())))
            .expect_err("refused");
        (error.kind(), error.to_string())
    };
    let (kind, text) = failure(&server.uri(), "settings");
    assert_eq!(kind, Kind::Config);
    assert!(
        text.contains("`conversations`") && text.contains("to `conversation`?"),
        "{text}"
    );
    let (kind, text) = failure(&server.uri(), "setting");
    assert_eq!(kind, Kind::Config);
    assert!(
        text.contains("`setting`") && text.contains("to `settings`?"),
        "{text}"
    );
    let (kind, text) = failure(&format!("{}&socketTimeoutMS=5", server.uri()), "settings");
    assert_eq!(kind, Kind::Config);
    assert!(text.contains("Remove `socketTimeoutMS`"), "{text}");
    let (kind, text) = failure(
        &format!("mongodb://{}/?replicaSet=rs1", server.host()),
        "settings",
    );
    assert_eq!(kind, Kind::SourceUnavailable);
    assert!(text.contains("replicaSet"), "{text}");
    let (kind, text) = failure("mongodb://127.0.0.1:1/", "settings");
    assert_eq!(kind, Kind::SourceUnavailable);
    assert!(text.contains("127.0.0.1:1"), "{text}");
    let (kind, _) = failure("localhost", "settings");
    assert_eq!(kind, Kind::Config);
}
