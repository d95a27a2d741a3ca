//! Each way of building a relation, run again and again, and when it fails.

mod contracts;
mod dbt_rules;
mod external;
mod extras;
mod incremental;
mod snapshot;

use crate::error::Kind;
use crate::event::Status;
use crate::transform::fixture::{Db, graph};

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
