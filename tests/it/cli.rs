//! What people see when something is wrong: one message, the documented exit code, nothing lost.

use std::process::Stdio;

use crate::fixtures::{self, cca, fail, succeed, user_line};

#[test]
fn wrong_usage_ends_with_two_and_a_hint() {
    let dir = tempfile::tempdir().expect("a folder");
    let message = fail(cca(dir.path()).args(["backfil"]), 2);
    assert!(message.contains("backfill"), "{message}");
    let message = fail(cca(dir.path()).args(["sync", "--colour"]), 2);
    assert!(message.contains("--color"), "{message}");
    std::fs::write(dir.path().join("cca.toml"), "[lake]\ntable_nam = \"x\"\n").expect("written");
    let message = fail(cca(dir.path()).args(["config"]), 2);
    assert!(
        message.contains("cca.toml:2") && message.contains("table_name"),
        "{message}"
    );
}

#[test]
fn without_transcripts_it_says_so_and_offers_a_demonstration() {
    let dir = tempfile::tempdir().expect("a folder");
    let message = fail(cca(dir.path()).args(["backfill"]), 3);
    assert!(
        message.contains("no transcripts") && message.contains("cca demo"),
        "{message}"
    );
    let message = fail(cca(dir.path()).args(["query", "SELECT 1"]), 3);
    assert!(message.contains("cca backfill"), "{message}");
    let text =
        succeed(cca(dir.path()).args(["backfill", "--demo-if-empty=1MB", "--format", "json"]));
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(report["summary"]["api_calls"].as_i64().expect("a count") > 0);
    assert_eq!(report["check"]["failed"], 0);
}

#[test]
fn the_second_of_two_runs_at_once_names_the_first() {
    let dir = tempfile::tempdir().expect("a folder");
    let logs = dir.path().join("logs");
    succeed(
        cca(dir.path())
            .args([
                "demo",
                "--generate-only",
                "-q",
                "--size",
                "30MB",
                "--target",
            ])
            .arg(&logs),
    );
    let mut first = cca(dir.path())
        .args(["backfill", "-q", "--roots"])
        .arg(&logs)
        .stdout(Stdio::null())
        .spawn()
        .expect("starts");
    let lock = dir.path().join("data/cca.lock");
    while std::fs::metadata(&lock).map_or(0, |file| file.len()) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let message = fail(cca(dir.path()).args(["sync", "--roots"]).arg(&logs), 4);
    assert!(
        message.contains("cca backfill") && message.contains(&first.id().to_string()),
        "{message}"
    );
    assert!(first.wait().expect("ended").success());
}

#[test]
fn a_broken_model_names_file_and_line_and_leaves_the_table() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &[user_line("hi")])]);
    succeed(cca(dir.path()).args(["init", "-q"]));
    succeed(
        cca(dir.path())
            .args(["backfill", "-q", "--roots"])
            .arg(&root),
    );
    let model = dir.path().join("sql/models/marts/dim_hour.sql");
    let text = std::fs::read_to_string(&model).expect("readable");
    std::fs::write(&model, format!("{text}\nwhere no_such_column = 1\n")).expect("written");
    let line = text.lines().count() + 2;
    let message = fail(cca(dir.path()).args(["run", "--select", "dim_hour"]), 2);
    assert!(
        message.contains(&format!("sql/models/marts/dim_hour.sql:{line}")),
        "{message}"
    );
    assert!(message.contains("no_such_column"), "{message}");
    assert_eq!(
        fixtures::scalar(dir.path(), "SELECT count(*) FROM marts.dim_hour"),
        24
    );
    std::fs::write(&model, "select * from {{ ref('stg_conversation') }}").expect("written");
    let message = fail(cca(dir.path()).args(["compile"]), 2);
    assert!(
        message.contains("dim_hour.sql:1") && message.contains("stg_conversations"),
        "{message}"
    );
    let message = fail(cca(dir.path()).args(["ls", "--select", "fct_mesages"]), 2);
    assert!(
        message.contains("fct_mes") || message.contains("dim_hour"),
        "{message}"
    );
}

#[test]
fn a_failed_expectation_ends_with_one_and_readers_keep_what_they_have() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &[user_line("hi")])]);
    succeed(cca(dir.path()).args(["init", "-q"]));
    succeed(
        cca(dir.path())
            .args(["backfill", "-q", "--roots"])
            .arg(&root),
    );
    std::fs::write(
        dir.path().join("expectations/own.yml"),
        "suite: own\nlayer: gold\ntable: marts.fct_messages\nexpectations:\n  - expect_table_row_count_to_be_between: {min_value: 1000}\n",
    )
    .expect("written");
    let current = std::fs::read_link(dir.path().join("data/published/current")).expect("published");
    let file = root.join("projects/p/s.jsonl");
    let mut text = std::fs::read_to_string(&file).expect("readable");
    text.push_str(&user_line("more"));
    text.push('\n');
    std::fs::write(&file, text).expect("written");
    let message = fail(cca(dir.path()).args(["sync", "--roots"]).arg(&root), 1);
    assert!(
        message.contains("expect_table_row_count_to_be_between"),
        "{message}"
    );
    assert_eq!(
        std::fs::read_link(dir.path().join("data/published/current")).expect("published"),
        current
    );
    fail(cca(dir.path()).args(["check", "-q"]), 1);
    // Once it holds, what was held back is published.
    std::fs::remove_file(dir.path().join("expectations/own.yml")).expect("removed");
    succeed(cca(dir.path()).args(["sync", "-q", "--roots"]).arg(&root));
    assert_ne!(
        std::fs::read_link(dir.path().join("data/published/current")).expect("published"),
        current
    );
    let rows = fixtures::scalar(dir.path(), "SELECT count(*) FROM marts.fct_messages");
    assert_eq!(rows, 2);
    let published = dir
        .path()
        .join("data/published/current/fct_messages.parquet");
    let count = format!(
        "SELECT count(*) FROM read_parquet('{}')",
        published.display()
    );
    assert_eq!(fixtures::scalar(dir.path(), &count), 2);
}

#[test]
fn queries_read_exactly_and_never_write() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &[user_line("hi")])]);
    succeed(
        cca(dir.path())
            .args(["backfill", "-q", "--roots"])
            .arg(&root),
    );
    let text = succeed(cca(dir.path()).args([
        "query",
        "SELECT 9007199254740993 AS big, 0.10::DECIMAL(4,2) AS dec, NULL AS nothing, [1, 2] AS list",
        "--format",
        "json",
    ]));
    assert_eq!(
        text.split_whitespace().collect::<String>(),
        r#"[{"big":9007199254740993,"dec":0.10,"nothing":null,"list":[1,2]}]"#
    );
    assert_eq!(
        succeed(cca(dir.path()).args(["query", "SELECT 1 AS a WHERE false", "--format", "json"]))
            .trim(),
        "[]"
    );
    fail(
        cca(dir.path()).args(["query", "DELETE FROM marts.dim_hour"]),
        2,
    );
    let message = fail(
        cca(dir.path()).args(["query", "SELECT nonsense FROM marts.dim_hour"]),
        2,
    );
    assert!(message.contains("nonsense"), "{message}");
    let status = std::process::Command::new("sh")
        .arg("-c")
        .arg("\"$0\" query 'SELECT * FROM range(1000000)' --format csv | head -1 >/dev/null; exit ${PIPESTATUS:-0}")
        .arg(fixtures::wrapper(dir.path()))
        .status()
        .expect("runs");
    assert!(status.success());
}

#[test]
fn secrets_are_not_printed() {
    let dir = tempfile::tempdir().expect("a folder");
    let uri = "mongodb://ann:s3cr3t-pass@127.0.0.1:9/?serverSelectionTimeoutMS=200";
    let message = fail(
        cca(dir.path())
            .args(["backfill", "-vv"])
            .env("MONGO_URI", uri)
            .env("CCA_MONGO_RETRIES", "0"),
        3,
    );
    assert!(!message.contains("s3cr3t"), "{message}");
    assert!(message.contains("127.0.0.1:9"), "{message}");
    let config = succeed(
        cca(dir.path())
            .args(["config", "--format", "json"])
            .env("MONGO_URI", uri),
    );
    assert!(!config.contains("s3cr3t"), "{config}");
}

#[test]
fn a_full_disk_leaves_what_was_committed() {
    let dir = tempfile::tempdir().expect("a folder");
    let small = dir.path().join("small");
    std::fs::create_dir(&small).expect("a folder");
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"])
        .arg(&small)
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: the test of a full disk may not mount a small one here");
        return;
    }
    let logs = dir.path().join("logs");
    succeed(
        cca(dir.path())
            .args([
                "demo",
                "--generate-only",
                "-q",
                "--size",
                "25MB",
                "--target",
            ])
            .arg(&logs),
    );
    let output = cca(dir.path())
        .args(["backfill", "--roots"])
        .arg(&logs)
        .env("CCA_DATA_DIR", small.join("data"))
        .output()
        .expect("runs");
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    let unmounted = std::process::Command::new("umount")
        .arg("-l")
        .arg(&small)
        .status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!(output.status.code(), Some(3), "{message}");
    assert!(
        message.contains("No space left") || message.contains("disk"),
        "{message}"
    );
}

#[test]
fn every_command_explains_itself() {
    let dir = tempfile::tempdir().expect("a folder");
    for command in [
        "init",
        "demo",
        "backfill",
        "sync",
        "extract",
        "load",
        "seed",
        "run",
        "check",
        "publish",
        "compile",
        "ls",
        "query",
        "status",
        "config",
        "doctor",
        "completions",
    ] {
        let help = succeed(cca(dir.path()).args([command, "--help"]));
        assert!(help.contains("cca"), "{command} has an example:\n{help}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(succeed(cca(dir.path()).args(["completions", shell])).contains("backfill"));
    }
    let nodes: serde_json::Value = serde_json::from_str(&succeed(
        cca(dir.path()).args(["ls", "--select", "+marts", "--format", "json"]),
    ))
    .expect("JSON");
    let names: Vec<&str> = nodes
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|node| node["name"].as_str())
        .collect();
    for name in [
        "stg_conversations",
        "dim_date",
        "dim_hour",
        "fct_api_calls",
        "agg_model_usage_daily",
        "tool_categories",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}

#[test]
fn the_analyses_of_the_project_run() {
    let dir = tempfile::tempdir().expect("a folder");
    succeed(cca(dir.path()).args(["backfill", "-q", "--demo-if-empty=2MB"]));
    let analyses = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/analyses");
    let mut seen = 0;
    for item in std::fs::read_dir(analyses).expect("analyses") {
        let path = item.expect("an item").path();
        let mut command = cca(dir.path());
        let text = succeed(
            command
                .args(["query", "--format", "json", "--file"])
                .arg(&path),
        );
        let rows: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(
            !rows.as_array().expect("rows").is_empty(),
            "{}",
            path.display()
        );
        seen += 1;
    }
    assert!(seen >= 3);
}
