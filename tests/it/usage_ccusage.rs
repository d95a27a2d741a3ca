//! `cca usage compare-ccusage`: their side is what ccusage says, the causes add up to the
//! difference, and each is named for what it is.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::fixtures::{self, cca, succeed};
use crate::usage_nasty;

const CLASSES: [&str; 4] = [
    "inputTokens",
    "outputTokens",
    "cacheCreationTokens",
    "cacheReadTokens",
];

fn compare(dir: &Path, root: &Path) -> Value {
    let mut command = cca(dir);
    command.args(["usage", "compare-ccusage", "--json", "-q", "--roots"]);
    let text = succeed(command.arg(root));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Sums in units of 10⁻¹⁰ dollars, as they are computed.
fn units(value: &Value) -> i128 {
    (value.as_f64().expect("a number") * 1e10).round() as i128
}

/// The causes, and the entries of each, add up to the difference exactly.
fn adds_up(comparison: &Value) {
    let causes = comparison["causes"].as_array().expect("a list");
    let integer = |value: &Value| value.as_i64().expect("an integer");
    for class in CLASSES {
        let difference =
            integer(&comparison["cca"][class]) - integer(&comparison["ccusage"][class]);
        assert_eq!(
            integer(&comparison["difference"][class]),
            difference,
            "{class}"
        );
        let sum: i64 = causes.iter().map(|cause| integer(&cause[class])).sum();
        assert_eq!(sum, difference, "{class} of the causes");
    }
    let cost: i128 = causes.iter().map(|cause| units(&cause["cost"])).sum();
    assert_eq!(
        cost,
        units(&comparison["difference"]["cost"]),
        "cost of the causes"
    );
    for cause in causes {
        let entries = cause["entries"].as_array().expect("a list");
        assert_eq!(cause["responses"], entries.len());
        let cost: i128 = entries.iter().map(|entry| units(&entry["cost"])).sum();
        assert_eq!(cost, units(&cause["cost"]), "{}", cause["cause"]);
    }
}

/// The program of ccusage named by `CCA_CCUSAGE`, or a visible line that it is not compared with.
pub(crate) fn ccusage() -> Option<PathBuf> {
    let path = std::env::var_os("CCA_CCUSAGE").map(PathBuf::from);
    if path.is_none() {
        eprintln!("skipped: the comparison with ccusage needs its native program in CCA_CCUSAGE");
    }
    path
}

/// What ccusage itself says of the transcripts below some configuration folders.
fn said_by(program: &Path, folders: &str) -> Value {
    let output = Command::new(program)
        .args([
            "claude",
            "daily",
            "--json",
            "--offline",
            "--timezone",
            "UTC",
        ])
        .env("CLAUDE_CONFIG_DIR", folders)
        .output()
        .expect("ccusage starts");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn is_said_by_ccusage(comparison: &Value, folders: &str) {
    let Some(program) = ccusage() else { return };
    let said = said_by(&program, folders);
    for class in CLASSES {
        assert_eq!(
            comparison["ccusage"][class], said["totals"][class],
            "{class} of {folders}"
        );
    }
    let cost = |value: &Value| value.as_f64().expect("a number");
    let (ours, theirs) = (
        cost(&comparison["ccusage"]["cost"]),
        cost(&said["totals"]["totalCost"]),
    );
    assert!((ours - theirs).abs() < 1e-6, "{ours} {theirs} of {folders}");
}

#[test]
fn the_causes_add_up_on_nasty_and_generated_transcripts() {
    let dir = tempfile::tempdir().expect("a folder");
    for seed in 1..=4 {
        let root = usage_nasty::transcripts(dir.path(), seed, 60);
        let comparison = compare(dir.path(), &root);
        adds_up(&comparison);
        is_said_by_ccusage(&comparison, root.to_str().expect("text"));
    }
    let logs = dir.path().join("logs");
    succeed(
        cca(dir.path())
            .args(["demo", "--generate-only", "-q", "--size", "4MB", "--target"])
            .arg(&logs),
    );
    let comparison = compare(dir.path(), &logs);
    adds_up(&comparison);
    is_said_by_ccusage(&comparison, logs.to_str().expect("text"));
}

#[test]
fn the_causes_add_up_on_real_transcripts() {
    let Some(shared) = fixtures::shared("the comparison with ccusage on real transcripts") else {
        return;
    };
    let root = shared
        .join("data/transcripts")
        .canonicalize()
        .expect("there");
    let dir = tempfile::tempdir().expect("a folder");
    let comparison = compare(dir.path(), &root);
    adds_up(&comparison);
    let folders: Vec<String> = std::fs::read_dir(&root)
        .expect("readable")
        .flatten()
        .map(|item| item.path())
        .filter(|path| path.join("projects").is_dir())
        .map(|path| path.display().to_string())
        .collect();
    is_said_by_ccusage(&comparison, &folders.join(","));
}

/// A line of a response, with changes to it and to its usage.
fn line(id: &str, changes: &Value, usage: &Value) -> String {
    let mut line = json!({
        "type": "assistant", "sessionId": "s", "uuid": format!("u-{id}"), "cwd": "/work/p",
        "version": "2.1.100", "timestamp": "2026-01-02T03:04:05.000Z", "requestId": format!("r-{id}"),
        "message": {"id": id, "role": "assistant", "model": "claude-opus-4-6", "stop_reason": "end_turn", "content": [],
                    "usage": {"input_tokens": 1000, "output_tokens": 100}},
    });
    for (name, value) in changes.as_object().expect("an object") {
        match name.strip_prefix("message.") {
            Some(name) => line["message"][name] = value.clone(),
            None => line[name] = value.clone(),
        }
    }
    for (name, value) in usage.as_object().expect("an object") {
        line["message"]["usage"][name] = value.clone();
    }
    line.to_string()
}

#[test]
fn each_cause_is_named_for_what_it_is() {
    // 1000×5 + 100×25 millionths of a dollar for a plain line.
    let plain = 0.0075;
    let none = json!({});
    let long = json!({"input_tokens": 150_000, "cache_read_input_tokens": 100_000});
    let advisor = json!({"iterations": [{"type": "advisor_message", "model": "claude-haiku-5", "input_tokens": 7, "output_tokens": 0}]});
    let copy = |changes: &Value| [line("m", &none, &none), line("m", changes, &none)].to_vec();
    for (cause, lines, input, cost) in [
        (
            "several_requests",
            copy(&json!({"requestId": "other"})),
            -1000,
            -plain,
        ),
        (
            "no_request_id",
            {
                let without = |at: &str| {
                    line("m", &json!({"requestId": 0, "timestamp": at}), &none)
                        .replace("\"requestId\":0,", "")
                };
                vec![
                    without("2026-01-02T03:04:05.000Z"),
                    without("2026-01-02T03:04:06.000Z"),
                ]
            },
            -1000,
            -plain,
        ),
        (
            "spaced_json",
            vec![line("m", &none, &none).replace("\"usage\":", "\"usage\": ")],
            1000,
            plain,
        ),
        (
            "null_field",
            vec![line("m", &json!({"extra": {"id": null}}), &none)],
            1000,
            plain,
        ),
        (
            "strict_json",
            vec![line("m", &json!({"note": "half"}), &none).replace("\"half\"", "\"\\ud83d\"")],
            1000,
            plain,
        ),
        (
            "unexpected_value",
            vec![line("m", &json!({"version": "dev"}), &none)],
            1000,
            plain,
        ),
        (
            "unread_time",
            vec![line(
                "m",
                &json!({"timestamp": "2026-01-02T03:04:05.123456Z"}),
                &none,
            )],
            1000,
            plain,
        ),
        (
            "notice",
            vec![line("m", &json!({"message.model": "<synthetic>"}), &none)],
            -1000,
            0.0,
        ),
        (
            "no_response",
            vec![line("m", &json!({"type": "other"}), &none)],
            -1000,
            -plain,
        ),
        (
            "cache_write_split",
            vec![line(
                "m",
                &none,
                &json!({"cache_creation_input_tokens": 400, "cache_creation": {"ephemeral_5m_input_tokens": 0}}),
            )],
            0,
            0.0025,
        ),
        (
            "logged_cost",
            vec![line("m", &json!({"costUSD": 0.5}), &none)],
            0,
            plain - 0.5,
        ),
        (
            "price",
            vec![line(
                "m",
                &json!({"message.model": "claude-opus-4-0"}),
                &none,
            )],
            0,
            0.0225,
        ),
        // As a whole 150,000×6 + 100,000×0.6 + 100×22.5 instead of ×3, ×0.3, ×15.
        (
            "long_context",
            vec![line(
                "m",
                &json!({"message.model": "claude-sonnet-4-5"}),
                &long,
            )],
            0,
            0.480_75,
        ),
        (
            "batch",
            vec![line("m", &none, &json!({"service_tier": "batch"}))],
            0,
            -plain / 2.0,
        ),
        (
            "region",
            vec![line("m", &none, &json!({"inference_geo": "us"}))],
            0,
            plain * 0.1,
        ),
        (
            "web_search",
            vec![line(
                "m",
                &none,
                &json!({"server_tool_use": {"web_search_requests": 2}}),
            )],
            0,
            0.02,
        ),
    ] {
        let dir = tempfile::tempdir().expect("a folder");
        let root = fixtures::transcripts(dir.path(), "p", &[("s", &lines)]);
        let comparison = compare(dir.path(), &root);
        adds_up(&comparison);
        is_said_by_ccusage(&comparison, root.to_str().expect("text"));
        let causes = comparison["causes"].as_array().expect("a list");
        let names: Vec<&str> = causes
            .iter()
            .filter_map(|cause| cause["cause"].as_str())
            .collect();
        assert_eq!(names, [cause]);
        assert_eq!(causes[0]["inputTokens"], input, "{cause}");
        let found = causes[0]["cost"].as_f64().expect("a number");
        assert!(
            (found - cost).abs() < 1e-9,
            "{cause}: {found} instead of {cost}"
        );
        assert!(causes[0]["entries"][0]["line"].as_u64().expect("a line") > 0);
    }
    // An advisor without a price is counted alike, and one with the same price costs the same.
    let dir = tempfile::tempdir().expect("a folder");
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &[line("m", &none, &advisor)])]);
    let comparison = compare(dir.path(), &root);
    assert_eq!(comparison["causes"], json!([]));
    assert_eq!(comparison["ccusage"]["inputTokens"], 1007);
    let text = succeed(
        cca(dir.path())
            .args(["usage", "compare-ccusage", "--roots"])
            .arg(&root),
    );
    assert!(text.contains("every number is the same"), "{text}");
}

#[test]
fn days_and_files_are_causes_too() {
    let dir = tempfile::tempdir().expect("a folder");
    let lines = [
        line(
            "m",
            &json!({"timestamp": "2026-01-01T23:59:59.000Z", "message.stop_reason": null}),
            &json!({"output_tokens": 1}),
        ),
        line(
            "m",
            &json!({"timestamp": "2026-01-02T00:00:01.000Z"}),
            &json!({}),
        ),
    ];
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &lines)]);
    let mut command = cca(dir.path());
    command.args([
        "usage",
        "compare-ccusage",
        "--json",
        "--until",
        "2026-01-01",
        "--roots",
    ]);
    let comparison: Value = serde_json::from_str(&succeed(command.arg(&root))).expect("JSON");
    adds_up(&comparison);
    assert_eq!(comparison["causes"][0]["cause"], "day");
    assert_eq!(comparison["causes"][0]["outputTokens"], 100);
    // The same transcripts in a folder of another name.
    let elsewhere = dir.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("made");
    std::fs::copy(root.join("projects/p/s.jsonl"), elsewhere.join("s.jsonl")).expect("copied");
    let comparison = compare(dir.path(), &elsewhere);
    adds_up(&comparison);
    assert_eq!(comparison["causes"][0]["cause"], "unread_file");
    assert_eq!(comparison["ccusage"]["inputTokens"], 0);
}
