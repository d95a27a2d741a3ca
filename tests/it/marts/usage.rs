//! Tokens and cost: each class once, each price as the vendor bills it.

use serde_json::{Value, json};

use super::lines::{Built, pairs, prompt, said, used, with};
use crate::fixtures::{cca, succeed};

const T: &str = "2026-03-02T10:00:00.000";

/// Input and output, nothing cached.
pub(super) fn usage(input: u64, output: u64) -> Value {
    json!({"input_tokens": input, "output_tokens": output, "cache_creation_input_tokens": 0,
           "cache_read_input_tokens": 0})
}

/// Cost by response, with all its digits.
pub(super) fn costs(built: &Built) -> std::collections::BTreeMap<String, Value> {
    built.map(
        "SELECT message_id AS id, cost_usd::VARCHAR AS cost FROM marts.fct_api_calls ORDER BY 1",
    )
}

#[test]
fn every_class_has_its_price_and_costs_are_exact() {
    let all = json!({"input_tokens": 1000, "output_tokens": 2000, "cache_creation_input_tokens": 7000,
        "cache_creation": {"ephemeral_5m_input_tokens": 4000, "ephemeral_1h_input_tokens": 3000},
        "cache_read_input_tokens": 100_000,
        "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 3}});
    let tenth = with(usage(1, 0), &json!({"cache_read_input_tokens": 1}));
    let unsplit = json!({"input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 1000,
        "cache_read_input_tokens": 0});
    let extra = |more: Value| with(usage(1000, 1000), &more);
    let lines = vec![
        used("s", T, "all", "claude-opus-4-6", &all),
        used("s", T, "small", "claude-opus-4-6", &tenth),
        used("s", T, "unsplit", "claude-opus-4-6", &unsplit),
        used(
            "s",
            T,
            "fast",
            "claude-opus-4-6",
            &extra(json!({"speed": "fast"})),
        ),
        used(
            "s",
            T,
            "batch",
            "claude-opus-4-6",
            &extra(json!({"service_tier": "batch"})),
        ),
        used(
            "s",
            T,
            "geo",
            "claude-opus-4-6",
            &extra(json!({"inference_geo": "us"})),
        ),
        used(
            "s",
            T,
            "bedrock",
            "us.anthropic.claude-opus-4-6-20260101-v1:0",
            &usage(1000, 1000),
        ),
        used(
            "s",
            T,
            "dotted",
            "anthropic/claude-opus-4.6",
            &usage(1000, 1000),
        ),
        // 150,001 + 50,000 tokens of input are above 200,000, so all of it is dearer
        used(
            "s",
            T,
            "long",
            "claude-sonnet-4-5-20250929",
            &with(
                usage(150_001, 1000),
                &json!({"cache_read_input_tokens": 50_000}),
            ),
        ),
        used(
            "s",
            T,
            "not_long",
            "claude-sonnet-4-5-20250929",
            &with(
                usage(150_000, 1000),
                &json!({"cache_read_input_tokens": 50_000}),
            ),
        ),
        used("s", T, "no_tier", "claude-sonnet-4-6", &usage(300_000, 0)),
        used("s", T, "unknown", "claude-nova-9", &usage(1000, 1000)),
    ];
    let built = Built::from(&[("-home-ada-shop/s.jsonl", lines)]);
    assert_eq!(
        costs(&built),
        pairs([
            // 0.005 in + 0.05 out + 0.025 write 5 m + 0.03 write 1 h + 0.05 read + 0.02 searches
            ("all", json!("0.1800000000")),
            ("small", json!("0.0000055000")),
            ("unsplit", json!("0.0062500000")),
            ("fast", json!("0.1800000000")),
            ("batch", json!("0.0150000000")),
            ("geo", json!("0.0330000000")),
            ("bedrock", json!("0.0330000000")),
            ("dotted", json!("0.0300000000")),
            // 0.900006 in + 0.0225 out + 0.03 read
            ("long", json!("0.9525060000")),
            // 0.45 in + 0.015 out + 0.015 read
            ("not_long", json!("0.4800000000")),
            ("no_tier", json!("0.9000000000")),
            ("unknown", Value::Null),
        ])
    );
    built.says(
        "SELECT input_tokens, output_tokens, cache_creation_tokens, cache_creation_5m_tokens,
                cache_creation_1h_tokens, cache_read_tokens, total_tokens, web_search_requests,
                web_fetch_requests, is_priced
         FROM marts.fct_api_calls WHERE message_id = 'all'",
        &json!({"input_tokens": 1000, "output_tokens": 2000, "cache_creation_tokens": 7000,
            "cache_creation_5m_tokens": 4000, "cache_creation_1h_tokens": 3000,
            "cache_read_tokens": 100_000, "total_tokens": 110_000, "web_search_requests": 2,
            "web_fetch_requests": 3, "is_priced": true}),
    );
    built.says(
        "SELECT is_priced, total_tokens FROM marts.fct_api_calls WHERE message_id = 'unknown'",
        &json!({"is_priced": false, "total_tokens": 2000}),
    );
    built.says(
        "SELECT sum(unpriced_api_calls)::INT AS unpriced FROM marts.agg_model_usage_daily WHERE model = 'claude-nova-9'",
        &json!({"unpriced": 1}),
    );
    let status = succeed(cca(built.path()).args(["status", "--format", "json"]));
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(
        status["warehouse"]["unpriced_models"],
        json!([{"model": "claude-nova-9", "price_name": "claude-nova-9", "api_calls": 1, "tokens": 2000}])
    );
    let status = succeed(cca(built.path()).arg("status"));
    assert!(
        status.contains("claude-nova-9") && status.contains("seeds/model_prices.csv"),
        "{status}"
    );
}

#[test]
fn an_advisor_is_counted_under_its_own_model() {
    let asked = with(
        usage(100, 200),
        &json!({"iterations": [
            {"type": "message", "input_tokens": 60, "output_tokens": 150},
            {"type": "advisor_message", "model": "claude-fable-5", "input_tokens": 1000,
             "output_tokens": 500, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 300,
             "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100}},
            {"type": "advisor_message", "model": "claude-fable-5", "input_tokens": 1000, "output_tokens": 0},
            {"type": "message", "input_tokens": 40, "output_tokens": 50}]}),
    );
    let stranger = with(
        usage(100, 200),
        &json!({"iterations": [{"type": "advisor_message", "model": "oracle-1", "input_tokens": 7, "output_tokens": 1}]}),
    );
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            used("s", T, "asked", "claude-opus-4-6", &asked),
            used("s", T, "stranger", "claude-opus-4-6", &stranger),
        ],
    )]);
    // own 0.0005 + 0.005; advisor 0.02 in + 0.025 out + 0.002 read + 0.0025 + 0.002 written
    built.says(
        "SELECT input_tokens, output_tokens, total_tokens, advisor_model, advisor_input_tokens,
                advisor_output_tokens, advisor_cache_creation_tokens, advisor_cache_read_tokens,
                advisor_tokens, advisor_cost_usd::VARCHAR AS advisor_cost, cost_usd::VARCHAR AS cost, is_priced
         FROM marts.fct_api_calls WHERE message_id = 'asked'",
        &json!({"input_tokens": 100, "output_tokens": 200, "total_tokens": 300,
            "advisor_model": "claude-fable-5", "advisor_input_tokens": 2000, "advisor_output_tokens": 500,
            "advisor_cache_creation_tokens": 300, "advisor_cache_read_tokens": 2000, "advisor_tokens": 4800,
            "advisor_cost": "0.0515000000", "cost": "0.0570000000", "is_priced": true}),
    );
    // An advisor without a price makes the whole a lower bound, and says so.
    built.says(
        "SELECT cost_usd::VARCHAR AS cost, is_priced FROM marts.fct_api_calls WHERE message_id = 'stranger'",
        &json!({"cost": "0.0055000000", "is_priced": false}),
    );
    built.says(
        "SELECT api_calls, advisor_calls, input_tokens, output_tokens, cache_creation_5m_tokens AS w5,
                cache_creation_1h_tokens AS w1, cache_read_tokens, total_tokens, cost_usd::VARCHAR AS cost
         FROM marts.agg_model_usage_daily WHERE model = 'claude-fable-5'",
        &json!({"api_calls": 0, "advisor_calls": 1, "input_tokens": 2000, "output_tokens": 500, "w5": 200,
            "w1": 100, "cache_read_tokens": 2000, "total_tokens": 4800, "cost": "0.0515000000"}),
    );
    built.says(
        "SELECT api_calls, total_tokens, cost_usd::VARCHAR AS cost FROM marts.agg_model_usage_daily
         WHERE model = 'claude-opus-4-6'",
        &json!({"api_calls": 2, "total_tokens": 600, "cost": "0.0110000000"}),
    );
    built.says(
        "SELECT total_tokens, advisor_tokens, cost_usd::VARCHAR AS cost FROM marts.agg_daily_summary",
        &json!({"total_tokens": 600, "advisor_tokens": 4808, "cost": "0.0625000000"}),
    );
    built.says(
        "SELECT is_priced FROM marts.dim_models WHERE model = 'oracle-1'",
        &json!({"is_priced": false}),
    );
}

#[test]
fn a_response_counts_once_with_its_last_usage_in_the_session_that_made_it() {
    let first = used(
        "one",
        "2026-03-02T10:00:00.000",
        "m",
        "claude-opus-4-6",
        &usage(5, 1),
    );
    let second = used(
        "one",
        "2026-03-02T10:00:02.000",
        "m",
        "claude-opus-4-6",
        &usage(5, 40),
    );
    // The resumed session repeats both lines, with its own id, and goes on.
    let resumed = |line: &Value| with(line.clone(), &json!({"sessionId": "two"}));
    let files = [
        (
            "-home-ada-shop/one.jsonl",
            vec![
                prompt("one", "2026-03-02T09:59:00.000", "go"),
                first.clone(),
                second.clone(),
            ],
        ),
        (
            "-home-ada-shop/two.jsonl",
            vec![
                resumed(&first),
                resumed(&second),
                used(
                    "two",
                    "2026-03-02T11:00:00.000",
                    "n",
                    "claude-opus-4-6",
                    &usage(5, 7),
                ),
            ],
        ),
    ];
    let built = Built::from(&files);
    assert_eq!(
        built.rows("SELECT message_id AS id, session_id, output_tokens, line_count, streaming_ms, \"timestamp\"::VARCHAR AS at
                    FROM marts.fct_api_calls ORDER BY 1"),
        [
            json!({"id": "m", "session_id": "one", "output_tokens": 40, "line_count": 2, "streaming_ms": 2000, "at": "2026-03-02 10:00:00"}),
            json!({"id": "n", "session_id": "two", "output_tokens": 7, "line_count": 1, "streaming_ms": 0, "at": "2026-03-02 11:00:00"}),
        ]
    );
    built.says(
        "SELECT sum(token_count)::INT AS tokens, count(token_count)::INT AS responses FROM marts.fct_messages",
        &json!({"tokens": 57, "responses": 2}),
    );
}

#[test]
fn output_written_before_the_end_is_provisional_and_notices_are_no_usage() {
    let unfinished = |id: &str, version: &str| {
        let line = used("s", T, id, "claude-opus-4-6", &usage(1, 1));
        with(
            line,
            &json!({"version": version, "message": {"stop_reason": null}}),
        )
    };
    let finished = with(
        used("s", T, "finished", "claude-opus-4-6", &usage(1, 1)),
        &json!({"version": "2.0.50"}),
    );
    let notice = with(
        used("s", T, "notice", "<synthetic>", &usage(0, 0)),
        &json!({"isApiErrorMessage": true}),
    );
    let logged = with(
        used("s", T, "logged", "claude-opus-4-6", &usage(1000, 0)),
        &json!({"costUSD": 0.125, "version": "0.2.120"}),
    );
    let built = Built::from(&[(
        "-home-ada-shop/s.jsonl",
        vec![
            prompt("s", T, "go"),
            unfinished("old", "1.0.10"),
            unfinished("from", "1.0.11"),
            unfinished("to", "2.1.42"),
            unfinished("new", "2.1.43"),
            finished,
            notice,
            logged,
        ],
    )]);
    assert_eq!(
        built.map("SELECT message_id AS id, is_provisional FROM marts.fct_api_calls"),
        pairs([
            ("old", json!(false)),
            ("from", json!(true)),
            ("to", json!(true)),
            ("new", json!(false)),
            ("finished", json!(false)),
            ("logged", json!(false)),
        ])
    );
    // Ours beside what was logged.
    built.says(
        "SELECT cost_usd::VARCHAR AS cost, logged_cost_usd::VARCHAR AS logged FROM marts.fct_api_calls WHERE message_id = 'logged'",
        &json!({"cost": "0.0050000000", "logged": "0.1250000000"}),
    );
    built.says(
        "SELECT role FROM marts.fct_messages WHERE message_id = 'notice'",
        &json!({"role": "system"}),
    );
    built.says(
        "SELECT provisional_api_calls FROM marts.agg_session_metrics",
        &json!({"provisional_api_calls": 2}),
    );
}

#[test]
fn sub_agents_count_for_their_session_and_reports_only_where_lines_are_missing() {
    let side = json!({"isSidechain": true, "agentId": "a1"});
    let report = |id: &str| {
        let message = used("s", T, id, "claude-opus-4-6", &usage(3, 4));
        json!({"type": "progress", "sessionId": "s", "uuid": format!("report-{id}"), "timestamp": format!("{T}Z"),
            "cwd": "/home/ada/shop", "version": "2.1.30",
            "data": {"type": "agent_progress", "agentId": "a1",
                     "message": {"type": "assistant", "message": message["message"]}}})
    };
    let built = Built::from(&[
        (
            "-home-ada-shop/s.jsonl",
            vec![
                prompt("s", T, "go"),
                said("s", T, "main", "ok"),
                report("kept"),
                report("lost"),
            ],
        ),
        (
            "-home-ada-shop/s/subagents/agent-a1.jsonl",
            vec![with(
                used("s", T, "kept", "claude-opus-4-6", &usage(3, 9)),
                &side,
            )],
        ),
    ]);
    assert_eq!(
        built.rows("SELECT message_id AS id, session_id AS s, is_sidechain AS side, is_reported AS report, output_tokens AS out
                    FROM marts.fct_api_calls ORDER BY 1"),
        [
            json!({"id": "kept", "s": "s", "side": true, "report": false, "out": 9}),
            json!({"id": "lost", "s": "s", "side": true, "report": true, "out": 4}),
            json!({"id": "main", "s": "s", "side": false, "report": false, "out": 20}),
        ]
    );
    built.says(
        "SELECT human_messages, api_calls, sidechain_api_calls, output_tokens FROM marts.agg_session_metrics",
        &json!({"human_messages": 1, "api_calls": 3, "sidechain_api_calls": 2, "output_tokens": 33}),
    );
}
