//! Marks of every kind, with and without an index.

use super::*;

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
