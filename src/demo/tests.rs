//! The demonstration says what its totals say, and says it again for the same seed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{DemoReport, DemoRequest, generate};
use crate::error::Kind;
use crate::event::Silent;

fn request(target: &Path, bytes: u64, seed: u64) -> DemoRequest {
    DemoRequest {
        target: target.to_owned(),
        bytes,
        seed,
        end: jiff::civil::date(2026, 9, 30),
    }
}

fn files(target: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = walkdir::WalkDir::new(target)
        .into_iter()
        .map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|file| {
            let path = file.path().strip_prefix(target).expect("below").to_owned();
            (path, std::fs::read(file.path()).expect("readable"))
        })
        .collect()
}

fn demo(bytes: u64, seed: u64) -> (BTreeMap<PathBuf, Vec<u8>>, DemoReport, Value) {
    let folder = tempfile::tempdir().expect("a folder");
    let report = generate(&request(folder.path(), bytes, seed), &Silent).expect("generated");
    let mut files = files(folder.path());
    let truth = files.remove(Path::new("truth.json")).expect("totals");
    (files, report, serde_json::from_slice(&truth).expect("JSON"))
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (first, report, _) = demo(3_000_000, 5);
    let (second, ..) = demo(3_000_000, 5);
    assert!(first == second);
    let (other, ..) = demo(3_000_000, 6);
    assert!(first != other);
    assert!(report.bytes >= 3_000_000, "{report:?}");
    assert!(report.bytes < 12_000_000, "{report:?}");
    assert_eq!(report.files, first.len() as u64);
    assert_eq!(
        report.bytes,
        first.values().map(|bytes| bytes.len() as u64).sum::<u64>()
    );
}

#[test]
fn nothing_is_mixed_with_other_transcripts() {
    let folder = tempfile::tempdir().expect("a folder");
    let request = request(folder.path(), 10_000, 1);
    generate(&request, &Silent).expect("generated");
    let refused = generate(&request, &Silent).expect_err("exists");
    assert_eq!(refused.kind(), Kind::Usage);
}

/// What a reader finds that counts everything once.
#[derive(Default)]
struct Found {
    entries: u64,
    /// Usage by message id; the last line of a response wins.
    responses: BTreeMap<String, (String, bool, Value)>,
    prompts: BTreeSet<String>,
    calls: BTreeMap<String, String>,
    results: BTreeMap<String, Value>,
    instants: BTreeSet<String>,
    sessions: BTreeSet<String>,
}

impl Found {
    fn take(&mut self, line: &Value) {
        self.entries += 1;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let message = &line["message"];
        if let Some(instant) = line["timestamp"].as_str() {
            self.instants.insert(instant.to_owned());
        }
        if let Some(session) = line["sessionId"].as_str() {
            self.sessions.insert(session.to_owned());
        }
        if line["type"] == "assistant" && message["model"] != "<synthetic>" {
            let is_sidechain = line["isSidechain"] == true;
            let usage = (
                text(&message["model"]),
                is_sidechain,
                message["usage"].clone(),
            );
            self.responses.insert(text(&message["id"]), usage);
        }
        if line["origin"]["kind"] == "human" {
            self.prompts.insert(text(&line["uuid"]));
        }
        for block in message["content"].as_array().into_iter().flatten() {
            if block["type"] == "tool_use" {
                self.calls.insert(text(&block["id"]), text(&block["name"]));
            }
            if block["type"] == "tool_result" {
                self.results
                    .insert(text(&block["tool_use_id"]), line.clone());
            }
        }
    }

    fn tokens(&self, field: &str) -> u64 {
        self.responses
            .values()
            .map(|(_, _, usage)| usage[field].as_u64().expect("a count"))
            .sum()
    }

    /// Lines with this mark in all patches, and lines of created files when the mark is `+`.
    fn changed_lines(&self, mark: char) -> u64 {
        let results = self.results.values().map(|line| &line["toolUseResult"]);
        results
            .map(|result| {
                let hunks = result["structuredPatch"].as_array().into_iter().flatten();
                let lines = hunks.flat_map(|hunk| hunk["lines"].as_array().expect("lines"));
                let marked = lines.filter(|line| line.as_str().expect("text").starts_with(mark));
                let created = (mark == '+' && result["type"] == "create")
                    .then(|| result["content"].as_str().expect("text").lines().count() as u64);
                marked.count() as u64 + created.unwrap_or(0)
            })
            .sum()
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one recount of everything the truth holds"
)]
fn totals_are_what_the_transcripts_say() {
    let (files, report, truth) = demo(60_000_000, 11);
    let mut found = Found::default();
    for bytes in files.values() {
        for line in bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            found.take(&serde_json::from_slice(line).expect("JSON"));
        }
    }
    let rejected = |line: &&Value| line["toolDenialKind"] == "user-rejected";
    let failed = |line: &&Value| line["message"]["content"][0]["is_error"] == true;
    let results = || found.results.values();
    let counts = [
        ("/entries", found.entries),
        ("/entries", report.entries),
        ("/sessions", found.sessions.len() as u64),
        ("/sessions", report.sessions),
        ("/tokens/calls", found.responses.len() as u64),
        ("/tokens/input", found.tokens("input_tokens")),
        ("/tokens/output", found.tokens("output_tokens")),
        (
            "/tokens/cache_read",
            found.tokens("cache_read_input_tokens"),
        ),
        (
            "/sidechain_tokens/calls",
            found.responses.values().filter(|it| it.1).count() as u64,
        ),
        ("/prompts", found.prompts.len() as u64),
        ("/tools/calls", found.calls.len() as u64),
        (
            "/tools/unanswered",
            (found.calls.len() - found.results.len()) as u64,
        ),
        (
            "/tools/rejections",
            results().filter(rejected).count() as u64,
        ),
        (
            "/tools/errors",
            results()
                .filter(failed)
                .filter(|line| !rejected(line))
                .count() as u64,
        ),
        ("/lines_added", found.changed_lines('+')),
        ("/lines_removed", found.changed_lines('-')),
    ];
    for (pointer, count) in counts {
        let told = truth
            .pointer(pointer)
            .and_then(Value::as_u64)
            .expect("a total");
        assert!(told > 0, "{pointer}");
        assert_eq!(told, count, "{pointer}");
    }
    let created = truth["tokens"]["cache_creation_5m"]
        .as_u64()
        .expect("a count")
        + truth["tokens"]["cache_creation_1h"]
            .as_u64()
            .expect("a count");
    assert_eq!(created, found.tokens("cache_creation_input_tokens"));
    for name in [
        "forked_sessions",
        "copied_entries",
        "subagents",
        "compactions",
        "retries",
        "interruptions",
        "api_errors",
        "synthetic_messages",
        "slash_commands",
        "commits",
        "pull_requests",
        "edits",
        "files_created",
    ] {
        assert!(truth[name].as_u64().expect("a total") > 0, "{name}");
    }
    let models: BTreeSet<_> = found.responses.values().map(|it| it.0.as_str()).collect();
    assert_eq!(
        models.len(),
        truth["tokens_by_model"].as_object().expect("a map").len()
    );
    let (first, last) = (
        found.instants.first().expect("one"),
        found.instants.last().expect("one"),
    );
    assert!(
        first.as_str() >= "2026-08-02" && last.as_str() < "2026-10-01",
        "{first} {last}"
    );
}
