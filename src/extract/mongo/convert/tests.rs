//! Documents and the rows they become.

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc};
use proptest::prelude::*;

use super::*;

fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).expect("BSON")
}

/// Converts, and gives the row to `check`.
fn with_row(document: &Document, check: impl FnOnce(&EntryRow<'_>)) {
    let raw = raw(document);
    let mut json = String::from("left over");
    let facts = Facts {
        id: "x".into(),
        seq: 1,
        content_hash: 2,
        ingested_at: Some(3),
    };
    let row = entry_row(&raw, facts, &mut json).expect("a row");
    assert_eq!(
        (&*row.id, row.seq, row.content_hash, row.ingested_at),
        ("x", 1, 2, Some(3))
    );
    serde_json::from_str::<serde_json::Value>(&row.raw_json).expect("valid JSON");
    check(&row);
}

fn refusal(document: &RawDocument) -> String {
    entry_row(document, Facts::default(), &mut String::new())
        .expect_err("refused")
        .0
}

fn assistant() -> Document {
    doc! {
        "_id": bson::oid::ObjectId::from_bytes([1; 12]),
        "parentUuid": Bson::Null, "isSidechain": false, "cwd": "/a", "sessionId": "s",
        "version": "2.1.0", "gitBranch": "main", "type": "assistant", "uuid": "u",
        "timestamp": "2026-08-10T16:55:41.385Z", "requestId": "req", "costUSD": 0.5, "durationMs": 12,
        "message": {
            "id": "msg", "role": "assistant", "model": "m", "stop_reason": "tool_use",
            "content": [
                { "type": "thinking", "thinking": "hm", "signature": "…" },
                { "type": "text", "text": "one" },
                { "text": "two", "type": "text" },
                { "type": "tool_use", "id": "toolu", "name": "Edit", "input": { "a": { "b": [1, 2.5] } } },
            ],
            "usage": {
                "input_tokens": 1, "output_tokens": 2_i64, "cache_creation_input_tokens": 3.0,
                "cache_read_input_tokens": 4,
                "cache_creation": { "ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 6 },
                "server_tool_use": { "web_search_requests": 7, "web_fetch_requests": 8 },
                "service_tier": "standard", "speed": "fast", "inference_geo": "",
                "iterations": [{ "type": "message" }],
            },
        },
        "projectId": "-a", "sourceFile": "f.jsonl", "ingestedAt": DateTime::from_millis(5),
    }
}

#[test]
fn an_answer_fills_its_columns() {
    with_row(&assistant(), |row| {
        assert_eq!(row.kind.as_deref(), Some("assistant"));
        assert_eq!(row.parent_uuid, None);
        assert_eq!(row.is_sidechain, Some(false));
        assert_eq!(row.timestamp, Some(1_786_380_941_385_000));
        assert_eq!(row.content_text.as_deref(), Some("one\ntwo"));
        assert_eq!(
            (row.logged_cost_usd, row.duration_ms),
            (Some(0.5), Some(12))
        );
        assert_eq!(row.project_id.as_deref(), Some("-a"));
        assert_eq!(row.source_file.as_deref(), Some("f.jsonl"));
        let kinds: Vec<_> = row
            .blocks
            .iter()
            .map(|block| block.kind.as_deref())
            .collect();
        assert_eq!(
            kinds,
            [
                Some("thinking"),
                Some("text"),
                Some("text"),
                Some("tool_use")
            ]
        );
        let call = row.blocks.last().expect("a call");
        assert_eq!(call.tool_use_id.as_deref(), Some("toolu"));
        assert_eq!(call.tool_name.as_deref(), Some("Edit"));
        assert_eq!(call.tool_input.as_deref(), Some(r#"{"a":{"b":[1,2.5]}}"#));
        assert_eq!((row.input_tokens, row.output_tokens), (Some(1), Some(2)));
        assert_eq!(
            (row.cache_creation_tokens, row.cache_read_tokens),
            (Some(3), Some(4))
        );
        assert_eq!(
            (row.cache_creation_5m_tokens, row.cache_creation_1h_tokens),
            (Some(5), Some(6))
        );
        assert_eq!(
            (row.web_search_requests, row.web_fetch_requests),
            (Some(7), Some(8))
        );
        assert_eq!(row.iterations.as_deref(), Some(r#"[{"type":"message"}]"#));
        assert!(
            row.raw_json
                .starts_with(r#"{"_id":"010101010101010101010101","parentUuid":null,"#)
        );
        assert!(
            row.raw_json
                .ends_with(r#""ingestedAt":"1970-01-01T00:00:00.005Z"}"#)
        );
    });
}

#[test]
fn a_tool_result_fills_its_columns() {
    let result = doc! {
        "type": "user",
        "message": { "role": "user", "content": [{
            "type": "tool_result", "tool_use_id": "toolu", "is_error": true,
            "content": [{ "type": "text", "text": "a" }, { "type": "image" }, "b"],
        }] },
        "toolUseResult": {
            "type": "update", "filePath": "/a.rs", "durationSeconds": 1.5,
            "structuredPatch": [{ "lines": [" x", "-y", "+z", "+", "\\ No newline at end of file"] }],
        },
    };
    with_row(&result, |row| {
        let block = row.blocks.first().expect("a block");
        assert_eq!(block.result_text.as_deref(), Some("a\nb"));
        assert_eq!(block.is_error, Some(true));
        assert_eq!(row.content_text, None);
        assert_eq!((row.lines_added, row.lines_removed), (Some(2), Some(1)));
        assert_eq!(row.tool_duration_ms, Some(1500));
        assert_eq!(row.tool_file_path.as_deref(), Some("/a.rs"));
        assert_eq!(row.tool_result_type.as_deref(), Some("update"));
        assert!(
            row.tool_use_result
                .as_deref()
                .is_some_and(|json| json.starts_with(r#"{"type":"update""#))
        );
    });
    let created = doc! { "toolUseResult": {
    "type": "create", "content": "a\nb", "structuredPatch": [], "file": { "filePath": "/b" } } };
    with_row(&created, |row| {
        assert_eq!((row.lines_added, row.lines_removed), (Some(2), Some(0)));
        assert_eq!(row.tool_file_path.as_deref(), Some("/b"));
    });
    with_row(&doc! { "toolUseResult": "Error: \"no\"" }, |row| {
        assert_eq!(row.tool_use_result.as_deref(), Some(r#""Error: \"no\"""#));
        assert_eq!(row.lines_added, None);
    });
    with_row(&doc! { "toolUseResult": Bson::Null }, |row| {
        assert_eq!(row.tool_use_result, None);
    });
}

#[test]
fn the_flat_shape_is_understood() {
    let flat = doc! {
        "type": "tool_use", "session_id": "s", "project_path": "/p",
        "timestamp": DateTime::from_millis(7), "content": "text beside",
        "tool_use": { "id": "t", "name": "Bash", "parameters": { "command": "ls" } },
        "tool_result": { "tool_use_id": "t", "content": "out", "is_error": "false" },
    };
    with_row(&flat, |row| {
        assert_eq!(row.session_id.as_deref(), Some("s"));
        assert_eq!(row.cwd.as_deref(), Some("/p"));
        assert_eq!(row.timestamp, Some(7000));
        assert_eq!(row.content_text.as_deref(), Some("text beside"));
        let [call, result] = row.blocks.as_slice() else {
            panic!("two blocks")
        };
        assert_eq!(call.kind.as_deref(), Some("tool_use"));
        assert_eq!(call.tool_input.as_deref(), Some(r#"{"command":"ls"}"#));
        assert_eq!(result.kind.as_deref(), Some("tool_result"));
        assert_eq!(result.result_text.as_deref(), Some("out"));
        assert_eq!(result.is_error, Some(false));
    });
    with_row(
        &doc! { "type": "message", "message": { "role": "user", "content": "hello" } },
        |row| {
            assert_eq!(row.content_text.as_deref(), Some("hello"));
            assert_eq!(row.role.as_deref(), Some("user"));
        },
    );
    with_row(
        &doc! { "type": "summary", "summary": "title", "leafUuid": "l" },
        |row| {
            assert_eq!(row.title.as_deref(), Some("title"));
        },
    );
}

#[test]
fn progress_of_a_sub_agent_carries_its_message() {
    let progress = doc! { "type": "progress", "data": {
    "type": "agent_progress", "agentId": "a", "message": {
        "requestId": "r", "message": {
            "id": "m", "role": "assistant", "content": [{ "type": "text", "text": "x" }],
            "usage": { "output_tokens": 9 },
        } } } };
    with_row(&progress, |row| {
        assert_eq!(row.subtype.as_deref(), Some("agent_progress"));
        assert_eq!(row.agent_id.as_deref(), Some("a"));
        assert_eq!(row.is_sidechain, Some(true));
        assert_eq!(row.request_id.as_deref(), Some("r"));
        assert_eq!(
            (row.message_id.as_deref(), row.output_tokens),
            (Some("m"), Some(9))
        );
        assert!(row.blocks.is_empty());
    });
}

#[test]
fn drifting_types_never_cost_the_document() {
    let values = [
        Bson::Null,
        Bson::Boolean(true),
        Bson::Int32(1),
        Bson::Int64(2),
        Bson::Double(f64::NAN),
        Bson::String("s".into()),
        Bson::Document(doc! { "a": [1, { "b": "c" }] }),
        Bson::Array(vec![
            Bson::Int32(1),
            Bson::Document(doc! { "x": 1 }),
            Bson::Array(vec![]),
        ]),
        Bson::DateTime(DateTime::from_millis(1)),
        Bson::ObjectId(bson::oid::ObjectId::from_bytes([7; 12])),
        Bson::Decimal128("1.5".parse().expect("decimal")),
        Bson::MinKey,
        Bson::MaxKey,
        Bson::Undefined,
        Bson::Symbol("y".into()),
        Bson::Timestamp(bson::Timestamp {
            time: 1,
            increment: 2,
        }),
        Bson::JavaScriptCode("f".into()),
        Bson::Binary(bson::Binary {
            subtype: bson::spec::BinarySubtype::Generic,
            bytes: vec![1],
        }),
    ];
    let whole = assistant();
    for value in &values {
        for key in whole.keys() {
            let mut changed = whole.clone();
            changed.insert(key, value.clone());
            with_row(&changed, |row| assert!(!row.raw_json.is_empty()));
        }
        for key in [
            "toolUseResult",
            "attachment",
            "origin",
            "data",
            "content",
            "tool_use",
            "tool_result",
        ] {
            with_row(&doc! { key: value.clone() }, |row| {
                assert!(!row.raw_json.is_empty());
            });
        }
        for key in ["content", "usage", "id", "model"] {
            with_row(&doc! { "message": { key: value.clone() } }, |_| {});
        }
    }
    with_row(
        &doc! { "uuid": 5, "durationMs": "12", "isMeta": "x", "timestamp": "later" },
        |row| {
            assert_eq!(row.uuid.as_deref(), Some("5"));
            assert_eq!(row.duration_ms, Some(12));
            assert_eq!((row.is_meta, row.timestamp), (None, None));
        },
    );
}

#[test]
fn what_has_no_row_is_refused_with_a_reason() {
    assert!(refusal(&raw(&doc! { "a": { "b": ["x\0y"] } })).contains("NUL"));
    let deep = (0..MAX_DEPTH + 1).fold(doc! {}, |inner, _| doc! { "d": inner });
    assert!(refusal(&raw(&deep)).contains("nested deeper"));
    let deepest = (0..MAX_DEPTH).fold(doc! {}, |inner, _| doc! { "d": inner });
    with_row(&deepest, |_| {});
    let mut bytes = raw(&doc! { "a": "bcd" }).into_bytes();
    if let Some(byte) = bytes.iter_mut().find(|byte| **byte == b'c') {
        *byte = 0xff;
    }
    let broken = RawDocument::from_bytes(&bytes).expect("a frame");
    assert!(refusal(broken).contains("BSON"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_corruption_brings_the_reader_down(
        changes in proptest::collection::vec((4_usize..2000, any::<u8>()), 1..6),
    ) {
        let mut everything = assistant();
        everything.insert("regex", bson::Regex { pattern: "a".try_into().expect("c"), options: "i".try_into().expect("c") });
        everything.insert("code", bson::JavaScriptCodeWithScope { code: "f".into(), scope: doc! { "a": 1 } });
        everything.insert("bin", bson::Binary { subtype: bson::spec::BinarySubtype::BinaryOld, bytes: vec![1, 2] });
        let mut bytes = raw(&everything).into_bytes();
        let last = bytes.len() - 1;
        for (at, byte) in changes {
            let at = 4 + at % (last - 4);
            bytes[at] = byte;
        }
        let document = RawDocument::from_bytes(&bytes).expect("a frame");
        prop_assert!(!payload(document).is_empty());
        let mut json = String::new();
        if let Ok(row) = entry_row(document, Facts::default(), &mut json) {
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&row.raw_json).is_ok());
        }
    }
}
