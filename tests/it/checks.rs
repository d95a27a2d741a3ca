//! `cca check` from outside: what it writes, shows and remembers.

use serde_json::Value;

use crate::fixtures::{cca, fail, succeed, transcripts, user_line};

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
