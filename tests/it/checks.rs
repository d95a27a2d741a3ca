//! `cca check` from outside: what it writes, shows and remembers.

use serde_json::Value;

use crate::fixtures::{assistant_line, cca, fail, query, succeed, transcripts, user_line};

/// A data folder with one prompt in it, and a project whose own suite is `items`.
fn project(dir: &std::path::Path, items: &str) {
    let root = transcripts(dir, "p", &[("s", &[user_line("hi")])]);
    succeed(cca(dir).args(["init", "-q"]));
    succeed(cca(dir).args(["backfill", "-q", "--roots"]).arg(&root));
    let text =
        format!("suite: own\nlayer: gold\ntable: marts.fct_messages\nexpectations:\n{items}");
    std::fs::write(dir.join("expectations/own.yml"), text).expect("written");
}

const BROKEN: &str =
    "  - expect_column_values_to_be_in_set: {column: role, value_set: [assistant], why: because}
  - expect_table_row_count_to_be_between: {min_value: 1}
  - expect_column_values_to_be_in_set: {column: task_category, value_set: [none], severity: warn}
";

#[test]
fn a_check_leaves_documents_and_a_history() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path(), BROKEN);
    let explained = cca(dir.path()).args(["check", "--select", "own"]).output();
    let explained = String::from_utf8(explained.expect("runs").stdout).expect("text");
    for part in [
        "own.expect_column_values_to_be_in_set(role)",
        "why: because",
        "human",
        "expectations/own.yml:5",
    ] {
        assert!(explained.contains(part), "{part} in {explained}");
    }
    let mut command = cca(dir.path());
    command.args(["check", "--select", "own", "--format", "json"]);
    let output = command
        .args(["--junit", "out/checks.xml", "--html", "out/checks.html"])
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let result = &json["validation_results"][0];
    assert_eq!(result["suite_name"], "own");
    assert_eq!(result["statistics"]["evaluated_expectations"], 3);
    assert_eq!(
        result["results"][0]["result"]["partial_unexpected_list"][0],
        "human"
    );
    assert_eq!(json["meta"]["warned"], 1);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("own.expect_column_values_to_be_in_set(role) (expectations/own.yml:5): "),
        "{told}"
    );
    let xml = dir.path().join("out/checks.xml");
    let counted = crate::python::run(COUNT, &[xml.to_str().expect("text")]);
    assert_eq!(counted.trim(), "3 1 0 1");
    let html = std::fs::read_to_string(dir.path().join("out/checks.html")).expect("written");
    assert!(
        html.contains("The last") && html.contains("own.expect_column_values_to_be_in_set(role)")
    );

    let past = succeed(cca(dir.path()).args([
        "check",
        "--history",
        "own.expect_column_values_to_be_in_set(role)",
    ]));
    assert_eq!(
        past.matches("1 of 1").count(),
        4,
        "observed and message of two checks: {past}"
    );
    let past: Value = serde_json::from_str(&succeed(cca(dir.path()).args([
        "check",
        "--history",
        "own.expect_table",
        "--limit",
        "1",
        "--format",
        "json",
    ])))
    .expect("JSON");
    assert_eq!(past["checks"].as_array().map(Vec::len), Some(1));
    assert_eq!(past["checks"][0]["status"], "passed");
    let message = fail(
        cca(dir.path()).args([
            "check",
            "--history",
            "own.expect_tabel_row_count_to_be_between",
        ]),
        2,
    );
    assert!(
        message.contains("Did you mean `own.expect_table_row_count_to_be_between`?"),
        "{message}"
    );
}

/// Test cases, failures, errors and skipped cases of a JUnit file.
const COUNT: &str = r#"
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
print(*(len(list(root.iter(name))) for name in ("testcase", "failure", "error", "skipped")))
"#;

#[test]
fn a_sync_counts_what_is_new_as_a_check_counts_everything() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let counted = || {
        query(
            dir,
            "SELECT table_name, baseline::JSON->>'$.state.load' AS load_id, baseline
             FROM cca.check_baselines ORDER BY ALL",
        )
    };
    let line = |text: &str| [user_line(text), assistant_line(text, "Bash", 7)];
    let root = transcripts(dir, "p", &[("s", &line("a"))]);
    succeed(cca(dir).args(["backfill", "-q", "--roots"]).arg(&root));
    let mut lines = line("a").to_vec();
    for (load, text) in [("2", "b"), ("3", "c")] {
        lines.extend(line(text));
        transcripts(dir, "p", &[("s", &lines), (text, &line("other"))]);
        succeed(cca(dir).args(["sync", "-q", "--roots"]).arg(&root));
        let by_sync = counted();
        let entries = by_sync
            .iter()
            .find(|one| one["table_name"] == "raw.conversations");
        assert_eq!(entries.expect("entries")["load_id"], load);
        assert!(by_sync.len() > 10, "{by_sync:?}");
        succeed(cca(dir).args(["check", "-q"]));
        assert_eq!(by_sync, counted());
    }
}

#[test]
fn a_broken_source_stops_before_models_change() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path(), BROKEN);
    let suite = "suite: entries\nlayer: bronze\ntable: raw.conversations\nexpectations:\n  \
                 - expect_table_row_count_to_be_between: {max_value: 1}\n";
    std::fs::write(dir.path().join("expectations/own.yml"), suite).expect("written");
    let file = dir.path().join("claude/projects/p/s.jsonl");
    let mut text = std::fs::read_to_string(&file).expect("readable");
    text.push_str(&format!("{}\n", user_line("more")));
    std::fs::write(&file, text).expect("written");
    let root = dir.path().join("claude");
    let sync = |variables: &[(&str, &str)]| {
        let mut command = cca(dir.path());
        command
            .args(["sync", "--format", "json", "--roots"])
            .arg(&root);
        let output = command
            .envs(variables.iter().copied())
            .output()
            .expect("runs");
        assert_eq!(output.status.code(), Some(1));
        serde_json::from_slice::<Value>(&output.stdout).expect("JSON")
    };
    let count =
        |table: &str| crate::fixtures::scalar(dir.path(), &format!("SELECT count(*) FROM {table}"));

    let report = sync(&[]);
    assert_eq!(report["check"]["failed"], 1);
    assert!(
        report["transform"].is_null() && report["publish"].is_null(),
        "{report}"
    );
    assert!(
        report["notices"][0]
            .as_str()
            .is_some_and(|text| text.contains("no model was built"))
    );
    assert_eq!(
        (count("raw.conversations"), count("marts.fct_messages")),
        (2.into(), 1.into())
    );

    // Still broken without anything new, and asked to go on all the same.
    assert!(sync(&[])["transform"].is_null());
    let report = sync(&[("CCA_CHECK_BEFORE_TRANSFORM", "none")]);
    assert!(
        report["transform"].is_object() && report["publish"].is_null(),
        "{report}"
    );
    assert_eq!(count("marts.fct_messages"), 2);

    let mut command = cca(dir.path());
    command
        .args(["sync", "-q", "--roots"])
        .arg(&root)
        .env("CCA_CHECK_BEFORE_TRANSFORM", "rwa.*");
    let message = fail(&mut command, 2);
    assert!(message.contains("no suite matches `rwa.*`"), "{message}");

    // Every suite is evaluated once, in two steps.
    std::fs::remove_file(dir.path().join("expectations/own.yml")).expect("removed");
    let text = succeed(
        cca(dir.path())
            .args(["sync", "--format", "json", "--roots"])
            .arg(&root),
    );
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let stages: Vec<&str> = report["stages"]
        .as_array()
        .expect("stages")
        .iter()
        .filter_map(|stage| stage["stage"].as_str())
        .collect();
    assert_eq!(
        stages,
        ["extract", "load", "check", "transform", "check", "publish"]
    );
    let repeated = "SELECT count(*) FROM (SELECT 1 FROM cca.check_results GROUP BY run_id, suite, name HAVING count(*) > 1)";
    assert_eq!(crate::fixtures::scalar(dir.path(), repeated), 0);
}

/// A table written by another program, with one row that has no price.
const ORDERS: &str = r#"
import duckdb, sys
orders = "SELECT range AS id, CASE WHEN range < 9 THEN range * 1.5 END AS price FROM range(10)"
duckdb.sql(f"COPY ({orders}) TO '{sys.argv[1]}/orders.parquet'")
db = duckdb.connect(f"{sys.argv[1]}/shop.duckdb")
db.sql(f"CREATE TABLE orders AS {orders}")
db.sql("CREATE TABLE customers AS SELECT 1 AS id")
"#;

#[test]
fn any_file_is_checked_without_a_project() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = dir.path();
    crate::python::run(ORDERS, &[here.to_str().expect("text")]);
    let suite = "suite: orders\nlayer: gold\ntable: sales.orders\nexpectations:\n  \
                 - expect_column_values_to_be_unique: {column: id}\n  \
                 - expect_column_values_to_not_be_null: {column: price, mostly: 0.95}\n";
    std::fs::write(here.join("orders.yml"), suite).expect("written");
    let check = |on: &str, more: &[&str]| {
        let mut command = cca(here);
        command
            .args([
                "check",
                "--on",
                on,
                "--suite",
                "orders.yml",
                "--format",
                "json",
            ])
            .args(more);
        let output = command.output().expect("runs");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (
            output.status.code(),
            json,
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    // A Parquet file is the table, whatever the suite calls it.
    let (code, json, _) = check("orders.parquet", &["--html", "page.html"]);
    assert_eq!(code, Some(1));
    let results = &json["validation_results"][0]["results"];
    assert_eq!(
        (&results[0]["success"], &results[1]["success"]),
        (&true.into(), &false.into())
    );
    assert_eq!(results[1]["result"]["unexpected_count"], 1);
    assert!(here.join("page.html").exists());
    assert_eq!(check("*.parquet", &[]).0, Some(1));
    // In a database the suite says which table, or `--table` does.
    let (code, json, _) = check("shop.duckdb", &[]);
    assert_eq!(code, Some(1));
    let message =
        json["validation_results"][0]["results"][0]["exception_info"]["exception_message"]
            .to_string();
    assert!(message.contains("no table `sales.orders`"), "{message}");
    let (code, json, _) = check("shop.duckdb", &["--table", "orders"]);
    assert_eq!((code, &json["meta"]["failed"]), (Some(1), &1.into()));
    // Nothing is left in either place.
    assert!(!here.join("data").exists());
    let tables = crate::python::run(
        "import duckdb, sys; print(duckdb.connect(sys.argv[1]).sql('SHOW ALL TABLES').fetchall().__len__())",
        &[here.join("shop.duckdb").to_str().expect("text")],
    );
    assert_eq!(tables.trim(), "2");

    let (code, _, message) = check("none.parquet", &[]);
    assert!(
        code == Some(3) && message.contains("there is no such file"),
        "{message}"
    );
    let (code, _, message) = check("orders.yml", &[]);
    assert!(
        code == Some(3) && message.contains("cannot be read as DuckDB or Parquet"),
        "{message}"
    );
    let (code, _, message) = check("shop.duckdb", &["--table", "order"]);
    assert!(
        code == Some(2) && message.contains("Did you mean `orders`?"),
        "{message}"
    );

    let proposed = succeed(cca(here).args(["check", "init", "--on", "orders.parquet"]));
    std::fs::write(here.join("proposed.yml"), proposed).expect("written");
    succeed(cca(here).args(["check", "--on", "orders.parquet", "--suite", "proposed.yml"]));
    let message = fail(cca(here).args(["check", "init", "--on", "shop.duckdb"]), 2);
    assert!(message.contains("several tables"), "{message}");
}

#[test]
fn suites_are_validated_before_anything_is_built() {
    let dir = tempfile::tempdir().expect("a folder");
    let here = dir.path();
    succeed(cca(here).args(["init", "-q"]));
    let fine = succeed(cca(here).args(["check", "--validate"]));
    assert!(
        fine.contains("not built yet") && fine.contains("expectations in"),
        "{fine}"
    );
    let suite = "suite: own\nlayer: gold\ntable: marts.fct_mesages\nexpectations:\n  \
                 - expect_column_to_exist: {colum: x}\n  - expect_colum_to_exist: {column: x}\n";
    std::fs::write(here.join("expectations/own.yml"), suite).expect("written");
    let output = cca(here)
        .args(["check", "--validate", "--format", "json"])
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(2));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let places: Vec<&str> = json["faults"]
        .as_array()
        .expect("faults")
        .iter()
        .filter_map(|fault| fault["place"].as_str())
        .collect();
    assert_eq!(
        places,
        [
            "expectations/own.yml:5",
            "expectations/own.yml:6",
            "expectations/own.yml:1"
        ]
    );
    assert!(!here.join("data/warehouse.duckdb").exists());
}
