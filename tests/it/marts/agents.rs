//! Sub-agents: in transcripts of their own, and inside that of their session.

use serde_json::{Value, json};

use super::lines::{Built, answer, call, pairs, prompt, result, said, with};
use super::sessions::at;

#[test]
fn sub_agents_form_a_tree() {
    let task = |id: &str, prompt: &str| {
        call(
            id,
            "Task",
            &json!({"prompt": prompt, "subagent_type": "Explore", "description": format!("do {id}")}),
        )
    };
    let side = |agent: &str, lines: Vec<Value>| -> Vec<Value> {
        lines
            .into_iter()
            .map(|line| with(line, &json!({"isSidechain": true, "agentId": agent})))
            .collect()
    };
    let built = Built::from(&[
        (
            "-home-ada-shop/s.jsonl",
            vec![
                prompt("s", &at(0), "go"),
                answer(
                    "s",
                    &at(1),
                    "m",
                    &[task("t1", "look"), task("t2", "twice"), task("t3", "twice")],
                ),
                result(
                    "s",
                    &at(9),
                    "t1",
                    &json!({"agentId": "a1", "totalDurationMs": 400_000}),
                ),
            ],
        ),
        (
            "-home-ada-shop/s/subagents/agent-a1.jsonl",
            side(
                "a1",
                vec![
                    prompt("s", &at(2), "look"),
                    answer("s", &at(3), "m1", &[task("t4", "dig")]),
                    said("s", &at(8), "m2", "found"),
                ],
            ),
        ),
        (
            "-home-ada-shop/s/subagents/agent-a4.jsonl",
            side(
                "a4",
                vec![prompt("s", &at(4), "dig\n"), said("s", &at(5), "m4", "ok")],
            ),
        ),
        (
            "-home-ada-shop/s/subagents/agent-b1.jsonl",
            side(
                "b1",
                vec![prompt("s", &at(2), "twice"), said("s", &at(3), "m5", "ok")],
            ),
        ),
        (
            "-home-ada-shop/s/subagents/agent-b2.jsonl",
            side(
                "b2",
                vec![prompt("s", &at(3), "twice"), said("s", &at(4), "m6", "ok")],
            ),
        ),
        (
            "-home-ada-shop/s/subagents/agent-w.jsonl",
            side(
                "w",
                vec![prompt("s", &at(2), "Warmup"), said("s", &at(2), "m7", "ok")],
            ),
        ),
    ]);
    assert_eq!(
        built.map(
            "SELECT a.agent_id, concat_ws(' ', depth, parent_agent_id, c.tool_call_id, agent_type, description, a.duration_ms,
                    message_count, tool_calls, api_calls, total_tokens) AS facts
             FROM marts.dim_agents a LEFT JOIN marts.fct_tool_calls c USING (tool_call_key)"
        ),
        pairs([
            ("a1", json!("1 t1 Explore do t1 360000 3 1 2 60")),
            ("a4", json!("2 a1 t4 Explore do t4 60000 2 0 1 30")),
            ("b1", json!("1 t2 Explore do t2 60000 2 0 1 30")),
            ("b2", json!("1 t3 Explore do t3 60000 2 0 1 30")),
            ("w", json!("1 unknown 0 2 0 1 30")),
        ])
    );
    built.says(
        "SELECT agent_count, prompt_count, tool_call_count FROM marts.dim_sessions",
        &json!({"agent_count": 5, "prompt_count": 1, "tool_call_count": 4}),
    );
}

/// Until 2.0 they wrote into the transcript of their session, without an id.
#[test]
fn sub_agents_inside_a_session_are_told_apart_by_their_chains() {
    let task =
        |id: &str, prompt: &str| call(id, "Task", &json!({"prompt": prompt, "description": id}));
    // A line of a sub-agent: its uuid, and that of the line it follows.
    let side = |line: Value, uuid: &str, parent: Option<&str>| {
        let parent = parent.map_or(Value::Null, Value::from);
        let mut line = with(
            line,
            &json!({"isSidechain": true, "uuid": uuid, "version": "1.0.17"}),
        );
        line["parentUuid"] = parent;
        line
    };
    let main = |line: Value| with(line, &json!({"version": "1.0.17"}));
    let first = vec![
        main(prompt("s", &at(0), "go")),
        main(answer(
            "s",
            &at(1),
            "m",
            &[task("t1", "look"), task("t2", "dig")],
        )),
        side(prompt("s", &at(2), "look"), "a", None),
        side(prompt("s", &at(2), "dig"), "b", None),
        side(
            answer(
                "s",
                &at(3),
                "m1",
                &[call("t3", "LS", &json!({"path": "/"}))],
            ),
            "a1",
            Some("a"),
        ),
        side(result("s", &at(4), "t3", &json!({})), "a2", Some("a1")),
    ];
    let more = vec![
        side(said("s", &at(5), "m2", "dug"), "b1", Some("b")),
        side(said("s", &at(6), "m3", "found"), "a3", Some("a2")),
        // Two lines that follow each other have no beginning, and what is newer has an id or none.
        side(said("s", &at(7), "m4", "lost"), "x", Some("y")),
        side(said("s", &at(7), "m5", "lost"), "y", Some("x")),
        with(
            side(said("s", &at(8), "m6", "a side question"), "z", None),
            &json!({"version": "2.1.100"}),
        ),
    ];
    let path = "-home-ada-shop/s.jsonl";
    let facts =
        "SELECT a.agent_id, concat_ws(' ', depth, c.tool_call_id, description, a.duration_ms,
                    message_count, tool_calls, api_calls, total_tokens) AS facts
                 FROM marts.dim_agents a LEFT JOIN marts.fct_tool_calls c USING (tool_call_key)";
    let built = Built::from(&[(path, first.clone())]);
    assert_eq!(
        built.map(facts),
        pairs([
            ("a", json!("1 t1 t1 120000 3 1 1 30")),
            ("b", json!("1 t2 t2 0 1 0 0 0")),
        ])
    );
    // The rest, found by what was there before.
    built.write(&[(path, [first, more].concat())]);
    built.run("sync");
    assert_eq!(
        built.map(facts),
        pairs([
            ("a", json!("1 t1 t1 240000 4 1 2 60")),
            ("b", json!("1 t2 t2 180000 2 0 1 30")),
        ])
    );
    built.says(
        "SELECT agent_count, api_call_count AS api_calls FROM intermediate.int_sessions_computed",
        &json!({"agent_count": 2, "api_calls": 7}),
    );
}
