//! A stop while queries run: quick, clean, and told.

use std::time::{Duration, Instant};

use crate::error::Kind;
use crate::event::Status;
use crate::sys::cancel::Cancel;
use crate::transform::fixture::{Db, graph, graph_with};
use crate::transform::run::{Verb, run};
use crate::transform::settings::{RunOptions, Selection};

/// Hours of work that no optimizer takes away.
const ENDLESS: &str = "select count(*) as n from range(10000000000) a(i), range(1000) b(j) where (i * 31 + j) % 1000003 = 7";

#[test]
fn a_stop_interrupts_running_queries_and_leaves_everything_as_it_was() {
    let db = Db::new();
    let files = |slow: &str| {
        [
            ("sql/models/marts/a.sql", "select 1 as n".to_owned()),
            (
                "sql/models/marts/b.sql",
                format!("{{{{ config(materialized='table') }}}}-- {{{{ ref('a') }}}}\n{slow}"),
            ),
            (
                "sql/models/marts/c.sql",
                format!(
                    "{{{{ config(materialized='table') }}}}{{% set r = run_query('{slow}') %}}select 1 as n from {{{{ ref('a') }}}}"
                ),
            ),
            (
                "sql/models/marts/d.sql",
                "select * from {{ ref('b') }}".to_owned(),
            ),
        ]
    };
    let parse = |slow: &str| {
        let files = files(slow);
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (*a, b.as_str())).collect();
        graph_with(&files, |settings| settings.threads = 3)
    };
    db.build(&parse("select 5 as n"));
    let options = RunOptions::default();
    let cancel = options.cancel.clone();
    let raiser = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        assert!(!cancel.raise());
    });
    let started = Instant::now();
    let report = run(
        Verb::Run,
        &parse(ENDLESS),
        &db.warehouse,
        &Selection::default(),
        &options,
        &db.events,
    )
    .expect("a report");
    raiser.join().expect("raised");
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
    let stop = report.stopped.as_ref().expect("told");
    assert_eq!(stop.kind(), Kind::Cancelled);
    let told = |name: &str| {
        let unit = report.unit(name).expect(name);
        (unit.status, unit.message.clone().unwrap_or_default())
    };
    assert_eq!(told("a").0, Status::Ok);
    for name in ["b", "c"] {
        let interrupted = "interrupted; it is as it was before the run".to_owned();
        assert_eq!(told(name), (Status::Skipped, interrupted), "{name}");
    }
    let not_started = "not started, because the run was stopped".to_owned();
    assert_eq!(told("d"), (Status::Skipped, not_started));
    assert_eq!(db.rows("FROM marts.d"), ["5"]);
    db.build(&parse("select 6 as n"));
    assert_eq!(db.rows("FROM marts.d"), ["6"]);
}

#[test]
fn a_stop_before_the_beginning_starts_nothing() {
    let db = Db::new();
    let options = RunOptions {
        cancel: Cancel::default(),
        ..RunOptions::default()
    };
    assert!(!options.cancel.raise());
    let graph = graph(&[("sql/models/marts/a.sql", "select 1 as n")]);
    let report = run(
        Verb::Run,
        &graph,
        &db.warehouse,
        &Selection::default(),
        &options,
        &db.events,
    );
    let report = report.expect("a report");
    assert!(report.stopped.is_some());
    assert_eq!(report.count(Status::Skipped), 1);
    assert!(!db.exists("marts", "a"));
}
