//! Totals that independent programs computed over real transcripts.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::fixtures;

fn number(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("not an integer: {value}"))
}

/// Lays out the session's transcript from its `from`-th line on as a tree of its own.
fn slice(source: &Path, target: &Path, from: usize) {
    let text = std::fs::read(source).expect("readable");
    let rest: Vec<u8> = text
        .split_inclusive(|byte| *byte == b'\n')
        .skip(from)
        .flatten()
        .copied()
        .collect();
    std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
    std::fs::write(target, rest).expect("written");
}

#[test]
fn tokens_of_real_sessions_equal_an_independent_recording() {
    let Some(shared) = fixtures::shared("the comparison with recorded token totals") else {
        return;
    };
    let transcripts = shared.join("data/transcripts");
    let oracle: Value = serde_json::from_slice(
        &std::fs::read(transcripts.join("ORACLE_entire_token_usage.json")).expect("readable"),
    )
    .expect("JSON");
    let sessions = oracle["sessions"].as_array().expect("a list");
    let dir = tempfile::tempdir().expect("a folder");
    let root = dir.path().join("claude");
    for session in sessions {
        let id = session["session"].as_str().expect("an id");
        let repository = session["repo"].as_str().expect("a repository");
        let file = walkdir::WalkDir::new(transcripts.join(repository).join("projects"))
            .into_iter()
            .flatten()
            .find(|item| item.file_name().to_string_lossy() == format!("{id}.jsonl"))
            .unwrap_or_else(|| panic!("no transcript of {id}"));
        let from = usize::try_from(number(&session["from_line_index"])).expect("an index");
        slice(
            file.path(),
            &root
                .join("projects")
                .join(repository)
                .join(format!("{id}.jsonl")),
            from,
        );
    }
    fixtures::succeed(
        fixtures::cca(dir.path())
            .args(["backfill", "-q", "--roots"])
            .arg(&root),
    );
    let rows = fixtures::query(
        dir.path(),
        "SELECT s.session_id, count(*) AS api_calls, sum(c.input_tokens)::BIGINT AS input_tokens,
                sum(c.cache_creation_tokens)::BIGINT AS cache_creation_input_tokens,
                sum(c.cache_read_tokens)::BIGINT AS cache_read_input_tokens,
                sum(c.output_tokens)::BIGINT AS output_tokens
         FROM marts.fct_api_calls c JOIN marts.dim_sessions s USING (session_key)
         GROUP BY s.session_id",
    );
    // The recording counts local notices as responses (without tokens); they are none.
    let notices = fixtures::query(
        dir.path(),
        "SELECT session_id, count(DISTINCT message_id) AS notices FROM raw.conversations
         WHERE model = '<synthetic>' GROUP BY session_id",
    );
    let notices: BTreeMap<&str, i64> = notices
        .iter()
        .map(|row| {
            (
                row["session_id"].as_str().expect("an id"),
                number(&row["notices"]),
            )
        })
        .collect();
    let ours: BTreeMap<&str, &Value> = rows
        .iter()
        .map(|row| (row["session_id"].as_str().expect("an id"), row))
        .collect();
    let mut compared = 0;
    for session in sessions {
        let id = session["session"].as_str().expect("an id");
        for key in [
            "api_calls",
            "input_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
            "output_tokens",
        ] {
            let mut found = ours.get(id).map_or(0, |row| number(&row[key]));
            if key == "api_calls" {
                found += notices.get(id).copied().unwrap_or(0);
            }
            assert_eq!(found, number(&session[key]), "{key} of session {id}");
            compared += 1;
        }
    }
    assert_eq!(compared, sessions.len() * 5);
    assert!(sessions.len() >= 16);
}

/// Everything there is, with an independent count of calls and tokens, and every expectation met.
#[test]
fn all_real_transcripts_pass_their_checks_and_an_independent_count() {
    let Some(shared) = fixtures::shared("the run over all real transcripts") else {
        return;
    };
    let transcripts = shared.join("data/transcripts");
    let dir = tempfile::tempdir().expect("a folder");
    let text = fixtures::succeed(
        fixtures::cca(dir.path())
            .args(["backfill", "--format", "json", "--roots"])
            .arg(&transcripts),
    );
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["check"]["failed"], 0);
    assert_eq!(report["check"]["errored"], 0);
    let counts = &report["extract"]["sources"][0]["counts"];
    let count = |key: &str| number(&counts[key]);
    assert_eq!(count("read"), count("landed") + count("dead_lettered"));
    let printed = crate::python::run(COUNT, &[transcripts.to_str().expect("text")]);
    let expected: Vec<i64> = printed
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect();
    let found = [
        "api_calls",
        "output_tokens",
        "cache_creation_tokens",
        "cache_read_tokens",
    ]
    .map(|key| number(&report["summary"][key]));
    assert_eq!(found.as_slice(), expected.get(1..).expect("counts"));
    assert_eq!(count("landed"), *expected.first().expect("a count"));
}

/// Objects, distinct responses, and the largest usage of each, summed.
const COUNT: &str = r#"
import glob, json, sys
objects, calls, decoder = 0, {}, json.JSONDecoder()
for file in glob.glob(sys.argv[1] + "/**/*.jsonl", recursive=True):
    for line in open(file, encoding="utf-8"):
        line = line.strip()
        while line:
            try:
                entry, end = decoder.raw_decode(line)
            except ValueError:
                break
            line = line[end:].strip()
            if not isinstance(entry, dict):
                continue
            objects += 1
            message = entry.get("message") if entry.get("type") == "assistant" else None
            if entry.get("type") == "progress" and entry["data"].get("type") == "agent_progress":
                message = entry["data"]["message"].get("message")
            if not isinstance(message, dict) or not message.get("usage") or message.get("model") == "<synthetic>":
                continue
            call = calls.setdefault(message.get("id"), {})
            for key in ("output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"):
                call[key] = max(call.get(key, 0), message["usage"].get(key) or 0)
sums = [sum(call[key] for call in calls.values()) for key in ("output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")]
print(objects, len(calls), *sums)
"#;
