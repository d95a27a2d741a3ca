//! `cca usage`: both ways of counting agree, scripts find the keys they know, mistakes are named.

use std::path::Path;

use serde_json::{Value, json};

use crate::fixtures::{self, assistant_line, cca, fail, succeed, user_line};
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

/// A report as JSON.
fn report(dir: &Path, root: &Path, arguments: &[&str]) -> Value {
    let mut command = cca(dir);
    command.arg("usage").args(arguments);
    let text = succeed(command.args(["--json", "-q", "--roots"]).arg(root));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

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
fn response(id: &str, model: &str, timestamp: &str, usage: &Value) -> String {
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

#[test]
fn what_is_new_is_there_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(
        dir.path(),
        "p",
        &[("s", &[user_line("hi"), assistant_line("m1", "Bash", 7)])],
    );
    let output =
        |root: &Path| report(dir.path(), root, &["daily"])["totals"]["outputTokens"].clone();
    assert_eq!(output(&root), 7);
    let runs = || {
        std::fs::read_to_string(dir.path().join("data/runs.jsonl"))
            .expect("readable")
            .lines()
            .count()
    };
    let before = runs();
    assert_eq!(output(&root), 7);
    assert_eq!(runs(), before, "nothing new, nothing run");
    let file = root.join("projects/p/s.jsonl");
    let mut text = std::fs::read_to_string(&file).expect("readable");
    text.push_str(&format!("{}\n", assistant_line("m2", "Bash", 5)));
    std::fs::write(&file, text).expect("written");
    assert_eq!(output(&root), 12);
    // A run of everything leaves nothing to do either.
    succeed(cca(dir.path()).args(["sync", "-q", "--roots"]).arg(&root));
    let before = runs();
    assert_eq!(output(&root), 12);
    assert_eq!(runs(), before);
}

#[test]
fn while_a_run_holds_the_store_transcripts_are_read_directly() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(
        dir.path(),
        "p",
        &[("s", &[assistant_line("m1", "Bash", 7)])],
    );
    std::fs::create_dir_all(dir.path().join("data")).expect("made");
    let lock = std::fs::File::create(dir.path().join("data/cca.lock")).expect("created");
    lock.lock().expect("locked");
    let output = cca(dir.path())
        .args(["usage", "daily", "--json", "--roots"])
        .arg(&root)
        .output()
        .expect("runs");
    assert!(output.status.success());
    let daily: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(daily["totals"]["outputTokens"], 7);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("read directly"), "{told}");
}

#[test]
fn scripts_find_the_keys_that_ccusage_publishes() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(
        dir.path(),
        "p",
        &[("s", &[assistant_line("m1", "Bash", 7)])],
    );
    let sums = [
        "inputTokens",
        "outputTokens",
        "cacheCreationTokens",
        "cacheReadTokens",
        "totalTokens",
        "totalCost",
    ];
    let has = |object: &Value, keys: &[&str]| {
        for key in keys {
            assert!(object.get(key).is_some(), "{key} is missing in {object}");
        }
    };
    for (name, list, key) in [
        ("daily", "daily", "date"),
        ("weekly", "weekly", "week"),
        ("monthly", "monthly", "month"),
        ("session", "sessions", "sessionId"),
    ] {
        let found = report(dir.path(), &root, &[name]);
        let row = &found[list][0];
        has(row, &[key, "modelsUsed", "modelBreakdowns"]);
        has(row, &sums);
        has(&found["totals"], &sums);
        has(
            &row["modelBreakdowns"][0],
            &[
                "modelName",
                "inputTokens",
                "outputTokens",
                "cacheCreationTokens",
                "cacheReadTokens",
                "cost",
            ],
        );
        if name == "session" {
            has(row, &["projectPath", "firstActivity", "lastActivity"]);
        } else {
            has(row, &["period", "agent", "metadata"]);
        }
    }
    let blocks = report(dir.path(), &root, &["blocks", "--token-limit", "1000"]);
    has(
        &blocks["blocks"][0],
        &[
            "id",
            "startTime",
            "endTime",
            "actualEndTime",
            "isActive",
            "isGap",
            "entries",
            "tokenCounts",
            "totalTokens",
            "costUSD",
            "models",
            "burnRate",
            "projection",
        ],
    );
    has(
        &blocks["blocks"][0]["tokenCounts"],
        &[
            "inputTokens",
            "outputTokens",
            "cacheCreationInputTokens",
            "cacheReadInputTokens",
        ],
    );
    // The other spelling of the same wish.
    let text = succeed(
        cca(dir.path())
            .args(["usage", "daily", "--format", "json", "-q", "--roots"])
            .arg(&root),
    );
    assert_eq!(
        serde_json::from_str::<Value>(&text).expect("JSON"),
        report(dir.path(), &root, &["daily"])
    );
}

#[test]
fn tables_are_for_people() {
    let dir = tempfile::tempdir().expect("a folder");
    let usage =
        json!({"input_tokens": 1000, "output_tokens": 2000, "cache_read_input_tokens": 1_500_000});
    let lines = [
        response("m1", "claude-opus-4-6", "2026-01-31T22:30:00.000Z", &usage),
        response(
            "m2",
            "claude-haiku-4-5-20251001",
            "2026-01-31T23:30:00.000Z",
            &usage,
        ),
        response("m3", "somebody-else-1", "2026-02-03T23:30:00.000Z", &usage),
    ];
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &lines)]);
    let shown = |arguments: &[&str]| {
        let output = cca(dir.path())
            .arg("usage")
            .args(arguments)
            .arg("--direct")
            .arg("--roots")
            .arg(&root)
            .output()
            .expect("runs");
        format!(
            "{}--- stderr\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    insta::assert_snapshot!(shown(&[
        "daily",
        "--timezone",
        "Europe/Berlin",
        "--breakdown"
    ]));
    insta::assert_snapshot!(shown(&["monthly", "--compact", "--order", "desc"]));
    insta::assert_snapshot!(shown(&["session"]));
    insta::assert_snapshot!(shown(&["blocks"]));
    insta::assert_snapshot!(shown(&["daily", "--until", "2025-01-01"]));
}

#[test]
fn mistakes_are_named_with_what_would_be_right() {
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(
        dir.path(),
        "p",
        &[("s", &[assistant_line("m1", "Bash", 7)])],
    );
    for (arguments, code, words) in [
        (
            &["daily", "--since", "2026-02-30"] as &[&str],
            2,
            ["2026-02-30", "no day of the calendar"],
        ),
        (
            &["daily", "--since", "2026-02-03", "--until", "20260202"],
            2,
            ["--since 2026-02-03", "Exchange"],
        ),
        (
            &["daily", "--timezone", "Europe/Berln"],
            2,
            ["Europe/Berln", "Did you mean `Europe/Berlin`?"],
        ),
        (
            &["daily", "--project", "pp"],
            2,
            ["`pp`", "Did you mean `p`?"],
        ),
        (
            &["daily", "--model", "opsu"],
            2,
            ["`opsu`", "Did you mean `opus`?"],
        ),
        (
            &["daily", "--user", "ann"],
            2,
            ["`ann`", "No user is known"],
        ),
        (
            &["blocks", "--token-limit", "0"],
            2,
            ["--token-limit", "max"],
        ),
        (&["dayly"], 2, ["dayly", "daily"]),
        (&["daily", "--live"], 2, ["terminal", "--live"]),
    ] {
        let message = fail(
            cca(dir.path())
                .arg("usage")
                .args(arguments)
                .arg("--direct")
                .arg("--roots")
                .arg(&root),
            code,
        );
        for word in words {
            assert!(message.contains(word), "{arguments:?}: {message}");
        }
    }
    let message = fail(cca(dir.path()).args(["usage", "daily"]), 3);
    assert!(message.contains("no transcripts"), "{message}");
    let message = fail(
        cca(dir.path()).args(["usage", "daily", "--direct", "--source", "mongo"]),
        2,
    );
    assert!(message.contains("--direct"), "{message}");
}
