//! What all expectations share: shares of rows, conditions, empty tables, samples, errors.

use super::OutcomeStatus::{Error, Failed, Passed};
use super::{assert_cases, assert_cases_of, check, one, suite, warehouse};
use crate::check::Severity;
use crate::warehouse::Value;

#[test]
fn mostly_counts_rows_with_a_value_and_includes_its_boundary() {
    let case = |mostly: &str| {
        let item = format!(
            "expect_column_values_to_be_in_set: {{column: name, value_set: [b], mostly: {mostly}}}"
        );
        one("m.t", &item).status
    };
    // Two of three values are `b`; the null does not count.
    assert_eq!(case("0.66"), Passed);
    assert_eq!(case("0.6666666666666666"), Passed);
    assert_eq!(case("0.67"), Failed);
    assert_eq!(case("0"), Passed);
    // Two of four rows have a ratio; for nulls all rows count.
    assert_eq!(
        one(
            "m.t",
            "expect_column_values_to_not_be_null: {column: ratio, mostly: 0.5}"
        )
        .status,
        Passed
    );
}

#[test]
fn percentages_are_of_the_values() {
    let outcome = one("m.t", "expect_column_values_to_be_unique: {column: name}");
    let percent = outcome.result.unexpected_percent.expect("there are values");
    assert!((percent - 200.0 / 3.0).abs() < 1e-9);
    assert_eq!(outcome.observed, "2 of 3");
    assert_eq!(
        outcome.message,
        "2 of 3 values of `name` are repeated (66.67 %, allowed 0 %)"
    );
    assert_eq!(
        outcome.result.partial_unexpected_list,
        ["b", "b"].map(Value::from)
    );
    let counts = &outcome.result.partial_unexpected_counts;
    assert_eq!((counts[0].value.as_str(), counts[0].count), (Some("b"), 2));
    assert_eq!(outcome.result.missing_count, Some(1));
    assert_eq!(outcome.result.missing_percent, Some(25.0));
    assert_eq!(outcome.result.unexpected_percent_total, Some(50.0));
}

#[test]
fn empty_tables_meet_every_rule_about_rows() {
    assert_cases(
        "m.empty",
        "
passed 0 0 expect_column_values_to_be_unique: {column: id}
passed 0 0 expect_column_values_to_not_be_null: {column: id}
passed 0 0 expect_column_values_to_be_in_set: {column: name, value_set: []}
passed 0 0 expect_column_values_to_exist_in: {column: name, to_table: m.parent}
passed 0 0 expect_file_path_format: {column: name}
failed - - expect_table_row_count_to_be_between: {min_value: 1}
passed - 0 expect_query_to_return_no_rows: {query: 'FROM {table}'}
",
    );
    let outcome = one(
        "m.empty",
        "expect_column_values_to_not_be_null: {column: id}",
    );
    assert_eq!(outcome.result.unexpected_percent, None);
}

#[test]
fn conditions_choose_the_rows() {
    assert_cases(
        "m.t",
        "
passed 3 0 expect_column_values_to_not_be_null: {column: num, row_condition: name IS NOT NULL -- named}
passed 2 0 expect_column_values_to_be_unique: {column: name, row_condition: id < 3}
failed 2 1 expect_column_values_to_be_between: {column: num, max_value: 15, row_condition: id = 1 OR id = 2}
error - - expect_column_values_to_not_be_null: {column: num, row_condition: nope = 1}
",
    );
}

#[test]
fn a_broken_condition_spoils_only_its_own_expectation() {
    let suites = suite(
        "m.t",
        &[
            "expect_column_values_to_not_be_null: {column: id}",
            "expect_column_values_to_not_be_null: {column: name, row_condition: nope = 1}",
            "expect_column_values_to_be_between: {column: num, min_value: 10}",
        ],
    );
    let report = check(&warehouse(), &suites);
    let statuses: Vec<_> = report
        .outcomes
        .iter()
        .map(|outcome| outcome.status)
        .collect();
    assert_eq!(statuses, [Passed, Error, Passed]);
    let broken = &report.outcomes[1];
    assert_eq!(
        (broken.file.as_str(), broken.line),
        ("expectations/s.yml", 6)
    );
    assert!(broken.message.contains("nope"), "{}", broken.message);
}

#[test]
fn a_missing_column_or_table_is_an_error_that_names_the_nearest() {
    let outcome = one("m.t", "expect_column_values_to_not_be_null: {column: nam}");
    assert_eq!(outcome.status, Error);
    assert_eq!(
        outcome.message,
        "there is no column `nam` in m.t; Did you mean `name`?"
    );
    assert!(outcome.is_failure());

    let outcome = one(
        "m.nope",
        "expect_column_values_to_not_be_null: {column: id}",
    );
    assert_eq!(outcome.status, Error);
    assert!(
        outcome.message.starts_with("there is no table `m.nope`"),
        "{}",
        outcome.message
    );
    assert_eq!(outcome.table.as_deref(), Some("m.nope"));
}

#[test]
fn samples_show_values_or_rows_and_are_bounded() {
    let outcome = one(
        "m.t",
        "expect_column_values_to_not_be_in_set: {column: name, value_set: [a, b]}",
    );
    assert_eq!(
        outcome.result.partial_unexpected_list,
        ["a", "b", "b"].map(Value::from)
    );
    let outcome = one(
        "m.pairs",
        "expect_compound_columns_to_be_unique: {column_list: [a, b], ignore_row_if: never}",
    );
    let row = vec![("a".to_owned(), Value::Null), ("b".to_owned(), Value::Null)];
    assert_eq!(
        outcome.result.partial_unexpected_list,
        vec![Value::Struct(row.clone()), Value::Struct(row)]
    );
    let outcome = one(
        "m.t",
        "expect_query_to_return_no_rows: {query: \"SELECT repeat('x', 500) AS x\"}",
    );
    let text = outcome.result.partial_unexpected_list[0]
        .as_str()
        .expect("text");
    assert_eq!(text.chars().count(), 201);
}

#[test]
fn severity_decides_whether_the_check_fails() {
    let suites = suite(
        "m.t",
        &[
            "expect_column_values_to_be_unique: {column: id}",
            "expect_column_values_to_be_unique: {column: name, severity: warn}",
        ],
    );
    let report = check(&warehouse(), &suites);
    assert_eq!(
        (report.passed, report.warned, report.failed, report.errored),
        (1, 1, 0, 0)
    );
    assert!(!report.is_failure());
    assert_eq!(report.outcomes[1].severity, Severity::Warn);

    let report = check(
        &warehouse(),
        &suite(
            "m.t",
            &["expect_column_values_to_be_unique: {column: name}"],
        ),
    );
    assert_eq!(report.failed, 1);
    assert!(report.is_failure());
}

/// What is equal must have equal hashes, or a repetition would pass for different values.
#[test]
fn equal_records_are_repetitions_however_they_are_written() {
    let connection = warehouse();
    connection
        .batch(
            "CREATE TABLE m.alike AS SELECT * FROM (VALUES
                 (1, 0.0::DOUBLE, 'a', [1], DATE '2026-01-01'), (1, -0.0::DOUBLE, 'a', [1], NULL),
                 (2, 'nan'::DOUBLE, 'b', [2], NULL), (2, '-nan'::DOUBLE, NULL, [2], NULL),
                 (3, 1, 'c', NULL, NULL), (3, NULL, 'd', [NULL], NULL)
             ) AS t(id, num, name, list, day)",
        )
        .expect("made");
    assert_cases_of(
        &connection,
        "m.alike",
        "failed 6 4 expect_compound_columns_to_be_unique: {column_list: [id, num]}
passed 6 0 expect_compound_columns_to_be_unique: {column_list: [id, num, name, day]}
failed 6 2 expect_column_values_to_be_unique: {column: name}
passed 4 0 expect_column_values_to_be_unique: {column: name, row_condition: id > 1}
failed 6 4 expect_column_values_to_be_unique: {column: list}
passed 1 0 expect_compound_columns_to_be_unique: {column_list: [id, num], row_condition: name = 'a' AND day IS NULL}",
    );
}
