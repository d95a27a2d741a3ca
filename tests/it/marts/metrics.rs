//! Every metric of the specification on one day of work, computed by hand.

use serde_json::{Value, json};

use super::lines::{Built, answer, call, failure, prompt, result, said, used, with};

/// Two sessions in two projects on 2026-03-02, and one that only looks back to it on the 3rd.
///
/// shop: 09:00 prompt, 09:05 answer calling Edit (failed), 09:06 result, 09:10 answer calling Edit
/// again (succeeded), 09:11 result, 09:20 answer `Fixed.`; 10:00 prompt, 10:10 answer.
/// blog: 09:30 prompt, 09:40 answer calling Bash (pending).
fn day() -> Built {
    let at = |time: &str| format!("2026-03-02T{time}:00.000");
    let edit = |id: &str| call(id, "Edit", &json!({"file_path": "/home/ada/shop/a.rs"}));
    let patch = json!({"structuredPatch": [{"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 2, "lines": ["-a", "+b", "+c"]}]});
    let cached = json!({"input_tokens": 100, "output_tokens": 50, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 600});
    let blog = |line: Value| with(line, &json!({"cwd": "/home/ada/blog"}));
    Built::from(&[
        (
            "-home-ada-shop/s.jsonl",
            vec![
                prompt("s", &at("09:00"), "fix the broken cart"),
                answer("s", &at("09:05"), "m1", &[edit("e1")]),
                failure(
                    "s",
                    &at("09:06"),
                    "e1",
                    "String to replace not found in file.",
                ),
                answer("s", &at("09:10"), "m2", &[edit("e2")]),
                result("s", &at("09:11"), "e2", &patch),
                said("s", &at("09:20"), "m3", "Fixed."),
                prompt("s", &at("10:00"), "explain it"),
                with(
                    used("s", &at("10:10"), "m4", "claude-opus-4-6", &cached),
                    &json!({"message": {"content": [{"type": "text", "text": "All done."}]}}),
                ),
            ],
        ),
        (
            "-home-ada-blog/t.jsonl",
            vec![
                blog(prompt("t", &at("09:30"), "write a post")),
                blog(answer(
                    "t",
                    &at("09:40"),
                    "m5",
                    &[call("b1", "Bash", &json!({"command": "ls"}))],
                )),
            ],
        ),
        (
            "-home-ada-shop/u.jsonl",
            vec![
                prompt("u", "2026-03-03T08:00:00.000", "thanks"),
                said("u", "2026-03-03T08:01:00.000", "m6", "Welcome"),
            ],
        ),
    ])
}

#[test]
fn sessions() {
    let built = day();
    // duration 70 min; active 20 + 10 min, the pause of 40 left out
    built.says(
        "SELECT duration_seconds, duration_minutes, active_minutes, total_messages, human_messages, assistant_messages,
                tool_messages, turns, task_category FROM marts.agg_session_metrics WHERE session_id = 's'",
        &json!({"duration_seconds": 4200, "duration_minutes": 70.0, "active_minutes": 30.0, "total_messages": 8,
            "human_messages": 2, "assistant_messages": 4, "tool_messages": 2, "turns": 2, "task_category": "bug_fix"}),
    );
    // 8 + 2 messages and 3 prompts in 2 sessions
    built.says(
        "SELECT active_sessions, sessions_started, total_messages, messages_per_session, turns_per_session, avg_session_minutes
         FROM marts.agg_daily_summary WHERE date_key = '2026-03-02'",
        &json!({"active_sessions": 2, "sessions_started": 2, "total_messages": 10, "messages_per_session": 5.0,
            "turns_per_session": 1.5, "avg_session_minutes": 40.0}),
    );
}

#[test]
fn tools() {
    let built = day();
    built.says(
        "SELECT total_tool_calls, successful_tool_calls, failed_tool_calls, tool_success_rate, retried_tool_calls, tool_retry_rate,
                avg_tool_duration_ms FROM marts.agg_session_metrics WHERE session_id = 's'",
        &json!({"total_tool_calls": 2, "successful_tool_calls": 1, "failed_tool_calls": 1, "tool_success_rate": 50.0,
            "retried_tool_calls": 1, "tool_retry_rate": 50.0, "avg_tool_duration_ms": 60000.0}),
    );
    assert_eq!(
        built.rows("SELECT tool_name AS tool, total_calls AS n, success_rate AS ok, retry_rate AS retries, usage_share AS share,
                           avg_duration_ms AS mean, p50_duration_ms AS p50, p95_duration_ms AS p95, pending_calls AS open
                    FROM marts.agg_tool_efficiency ORDER BY 1"),
        [
            json!({"tool": "Bash", "n": 1, "ok": null, "retries": 0.0, "share": 33.3333, "mean": null, "p50": null, "p95": null, "open": 1}),
            json!({"tool": "Edit", "n": 2, "ok": 50.0, "retries": 50.0, "share": 66.6667, "mean": 60000.0, "p50": 60000.0, "p95": 60000.0, "open": 0}),
        ]
    );
    built.says(
        "SELECT tool_calls, tool_success_rate, tool_retry_rate FROM marts.agg_daily_summary WHERE date_key = '2026-03-02'",
        &json!({"tool_calls": 3, "tool_success_rate": 50.0, "tool_retry_rate": 33.33}),
    );
}

#[test]
fn code() {
    let built = day();
    // one edit in 70 minutes, 30 of them active
    built.says(
        "SELECT files_modified, edit_count, lines_added, lines_removed, lines_changed, edits_per_hour, edits_per_active_hour
         FROM marts.agg_session_metrics WHERE session_id = 's'",
        &json!({"files_modified": 1, "edit_count": 1, "lines_added": 2, "lines_removed": 1, "lines_changed": 3,
            "edits_per_hour": 0.8571, "edits_per_active_hour": 2.0}),
    );
    built.says(
        "SELECT file_extension, language, edit_share, edits_per_hour FROM marts.agg_code_changes",
        &json!({"file_extension": "rs", "language": "Rust", "edit_share": 100.0, "edits_per_hour": 0.8571}),
    );
}

#[test]
fn productivity() {
    let built = day();
    // hours 9 and 10; 8 of 10 messages at 9; prompts go shop, blog, shop
    built.says(
        "SELECT daily_active_hours, peak_hour, context_switches, project_changes, tasks_started, tasks_completed,
                task_completion_rate, active_minutes FROM marts.agg_daily_summary WHERE date_key = '2026-03-02'",
        &json!({"daily_active_hours": 2, "peak_hour": 9, "context_switches": 2, "project_changes": 2, "tasks_started": 2,
            "tasks_completed": 1, "task_completion_rate": 50.0, "active_minutes": 40.0}),
    );
    assert_eq!(
        built.rows("SELECT hour_of_day AS hour, day_of_week AS day, total_messages AS n, active_sessions AS s, active_projects AS p, tool_calls AS t,
                           lines_changed AS l FROM marts.agg_hourly_activity WHERE date_key = '2026-03-02' ORDER BY 1"),
        [
            json!({"hour": 9, "day": 1, "n": 8, "s": 2, "p": 2, "t": 3, "l": 3}),
            json!({"hour": 10, "day": 1, "n": 2, "s": 1, "p": 1, "t": 0, "l": 0}),
        ]
    );
}

#[test]
fn tokens_and_cost() {
    let built = day();
    // m1, m2, m3, m5: 10 in, 20 out, $0.00055 each; m4: 100 in, 50 out, 300 written, 600 read:
    // 0.0005 + 0.00125 + 0.001875 + 0.0003
    let day = json!({"api_calls": 5, "input_tokens": 140, "output_tokens": 130, "cache_creation_tokens": 300,
        "cache_read_tokens": 600, "total_tokens": 1170, "cache_hit_ratio": 0.576923, "cost": "0.0061250000"});
    let columns = "api_calls, input_tokens, output_tokens, cache_creation_tokens, cache_read_tokens, total_tokens,
        cache_hit_ratio, cost_usd::VARCHAR AS cost";
    for (relation, key) in [
        ("agg_daily_summary", "date_key"),
        ("agg_daily_summary_local", "local_date_key"),
        ("agg_model_usage_daily", "date_key"),
    ] {
        built.says(
            &format!("SELECT {columns} FROM marts.{relation} WHERE {key} = '2026-03-02'"),
            &day,
        );
    }
    built.says(
        "SELECT cache_hit_ratio, total_tokens, cost_usd::VARCHAR AS cost FROM marts.agg_session_metrics WHERE session_id = 's'",
        &json!({"cache_hit_ratio": 0.582524, "total_tokens": 1140, "cost": "0.0055750000"}),
    );
}

#[test]
fn task_categories_are_words_in_a_fixed_order() {
    let texts = [
        ("add a test for the BUG", "bug_fix"),
        ("Please create it", "feature"),
        ("additional debugging", "other"),
        ("clean  up and simplify the tests", "refactor"),
        ("run the test", "testing"),
        ("validation of input", "testing"),
        ("verified?", "testing"),
        ("documentation please", "documentation"),
        ("explain this", "documentation"),
        ("why", "other"),
    ];
    let files: Vec<(String, Vec<Value>)> = texts
        .iter()
        .enumerate()
        .map(|(number, (text, _))| {
            let id = format!("s{number}");
            (
                format!("-home-ada-shop/{id}.jsonl"),
                vec![prompt(&id, "2026-03-02T10:00:00.000", text)],
            )
        })
        .collect();
    let files: Vec<(&str, Vec<Value>)> = files
        .iter()
        .map(|(path, lines)| (path.as_str(), lines.clone()))
        .collect();
    let found = Built::from(&files).map("SELECT session_id, task_category FROM marts.dim_sessions");
    for (number, (text, category)) in texts.iter().enumerate() {
        assert_eq!(found[&format!("s{number}")], json!(category), "{text}");
    }
}
