//! The model runner on a dbt project, command after command: retry, states, deferring, artifacts,
//! and Ctrl-C.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::fixtures::{cca, fail, succeed};

const MODELS: [(&str, &str); 4] = [
    ("a", "select 1 as id, 10 as n union all select 2, 20"),
    ("b", "select id, n * 2 as n from {{ ref('a') }}"),
    (
        "c",
        "select id, {{ twice('n') }} as n from {{ ref('b') }} where {{ var('condition', 'true') }}",
    ),
    ("d", "select count(*) as n from {{ ref('c') }}"),
];

/// A project of four models in a row and two tests.
pub(crate) fn project(folder: &Path) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write(
        "dbt_project.yml",
        "name: shop\nprofile: shop\nmodels:\n  +materialized: table\n",
    );
    write(
        "profiles.yml",
        "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb}\n    other: {type: duckdb, path: other.duckdb}\n",
    );
    for (name, sql) in MODELS {
        write(&format!("models/{name}.sql"), sql);
    }
    write(
        "macros/m.sql",
        "{% macro twice(x) %}({{ x }} + {{ x }}){% endmacro %}",
    );
    write(
        "models/p.yml",
        "version: 2\nmodels:\n  - name: b\n    columns:\n      - {name: id, data_tests: [unique, not_null]}\n",
    );
    write(
        "selectors.yml",
        "selectors:\n  - name: upper\n    definition:\n      union:\n        - {method: fqn, value: c, children: true}\n",
    );
}

pub(crate) fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = cca(folder);
    command.args(words).arg("--project-dir").arg(folder);
    command
}

pub(crate) fn value(folder: &Path, sql: &str) -> String {
    let text = succeed(&mut command(folder, &["query", "--format", "csv", sql]));
    text.lines().nth(1).unwrap_or_default().to_owned()
}

pub(crate) fn json(folder: &Path, words: &[&str]) -> Json {
    let text = succeed(command(folder, words).args(["--format", "json"]));
    serde_json::from_str(&text).expect("JSON")
}

pub(crate) fn names(list: &Json) -> Vec<&str> {
    let all = list.as_array().expect("a list");
    all.iter()
        .map(|one| one["name"].as_str().expect("a name"))
        .collect()
}

#[test]
fn a_failed_run_is_taken_up_until_everything_is_built() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    let broken = |sql: &str| std::fs::write(dir.path().join("models/b.sql"), sql).expect("written");
    broken("select nope from {{ ref('a') }}");
    let condition = "{condition: 'id < 9'}";
    let message = fail(&mut command(dir.path(), &["build", "--vars", condition]), 2);
    assert!(message.contains("mend it and run `cca retry`"), "{message}");
    assert!(
        message.contains("depends on `b`, which failed"),
        "{message}"
    );
    // Once more in vain; then mended, with the variables of the first run.
    fail(&mut command(dir.path(), &["retry"]), 2);
    broken("select id, n * 2 as n from {{ ref('a') }}");
    let report = json(dir.path(), &["retry"]);
    let mut units: Vec<&str> = names(&report["transform"]["units"]);
    // The two tests of `b` run side by side.
    if let Some(tests) = units.get_mut(1..3) {
        tests.sort_unstable();
    }
    assert_eq!(units, ["b", "not_null_b_id", "unique_b_id", "c", "d"]);
    assert_eq!(value(dir.path(), "SELECT sum(n) FROM main.c"), "120");
    let compiled = dir.path().join("target/compiled/shop/models/c.sql");
    let sql = std::fs::read_to_string(compiled).expect("written");
    assert!(sql.contains("where id < 9"), "{sql}");
    let text = succeed(&mut command(dir.path(), &["retry"]));
    assert!(text.contains("nothing to do"), "{text}");
    let other = tempfile::tempdir().expect("a folder");
    project(other.path());
    let message = fail(&mut command(other.path(), &["retry"]), 2);
    assert!(message.contains("there is no run to take up"), "{message}");
}

#[test]
fn what_is_modified_is_known_and_why() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    succeed(&mut command(dir.path(), &["build", "-q"]));
    let state = dir.path().join("state");
    std::fs::rename(dir.path().join("target"), &state).expect("moved");
    let state = state.to_str().expect("text");
    let listed = |select: &str| {
        let found = json(dir.path(), &["ls", "--state", state, "--select", select]);
        names(&found).join(" ")
    };
    assert_eq!(listed("state:modified"), "");
    assert_eq!(
        listed("state:old,resource_type:model"),
        "a b c d not_null_b_id unique_b_id"
    );
    let change =
        |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
    change("models/a.sql", "select 1 as id, 11 as n");
    change(
        "macros/m.sql",
        "{% macro twice(x) %}(2 * {{ x }}){% endmacro %}",
    );
    change(
        "models/d.sql",
        "{{ config(materialized='view') }}select count(*) as n from {{ ref('c') }}",
    );
    change("models/e.sql", "select 1 as id");
    assert_eq!(listed("state:new"), "e");
    assert_eq!(listed("state:modified.macros"), "c");
    assert_eq!(listed("state:modified.configs"), "d e");
    let all = [
        "ls",
        "--state",
        state,
        "--select",
        "state:modified",
        "--explain",
    ];
    let text = succeed(command(dir.path(), &all).args(["--format", "csv"]));
    for line in [
        "a,model,\"body: line 1: select 1 as id, 11 as n\"",
        "c,model,macros: macro.shop.twice",
        "e,model,new",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}: {text}");
    }
    assert!(text.contains("configs: `materialized` was"), "{text}");
    assert_eq!(listed("result:success,fqn:c"), "c");
    let message = fail(
        &mut command(dir.path(), &["ls", "--select", "state:new"]),
        2,
    );
    assert!(message.contains("Add `--state FOLDER`"), "{message}");
    assert_eq!(
        names(&json(dir.path(), &["ls", "--selector", "upper"])),
        ["c", "d"]
    );
}

#[test]
fn what_is_not_built_is_read_from_another_file() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    succeed(&mut command(dir.path(), &["build", "-q"]));
    let before = std::fs::read(dir.path().join("shop.duckdb")).expect("there");
    let production = dir.path().join("shop.duckdb");
    let words = ["run", "--target", "other", "--select", "d", "--defer"];
    let text = succeed(command(dir.path(), &words).arg("--state").arg(&production));
    assert!(
        text.contains("read from elsewhere, not being built here: a, b, c"),
        "{text}"
    );
    let query = ["query", "--target", "other", "--format", "csv"];
    let answer = succeed(command(dir.path(), &query).arg("SELECT n FROM main.d"));
    assert_eq!(answer.lines().nth(1), Some("2"));
    let after = std::fs::read(&production).expect("there");
    assert_eq!(before, after);
}

#[test]
fn artifacts_are_those_of_dbt() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    succeed(&mut command(dir.path(), &["build", "-q"]));
    let read = |name: &str| -> Json {
        let path = dir.path().join("target").join(name);
        let text = std::fs::read_to_string(path).expect(name);
        serde_json::from_str(&text).expect("JSON")
    };
    let manifest = read("manifest.json");
    let node = &manifest["nodes"]["model.shop.c"];
    assert_eq!(node["fqn"], serde_json::json!(["shop", "c"]));
    assert_eq!(node["path"], "c.sql");
    assert_eq!(
        node["depends_on"]["nodes"],
        serde_json::json!(["model.shop.b"])
    );
    assert_eq!(
        node["depends_on"]["macros"],
        serde_json::json!(["macro.shop.twice"])
    );
    assert_eq!(node["config"]["materialized"], "table");
    assert_eq!(
        manifest["child_map"]["model.shop.c"],
        serde_json::json!(["model.shop.d"])
    );
    let results = read("run_results.json");
    assert_eq!(results["args"]["which"], "build");
    let units = results["results"].as_array().expect("a list");
    let of = |id: &str| units.iter().find(|one| one["unique_id"] == id).expect(id);
    assert_eq!(of("model.shop.a")["status"], "success");
    assert_eq!(of("model.shop.a")["adapter_response"]["rows_affected"], 2);
    let tests = units.iter().filter(|one| one["status"] == "pass");
    assert_eq!(tests.count(), 2);
    let catalog = read("catalog.json");
    let columns = &catalog["nodes"]["model.shop.c"]["columns"];
    assert_eq!(columns["n"]["type"], "INTEGER");
    let ran = dir.path().join("target/run/shop/models/c.sql");
    let ran = std::fs::read_to_string(ran).expect("written");
    assert!(ran.contains("CREATE OR REPLACE TABLE"), "{ran}");
    validate(dir.path());
}

#[test]
fn what_would_be_built_as_it_is_can_be_left_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    let built = || {
        let report = json(dir.path(), &["build", "--skip-unchanged"]);
        let units = report["transform"]["units"]
            .as_array()
            .expect("a list")
            .clone();
        let all = units
            .iter()
            .filter(|unit| unit["kind"] == "model" && unit["message"] != "unchanged");
        let names: Vec<&str> = all.filter_map(|unit| unit["name"].as_str()).collect();
        names.join(" ")
    };
    assert_eq!(built(), "a b c d");
    assert_eq!(built(), "");
    let path = dir.path().join("macros/m.sql");
    std::fs::write(path, "{% macro twice(x) %}({{ x }} * 2){% endmacro %}").expect("written");
    assert_eq!(built(), "c d");
    std::fs::write(dir.path().join("models/c.sql"), "select nope").expect("written");
    fail(&mut command(dir.path(), &["build", "--skip-unchanged"]), 2);
    std::fs::write(dir.path().join("models/c.sql"), MODELS[2].1).expect("written");
    assert_eq!(built(), "c d");
    assert_eq!(value(dir.path(), "SELECT n FROM main.d"), "2");
    assert_eq!(built(), "");
}

/// With dbt's own classes, where a Python that has them is named.
fn validate(dir: &Path) {
    let Some(python) = std::env::var_os("CCA_DBT_PYTHON") else {
        eprintln!("skipped: no Python with dbt-core (name one in CCA_DBT_PYTHON)");
        return;
    };
    let script = "
import json, sys
from dbt.artifacts.schemas.manifest import WritableManifest
from dbt.artifacts.schemas.run import RunResultsArtifact
from dbt.artifacts.schemas.catalog import CatalogArtifact
for name, kind in [('manifest', WritableManifest), ('run_results', RunResultsArtifact), ('catalog', CatalogArtifact)]:
    document = json.load(open(f'{sys.argv[1]}/target/{name}.json'))
    kind.from_dict(document)
    import jsonschema
    from mashumaro.jsonschema import build_json_schema
    schema = json.loads(json.dumps(build_json_schema(kind).to_dict(), default=str))
    jsonschema.Draft202012Validator(schema).validate(document)
";
    let output = Command::new(python)
        .args(["-c", script])
        .arg(dir)
        .output()
        .expect("starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_interrupts_a_running_query_and_says_what_was_done() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    succeed(&mut command(dir.path(), &["build", "-q"]));
    let endless = "select count(*) as n from range(10000000000) x(i), range(1000) y(j), {{ ref('a') }} where (i * 31 + j) % 1000003 = 7";
    std::fs::write(dir.path().join("models/b.sql"), endless).expect("written");
    let started = Instant::now();
    let child = command(dir.path(), &["run"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    std::thread::sleep(Duration::from_millis(1500));
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("starts").success());
    let output = child.wait_with_output().expect("ended");
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(output.status.code(), Some(130));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("stopping; once more to stop at once"),
        "{told}"
    );
    assert!(
        told.contains("1 built, 0 failed, 3 interrupted or not started"),
        "{told}"
    );
    assert_eq!(value(dir.path(), "SELECT sum(n) FROM main.b"), "60");
}

#[test]
fn tables_have_a_size_and_views_none() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path());
    let write =
        |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
    write(
        "models/large.sql",
        "select hash(i) as h, md5(i::varchar) as text from range(200000) t(i)",
    );
    write(
        "models/seen.sql",
        "{{ config(materialized='view') }}select * from {{ ref('large') }}",
    );
    let report = json(dir.path(), &["run"]);
    let bytes = |name: &str| {
        let units = report["transform"]["units"].as_array().expect("units");
        let unit = units.iter().find(|unit| unit["name"] == name);
        unit.expect("there")["bytes"].as_u64()
    };
    // One block; and 200,000 hashes of 8 bytes with as many texts of 16 bytes, written as letters.
    assert_eq!(bytes("a"), Some(65_536));
    let large = bytes("large").expect("a size");
    assert!((4_800_000..8_000_000).contains(&large), "{large}");
    assert_eq!(bytes("seen"), None);
    let path = dir.path().join("target/run_results.json");
    let text = std::fs::read_to_string(path).expect("written");
    assert!(text.contains(&format!("\"bytes\":{large}")), "{text}");
}
