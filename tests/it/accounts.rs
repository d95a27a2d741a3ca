//! read = landed + duplicates + dead-lettered, as rules on what runs left behind, and what breaks
//! each of them.

use std::path::Path;

use cca::warehouse::{Access, Options, Warehouse};
use serde_json::{Value, json};

use crate::fixtures::{cca, query, scalar, succeed, transcripts, user_line};

fn run(dir: &Path, command: &str, root: &Path) {
    succeed(cca(dir).args([command, "-q", "--roots"]).arg(root));
}

/// Statuses of the rules about accounts, by name.
fn rules(dir: &Path) -> Vec<(String, bool)> {
    let mut command = cca(dir);
    command.args(["check", "--select", "bronze_landings", "--format", "json"]);
    let output = command.output().expect("runs").stdout;
    let report: Value = serde_json::from_slice(&output).expect("JSON");
    let results = &report["validation_results"][0]["results"];
    let rule = |result: &Value| {
        let name = result["expectation_config"]["kwargs"]["name"].as_str();
        let name = name.or_else(|| result["expectation_config"]["meta"]["name"].as_str());
        (name.expect("a name").to_owned(), result["success"] == true)
    };
    results
        .as_array()
        .expect("results")
        .iter()
        .map(rule)
        .collect()
}

fn change(dir: &Path, sql: &str) {
    let options = Options::new(Access::ReadWrite);
    let warehouse = Warehouse::open(&dir.join("data/warehouse.duckdb"), &options).expect("opened");
    let connection = warehouse.connect().expect("connected");
    connection.batch(sql).expect("changed");
}

/// Garbage among the lines, a second run, a file that is replaced, and everything again.
#[test]
fn entries_are_accounted_for_from_the_source_to_the_warehouse() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let lines = [
        user_line("a"),
        "garbage".to_owned(),
        user_line("b"),
        user_line("c"),
    ];
    let root = transcripts(dir, "p", &[("s", &lines), ("t", &[user_line("d")])]);
    run(dir, "backfill", &root);
    let longer = [
        user_line("another text, longer than all before it"),
        user_line(&"e".repeat(900)),
    ];
    transcripts(
        dir,
        "p",
        &[("s", &longer), ("u", &["[]".to_owned(), user_line("f")])],
    );
    run(dir, "sync", &root);
    run(dir, "backfill", &root);
    transcripts(dir, "p", &[("v", &[user_line("g")])]);
    run(dir, "backfill", &root);

    let landings = query(
        dir,
        "SELECT read, landed, duplicates, dead_lettered, rows, load_id FROM cca.landings ORDER BY committed_at",
    );
    let landing = |counts: [u64; 4], rows: u64, load: u64| {
        json!({"read": counts[0], "landed": counts[1], "duplicates": counts[2],
               "dead_lettered": counts[3], "rows": rows, "load_id": load})
    };
    // A replaced file leaves a row of control; read from the beginning, dead letters count again.
    assert_eq!(
        landings,
        [
            landing([5, 4, 0, 1], 4, 1),
            landing([4, 3, 0, 1], 4, 2),
            landing([6, 1, 4, 1], 1, 3),
        ]
    );
    assert_eq!(scalar(dir, "SELECT count(*) FROM raw.conversations"), 5);
    for (name, success) in rules(dir) {
        assert!(success, "{name}");
    }

    let broken = [
        (
            "what was read is accounted for",
            "UPDATE cca.landings SET read = read + 1 WHERE load_id = 2",
        ),
        (
            "what was landed is in the lake",
            "UPDATE cca.landings SET rows = 2 WHERE load_id = 2",
        ),
        (
            "what was landed was loaded",
            "UPDATE cca.loads SET entries = 3 WHERE load_id = 1",
        ),
        (
            "what was loaded is there",
            "DELETE FROM raw.conversations WHERE content_text = 'd'",
        ),
    ];
    for (place, (name, sql)) in broken.iter().enumerate() {
        change(dir, sql);
        let unmet: Vec<String> = rules(dir)
            .into_iter()
            .filter(|rule| !rule.1)
            .map(|rule| rule.0)
            .collect();
        assert_eq!(unmet.len(), place + 1, "{unmet:?}");
        assert!(
            unmet.iter().any(|rule| rule.contains(name)),
            "{name} in {unmet:?}"
        );
    }
}

/// A warehouse that is built again takes the whole history; one of an earlier version, without
/// accounts, goes on without accusing what came before.
#[test]
fn accounts_survive_a_new_warehouse_and_begin_in_an_old_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let root = transcripts(dir, "p", &[("s", &[user_line("a"), user_line("b")])]);
    run(dir, "backfill", &root);
    transcripts(dir, "p", &[("t", &[user_line("c")])]);
    run(dir, "sync", &root);
    std::fs::remove_file(dir.join("data/warehouse.duckdb")).expect("removed");
    succeed(cca(dir).args(["load", "-q"]));
    let loaded =
        "SELECT string_agg(load_id || ':' || landed, ' ' ORDER BY committed_at) FROM cca.landings";
    assert_eq!(scalar(dir, loaded), "1:2 1:1");
    assert!(rules(dir).iter().all(|rule| rule.1), "{:?}", rules(dir));

    change(
        dir,
        "DROP TABLE cca.landings; ALTER TABLE cca.loads DROP COLUMN entries; ALTER TABLE cca.loads DROP COLUMN is_whole;",
    );
    transcripts(dir, "p", &[("u", &[user_line("d")])]);
    run(dir, "sync", &root);
    let loaded = "SELECT string_agg(coalesce(load_id::VARCHAR, '-') || ':' || landed, ' ' ORDER BY committed_at) FROM cca.landings";
    assert_eq!(scalar(dir, loaded), "-:2 -:1 2:1");
    assert!(rules(dir).iter().all(|rule| rule.1), "{:?}", rules(dir));
    // And a load of everything knows again what belongs to it.
    succeed(cca(dir).args(["load", "--full", "-q"]));
    assert_eq!(scalar(dir, loaded), "3:2 3:1 3:1");
    assert!(rules(dir).iter().all(|rule| rule.1), "{:?}", rules(dir));
}
