//! Calls that repeat a failed one.

use serde_json::json;

use super::lines::pairs;
use super::tools::{build, command, done, refused};

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
