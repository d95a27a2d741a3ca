//! Seeds: types, repeated loading, wrong files.

use crate::error::Kind;
use crate::event::Silent;
use crate::transform::fixture::{Db, graph};
use crate::transform::run::{Verb, run};
use crate::transform::settings::{RunOptions, Selection};

#[test]
fn seeds_get_their_types_and_are_loaded_once() {
    let db = Db::new();
    let csv = "code,n,price,ok,day,at,note\n007,1,0.10,true,2026-01-31,2026-01-31T10:00:00,\"a, \"\"b\"\"\nc\"\n008,,2,false,,,\n";
    let files = |csv: &str| {
        graph(&[
            ("seeds/prices.csv", csv),
            (
                "seeds/p.yml",
                "seeds:\n  - name: prices\n    description: Prices.\n    config: {column_types: {price: \"DECIMAL(18,6)\"}}\n    columns: [{name: code, description: a code}]\n",
            ),
            (
                "sql/models/marts/m.sql",
                "{{ config(materialized='incremental') }}select * from {{ ref('prices') }}{% if is_incremental() %} where false{% endif %}",
            ),
        ])
    };
    let report = db.build(&files(csv));
    assert_eq!(
        (report.units[0].name.as_str(), report.units[0].rows),
        ("prices", Some(2))
    );
    assert_eq!(report.units[0].materialization, "seed");
    let types = db.rows("SELECT data_type FROM information_schema.columns WHERE table_schema = 'seeds' ORDER BY ordinal_position");
    assert_eq!(
        types,
        [
            "INTEGER",
            "INTEGER",
            "DECIMAL(18,6)",
            "BOOLEAN",
            "DATE",
            "TIMESTAMP",
            "VARCHAR"
        ]
    );
    assert_eq!(
        db.rows("SELECT code, n, price, ok, day, \"at\", note FROM seeds.prices"),
        [
            "7|1|0.100000|true|2026-01-31|2026-01-31 10:00:00|a, \"b\"\nc",
            "8||2.000000|false|||"
        ]
    );
    assert_eq!(db.rows("SELECT comment FROM duckdb_columns() WHERE table_name = 'prices' AND comment IS NOT NULL"), ["a code"]);
    let again = db.build(&files(csv));
    assert_eq!(
        again
            .units
            .iter()
            .map(|unit| unit.name.as_str())
            .collect::<Vec<_>>(),
        ["m"]
    );
    let changed = db.build(&files(&csv.replace("008", "009")));
    assert_eq!(changed.units.len(), 2);
    assert_eq!(db.rows("SELECT code FROM marts.m ORDER BY 1"), ["7", "9"]);
}

#[test]
fn the_seed_command_leaves_unchanged_seeds_alone() {
    let db = Db::new();
    let graph = graph(&[
        ("seeds/a.csv", "x\n1\n"),
        ("seeds/b.csv", "x\n"),
        ("sql/models/m.sql", "select 1"),
    ]);
    let load = |full_refresh| {
        let options = RunOptions {
            full_refresh,
            ..RunOptions::default()
        };
        run(
            Verb::Seed,
            &graph,
            &db.warehouse,
            &Selection::default(),
            &options,
            &Silent,
        )
        .expect("a report")
    };
    let messages = |report: crate::transform::report::TransformReport| {
        report
            .units
            .into_iter()
            .map(|unit| (unit.rows, unit.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(messages(load(false)), [(Some(1), None), (Some(0), None)]);
    assert_eq!(
        messages(load(false)),
        [
            (None, Some("unchanged".to_owned())),
            (None, Some("unchanged".to_owned()))
        ]
    );
    assert_eq!(messages(load(true)), [(Some(1), None), (Some(0), None)]);
}

#[test]
fn wrong_seeds_name_their_line() {
    let fails = |csv: &str, yml: &str| {
        let db = Db::new();
        let report = db.run(&graph(&[("seeds/s.csv", csv), ("seeds/p.yml", yml)]));
        let error = report
            .units
            .into_iter()
            .find_map(|unit| unit.error)
            .expect("a failure");
        assert_eq!(error.kind(), Kind::Project);
        error.to_string()
    };
    let types = "seeds:\n  - name: s\n    config: {column_types: {n: INTEGER}}\n";
    let message = fails("n\n1\nx\n", types);
    assert!(
        message.contains("at seeds/s.csv:3\n   cause: the value of column `n` is no INTEGER"),
        "{message}"
    );
    assert!(fails("a,b\n1,2\n3\n", "").contains("at seeds/s.csv:3"));
    assert!(fails("a,A\n1,2\n", "").contains("column `A` occurs twice"));
    assert!(fails("a\n1\n", types).contains("`column_types` of `s` names `n`"));
}
