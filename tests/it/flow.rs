//! Transcripts end to end: hand-made nasty ones, in pieces and at once.

use std::path::Path;

use crate::fixtures::{self, assistant_line, cca, query, scalar, succeed, user_line};

fn run(dir: &Path, command: &str, root: &Path) -> serde_json::Value {
    let text = succeed(
        cca(dir)
            .args([command, "--format", "json", "--roots"])
            .arg(root),
    );
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn counts(report: &serde_json::Value) -> [i64; 4] {
    let counts = &report["extract"]["sources"][0]["counts"];
    ["read", "landed", "duplicates", "dead_lettered"]
        .map(|key| counts[key].as_i64().expect("a count"))
}

fn append(path: &Path, text: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("a file");
    file.write_all(text.as_bytes()).expect("written");
}

#[test]
fn nothing_is_lost_and_nothing_is_counted_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let lines = [
        user_line("fix the bug"),
        assistant_line("msg_1", "Bash", 1),
        assistant_line("msg_1", "Read", 9),
    ];
    let root = fixtures::transcripts(dir.path(), "p", &[("s", &lines)]);
    let folder = root.join("projects/p");
    // Two objects on one line, garbage, a blank line, not an object, and an incomplete last line.
    append(
        &folder.join("s.jsonl"),
        &format!("{}{}\n", user_line("one"), user_line("two")),
    );
    append(
        &folder.join("s.jsonl"),
        "{\"type\":\"assistant\",\"mess\n\n[1,2]\n",
    );
    let waiting = user_line("later");
    let (head, tail) = waiting.split_at(40);
    append(&folder.join("s.jsonl"), head);
    std::fs::write(folder.join("empty.jsonl"), "").expect("written");
    let huge = user_line(&"x".repeat(3_000_000));
    append(&folder.join("huge.jsonl"), &format!("{huge}\n"));
    std::os::unix::fs::symlink(&root, folder.join("loop")).expect("a link");

    let first = run(dir.path(), "backfill", &root);
    assert_eq!(counts(&first), [8, 6, 0, 2]);
    assert_eq!(first["load"]["inserted"], 6);
    let letters_file = walkdir::WalkDir::new(dir.path().join("data/dead_letter"))
        .into_iter()
        .flatten()
        .find(|item| item.file_name() == "extraction_failures.jsonl")
        .expect("a dead letter file");
    let letters = std::fs::read_to_string(letters_file.path()).expect("readable");
    let letters: Vec<serde_json::Value> = letters
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0]["payload"], "{\"type\":\"assistant\",\"mess");
    assert!(
        letters[0]["position"]
            .as_str()
            .expect("a position")
            .contains("s.jsonl:")
    );
    assert_eq!(letters[1]["payload"], "[1,2]");

    // From the beginning again: everything is recognised, nothing is written twice.
    let again = run(dir.path(), "backfill", &root);
    assert_eq!(counts(&again), [8, 0, 6, 2]);
    assert_eq!(again["land"]["snapshots"], 0);
    let kept = std::fs::read_to_string(letters_file.path()).expect("readable");
    assert_eq!(kept.lines().count(), 2);

    // One response over two lines: the last usage counts, once.
    let calls = query(
        dir.path(),
        "SELECT message_id, output_tokens, cache_creation_tokens FROM marts.fct_api_calls",
    );
    assert_eq!(
        calls,
        [
            serde_json::json!({"message_id": "msg_1", "output_tokens": 9, "cache_creation_tokens": 5})
        ]
    );
    assert_eq!(
        scalar(dir.path(), "SELECT count(*) FROM marts.fct_tool_calls"),
        2
    );
    assert_eq!(
        scalar(
            dir.path(),
            "SELECT length(_raw_json) FROM raw.conversation_json ORDER BY 1 DESC"
        ),
        huge.len()
    );

    let nothing = run(dir.path(), "sync", &root);
    assert_eq!(counts(&nothing), [0, 0, 0, 0]);
    assert_eq!(nothing["land"]["snapshots"], 0);
    assert_eq!(nothing["load"]["inserted"], 0);

    append(&folder.join("s.jsonl"), &format!("{tail}\n"));
    let more = run(dir.path(), "sync", &root);
    assert_eq!(counts(&more), [1, 1, 0, 0]);
    assert_eq!(
        scalar(dir.path(), "SELECT count(*) FROM raw.conversations"),
        7
    );
}

#[test]
fn pieces_give_the_same_marts_as_one_go() {
    let whole = tempfile::tempdir().expect("a folder");
    let pieces = tempfile::tempdir().expect("a folder");
    succeed(
        cca(whole.path())
            .args([
                "demo",
                "--generate-only",
                "--size",
                "3MB",
                "--seed",
                "5",
                "--target",
            ])
            .arg(whole.path().join("logs")),
    );
    let logs = whole.path().join("logs");
    run(whole.path(), "backfill", &logs);
    let files: Vec<_> = walkdir::WalkDir::new(logs.join("projects"))
        .sort_by_file_name()
        .into_iter()
        .flatten()
        .filter(|item| {
            item.file_type().is_file()
                && item.path().extension().is_some_and(|kind| kind == "jsonl")
        })
        .collect();
    assert!(files.len() > 3);
    let copy = pieces.path().join("logs");
    // Cut in the middle of lines, on purpose.
    for part in 0..3 {
        for file in &files {
            let bytes = std::fs::read(file.path()).expect("readable");
            let end = bytes.len() * (part + 1) / 3;
            let target = copy.join(file.path().strip_prefix(&logs).expect("below"));
            std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
            std::fs::write(&target, &bytes[..end]).expect("written");
        }
        run(pieces.path(), "sync", &copy);
    }
    let (expected, found) = (
        fixtures::marts(whole.path()),
        fixtures::marts(pieces.path()),
    );
    assert!(expected.len() >= 16, "{:?}", expected.keys());
    for (name, rows) in &expected {
        assert!(rows.lines().count() > 1, "{name} has rows");
        assert_eq!(found.get(name), Some(rows), "{name}");
    }
    // And a rebuild from scratch changes nothing either.
    succeed(cca(pieces.path()).args(["run", "--full-refresh", "-q"]));
    assert_eq!(fixtures::marts(pieces.path()), found);
}

#[test]
fn a_replaced_file_is_read_again_and_its_old_entries_go() {
    let dir = tempfile::tempdir().expect("a folder");
    let old = [user_line("aaa"), user_line("bbb"), user_line("ccc")];
    let root = fixtures::transcripts(
        dir.path(),
        "p",
        &[("s", &old), ("t", &[user_line("stays")])],
    );
    run(dir.path(), "backfill", &root);
    assert_eq!(
        scalar(dir.path(), "SELECT count(*) FROM marts.fct_messages"),
        4
    );
    let new = [user_line(
        "replaced, and rather longer than what was there before",
    )];
    fixtures::transcripts(dir.path(), "p", &[("s", &new)]);
    let report = run(dir.path(), "sync", &root);
    assert_eq!(
        report["load"]["deleted"].as_i64().expect("a count")
            + report["load"]["updated"].as_i64().expect("a count"),
        3
    );
    assert_eq!(
        scalar(dir.path(), "SELECT count(*) FROM raw.conversations"),
        2
    );
    assert_eq!(
        scalar(dir.path(), "SELECT count(*) FROM marts.fct_messages"),
        2
    );
    let texts = query(
        dir.path(),
        "SELECT content_text FROM raw.conversations ORDER BY 1",
    );
    assert_eq!(
        texts[0]["content_text"],
        "replaced, and rather longer than what was there before"
    );
    // A full re-scan says the same.
    let again = run(dir.path(), "backfill", &root);
    assert_eq!(again["load"]["inserted"], 0);
    assert_eq!(
        scalar(dir.path(), "SELECT count(*) FROM raw.conversations"),
        2
    );
}

#[test]
fn a_demonstration_says_what_its_truth_says() {
    let dir = tempfile::tempdir().expect("a folder");
    let logs = dir.path().join("logs");
    succeed(
        cca(dir.path())
            .args([
                "demo",
                "-q",
                "--data-dir",
                "data",
                "--size",
                "4MB",
                "--seed",
                "11",
                "--target",
            ])
            .arg(&logs),
    );
    let truth: serde_json::Value =
        serde_json::from_slice(&std::fs::read(logs.join("truth.json")).expect("readable"))
            .expect("JSON");
    let totals = query(
        dir.path(),
        "SELECT (SELECT count(*) FROM marts.fct_api_calls) AS api_calls,
                (SELECT sum(output_tokens)::BIGINT FROM marts.fct_api_calls) AS output_tokens,
                (SELECT count(*) FROM marts.fct_tool_calls) AS tool_calls,
                (SELECT count(*) FROM marts.fct_messages WHERE role = 'human') AS prompts",
    );
    let truths = [
        ("api_calls", &truth["tokens"]["calls"]),
        ("output_tokens", &truth["tokens"]["output"]),
        ("prompts", &truth["prompts"]),
        ("tool_calls", &truth["tools"]["calls"]),
    ];
    for (key, expected) in truths {
        assert!(expected.is_i64() || expected.is_u64(), "{key} in {truth}");
        assert_eq!(&totals[0][key], expected, "{key} in {truth}");
    }
}

#[test]
fn sessions_with_odd_names_are_built_again_like_any_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let names = [
        "it's \"odd\"; -- {{ x }} {% if %}",
        "na\u{ef}ve \u{2028}\u{e000}",
        "\\'; DROP TABLE x; --",
        &"a".repeat(3000),
    ];
    let file = dir.path().join("logs/projects/p/s.jsonl");
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    for part in ["a", "b"] {
        for (number, name) in names.iter().enumerate() {
            let entry = serde_json::json!({
                "type": "user", "uuid": format!("{part}{number}"), "sessionId": name,
                "timestamp": format!("2026-01-0{}T10:00:00.000Z", number + 1),
                "message": {"role": "user", "content": "hello"},
            });
            append(&file, &format!("{entry}\n"));
        }
        run(dir.path(), "sync", &dir.path().join("logs"));
    }
    let sql = "SELECT session_id, message_count FROM marts.dim_sessions ORDER BY start_time";
    let expected: Vec<_> = names
        .iter()
        .map(|name| serde_json::json!({"session_id": name, "message_count": 2}))
        .collect();
    assert_eq!(query(dir.path(), sql), expected);
}
