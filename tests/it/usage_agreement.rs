//! `cca usage`: the store and the transcripts themselves give the same, to the last digit.

use std::path::Path;

use serde_json::{Value, json};

use crate::fixtures::{self, cca, succeed};
use crate::usage::report;
use crate::usage_nasty;

const REPORTS: [&[&str]; 8] = [
    &["daily"],
    &["daily", "--timezone", "America/St_Johns"],
    &["weekly", "--start-of-week", "sunday"],
    &["monthly"],
    &["session"],
    &["project"],
    &["model"],
    &["blocks"],
];

/// Compares every report of the store with the one read directly; gives the calls compared.
fn compare(dir: &Path, root: &Path) -> u64 {
    for arguments in REPORTS {
        let stored = report(dir, root, arguments);
        let direct = report(dir, root, &[arguments, &["--direct"]].concat());
        for (name, rows) in stored.as_object().expect("an object") {
            let other = &direct[name];
            let (Some(rows), Some(others)) = (rows.as_array(), other.as_array()) else {
                assert_eq!(rows, other, "{name} of {arguments:?}");
                continue;
            };
            for (row, other) in rows.iter().zip(others) {
                assert_eq!(row, other, "{arguments:?} of {}", root.display());
            }
            assert_eq!(rows.len(), others.len(), "rows of {arguments:?}");
        }
    }
    let blocks = report(dir, root, &["model"]);
    let models = blocks["models"].as_array().expect("a list");
    models
        .iter()
        .filter_map(|model| model["calls"].as_u64())
        .sum()
}

#[test]
fn direct_and_stored_usage_agree_on_nasty_transcripts() {
    let dir = tempfile::tempdir().expect("a folder");
    for seed in 1..=4 {
        let place = dir.path().join(seed.to_string());
        std::fs::create_dir(&place).expect("made");
        let root = usage_nasty::transcripts(dir.path(), seed, 60);
        assert!(compare(&place, &root) > 20);
    }
}

#[test]
fn direct_and_stored_usage_agree_on_generated_and_real_transcripts() {
    let dir = tempfile::tempdir().expect("a folder");
    let logs = dir.path().join("logs");
    succeed(
        cca(dir.path())
            .args(["demo", "--generate-only", "-q", "--size", "4MB", "--target"])
            .arg(&logs),
    );
    assert!(compare(dir.path(), &logs) > 100);
    let Some(shared) = fixtures::shared("the comparison of usage on real transcripts") else {
        return;
    };
    let real = tempfile::tempdir().expect("a folder");
    assert!(compare(real.path(), &shared.join("data/transcripts")) > 1000);
}

/// One response with the given usage.
pub(crate) fn response(id: &str, model: &str, timestamp: &str, usage: &Value) -> String {
    json!({
        "type": "assistant", "sessionId": "s", "uuid": format!("u-{id}"), "cwd": "/work/p",
        "version": "2.1.100", "timestamp": timestamp, "requestId": format!("r-{id}"),
        "message": {"id": id, "role": "assistant", "model": model, "stop_reason": "end_turn",
                    "content": [], "usage": usage},
    })
    .to_string()
}

#[test]
fn every_rule_of_pricing_is_the_same_in_both_ways() {
    let dir = tempfile::tempdir().expect("a folder");
    let day = "2026-01-02T03:04:05.000Z";
    let small = json!({"input_tokens": 1000, "output_tokens": 2000, "cache_read_input_tokens": 5000,
        "cache_creation_input_tokens": 7000,
        "cache_creation": {"ephemeral_5m_input_tokens": 3000, "ephemeral_1h_input_tokens": 4000}});
    let with = |changes: Value| {
        let mut usage = small.clone();
        for (name, value) in changes.as_object().expect("an object") {
            usage[name] = value.clone();
        }
        usage
    };
    // Dollars, computed by hand: 1000×5 + 2000×25 + 3000×6.25 + 4000×10 + 5000×0.5 millionths.
    let base = 0.116_25;
    let cases = [
        ("m1", "claude-opus-4-6", small.clone(), base),
        (
            "m2",
            "claude-opus-4-6",
            with(json!({"speed": "fast"})),
            base * 6.0,
        ),
        (
            "m3",
            "claude-opus-4-6",
            with(json!({"service_tier": "batch"})),
            base / 2.0,
        ),
        (
            "m4",
            "claude-opus-4-6",
            with(json!({"inference_geo": "us"})),
            base * 1.1,
        ),
        (
            "m5",
            "claude-opus-4-6",
            with(json!({"server_tool_use": {"web_search_requests": 3}})),
            base + 0.03,
        ),
        (
            "m6",
            "us.anthropic.claude-opus-4-6-v1:0",
            small.clone(),
            base * 1.1,
        ),
        ("m7", "claude-opus-9", small.clone(), 0.0),
        // 150,000×6 + 1000×22.5 + 60,000×0.6: above the threshold as a whole.
        (
            "m8",
            "claude-sonnet-4-5",
            json!({"input_tokens": 150_000, "output_tokens": 1000, "cache_read_input_tokens": 60_000}),
            0.9585,
        ),
        // The advisor's 400×1 + 50×5 + 100×1.25 millionths come on top.
        (
            "m9",
            "claude-opus-4-6",
            with(
                json!({"iterations": [{"type": "advisor_message", "model": "claude-haiku-4-5",
            "input_tokens": 400, "output_tokens": 50, "cache_creation_input_tokens": 100}]}),
            ),
            base + 0.000_775,
        ),
    ];
    let sessions: Vec<(String, Vec<String>)> = cases
        .iter()
        .map(|(id, model, usage, _)| {
            let line = response(id, model, day, usage)
                .replace("\"sessionId\":\"s\"", &format!("\"sessionId\":\"{id}\""));
            ((*id).to_owned(), vec![line])
        })
        .collect();
    let sessions: Vec<(&str, &[String])> = sessions
        .iter()
        .map(|(id, lines)| (id.as_str(), lines.as_slice()))
        .collect();
    let root = fixtures::transcripts(dir.path(), "p", &sessions);
    compare(dir.path(), &root);
    let found = report(dir.path(), &root, &["session", "--direct"]);
    for (id, model, _, cost) in &cases {
        let rows = found["sessions"].as_array().expect("a list");
        let row = rows
            .iter()
            .find(|row| row["sessionId"] == *id)
            .expect("a row");
        let found = row["totalCost"].as_f64().expect("a number");
        assert!(
            (found - cost).abs() < 1e-9,
            "{id} {model}: {found} instead of {cost}"
        );
    }
    let advisor = &found["sessions"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|row| row["sessionId"] == "m9")
        .expect("a row")["modelBreakdowns"];
    assert_eq!(advisor[1]["modelName"], "claude-haiku-4-5");
    assert_eq!(advisor[1]["inputTokens"], 400);
}

#[test]
fn prices_follow_the_project_and_the_day() {
    let dir = tempfile::tempdir().expect("a folder");
    let usage = json!({"input_tokens": 1_000_000});
    let lines = [
        response("m1", "claude-opus-4-6", "2026-01-31T23:59:59.000Z", &usage),
        response("m2", "claude-opus-4-6", "2026-02-01T00:00:00.000Z", &usage),
    ];
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &lines)]);
    succeed(cca(dir.path()).args(["init", "-q"]));
    let before = report(dir.path(), &root, &["daily"]);
    assert_eq!(before["totals"]["totalCost"], 10.0);
    let seed = dir.path().join("seeds/model_prices.csv");
    let text = std::fs::read_to_string(&seed).expect("readable");
    let row = text
        .lines()
        .find(|line| line.starts_with("claude-opus-4-6,"))
        .expect("a row");
    let later = row.replace("claude-opus-4-6,,,5,", "claude-opus-4-6,2026-02-01,,4,");
    let earlier = row.replace("claude-opus-4-6,,,", "claude-opus-4-6,,2026-01-31,");
    std::fs::write(&seed, text.replace(row, &format!("{earlier}\n{later}"))).expect("written");
    let daily = report(dir.path(), &root, &["daily"]);
    assert_eq!(daily, report(dir.path(), &root, &["daily", "--direct"]));
    assert_eq!(daily["daily"][0]["totalCost"], 5.0);
    assert_eq!(daily["daily"][1]["totalCost"], 4.0);
}
