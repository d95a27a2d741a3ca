//! Tool calls: outcomes, retries, and slices of them.

use serde_json::{Value, json};

use super::lines::{Built, answer, call, failure, pairs, prompt, result, with};

const NONE: Value = Value::Null;

pub(super) fn at(second: &str) -> String {
    format!("2026-03-02T10:00:{second}")
}

/// A response with one call, and its result.
pub(super) fn done(
    id: &str,
    tool: &str,
    input: &Value,
    called: &str,
    answered: &str,
) -> Vec<Value> {
    vec![
        answer(
            "s",
            &at(called),
            &format!("m_{id}"),
            &[call(id, tool, input)],
        ),
        result("s", &at(answered), id, &NONE),
    ]
}

pub(super) fn refused(
    id: &str,
    tool: &str,
    input: &Value,
    called: &str,
    answered: &str,
    text: &str,
) -> Vec<Value> {
    vec![
        answer(
            "s",
            &at(called),
            &format!("m_{id}"),
            &[call(id, tool, input)],
        ),
        failure("s", &at(answered), id, text),
    ]
}

pub(super) fn build(lines: Vec<Vec<Value>>) -> Built {
    let mut all = vec![prompt("s", "2026-03-02T09:59:59.000", "go")];
    all.extend(lines.into_iter().flatten());
    Built::from(&[("-home-ada-shop/s.jsonl", all)])
}

pub(super) fn command(text: &str) -> Value {
    json!({ "command": text })
}

#[test]
fn parallel_calls_early_results_and_orphans_find_their_own() {
    let both = answer(
        "s",
        &at("00.000"),
        "m",
        &[
            call("a", "Bash", &command("ls")),
            call("b", "Read", &json!({"file_path": "/home/ada/shop/b.rs"})),
        ],
    );
    let early = answer(
        "s",
        &at("10.000"),
        "n",
        &[call(
            "c",
            "Edit",
            &json!({"file_path": "/home/ada/shop/c.rs"}),
        )],
    );
    let built = build(vec![vec![
        both,
        // answered in the other order
        result("s", &at("01.000"), "b", &NONE),
        result("s", &at("03.000"), "a", &NONE),
        // the result stands before its call, at a later time
        result("s", &at("10.250"), "c", &NONE),
        early,
        // a result without a call, and a call without a result
        result("s", &at("11.000"), "gone", &NONE),
        answer(
            "s",
            &at("12.000"),
            "o",
            &[call("d", "Bash", &command("sleep"))],
        ),
    ]]);
    assert_eq!(
        built.rows("SELECT tool_call_id AS id, outcome, is_success AS ok, duration_ms AS ms FROM marts.fct_tool_calls ORDER BY 1"),
        [
            json!({"id": "a", "outcome": "succeeded", "ok": true, "ms": 3000}),
            json!({"id": "b", "outcome": "succeeded", "ok": true, "ms": 1000}),
            json!({"id": "c", "outcome": "succeeded", "ok": true, "ms": 250}),
            json!({"id": "d", "outcome": "pending", "ok": null, "ms": null}),
        ]
    );
    built.says(
        "SELECT total_tool_calls AS calls, tool_success_rate AS rate, tool_messages FROM marts.agg_session_metrics",
        &json!({"calls": 4, "rate": 100.0, "tool_messages": 4}),
    );
}

#[test]
fn refusals_are_nobodys_failure_and_errors_have_classes() {
    let ls = command("ls");
    let file = json!({"file_path": "/home/ada/shop/x.rs"});
    let rule = with(
        failure("s", &at("09.000"), "rule", "no"),
        &json!({"toolDenialKind": "permission-rule"}),
    );
    let built = build(vec![
        done("fine", "Bash", &ls, "00.000", "00.100"),
        refused(
            "no",
            "Bash",
            &command("rm"),
            "01.000",
            "05.000",
            "The user doesn't want to proceed with this tool use. The tool use was rejected",
        ),
        refused(
            "unasked",
            "Bash",
            &command("curl"),
            "06.000",
            "06.001",
            "This command requires approval",
        ),
        vec![
            answer("s", &at("08.000"), "m_rule", &[call("rule", "Read", &file)]),
            rule,
        ],
        refused(
            "stopped",
            "Bash",
            &command("x"),
            "10.000",
            "11.000",
            "[Request interrupted by user for tool use]",
        ),
        refused(
            "exit",
            "Bash",
            &command("false"),
            "12.000",
            "12.500",
            "Exit code 3\nno",
        ),
        refused(
            "match",
            "Edit",
            &file,
            "13.000",
            "13.001",
            "<tool_use_error>String to replace not found in file.</tool_use_error>",
        ),
        refused(
            "unread",
            "Edit",
            &file,
            "14.000",
            "14.001",
            "<tool_use_error>File has not been read yet.</tool_use_error>",
        ),
        refused(
            "who",
            "Fly",
            &ls,
            "15.000",
            "15.001",
            "Error: No such tool available: Fly",
        ),
        refused(
            "sibling",
            "Read",
            &file,
            "16.000",
            "16.001",
            "<tool_use_error>Sibling tool call errored</tool_use_error>",
        ),
        refused(
            "lost",
            "Read",
            &file,
            "17.000",
            "17.001",
            "File does not exist.",
        ),
        refused(
            "late",
            "Bash",
            &command("y"),
            "18.000",
            "19.000",
            "Command timed out after 2m",
        ),
        refused("odd", "Bash", &command("z"), "20.000", "20.001", "boom"),
    ]);
    assert_eq!(
        built.map("SELECT tool_call_id AS id, outcome || coalesce(' ' || error_class, '') || coalesce(' ' || exit_code, '') AS outcome FROM marts.fct_tool_calls"),
        pairs([
            ("fine", json!("succeeded")),
            ("no", json!("rejected rejected")),
            ("unasked", json!("rejected rejected")),
            ("rule", json!("rejected rejected")),
            ("stopped", json!("interrupted interrupted")),
            ("exit", json!("failed exit_code 3")),
            ("match", json!("failed no_match")),
            ("unread", json!("failed not_read")),
            ("who", json!("failed unknown_tool")),
            ("sibling", json!("failed sibling_failed")),
            ("lost", json!("failed not_found")),
            ("late", json!("failed timeout")),
            ("odd", json!("failed other")),
        ])
    );
    // 1 of 9 that ran to an end; 3 of 13 refused.
    built.says(
        "SELECT total_tool_calls AS calls, successful_tool_calls AS ok, failed_tool_calls AS failed,
                rejected_tool_calls AS rejected, tool_success_rate AS rate FROM marts.agg_session_metrics",
        &json!({"calls": 13, "ok": 1, "failed": 8, "rejected": 3, "rate": 11.11}),
    );
    built.says(
        "SELECT total_calls, successful_calls, failed_calls, rejected_calls, interrupted_calls, success_rate,
                rejection_rate, usage_share FROM marts.agg_tool_efficiency WHERE tool_name = 'Bash'",
        // fine / fine, exit, late, odd; 2 rejected of 7
        &json!({"total_calls": 7, "successful_calls": 1, "failed_calls": 3, "rejected_calls": 2,
            "interrupted_calls": 1, "success_rate": 25.0, "rejection_rate": 28.57, "usage_share": 53.8462}),
    );
    built.says(
        "SELECT total_calls, success_rate FROM marts.agg_tool_breakdown WHERE dimension = 'error_class' AND dimension_value = 'rejected'",
        &json!({"total_calls": 3, "success_rate": null}),
    );
}

#[test]
fn a_retry_repeats_a_failed_call_with_the_same_tool_and_target() {
    let test = command("cargo test");
    let built = build(vec![
        refused("one", "Bash", &test, "00.000", "01.000", "Exit code 1"),
        done("else", "Bash", &command("ls"), "02.000", "02.100"),
        refused("two", "Bash", &test, "03.000", "04.000", "Exit code 1"),
        done("three", "Bash", &test, "05.000", "06.000"),
        // after a success it is no retry, nor is another tool with the same target
        done("four", "Bash", &test, "07.000", "08.000"),
        refused(
            "edit",
            "Edit",
            &json!({"file_path": "/home/ada/shop/a.rs"}),
            "09.000",
            "09.100",
            "boom",
        ),
        done(
            "read",
            "Read",
            &json!({"file_path": "/home/ada/shop/a.rs"}),
            "10.000",
            "10.100",
        ),
        done(
            "edited",
            "Edit",
            &json!({"file_path": "/home/ada/shop/a.rs", "old_string": "x"}),
            "11.000",
            "11.100",
        ),
    ]);
    assert_eq!(
        built.map("SELECT tool_call_id AS id, retry_count FROM marts.fct_tool_calls"),
        pairs([
            ("one", json!(0)),
            ("else", json!(0)),
            ("two", json!(1)),
            ("three", json!(2)),
            ("four", json!(0)),
            ("edit", json!(0)),
            ("read", json!(0)),
            ("edited", json!(1)),
        ])
    );
    built.says(
        "SELECT retried_calls, max_retry_count, retry_rate FROM marts.agg_tool_efficiency WHERE tool_name = 'Bash'",
        &json!({"retried_calls": 2, "max_retry_count": 2, "retry_rate": 40.0}),
    );
    built.says(
        "SELECT retried_tool_calls, tool_retry_rate FROM marts.agg_daily_summary",
        &json!({"retried_tool_calls": 3, "tool_retry_rate": 37.5}),
    );
}

/// A call that was refused has not failed: what follows it repeats nothing.
#[test]
fn a_refusal_ends_a_row_of_failures() {
    let ls = command("make");
    let built = build(vec![
        refused("a", "Bash", &ls, "00.000", "01.000", "Error: Exit code 3"),
        refused(
            "b",
            "Bash",
            &ls,
            "02.000",
            "03.000",
            "The user doesn't want to proceed with this tool use.",
        ),
        refused("c", "Bash", &ls, "04.000", "05.000", "Exit code 2"),
        done("d", "Bash", &ls, "06.000", "07.000"),
    ]);
    assert_eq!(
        built.map("SELECT tool_call_id, concat_ws(' ', retry_count, exit_code) AS facts FROM intermediate.int_tool_usage"),
        pairs([
            ("a", json!("0 3")),
            ("b", json!("1")),
            ("c", json!("0 2")),
            ("d", json!("1")),
        ])
    );
}

#[test]
fn calls_are_sliced_by_category_server_model_project_and_version() {
    let lines = |session: &str, model: &str, version: &str, calls: &[(&str, &str, bool)]| {
        let lines = calls
            .iter()
            .enumerate()
            .flat_map(|(second, (id, tool, ok))| {
                let answer = answer(
                    session,
                    &at(&format!("{:02}.000", second * 2)),
                    &format!("m_{id}"),
                    &[call(id, tool, &json!({"command": id}))],
                );
                let time = at(&format!("{:02}.000", second * 2 + 1));
                let end = if *ok {
                    result(session, &time, id, &NONE)
                } else {
                    failure(session, &time, id, "boom")
                };
                [answer, end].map(|line| with(line, &json!({"version": version})))
            });
        let changed: Vec<Value> = lines
            .map(|line| {
                if line["type"] == "assistant" {
                    with(line, &json!({"message": {"model": model}}))
                } else {
                    line
                }
            })
            .collect();
        changed
    };
    let blog = lines(
        "t",
        "claude-opus-4-7",
        "2.1.101",
        &[
            ("e", "Bash", true),
            ("f", "mcp__github__create_issue", true),
        ],
    )
    .into_iter()
    .map(|line| with(line, &json!({"cwd": "/home/ada/blog"})))
    .collect();
    let built = Built::from(&[
        (
            "-home-ada-shop/s.jsonl",
            lines(
                "s",
                "claude-opus-4-6",
                "2.1.100",
                &[
                    ("a", "Bash", true),
                    ("b", "Bash", false),
                    ("c", "Grep", true),
                    ("d", "mcp__my_hub__find__all", false),
                ],
            ),
        ),
        ("-home-ada-blog/t.jsonl", blog),
    ]);
    let slice = |dimension: &str| {
        built.map(&format!(
            "SELECT label, total_calls || ' ' || coalesce(success_rate::VARCHAR, '-') AS numbers
             FROM marts.agg_tool_breakdown WHERE dimension = '{dimension}'"
        ))
    };
    assert_eq!(
        slice("tool_category"),
        pairs([
            ("shell", json!("3 66.67")),
            ("search", json!("1 100.0")),
            ("mcp", json!("2 50.0"))
        ])
    );
    assert_eq!(
        slice("mcp_server"),
        pairs([
            ("none", json!("4 75.0")),
            ("my_hub", json!("1 0.0")),
            ("github", json!("1 100.0"))
        ])
    );
    assert_eq!(
        slice("model"),
        pairs([
            ("claude-opus-4-6", json!("4 50.0")),
            ("claude-opus-4-7", json!("2 100.0"))
        ])
    );
    assert_eq!(
        slice("project"),
        pairs([("shop", json!("4 50.0")), ("blog", json!("2 100.0"))])
    );
    assert_eq!(
        slice("version"),
        pairs([("2.1.100", json!("4 50.0")), ("2.1.101", json!("2 100.0"))])
    );
    assert_eq!(
        slice("error_class"),
        pairs([("none", json!("4 100.0")), ("other", json!("2 0.0"))])
    );
    built.says(
        "SELECT mcp_server, mcp_tool, tool_category FROM marts.fct_tool_calls WHERE tool_call_id = 'd'",
        &json!({"mcp_server": "my_hub", "mcp_tool": "find__all", "tool_category": "mcp"}),
    );
}
