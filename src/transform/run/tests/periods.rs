//! Models that are built one period after the other.

use std::collections::BTreeMap;

use crate::event::Status;
use crate::transform::fixture::{Db, graph};
use crate::transform::graph::Graph;
use crate::transform::periods::EventTimes;
use crate::transform::report::{Periods, TransformReport};
use crate::transform::run::{Verb, run};
use crate::transform::settings::{RunOptions, Selection};

const YAML: &str = "sources:
  - name: raw
    tables:
      - {name: events, config: {event_time: happened}}
      - {name: names}
";

fn project(extra: &str) -> Graph {
    let model = format!(
        "{{{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='day', batch_size='day', begin='2024-03-01', lookback=1{extra}) }}}}
select happened::date as day, count(*) as n, max(name) as name, '{{{{ model.batch.id if model.batch else '' }}}}' as batch
from {{{{ source('raw', 'events') }}}} cross join {{{{ source('raw', 'names') }}}}
group by day"
    );
    graph(&[
        ("sql/models/marts/m.sql", model.as_str()),
        ("sql/models/p.yml", YAML),
    ])
}

fn db() -> Db {
    let db = Db::new();
    db.sql(
        "CREATE SCHEMA raw; CREATE TABLE raw.names AS SELECT 'x' AS name;
         CREATE TABLE raw.events AS SELECT TIMESTAMP '2024-03-01 10:00:00' + INTERVAL (i * 6) HOUR AS happened FROM range(10) t(i)",
    );
    db
}

fn options(end: &str) -> RunOptions {
    RunOptions {
        event_times: EventTimes {
            start: None,
            end: Some(end.parse().expect("an instant")),
        },
        ..RunOptions::default()
    }
}

fn go(db: &Db, graph: &Graph, options: &RunOptions) -> TransformReport {
    run(
        Verb::Run,
        graph,
        &db.warehouse,
        &Selection::default(),
        options,
        &db.events,
    )
    .expect("a report")
}

fn days(db: &Db) -> Vec<String> {
    db.rows("SELECT day, n, batch FROM marts.m ORDER BY ALL")
}

#[test]
fn each_period_reads_and_replaces_its_own_rows() {
    let db = db();
    let graph = project("");
    let report = go(&db, &graph, &options("2024-03-03T12:00:00Z"));
    let unit = &report.units[0];
    assert!(unit.error.is_none(), "{:?}", unit.error);
    assert_eq!(unit.periods.done.len(), 3);
    // 10:00, 16:00, 22:00 on the first day, then every six hours.
    let first = [
        "2024-03-01|3|20240301",
        "2024-03-02|4|20240302",
        "2024-03-03|3|20240303",
    ];
    assert_eq!(days(&db), first);
    // Late rows of all days: only the current one and the one before are looked at again.
    db.sql("INSERT INTO raw.events SELECT happened FROM raw.events");
    let report = go(&db, &graph, &options("2024-03-03T12:00:00Z"));
    assert_eq!(report.units[0].periods.done.len(), 2);
    let second = [
        "2024-03-01|3|20240301",
        "2024-03-02|8|20240302",
        "2024-03-03|6|20240303",
    ];
    assert_eq!(days(&db), second);
    // Asked for, also the first; and a period that lost its rows loses them in the table.
    db.sql("DELETE FROM raw.events WHERE happened::date = DATE '2024-03-02'");
    let mut asked = options("2024-03-03T00:00:00Z");
    asked.event_times.start = Some("2024-03-01T05:00:00Z".parse().expect("an instant"));
    go(&db, &graph, &asked);
    assert_eq!(
        days(&db),
        ["2024-03-01|6|20240301", "2024-03-03|6|20240303"]
    );
}

#[test]
fn failed_periods_are_told_and_alone_tried_again() {
    let db = db();
    let failing = project(
        ", pre_hook=\"create table if not exists raw.hooks as select 0 as n where false; insert into raw.hooks values (1)\"",
    );
    db.sql("DELETE FROM raw.names; INSERT INTO raw.names SELECT 'x'");
    db.sql("ALTER TABLE raw.events ADD COLUMN bad BOOLEAN");
    let model = "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='day', batch_size='day', begin='2024-03-01') }}
select happened::date as day, count(*) as n, '' as batch, max(case when bad then error('broken') end) as e from {{ source('raw', 'events') }} group by day";
    let graph = graph(&[
        ("sql/models/marts/m.sql", model),
        ("sql/models/p.yml", YAML),
    ]);
    db.sql("UPDATE raw.events SET bad = true WHERE happened::date = DATE '2024-03-02'");
    let end = options("2024-03-03T12:00:00Z");
    let mut report = go(&db, &graph, &end);
    let unit = report.units.remove(0);
    assert_eq!(unit.status, Status::Failed);
    assert_eq!((unit.periods.done.len(), unit.periods.failed.len()), (2, 1));
    let error = unit.error.expect("told").to_string();
    assert!(
        error.contains("1 of 3 periods are missing: 20240302"),
        "{error}"
    );
    assert_eq!(days(&db), ["2024-03-01|3|", "2024-03-03|3|"]);
    db.sql("UPDATE raw.events SET bad = false; INSERT INTO raw.events SELECT happened, false FROM raw.events");
    let again: BTreeMap<String, Periods> = [(unit.id, unit.periods)].into();
    let retry = RunOptions {
        failed_periods: again,
        ..RunOptions::default()
    };
    let report = go(&db, &graph, &retry);
    assert_eq!(report.units[0].status, Status::Ok);
    assert_eq!(report.units[0].periods.done.len(), 3);
    assert_eq!(
        days(&db),
        ["2024-03-01|3|", "2024-03-02|8|", "2024-03-03|3|"]
    );
    // Hooks run around all periods, not around each.
    go(&db, &failing, &end);
    assert_eq!(db.rows("SELECT count(*) FROM raw.hooks"), ["1"]);
}

#[test]
fn the_first_failing_period_stops_the_others() {
    let db = db();
    db.sql("DROP TABLE raw.names");
    let report = go(&db, &project(""), &options("2024-03-03T12:00:00Z"));
    let unit = &report.units[0];
    assert_eq!((unit.periods.done.len(), unit.periods.failed.len()), (0, 3));
    assert!(!db.exists("marts", "m"));
    let no_begin = "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='day', batch_size='day') }}select 1 as day";
    let graph = graph(&[("sql/models/marts/m.sql", no_begin)]);
    let report = go(&db, &graph, &RunOptions::default());
    let error = report.units[0].error.as_ref().expect("told").to_string();
    assert!(error.contains("a first build needs `begin`"), "{error}");
    assert!(error.contains("sql/models/marts/m.sql"), "{error}");
}
