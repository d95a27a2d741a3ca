//! Incremental models: strategies, keys, changed columns and changed definitions.

use crate::error::Kind;
use crate::transform::fixture::{Db, graph};
use crate::transform::settings::Selection;

/// A source table `raw.t(id, v)` and an incremental model over it.
fn incremental(config: &str, columns: &str) -> String {
    format!(
        "{{{{ config(materialized='incremental', {config}) }}}}\nselect {columns} from {{{{ source('raw', 't') }}}}{{% if is_incremental() %}} where fresh{{% endif %}}"
    )
}

const SOURCES: (&str, &str) = (
    "sql/models/p.yml",
    "sources:\n  - name: raw\n    tables: [{name: t}]\n",
);

fn db_with(rows: &str) -> Db {
    let db = Db::new();
    db.sql("CREATE SCHEMA raw; CREATE TABLE raw.t (id INT, v VARCHAR, fresh BOOLEAN)");
    replace(&db, rows);
    db
}

fn replace(db: &Db, rows: &str) {
    db.sql("DELETE FROM raw.t");
    if !rows.is_empty() {
        db.sql(&format!("INSERT INTO raw.t VALUES {rows}"));
    }
}

fn contents(db: &Db) -> Vec<String> {
    db.rows("SELECT id, v FROM marts.m ORDER BY ALL")
}

#[test]
fn append_adds_rows_and_needs_no_key() {
    let db = db_with("(1, 'a', true), (2, 'b', true)");
    let graph = graph(&[
        SOURCES,
        (
            "sql/models/marts/m.sql",
            &incremental("incremental_strategy='append'", "v, id"),
        ),
    ]);
    assert_eq!(db.build(&graph).units[0].rows, Some(2));
    replace(&db, "(2, 'b', true), (3, 'c', true), (4, 'd', false)");
    assert_eq!(db.build(&graph).units[0].rows, Some(2));
    assert_eq!(contents(&db), ["1|a", "2|b", "2|b", "3|c"]);
}

#[test]
fn merge_updates_by_key_and_compares_nulls() {
    let db = db_with("(1, 'a', true), (NULL, 'n', true)");
    let graph = graph(&[
        SOURCES,
        (
            "sql/models/marts/m.sql",
            &incremental("incremental_strategy='merge', unique_key='id'", "id, v"),
        ),
    ]);
    db.build(&graph);
    replace(&db, "(1, 'A', true), (NULL, 'N', true), (3, 'c', true)");
    assert_eq!(db.build(&graph).units[0].rows, Some(3));
    assert_eq!(contents(&db), ["1|A", "3|c", "|N"]);
    replace(&db, "(1, 'x', true), (1, 'y', true)");
    let report = db.run(&graph);
    let error = report.units[0].error.as_ref().expect("two rows of one key");
    assert_eq!(error.kind(), Kind::DataInvalid);
    assert!(
        error
            .to_string()
            .contains("1 values of `unique_key` (\"id\") occur more than once"),
        "{error}"
    );
    assert_eq!(contents(&db), ["1|A", "3|c", "|N"]);
}

#[test]
fn merge_can_leave_columns_alone() {
    for (list, expected) in [
        ("merge_update_columns='v'", "1|A|1"),
        ("merge_exclude_columns=['v']", "1|a|2"),
    ] {
        let db = db_with("(1, 'a', true)");
        let config = format!("incremental_strategy='merge', unique_key='id', {list}");
        let graph = graph(&[
            SOURCES,
            (
                "sql/models/marts/m.sql",
                &incremental(&config, "id, v, length(v) + ascii(v) - 97 as w"),
            ),
        ]);
        db.build(&graph);
        replace(&db, "(1, 'A', true)");
        db.sql("UPDATE raw.t SET v = 'A'");
        db.build(&graph);
        let row = db.rows("SELECT id, v, CASE WHEN w = 1 THEN 1 ELSE 2 END FROM marts.m");
        assert_eq!(row, [expected]);
    }
}

#[test]
fn delete_insert_replaces_all_rows_of_a_key() {
    let db = db_with("(1, 'a', true), (1, 'b', true), (2, 'c', true), (NULL, 'n', true)");
    let graph = graph(&[
        SOURCES,
        (
            "sql/models/marts/m.sql",
            &incremental("unique_key=['id']", "v, id"),
        ),
    ]);
    db.build(&graph);
    replace(&db, "(1, 'z', true), (NULL, 'm', true)");
    db.build(&graph);
    assert_eq!(contents(&db), ["1|z", "2|c", "|m"]);
    replace(&db, "");
    let report = db.build(&graph);
    assert_eq!(
        (report.units[0].rows, report.units[0].message.as_deref()),
        (Some(0), Some("nothing new"))
    );
}

#[test]
fn touched_keys_vanish_even_without_new_rows() {
    let db = db_with("(1, 'a', true), (2, 'b', true), (3, 'c', true)");
    db.sql("CREATE TABLE raw.gone AS SELECT 2 AS id WHERE false");
    let model = incremental(
        "unique_key='id', touched='select id from {{ source(\"raw\", \"gone\") }} -- x'",
        "id, v",
    );
    let sources = (
        "sql/models/p.yml",
        "sources:\n  - name: raw\n    tables: [{name: t}, {name: gone}]\n",
    );
    let graph = graph(&[sources, ("sql/models/marts/m.sql", &model)]);
    db.build(&graph);
    replace(&db, "(3, 'C', true)");
    db.sql("INSERT INTO raw.gone VALUES (2)");
    db.build(&graph);
    assert_eq!(contents(&db), ["1|a", "3|C"]);
    replace(&db, "");
    db.sql("DELETE FROM raw.gone; INSERT INTO raw.gone VALUES (1)");
    db.build(&graph);
    assert_eq!(contents(&db), ["3|C"]);
    db.sql("DROP TABLE raw.gone");
    let error = db.run(&graph).units.remove(0).error.expect("no table");
    assert!(
        error
            .to_string()
            .contains("failed to run `touched` of model `m`"),
        "{error}"
    );
}

#[test]
fn touched_may_be_set_in_a_block_and_sees_the_project() {
    let db = db_with("(1, 'a', true)");
    let model = "{% set keys %}select id from {{ this }} where v = '{{ var('gone', 'a') }}'{% endset %}{{ config(materialized='incremental', unique_key='id', touched=keys) }}select id, v from {{ source('raw', 't') }}{% if is_incremental() %} where false{% endif %}";
    let graph = graph(&[SOURCES, ("sql/models/marts/m.sql", model)]);
    db.build(&graph);
    assert_eq!(contents(&db), ["1|a"]);
    db.build(&graph);
    assert!(contents(&db).is_empty());
}

#[test]
fn new_and_missing_columns_are_treated_as_configured() {
    for (policy, expected) in [
        ("ignore", vec!["1|a", "2|"]),
        ("append_new_columns", vec!["1|a|", "2||9"]),
        ("sync_all_columns", vec!["1|", "2|9"]),
    ] {
        let db = db_with("(1, 'a', true)");
        let graph = graph(&[
            SOURCES,
            (
                "sql/models/marts/m.sql",
                &incremental(
                    &format!("unique_key='id', on_schema_change='{policy}'"),
                    "* exclude (fresh)",
                ),
            ),
        ]);
        db.build(&graph);
        db.sql("CREATE OR REPLACE TABLE raw.t AS SELECT 2::BIGINT AS id, 9 AS w, true AS fresh");
        db.build(&graph);
        assert_eq!(
            db.rows("SELECT * FROM marts.m ORDER BY id"),
            expected,
            "{policy}"
        );
        let kind = db.rows("SELECT data_type FROM information_schema.columns WHERE table_schema = 'marts' AND column_name = 'id'");
        let wanted = if policy == "sync_all_columns" {
            "BIGINT"
        } else {
            "INTEGER"
        };
        assert_eq!(kind, [wanted], "{policy}");
    }
}

#[test]
fn changed_columns_can_be_refused() {
    let db = db_with("(1, 'a', true)");
    let graph = graph(&[
        SOURCES,
        (
            "sql/models/marts/m.sql",
            &incremental("on_schema_change='fail'", "* exclude (fresh)"),
        ),
    ]);
    db.build(&graph);
    db.build(&graph);
    db.sql("CREATE OR REPLACE TABLE raw.t AS SELECT 2::BIGINT AS id, 9 AS w, true AS fresh");
    let error = db
        .run(&graph)
        .units
        .remove(0)
        .error
        .expect("refused")
        .to_string();
    assert!(error.contains("cause: new: `w` INTEGER"), "{error}");
    assert!(error.contains("cause: missing: `v` VARCHAR"), "{error}");
    assert!(
        error.contains("cause: of another type: `id` BIGINT"),
        "{error}"
    );
    assert!(
        error.contains("cca run --full-refresh --select m"),
        "{error}"
    );
    assert_eq!(db.rows("SELECT count(*) FROM marts.m"), ["2"]);
}

#[test]
fn a_key_that_is_no_column_is_named() {
    let db = db_with("(1, 'a', true)");
    let graph = graph(&[
        SOURCES,
        (
            "sql/models/marts/m.sql",
            &incremental("unique_key='idd'", "id, v"),
        ),
    ]);
    db.build(&graph);
    let error = db
        .run(&graph)
        .units
        .remove(0)
        .error
        .expect("no such column")
        .to_string();
    assert!(
        error.contains("`unique_key` names `idd`") && error.contains("Did you mean `id`?"),
        "{error}"
    );
}

#[test]
fn a_changed_definition_rebuilds_the_table_and_those_below() {
    let db = db_with("(1, 'a', true), (2, 'b', false)");
    let below = "{{ config(materialized='incremental') }}select * from {{ ref('m') }}{% if is_incremental() %} where false{% endif %}";
    let with = |condition: &str| {
        let upper = incremental("unique_key='id'", &format!("id, v, {condition} as extra"));
        graph(&[
            SOURCES,
            ("sql/models/marts/m.sql", &upper),
            ("sql/models/marts/n.sql", below),
        ])
    };
    db.build(&with("1"));
    let again = db.build(&with("1"));
    assert_eq!(again.unit("m").expect("m").message, None);
    let changed = db.build(&with("2"));
    for name in ["m", "n"] {
        let message = changed.unit(name).expect(name).message.as_deref();
        assert_eq!(
            message,
            Some("rebuilt as a whole, because its definition changed")
        );
        assert_eq!(
            db.rows(&format!("SELECT DISTINCT extra FROM marts.{name}")),
            ["2"]
        );
        assert_eq!(
            db.rows(&format!("SELECT count(*) FROM marts.{name}")),
            ["2"]
        );
    }
    let full = db.run_some(&with("2"), &Selection::of("m"), true);
    assert_eq!(
        full.units[0].message.as_deref(),
        Some("rebuilt as a whole, as asked")
    );
}

#[test]
fn a_definition_is_not_believed_after_another_materialization() {
    let db = db_with("(1, 'a', true)");
    let model = incremental("unique_key='id'", "id, v");
    let files = |text: &str| graph(&[SOURCES, ("sql/models/marts/m.sql", text)]);
    db.build(&files(&model));
    db.build(&files(
        "{{ config(materialized='table') }}select 7 as id, 'x' as v",
    ));
    let report = db.build(&files(&model));
    assert_eq!(
        report.units[0].message.as_deref(),
        Some("rebuilt as a whole, because its definition changed")
    );
    assert_eq!(contents(&db), ["1|a"]);
}

#[test]
fn full_refresh_can_be_configured_per_model() {
    let db = db_with("(1, 'a', true)");
    let with = |config: &str, extra: u32| {
        graph(&[
            SOURCES,
            (
                "sql/models/marts/m.sql",
                &incremental(config, &format!("id, v, {extra} as extra")),
            ),
        ])
    };
    db.build(&with("full_refresh=false", 1));
    let report = db.run_some(&with("full_refresh=false", 2), &Selection::default(), true);
    assert_eq!(
        report.units[0].message.as_deref(),
        Some("its definition changed, but `full_refresh` is false: not rebuilt")
    );
    assert_eq!(db.rows("SELECT count(*) FROM marts.m"), ["2"]);
    let report = db.build(&with("full_refresh=true", 2));
    assert_eq!(
        report.units[0].message.as_deref(),
        Some("rebuilt as a whole, as configured")
    );
}
