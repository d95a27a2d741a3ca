//! The model runner on a dbt project of which something cannot be built, or not be written.

use serde_json::Value as Json;

use crate::fixtures::{fail, succeed};
use crate::runner::{command, json, names, project, value};

#[test]
fn a_model_in_python_fails_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    let write =
        |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
    write(
        "models/p.py",
        "def model(dbt, session):\n    dbt.config(materialized='table')\n    return dbt.ref('a')  # dbt.ref('nowhere')\n",
    );
    write("models/q.sql", "select * from {{ ref('p') }}");
    let found = json(dir.path(), &["ls", "--select", "+q"]);
    assert_eq!(names(&found), ["a", "p", "q"]);
    let message = fail(&mut command(dir.path(), &["run", "--select", "a+"]), 2);
    assert!(
        message.contains("model `p` is written in Python, which is not run here"),
        "{message}"
    );
    assert!(message.contains("skipped"), "{message}");
    // What does not read it is built.
    assert_eq!(value(dir.path(), "SELECT count(*) FROM main.c"), "2");
    assert_eq!(
        value(
            dir.path(),
            "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'p'"
        ),
        "0"
    );
}

#[test]
fn a_project_in_a_folder_that_cannot_be_written_says_what_to_do() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    // Who runs as root may write everywhere, but not below a file.
    std::fs::write(dir.path().join("target"), "").expect("written");
    succeed(&mut command(dir.path(), &["ls"]));
    let hint = |folder: &str, flag: &str| {
        let folder = dir.path().join(folder);
        format!(
            "error[unavailable]: failed to create the folder `{}`\n   cause: ",
            folder.display()
        ) + "|"
            + &format!("   hint: Make it writable, or name another one: `{flag} DIR`.")
    };
    let says = |message: &str, folder: &str, flag: &str| {
        let wanted = hint(folder, flag);
        let (first, last) = wanted.split_once('|').expect("two parts");
        assert!(message.starts_with(first), "{message}");
        assert!(message.trim_end().ends_with(last), "{message}");
    };
    let message = fail(
        command(dir.path(), &["build", "-q"]).env_remove("CCA_DATA_DIR"),
        3,
    );
    says(&message, "target/cca", "--data-dir");
    let message = fail(&mut command(dir.path(), &["build", "-q"]), 3);
    says(&message, "target", "--target-path");
    assert!(
        !dir.path().join("shop.duckdb").exists()
            || value(dir.path(), "SELECT count(*) FROM duckdb_tables()") == "0"
    );
    let elsewhere = tempfile::tempdir().expect("a folder");
    let artifacts = elsewhere.path().join("artifacts");
    let folder = artifacts.to_str().expect("text");
    succeed(&mut command(
        dir.path(),
        &["build", "--target-path", folder],
    ));
    assert!(artifacts.join("run_results.json").is_file());
}

#[test]
fn the_first_failure_is_the_last_if_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    let write =
        |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
    write("models/b.sql", "select nothing from {{ ref('a') }}");
    // Not after `b`, but later than it: one thread takes what has most behind it first.
    write("models/z.sql", "select id from {{ ref('a') }}");
    let states = |words: &[&str]| {
        let output = command(dir.path(), words).output().expect("started");
        assert_eq!(output.status.code(), Some(2));
        let report: Json = serde_json::from_slice(&output.stdout).expect("a report");
        let units = report["transform"]["units"]
            .as_array()
            .expect("units")
            .clone();
        let word = |unit: &Json| {
            format!(
                "{} {}",
                unit["name"].as_str().unwrap_or_default(),
                unit["status"].as_str().unwrap_or_default()
            )
        };
        let mut all: Vec<String> = units.iter().map(word).collect();
        all.sort();
        all
    };
    let words = ["run", "--threads", "1", "--format", "json"];
    assert_eq!(
        states(&words),
        ["a ok", "b failed", "c skipped", "d skipped", "z ok"]
    );
    let words = ["run", "--threads", "1", "--format", "json", "--fail-fast"];
    assert_eq!(
        states(&words),
        ["a ok", "b failed", "c skipped", "d skipped", "z skipped"]
    );
}
