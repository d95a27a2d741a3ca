//! Hand-made transcripts and the binary under test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// The binary in a clean environment: its home, configuration and data below `dir`.
pub(crate) fn cca(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cca"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", dir.join("home"))
        .env("CCA_DATA_DIR", dir.join("data"))
        .env("TZ", "UTC")
        .env("NO_COLOR", "1")
        .current_dir(dir);
    command
}

/// Runs the binary and returns stdout; a failure shows everything it said.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("the binary starts");
    assert!(
        output.status.success(),
        "{command:?} ended with {:?}\n{}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Runs the binary, which must fail with `code`, and returns stderr.
pub(crate) fn fail(command: &mut Command, code: i32) -> String {
    let output = command.output().expect("the binary starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        output.status.code(),
        Some(code),
        "{command:?}\n{}\n{stderr}",
        String::from_utf8_lossy(&output.stdout)
    );
    stderr
}

/// Runs a query on the warehouse below `dir` and returns its rows.
pub(crate) fn query(dir: &Path, sql: &str) -> Vec<serde_json::Value> {
    let text = succeed(cca(dir).args(["query", sql, "--format", "json"]));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The only value of a query.
pub(crate) fn scalar(dir: &Path, sql: &str) -> serde_json::Value {
    let rows = query(dir, sql);
    let row = rows
        .first()
        .and_then(serde_json::Value::as_object)
        .unwrap_or_else(|| panic!("no row: {sql}"));
    row.values().next().cloned().unwrap_or_default()
}

/// Writes sessions of one project and returns the root to read.
pub(crate) fn transcripts(dir: &Path, project: &str, sessions: &[(&str, &[String])]) -> PathBuf {
    let root = dir.join("claude");
    let folder = root.join("projects").join(project);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (session, lines) in sessions {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(folder.join(format!("{session}.jsonl")), text).expect("written");
    }
    root
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A user's prompt, a second after the one before.
pub(crate) fn user_line(text: &str) -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    serde_json::json!({
        "parentUuid": null, "isSidechain": false, "userType": "external", "cwd": "/work/p",
        "sessionId": "s", "version": "2.1.100", "gitBranch": "main", "type": "user",
        "message": {"role": "user", "content": text},
        "uuid": format!("00000000-0000-4000-8000-{number:012}"),
        "timestamp": format!("2026-01-02T03:{:02}:{:02}.000Z", number / 60 % 60, number % 60),
    })
    .to_string()
}

/// One line of an API response: a tool call with the usage of the whole response.
pub(crate) fn assistant_line(message_id: &str, tool: &str, output_tokens: u64) -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    serde_json::json!({
        "parentUuid": null, "isSidechain": false, "userType": "external", "cwd": "/work/p",
        "sessionId": "s", "version": "2.1.100", "gitBranch": "main", "type": "assistant",
        "message": {
            "id": message_id, "type": "message", "role": "assistant", "model": "claude-opus-4-6",
            "content": [{"type": "tool_use", "id": format!("toolu_{number}"), "name": tool, "input": {"command": "ls"}}],
            "stop_reason": "tool_use", "stop_sequence": null,
            "usage": {"input_tokens": 3, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 11,
                      "output_tokens": output_tokens, "service_tier": "standard"},
        },
        "requestId": format!("req_{message_id}"),
        "uuid": format!("00000000-0000-4000-8000-{number:012}"),
        "timestamp": format!("2026-01-02T03:{:02}:{:02}.000Z", number / 60 % 60, number % 60),
    })
    .to_string()
}

/// A script that runs the binary in the clean environment of `dir`, for other programs to start.
pub(crate) fn wrapper(dir: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join("cca.sh");
    let script = format!(
        "#!/bin/sh\ncd '{dir}' && exec env -i PATH=\"$PATH\" HOME='{dir}/home' \
         CCA_DATA_DIR='{dir}/data' TZ=UTC NO_COLOR=1 '{binary}' \"$@\"\n",
        dir = dir.display(),
        binary = env!("CARGO_BIN_EXE_cca"),
    );
    std::fs::write(&path, script).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    path
}

/// The folder of shared facts and data beside the project, or a visible line that it is absent.
pub(crate) fn shared(test: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {test} needs `../shared` beside the project");
    None
}

/// Every relation of the marts with all its rows in order, without columns that tell when a run
/// took place.
pub(crate) fn marts(dir: &Path) -> std::collections::BTreeMap<String, String> {
    let relations = query(
        dir,
        "SELECT table_name AS name, string_agg('\"' || column_name || '\"', ', ' ORDER BY ordinal_position) AS columns
         FROM information_schema.columns
         WHERE table_schema = 'marts' AND column_name NOT LIKE '\\_%' ESCAPE '\\'
         GROUP BY table_name",
    );
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    relations
        .iter()
        .map(|relation| {
            let name = text(&relation["name"]);
            let sql = format!(
                "SELECT {} FROM marts.\"{name}\" ORDER BY ALL",
                text(&relation["columns"])
            );
            let rows = succeed(cca(dir).args(["query", &sql, "--format", "csv", "--limit", "0"]));
            (name, rows)
        })
        .collect()
}
