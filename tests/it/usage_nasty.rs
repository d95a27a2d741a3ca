//! Random transcripts in which everything that may go wrong does, with few names, so that lines
//! collide in every way.

use std::path::{Path, PathBuf};

use fastrand::Rng;
use serde_json::{Value, json};

/// Writes transcripts below `dir` and returns the root to read.
pub(crate) fn transcripts(dir: &Path, seed: u64, lines: usize) -> PathBuf {
    let mut rng = Rng::with_seed(seed);
    let root = dir.join(format!("nasty-{seed}"));
    let files = [
        "a/s0.jsonl",
        "a/s1.jsonl",
        "a/s1/subagents/agent-x1.jsonl",
        "b/agent-y2.jsonl",
        "b/s2.jsonl",
        "c/s0.jsonl",
    ];
    for file in files {
        let path = root.join("projects").join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        let mut bytes: Vec<u8> = Vec::new();
        for _ in 0..lines {
            bytes.extend(line(&mut rng));
        }
        std::fs::write(path, bytes).expect("written");
    }
    root
}

fn pick<T: Clone>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(..from.len())].clone()
}

/// A line, now and then cut, joined to the next, or no text at all.
fn line(rng: &mut Rng) -> Vec<u8> {
    let mut text = entry(rng).to_string();
    match rng.u8(..40) {
        0 => text.truncate(text.len() / 2),
        1 => {
            text = serde_json::to_string_pretty(&entry(rng))
                .expect("JSON")
                .replace('\n', " ");
        }
        2 => text.push_str(&entry(rng).to_string()),
        3 => text.insert(0, ' '),
        4 => text = text.replacen("assistant", "assist\u{0}ant", 1),
        5 => text.push('\r'),
        6 => text = text.replacen("\"x\"", "\"\\ud83d\"", 1),
        7 => return b"{\"type\":\"assistant\",\"bad\":\"\xff\"}\n".to_vec(),
        _ => {}
    }
    text.push('\n');
    text.into_bytes()
}

fn entry(rng: &mut Rng) -> Value {
    let mut entry = json!({
        "type": pick(rng, &["assistant", "assistant", "assistant", "user", "user", "progress", "message", "tool_use", "system", "summary"]),
        "timestamp": timestamp(rng),
        "text": "x",
    });
    let mut set = |name: &str, value: Value| {
        entry[name] = value;
    };
    if rng.u8(..10) > 0 {
        set(
            "sessionId",
            pick(
                rng,
                &[
                    json!("s0"),
                    json!("s1"),
                    json!("s2"),
                    json!("s3"),
                    json!(""),
                ],
            ),
        );
    }
    if rng.u8(..10) > 0 {
        set("uuid", json!(format!("u{}", rng.u8(..60))));
    }
    if rng.u8(..6) > 0 {
        set(
            "cwd",
            pick(
                rng,
                &[json!("/w/a"), json!("/w/b"), json!("/w/a/sub"), json!(null)],
            ),
        );
    }
    if rng.u8(..4) == 0 {
        set(
            "isSidechain",
            pick(rng, &[json!(true), json!(false), json!(null)]),
        );
    }
    set(
        "version",
        pick(
            rng,
            &[
                json!("2.1.40"),
                json!("2.1.100"),
                json!("1.0.10"),
                json!("x"),
            ],
        ),
    );
    if rng.u8(..5) == 0 {
        let (reported, own) = (message(rng), message(rng));
        set(
            "data",
            json!({"type": "agent_progress", "agentId": "z", "message": {"requestId": "r", "message": reported}}),
        );
        set("message", own);
    } else {
        set("message", message(rng));
    }
    entry
}

fn timestamp(rng: &mut Rng) -> Value {
    let minute = rng.u8(..6);
    let day = rng.u8(1..4);
    match rng.u8(..30) {
        0 => json!(null),
        1 => json!("not a time"),
        2 => json!(format!("2026-03-0{day}T10:0{minute}:00.123456Z")),
        3 => json!(format!("2026-03-0{day}T12:0{minute}:00+02:00")),
        4 => json!(17),
        _ => json!(format!(
            "2026-03-0{day}T{}:0{minute}:00.000Z",
            rng.u8(10..24)
        )),
    }
}

fn message(rng: &mut Rng) -> Value {
    let mut message = json!({"role": pick(rng, &["assistant", "assistant", "user"]), "content": [{"type": "text", "text": "x"}]});
    if rng.u8(..15) > 0 {
        message["id"] = json!(format!("m{}", rng.u8(..40)));
    }
    message["model"] = pick(
        rng,
        &[
            json!("claude-opus-4-6"),
            json!("claude-sonnet-4-5-20250929"),
            json!("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            json!("claude-opus-9"),
            json!("<synthetic>"),
            json!(""),
            json!(null),
        ],
    );
    message["stop_reason"] = pick(rng, &[json!(null), json!("end_turn"), json!("tool_use")]);
    if rng.u8(..10) > 0 {
        message["usage"] = usage(rng);
    }
    message
}

fn usage(rng: &mut Rng) -> Value {
    let mut usage = json!({
        "input_tokens": number(rng, 150_000),
        "output_tokens": number(rng, 3_000),
        "cache_read_input_tokens": number(rng, 150_000),
        "cache_creation_input_tokens": number(rng, 9_000),
    });
    if rng.bool() {
        usage["cache_creation"] = json!({
            "ephemeral_5m_input_tokens": rng.u32(..3) * 1000,
            "ephemeral_1h_input_tokens": rng.u32(..3) * 1000,
        });
    }
    if rng.u8(..4) == 0 {
        usage["iterations"] = requests(rng, &usage);
    }
    let extra = [
        ("speed", json!("fast")),
        ("service_tier", json!("batch")),
        ("inference_geo", json!("us")),
        ("server_tool_use", json!({"web_search_requests": 3})),
        ("output_tokens", json!(null)),
        ("iterations", iterations(rng)),
    ];
    for (name, value) in extra {
        if rng.u8(..5) == 0 {
            usage[name] = value;
        }
    }
    if rng.u8(..40) == 0 {
        json!(null)
    } else {
        usage
    }
}

/// Mostly a whole number, sometimes a fraction or a text.
fn number(rng: &mut Rng, most: u32) -> Value {
    let value = rng.u32(..most);
    match rng.u8(..25) {
        0 => json!(f64::from(value) + 0.5),
        1 => json!(value.to_string()),
        2 => json!(null),
        3 => json!({"no": "number"}),
        _ => json!(value),
    }
}

/// Two requests, and an advisor between them, that mostly add up to the usage.
fn requests(rng: &mut Rng, usage: &Value) -> Value {
    let mut first = json!({"type": "message"});
    let mut second = first.clone();
    for name in [
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
    ] {
        let whole = usage[name].as_u64().unwrap_or(0);
        let part = rng.u64(..=whole);
        first[name] = part.into();
        second[name] = (whole - part + u64::from(rng.u8(..20) == 0)).into();
    }
    if let Some(split) = usage.get("cache_creation") {
        first["cache_creation"] = split.clone();
    }
    second["cache_creation"] = json!({"ephemeral_1h_input_tokens": rng.u32(..900)});
    let advisor =
        json!({"type": "advisor_message", "model": "claude-haiku-4-5", "input_tokens": 9});
    json!([first, advisor, second])
}

fn iterations(rng: &mut Rng) -> Value {
    let advisor = |model: &str, rng: &mut Rng| {
        json!({
            "type": "advisor_message", "model": model, "input_tokens": rng.u32(..5000),
            "output_tokens": rng.u32(..500), "cache_read_input_tokens": rng.u32(..5000),
            "cache_creation_input_tokens": 700, "cache_creation": {"ephemeral_1h_input_tokens": rng.u32(..900)},
        })
    };
    match rng.u8(..4) {
        0 => json!([]),
        1 => json!([{"type": "message", "input_tokens": 5}, advisor("claude-opus-4-5", rng)]),
        2 => json!([
            advisor("claude-opus-4-5", rng),
            advisor("claude-haiku-4-5", rng)
        ]),
        _ => json!([advisor("nobody-knows-1", rng)]),
    }
}
