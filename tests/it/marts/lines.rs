//! Transcript lines with chosen times, and warehouses built from them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::fixtures::{self, cca, succeed};

static NEXT: AtomicU64 = AtomicU64::new(1);

/// A directory all sessions start in unless they say otherwise.
pub(super) const SHOP: &str = "/home/ada/shop";

/// `extra` merged into `line`; objects are merged field by field, null removes a field.
pub(super) fn with(mut line: Value, extra: &Value) -> Value {
    merge(&mut line, extra);
    line
}

fn merge(target: &mut Value, extra: &Value) {
    match (target, extra) {
        (Value::Object(target), Value::Object(extra)) => {
            for (key, value) in extra {
                if value.is_null() {
                    target.remove(key);
                } else {
                    merge(target.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (target, extra) => *target = extra.clone(),
    }
}

fn line(session: &str, at: &str, kind: &str, message: &Value) -> Value {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    json!({
        "parentUuid": null, "isSidechain": false, "userType": "external", "cwd": SHOP,
        "sessionId": session, "version": "2.1.100", "gitBranch": "main", "type": kind,
        "message": message, "uuid": format!("00000000-0000-4000-8000-{number:012}"),
        "timestamp": format!("{at}Z"),
    })
}

/// A prompt somebody typed.
pub(super) fn prompt(session: &str, at: &str, text: &str) -> Value {
    line(
        session,
        at,
        "user",
        &json!({"role": "user", "content": text}),
    )
}

/// A line of response `id` of claude-opus-4-6 with `blocks`; it used 10 tokens in, 20 out.
pub(super) fn answer(session: &str, at: &str, id: &str, blocks: &[Value]) -> Value {
    line(
        session,
        at,
        "assistant",
        &json!({
            "id": id, "type": "message", "role": "assistant", "model": "claude-opus-4-6",
            "content": blocks, "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 10, "output_tokens": 20, "cache_creation_input_tokens": 0,
                      "cache_read_input_tokens": 0},
        }),
    )
}

/// A response that only says `text`.
pub(super) fn said(session: &str, at: &str, id: &str, text: &str) -> Value {
    answer(session, at, id, &[json!({"type": "text", "text": text})])
}

/// A response with the usage given instead of the usual one.
pub(super) fn used(session: &str, at: &str, id: &str, model: &str, usage: &Value) -> Value {
    let mut line = said(session, at, id, "ok");
    line["message"]["model"] = json!(model);
    line["message"]["usage"] = usage.clone();
    line
}

/// A tool call, as a block of a response.
pub(super) fn call(id: &str, tool: &str, input: &Value) -> Value {
    json!({"type": "tool_use", "id": id, "name": tool, "input": input})
}

/// The line with the result of a call that succeeded, and its structured form.
pub(super) fn result(session: &str, at: &str, call: &str, structured: &Value) -> Value {
    let block = json!({"type": "tool_result", "tool_use_id": call, "content": "done"});
    let line = line(
        session,
        at,
        "user",
        &json!({"role": "user", "content": [block]}),
    );
    with(line, &json!({"toolUseResult": structured}))
}

/// The line with the result of a call that did not succeed.
pub(super) fn failure(session: &str, at: &str, call: &str, text: &str) -> Value {
    let block =
        json!({"type": "tool_result", "tool_use_id": call, "content": text, "is_error": true});
    let line = line(
        session,
        at,
        "user",
        &json!({"role": "user", "content": [block]}),
    );
    with(line, &json!({"toolUseResult": format!("Error: {text}")}))
}

/// Copies models, which `tests/mutations/check.py` has broken on purpose.
fn copy(from: &Path, to: &Path) {
    for item in walkdir::WalkDir::new(from) {
        let item = item.expect("readable");
        let target = to.join(item.path().strip_prefix(from).expect("below"));
        if item.file_type().is_dir() {
            std::fs::create_dir_all(&target).expect("a folder");
        } else {
            std::fs::copy(item.path(), &target).expect("copied");
        }
    }
}

/// A folder with a warehouse of the files given: path below `projects`, lines.
pub(super) struct Built {
    dir: tempfile::TempDir,
}

impl Built {
    pub(super) fn from(files: &[(&str, Vec<Value>)]) -> Self {
        Self::configured("", files)
    }

    /// The same with a configuration file.
    pub(super) fn configured(toml: &str, files: &[(&str, Vec<Value>)]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("cca.toml"), toml).expect("written");
        if let Some(models) = std::env::var_os("CCA_TEST_SQL") {
            copy(Path::new(&models), &dir.path().join("sql"));
        }
        let built = Self { dir };
        built.write(files);
        built.run("backfill");
        built
    }

    /// Writes files, whole.
    pub(super) fn write(&self, files: &[(&str, Vec<Value>)]) {
        for (path, lines) in files {
            let path = self.path().join("claude/projects").join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            std::fs::write(path, text).expect("written");
        }
    }

    /// Reads the files with `backfill` or `sync`; every check must pass.
    pub(super) fn run(&self, command: &str) {
        let root = self.path().join("claude");
        succeed(cca(self.path()).args([command, "-q", "--roots"]).arg(root));
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn rows(&self, sql: &str) -> Vec<Value> {
        fixtures::query(self.path(), sql)
    }

    /// The only row of a query.
    #[track_caller]
    pub(super) fn row(&self, sql: &str) -> Value {
        let mut rows = self.rows(sql);
        assert_eq!(rows.len(), 1, "{sql}: {rows:?}");
        rows.remove(0)
    }

    /// Asserts that the only row of a query is `expected`.
    #[track_caller]
    pub(super) fn says(&self, sql: &str, expected: &Value) {
        assert_eq!(&self.row(sql), expected, "{sql}");
    }

    /// A query of two columns as a map.
    pub(super) fn map(&self, sql: &str) -> BTreeMap<String, Value> {
        let pairs = self.rows(sql).into_iter().map(|row| {
            let mut values = row.as_object().expect("a row").values().cloned();
            let key = values.next().expect("a key");
            let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
            (key, values.next().expect("a value"))
        });
        pairs.collect()
    }
}

/// A map from pairs.
pub(super) fn pairs<const N: usize>(pairs: [(&str, Value); N]) -> BTreeMap<String, Value> {
    pairs.map(|(key, value)| (key.to_owned(), value)).into()
}
