//! Snapshots over rows that change: versions, deletions, columns, refusals.

use crate::transform::fixture::{Db, graph};
use crate::transform::graph::Graph;

fn snapshot(config: &str) -> Graph {
    let text = format!(
        "{{% snapshot history %}}{{{{ config({config}) }}}}select * from {{{{ source('s', 'people') }}}}{{% endsnapshot %}}"
    );
    graph(&[
        ("snapshots/h.sql", text.as_str()),
        (
            "sql/models/s.yml",
            "sources: [{name: s, schema: main, tables: [{name: people}]}]",
        ),
    ])
}

fn begin(db: &Db) {
    db.sql("CREATE OR REPLACE TABLE main.people AS SELECT * FROM (VALUES (1, 'ann', TIMESTAMP '2024-01-01'), (2, 'bob', TIMESTAMP '2024-01-01')) t(id, name, changed)");
}

fn build(db: &Db, graph: &Graph) {
    for unit in db.build_all(graph, false).units {
        if let Some(error) = unit.error {
            panic!("{error}");
        }
    }
}

/// Schema of the snapshot, wherever the layout puts it.
fn relation(graph: &Graph) -> String {
    let node = graph.nodes.iter().find(|node| node.name == "history");
    node.expect("there").relation.to_string()
}

#[test]
fn later_rows_end_earlier_versions() {
    let db = Db::new();
    begin(&db);
    let graph = snapshot("strategy='timestamp', unique_key='id', updated_at='changed'");
    build(&db, &graph);
    db.sql("UPDATE main.people SET name = 'anna', changed = TIMESTAMP '2024-02-01' WHERE id = 1");
    // Changed without a later instant: not a new version.
    db.sql("UPDATE main.people SET name = 'rob' WHERE id = 2");
    db.sql("INSERT INTO main.people VALUES (3, 'cy', TIMESTAMP '2024-02-01')");
    build(&db, &graph);
    let rows = || {
        db.rows(&format!(
            "SELECT id, name, dbt_valid_from::DATE, dbt_valid_to::DATE, dbt_scd_id = md5(id || '|' || dbt_updated_at::VARCHAR) FROM {} ORDER BY id, dbt_valid_from",
            relation(&graph)
        ))
    };
    let expected = [
        "1|ann|2024-01-01|2024-02-01|true",
        "1|anna|2024-02-01||true",
        "2|bob|2024-01-01||true",
        "3|cy|2024-02-01||true",
    ];
    assert_eq!(rows(), expected);
    build(&db, &graph);
    assert_eq!(rows(), expected);
}

#[test]
fn what_is_gone_ends_or_is_marked_and_may_come_back() {
    let db = Db::new();
    begin(&db);
    let graph = snapshot(
        "strategy='check', unique_key='id', check_cols=['name'], hard_deletes='new_record', dbt_valid_to_current=\"timestamp '9999-01-01'\"",
    );
    build(&db, &graph);
    db.sql("DELETE FROM main.people WHERE id = 2");
    build(&db, &graph);
    build(&db, &graph);
    let rows = || {
        db.rows(&format!(
            "SELECT id, name, dbt_is_deleted, dbt_valid_to = TIMESTAMP '9999-01-01' FROM {} ORDER BY id, dbt_valid_from",
            relation(&graph)
        ))
    };
    assert_eq!(
        rows(),
        ["1|ann|False|true", "2|bob|False|false", "2|bob|True|true"]
    );
    db.sql("INSERT INTO main.people VALUES (2, 'bob', TIMESTAMP '2024-05-01')");
    build(&db, &graph);
    assert_eq!(
        rows(),
        [
            "1|ann|False|true",
            "2|bob|False|false",
            "2|bob|True|false",
            "2|bob|False|true"
        ]
    );
}

#[test]
fn new_columns_are_added_and_missing_ones_stay() {
    let db = Db::new();
    begin(&db);
    let graph = snapshot("strategy='check', unique_key=['id', 'name'], check_cols='all'");
    build(&db, &graph);
    db.sql("ALTER TABLE main.people DROP COLUMN changed; ALTER TABLE main.people ADD COLUMN town VARCHAR DEFAULT 'bonn'");
    build(&db, &graph);
    let rows = db.rows(&format!(
        "SELECT id, changed IS NULL, town, dbt_valid_to IS NULL FROM {} ORDER BY id, dbt_valid_from",
        relation(&graph)
    ));
    assert_eq!(
        rows,
        [
            "1|false||false",
            "1|true|bonn|true",
            "2|false||false",
            "2|true|bonn|true"
        ]
    );
}

#[test]
fn wrong_settings_and_strange_tables_are_refused() {
    let fails = |config: &str, prepare: &dyn Fn(&Db, &Graph)| {
        let db = Db::new();
        begin(&db);
        let graph = snapshot(config);
        prepare(&db, &graph);
        let report = db.build_all(&graph, false);
        let error = report.units.into_iter().find_map(|unit| unit.error);
        error.expect("a failure").to_string()
    };
    let nothing = |_: &Db, _: &Graph| {};
    assert!(
        fails("strategy='timestamp', unique_key='id'", &nothing).contains("needs `updated_at`")
    );
    assert!(
        fails("strategy='tmestamp', unique_key='id'", &nothing)
            .contains("Did you mean `timestamp`?")
    );
    assert!(fails("strategy='check', unique_key='id'", &nothing).contains("needs `check_cols`"));
    assert!(fails("strategy='check', check_cols='all'", &nothing).contains("needs `unique_key`"));
    let both = "strategy='check', check_cols='all', unique_key='id', hard_deletes='ignore', invalidate_hard_deletes=true";
    assert!(fails(both, &nothing).contains("both `hard_deletes`"));
    let all = "strategy='check', check_cols='all', unique_key='id'";
    let table = |db: &Db, graph: &Graph| {
        let relation = relation(graph);
        db.sql(&format!(
            "CREATE SCHEMA snapshots; CREATE TABLE {relation} AS SELECT 1 AS id"
        ));
    };
    assert!(fails(all, &table).contains("has no column `dbt_scd_id`"));
    let view = |db: &Db, graph: &Graph| {
        let relation = relation(graph);
        db.sql(&format!(
            "CREATE SCHEMA snapshots; CREATE VIEW {relation} AS SELECT 1 AS id"
        ));
    };
    assert!(fails(all, &view).contains("is a view"));
}

#[test]
fn a_compared_column_that_is_not_there_is_refused_at_once() {
    let db = Db::new();
    let report = db.build_all(
        &graph(&[
            ("sql/models/a.sql", "select 1 as id, 'x' as name"),
            (
                "snapshots/s.sql",
                "{% snapshot s %}{{ config(unique_key='id', strategy='check', check_cols=['nmae']) }}select * from {{ ref('a') }}{% endsnapshot %}",
            ),
        ]),
        false,
    );
    let error = report.unit("s").and_then(|unit| unit.error.as_ref());
    let message = error.expect("refused").to_string();
    assert!(
        message.contains("`check_cols` names `nmae`, which is no column of its query"),
        "{message}"
    );
    assert!(message.contains("Did you mean `name`?"), "{message}");
    assert!(!db.exists("snapshots", "s") && !db.exists("main", "s"));
}
