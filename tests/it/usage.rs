//! `cca usage`: what is new is there, scripts find the keys they know, mistakes are named.

use std::path::Path;

use serde_json::{Value, json};

use crate::fixtures::{self, assistant_line, cca, fail, succeed, user_line};
use crate::usage_agreement::response;

/// A report as JSON.
pub(crate) fn report(dir: &Path, root: &Path, arguments: &[&str]) -> Value {
    let mut command = cca(dir);
    command.arg("usage").args(arguments);
    let text = succeed(command.args(["--json", "-q", "--roots"]).arg(root));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
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
