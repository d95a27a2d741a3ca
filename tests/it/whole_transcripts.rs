//! Transcripts that were cut, and machines that stopped writing, as rules on what runs left behind.

use std::path::Path;
use std::time::{Duration, SystemTime};

use cca::warehouse::{Access, Options, Warehouse};
use serde_json::Value;

use crate::fixtures::{assistant_line, cca, query, scalar, succeed, transcripts, user_line};

fn run(dir: &Path, command: &str) {
    succeed(cca(dir).args([command, "-q"]));
}

/// The results of a suite by name; only what the rule found.
fn results(dir: &Path, suite: &str) -> serde_json::Map<String, Value> {
    let mut command = cca(dir);
    command.args(["check", "--select", suite, "--format", "json"]);
    let report: Value =
        serde_json::from_slice(&command.output().expect("runs").stdout).expect("JSON");
    let results = report["validation_results"][0]["results"].as_array();
    let named = results.expect("results").iter().map(|result| {
        let name = result["expectation_config"]["meta"]["name"].as_str();
        let name = name.expect("a name").split_once('(').expect("a name").1;
        let found = [
            result["success"].clone(),
            result["result"]["unexpected_count"].clone(),
            result["result"]["element_count"].clone(),
        ];
        (name.trim_end_matches(')').to_owned(), found.to_vec().into())
    });
    named.collect()
}

fn found(dir: &Path, rule: &str) -> String {
    results(dir, "bronze_transcripts")[rule].to_string()
}

fn days_ago(path: &Path, days: u64) {
    let file = std::fs::File::options().write(true).open(path);
    let time = SystemTime::now() - Duration::from_secs(days * 86_400);
    file.expect("there").set_modified(time).expect("set");
}

const ENDS: &str = "transcripts end with a whole line";
const LINES: &str = "transcripts have whole lines";
const MACHINES: &str = "machines keep writing";

#[test]
fn a_transcript_that_was_cut_is_told_until_it_is_whole() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let root = transcripts(dir, "p", &[("whole", &[user_line("a")])]);
    let settings = format!(
        "[transcripts]\nroots = [{:?}]\n",
        root.to_str().expect("text")
    );
    std::fs::write(dir.join("cca.toml"), settings).expect("written");
    let cut = root.join("projects/p/cut.jsonl");
    let lines = format!("{}\n{}\n", user_line("b"), user_line("c"));
    let (written, missing) = lines.split_at(lines.len() - 40);
    std::fs::write(&cut, written).expect("written");
    run(dir, "backfill");
    // It may still be written.
    assert_eq!(found(dir, ENDS), "[true,0,0]");
    days_ago(&cut, 4);
    run(dir, "sync");
    assert_eq!(found(dir, ENDS), "[false,1,1]");
    assert_eq!(found(dir, LINES), "[true,0,2]");
    let told = cca(dir)
        .args(["check", "--select", "bronze_transcripts"])
        .output();
    let told = String::from_utf8(told.expect("runs").stdout).expect("text");
    assert!(told.contains("p/cut.jsonl"), "{told}");
    let waiting = "SELECT waiting_bytes FROM cca.transcripts WHERE path LIKE '%cut.jsonl'";
    let line = user_line("c").len() - 39;
    assert_eq!(scalar(dir, waiting), line, "of a line that has 39 more");

    // The program that goes on after a crash does not know that it begins in a line.
    std::fs::write(&cut, format!("{written}{}\n", user_line("d"))).expect("written");
    days_ago(&cut, 4);
    run(dir, "sync");
    assert_eq!(found(dir, ENDS), "[true,0,1]");
    assert_eq!(found(dir, LINES), "[false,1,2]");

    std::fs::write(&cut, format!("{written}{missing}")).expect("written");
    days_ago(&cut, 4);
    run(dir, "sync");
    assert_eq!(found(dir, ENDS), "[true,0,1]");
    assert_eq!(found(dir, LINES), "[true,0,2]");
}

#[test]
fn a_machine_that_stopped_writing_is_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let root = transcripts(dir, "p", &[("own", &[user_line("a")])]);
    let copies = dir.join("copies");
    let settings = format!(
        "[transcripts]\nroots = [{root:?}, {copies:?}]\nmachine = \"desk\"\nmachines = [{:?}]\n",
        format!("laptop={}", copies.display()),
    );
    std::fs::write(dir.join("cca.toml"), settings).expect("written");
    std::fs::create_dir_all(copies.join("projects/p")).expect("made");
    let copied = copies.join("projects/p/copied.jsonl");
    std::fs::write(&copied, user_line("b") + "\n").expect("written");
    days_ago(&copied, 13);
    run(dir, "backfill");
    assert_eq!(found(dir, MACHINES), "[true,0,2]");
    days_ago(&copied, 15);
    run(dir, "sync");
    assert_eq!(found(dir, MACHINES), "[false,1,2]");
    let machines = "SELECT string_agg(machine, ' ' ORDER BY machine) FROM cca.transcripts";
    assert_eq!(scalar(dir, machines), "desk laptop");

    // A warehouse of an earlier version learns it from the lake, without anything new.
    {
        let options = Options::new(Access::ReadWrite);
        let path = dir.join("data/warehouse.duckdb");
        let warehouse = Warehouse::open(&path, &options).expect("opened");
        let connection = warehouse.connect().expect("connected");
        connection
            .batch("DROP TABLE cca.transcripts")
            .expect("dropped");
    }
    run(dir, "sync");
    assert_eq!(scalar(dir, machines), "desk laptop");
    assert_eq!(found(dir, MACHINES), "[false,1,2]");
}

#[test]
fn sessions_that_stop_within_a_call_are_counted_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    let root = transcripts(dir, "p", &[("s", &[assistant_line("m1", "Bash", 5)])]);
    succeed(cca(dir).args(["backfill", "-q", "--roots"]).arg(&root));
    let calls = query(dir, "SELECT outcome FROM staging.stg_tool_calls");
    let rule = "sessions that stop within a call";
    let result = &results(dir, "bronze_stg_tool_calls")[rule];
    assert_eq!(
        (calls.len(), result.to_string().as_str()),
        (1, "[false,1,1]")
    );
}
