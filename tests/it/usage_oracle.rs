//! Reports as JSON against recorded answers of ccusage: every field, type and order. What differs
//! on purpose is listed with its reason; a listed difference that is none fails too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::fixtures::{assistant_line, cca, succeed, transcripts};
use crate::usage_ccusage::ccusage;

#[derive(Deserialize)]
struct Case {
    ccusage: String,
    cca: String,
}

#[derive(Deserialize)]
struct Difference {
    /// Questions it occurs in: words they hold, or all without any.
    #[serde(default)]
    questions: Vec<String>,
    at: String,
    why: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/ccusage")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).expect("readable")
}

/// Where two documents differ: paths without positions, with an example each.
fn differences(path: &str, theirs: &Value, ours: &Value, found: &mut BTreeMap<String, String>) {
    let mut note = |what: &str, theirs: &Value, ours: &Value| {
        found
            .entry(format!("{path}{what}"))
            .or_insert_with(|| format!("{theirs} there, {ours} here"));
    };
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let keys: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
            for key in keys {
                match (theirs.get(key), ours.get(key)) {
                    (Some(theirs), Some(ours)) => {
                        // Keys that are names of projects are positions too.
                        let name = if path == ".projects" { "*" } else { key };
                        differences(&format!("{path}.{name}"), theirs, ours, found);
                    }
                    (Some(value), None) => {
                        found.insert(format!("{path}.{key} is not here"), value.to_string());
                    }
                    (None, value) => {
                        let value = value.map(ToString::to_string).unwrap_or_default();
                        found.insert(format!("{path}.{key} is not there"), value);
                    }
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (theirs, ours) in theirs.iter().zip(ours) {
                differences(&format!("{path}[]"), theirs, ours, found);
            }
        }
        (Value::Array(_), Value::Array(_)) => note(" in length", theirs, ours),
        (Value::Number(number), Value::Number(other)) => {
            // Money is a fraction here and there; everything else is counted.
            let counted = number.is_u64() && other.is_u64();
            let near = |left: f64, right: f64| (left - right).abs() < 1e-9;
            let is_same = if counted {
                number == other
            } else {
                near(
                    number.as_f64().expect("a number"),
                    other.as_f64().expect("a number"),
                )
            };
            if !is_same {
                note("", theirs, ours);
            }
        }
        _ if theirs == ours => {}
        _ => note("", theirs, ours),
    }
}

fn ours(dir: &Path, question: &str) -> Value {
    let mut command = cca(dir);
    command.arg("usage").args(question.split_whitespace());
    command.args(["--json", "--direct", "-q"]);
    if !question.contains("--timezone") {
        command.args(["--timezone", "UTC"]);
    }
    let text = succeed(command.arg("--roots").arg(folder().join("transcripts")));
    serde_json::from_str(&text).expect("JSON")
}

/// Only the program itself can tell what is active now.
#[test]
fn an_active_block_is_that_of_ccusage() {
    let Some(program) = ccusage() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let now = jiff::Timestamp::now();
    let line = |minutes: i64, id: &str, output: u64| {
        let at = now - jiff::SignedDuration::from_mins(minutes);
        let line = assistant_line(id, "Bash", output);
        let mut line: Value = serde_json::from_str(&line).expect("JSON");
        line["timestamp"] = at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string().into();
        line.to_string()
    };
    let lines = [
        line(600, "a", 900_000),
        line(50, "b", 10),
        line(20, "c", 2000),
        line(3, "d", 4000),
    ];
    let root = transcripts(dir.path(), "-work-p", &[("s", &lines)]);
    for limit in ["7000", "60000", "10000000"] {
        let arguments = [
            "blocks",
            "--active",
            "--token-limit",
            limit,
            "--json",
            "--timezone",
            "UTC",
        ];
        let theirs = Command::new(&program)
            .arg("claude")
            .args(arguments)
            .arg("--offline")
            .env("CLAUDE_CONFIG_DIR", &root)
            .output()
            .expect("ccusage starts");
        let theirs: Value = serde_json::from_slice(&theirs.stdout).expect("JSON");
        let ours = succeed(
            cca(dir.path())
                .arg("usage")
                .args(arguments)
                .args(["--direct", "-q", "--roots"])
                .arg(&root),
        );
        let ours: Value = serde_json::from_str(&ours).expect("JSON");
        assert_eq!(theirs["blocks"][0]["isActive"], true, "{theirs}");
        let mut found = BTreeMap::new();
        differences("", &theirs, &ours, &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn reports_are_those_of_ccusage_but_for_what_is_listed() {
    let dir = tempfile::tempdir().expect("a folder");
    let cases: Vec<Case> = serde_yaml_ng::from_str(&read("cases.yml")).expect("cases");
    let listed: Vec<Difference> =
        serde_yaml_ng::from_str(&read("differences.yml")).expect("differences");
    let expected: Value = serde_json::from_str(&read("expected.json")).expect("answers");
    let mut met = vec![false; listed.len()];
    let mut unlisted = Vec::new();
    for case in &cases {
        let theirs = &expected["answers"][&case.ccusage];
        assert!(theirs.is_object(), "{} is not recorded", case.ccusage);
        let mut found = BTreeMap::new();
        differences("", theirs, &ours(dir.path(), &case.cca), &mut found);
        for (at, example) in found {
            let is_listed = |difference: &Difference| {
                let questions = &difference.questions;
                difference.at == at && (questions.is_empty() || questions.contains(&case.ccusage))
            };
            match listed.iter().position(is_listed) {
                Some(place) => met[place] = true,
                None => unlisted.push(format!("{}: {at} ({example})", case.ccusage)),
            }
        }
    }
    assert!(unlisted.is_empty(), "{}", unlisted.join("\n"));
    for (difference, met) in listed.iter().zip(met) {
        assert!(met, "no difference: {}", difference.at);
        assert!(!difference.why.is_empty(), "{}", difference.at);
    }
}
