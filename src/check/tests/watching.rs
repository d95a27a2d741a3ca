//! Rules that watch how data develop.

use super::{CheckOptions, assert_cases_of, check, options, run, suite, warehouse};
use crate::check::{Outcome, OutcomeStatus, Suite, evaluate};
use crate::event::Silent;
use crate::warehouse::{Connection, Value};

/// The checks are of 2025-01-01; two machines, one of which fell behind.
const LOGS: &str = "
CREATE TABLE m.logs (machine VARCHAR, kind VARCHAR, sub VARCHAR, version VARCHAR, seen TIMESTAMP, doc VARCHAR);
INSERT INTO m.logs VALUES
    ('a', 'user',   NULL,     '2.1.9',  '2024-12-20 00:00:00', '{\"type\": 1, \"uuid\": 2}'),
    ('a', 'user',   NULL,     '2.1.42', '2024-12-31 12:00:00', '{\"type\": 1}'),
    ('a', 'system', 'notice', '2.1.42', '2024-12-31 13:00:00', '{\"type\": 1, \"novel\": 2}'),
    ('b', 'future', NULL,     '2.1.42', '2024-12-19 00:00:00', 'no json'),
    ('b', 'future', NULL,     '2.1.9',  '2024-12-21 00:00:00', NULL),
    ('b', 'system', 'strange','2.1.9',  NULL,                  NULL);
CREATE TABLE m.kinds (kind VARCHAR, sub VARCHAR);
INSERT INTO m.kinds VALUES ('user', NULL), ('system', 'n*');
CREATE TABLE m.keys (key VARCHAR);
INSERT INTO m.keys VALUES ('type'), ('uuid'), (NULL);
CREATE TABLE m.never (machine VARCHAR, seen TIMESTAMP);
";

fn logs() -> Connection {
    let connection = warehouse();
    connection.batch(LOGS).expect("filled");
    connection
}

#[test]
fn what_is_not_fresh_is_told_by_group() {
    let cases = "
# twelve hours old at most: the whole table is, machine b is not
passed 1 0 expect_table_to_be_fresh: {timestamp_column: seen, max_age: 12h}
failed 1 1 expect_table_to_be_fresh: {timestamp_column: seen, max_age: 10h}
failed 2 1 expect_table_to_be_fresh: {timestamp_column: seen, max_age: 12h, group_by: machine}
passed 2 1 expect_table_to_be_fresh: {timestamp_column: seen, max_age: 12h, group_by: machine, mostly: 0.5}
passed 2 0 expect_table_to_be_fresh: {timestamp_column: seen, max_age: 11d, group_by: [machine], relative_to: newest}
failed 2 1 expect_table_to_be_fresh: {timestamp_column: seen, max_age: 10d, group_by: [machine], relative_to: newest}
passed 1 0 expect_table_to_be_fresh: {timestamp_column: seen, max_age: 12h, group_by: machine, row_condition: machine = 'a'}
error - - expect_table_to_be_fresh: {timestamp_column: kind, max_age: 12h}
error - - expect_table_to_be_fresh: {timestamp_column: seent, max_age: 12h}
# a gap of eleven days on a, of two on b
failed 5 1 expect_no_gaps_in_time: {timestamp_column: seen, max_gap: 9d}
passed 5 0 expect_no_gaps_in_time: {timestamp_column: seen, max_gap: 12d}
failed 5 1 expect_no_gaps_in_time: {timestamp_column: seen, max_gap: 2d, group_by: machine}
";
    assert_cases_of(&logs(), "m.logs", cases);
    // Nothing at all is not fresh.
    let empty = "failed 1 1 expect_table_to_be_fresh: {timestamp_column: seen, max_age: 12h}\n";
    assert_cases_of(&logs(), "m.never", empty);
}

#[test]
fn unknown_kinds_and_keys_are_named() {
    let kinds = "expect_kinds_to_be_known: {columns: [kind, sub], known_table: m.kinds, version_column: version}";
    let outcome = one(&logs(), kinds);
    assert_eq!(outcome.status, OutcomeStatus::Failed);
    assert_eq!(outcome.result.element_count, Some(6));
    assert_eq!(outcome.result.unexpected_count, Some(3));
    let rows: Vec<String> = outcome
        .result
        .partial_unexpected_list
        .iter()
        .map(Value::to_string)
        .collect();
    // The first version by its numbers, not by its letters.
    assert!(
        rows.iter()
            .any(|row| row.contains("future") && row.contains("2.1.9")),
        "{rows:?}"
    );
    assert!(rows.iter().any(|row| row.contains("strange")), "{rows:?}");
    assert_eq!(rows.len(), 2);
    let cases = "
passed 2 0 expect_kinds_to_be_known: {columns: [kind, sub], known_table: m.kinds, row_condition: kind = 'user'}
failed 3 1 expect_json_keys_to_be_known: {column: doc, known_table: m.keys}
passed 2 0 expect_json_keys_to_be_known: {column: doc, known_table: m.keys, row_condition: kind = 'user'}
error - - expect_json_keys_to_be_known: {column: doc, known_table: m.none}
";
    assert_cases_of(&logs(), "m.logs", cases);
}

fn one(connection: &Connection, item: &str) -> Outcome {
    let report = check(connection, &suite("m.logs", &[item]));
    report.outcomes.into_iter().next().expect("an outcome")
}

/// Checks once on this day of January 2025, at noon.
fn on_day(connection: &Connection, suites: &[Suite], day: i64) -> Outcome {
    let options = CheckOptions {
        run_id: format!("run-{day}"),
        checked_at: options().checked_at + (day - 1) * 86_400_000_000 + 43_200_000_000,
        ..options()
    };
    let report = run(suites, connection, &mut [], &options, &Silent).expect("runs");
    report.outcomes.into_iter().next().expect("an outcome")
}

fn grow(connection: &Connection, rows: i64) {
    let insert =
        format!("INSERT INTO m.logs (machine, kind) SELECT 'a', 'user' FROM range({rows})");
    connection.batch(&insert).expect("grown");
}

#[test]
fn growth_is_judged_by_earlier_growth() {
    let connection = logs();
    let suites = suite(
        "m.logs",
        &["expect_table_row_count_to_be_usual: {warm_up: 5, ignore_change: 0.02}"],
    );
    for day in 1..=6 {
        grow(&connection, 1000);
        let outcome = on_day(&connection, &suites, day);
        assert_eq!(outcome.status, OutcomeStatus::Passed, "{}", outcome.message);
        assert!(
            outcome.message.contains("needed to judge"),
            "{}",
            outcome.message
        );
    }
    grow(&connection, 1010);
    let usual = on_day(&connection, &suites, 7);
    assert_eq!(usual.status, OutcomeStatus::Passed, "{}", usual.message);
    assert!(
        usual.message.contains("by 5 earlier checks"),
        "{}",
        usual.message
    );
    // A second check of the same day is compared with the days before as well.
    assert_eq!(
        on_day(&connection, &suites, 7).status,
        OutcomeStatus::Passed
    );
    connection
        .batch("DELETE FROM m.logs WHERE machine = 'a'")
        .expect("lost");
    let lost = on_day(&connection, &suites, 8);
    assert_eq!(lost.status, OutcomeStatus::Failed, "{}", lost.message);
    grow(&connection, 50_000);
    let doubled = on_day(&connection, &suites, 8);
    assert_eq!(doubled.status, OutcomeStatus::Failed, "{}", doubled.message);
}

#[test]
fn shares_of_nulls_and_values_are_judged_by_earlier_ones() {
    let connection = logs();
    grow(&connection, 994);
    // 3 of 6 rows have no `sub`, and all of the others: 997 of 1000.
    for item in [
        "expect_column_null_rate_to_be_usual: {column: machine, warm_up: 4, ignore_change: 0}",
        "expect_query_value_to_be_usual: {query: SELECT count(DISTINCT machine) FROM {table}, warm_up: 4}",
    ] {
        let item = item.replace(
            "query: SELECT count(DISTINCT machine) FROM {table}",
            "query: \"SELECT count(DISTINCT machine) FROM {table}\"",
        );
        let connection = logs();
        grow(&connection, 994);
        let suites = suite("m.logs", &[&item]);
        for day in 1..=5 {
            let outcome = on_day(&connection, &suites, day);
            assert_eq!(outcome.status, OutcomeStatus::Passed, "{}", outcome.message);
        }
        connection
            .batch("UPDATE m.logs SET machine = CASE WHEN rowid % 2 = 0 THEN 'x' || rowid END")
            .expect("broken");
        let broken = on_day(&connection, &suites, 6);
        assert_eq!(
            broken.status,
            OutcomeStatus::Failed,
            "{item}: {}",
            broken.message
        );
    }
}

#[test]
fn a_day_is_judged_by_days_before_and_today_is_not_over() {
    let connection = warehouse();
    connection
        .batch(
            "CREATE TABLE m.logs AS
             SELECT TIMESTAMP '2024-12-01' + to_days(day::INTEGER) + to_minutes(n::INTEGER) AS seen
             FROM range(30) AS d(day), range(100) AS r(n) WHERE n < 50 + (day * 7) % 20;
             INSERT INTO m.logs SELECT TIMESTAMP '2025-01-01' FROM range(9000)",
        )
        .expect("filled");
    let item = "expect_daily_rows_to_be_usual: {timestamp_column: seen}";
    let usual = one(&connection, item);
    assert_eq!(usual.status, OutcomeStatus::Passed, "{}", usual.message);
    assert!(
        usual.message.contains("on 2024-12-30 is as usual"),
        "{}",
        usual.message
    );
    connection
        .batch("INSERT INTO m.logs SELECT TIMESTAMP '2024-12-31' FROM range(5000)")
        .expect("odd");
    let odd = one(&connection, item);
    assert_eq!(odd.status, OutcomeStatus::Failed, "{}", odd.message);
    assert!(
        odd.message.contains("5000 rows on 2024-12-31 is unusual"),
        "{}",
        odd.message
    );
    let drop = one(
        &connection,
        "expect_daily_rows_to_be_usual: {timestamp_column: seen, direction: drop}",
    );
    assert_eq!(drop.status, OutcomeStatus::Passed, "{}", drop.message);
}

#[test]
fn changed_columns_are_told_once() {
    let connection = logs();
    let strict = suite("m.logs", &["expect_table_columns_to_be_unchanged"]);
    let tolerant = suite(
        "m.logs",
        &["expect_table_columns_to_be_unchanged: {allow_new: true, name: tolerant}"],
    );
    assert!(
        on_day(&connection, &strict, 1)
            .message
            .contains("remembered")
    );
    on_day(&connection, &tolerant, 1);
    assert_eq!(
        on_day(&connection, &strict, 2).status,
        OutcomeStatus::Passed
    );
    connection
        .batch("ALTER TABLE m.logs ADD COLUMN more BIGINT")
        .expect("more");
    let more = on_day(&connection, &strict, 3);
    assert_eq!(
        (more.status, more.message.as_str()),
        (OutcomeStatus::Failed, "`more` (BIGINT) is new")
    );
    assert_eq!(
        on_day(&connection, &tolerant, 3).status,
        OutcomeStatus::Passed
    );
    assert_eq!(
        on_day(&connection, &strict, 4).status,
        OutcomeStatus::Passed
    );
    connection
        .batch("ALTER TABLE m.logs DROP COLUMN more; ALTER TABLE m.logs ALTER doc TYPE BLOB USING NULL")
        .expect("less");
    let less = on_day(&connection, &tolerant, 5);
    assert_eq!(less.status, OutcomeStatus::Failed);
    assert_eq!(less.message, "`doc` is BLOB, was VARCHAR; `more` is gone");
}

#[test]
fn without_a_history_nothing_is_guessed() {
    let connection = logs();
    for item in [
        "expect_table_row_count_to_be_usual",
        "expect_table_columns_to_be_unchanged",
    ] {
        let report = evaluate(
            &suite("m.logs", &[item]),
            &connection,
            &mut [],
            &options(),
            &Silent,
        )
        .expect("runs");
        let outcome = &report.outcomes[0];
        assert_eq!(outcome.status, OutcomeStatus::Error);
        assert!(
            outcome.message.contains("no earlier checks"),
            "{}",
            outcome.message
        );
    }
}

#[test]
fn a_figure_of_nothing_is_not_judged() {
    let usual = |query: &str| {
        one(
            &logs(),
            &format!("expect_query_value_to_be_usual: {{query: {query}}}"),
        )
    };
    let outcome = usual("SELECT max(seen) FROM m.never");
    assert_eq!(outcome.status, OutcomeStatus::Passed);
    assert_eq!(
        (outcome.observed.as_str(), outcome.message.as_str()),
        ("NULL", "no value to judge yet")
    );
    // A value that is there and no number is a mistake.
    assert_eq!(usual("SELECT 'text'").status, OutcomeStatus::Error);
}
