//! Counts in tables that grow: what came since the last check, and when everything is read.

use super::{CheckReport, Suite, load_suites, options, project, warehouse};
use crate::check::{CheckOptions, evaluate, run};
use crate::event::Silent;
use crate::warehouse::{Connection, Relation};

const RULES: &str = "suite: s
layer: bronze
table: m.grows
incremental_by: _load_id
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

/// Rules about two tables of which rows go away and are replaced.
const RESTATED: &str = "suite: parents
layer: silver
table: m.parents
incremental_by: load
expectations:
  - expect_column_values_to_be_unique: {column: name}
  - expect_column_values_to_not_be_null: {column: name}
---
suite: children
layer: silver
table: m.children
incremental_by: load
expectations:
  - expect_table_row_count_to_be_between: {min_value: 1}
  - expect_column_values_to_be_unique: {column: name}
  - expect_compound_columns_to_be_unique: {column_list: [name, place]}
  - expect_column_values_to_exist_in: {column: parent, to_table: m.parents, to_column: name}
  - expect_column_values_to_be_between: {column: place, max_value: 90}
  - expect_column_values_to_be_in_set: {column: role, value_set: [user, assistant], mostly: 0.5}
  - expect_timestamps_ordered_within_session: {session_column: parent, order_by: place, timestamp_column: seen}
  - expect_human_assistant_alternation: {session_column: parent, order_by: place, role_column: role}
---
suite: seen
layer: silver
table: m.seen
incremental_by: load
expectations:
  - expect_column_values_to_be_between: {column: place, max_value: 90}
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
        Self::checking(connection, RULES)
    }

    fn checking(connection: Connection, rules: &str) -> Self {
        let options = CheckOptions {
            only_new: true,
            ..options()
        };
        Self {
            connection,
            suites: load_suites(&project(&[("s.yml", rules)])).expect("valid"),
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
        // Of met rules, a check of what is new shows no rows.
        let result = if one.is_success() {
            format!("{:?}", one.result.unexpected_count)
        } else {
            format!("{:?}", one.result)
        };
        format!("{status} {}: {} ({result})", one.name, one.message)
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

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn restated() -> Grows {
    let connection = warehouse();
    connection
        .batch(
            "CREATE TABLE m.parents (name VARCHAR, day DATE, load INTEGER);
             CREATE TABLE m.children (name VARCHAR, parent VARCHAR, place BIGINT, role VARCHAR,
                                      seen TIMESTAMP, load INTEGER);
             CREATE VIEW m.seen AS SELECT place % 100 AS place, load FROM m.children",
        )
        .expect("made");
    Grows::checking(connection, RESTATED)
}

#[test]
fn rows_come_go_and_are_replaced_in_any_order() {
    for seed in 1..4 {
        let mut grows = restated();
        let mut numbers = Numbers(seed);
        let mut load = 0;
        for step in 0..30 {
            load += 1;
            let first = step * 3;
            let parent = format!("'p{}'", numbers.below(first / 3 + 2));
            let day = numbers.below(90);
            let sql = match numbers.below(8) {
                // Whole families, some of which break rules.
                0..4 => format!(
                    "INSERT INTO m.parents VALUES ('p{}', DATE '2024-10-15' + {day}, {load});
                     INSERT INTO m.children
                     SELECT 'c' || ({first} + range), {parent}, {first} + range,
                            CASE WHEN range % 2 = 0 THEN 'user' ELSE 'assistant' END,
                            TIMESTAMP '2024-10-15' + INTERVAL {day} DAY + to_seconds(range), {load}
                     FROM range({})",
                    numbers.below(first / 3 + 2),
                    numbers.below(4)
                ),
                4 => format!(
                    "DELETE FROM m.children WHERE place % 7 = {}",
                    numbers.below(7)
                ),
                5 => format!("DELETE FROM m.parents WHERE name = {parent}"),
                6 => format!(
                    "UPDATE m.children SET load = {load}, seen = seen + INTERVAL {day} DAY
                     WHERE parent = {parent}"
                ),
                _ => format!(
                    "UPDATE m.parents SET load = {load}, name = 'p{step}' WHERE name = {parent}"
                ),
            };
            grows.connection.batch(&sql).expect("changed");
            if numbers.below(3) > 0 {
                grows.check();
            }
        }
    }
}

#[test]
fn a_table_built_anew_and_a_view_of_others_are_read_again() {
    let mut grows = restated();
    grows
        .connection
        .batch("INSERT INTO m.children VALUES ('a', NULL, 95, 'user', '2025-01-01', 1)")
        .expect("added");
    assert_eq!(grows.broken().len(), 2);
    // Without any load; what was counted is out of date and nobody can tell.
    let change = "UPDATE m.children SET place = 5";
    grows.connection.batch(change).expect("changed");
    assert_eq!(stale(&mut grows), 2);
    // Of the rebuilt table, and of views, which may be made of it, nothing is known.
    let children = Relation::new("m", "children");
    grows.options.built.insert(children, "later".to_owned());
    assert_eq!(stale(&mut grows), 0);
    let view = "CREATE OR REPLACE VIEW m.seen AS SELECT place + 90 AS place, load FROM m.children";
    grows.connection.batch(view).expect("changed");
    assert_eq!(stale(&mut grows), 1);
}

/// Rules that are not met by what is known.
fn stale(grows: &mut Grows) -> usize {
    let (suites, connection) = (&grows.suites, &grows.connection);
    let report = run(suites, connection, &mut [], &grows.options, &Silent);
    let outcomes = report.expect("runs").outcomes;
    outcomes.iter().filter(|one| !one.is_success()).count()
}

#[test]
fn a_table_that_does_not_tell_its_loads_is_named() {
    let rules = RESTATED.replace("incremental_by: load", "incremental_by: laod");
    let mut grows = Grows::checking(restated().connection, &rules);
    let message = "there is no column `laod` in m.parents, which is declared `incremental_by` it";
    let (suites, connection) = (&grows.suites, &grows.connection);
    let report = run(suites, connection, &mut [], &grows.options, &Silent).expect("runs");
    let first = report.outcomes.first().expect("an outcome");
    assert!(first.message.contains(message), "{}", first.message);
    assert!(report.is_failure());
    // Rows of no load are read as those of any table.
    grows = restated();
    let insert = "INSERT INTO m.parents VALUES ('a', '2025-01-01', NULL)";
    grows.connection.batch(insert).expect("added");
    grows.check();
    grows.connection.batch(insert).expect("added");
    let broken = grows.broken();
    assert_eq!(names(&broken).first(), Some(&"name"), "{broken:#?}");
}
