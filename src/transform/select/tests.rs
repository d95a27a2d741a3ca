//! Choices over a project of dbt with tests, sources, versions and named selectors.

use serde_json::json;

use super::select;
use crate::transform::graph::Graph;
use crate::transform::graph::tests::dbt::parse;
use crate::transform::settings::{Indirect, Selection};

fn project() -> Graph {
    let files = [
        (
            "dbt_project.yml",
            "name: shop\nprofile: shop\nmodels:\n  shop:\n    marts:\n      +materialized: table\n      +meta: {owner: me, levels: [1, 2]}\n",
        ),
        (
            "models/staging/stg_a.sql",
            "{{ config(tags=['nightly', 'x']) }}select 1 as id, 2 as n from {{ source('raw', 'a') }}",
        ),
        (
            "models/staging/stg_b.sql",
            "{{ config(group='g', access='private') }}select 1 as id",
        ),
        (
            "models/marts/fct.sql",
            "{{ config(group='g') }}select a.id from {{ ref('stg_a') }} a join {{ ref('stg_b') }} b using (id)",
        ),
        ("models/marts/dim.sql", "select id from {{ ref('stg_a') }}"),
        (
            "models/p.yml",
            "version: 2
sources:
  - name: raw
    tables: [{name: a}]
models:
  - name: stg_a
    columns:
      - name: id
        data_tests: [unique, not_null]
  - name: fct
    columns:
      - name: id
        data_tests:
          - relationships: {arguments: {to: ref('stg_b'), field: id}}
exposures:
  - name: board
    type: dashboard
    owner: {name: me, email: me@example.com}
    depends_on: [ref('fct')]
groups:
  - name: g
    owner: {name: me}
",
        ),
        (
            "tests/one.sql",
            "select 1 from {{ ref('dim') }} where false",
        ),
        ("seeds/s.csv", "x\n1\n"),
    ];
    parse(&files).unwrap_or_else(|error| panic!("{error}"))
}

/// Names of what is selected; tests by their kind and what they test.
fn names(graph: &Graph, selection: &Selection) -> Vec<String> {
    let selected = select(graph, selection).unwrap_or_else(|error| panic!("{error}"));
    let mut names: Vec<String> = selected
        .into_iter()
        .filter_map(|id| Some(graph.node(id)?.name.clone()))
        .collect();
    names.sort();
    names
}

fn of(graph: &Graph, text: &str) -> Vec<String> {
    names(graph, &Selection::of(text))
}

const RELATION: &str = "relationships_fct_id__id__ref_stg_b_";

#[test]
fn every_method_finds_its_nodes() {
    let graph = project();
    let without_tests = |text: &str| {
        let mut selection = Selection::of(text);
        selection.indirect = Some(Indirect::Empty);
        names(&graph, &selection)
    };
    for (text, expected) in [
        ("stg_*", vec!["stg_a", "stg_b"]),
        ("shop.staging", vec!["stg_a", "stg_b"]),
        ("staging.stg_a", vec!["stg_a"]),
        ("fqn:marts", vec!["dim", "fct"]),
        ("models/marts", vec!["dim", "fct"]),
        ("path:models/marts/fct.sql", vec!["fct"]),
        ("file:fct.sql", vec!["fct"]),
        ("fct.sql", vec!["fct"]),
        ("package:this,tag:nightly", vec!["stg_a"]),
        ("config.materialized:table", vec!["dim", "fct"]),
        ("config.meta.owner:me", vec!["dim", "fct"]),
        ("config.meta.levels:2", vec!["dim", "fct"]),
        ("resource_type:seed", vec!["s"]),
        ("resource_type:exposure", vec!["board"]),
        ("source:raw", vec!["a"]),
        ("source:raw.a+1", vec!["a", "stg_a"]),
        (
            "+exposure:board",
            vec!["a", "board", "fct", "stg_a", "stg_b"],
        ),
        ("group:g", vec!["stg_b", "fct"]),
        ("access:private", vec!["stg_b"]),
        ("version:none,fqn:marts", vec!["dim", "fct"]),
        ("test_type:singular", vec!["one"]),
        ("test_name:relationships", vec![RELATION]),
        (
            "test_type:generic,test_name:unique",
            vec!["unique_stg_a_id"],
        ),
        (
            "@stg_b",
            vec!["a", "board", "fct", "stg_a", "stg_b", RELATION],
        ),
    ] {
        let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        expected.sort();
        assert_eq!(without_tests(text), expected, "{text}");
    }
}

#[test]
fn tests_come_along_as_asked() {
    let graph = project();
    for (indirect, expected) in [
        (Indirect::Eager, vec!["fct", RELATION]),
        (Indirect::Cautious, vec!["fct"]),
        (Indirect::Buildable, vec!["fct", RELATION]),
        (Indirect::Empty, vec!["fct"]),
    ] {
        let mut selection = Selection::of("fct");
        selection.indirect = Some(indirect);
        assert_eq!(names(&graph, &selection), expected, "{indirect:?}");
    }
    // Both parents are there, though by different criteria.
    let mut selection = Selection::of("fct stg_b");
    selection.indirect = Some(Indirect::Cautious);
    assert_eq!(names(&graph, &selection), ["fct", RELATION, "stg_b"]);
    let mut without = Selection::of("fct stg_a");
    without.exclude = vec!["test_name:relationships".to_owned(), "tag:x".to_owned()];
    assert_eq!(names(&graph, &without), ["fct"]);
}

#[test]
fn selectors_have_names() {
    let mut graph = project();
    graph.selectors = json!({"selectors": [
        {"name": "nightly", "definition": {"tag": "nightly"}, "default": true},
        {"name": "old_style", "definition": "marts,config.materialized:table"},
        {"name": "both", "definition": {"union": [
            {"method": "selector", "value": "nightly"},
            {"method": "fqn", "value": "fct", "parents": true, "parents_depth": 1, "indirect_selection": "empty"},
            {"exclude": [{"method": "test_type", "value": "generic"}]},
        ]}},
        {"name": "common", "definition": {"intersection": [
            {"method": "path", "value": "models/staging"},
            {"method": "tag", "value": "x", "exclude": ["test_name:unique"]},
        ]}},
        {"name": "loop", "definition": {"method": "selector", "value": "loop"}},
        {"name": "broken", "definition": {"method": "tag"}},
    ]});
    let named = |name: &str| Selection {
        selector: Some(name.to_owned()),
        ..Selection::default()
    };
    let default = ["not_null_stg_a_id", "stg_a", "unique_stg_a_id"];
    assert_eq!(names(&graph, &Selection::default()), default);
    assert_eq!(names(&graph, &named("nightly")), default);
    let old = ["dim", "fct", "one", RELATION];
    assert_eq!(names(&graph, &named("old_style")), old);
    assert_eq!(names(&graph, &named("both")), ["fct", "stg_a", "stg_b"]);
    let common = ["not_null_stg_a_id", "stg_a"];
    assert_eq!(names(&graph, &named("common")), common);
    let error = |name: &str| select(&graph, &named(name)).expect_err(name).to_string();
    assert!(error("nightli").contains("Did you mean `nightly`?"));
    assert!(error("loop").contains("loop -> loop"));
    assert!(error("broken").contains("a `method` without a `value`"));
}

#[test]
fn what_matches_nothing_is_nothing_in_a_project_of_dbt() {
    let graph = project();
    assert!(of(&graph, "tag:nope").is_empty());
    assert!(of(&graph, "nope").is_empty());
    let error = |text: &str| {
        let error = select(&graph, &Selection::of(text)).expect_err(text);
        error.to_string()
    };
    assert!(error("tagg:x").contains("Did you mean `tag:`?"));
    assert!(error("state:modified").contains("Add `--state FOLDER`"));
    assert!(error("test_type:odd").contains("is no type of tests"));
    assert!(error("config:table").contains("config.materialized:view"));
}
