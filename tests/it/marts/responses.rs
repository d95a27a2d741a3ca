//! Which of the lines of a response says what it used.

use serde_json::{Value, json};

use super::lines::{Built, said, used, with};
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
