//! Artifacts of a project with everything in it: valid by dbt's schemas, and complete.

use std::path::Path;

use serde_json::Value as Json;

use crate::fixtures::{cca, fail, succeed};

const PROPERTIES: &str = r#"
groups:
  - {name: finance, owner: {name: Ann, email: ann@example.com}}
  - {name: nobody, owner: {name: Bob}}
sources:
  - name: raw
    schema: main
    loaded_at_field: "date '2024-01-01'"
    freshness: {warn_after: {count: 1, period: day}}
    tables: [{name: seed_one, columns: [{name: a, data_tests: [unique]}]}]
models:
  - name: base
    columns: [{name: id, data_tests: [unique, not_null]}, {name: day, granularity: day}]
  - name: kept
    config: {materialized: table, contract: {enforced: true}}
    constraints: [{type: primary_key, columns: [id]}]
    columns:
      - {name: id, data_type: integer, constraints: [{type: not_null}]}
      - {name: amount, data_type: "decimal(2,1)"}
  - name: inner_one
    config: {group: finance, access: private}
    columns: [{name: id, data_tests: [not_null]}]
  - {name: outer_one, config: {group: finance}}
exposures:
  - name: board
    type: dashboard
    owner: {email: ann@example.com}
    depends_on: ["ref('outer_one')", "source('raw', 'seed_one')"]
semantic_models:
  - name: amounts
    model: ref('base')
    defaults: {agg_time_dimension: on_day}
    entities: [{name: base, type: primary, expr: id}]
    dimensions: [{name: on_day, type: time, expr: day, type_params: {time_granularity: day}}]
    measures:
      - {name: total, agg: sum, expr: amount}
      - {name: many, agg: count, expr: id, create_metric: true}
metrics:
  - {name: revenue, label: Revenue, type: simple, type_params: {measure: total}}
  - name: share
    label: Share
    type: ratio
    type_params: {numerator: revenue, denominator: {name: many, offset_window: 7 days}}
saved_queries:
  - name: weekly
    query_params: {metrics: [share], group_by: ["TimeDimension('metric_time')"], where: ["1 = 1"]}
    exports: [{name: out, config: {export_as: table}}]
unit_tests:
  - name: passes_through
    model: outer_one
    given: [{input: "ref('inner_one')", rows: [{id: 1}]}]
    expect: {rows: [{id: 1}]}
"#;

const PROJECT: [(&str, &str); 15] = [
    (
        "dbt_project.yml",
        "name: all\nprofile: all\non-run-start: [\"select 1\"]\n",
    ),
    (
        "profiles.yml",
        "all:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: all.duckdb, threads: 2}\n",
    ),
    ("models/p.yml", PROPERTIES),
    (
        "models/base.sql",
        "select 1::integer as id, date '2024-01-01' as day, 2.5 as amount",
    ),
    (
        "models/base_table.sql",
        "{{ config(materialized='table') }} select * from {{ ref('base') }}",
    ),
    (
        "models/kept.sql",
        "select id, amount from {{ ref('base') }}",
    ),
    ("models/inner_one.sql", "select id from {{ ref('base') }}"),
    (
        "models/outer_one.sql",
        "select * from {{ ref('inner_one') }}",
    ),
    (
        "models/off.sql",
        "{{ config(enabled=false) }} select * from {{ ref('base') }}",
    ),
    ("seeds/seed_one.csv", "a,b\n1,x\n"),
    (
        "snapshots/history.sql",
        "{% snapshot history %}{{ config(target_schema='main', unique_key='id', strategy='check', check_cols='all') }}select * from {{ ref('base') }}{% endsnapshot %}",
    ),
    (
        "tests/none.sql",
        "select * from {{ ref('base') }} where id > 5",
    ),
    ("analyses/look.sql", "select {{ twice(1) }}"),
    (
        "macros/m.sql",
        "{% macro twice(x) %}{{ times(x, 2) }}{% endmacro %}\n{% macro times(x, n) %}{{ x }} * {{ n }}{% endmacro %}",
    ),
    (
        "selectors.yml",
        "selectors: [{name: nightly, definition: {method: tag, value: t}}]\n",
    ),
];

fn write(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, text).expect("written");
    }
}

fn artifact(dir: &Path, name: &str) -> Json {
    let text = std::fs::read(dir.join("target").join(format!("{name}.json")));
    serde_json::from_slice(&text.expect("written")).expect("JSON")
}

/// What of `value` a schema does not allow; only what dbt's schemas use is understood.
fn faults(value: &Json, schema: &Json, root: &Json, place: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().expect("a name");
        return faults(value, &root["$defs"][name], root, place);
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[key].as_array() {
            let all: Vec<_> = choices
                .iter()
                .map(|one| faults(value, one, root, place))
                .collect();
            let best = all.into_iter().min_by_key(Vec::len);
            return best.expect("a choice");
        }
    }
    let is = |word: &str| match word {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    let is_wrong = match &schema["type"] {
        Json::String(word) => !is(word),
        Json::Array(words) => !words.iter().filter_map(Json::as_str).any(is),
        _ => false,
    };
    let is_foreign = schema["enum"]
        .as_array()
        .is_some_and(|all| !all.contains(value))
        || schema.get("const").is_some_and(|one| one != value);
    if is_wrong || is_foreign {
        return vec![format!("{place}: {value} is not {schema}")];
    }
    let mut found = Vec::new();
    if let Some(fields) = value.as_object() {
        for key in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(key.as_str().expect("a name")) {
                found.push(format!("{place}: {key} is missing"));
            }
        }
        for (key, value) in fields {
            let place = format!("{place}/{key}");
            match (
                schema["properties"].get(key),
                &schema["additionalProperties"],
            ) {
                (Some(known), _) => found.extend(faults(value, known, root, &place)),
                (None, Json::Bool(false)) => found.push(format!("{place} is unknown")),
                (None, other) if other.is_object() => {
                    found.extend(faults(value, other, root, &place));
                }
                _ => {}
            }
        }
    }
    if schema["items"].is_object() {
        for (at, item) in value.as_array().into_iter().flatten().enumerate() {
            found.extend(faults(
                item,
                &schema["items"],
                root,
                &format!("{place}/{at}"),
            ));
        }
    }
    found
}

#[test]
fn artifacts_are_valid_and_hold_everything() {
    let dir = tempfile::tempdir().expect("a folder");
    let all = dir.path().join("all");
    write(&all, &PROJECT);
    let project = ["--project-dir", "all", "-q"];
    succeed(cca(dir.path()).arg("build").args(project));
    succeed(cca(dir.path()).args(["source", "freshness"]).args(project));
    for (name, schema) in [
        ("manifest", include_str!("artifacts/manifest.json")),
        ("run_results", include_str!("artifacts/run_results.json")),
        ("catalog", include_str!("artifacts/catalog.json")),
        ("sources", include_str!("artifacts/sources.json")),
    ] {
        let schema: Json = serde_json::from_str(schema).expect("a schema");
        let document = artifact(&all, name);
        let found = faults(&document, &schema, &schema, name);
        assert!(found.is_empty(), "{}", found.join("\n"));
        // What checks must be able to fail.
        let mut broken = document;
        broken["metadata"]["env"] = Json::from(1);
        broken["surplus"] = Json::Null;
        assert_eq!(faults(&broken, &schema, &schema, name).len(), 2);
    }
    let manifest = artifact(&all, "manifest");
    let keys = |section: &str| -> Vec<&str> {
        let entries = manifest[section].as_object().expect("a section");
        let mut keys: Vec<&str> = entries.keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    };
    assert_eq!(keys("groups"), ["group.all.finance", "group.all.nobody"]);
    assert_eq!(keys("disabled"), ["model.all.off"]);
    assert_eq!(
        keys("metrics"),
        ["metric.all.many", "metric.all.revenue", "metric.all.share"]
    );
    assert_eq!(keys("semantic_models"), ["semantic_model.all.amounts"]);
    assert_eq!(keys("saved_queries"), ["saved_query.all.weekly"]);
    assert_eq!(keys("exposures"), ["exposure.all.board"]);
    assert_eq!(
        keys("unit_tests"),
        ["unit_test.all.outer_one.passes_through"]
    );
    assert_eq!(
        manifest["group_map"],
        serde_json::json!({
            "finance": [
                "model.all.inner_one",
                "model.all.outer_one",
                "test.all.not_null_inner_one_id.1372a089d4",
            ],
            "nobody": [],
        })
    );
    assert_eq!(
        manifest["parent_map"]["metric.all.share"],
        serde_json::json!(["metric.all.many", "metric.all.revenue"])
    );
    assert_eq!(
        manifest["child_map"]["semantic_model.all.amounts"],
        serde_json::json!(["metric.all.many", "metric.all.revenue"])
    );
    let share = &manifest["metrics"]["metric.all.share"]["type_params"];
    assert_eq!(
        share["denominator"]["offset_window"],
        serde_json::json!({"count": 7, "granularity": "day"})
    );
    assert_eq!(share["input_measures"].as_array().expect("a list").len(), 2);
    assert_eq!(
        manifest["nodes"]["model.all.base"]["primary_key"],
        serde_json::json!(["id"])
    );
    assert_eq!(
        manifest["macros"]["macro.all.twice"]["depends_on"]["macros"],
        serde_json::json!(["macro.all.times"])
    );
    assert_eq!(
        manifest["macros"]["macro.all.twice"]["macro_sql"],
        "{% macro twice(x) %}{{ times(x, 2) }}{% endmacro %}"
    );
    assert_eq!(
        manifest["nodes"]["model.all.base"]["config"]["on_schema_change"],
        "ignore"
    );
}

/// Paths and queries of the tests of the last run, which results, manifest and files agree upon.
fn compiled_tests(artifacts: &Path, project: &Path) -> Vec<(String, String)> {
    let read = |name: &str| -> Json {
        let text = std::fs::read(artifacts.join(name)).expect("written");
        serde_json::from_slice(&text).expect("JSON")
    };
    let (manifest, results) = (read("manifest.json"), read("run_results.json"));
    let mut paths = Vec::new();
    for result in results["results"].as_array().expect("results") {
        let id = result["unique_id"].as_str().expect("an id");
        if !id.starts_with("test.") {
            continue;
        }
        let entry = &manifest["nodes"][id];
        let path = entry["compiled_path"].as_str().expect(id);
        let text = std::fs::read_to_string(project.join(path)).expect(path);
        assert_eq!(result["compiled_code"], text, "{id}");
        assert_eq!(entry["compiled_code"], text, "{id}");
        assert_eq!(entry["compiled"], true, "{id}");
        paths.push((path.to_owned(), text));
    }
    paths.sort_unstable();
    paths
}

/// Tests that share a scan have their own query in the artifacts, as all other tests do.
#[test]
fn every_test_has_its_query_where_the_project_wants_artifacts() {
    let dir = tempfile::tempdir().expect("a folder");
    let all = dir.path().join("all");
    write(&all, &PROJECT);
    let project = "name: all\nprofile: all\ntarget-path: out/artifacts\n";
    // The name of a file is the short one where the full one is too long.
    let orders = "models: [{name: orders, columns: [{name: status, data_tests: [{accepted_values: {values: [placed, shipped, completed, return_pending, returned]}}]}]}]";
    write(
        &all,
        &[
            ("dbt_project.yml", project),
            ("models/orders.sql", "select 'placed' as status"),
            ("models/orders.yml", orders),
        ],
    );
    let queries = |arguments: &[&str], folder: &Path| {
        succeed(cca(dir.path()).args(arguments));
        compiled_tests(folder, &all)
    };
    let build = ["build", "--project-dir", "all", "-q"];
    let found = queries(&build, &all.join("out/artifacts"));
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    let below = "out/artifacts/compiled/all";
    assert_eq!(
        paths,
        [
            format!(
                "{below}/models/orders.yml/accepted_values_orders_1ce6ab157c285f7cd2ac656013faf758.sql"
            ),
            format!("{below}/models/p.yml/not_null_base_id.sql"),
            format!("{below}/models/p.yml/not_null_inner_one_id.sql"),
            format!("{below}/models/p.yml/source_unique_raw_seed_one_a.sql"),
            format!("{below}/models/p.yml/unique_base_id.sql"),
            format!("{below}/tests/none.sql"),
        ]
    );
    let unique = &found[4].1;
    assert!(unique.contains("having count(*) > 1"), "{unique}");
    // Elsewhere: the manifest says where.
    let other = dir.path().join("other");
    let asked = [&build[..], &["--target-path", "other"]].concat();
    let found = queries(&asked, &other);
    assert_eq!(found.len(), 6);
    let start = other.join("compiled/all").display().to_string();
    assert!(found.iter().all(|(path, _)| path.starts_with(&start)));
}

#[test]
fn private_models_stay_in_their_group() {
    let dir = tempfile::tempdir().expect("a folder");
    let all = dir.path().join("all");
    write(&all, &PROJECT);
    let ls = |text: &str, code: i32| {
        std::fs::write(all.join("models/user.sql"), text).expect("written");
        fail(cca(dir.path()).args(["ls", "--project-dir", "all"]), code)
    };
    let message = ls("select * from {{ ref('inner_one') }}", 2);
    for part in [
        "model `user` may not refer to `inner_one`",
        "at models/user.sql",
        "`inner_one` is private to the group `finance`",
        "hint: Put `user` into that group, or make `inner_one` protected.",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let message = ls("{{ config(group='finanse') }}select 1 as x", 2);
    assert!(message.contains("there is no group `finanse`"), "{message}");
    assert!(message.contains("Did you mean `finance`?"), "{message}");
    let message = ls("{{ config(access='pivate') }}select 1 as x", 2);
    assert!(message.contains("Did you mean `private`?"), "{message}");
    std::fs::write(
        all.join("models/user.sql"),
        "{{ config(group='finance') }}select * from {{ ref('inner_one') }}",
    )
    .expect("written");
    succeed(cca(dir.path()).args(["ls", "--project-dir", "all"]));
}
