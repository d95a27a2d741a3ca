//! Projects with a `dbt_project.yml`: nodes, names, configuration, references.

use std::path::Path;

use crate::project::Project;
use crate::transform::graph::{Detail, Graph, NodeKind};
use crate::transform::settings::{Selection, Target, TransformSettings};

/// Writes the files of a project into a new folder and parses it with the target `db.main`.
pub(in crate::transform) fn parse(files: &[(&str, &str)]) -> crate::error::Result<Graph> {
    let dir = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder");
        crate::sys::fs::write_atomic(&path, text.as_bytes()).expect("written");
    }
    let settings = TransformSettings {
        target: Target {
            database: Some("db".to_owned()),
            ..Target::default()
        },
        ..TransformSettings::default()
    };
    Graph::parse(&Project::discover(Some(dir.path()))?, &settings)
}

fn graph(files: &[(&str, &str)]) -> Graph {
    parse(files).unwrap_or_else(|error| panic!("{error}"))
}

fn error_of(files: &[(&str, &str)]) -> String {
    parse(files).err().expect("must not parse").to_string()
}

fn ids(graph: &Graph, kind: NodeKind) -> Vec<&str> {
    let nodes = graph.nodes.iter().filter(|node| node.kind == kind);
    nodes.map(|node| node.id.as_str()).collect()
}

/// A project with one of everything.
fn one_of_everything() -> Graph {
    graph(&[
        (
            "dbt_project.yml",
            "name: shop\non-run-start: \"select 1\"\non-run-end: [\"select 2\"]\n",
        ),
        (
            "models/stg/orders.sql",
            "select * from {{ source('raw', 'orders') }}",
        ),
        (
            "models/mart.sql",
            "select * from {{ ref('orders') }} join {{ ref('country') }} using (c)",
        ),
        ("seeds/country.csv", "c\nde\n"),
        (
            "snapshots/s.sql",
            "{% snapshot history %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select * from {{ ref('orders') }}{% endsnapshot %}",
        ),
        (
            "snapshots/s.yml",
            "snapshots:\n  - name: of_seed\n    relation: ref('country')\n    config: {unique_key: c, strategy: check, check_cols: all}\n",
        ),
        ("analyses/why.sql", "select * from {{ ref('mart') }}"),
        (
            "tests/no_negative.sql",
            "select * from {{ ref('mart') }} where x < 0",
        ),
        (
            "tests/generic/even.sql",
            "{% test even(model, column_name) %}select 1{% endtest %}",
        ),
        ("models/docs.md", "{% docs about %}All orders.{% enddocs %}"),
        (
            "models/p.yml",
            "version: 2\nmodels:\n  - name: orders\n    description: \"{{ doc('about') }}\"\n    columns:\n      - name: id\n        data_tests:\n          - unique\n          - relationships: {arguments: {to: ref('country'), field: c}, config: {severity: warn}}\nsources:\n  - name: raw\n    schema: landing\n    tables: [{name: orders, identifier: o, data_tests: [even]}]\nexposures:\n  - name: board\n    type: dashboard\n    owner: {name: me}\n    depends_on: [ref('mart'), \"source('raw', 'orders')\"]\nunit_tests:\n  - name: joins\n    model: mart\n    given:\n      - input: ref('orders')\n        rows: [{c: de}]\n    expect: {rows: [{c: de}]}\nmetrics:\n  - name: total\n    type: simple\n",
        ),
    ])
}

#[test]
fn every_kind_of_node_is_known() {
    let graph = one_of_everything();
    assert_eq!(
        ids(&graph, NodeKind::Model),
        ["model.shop.orders", "model.shop.mart"]
    );
    assert_eq!(ids(&graph, NodeKind::Seed), ["seed.shop.country"]);
    assert_eq!(
        ids(&graph, NodeKind::Snapshot),
        ["snapshot.shop.of_seed", "snapshot.shop.history"]
    );
    assert_eq!(ids(&graph, NodeKind::Source), ["source.shop.raw.orders"]);
    assert_eq!(ids(&graph, NodeKind::Exposure), ["exposure.shop.board"]);
    assert_eq!(
        ids(&graph, NodeKind::UnitTest),
        ["unit_test.shop.mart.joins"]
    );
    assert_eq!(ids(&graph, NodeKind::Analysis), ["analysis.shop.why"]);
    assert_eq!(ids(&graph, NodeKind::Metric), ["metric.shop.total"]);
    assert_eq!(
        ids(&graph, NodeKind::Operation),
        [
            "operation.shop.shop-on-run-end-0",
            "operation.shop.shop-on-run-start-0"
        ]
    );
    let tests: Vec<&str> = graph
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Test)
        .map(|node| node.name.as_str())
        .collect();
    assert_eq!(
        tests,
        [
            "no_negative",
            "relationships_orders_id__c__ref_country_",
            "source_even_raw_orders_",
            "unique_orders_id",
        ]
    );
    let orders = graph.node("model.shop.orders").expect("there");
    assert_eq!(orders.description, "All orders.");
    assert_eq!(orders.fqn, ["shop", "stg", "orders"]);
    assert_eq!(orders.relation.to_string(), "\"db\".\"main\".\"orders\"");
    assert!(orders.parents.contains("source.shop.raw.orders"));
    let source = graph.node("source.shop.raw.orders").expect("there");
    assert_eq!(source.relation.to_string(), "\"db\".\"landing\".\"o\"");
    let exposure = graph.node("exposure.shop.board").expect("there");
    assert_eq!(exposure.parents.len(), 2);
    let related = graph
        .nodes
        .iter()
        .find(|node| node.name.starts_with("relationships"));
    let related = related.expect("there");
    assert!(related.parents.contains("seed.shop.country"));
    assert!(related.parents.contains("model.shop.orders"));
    let Detail::Test(test) = &related.detail else {
        panic!("a test");
    };
    assert_eq!(test.column.as_deref(), Some("id"));
    assert_eq!(test.arguments["to"], "ref('country')");
    assert_eq!(related.settings.get("severity"), Some(&"warn".into()));
}

#[test]
fn configuration_comes_from_folders_entries_and_files_in_this_order() {
    let graph = graph(&[
        (
            "dbt_project.yml",
            "name: shop\nvars: {days: 3, lib: {days: 5}}\nmodels:\n  shop:\n    +materialized: table\n    +tags: a\n    stg:\n      +materialized: view\n      schema: staging\n      +meta: {owner: \"{{ target.name }}\"}\n  lib:\n    +materialized: table\n",
        ),
        ("models/stg/x.sql", "select {{ var('days') }} as d"),
        (
            "models/y.sql",
            "{{ config(tags=['c'], alias='why') }}select * from {{ ref('x') }} union all select * from {{ ref('lib', 'z') }}",
        ),
        (
            "models/p.yml",
            "models:\n  - name: y\n    config: {tags: [b]}\n",
        ),
        (
            "dbt_packages/lib/dbt_project.yml",
            "name: lib\nvars: {days: 7}\nmodels:\n  +materialized: view\n",
        ),
        (
            "dbt_packages/lib/models/z.sql",
            "{{ config(materialized='ephemeral') }}select {{ var('days') }} as d",
        ),
        (
            "packages.yml",
            "packages:\n  - package: someone/lib\n    version: 1.0.0\n",
        ),
    ]);
    let node = |id: &str| graph.node(id).expect("there");
    let x = node("model.shop.x");
    assert_eq!(x.materialization(), "view");
    assert_eq!(x.relation.to_string(), "\"db\".\"main_staging\".\"x\"");
    assert_eq!(
        x.settings.get("meta"),
        Some(&serde_json::json!({"owner": "dev"}))
    );
    let y = node("model.shop.y");
    assert_eq!(y.config.tags, ["a", "b", "c"]);
    assert_eq!(y.relation.name, "why");
    let z = node("model.lib.z");
    assert_eq!(
        z.materialization(),
        "table",
        "the project decides over the package"
    );
    assert_eq!(z.path, "dbt_packages/lib/models/z.sql");
    assert_eq!(z.file, "models/z.sql");
    let compiled = graph
        .compile(&Selection::default(), None)
        .expect("compiles");
    let sql: Vec<&str> = compiled.iter().map(|one| one.sql.as_str()).collect();
    assert_eq!(sql[0], "select 3 as d");
    assert_eq!(sql[1], "select 5 as d");
    assert_eq!(
        sql[2],
        "select * from \"db\".\"main_staging\".\"x\" union all select * from \"db\".\"main\".\"z\""
    );
}

#[test]
fn macros_of_the_project_make_names() {
    let graph = graph(&[
        ("dbt_project.yml", "name: shop\n"),
        (
            "macros/names.sql",
            "{% macro generate_schema_name(custom_schema_name, node) %}{% if custom_schema_name is none %}{{ target.schema }}{% else %}{{ custom_schema_name | trim }}{% endif %}{% endmacro %}\n{% macro generate_alias_name(custom_alias_name=none, node=none) %}t_{{ node.name }}{% endmacro %}",
        ),
        ("models/a.sql", "{{ config(schema='x') }}select 1"),
        ("models/b.sql", "select * from {{ ref('a') }}"),
    ]);
    let relation = |id: &str| graph.node(id).expect("there").relation.to_string();
    assert_eq!(relation("model.shop.a"), "\"db\".\"x\".\"t_a\"");
    assert_eq!(relation("model.shop.b"), "\"db\".\"main\".\"t_b\"");
}

#[test]
fn versions_are_models_of_their_own() {
    let files = [
        ("dbt_project.yml", "name: shop\n"),
        ("models/m_v1.sql", "select 1 as x"),
        ("models/m_new.sql", "select 2 as x"),
        (
            "models/p.yml",
            "models:\n  - name: m\n    latest_version: 2\n    columns: [{name: x, data_tests: [not_null]}]\n    versions:\n      - v: 1\n      - v: 2\n        defined_in: m_new\n        config: {alias: m}\n",
        ),
        (
            "models/r.sql",
            "select * from {{ ref('m') }} union all select * from {{ ref('m', v=1) }}",
        ),
    ];
    let graph = graph(&files);
    assert_eq!(
        ids(&graph, NodeKind::Model),
        ["model.shop.m.v1", "model.shop.m.v2", "model.shop.r"]
    );
    let compiled = graph.compile(&Selection::of("r"), None).expect("compiles");
    assert_eq!(
        compiled[0].sql,
        "select * from \"db\".\"main\".\"m\" union all select * from \"db\".\"main\".\"m_v1\""
    );
    let mut wrong = files.to_vec();
    wrong.push(("models/w.sql", "select * from {{ ref('m', v=3) }}"));
    let message = error_of(&wrong);
    assert!(message.contains("Its versions are 1, 2."), "{message}");
}

#[test]
fn templates_of_metrics_are_left_alone() {
    let graph = graph(&[
        ("dbt_project.yml", "name: shop\n"),
        ("models/a.sql", "select 1 as x"),
        (
            "models/p.yml",
            "saved_queries:\n  - name: q\n    query_params: {where: [\"{{ Dimension('x') }} > 1\"]}\n",
        ),
    ]);
    let query = graph.node("saved_query.shop.q").expect("listed");
    let conditions = &query.properties["query_params"]["where"];
    assert_eq!(conditions[0], "{{ Dimension('x') }} > 1");
}

#[test]
fn what_is_missing_or_unknown_is_said() {
    let message = error_of(&[
        ("dbt_project.yml", "name: shop\n"),
        (
            "packages.yml",
            "packages: [{package: dbt-labs/dbt_utils, version: 1.3.0}]\n",
        ),
    ]);
    assert!(
        message.contains("package `dbt_utils` is not installed"),
        "{message}"
    );
    let message = error_of(&[
        ("dbt_project.yml", "name: shop\n"),
        ("models/a.sql", "{{ config(materialized='tabel') }}select 1"),
    ]);
    assert!(message.contains("Did you mean `table`?"), "{message}");
    let graph = graph(&[
        (
            "dbt_project.yml",
            "name: shop\nmodel-path: [x]\nsource-paths: [models]\n",
        ),
        ("models/a.sql", "select 1"),
        ("models/p.yml", "models:\n  - name: a\n    colums: []\n"),
    ]);
    assert_eq!(
        graph.notices(),
        [
            "dbt_project.yml: key `model-path` has no effect; did you mean `model-paths`?",
            "dbt_project.yml: `source-paths` is called `model-paths` now",
            "models/p.yml:2: key `colums` has no effect; did you mean `columns`?"
        ]
    );
}
