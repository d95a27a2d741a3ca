//! Manifests as dbt-core writes them, compared with projects read here.

use serde_json::{Value as Json, json};

use super::Prior;
use crate::transform::graph::Graph;
use crate::transform::graph::tests::dbt::parse;

const PROPERTIES: &str = "
sources:
  - name: raw
    schema: \"{{ target.schema }}_raw\"
    tables:
      - name: t
        config: {loaded_at_field: at, freshness: {warn_after: {count: COUNT, period: day}}}
models:
  - name: m
    columns: [{name: n, data_tests: [not_null]}]
unit_tests:
  - name: u
    model: m
    given: [{input: \"source('raw', 't')\", rows: [{n: 1}]}]
    expect: {rows: [{n: 1}]}
snapshots:
  - name: s
    relation: ref('m')
    config: {unique_key: n, strategy: check, check_cols: [n]}
exposures:
  - {name: e, type: dashboard, owner: {name: Ada}, depends_on: [ref('m')]}
";

fn project(count: &str, model: &str) -> Graph {
    let graph = parse(&[
        ("dbt_project.yml", "name: shop\n"),
        ("models/m.sql", model),
        ("models/p.yml", &PROPERTIES.replace("COUNT", count)),
    ]);
    graph.unwrap_or_else(|error| panic!("{error}"))
}

/// What dbt-core 1.12 writes, as far as it is compared.
fn manifest(graph: &Graph) -> Json {
    let mut tests = graph
        .nodes
        .iter()
        .filter(|node| node.name == "not_null_m_n");
    let test = tests.next().map(|node| node.id.as_str());
    let place = |name: &str| json!(["shop", name]);
    let freshness = json!({
        "warn_after": {"count": 1, "period": "day"},
        "error_after": {"count": null, "period": null},
        "filter": null,
    });
    json!({
        "nodes": {
            "model.shop.m": {
                "fqn": place("m"), "unrendered_config": {}, "raw_code": MODEL,
                "access": "protected", "latest_version": null, "deprecation_date": null,
                "depends_on": {"macros": []}, "contract": {"enforced": false},
            },
            "snapshot.shop.s": {
                "fqn": place("s"), "raw_code": "select * from {{ ref('m') }}",
                "unrendered_config": {"unique_key": "n", "strategy": "check", "check_cols": ["n", "n"]},
            },
            test.expect("a test"): {
                "fqn": place("not_null_m_n"), "unrendered_config": {},
                "raw_code": "{{ test_not_null(**_dbt_generic_test_kwargs) }}",
            },
        },
        "sources": {
            "source.shop.raw.t": {
                "fqn": ["shop", "raw", "t"], "identifier": "t",
                "unrendered_schema": "{{ target.schema }}_raw", "unrendered_database": null,
                "freshness": freshness, "loaded_at_field": "at", "loaded_at_query": null,
                "quoting": {"database": null, "schema": null, "identifier": null, "column": null},
                "external": null,
                "unrendered_config": {
                    "freshness": freshness, "loaded_at_field": "at", "loaded_at_query": null,
                    "meta": {}, "tags": [],
                },
            },
        },
        "unit_tests": {
            "unit_test.shop.m.u": {
                "model": "m", "overrides": null,
                "given": [{"input": "source('raw', 't')", "rows": [{"n": 1}], "format": "dict", "fixture": null}],
                "expect": {"rows": [{"n": 1}], "format": "dict", "fixture": null},
            },
        },
        "exposures": {
            "exposure.shop.e": {
                "fqn": place("e"), "type": "dashboard", "owner": {"email": null, "name": "Ada"},
                "maturity": null, "url": null, "description": "", "label": null,
                "depends_on": {"macros": [], "nodes": ["model.shop.m"]}, "unrendered_config": {},
            },
        },
        "macros": {},
    })
}

const MODEL: &str = "select n from {{ source('raw', 't') }}";

/// Each node that differs, with why.
fn differences(graph: &Graph) -> Vec<String> {
    let prior = Prior {
        manifest: manifest(graph),
        ..Prior::default()
    };
    let all = graph.nodes.iter().filter_map(|node| {
        let why = prior.why(graph, node);
        (!why.is_empty()).then(|| format!("{}: {}", node.name, why.join("; ")))
    });
    let mut all: Vec<String> = all.collect();
    all.sort();
    all
}

#[test]
fn what_dbt_wrote_of_the_same_project_does_not_differ() {
    let none: [String; 0] = [];
    assert_eq!(differences(&project("1", MODEL)), none);
}

#[test]
fn what_was_changed_since_dbt_wrote_differs() {
    let changed = differences(&project(
        "2",
        "select n + 1 as n from {{ source('raw', 't') }}",
    ));
    let [model, source] = changed.as_slice() else {
        panic!("{changed:?}");
    };
    assert!(
        model.starts_with("m: body: line 1: select n + 1"),
        "{model}"
    );
    assert!(
        source.starts_with("t: configs: `freshness` was"),
        "{source}"
    );
}
