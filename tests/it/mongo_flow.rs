//! MongoDB end to end: a collection gives the marts that the transcripts it was filled from give.

use mongodb::bson::{self, DateTime, Document};

use crate::fixtures::{self, cca, query, scalar, succeed};
use crate::mongod::Mongod;

/// The lines of the transcripts below `logs`, as a synchronising service stores them.
fn documents(logs: &std::path::Path) -> Vec<Document> {
    let projects = logs.join("projects");
    let mut documents = Vec::new();
    for item in walkdir::WalkDir::new(&projects)
        .sort_by_file_name()
        .into_iter()
        .flatten()
    {
        if item.path().extension().is_none_or(|kind| kind != "jsonl") {
            continue;
        }
        let below = item.path().strip_prefix(&projects).expect("below");
        let project = below
            .iter()
            .next()
            .expect("a project")
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(item.path()).expect("readable");
        for line in text.lines() {
            let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else {
                continue;
            };
            let mut document = bson::serialize_to_document(&value).expect("an object");
            document.insert("projectId", project.clone());
            document.insert("sourceFile", item.path().to_string_lossy().into_owned());
            // Many documents share an instant, as bulk writes do.
            let second = i64::try_from(documents.len() / 300).expect("small");
            document.insert(
                "ingestedAt",
                DateTime::from_millis(1_767_000_000_000 + second * 1000),
            );
            documents.push(document);
        }
    }
    documents
}

#[test]
fn a_collection_gives_the_marts_of_its_transcripts() {
    let Some(server) = Mongod::shared() else {
        return;
    };
    let files = tempfile::tempdir().expect("a folder");
    let database = tempfile::tempdir().expect("a folder");
    let logs = files.path().join("logs");
    succeed(
        cca(files.path())
            .args([
                "demo",
                "-q",
                "--data-dir",
                "data",
                "--size",
                "3MB",
                "--seed",
                "8",
                "--target",
            ])
            .arg(&logs),
    );
    let documents = documents(&logs);
    assert!(documents.len() > 500);
    let (first, later) = documents.split_at(documents.len() * 2 / 3);
    let name = "marts_of_transcripts";
    server.insert(name, "conversations", first.to_vec());
    let run = |command: &str| -> serde_json::Value {
        let text = succeed(
            cca(database.path())
                .args([command, "--format", "json"])
                .env("MONGO_URI", server.uri())
                .env("MONGO_DB", name),
        );
        serde_json::from_str(&text).expect("JSON")
    };
    let report = run("backfill");
    assert_eq!(
        report["extract"]["sources"][0]["counts"]["landed"],
        first.len()
    );
    server.insert(name, "conversations", later.to_vec());
    let report = run("sync");
    let counts = &report["extract"]["sources"][0]["counts"];
    assert_eq!(counts["landed"], later.len());
    let number = |key: &str| counts[key].as_u64().expect("a count");
    assert_eq!(
        number("read"),
        number("landed") + number("duplicates") + number("dead_lettered")
    );
    let nothing = run("sync");
    assert_eq!(nothing["extract"]["sources"][0]["counts"]["landed"], 0);
    assert_eq!(nothing["load"]["inserted"], 0);
    assert_eq!(
        scalar(database.path(), "SELECT count(*) FROM raw.conversations"),
        documents.len()
    );
    for (relation, columns) in [
        (
            "fct_api_calls",
            "message_id, model, input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens, cost_usd",
        ),
        (
            "fct_tool_calls",
            "tool_name, is_success, is_rejected, is_retry, duration_ms",
        ),
        (
            "fct_file_operations",
            "file_path, operation_type, lines_added, lines_removed, file_extension",
        ),
        (
            "fct_messages",
            "message_id, role, content_length, token_count, timestamp",
        ),
    ] {
        let sql = format!("SELECT {columns} FROM marts.{relation} ORDER BY ALL");
        let expected = query(files.path(), &sql);
        assert!(!expected.is_empty(), "{relation}");
        assert!(
            query(database.path(), &sql) == expected,
            "{relation} differs"
        );
    }
    let raw = scalar(
        database.path(),
        "SELECT _raw_json FROM raw.conversation_json LIMIT 1",
    );
    let raw: serde_json::Value =
        serde_json::from_str(raw.as_str().expect("text")).expect("plain JSON");
    assert!(
        raw["ingestedAt"].as_str().expect("ISO").ends_with('Z'),
        "{raw}"
    );
    assert!(fixtures::marts(database.path()).len() >= 16);
}
