//! Generated transcripts, against what their generator says is in them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::fixtures;

fn number(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("not an integer: {value}"))
}

/// Several sets: seed, share of damaged and unusual lines, days. `CCA_ORACLE_MB=100,1000` compares
/// sets of these sizes instead of small ones; the largest takes minutes.
#[test]
fn totals_equal_what_the_generator_counted() {
    let Some(shared) = fixtures::shared("the comparison with generated logs") else {
        return;
    };
    let sizes = std::env::var("CCA_ORACLE_MB").unwrap_or_else(|_| "10".to_owned());
    for size in sizes.split(',') {
        for (seed, dirty, days) in [
            ("1", "1.0", "180"),
            ("7", "5.0", "30"),
            ("23", "25.0", "400"),
        ] {
            let started = std::time::Instant::now();
            let dir = tempfile::tempdir().expect("a folder");
            let root = dir.path().join("claude");
            let status = Command::new("python3")
                .arg(shared.join("tools/gen_logs.py"))
                .arg(&root)
                .args([
                    "--size-mb",
                    size,
                    "--seed",
                    seed,
                    "--dirty",
                    dirty,
                    "--days",
                    days,
                ])
                .stdout(std::process::Stdio::null())
                .status()
                .expect("python3 is installed");
            assert!(status.success());
            let text = fixtures::succeed(
                fixtures::cca(dir.path())
                    .args(["backfill", "--format", "json", "--roots"])
                    .arg(&root),
            );
            let report: Value = serde_json::from_str(&text).expect("JSON");
            let truth: Value =
                serde_json::from_slice(&std::fs::read(root.join("truth.json")).expect("readable"))
                    .expect("JSON");
            nothing_is_lost(&report);
            compare_usage(dir.path(), &truth);
            compare_counts(dir.path(), &truth);
            compare_groups(dir.path(), &truth);
            compare_agents(dir.path(), &truth);
            eprintln!(
                "{size} MB, seed {seed}, dirty {dirty}: {} calls in {} lines agree, {:.1} s",
                truth["counts"]["api_calls"],
                truth["lines"],
                started.elapsed().as_secs_f64()
            );
        }
    }
}

/// What was read is landed, was there already, or was put aside; what landed was loaded.
fn nothing_is_lost(report: &Value) {
    let counts = &report["extract"]["sources"][0]["counts"];
    let count = |key: &str| number(&counts[key]);
    assert_eq!(
        count("read"),
        count("landed") + count("duplicates") + count("dead_lettered"),
        "{counts}"
    );
    assert_eq!(count("landed"), number(&report["load"]["inserted"]));
    assert_eq!(report["check"]["failed"], 0);
    assert_eq!(report["check"]["errored"], 0);
}

/// Tokens by class and calls, once each: in total, by day, model, project and session.
fn compare_usage(dir: &Path, truth: &Value) {
    let measures = "count(*) AS calls, sum(c.input_tokens)::BIGINT AS input, sum(c.output_tokens)::BIGINT AS output,
        sum(c.cache_creation_5m_tokens)::BIGINT AS cache_5m, sum(c.cache_creation_1h_tokens)::BIGINT AS cache_1h,
        sum(c.cache_read_tokens)::BIGINT AS cache_read, sum(c.cost_usd)::DOUBLE AS cost_calculated";
    let grains = [
        ("total", "'all'"),
        ("day", "c.date_key::VARCHAR"),
        (
            "model",
            "c.model || CASE WHEN c.speed = 'fast' THEN '-fast' ELSE '' END",
        ),
        (
            "day_model",
            "c.date_key || '|' || c.model || CASE WHEN c.speed = 'fast' THEN '-fast' ELSE '' END",
        ),
        ("session", "c.session_id"),
        ("project", "s.project_id"),
        ("sidechain", "c.is_sidechain::VARCHAR"),
    ];
    for (grain, key) in grains {
        let rows = fixtures::query(
            dir,
            &format!(
                "SELECT {key} AS key, {measures} FROM marts.fct_api_calls c
                 JOIN intermediate.int_sessions_computed s USING (session_key) GROUP BY 1"
            ),
        );
        let expected = &truth["usage"][grain];
        let expected: BTreeMap<String, &Value> = if grain == "total" {
            BTreeMap::from([("all".to_owned(), expected)])
        } else {
            expected
                .as_object()
                .expect("groups")
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect()
        };
        assert_eq!(rows.len(), expected.len(), "groups by {grain}");
        for row in &rows {
            let key = row["key"].as_str().expect("a key");
            let expected = expected
                .get(key)
                .unwrap_or_else(|| panic!("{grain} {key} is not in the truth"));
            for class in [
                "calls",
                "input",
                "output",
                "cache_5m",
                "cache_1h",
                "cache_read",
            ] {
                assert_eq!(
                    number(&row[class]),
                    number(&expected[class]),
                    "{class} of {grain} {key}"
                );
            }
            let cost = row["cost_calculated"].as_f64().expect("a number");
            let wanted = expected["cost_calculated"].as_f64().expect("a number");
            assert!(
                (cost - wanted).abs() < 1e-6 * wanted.max(1.0),
                "cost of {grain} {key}: {cost} {wanted}"
            );
        }
    }
}

fn compare_counts(dir: &Path, truth: &Value) {
    let counts = &truth["counts"];
    let sum = |value: &Value| -> i64 {
        value
            .as_object()
            .map_or_else(|| number(value), |groups| groups.values().map(number).sum())
    };
    let one = |sql: &str| number(&fixtures::scalar(dir, sql));
    assert_eq!(
        one("SELECT count(*) FROM marts.dim_sessions WHERE session_id <> 'unknown'"),
        number(&counts["sessions"]),
        "sessions"
    );
    assert_eq!(
        one("SELECT count(*) FROM marts.fct_messages WHERE role = 'human'"),
        number(&counts["prompts"]),
        "prompts"
    );
    assert_eq!(
        one("SELECT count(*) FROM marts.fct_tool_calls"),
        sum(&counts["tool_calls"]),
        "tool calls"
    );
    assert_eq!(
        one("SELECT count(*) FROM marts.fct_tool_calls WHERE NOT is_success OR is_rejected"),
        sum(&counts["tool_errors"]),
        "failed and rejected tool calls"
    );
    // The generator counts one line more for a created file that ends in a line feed.
    let added = one("SELECT sum(lines_added)::BIGINT FROM marts.fct_file_operations");
    let ending = one("SELECT count(*) FROM staging.stg_tool_calls
         WHERE tool_name = 'Write' AND is_success
           AND json_extract_string(tool_input, '$.content') LIKE '%' || chr(10)");
    assert_eq!(
        added + ending,
        number(&counts["lines_added"]),
        "lines added"
    );
    assert_eq!(
        one("SELECT sum(lines_removed)::BIGINT FROM marts.fct_file_operations"),
        number(&counts["lines_removed"]),
        "lines removed"
    );
}

/// Counts by name: a query of name and number, and where the generator keeps them.
const GROUPS: [(&str, &str); 5] = [
    (
        "prompts_by_day",
        "SELECT date_key::VARCHAR, count(*) FROM marts.fct_messages WHERE role = 'human' GROUP BY 1",
    ),
    (
        "tool_calls",
        "SELECT tool_name, total_calls FROM marts.agg_tool_efficiency",
    ),
    (
        "tool_errors",
        "SELECT tool_name, failed_calls + rejected_calls FROM marts.agg_tool_efficiency WHERE failed_calls + rejected_calls > 0",
    ),
    (
        "rejections",
        "SELECT tool_name, rejected_calls FROM marts.agg_tool_efficiency WHERE rejected_calls > 0",
    ),
    (
        "edits_by_ext",
        "SELECT file_extension, count(*) FROM marts.fct_file_operations WHERE operation_type = 'edit' GROUP BY 1",
    ),
];

/// Numbers by name.
fn grouped(dir: &Path, sql: &str) -> BTreeMap<String, i64> {
    let rows = fixtures::query(dir, sql);
    let pairs = rows.iter().map(|row| {
        let mut values = row.as_object().expect("a row").values();
        let name = values.clone().find_map(Value::as_str).expect("a name");
        let count = values.find_map(Value::as_i64).expect("a count");
        (name.to_owned(), count)
    });
    pairs.collect()
}

/// The same as the generator keeps them.
fn kept(counts: &Value) -> BTreeMap<String, i64> {
    let pairs = counts.as_object().into_iter().flatten();
    pairs
        .map(|(name, count)| (name.clone(), number(count)))
        .collect()
}

/// Sub-agents by type; those of the oldest versions have no id and no row, so that they are told
/// by the prompts they begin with, and only their number is known.
fn compare_agents(dir: &Path, truth: &Value) {
    let found = grouped(
        dir,
        "SELECT agent_type, count(*) FROM marts.dim_agents WHERE agent_type <> 'unknown' GROUP BY 1",
    );
    let expected = kept(&truth["counts"]["subagents"]);
    let nameless = number(&fixtures::scalar(
        dir,
        "SELECT count(*) FROM intermediate.int_messages_enriched
         WHERE is_sidechain AND agent_id IS NULL AND parent_uuid IS NULL AND role <> 'assistant'",
    ));
    assert_eq!(
        found.values().sum::<i64>() + nameless,
        expected.values().sum::<i64>(),
        "sub-agents"
    );
    for (name, count) in &found {
        assert!(
            (expected[name] - nameless..=expected[name]).contains(count),
            "{name}: {count} of {}",
            expected[name]
        );
    }
}

fn compare_groups(dir: &Path, truth: &Value) {
    let counts = &truth["counts"];
    for (name, sql) in GROUPS {
        assert_eq!(grouped(dir, sql), kept(&counts[name]), "{name}");
    }
    for (name, sql) in [
        (
            "files_created",
            "SELECT coalesce(sum(files_created), 0)::BIGINT FROM marts.agg_code_changes",
        ),
        (
            "git_commits",
            "SELECT sum(git_commits)::BIGINT FROM marts.agg_daily_summary",
        ),
        (
            "prs",
            "SELECT sum(pull_requests)::BIGINT FROM marts.agg_daily_summary",
        ),
        (
            "interrupts",
            "SELECT sum(interruptions)::BIGINT FROM marts.agg_daily_summary_local",
        ),
        (
            "compactions",
            "SELECT sum(compaction_count)::BIGINT FROM marts.agg_session_metrics",
        ),
        (
            "synthetic_messages",
            "SELECT sum(api_error_count)::BIGINT FROM marts.dim_sessions",
        ),
        (
            "forked_sessions",
            "SELECT count(*) FROM marts.dim_sessions WHERE is_continued",
        ),
    ] {
        let expected = counts[name].as_i64().unwrap_or(0);
        assert_eq!(number(&fixtures::scalar(dir, sql)), expected, "{name}");
    }
}
