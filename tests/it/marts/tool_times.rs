//! How long tool calls take.

use serde_json::{Value, json};

use super::lines::{answer, call, pairs, result};
use super::tools::{at, build, command, done, refused};

#[test]
fn durations_are_the_tools_own_and_waits_for_people_are_told() {
    let glob = |id: &str, called: &str, answered: &str, own: u64| {
        vec![
            answer(
                "s",
                &at(called),
                &format!("m_{id}"),
                &[call(id, "Glob", &json!({"pattern": id}))],
            ),
            result(
                "s",
                &at(answered),
                id,
                &json!({"durationMs": own, "filenames": []}),
            ),
        ]
    };
    let built = build(vec![
        glob("own", "00.000", "01.000", 40),
        glob("waited", "02.000", "12.000", 60),
        done(
            "edit",
            "Edit",
            &json!({"file_path": "/home/ada/shop/a.rs"}),
            "13.000",
            "13.050",
        ),
        done(
            "slow_edit",
            "Edit",
            &json!({"file_path": "/home/ada/shop/b.rs"}),
            "14.000",
            "24.000",
        ),
        done("shell", "Bash", &command("make"), "25.000", "45.000"),
        done("asked", "AskUserQuestion", &json!({}), "46.000", "47.000"),
        refused(
            "no",
            "Bash",
            &command("rm"),
            "48.000",
            "58.000",
            "The user doesn't want to proceed",
        ),
    ]);
    assert_eq!(
        built.rows("SELECT tool_call_id AS id, duration_ms AS ms, own_duration_ms AS own, elapsed_ms AS elapsed,
                           has_permission_wait AS waited FROM marts.fct_tool_calls ORDER BY 1"),
        [
            json!({"id": "asked", "ms": 1000, "own": null, "elapsed": 1000, "waited": true}),
            json!({"id": "edit", "ms": 50, "own": null, "elapsed": 50, "waited": false}),
            json!({"id": "no", "ms": null, "own": null, "elapsed": 10000, "waited": true}),
            json!({"id": "own", "ms": 40, "own": 40, "elapsed": 1000, "waited": false}),
            json!({"id": "shell", "ms": 20000, "own": null, "elapsed": 20000, "waited": null}),
            json!({"id": "slow_edit", "ms": 10000, "own": null, "elapsed": 10000, "waited": true}),
            json!({"id": "waited", "ms": 60, "own": 60, "elapsed": 10000, "waited": true}),
        ]
    );
    built.says(
        "SELECT avg_duration_ms AS mean, p50_duration_ms AS p50, p95_duration_ms AS p95, waited_calls AS waited
         FROM marts.agg_tool_efficiency WHERE tool_name = 'Edit'",
        // 50 and 10,000: half way, and 95 % of the way
        &json!({"mean": 5025.0, "p50": 5025.0, "p95": 9502.5, "waited": 1}),
    );
}

/// Lines may be written in any order, but a result that is earlier than its call by the clock says
/// nothing of how long the call took.
#[test]
fn a_result_before_its_call_has_no_duration() {
    let built = build(vec![
        done("back", "Bash", &command("ls"), "10.000", "09.000"),
        done("same", "Bash", &command("pwd"), "11.000", "11.000"),
    ]);
    assert_eq!(
        built.map("SELECT tool_call_id, duration_ms FROM marts.fct_tool_calls"),
        pairs([("back", Value::Null), ("same", json!(0))])
    );
    built.says(
        "SELECT round(avg_duration_ms, 0) AS mean FROM marts.agg_tool_efficiency",
        &json!({"mean": 0.0}),
    );
}
