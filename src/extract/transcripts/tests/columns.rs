//! How fields become columns.

use super::{pick, row_of};

#[test]
fn an_api_response_fills_message_and_usage() {
    let row = row_of(
        r#"{"parentUuid":"p","isSidechain":false,"type":"assistant","uuid":"u","sessionId":"s","cwd":"/w","gitBranch":"main","version":"2.1.1","entrypoint":"cli","requestId":"req","costUSD":0.5,"durationMs":1200,"timestamp":"2026-08-10T16:55:44.117Z","message":{"id":"m","role":"assistant","model":"claude","stop_reason":"tool_use","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"one\n"},{"type":"text","text":"two"},{"type":"tool_use","id":"t","name":"Bash","input":{"command":"ls", "n": 1}}],"usage":{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":7,"cache_read_input_tokens":5,"cache_creation":{"ephemeral_5m_input_tokens":3,"ephemeral_1h_input_tokens":4},"server_tool_use":{"web_search_requests":8,"web_fetch_requests":9},"service_tier":"standard","speed":"fast","inference_geo":"global","iterations":[{"a": 1}]}}}"#,
    );
    let envelope = [
        "type",
        "uuid",
        "parent_uuid",
        "session_id",
        "is_sidechain",
        "cwd",
        "git_branch",
    ];
    assert_eq!(
        pick(&row, &envelope),
        "assistant | u | p | s | false | /w | main"
    );
    let run = [
        "version",
        "entrypoint",
        "timestamp",
        "date",
        "logged_cost_usd",
        "duration_ms",
    ];
    assert_eq!(
        pick(&row, &run),
        "2.1.1 | cli | 2026-08-10T16:55:44.117Z | 2026-08-10 | 0.5 | 1200"
    );
    let message = [
        "message_id",
        "request_id",
        "role",
        "model",
        "stop_reason",
        "content_text",
    ];
    assert_eq!(
        pick(&row, &message),
        "m | req | assistant | claude | tool_use | one\n\ntwo"
    );
    let tokens = [
        "input_tokens",
        "output_tokens",
        "cache_creation_tokens",
        "cache_creation_5m_tokens",
        "cache_creation_1h_tokens",
        "cache_read_tokens",
        "web_search_requests",
        "web_fetch_requests",
        "service_tier",
        "speed",
        "inference_geo",
        "iterations",
    ];
    assert_eq!(
        pick(&row, &tokens),
        "1 | 2 | 7 | 3 | 4 | 5 | 8 | 9 | standard | fast | global | [{\"a\": 1}]"
    );
    let blocks = &row["content_blocks"];
    assert!(
        blocks.contains("ordinal: 0, type: thinking, text: hm"),
        "{blocks}"
    );
    assert!(
        blocks.contains("ordinal: 3, type: tool_use, text: , tool_use_id: t, tool_name: Bash, tool_input: {\"command\":\"ls\", \"n\": 1}"),
        "{blocks}"
    );
}

#[test]
fn results_are_texts_with_what_the_tool_tells() {
    let row = row_of(
        r#"{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":true,"content":[{"type":"text","text":"a"},{"type":"image","source":{}},{"type":"text","text":"b"}]}]},"toolUseResult":"Error: no","toolDenialKind":"user-rejected"}"#,
    );
    assert!(
        row["content_blocks"].contains("tool_use_id: t"),
        "{}",
        row["content_blocks"]
    );
    assert!(row["content_blocks"].contains("is_error: true, result_text: a\nb"));
    assert_eq!(
        pick(
            &row,
            &[
                "content_text",
                "tool_use_result",
                "lines_added",
                "tool_denial_kind"
            ]
        ),
        "- | \"Error: no\" | - | user-rejected"
    );
}

#[test]
fn lines_paths_and_durations_come_from_the_structured_result() {
    let columns = [
        "tool_result_type",
        "tool_file_path",
        "lines_added",
        "lines_removed",
        "tool_duration_ms",
    ];
    for (result, expected) in [
        (
            r#"{"filePath":"/a","structuredPatch":[{"lines":[" x","-y","+z","+\"","\\ No newline at end of file"]},{"lines":["+"]}]}"#,
            "- | /a | 3 | 1 | -",
        ),
        (
            r#"{"type":"create","filePath":"/a","content":"x\ny\n","structuredPatch":[]}"#,
            "create | /a | 2 | 0 | -",
        ),
        (
            r#"{"type":"update","filePath":"/a","content":"x","structuredPatch":[]}"#,
            "update | /a | 0 | 0 | -",
        ),
        (
            r#"{"type":"text","file":{"filePath":"/b","content":"x"}}"#,
            "text | /b | - | - | -",
        ),
        (r#"{"durationMs":12.6}"#, "- | - | - | - | 13"),
        (r#"{"totalDurationMs":7}"#, "- | - | - | - | 7"),
        (r#"{"durationSeconds":1.5}"#, "- | - | - | - | 1500"),
        (
            r#"{"type":5,"filePath":["x"],"structuredPatch":"no","content":3}"#,
            "5 | - | - | - | -",
        ),
        (r#"["a"]"#, "- | - | - | - | -"),
        ("null", "- | - | - | - | -"),
    ] {
        let row = row_of(&format!("{{\"type\":\"user\",\"toolUseResult\":{result}}}"));
        assert_eq!(pick(&row, &columns), expected, "{result}");
        let kept = row.get("tool_use_result").map(String::as_str);
        assert_eq!(kept, (result != "null").then_some(result));
    }
}

#[test]
fn progress_of_a_sub_agent_carries_its_message() {
    let row = row_of(
        r#"{"type":"progress","isSidechain":false,"sessionId":"s","data":{"type":"agent_progress","agentId":"a1","message":{"type":"assistant","requestId":"r","message":{"id":"m","role":"assistant","model":"claude","stop_reason":null,"content":[{"type":"text","text":"hidden"}],"usage":{"input_tokens":3}}}}}"#,
    );
    let columns = [
        "subtype",
        "agent_id",
        "is_sidechain",
        "message_id",
        "request_id",
        "model",
        "role",
        "input_tokens",
        "content_text",
        "content_blocks",
    ];
    assert_eq!(
        pick(&row, &columns),
        "agent_progress | a1 | true | m | r | claude | assistant | 3 | - | []"
    );
}

#[test]
fn subtypes_titles_and_origins() {
    let columns = [
        "subtype",
        "title",
        "leaf_uuid",
        "content_text",
        "origin_kind",
        "prompt_source",
        "permission_mode",
        "is_meta",
        "is_compact_summary",
        "is_api_error",
    ];
    for (line, expected) in [
        (
            r#"{"type":"system","subtype":"turn_duration","content":"c"}"#,
            "turn_duration | - | - | c | - | - | - | - | - | -",
        ),
        (
            r#"{"type":"attachment","attachment":{"type":"hook_success","content":"x"}}"#,
            "hook_success | - | - | - | - | - | - | - | - | -",
        ),
        (
            r#"{"type":"progress","data":{"type":"bash_progress"}}"#,
            "bash_progress | - | - | - | - | - | - | - | - | -",
        ),
        (
            r#"{"type":"summary","summary":"t","leafUuid":"l"}"#,
            "- | t | l | - | - | - | - | - | - | -",
        ),
        (
            r#"{"type":"ai-title","aiTitle":"t"}"#,
            "- | t | - | - | - | - | - | - | - | -",
        ),
        (
            r#"{"type":"custom-title","customTitle":"t"}"#,
            "- | t | - | - | - | - | - | - | - | -",
        ),
        (
            r#"{"type":"user","origin":{"kind":"human"},"promptSource":"typed","permissionMode":"plan","isMeta":true,"isCompactSummary":true,"isApiErrorMessage":false,"message":{"role":"user","content":"hi"}}"#,
            "- | - | - | hi | human | typed | plan | true | true | false",
        ),
        (
            r#"{"type":"queue-operation","content":[{"type":"text","text":"q"}]}"#,
            "- | - | - | q | - | - | - | - | - | -",
        ),
    ] {
        assert_eq!(pick(&row_of(line), &columns), expected, "{line}");
    }
}

#[test]
fn surprising_types_become_text_or_null() {
    let row = row_of(
        r#"{"type":7,"uuid":12.5,"sessionId":{"a":1},"isSidechain":"true","isMeta":1,"timestamp":5,"cwd":true,"message":"text","durationMs":"15","costUSD":"0.25","requestId":[1],"toolUseResult":true,"origin":"x","attachment":[],"data":null,"gitBranch":null}"#,
    );
    let columns = [
        "type",
        "uuid",
        "session_id",
        "is_sidechain",
        "is_meta",
        "timestamp",
        "cwd",
        "role",
        "duration_ms",
        "logged_cost_usd",
        "request_id",
        "tool_use_result",
        "git_branch",
    ];
    assert_eq!(
        pick(&row, &columns),
        "7 | 12.5 | s1 | true | - | - | true | - | 15 | 0.25 | - | true | -"
    );
    let row = row_of(
        r#"{"message":{"content":["bare",5,null,{"type":"text","text":6}],"usage":{"input_tokens":"3","output_tokens":2.0,"iterations":null,"cache_creation":7}}}"#,
    );
    assert_eq!(
        pick(
            &row,
            &[
                "content_text",
                "input_tokens",
                "output_tokens",
                "iterations"
            ]
        ),
        "bare\n6 | 3 | 2 | -"
    );
}

#[test]
fn the_flat_shape_is_understood() {
    let row = row_of(
        r#"{"_id":"x","type":"tool_use","timestamp":"2025-01-02T03:04:05Z","project_path":"/p","session_id":"s9","message":{"role":"human","content":"do"},"tool_use":{"name":"Read","parameters":{"f":1}},"_synced_at":"2025-01-02T04:00:00Z"}"#,
    );
    assert_eq!(
        pick(
            &row,
            &["session_id", "cwd", "role", "content_text", "_ingested_at"]
        ),
        "s9 | /p | human | do | 2025-01-02T04:00:00Z"
    );
    assert!(
        row["content_blocks"].contains("type: tool_use"),
        "{}",
        row["content_blocks"]
    );
    assert!(row["content_blocks"].contains("tool_name: Read, tool_input: {\"f\":1}"));
    let row = row_of(
        r#"{"type":"tool_result","session_id":"s9","tool_result":{"tool_use_id":"t","content":"ok","is_error":false}}"#,
    );
    assert!(row["content_blocks"].contains("is_error: false, result_text: ok"));
    // In real lines the snake-case field names another session, the one this was forked from.
    assert_eq!(
        row_of(r#"{"sessionId":"own","session_id":"origin"}"#)["session_id"],
        "own"
    );
}

#[test]
fn sub_agents_are_told_by_their_file() {
    let mut place = super::Place::new();
    place.write(
        "projects/-p/s1/subagents/agent-a1.jsonl",
        "{\"type\":\"user\"}\n",
    );
    place.write(
        "projects/-p/agent-b2.jsonl",
        "{\"type\":\"user\",\"sessionId\":\"s2\",\"agentId\":\"own\",\"isSidechain\":false}\n{}\n",
    );
    let rows = place.sync().rows;
    let facts = |row| {
        pick(
            row,
            &["session_id", "agent_id", "is_sidechain", "source_file"],
        )
    };
    assert_eq!(facts(&rows[0]), "s2 | own | false | -p/agent-b2.jsonl");
    assert_eq!(facts(&rows[1]), "- | b2 | true | -p/agent-b2.jsonl");
    assert_eq!(
        facts(&rows[2]),
        "s1 | a1 | true | -p/s1/subagents/agent-a1.jsonl"
    );
}
