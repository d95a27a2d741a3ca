//! Which of the lines of a response says what it used.

use serde_json::{Value, json};

use super::lines::{Built, answer, call, prompt, result, said, used, with};
use super::usage::usage;

const T: &str = "2026-03-02T10:00:00.000";
const LATER: &str = "2026-03-02T10:00:05.000";

#[test]
fn the_finished_line_says_what_a_response_used() {
    let searched = json!({"server_tool_use": {"web_search_requests": 2}});
    let line = |at: &str, id: &str, is_finished: bool| {
        let used_up = if is_finished {
            with(usage(10, 40), &searched)
        } else {
            usage(10, 40)
        };
        let mut line = used("s", at, id, "claude-opus-4-6", &used_up);
        line["version"] = "2.0.50".into();
        if !is_finished {
            line["message"]["stop_reason"] = Value::Null;
        }
        line
    };
    let mut silent = said("s", LATER, "silent", "nothing was counted");
    silent["message"]
        .as_object_mut()
        .expect("a message")
        .remove("usage");
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            line(T, "ends", false),
            line(LATER, "ends", true),
            line(T, "trails", true),
            line(LATER, "trails", false),
            silent,
        ],
    )]);
    let response = |id: &str| json!({"id": id, "output_tokens": 40, "web_search_requests": 2, "stop_reason": "end_turn", "is_provisional": false});
    assert_eq!(
        built.rows(
            "SELECT message_id AS id, output_tokens, web_search_requests, stop_reason, is_provisional
             FROM marts.fct_api_calls ORDER BY 1"
        ),
        [response("ends"), response("trails")]
    );
    built.says(
        "SELECT count(*) AS n FROM marts.fct_messages WHERE message_id = 'silent'",
        &json!({"n": 1}),
    );
}

/// A side question repeats the conversation so far; it is not said, or paid for, again.
#[test]
fn a_replay_adds_nothing_to_its_message() {
    let side = |line: Value| with(line, &json!({"isSidechain": true}));
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            used("s", T, "m", "claude-opus-4-6", &usage(10, 40)),
            side(used("s", LATER, "m", "claude-opus-4-6", &usage(1000, 4000))),
            side(used("s", LATER, "own", "claude-opus-4-6", &usage(1, 2))),
        ],
    )]);
    assert_eq!(
        built.rows("SELECT message_id AS id, total_tokens, line_count, is_sidechain FROM marts.fct_api_calls ORDER BY 1"),
        [
            json!({"id": "m", "total_tokens": 50, "line_count": 1, "is_sidechain": false}),
            json!({"id": "own", "total_tokens": 3, "line_count": 1, "is_sidechain": true}),
        ]
    );
    built.says(
        "SELECT content_length, line_count FROM marts.fct_messages WHERE message_id = 'm'",
        &json!({"content_length": 2, "line_count": 1}),
    );
}

/// Of copies the one that was written first is the original: by its time, else by which session
/// ended first. Sessions named by later letters come first here, so that names decide nothing.
#[test]
fn the_copy_that_was_written_first_is_the_original() {
    let hour = |hour: u64| format!("2026-03-02T{hour}:00:00.000");
    let line = |session: &str, at: u64, id: &str| {
        let line = used(session, &hour(at), id, "claude-opus-4-6", &usage(1, 2));
        with(line, &json!({"uuid": format!("line-{id}")}))
    };
    let built = Built::from(&[
        // Repeated by `a` with a new time, as old versions did, and ended after it.
        (
            "-home-ada-shop/b.jsonl",
            vec![line("b", 10, "m"), line("b", 15, "b_end")],
        ),
        (
            "-home-ada-shop/a.jsonl",
            vec![line("a", 11, "m"), line("a", 12, "a_end")],
        ),
        // Repeated by `y` as it was.
        (
            "-home-ada-shop/z.jsonl",
            vec![line("z", 10, "n"), line("z", 11, "z_end")],
        ),
        (
            "-home-ada-shop/y.jsonl",
            vec![line("y", 10, "n"), line("y", 12, "y_end")],
        ),
    ]);
    assert_eq!(
        built.rows(
            "SELECT message_id AS id, session_id AS s, hour_of_day AS h FROM marts.fct_api_calls
             WHERE message_id IN ('m', 'n') ORDER BY 1"
        ),
        [
            json!({"id": "m", "s": "b", "h": 10}),
            json!({"id": "n", "s": "z", "h": 10})
        ]
    );
}

/// The session reports what a sub-agent says before the sub-agent's own transcript has it.
#[test]
fn a_report_gives_way_to_the_lines_themselves_even_if_it_is_earlier() {
    let message = used("s", T, "m", "claude-opus-4-6", &usage(3, 4));
    let report = json!({"type": "progress", "sessionId": "s", "uuid": "report", "timestamp": format!("{T}Z"),
        "cwd": "/home/ada/shop", "version": "2.1.30",
        "data": {"type": "agent_progress", "agentId": "a1",
                 "message": {"type": "assistant", "message": message["message"]}}});
    let own = used("s", LATER, "m", "claude-opus-4-6", &usage(3, 9));
    let own = with(own, &json!({"isSidechain": true, "agentId": "a1"}));
    let built = Built::from(&[
        ("-home-ada-shop/s.jsonl", vec![report]),
        ("-home-ada-shop/s/subagents/agent-a1.jsonl", vec![own]),
    ]);
    built.says(
        "SELECT is_reported, output_tokens, second(timestamp)::INT AS s FROM marts.fct_api_calls",
        &json!({"is_reported": false, "output_tokens": 9, "s": 5}),
    );
}

#[test]
fn results_of_tools_have_a_length_too() {
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            prompt("s", T, "list"),
            answer("s", T, "m", &[call("t", "Bash", &json!({"command": "ls"}))]),
            // Its text is `done`.
            result("s", LATER, "t", &json!({})),
        ],
    )]);
    assert_eq!(
        built.map("SELECT role, content_length FROM marts.fct_messages"),
        super::lines::pairs([
            ("human", json!(4)),
            ("assistant", json!(0)),
            ("tool", json!(4))
        ])
    );
}
