//! Whole runs: order, failure, seeds, parallel work, and what errors say.

mod errors;
mod periods;
mod seeds;
mod stopping;

use std::collections::BTreeSet;

use crate::event::{Silent, Status};
use crate::transform::fixture::{Db, graph, graph_with};
use crate::transform::run::{Verb, run};
use crate::transform::settings::{RunOptions, Selection};
use crate::warehouse::{Access, Options, Warehouse};

#[test]
fn what_depends_on_a_failure_is_skipped_and_the_rest_is_built() {
    let db = Db::new();
    let files = [
        ("sql/models/marts/a.sql", "select nope"),
        (
            "sql/models/marts/b.sql",
            "{{ config(materialized='ephemeral') }}select * from {{ ref('a') }}",
        ),
        ("sql/models/marts/c.sql", "select * from {{ ref('b') }}"),
        ("sql/models/marts/d.sql", "select * from {{ ref('c') }}"),
        ("sql/models/marts/e.sql", "select 1 as x"),
        ("sql/models/marts/f.sql", "select * from {{ ref('e') }}"),
    ];
    let report = db.run(&graph(&files));
    for name in ["c", "d"] {
        let unit = report.unit(name).expect(name);
        assert_eq!(unit.status, Status::Skipped);
        assert_eq!(
            unit.message.as_deref(),
            Some("depends on `a`, which failed")
        );
    }
    assert_eq!((report.count(Status::Ok), report.is_ok()), (2, false));
    let fast = run(
        Verb::Run,
        &graph(&files),
        &db.warehouse,
        &Selection::default(),
        &RunOptions {
            fail_fast: true,
            ..RunOptions::default()
        },
        &Silent,
    );
    let fast = fast.expect("a report");
    assert_eq!(fast.count(Status::Ok), 0);
    let last = fast.unit("f").and_then(|unit| unit.message.as_deref());
    assert_eq!(
        last,
        Some("not started, because `a` failed and the run is to stop then")
    );
    assert_eq!(fast.units.len(), 5);
}

#[test]
fn units_wait_for_ancestors_that_are_not_selected() {
    let db = Db::new();
    let graph = graph_with(
        &[
            (
                "sql/models/marts/a.sql",
                "{{ config(materialized='table') }}select count(*) as n from range(3000000) t(i) where i % 7 = 1",
            ),
            ("sql/models/marts/b.sql", "select * from {{ ref('a') }}"),
            (
                "sql/models/marts/c.sql",
                "{{ config(materialized='table') }}select * from {{ ref('b') }}",
            ),
        ],
        |settings| settings.threads = 4,
    );
    db.sql("CREATE SCHEMA marts; CREATE TABLE marts.a AS SELECT 0 AS n; CREATE VIEW marts.b AS FROM marts.a");
    let report = db.run_some(&graph, &Selection::of("a c"), false);
    assert!(report.is_ok());
    assert_eq!(db.rows("FROM marts.c"), ["428572"]);
}

#[test]
fn sixty_models_on_eight_threads_build_without_conflicts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("w.duckdb");
    let warehouse = Warehouse::open(&path, &Options::new(Access::ReadWrite)).expect("opened");
    let files: Vec<(String, String)> = (0..60)
        .map(|n| {
            let kind = ["table", "incremental", "view", "table"][n % 4];
            let from = if n < 12 { "range(1000) t(x)".to_owned() } else { format!("{{{{ ref('m{}') }}}}", n - 12) };
            let text = format!("{{{{ config(materialized='{kind}') }}}}select x from {from}{{% if is_incremental() %}} where false{{% endif %}}");
            (format!("sql/models/marts/m{n}.sql"), text)
        })
        .collect();
    let mut files: Vec<(&str, &str)> = files
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let properties: String = (0..60).fold("models:\n".to_owned(), |text, n| {
        format!(
            "{text}  - {{name: m{n}, description: one, columns: [{{name: x, description: two}}]}}\n"
        )
    });
    files.push(("sql/models/p.yml", &properties));
    files.push(("seeds/s.csv", "a\n1\n"));
    let graph = graph_with(&files, |settings| settings.threads = 8);
    for full_refresh in [true, false, true, false] {
        let report = run(
            Verb::Run,
            &graph,
            &warehouse,
            &Selection::default(),
            &RunOptions {
                full_refresh,
                ..RunOptions::default()
            },
            &Silent,
        );
        let report = report.expect("a report");
        for unit in &report.units {
            assert!(
                unit.error.is_none(),
                "{}",
                unit.error.as_ref().expect("some")
            );
        }
        let order: Vec<&str> = report.units.iter().map(|unit| unit.name.as_str()).collect();
        assert!(order.iter().position(|n| *n == "m0") < order.iter().position(|n| *n == "m48"));
        assert_eq!(
            report
                .units
                .iter()
                .map(|unit| &unit.name)
                .collect::<BTreeSet<_>>()
                .len(),
            report.units.len()
        );
    }
    let look = warehouse.connect().expect("a connection");
    let rows = look
        .scalar("SELECT count(*) FROM marts.m59", &[])
        .expect("built");
    assert_eq!(rows.as_i64(), Some(1000));
}

#[test]
fn nothing_to_do_is_a_report_without_units() {
    let db = Db::new();
    assert!(db.run(&graph(&[])).units.is_empty());
}

#[test]
fn notices_of_templates_reach_the_observer() {
    let db = Db::new();
    db.build(&graph(&[("sql/models/marts/m.sql", "{% do log('quiet') %}{% do log('seen ' ~ execute, info=true) %}{% do exceptions.warn('careful') %}select 1 as x")]));
    let notices = db.events.notices();
    assert!(
        notices.contains(&"sql/models/marts/m.sql: seen True".to_owned()),
        "{notices:?}"
    );
    assert!(
        notices.contains(&"sql/models/marts/m.sql: careful".to_owned()),
        "{notices:?}"
    );
}

/// Late rows, changed rows and vanished rows: after each step the incremental table equals the
/// one built as a whole.
#[test]
fn incremental_tables_equal_full_builds() {
    let query = "select session, sum(v) as total, count(*) as n, max(seq) as seq from {{ source('raw', 't') }}";
    let incremental = format!(
        "{{{{ config(materialized='incremental', unique_key='session', touched=\"select session from \" ~ source('raw', 'gone')) }}}}{query}{{% if is_incremental() %}} where session in (select session from {{{{ source('raw', 't') }}}} where seq > (select coalesce(max(seq), 0) from {{{{ this }}}}) union select session from {{{{ source('raw', 'gone') }}}}){{% endif %}} group by session"
    );
    let graph = graph(&[
        ("sql/models/marts/inc.sql", &incremental),
        (
            "sql/models/marts/whole.sql",
            &format!("{{{{ config(materialized='table') }}}}{query} group by session"),
        ),
        (
            "sql/models/p.yml",
            "sources:\n  - name: raw\n    tables: [{name: t}, {name: gone}]\n",
        ),
    ]);
    let db = Db::new();
    db.sql("CREATE SCHEMA raw; CREATE TABLE raw.t (id INT, session INT, v INT, seq INT); CREATE TABLE raw.gone (session INT)");
    let mut random = fastrand::Rng::with_seed(11);
    let mut seq = 0;
    for _ in 0..25 {
        db.sql("DELETE FROM raw.gone");
        for _ in 0..random.usize(0..6) {
            seq += 1;
            let (id, session, v) = (random.i32(0..30), random.i32(0..6), random.i32(-5..5));
            let session = if session == 5 {
                "NULL".to_owned()
            } else {
                session.to_string()
            };
            db.sql(&format!("INSERT INTO raw.gone SELECT session FROM raw.t WHERE id = {id}; DELETE FROM raw.t WHERE id = {id}"));
            if random.bool() {
                db.sql(&format!(
                    "INSERT INTO raw.t VALUES ({id}, {session}, {v}, {seq})"
                ));
            }
        }
        db.build(&graph);
        let rows = |name: &str| {
            db.rows(&format!(
                "SELECT session, total, n FROM marts.{name} WHERE session IS NOT NULL ORDER BY ALL"
            ))
        };
        assert_eq!(rows("inc"), rows("whole"));
    }
}
