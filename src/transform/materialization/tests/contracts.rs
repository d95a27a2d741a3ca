//! Contracts: what is checked, what the table is made with, what breaks them.

use crate::transform::fixture::{Db, graph};
use crate::transform::graph::Graph;

fn model(kind: &str, sql: &str, columns: &str) -> Graph {
    let text = format!(
        "{{{{ config(materialized='{kind}', contract={{'enforced': true}}, on_schema_change='append_new_columns') }}}}{sql}"
    );
    let yaml = format!("models:\n  - name: m\n{columns}");
    graph(&[
        ("sql/models/marts/m.sql", text.as_str()),
        ("sql/models/p.yml", yaml.as_str()),
    ])
}

const COLUMNS: &str = "    constraints:
      - {type: check, columns: [n], expression: n < 100, name: small}
      - {type: primary_key, columns: [id]}
    columns:
      - {name: id, data_type: bigint, constraints: [{type: not_null}]}
      - {name: n, data_type: int, constraints: [{type: check, expression: n > 0}]}
      - {name: t, data_type: text, constraints: [{type: unique}]}
";

fn error_of(graph: &Graph, db: &Db) -> String {
    let report = db.run(graph);
    let error = report.units[0].error.as_ref().expect("broken");
    error.to_string()
}

#[test]
fn a_kept_contract_makes_the_table() {
    for kind in ["table", "incremental"] {
        let db = Db::new();
        let good = model(kind, "select 't' as t, 5 as n, 1::bigint as id", COLUMNS);
        db.build(&good);
        let columns = db.rows(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE table_name = 'm' ORDER BY column_index",
        );
        assert_eq!(
            columns,
            ["id|BIGINT|false", "n|INTEGER|true", "t|VARCHAR|true"],
            "{kind}"
        );
        let kinds = db.rows("SELECT DISTINCT constraint_type FROM duckdb_constraints() WHERE table_name = 'm' ORDER BY 1");
        assert_eq!(kinds, ["CHECK", "NOT NULL", "PRIMARY KEY", "UNIQUE"]);
        for (sql, told) in [
            (
                "select 't' as t, -5 as n, 1::bigint as id",
                "CHECK constraint",
            ),
            (
                "select 't' as t, 500 as n, 1::bigint as id",
                "CHECK constraint",
            ),
            (
                "select 't' as t, 5 as n, null::bigint as id",
                "NOT NULL constraint",
            ),
        ] {
            let bad = model(kind, &format!("{sql} where true"), COLUMNS);
            let error = error_of(&bad, &db);
            assert!(error.contains(told), "{error}");
            assert_eq!(db.rows("SELECT id, n, t FROM marts.m"), ["1|5|t"], "{kind}");
        }
    }
}

#[test]
fn columns_that_are_not_those_described_are_told() {
    for kind in ["view", "table", "incremental"] {
        let db = Db::new();
        let bad = model(
            kind,
            "select 1::bigint as id, 5::bigint as n, 7 as extra",
            COLUMNS,
        );
        let error = error_of(&bad, &db);
        for part in [
            "error[project]: model `m` breaks its contract",
            "cause: column `n` is BIGINT, described as INTEGER",
            "cause: column `t` is described but not selected",
            "cause: column `extra` INTEGER is not described",
        ] {
            assert!(error.contains(part), "{kind}: {error}");
        }
        assert!(!db.exists("marts", "m"));
    }
}

#[test]
fn a_contract_needs_types_it_can_know() {
    let db = Db::new();
    for (columns, told) in [
        (
            "    columns: [{name: id}]\n",
            "column `id` has no `data_type`",
        ),
        ("    description: x\n", "no column is described"),
        (
            "    columns: [{name: id, data_type: bigimt}]\n",
            "is not known to the engine",
        ),
        (
            "    columns: [{name: id, data_type: int, constraints: [{type: uniqe}]}]\n",
            "Did you mean `unique`?",
        ),
    ] {
        let error = error_of(&model("table", "select 1 as id", columns), &db);
        assert!(error.contains(told), "{error}");
    }
}
