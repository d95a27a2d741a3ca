//! Expectations against a small warehouse in memory.

mod blaming;
mod documents;
mod execution;
mod great_expectations;
mod growing;
mod kinds;
mod loading;
mod oracle;
mod proposing;
mod semantics;
mod sessions;
mod storing;
mod validating;
mod watching;

use std::collections::BTreeMap;

use super::{CheckOptions, CheckReport, Outcome, OutcomeStatus, Suite, load_suites, run};
use crate::event::Silent;
use crate::project::{Origin, Project, SourceFile};
use crate::warehouse::{Connection, Warehouse};

const DATA: &str = "
CREATE SCHEMA m;
CREATE TABLE m.t (
    id INTEGER, name VARCHAR, num INTEGER, ratio DOUBLE, price DECIMAL(18,6), seen TIMESTAMP,
    day DATE, flag BOOLEAN, nothing VARCHAR, list INTEGER[]
);
INSERT INTO m.t VALUES
    (1, 'a',  10, 0.5,   1.25, '2025-01-01 00:00:00', '2025-01-01', true,  NULL, [1]),
    (2, 'b',  20, 'nan', 2.50, '2025-01-02 00:00:00', '2025-01-02', false, NULL, [2]),
    (3, 'b',  30, NULL,  NULL, '2025-01-03 00:00:00', '2025-01-03', NULL,  NULL, NULL),
    (4, NULL, NULL, 'inf', 9,  NULL,                  NULL,         true,  NULL, NULL);
CREATE TABLE m.empty AS SELECT * FROM m.t WHERE false;
CREATE TABLE m.parent (name VARCHAR);
INSERT INTO m.parent VALUES ('a'), (NULL), ('a');
CREATE TABLE m.other AS SELECT range AS id FROM range(4);
CREATE TABLE m.pairs (a INTEGER, b INTEGER);
INSERT INTO m.pairs VALUES (2, 1), (1, 1), (1, 2), (NULL, 1), (NULL, NULL), (NULL, NULL);
";

fn warehouse() -> Connection {
    let connection = Warehouse::in_memory()
        .expect("opens")
        .connect()
        .expect("connects");
    connection.batch(DATA).expect("fills");
    connection
}

fn project(files: &[(&str, &str)]) -> Project {
    let file = |(path, text): &(&str, &str)| SourceFile {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
        origin: Origin::Embedded,
    };
    Project {
        expectations: files.iter().map(file).collect(),
        ..Project::default()
    }
}

/// A suite about `table` with these items, one line each from line 5 on.
fn suite(table: &str, items: &[&str]) -> Vec<Suite> {
    let mut text = format!("suite: s\nlayer: silver\ntable: {table}\nexpectations:\n");
    for item in items {
        text.push_str("  - ");
        text.push_str(item);
        text.push('\n');
    }
    load_suites(&project(&[("expectations/s.yml", &text)])).expect("a valid suite")
}

fn options() -> CheckOptions {
    CheckOptions {
        run_id: "run-1".to_owned(),
        select: Vec::new(),
        sample_rows: 3,
        exclude: Vec::new(),
        fail_fast: false,
        save_failures: None,
        checked_at: 1_735_689_600_000_000,
        keep_days: 365,
        built: BTreeMap::new(),
        only_new: false,
    }
}

fn check(connection: &Connection, suites: &[Suite]) -> CheckReport {
    run(suites, connection, &mut [], &options(), &Silent).expect("runs")
}

/// The outcome of one expectation about `table`.
fn one(table: &str, item: &str) -> Outcome {
    let report = check(&warehouse(), &suite(table, &[item]));
    report.outcomes.into_iter().next().expect("an outcome")
}

/// Checks cases, one a line: status, rows considered, unexpected rows, expectation.
fn assert_cases(table: &str, cases: &str) {
    assert_cases_of(&warehouse(), table, cases);
}

fn assert_cases_of(connection: &Connection, table: &str, cases: &str) {
    for case in cases
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let mut words = case.splitn(4, ' ').map(str::trim);
        let expected: Vec<&str> = words.by_ref().take(3).collect();
        let item = words.next().expect("an expectation");
        let report = check(connection, &suite(table, &[item]));
        let outcome = &report.outcomes[0];
        let count = |count: Option<u64>| count.map_or("-".to_owned(), |count| count.to_string());
        assert_eq!(
            [
                outcome.status.name(),
                &count(outcome.result.element_count),
                &count(outcome.result.unexpected_count)
            ],
            *expected,
            "{item}: {}",
            outcome.message
        );
    }
}
