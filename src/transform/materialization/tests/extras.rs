//! Indexes, storage, headers, grants, and columns that change their type.

use crate::transform::fixture::{Db, graph, graph_with};
use crate::transform::settings::Semantics;
use crate::warehouse::{Access, Options, Warehouse};

const INDEXES: &str = "indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['v', 'id']}]";

fn index_names(db: &Db) -> Vec<String> {
    db.rows("SELECT table_name, expressions, is_unique FROM duckdb_indexes() ORDER BY ALL")
}

#[test]
fn indexes_are_made_and_survive_new_columns() {
    let db = Db::new();
    db.sql("CREATE SCHEMA raw; CREATE TABLE raw.t AS SELECT 1 AS id, 'a' AS v");
    let model = format!(
        "{{{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns', {INDEXES}) }}}}select * from {{{{ source('raw', 't') }}}}"
    );
    let graph = graph(&[
        ("sql/models/marts/m.sql", &model),
        (
            "sql/models/p.yml",
            "sources:\n  - name: raw\n    tables: [{name: t}]\n",
        ),
    ]);
    db.build(&graph);
    let expected = ["m|[id]|true", "m|[v, id]|false"];
    assert_eq!(index_names(&db), expected);
    db.build(&graph);
    db.sql("CREATE OR REPLACE TABLE raw.t AS SELECT 2 AS id, 'b' AS v, 7 AS w");
    db.build(&graph);
    assert_eq!(index_names(&db), expected);
    let rows = db.rows("SELECT id, v, w FROM marts.m ORDER BY id");
    assert_eq!(rows, ["1|a|", "2|b|7"]);
    db.run_some(&graph, &crate::transform::Selection::default(), true);
    assert_eq!(index_names(&db), expected);
}

#[test]
fn uncompressed_columns_are_stored_as_they_are_in_every_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options::new(Access::ReadWrite);
    let file = Warehouse::open(&folder.path().join("w.duckdb"), &options);
    let db = Db::of(file.expect("opened"));
    db.sql("CREATE SCHEMA raw; CREATE TABLE raw.t AS SELECT 'key ' || range AS k, 'name ' || range AS v, 1 AS run FROM range(20000)");
    let graph = graph(&[
        (
            "sql/models/marts/m.sql",
            "{{ config(materialized='incremental', unique_key='k', uncompressed='K') }}select k, v, run from {{ source('raw', 't') }}",
        ),
        (
            "sql/models/p.yml",
            "sources:\n  - name: raw\n    tables: [{name: t}]\n",
        ),
    ]);
    db.build(&graph);
    db.sql("UPDATE raw.t SET k = 'new ' || k, run = 2");
    db.build(&graph);
    db.sql("CHECKPOINT");
    let methods = |column: &str| {
        db.rows(&format!(
            "SELECT DISTINCT compression FROM pragma_storage_info('marts.m')
             WHERE column_name = '{column}' AND segment_type = 'VARCHAR'"
        ))
    };
    assert_eq!(methods("k"), ["Uncompressed"]);
    assert_eq!(methods("v"), ["DICT_FSST"]);
    let counts = db.rows("SELECT run, count(DISTINCT k) FROM marts.m GROUP BY run ORDER BY run");
    assert_eq!(counts, ["1|20000", "2|20000"]);
}

#[test]
fn a_table_with_uncompressed_columns_can_read_what_it_replaces() {
    let db = Db::new();
    db.sql("CREATE SCHEMA marts; CREATE TABLE marts.m AS SELECT 'old' AS k");
    let contract = "    columns: [{name: k, data_type: varchar}]\n";
    for (said, columns, rows) in [
        ("", "", ["new", "old"].as_slice()),
        (
            ", contract={'enforced': true}",
            contract,
            &["new", "new", "old"],
        ),
    ] {
        let model = format!(
            "{{{{ config(materialized='table', uncompressed='k'{said}) }}}}select 'new' as k union all select k from {{{{ this }}}}"
        );
        let yaml = format!("models:\n  - name: m\n{columns}");
        let files = [
            ("sql/models/marts/m.sql", model.as_str()),
            ("sql/models/p.yml", yaml.as_str()),
        ];
        db.build(&graph(&files));
        assert_eq!(db.rows("SELECT k FROM marts.m ORDER BY k"), rows);
    }
    assert_eq!(
        db.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'marts'"),
        ["m"]
    );
}

#[test]
fn what_has_no_table_has_no_uncompressed_columns() {
    let refused = crate::transform::fixture::parse(&[(
        "sql/models/marts/m.sql",
        "{{ config(materialized='view', uncompressed='k') }}select 1 as k",
    )]);
    let error = refused.err().expect("refused").to_string();
    assert!(
        error.contains("`uncompressed` has no meaning for materialization `view`"),
        "{error}"
    );
}

#[test]
fn an_uncompressed_column_that_is_none_is_named() {
    let db = Db::new();
    let graph = graph(&[(
        "sql/models/marts/m.sql",
        "{{ config(materialized='table', uncompressed=['session']) }}select 1 as sessions",
    )]);
    let report = db.run(&graph);
    let error = report.units[0].error.as_ref().expect("no such column");
    let error = error.to_string();
    assert!(error.contains("`uncompressed` names `session`"), "{error}");
    assert!(error.contains("Did you mean `sessions`?"), "{error}");
}

#[test]
fn an_index_that_does_not_hold_fails_the_model_and_keeps_the_old_table() {
    let db = Db::new();
    let files = |sql: &str| {
        let text = format!(
            "{{{{ config(materialized='table', indexes=[{{'columns': ['id'], 'unique': true}}]) }}}}{sql}"
        );
        graph(&[("sql/models/marts/m.sql", &text)])
    };
    db.build(&files("select 1 as id"));
    let report = db.run(&files("select 2 as id union all select 2"));
    let error = report.units[0].error.as_ref().expect("not unique");
    assert!(error.to_string().contains("duplicate key \"2\""), "{error}");
    assert_eq!(db.rows("FROM marts.m"), ["1"]);
}

#[test]
fn a_header_runs_before_the_query_and_grants_are_told_once() {
    let db = Db::new();
    let header = "sql_header='create or replace temp macro twice(x) as x * 2'";
    let text = |kind: &str| {
        format!(
            "{{{{ config(materialized='{kind}', {header}, grants={{'select': ['bob']}}) }}}}select twice(21) as n"
        )
    };
    let (one, two) = (text("table"), text("incremental"));
    db.build(&graph(&[
        ("sql/models/marts/a.sql", one.as_str()),
        ("sql/models/marts/b.sql", two.as_str()),
    ]));
    assert_eq!(db.rows("FROM marts.a UNION ALL FROM marts.b"), ["42", "42"]);
    let told = db.events.notices();
    let grants = told
        .iter()
        .filter(|text| text.contains("`grants` have no effect"));
    assert_eq!(grants.count(), 1, "{told:?}");
}

/// Type of the table, type of the new rows, and the type afterwards under our and dbt's rules.
const TYPES: [(&str, &str, &str, &str); 6] = [
    ("1::INTEGER", "3000000000::BIGINT", "BIGINT", "BIGINT"),
    ("3000000000::BIGINT", "1::INTEGER", "BIGINT", "BIGINT"),
    ("1::BIGINT", "1::INTEGER", "BIGINT", "INTEGER"),
    ("1.5::DOUBLE", "1::INTEGER", "DOUBLE", "DOUBLE"),
    ("1::INTEGER", "'x'::VARCHAR", "VARCHAR", "VARCHAR"),
    (
        "1.25::DECIMAL(5,2)",
        "1.5::DECIMAL(8,3)",
        "DECIMAL(8,3)",
        "DECIMAL(8,3)",
    ),
];

#[test]
fn changed_types_widen_and_lose_nothing() {
    for (old, new, ours, dbts) in TYPES {
        for (semantics, expected) in [(Semantics::Own, ours), (Semantics::Dbt, dbts)] {
            let db = Db::new();
            db.sql(&format!(
                "CREATE SCHEMA raw; CREATE TABLE raw.t AS SELECT 1 AS id, {old} AS v"
            ));
            let files = [
                (
                    "sql/models/marts/m.sql",
                    "{{ config(materialized='incremental', unique_key='id', on_schema_change='sync_all_columns') }}select * from {{ source('raw', 't') }}",
                ),
                (
                    "sql/models/p.yml",
                    "sources:\n  - name: raw\n    tables: [{name: t}]\n",
                ),
            ];
            let graph = graph_with(&files, |settings| settings.semantics = semantics);
            db.build(&graph);
            db.sql(&format!(
                "CREATE OR REPLACE TABLE raw.t AS SELECT 2 AS id, {new} AS v"
            ));
            db.build(&graph);
            let types = db.rows("SELECT DISTINCT typeof(v) FROM marts.m");
            assert_eq!(types, [expected], "{old} {new} {semantics:?}");
            for (id, value) in [(1, old), (2, new)] {
                let kept = db.rows(&format!(
                    "SELECT v = {value}::{expected} FROM marts.m WHERE id = {id}"
                ));
                assert_eq!(kept, ["true"], "{old} {new} {semantics:?}");
            }
        }
    }
}
