//! Each way of building a relation, run again and again, and when it fails.

use crate::error::Kind;
use crate::event::Status;
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
fn views_and_tables_are_replaced_and_change_into_each_other() {
    let db = Db::new();
    let as_a = |kind: &str, n: u32| {
        graph(&[(
            "sql/models/marts/m.sql",
            &format!("{{{{ config(materialized='{kind}') }}}}select {n} as x union all select 0;"),
        )])
    };
    for (kind, n) in [
        ("view", 1),
        ("view", 2),
        ("table", 3),
        ("table", 4),
        ("view", 5),
        ("incremental", 6),
        ("view", 7),
    ] {
        let report = db.build(&as_a(kind, n));
        let unit = report.unit("m").expect("built");
        assert_eq!(
            (unit.materialization.as_str(), unit.status),
            (kind, Status::Ok)
        );
        assert_eq!(unit.rows, (kind != "view").then_some(2), "{kind}");
        assert_eq!(db.rows("SELECT max(x) FROM marts.m"), [n.to_string()]);
    }
    let left =
        db.rows("SELECT table_name FROM information_schema.tables WHERE table_schema <> 'cca'");
    assert_eq!(left, ["m"]);
    assert!(db.rows("FROM cca.model_state").is_empty());
}

#[test]
fn a_failing_model_leaves_what_was_there() {
    for kind in ["view", "table", "incremental"] {
        let db = Db::new();
        let good = format!("{{{{ config(materialized='{kind}') }}}}select 1 as x");
        db.build(&graph(&[("sql/models/marts/m.sql", &good)]));
        for (bad, error_kind) in [
            (good.replace('1', "nope"), Kind::Project),
            (good.replace("1 as", "selec"), Kind::Project),
            (
                format!("{good} from range(3) t(i) where error(i::varchar)"),
                Kind::DataInvalid,
            ),
            (
                good.replace("') }}", "', post_hook='insert into nowhere values (1)') }}")
                    .replace('1', "2"),
                Kind::Project,
            ),
        ] {
            if kind == "view" && error_kind == Kind::DataInvalid {
                continue;
            }
            let report = db.run(&graph(&[("sql/models/marts/m.sql", &bad)]));
            assert_eq!(report.units[0].status, Status::Failed, "{kind}: {bad}");
            assert_eq!(db.rows("FROM marts.m"), ["1"], "{kind}: {bad}");
        }
    }
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

#[test]
fn descriptions_become_comments() {
    let db = Db::new();
    for kind in ["table", "view"] {
        let graph = graph(&[
            (
                "sql/models/marts/m.sql",
                &format!("{{{{ config(materialized='{kind}') }}}}select 1 as id, 2 as \"Odd one\""),
            ),
            (
                "sql/models/marts/p.yml",
                "models:\n  - name: m\n    description: It's one row.\n    columns:\n      - {name: id, description: \"the 'key'\"}\n      - {name: Odd one, description: odd}\n      - {name: gone, description: x}\n      - {name: undocumented}\n",
            ),
        ]);
        db.build(&graph);
        let function = if kind == "table" {
            "duckdb_tables()"
        } else {
            "duckdb_views()"
        };
        let name = if kind == "table" {
            "table_name"
        } else {
            "view_name"
        };
        assert_eq!(
            db.rows(&format!(
                "SELECT comment FROM {function} WHERE {name} = 'm'"
            )),
            ["It's one row."]
        );
        let columns = db.rows(
            "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'm' ORDER BY 1",
        );
        assert_eq!(columns, ["Odd one|odd", "id|the 'key'"], "{kind}");
    }
    let notices = db.events.notices();
    assert!(
        notices.contains(
            &"sql/models/marts/m.sql: column `gone` is described but does not exist".to_owned()
        ),
        "{notices:?}"
    );
}

#[test]
fn hooks_run_around_the_model_in_its_transaction() {
    let db = Db::new();
    db.sql("CREATE TABLE log (what VARCHAR)");
    let model = "{{ config(materialized='table', pre_hook=\"insert into log values ('before {{ this.name }}')\", post_hook=[\"insert into log select 'after ' || count(*) from {{ this }};\"]) }}select 1 as x";
    db.build(&graph(&[
        ("sql/models/marts/m.sql", model),
        (
            "sql/models/p.yml",
            "defaults: {post_hook: \"insert into log values ('default')\"}",
        ),
    ]));
    assert_eq!(db.rows("FROM log"), ["before m", "default", "after 1"]);
    let failing = model.replace("select 1 as x", "select nope");
    db.run(&graph(&[("sql/models/marts/m.sql", &failing)]));
    assert_eq!(db.rows("SELECT count(*) FROM log"), ["3"]);
}

#[test]
fn ephemeral_models_leave_no_relation() {
    let db = Db::new();
    let report = db.build(&graph(&[
        (
            "sql/models/marts/e.sql",
            "{{ config(materialized='ephemeral') }}select 5 as x order by 1;",
        ),
        (
            "sql/models/marts/m.sql",
            "-- about\nwith e as (select * from {{ ref('e') }}) select x + 1 as y from e",
        ),
    ]));
    assert_eq!(report.units.len(), 1);
    assert_eq!(db.rows("FROM marts.m"), ["6"]);
    assert!(!db.exists("marts", "e"));
}
