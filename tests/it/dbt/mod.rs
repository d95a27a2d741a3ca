//! The projects of `tests/dbt`, step by step, against what dbt-core and dbt-duckdb left of them:
//! equal names, kinds, columns, types and contents, and every node ended the same way.
//!
//! `tests/dbt/oracle.py` makes the expectations and compares both live.

mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use cca::warehouse::{Access, Options, Warehouse, quote};

fn folder(project: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/dbt")
        .join(project)
}

fn yaml(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).expect("readable");
    serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &Path) -> Option<Json> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// Copies what is in `from`, but for what belongs to the comparison itself.
fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().flatten() {
        let below = entry.path().strip_prefix(from).expect("below");
        let first = below.components().next();
        let first = first.map(|part| part.as_os_str().to_string_lossy().into_owned());
        let own = [
            "changes",
            "steps.yml",
            "expected.json",
            "manifest.json",
            "differences.yml",
        ];
        if first.is_some_and(|name| own.contains(&name.as_str())) {
            continue;
        }
        let target = to.join(below);
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target).expect("made");
        } else {
            std::fs::copy(entry.path(), &target).expect("copied");
        }
    }
}

fn words(value: &Json) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .map(|item| {
            item.as_str()
                .map_or_else(|| item.to_string(), str::to_owned)
        })
        .collect()
}

/// Runs a step: the exit code, how each node ended, and everything it said.
fn run(work: &Path, step: &Json) -> (Option<i32>, BTreeMap<String, Json>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cca"));
    command
        .env_clear()
        .env("HOME", work.with_file_name("home"))
        .env("TZ", "UTC")
        .env("NO_COLOR", "1")
        .current_dir(work)
        .args(words(&step["command"]));
    for (name, value) in step["env"].as_object().into_iter().flatten() {
        command.env(name, value.as_str().expect("a text"));
    }
    if step.get("vars").is_some() {
        command.args(["--vars", &step["vars"].to_string()]);
    }
    command.args(["--project-dir", ".", "--format", "json"]);
    let path = work.join("target/sources.json");
    let before = written(&path);
    let output = command.output().expect("started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report: Json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let units = report["transform"]["units"].as_array();
    let mut found: BTreeMap<String, Json> = units.into_iter().flatten().map(status).collect();
    let listed = report.as_array().filter(|_| step["command"][0] == "ls");
    for node in listed.into_iter().flatten() {
        let id = node["id"].as_str().expect("an id");
        found.insert(without_hash(id).to_owned(), Json::from("listed"));
    }
    if let Some(document) = json(&path).filter(|_| written(&path) != before) {
        for one in document["results"].as_array().expect("a list") {
            let id = one["unique_id"].as_str().expect("an id");
            let word = match one["status"].as_str().expect("a status") {
                "pass" => "ok",
                "runtime error" => "error",
                other => other,
            };
            found.insert(id.to_owned(), Json::from(word));
        }
    }
    (output.status.code(), found, said)
}

/// When an artifact was written.
fn written(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|about| about.modified()).ok()
}

/// Sets the artifacts of a step apart, as the state of later ones.
fn keep(work: &Path, step: &Json) {
    let Some(name) = step["keep"].as_str() else {
        return;
    };
    std::fs::create_dir_all(work.join(name)).expect("made");
    for artifact in ["manifest.json", "run_results.json", "sources.json"] {
        let path = work.join("target").join(artifact);
        if path.exists() {
            std::fs::copy(&path, work.join(name).join(artifact)).expect("copied");
        }
    }
}

/// Id and result of a node; tests with the number of failures, and without the hash in their id.
fn status(unit: &Json) -> (String, Json) {
    let id = unit["id"].as_str().expect("an id");
    let failures = unit["failures"].as_u64();
    let word = match unit["status"].as_str().expect("a status") {
        "ok" if id.starts_with("exposure.") || id.starts_with("saved_query.") => "noop",
        "ok" => "ok",
        "warned" => "warn",
        "skipped" => "skip",
        _ if failures.is_some() => "fail",
        _ => "error",
    };
    if !id.starts_with("test.") {
        return (id.to_owned(), Json::from(word));
    }
    let text = failures.map_or(word.to_owned(), |failures| format!("{word} {failures}"));
    (without_hash(id).to_owned(), Json::from(text))
}

fn without_hash(id: &str) -> &str {
    match id.rsplit_once('.') {
        Some((name, hash))
            if id.starts_with("test.") && name.matches('.').count() > 1 && is_hash(hash) =>
        {
            name
        }
        _ => id,
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Every relation of the database: its kind, columns, number of rows, and a hash of its rows in
/// any order. Of columns with instants of the run only whether they are there counts.
fn relations(work: &Path, volatile: &Json) -> BTreeMap<String, Json> {
    let path = work.join("warehouse.duckdb");
    if !path.exists() {
        return BTreeMap::new();
    }
    let warehouse = Warehouse::open(&path, &Options::new(Access::ReadOnly)).expect("opened");
    let connection = warehouse.connect().expect("connected");
    let file_search = quote_text(&work.display().to_string());
    connection
        .batch(&format!("SET file_search_path = {file_search}"))
        .expect("set");
    let tables = connection
        .query(
            "SELECT table_schema, table_name, table_type FROM information_schema.tables \
             WHERE table_catalog = current_database() AND table_schema <> 'cca' ORDER BY ALL",
            &[],
        )
        .expect("listed");
    let mut found = BTreeMap::new();
    for row in &tables.rows {
        let text = |index: usize| row[index].as_str().unwrap_or_default().to_owned();
        let (schema, name) = (text(0), text(1));
        let relation = format!("{}.{}", quote(&schema), quote(&name));
        let key = format!("{schema}.{name}");
        let unstable: BTreeSet<String> = words(&volatile[&key]).into_iter().collect();
        let columns = connection.describe(&relation).expect("described");
        let cells: Vec<String> = columns
            .iter()
            .map(|column| cell(&column.name, unstable.contains(&column.name)))
            .collect();
        let sql = format!(
            "SELECT count(*), md5(coalesce(string_agg(h, '' ORDER BY h), '')) FROM (SELECT md5({}) AS h FROM {relation})",
            cells.join(" || ',' || ")
        );
        let counted = connection
            .query(&sql, &[])
            .unwrap_or_else(|error| panic!("{key}: {error}"));
        let listed: Vec<String> = columns
            .iter()
            .map(|column| format!("{} {}", column.name, column.type_name))
            .collect();
        found.insert(
            key,
            serde_json::json!({
                "kind": if text(2) == "VIEW" { "view" } else { "table" },
                "columns": listed,
                "rows": counted.rows[0][0].as_i64(),
                "hash": counted.rows[0][1].as_str(),
            }),
        );
    }
    found
}

fn quote_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn cell(column: &str, is_unstable: bool) -> String {
    let column = quote(column);
    if is_unstable {
        return format!("CASE WHEN {column} IS NULL THEN 'N' ELSE 'S' END");
    }
    let text = format!("CAST({column} AS VARCHAR)");
    format!("CASE WHEN {column} IS NULL THEN 'N' ELSE length({text}) || ':' || {text} END")
}

/// What is meant to differ: `step: {key: reason}`.
fn deliberate(project: &Path) -> BTreeSet<(String, String)> {
    let path = project.join("differences.yml");
    if !path.exists() {
        return BTreeSet::new();
    }
    let document = yaml(&path);
    let steps = document.as_object().expect("steps");
    steps
        .iter()
        .flat_map(|(step, keys)| {
            let keys = keys.as_object().expect("keys with reasons");
            keys.keys().map(move |key| (step.clone(), key.clone()))
        })
        .collect()
}

/// Walks through a project and fails with every difference.
fn compare(name: &str) {
    let project = folder(name);
    let plan = yaml(&project.join("steps.yml"));
    let expected = json(&project.join("expected.json")).expect("expectations");
    let meant = deliberate(&project);
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("home")).expect("made");
    let work = dir.path().join("work");
    copy(&project, &work);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (key, text) in manifest::compare(&project, &work) {
        if meant.contains(&("manifest".to_owned(), key.clone())) {
            seen.insert(("manifest".to_owned(), key));
        } else {
            wrong.push(format!("manifest: {key}: {text}"));
        }
    }
    let steps = plan["steps"].as_array().expect("steps");
    for (step, wanted) in steps
        .iter()
        .zip(expected["steps"].as_array().expect("steps"))
    {
        let title = step["name"].as_str().expect("a name");
        for path in words(&step["remove"]) {
            std::fs::remove_file(work.join(path)).expect("removed");
        }
        if let Some(change) = step["change"].as_str() {
            copy(&project.join("changes").join(change), &work);
        }
        let (code, ours, said) = run(&work, step);
        keep(&work, step);
        let mut differences = Vec::new();
        if (wanted["exit"] == 0) != (code == Some(0)) {
            differences.push((
                "exit".to_owned(),
                format!("{} against {code:?}", wanted["exit"]),
            ));
        }
        differences.extend(unequal(&wanted["results"], &ours));
        differences.extend(unequal(
            &wanted["relations"],
            &relations(&work, &plan["volatile"]),
        ));
        let before = wrong.len();
        for (key, text) in differences {
            if meant.contains(&(title.to_owned(), key.clone())) {
                seen.insert((title.to_owned(), key));
            } else {
                wrong.push(format!("{title}: {key}: {text}"));
            }
        }
        if wrong.len() > before {
            wrong.push(format!("{title}: it said\n{said}"));
        }
    }
    for (step, key) in meant.difference(&seen) {
        wrong.push(format!("{step}: {key} is said to differ, but is equal"));
    }
    assert!(wrong.is_empty(), "{name}\n{}", wrong.join("\n"));
}

fn unequal(wanted: &Json, ours: &BTreeMap<String, Json>) -> Vec<(String, String)> {
    let wanted = wanted.as_object().expect("an object");
    let keys: BTreeSet<&String> = wanted.keys().chain(ours.keys()).collect();
    keys.into_iter()
        .filter(|key| wanted.get(*key) != ours.get(*key))
        .map(|key| {
            let show = |value: Option<&Json>| value.map_or("nothing".to_owned(), Json::to_string);
            let text = format!("{} against {}", show(wanted.get(key)), show(ours.get(key)));
            (key.clone(), text)
        })
        .collect()
}

macro_rules! projects {
    ($($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                compare(stringify!($name));
            }
        )+
    };
}

projects!(
    building,
    documenting,
    everyday,
    incremental,
    language,
    organisation,
    overriding,
    relations_and_files,
    replacing,
    schema_change,
    seeds,
    snapshots,
    state,
    testing,
);
