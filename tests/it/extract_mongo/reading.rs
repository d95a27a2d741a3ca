//! Runs after runs: what is read, what is recognised, what cannot be converted.

use super::*;

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
