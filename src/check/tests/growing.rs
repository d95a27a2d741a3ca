//! Counts in tables that grow: what came since the last check, and when everything is read.

use super::{CheckReport, Suite, load_suites, options, project, warehouse};
use crate::check::{CheckOptions, evaluate, run};
use crate::event::Silent;
use crate::warehouse::{Connection, Relation};

const RULES: &str = "suite: s
layer: bronze
table: m.grows
expectations:
  - expect_table_row_count_to_be_between: {min_value: 1}
  - expect_column_values_to_be_unique: {column: name}
  - expect_compound_columns_to_be_unique: {column_list: [id, name]}
  - expect_column_values_to_be_unique: {column: id}
  - expect_column_values_to_exist_in: {column: parent, to_table: m.grows, to_column: name}
  - expect_column_values_to_not_be_null: {column: name}
  - expect_column_values_to_be_between: {column: id, min_value: 0}
  - expect_column_values_to_be_between: {name: odd, column: id, max_value: 100, row_condition: kind = 'odd'}
  - expect_column_values_to_be_between: {name: short, column: id, max_value: 100, row_condition: length(name) < 4}
  - expect_column_values_to_be_in_set: {column: kind, value_set: [odd, even], mostly: 0.5}
  - expect_column_proportion_of_non_null_values_to_be_between: {column: parent, min_value: 0.1}
  - expect_timestamps_ordered_within_session: {session_column: kind, order_by: id, timestamp_column: seen}
  - expect_column_mean_to_be_between: {column: id, max_value: 1000}
";

const DAY: i64 = 86_400_000_000;

struct Grows {
    connection: Connection,
    suites: Vec<Suite>,
    options: CheckOptions,
}

impl Grows {
    fn new() -> Self {
        let connection = warehouse();
        connection
            .batch(
                "CREATE TABLE m.grows (id INTEGER, name VARCHAR, parent VARCHAR, kind VARCHAR,
                                       seen TIMESTAMP, _load_id BIGINT);
                 INSERT INTO m.grows
                 SELECT range, 'n' || range, CASE WHEN range > 0 THEN 'n' || (range - 1) END,
                        CASE WHEN range % 2 = 1 THEN 'odd' ELSE 'even' END,
                        TIMESTAMP '2025-01-01' + to_seconds(range), 1 + range // 5
                 FROM range(10)",
            )
            .expect("made");
        let suites = load_suites(&project(&[("s.yml", RULES)])).expect("valid");
        let options = CheckOptions {
            growing: vec![Relation::new("m", "grows")],
            only_new: true,
            ..options()
        };
        Self {
            connection,
            suites,
            options,
        }
    }

    fn add(&self, rows: &str) {
        let sql = format!("INSERT INTO m.grows VALUES {rows}");
        self.connection.batch(&sql).expect("added");
    }

    /// Checks what is new and, without any memory, everything: both must find the same.
    fn check(&mut self) -> Vec<String> {
        self.options.checked_at += 1;
        let run = run(
            &self.suites,
            &self.connection,
            &mut [],
            &self.options,
            &Silent,
        );
        let found = told(&run.expect("runs"));
        let whole = evaluate(&self.suites, &self.connection, &mut [], &options(), &Silent);
        assert_eq!(found, told(&whole.expect("runs")));
        found
    }

    /// The rules that are not met.
    fn broken(&mut self) -> Vec<String> {
        let mut broken = self.check();
        broken.retain(|one| !one.starts_with("passed"));
        broken
    }
}

fn told(report: &CheckReport) -> Vec<String> {
    let told = report.outcomes.iter().map(|one| {
        let status = one.status.name();
        format!("{status} {}: {} ({:?})", one.name, one.message, one.result)
    });
    told.collect()
}

fn names(broken: &[String]) -> Vec<&str> {
    let name = |one: &'_ String| one.split(['(', ')']).nth(1).map(str::len);
    let names = broken.iter().map(|one| {
        let end = one.find('(').unwrap_or(0) + 1;
        one.get(end..end + name(one).unwrap_or(0))
            .unwrap_or_default()
    });
    names.collect()
}

#[test]
fn what_came_since_is_added_to_what_was_counted() {
    let mut grows = Grows::new();
    assert!(grows.broken().is_empty());
    grows.add("(10, 'n10', 'n9', 'even', '2025-01-01 00:00:10', 3)");
    assert!(grows.broken().is_empty());
    // Nothing new.
    assert!(grows.broken().is_empty());
    // A name of long ago again, a parent that is not there, and a time before its predecessor's.
    grows.add("(12, 'n3', 'nobody', 'even', '2025-01-01 00:00:01', 4), (-1, NULL, NULL, 'neither', NULL, 4)");
    let broken = grows.broken();
    assert_eq!(
        names(&broken),
        ["name", "parent", "name", "id", "kind, id, seen"],
        "{broken:#?}"
    );
    // What is broken stays so, and the next counts are right.
    grows.add("(13, 'n13', 'later', 'odd', '2025-01-01 00:00:13', 5), (14, 'n14', 'n3', 'even', '2025-01-01 00:00:14', 5)");
    assert_eq!(grows.broken().len(), 5);
    grows.add("(15, 'later', 'n14', 'odd', '2025-01-01 00:00:15', 6)");
    assert_eq!(grows.broken().len(), 5);
}

#[test]
fn rows_that_go_away_or_are_replaced_are_noticed() {
    let mut grows = Grows::new();
    grows.check();
    // The parent of another one goes away.
    grows
        .connection
        .batch("DELETE FROM m.grows WHERE id = 4")
        .expect("deleted");
    let broken = grows.broken();
    assert_eq!(names(&broken), ["parent"], "{broken:#?}");
    grows.add("(4, 'n4', 'n3', 'even', '2025-01-01 00:00:04', 3)");
    assert!(grows.broken().is_empty());
    let replaced = "UPDATE m.grows SET name = 'n7', _load_id = 4 WHERE id = 2";
    grows.connection.batch(replaced).expect("replaced");
    let broken = grows.broken();
    assert_eq!(names(&broken), ["name", "parent"], "{broken:#?}");
}

#[test]
fn everything_is_read_on_request_and_once_a_day() {
    let mut grows = Grows::new();
    grows.check();
    // No load does that: it shows what is read.
    grows
        .connection
        .batch("UPDATE m.grows SET id = -5 WHERE id = 5")
        .expect("changed");
    let failed = |grows: &Grows, only_new: bool, days: i64| {
        let options = CheckOptions {
            only_new,
            checked_at: grows.options.checked_at + days * DAY,
            ..grows.options.clone()
        };
        let report = run(&grows.suites, &grows.connection, &mut [], &options, &Silent);
        let outcomes = report.expect("runs").outcomes;
        let below = |one: &&crate::check::Outcome| one.name.ends_with("between(id)");
        let mut found = outcomes
            .iter()
            .filter(below)
            .filter(|one| one.name.contains("values"));
        !found.next().expect("the rule").is_success()
    };
    assert!(!failed(&grows, true, 0));
    assert!(failed(&grows, true, 1));
    assert!(!failed(&Grows::new(), false, 0));
    assert!(failed(&grows, false, 0));
    // What it found is what the next one goes by.
    assert!(failed(&grows, true, 0));
}

#[test]
fn a_table_without_rows_is_counted_too() {
    let mut grows = Grows::new();
    grows
        .connection
        .batch("DELETE FROM m.grows")
        .expect("emptied");
    assert_eq!(names(&grows.broken()).len(), 3);
    grows.add("(0, 'n0', NULL, 'even', '2025-01-01', 1), (1, 'n1', 'n0', 'odd', '2025-01-02', 1)");
    assert!(grows.broken().is_empty());
}
