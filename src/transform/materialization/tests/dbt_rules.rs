//! Where dbt's rules differ from ours: keys, rebuilding, what is left behind.

use crate::transform::fixture::{Db, graph_with};
use crate::transform::graph::Graph;
use crate::transform::settings::Semantics;

fn dbt(config: &str, columns: &str) -> Graph {
    let text = format!(
        "{{{{ config(materialized='incremental', {config}) }}}}\nselect {columns} from {{{{ source('raw', 't') }}}}"
    );
    let files = [
        ("sql/models/marts/m.sql", text.as_str()),
        (
            "sql/models/p.yml",
            "sources:\n  - name: raw\n    tables: [{name: t}]\n",
        ),
    ];
    graph_with(&files, |settings| settings.semantics = Semantics::Dbt)
}

fn db_with(rows: &str) -> Db {
    let db = Db::new();
    db.sql("CREATE SCHEMA raw; CREATE TABLE raw.t (id INT, v VARCHAR)");
    db.sql(&format!("INSERT INTO raw.t VALUES {rows}"));
    db
}

fn next(db: &Db, graph: &Graph, rows: &str) -> Vec<String> {
    db.sql(&format!(
        "DELETE FROM raw.t; INSERT INTO raw.t VALUES {rows}"
    ));
    db.build(graph);
    db.rows("SELECT id, v FROM marts.m ORDER BY ALL NULLS LAST")
}

#[test]
fn null_keys_never_match() {
    for strategy in ["merge", "delete+insert"] {
        let graph = dbt(
            &format!("incremental_strategy='{strategy}', unique_key='id'"),
            "*",
        );
        let db = db_with("(1, 'a'), (NULL, 'n')");
        db.build(&graph);
        let rows = next(&db, &graph, "(1, 'A'), (NULL, 'N')");
        assert_eq!(rows, ["1|A", "|N", "|n"], "{strategy}");
    }
}

#[test]
fn keys_may_be_several_columns_or_an_expression() {
    let several = dbt("unique_key=['id', 'v']", "*");
    let db = db_with("(1, 'a'), (1, 'b')");
    db.build(&several);
    assert_eq!(
        next(&db, &several, "(1, 'a'), (2, 'b')"),
        ["1|a", "1|b", "2|b"]
    );
    let expression = dbt("unique_key='id % 10'", "*");
    let db = db_with("(1, 'a'), (2, 'b')");
    db.build(&expression);
    assert_eq!(next(&db, &expression, "(11, 'x')"), ["2|b", "11|x"]);
}

#[test]
fn without_a_key_rows_are_added() {
    for strategy in ["append", "merge", "delete+insert"] {
        let graph = dbt(&format!("incremental_strategy='{strategy}'"), "*");
        let db = db_with("(1, 'a')");
        db.build(&graph);
        assert_eq!(next(&db, &graph, "(1, 'b')"), ["1|a", "1|b"], "{strategy}");
    }
}

#[test]
fn predicates_and_conditions_limit_what_is_replaced() {
    let graph = dbt(
        "incremental_strategy='merge', unique_key='id', incremental_predicates=[\"DBT_INTERNAL_DEST.v <> 'keep'\"]",
        "*",
    );
    let db = db_with("(1, 'keep'), (2, 'b')");
    db.build(&graph);
    assert_eq!(
        next(&db, &graph, "(1, 'x'), (2, 'y')"),
        ["1|keep", "1|x", "2|y"]
    );
    let graph = dbt(
        "incremental_strategy='delete+insert', unique_key='id', incremental_predicates=[\"v <> 'keep'\"]",
        "*",
    );
    let db = db_with("(1, 'keep'), (2, 'b')");
    db.build(&graph);
    assert_eq!(
        next(&db, &graph, "(1, 'x'), (2, 'y')"),
        ["1|keep", "1|x", "2|y"]
    );
    let graph = dbt(
        "incremental_strategy='merge', unique_key='id', merge_update_condition=\"DBT_INTERNAL_SOURCE.v > DBT_INTERNAL_DEST.v\", merge_insert_condition='DBT_INTERNAL_SOURCE.id < 9', merge_update_set_expressions={'v': \"DBT_INTERNAL_SOURCE.v || '!'\"}",
        "*",
    );
    let db = db_with("(1, 'b'), (2, 'b')");
    db.build(&graph);
    assert_eq!(
        next(&db, &graph, "(1, 'a'), (2, 'c'), (9, 'z')"),
        ["1|b", "2|c!"]
    );
}

#[test]
fn a_changed_definition_does_not_rebuild_and_nothing_of_ours_is_left() {
    let db = db_with("(1, 'a')");
    db.build(&dbt("unique_key='id'", "id, v"));
    let report = {
        db.sql("DELETE FROM raw.t; INSERT INTO raw.t VALUES (2, 'b')");
        db.build(&dbt("unique_key='id'", "id, upper(v) as v"))
    };
    assert_eq!(report.units[0].message, None);
    assert_eq!(
        db.rows("SELECT id, v FROM marts.m ORDER BY id"),
        ["1|a", "2|B"]
    );
    assert!(
        db.rows("SELECT 1 FROM duckdb_schemas() WHERE schema_name = 'cca'")
            .is_empty()
    );
}

#[test]
fn comments_are_written_only_if_asked_for() {
    for (config, expected) in [("", ""), (", persist_docs={'relation': true}", "one")] {
        let db = Db::new();
        let text = format!("{{{{ config(materialized='table'{config}) }}}}select 1 as id");
        let files = [
            ("sql/models/marts/m.sql", text.as_str()),
            (
                "sql/models/p.yml",
                "models:\n  - {name: m, description: one}\n",
            ),
        ];
        db.build(&graph_with(&files, |settings| {
            settings.semantics = Semantics::Dbt;
        }));
        let comment =
            db.rows("SELECT coalesce(comment, '') FROM duckdb_tables() WHERE table_name = 'm'");
        assert_eq!(comment, [expected]);
    }
}
